/* Whether a running chain is what a bundle's manifest says. */
#include "devnet/bundle.h"

#include "base/base.h"

#include "eth/many.h"

/*
 * Code hashes by one call instead of one download a contract: creation code
 * that returns EXTCODEHASH of every address in its text.
 */
#define OP_PUSH1 0x60
#define OP_PUSH2 0x61
#define OP_PUSH20 0x73
#define OP_EXTCODEHASH 0x3f
#define OP_MSTORE 0x52
#define OP_RETURN 0xf3
#define PROBE_CODES_MAX 512

/* One place whose code the manifest pins. Texts are the manifest's. */
struct code_at {
	const char *name, *where, *want;
	struct addr20 at;
};

struct codes {
	struct code_at all[PROBE_CODES_MAX];
	size_t n;
};

static bool add_code(struct codes *c, const json_t *contract,
		     const char *where, const char *key, struct err *e)
{
	struct code_at *x = &c->all[c->n];

	if (c->n == PROBE_CODES_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "the manifest has more than %d contracts",
			       PROBE_CODES_MAX);
	x->where = where;
	if (!json_text_at(&x->name, contract, "name", e) ||
	    !json_addr_at(&x->at, contract, where, e) ||
	    !json_text_at(&x->want, contract, key, e))
		return false;
	c->n++;
	return true;
}

static void push2(struct buf *b, size_t v)
{
	buf_addc(b, OP_PUSH2);
	buf_addc(b, (char)(v >> 8));
	buf_addc(b, (char)(v & 0xff));
}

/* @ret: to be freed by the caller, whatever comes out. */
static bool ask_codes(const struct codes *c, struct rpc *r, uint8_t **ret,
		      struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL, *box = NULL;
	struct buf code = BUF_INIT(PROBE_CODES_MAX * 32);
	size_t len;

	/* A zero word first: no deployed code may start with 0xef. */
	for (size_t i = 0; i < c->n; i++) {
		buf_addc(&code, OP_PUSH20);
		buf_add(&code, c->all[i].at.b, sizeof(c->all[i].at.b));
		buf_addc(&code, OP_EXTCODEHASH);
		push2(&code, 32 + 32 * i);
		buf_addc(&code, OP_MSTORE);
	}
	push2(&code, 32 + 32 * c->n);
	buf_addc(&code, OP_PUSH1);
	buf_addc(&code, 0);
	buf_addc(&code, (char)OP_RETURN);
	bool ok = rpc_call(r, "eth_call",
			   json_pack("[{s:o}, s]", "data",
				     json_bytes(code.data, code.len),
				     "latest"),
			   &answer, NULL, e);

	buf_done(&code);
	if (!ok)
		return false;
	box = json_pack("{s:O}", "hashes", answer);
	if (!json_bytes_at(ret, &len, box, "hashes", e))
		return false;
	return len == 32 + 32 * c->n ||
	       err_set(e, ERR_MISMATCH, 0,
		       "asked for %zu code hashes, anvil returned %zu bytes",
		       c->n, len);
}

static bool probe_codes(const json_t *contracts, struct rpc *r, struct err *e)
{
	CLEANUP(freep) struct codes *c = xcalloc(1, sizeof(*c));
	CLEANUP(freep) uint8_t *hashes = NULL;

	for (size_t i = 0; i < json_array_size(contracts); i++) {
		const json_t *item = json_array_get(contracts, i);

		if (!add_code(c, item, "address", "code", e) ||
		    (json_object_get(item, "implementation") &&
		     !add_code(c, item, "implementation",
			       "implementation_code", e)))
			return false;
	}
	if (!ask_codes(c, r, &hashes, e))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		const struct code_at *x = &c->all[i];
		struct hash32 have;

		memcpy(have.b, hashes + 32 + 32 * i, sizeof(have.b));
		if (strcmp(fmt_hash(&have).s, x->want) != 0)
			return err_set(e, ERR_MISMATCH, 0,
				       "%s (its %s, %s): the code's hash is "
				       "%s, and the manifest says %s",
				       x->name, x->where, fmt_addr(&x->at).s,
				       fmt_hash(&have).s, x->want);
	}
	return true;
}

/* A view that the manifest has the answer of. */
struct view {
	const char *contract, *function, *want;
	struct many_call call;
};

static bool view_of(struct view *ret, struct arena *a, const json_t *p,
		    struct err *e)
{
	CLEANUP(freep) uint8_t *data = NULL;

	if (!json_text_at(&ret->contract, p, "contract", e) ||
	    !json_text_at(&ret->function, p, "function", e) ||
	    !json_addr_at(&ret->call.to, p, "at", e) ||
	    !json_bytes_at(&data, &ret->call.len, p, "data", e) ||
	    !json_text_at(&ret->want, p, "returns", e))
		return false;
	ret->call.data = arena_memdup(a, data, ret->call.len);
	return true;
}

/* Who refuses says why only when it is asked alone. */
static bool refusal(struct rpc *r, const struct view *v, struct err *e)
{
	struct buf ignored = BUF_INIT(BUNDLE_FILE_MAX);
	bool ok = chain_call(r, NULL, &v->call.to, v->call.data, v->call.len,
			     CHAIN_HEAD, &ignored, e);

	buf_done(&ignored);
	if (ok)
		err_set(e, ERR_MISMATCH, 0, "is answered only now and then");
	return err_ctx(e, "%s.%s", v->contract, v->function);
}

static bool check_view(struct rpc *r, const struct view *v, struct err *e)
{
	struct buf have = BUF_INIT(BUNDLE_FILE_MAX);
	bool ok = true;

	if (!v->call.answered)
		return refusal(r, v, e);
	buf_adds(&have, "0x");
	buf_addhex(&have, v->call.out, v->call.out_len);
	if (strcmp(buf_str(&have), v->want) != 0)
		ok = err_set(e, ERR_MISMATCH, 0,
			     "%s.%s returns %s, and the manifest says %s",
			     v->contract, v->function, buf_str(&have), v->want);
	buf_done(&have);
	return ok;
}

static bool probe_views(const json_t *probes, struct rpc *r, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	size_t n = json_array_size(probes);
	struct view *views = ARENA_ARRAY(a, struct view, n + 1);
	struct many_call **calls = ARENA_ARRAY(a, struct many_call *, n + 1);

	for (size_t i = 0; i < n; i++) {
		if (!view_of(&views[i], a, json_array_get(probes, i), e))
			return false;
		calls[i] = &views[i].call;
	}
	if (!chain_many_once(r, a, CHAIN_HEAD, calls, n, e))
		return err_ctx(e, "the views that the manifest has");
	for (size_t i = 0; i < n; i++)
		if (!check_view(r, &views[i], e))
			return false;
	return true;
}

static bool same(const char *what, uint64_t have, const json_t *manifest,
		 const char *key, struct err *e)
{
	uint64_t want;

	if (!json_u64_at(&want, manifest, key, e))
		return false;
	return have == want ||
	       err_set(e, ERR_MISMATCH, 0,
		       "the chain's %s is %llu, and the manifest says %llu",
		       what, (unsigned long long)have,
		       (unsigned long long)want);
}

static bool probe_head(const json_t *manifest, struct rpc *r,
		       const struct block *known, struct err *e)
{
	struct block head;
	uint64_t id;

	if (known)
		head = *known;
	else if (!chain_id(r, &id, e) || !chain_block(r, CHAIN_HEAD, &head, e) ||
		 !same("chain id", id, manifest, "chain_id", e))
		return false;
	return same("height", head.number, manifest, "height", e) &&
	       same("time", head.time, manifest, "time", e);
}

bool bundle_probe(const struct bundle *b, struct rpc *r,
		  const struct block *known, struct err *e)
{
	const json_t *m = bundle_manifest(b);

	return (probe_head(m, r, known, e) &&
		probe_codes(json_object_get(m, "contracts"), r, e) &&
		probe_views(json_object_get(m, "probes"), r, e)) ||
	       err_ctx(e, "this chain is not the saved state %s",
		       bundle_dir(b));
}
