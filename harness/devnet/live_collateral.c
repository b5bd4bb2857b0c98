/* What Intel says, in the world's registry and in the language. */
#include "devnet/live_priv.h"

#include "base/base.h"

#include "codec/quote.h"
#include "codec/quote_doc.h"
#include "devnet/collateral.h"

#define REGISTRY "CollateralRegistry"
#define CALL_MAX ((size_t)4 << 20)
#define SEEN_MAX 256

static const struct book_entry *registry_of(const struct live *w)
{
	const struct book_entry *x;

	for (size_t i = 0; (x = book_entry(w->book, i)); i++)
		if (x->artifact && !strcmp(x->artifact, REGISTRY))
			return x;
	return NULL;
}

/* What has been put already: most platforms share most of it. */
struct seen {
	struct hash32 call[SEEN_MAX];
	size_t n;
};

static bool is_new(struct seen *s, const struct buf *data)
{
	struct hash32 h = sha256(data->data, data->len);

	for (size_t i = 0; i < s->n; i++)
		if (hash_eq(&s->call[i], &h))
			return false;
	if (s->n < SEEN_MAX)
		s->call[s->n++] = h;
	return true;
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* Why one was refused. Where what is there is as new, nothing is amiss. */
static bool refused(struct live *w, struct arena *a,
		    const struct book_entry *at, const struct addr20 *from,
		    const struct put *p, const struct buf *call, struct err *e)
{
	struct buf out = BUF_INIT(65536), text = BUF_INIT(4096);
	struct err why = ERR_INIT;
	struct decoded d;
	bool ok;

	(void)!chain_call(live_rpc(w), from, &at->address, call->data,
			  call->len, CHAIN_HEAD, &out, &why);
	d = book_decode_error(w->book, a, &at->address, out.data, out.len);
	book_describe(w->book, &text, &d);
	ok = (d.entry && ends_in(d.entry->name, "NotNewer")) ||
	     err_set(e, ERR_REVERT, 0, "%s.%s refuses %s: %s", at->name,
		     p->function, p->what, buf_str(&text));
	buf_done(&out);
	buf_done(&text);
	return ok;
}

static bool send_put(struct live *w, struct arena *a,
		     const struct book_entry *at, const struct addr20 *from,
		     const struct put *p, struct seen *seen, struct err *e)
{
	const struct abi_entry *fn = abi_function(at->abi, p->function, NULL);
	const struct abi_val list = abi_val_list(p->args, p->args_n);
	struct buf data = BUF_INIT(CALL_MAX);
	struct receipt r = { .ok = true };
	bool ok = (fn || err_set(e, ERR_SCHEMA, 0, "%s has no function %s",
				 at->name, p->function)) &&
		  abi_encode_call(&data, fn, &list, e) &&
		  (!is_new(seen, &data) ||
		   live_send_as(w, a, from, &at->address, U256_ZERO, data.data,
				data.len, 0, &r, e));

	if (ok && !r.ok)
		ok = refused(w, a, at, from, p, &data, e);
	buf_done(&data);
	return ok;
}

/* Anyone may; nobody else sends as this one. */
static const struct addr20 BEARER = { { 0x51 } };

static bool put_all(struct live *w, const struct book_entry *at,
		    const char *name, struct seen *seen, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(json_decrefp) json_t *collateral = NULL;
	struct finding why;
	struct puts puts;

	if (!tee_collateral(w->tee, name, &collateral, e))
		return false;
	if (!collateral_puts(&puts, a, collateral, NULL, NULL, 0, &why))
		return err_set(e, ERR_SCHEMA, 0, "%s", why.detail);
	for (size_t i = 0; i < puts.n; i++)
		if (!send_put(w, a, at, &BEARER, &puts.put[i], seen, e))
			return false;
	return true;
}

static void member(json_t *to, const char *name, const char *suffix,
		   const struct abi_val *bytes)
{
	CLEANUP(freep) char *key = xasprintf("%s%s", name, suffix);

	json_object_set_new(to, key, json_bytes(bytes->bytes, bytes->len));
}

bool live_collateral_of(struct live *w, const char *name, json_t **ret,
			struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(json_decrefp) json_t *collateral = NULL, *answer = NULL;
	struct buf quote = BUF_INIT(QUOTE_MAX);
	json_t *all, *log = NULL;
	struct finding why;
	struct puts puts;
	bool ok;

	/* The platform's certificate is in its quotes, of whatever. */
	if (!tee_collateral(w->tee, name, &collateral, e) ||
	    !tee_quote(w->tee, name, "", 1, &answer, e))
		return false;
	ok = quote_answer(&quote, &log, answer, e);
	json_decref(log);
	if (ok && !collateral_puts(&puts, a, collateral, NULL, quote.data,
				   quote.len, &why))
		ok = err_set(e, ERR_SCHEMA, 0, "%s", why.detail);
	buf_done(&quote);
	if (!ok)
		return false;
	all = json_object();
	for (size_t i = 0; i < puts.n; i++) {
		const struct put *p = &puts.put[i];

		member(all, p->what, "", &p->args[0]);
		if (p->args_n < 3)
			continue;
		member(all, p->what, "_signature", &p->args[1]);
		member(all, p->what, "_signer", &p->args[2]);
	}
	*ret = all;
	return true;
}

bool live_collateral_put(struct live *w, struct err *e)
{
	const struct book_entry *at = registry_of(w);
	struct seen seen = { .n = 0 };

	if (!at || !w->tee)
		return true;
	if (!live_fund(w, &BEARER, e))
		return false;
	for (size_t i = 0; i < w->cast.n; i++) {
		const struct live_operator *o = &w->cast.members[i].spec;

		if (o->tee && !put_all(w, at, o->name, &seen, e))
			return err_ctx(e, "the collateral of %s's platform",
				       o->name);
	}
	return true;
}
