#include "devnet/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

#include "base/hex.h"
#include "eth/node.h"
#include "io/loop.h"
#include "io/reaper.h"

#define CHANGES "changes.json"
static const char *const WHOLE[] = { "genesis.json", "alloc.json", NULL };
static const char *const CONTINUED[] = { CHANGES, NULL };

struct bundle {
	char *dir;
	int fd; /* of dir, and its lock */
	json_t *manifest;
	struct hash32 key;
};

static char *dir_of(const char *cache, const struct hash32 *key)
{
	/* Half of the hash is plenty, and readable paths are worth something. */
	return xasprintf("%s/state/%.32s", cache, fmt_hash(key).s + 2);
}

/* The one advice there is for a bundle that is not what it was. */
static bool rebuild(struct err *e, const char *dir)
{
	return err_ctx(e, "the saved state %s cannot be used; remove it (rm -r "
			  "%s) and `make state` builds it anew",
		       dir, dir);
}

static bool sum_file(const char *dir, const char *name, struct hash32 *ret,
		     struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);

	return sha256_file(ret, path, BUNDLE_FILE_MAX, e);
}

/* @name's hash is @want's text. */
static bool check_sum(const char *dir, const char *name, const char *want,
		      struct err *e)
{
	struct hash32 have;

	if (!sum_file(dir, name, &have, e))
		return false;
	if (strcmp(fmt_hash(&have).s, want) != 0)
		return err_set(e, ERR_MISMATCH, 0,
			       "%s is damaged: its sha256 is %s, not %s", name,
			       fmt_hash(&have).s, want);
	return true;
}

static bool check_files(const struct bundle *b, struct err *e)
{
	const json_t *sums = json_object_get(b->manifest, "files");
	const char *const *files = json_object_get(sums, CHANGES) ? CONTINUED :
								    WHOLE;

	for (; *files; files++) {
		const char *want =
			json_string_value(json_object_get(sums, *files));

		if (!want)
			return err_set(e, ERR_SCHEMA, 0,
				       "manifest.json names no hash of %s",
				       *files);
		if (!check_sum(b->dir, *files, want, e))
			return false;
	}
	return true;
}

static bool check_seal(const struct bundle *b, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/seal", b->dir);
	struct buf seal = BUF_INIT(256);
	bool ok = buf_read_file(&seal, path, e);

	if (ok && seal.len && seal.data[seal.len - 1] == '\n')
		seal.data[seal.len - 1] = '\0';
	ok = ok && check_sum(b->dir, "manifest.json", buf_str(&seal), e);
	buf_done(&seal);
	return ok;
}

static bool verify(struct bundle *b, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/manifest.json", b->dir);
	uint64_t format;

	if (!check_seal(b, e) || !json_read_file(&b->manifest, path, e) ||
	    !json_u64_at(&format, b->manifest, "format", e))
		return false;
	if (format != BUNDLE_FORMAT)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "its format is %llu; this program writes %u",
			       (unsigned long long)format, BUNDLE_FORMAT);
	return check_files(b, e);
}

/*
 * Lock the directory, so that nobody who makes room takes it away while we use
 * it. Whoever does so holds it for one rename: after that, the name is gone.
 */
static bool hold(struct bundle *b, bool *ret_found, struct err *e)
{
	struct stat locked, named;

	b->fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->fd < 0 && errno != ENOENT)
		return err_os(e, errno, "%s", b->dir);
	/* Where nothing can be locked, nobody can make room either. */
	while (b->fd >= 0 && flock(b->fd, LOCK_SH) != 0 && errno == EINTR)
		;
	*ret_found = b->fd >= 0 && fstat(b->fd, &locked) == 0 &&
		     stat(b->dir, &named) == 0 &&
		     locked.st_dev == named.st_dev &&
		     locked.st_ino == named.st_ino;
	return true;
}

bool bundle_open(struct bundle **ret, bool *ret_found, const char *cache,
		 const struct hash32 *key, struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *b = xcalloc(1, sizeof(*b));
	bool found;

	b->dir = dir_of(cache, key);
	b->key = *key;
	if (!hold(b, &found, e))
		return false;
	if (found && !verify(b, e))
		return rebuild(e, b->dir);
	*ret_found = found;
	if (!found)
		return true;
	/* Only the order in which bundles are given up depends on it. */
	(void)!futimens(b->fd, NULL);
	*ret = TAKE(b);
	return true;
}

void bundle_free(struct bundle *b)
{
	if (!b)
		return;
	json_decref(b->manifest);
	fd_close(&b->fd);
	free(b->dir);
	free(b);
}

const char *bundle_dir(const struct bundle *b)
{
	return b->dir;
}

const json_t *bundle_manifest(const struct bundle *b)
{
	return b->manifest;
}

struct hash32 bundle_key(const struct bundle *b)
{
	return b->key;
}

/* anvil takes either a genesis or a place to leave its dump. */
static bool load_alloc(const struct bundle *b, struct rpc *r, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/alloc.json", b->dir);
	CLEANUP(json_decrefp) json_t *alloc = NULL;

	return json_read_large(&alloc, path, e) && node_load(r, alloc, e);
}

bool bundle_continue(const struct bundle *b, struct rpc *r, struct block *head,
		     struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/" CHANGES, b->dir);
	CLEANUP(json_decrefp) json_t *changes = NULL;
	uint64_t height, time;

	if (!json_u64_at(&height, b->manifest, "height", e) ||
	    !json_u64_at(&time, b->manifest, "time", e) ||
	    !json_read_file(&changes, path, e))
		return rebuild(e, b->dir);
	return node_load(r, changes, e) &&
	       (height == head->number ||
		node_advance_to(r, height, time, head, e)) &&
	       bundle_probe(b, r, e);
}

/* A genesis at @path like the bundle's, but for the contract's last byte. */
static bool write_tampered(const struct bundle *b, const char *contract,
			   const char *path, struct err *e)
{
	CLEANUP(freep) char *from = xasprintf("%s/genesis.json", b->dir);
	CLEANUP(freep) char *where = xasprintf("addresses.%s", contract);
	CLEANUP(json_decrefp) json_t *g = NULL;
	CLEANUP(freep) char *code = NULL;
	struct addr20 at;
	struct buf key = BUF_INIT(64);

	if (!json_read_file(&g, from, e) ||
	    !json_addr_at(&at, b->manifest, where, e))
		return err_ctx(e, "tampering with %s", contract);
	buf_adds(&key, "0x");
	buf_addhex(&key, at.b, sizeof(at.b));
	json_t *account = json_object_get(json_object_get(g, "alloc"),
					  buf_str(&key));

	buf_done(&key);
	code = xstrdup(json_string_value(json_object_get(account, "code")));
	code[strlen(code) - 1] = code[strlen(code) - 1] == '0' ? '1' : '0';
	json_object_set_new(account, "code", json_string(code));
	/* Straight to the file: the text would be a second genesis in memory. */
	return json_dump_file(g, path, JSON_COMPACT) == 0 ||
	       err_os(e, errno, "cannot write %s", path);
}

static void tmpdir_freep(char **dir)
{
	tmpdir_free(*dir);
}

bool bundle_boot(const struct bundle *b, struct loop *l,
		 const struct bundle_boot *how, struct anvil **ret,
		 struct err *e)
{
	CLEANUP(tmpdir_freep) char *dir = NULL;
	CLEANUP(freep) char *genesis = xasprintf("%s/genesis.json", b->dir);
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct anvil_spec spec = { .program = how->program,
				   .genesis = how->dump ? NULL : genesis,
				   .port = how->port,
				   .dump = how->dump,
				   .log_path = how->log_path };

	if (!json_u64_at(&spec.chain_id, b->manifest, "chain_id", e) ||
	    !json_u64_at(&spec.height, b->manifest, "height", e) ||
	    !json_u64_at(&spec.time, b->manifest, "time", e) ||
	    !json_text_at(&spec.version, b->manifest, "tools.anvil", e))
		return rebuild(e, b->dir);
	if (how->tamper) {
		if (!tmpdir_new(&dir, "tampered", e))
			return false;
		free(genesis);
		spec.genesis = genesis = xasprintf("%s/genesis.json", dir);
		if (!write_tampered(b, how->tamper, genesis, e))
			return false;
	}
	if (!anvil_new(&a, l, &spec, e))
		return false;
	if ((how->dump && !load_alloc(b, anvil_rpc(a), e)) ||
	    !bundle_probe(b, anvil_rpc(a), e)) {
		(void)!anvil_blame(a, e);
		return false;
	}
	*ret = TAKE(a);
	return true;
}

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

static bool probe_call(struct rpc *r, const json_t *p, struct err *e)
{
	CLEANUP(freep) uint8_t *data = NULL;
	const char *contract, *function, *want;
	struct addr20 at;
	size_t len;
	struct buf have = BUF_INIT(BUNDLE_FILE_MAX);
	struct buf text = BUF_INIT(BUNDLE_FILE_MAX);

	if (!json_text_at(&contract, p, "contract", e) ||
	    !json_text_at(&function, p, "function", e) ||
	    !json_addr_at(&at, p, "at", e) ||
	    !json_bytes_at(&data, &len, p, "data", e) ||
	    !json_text_at(&want, p, "returns", e))
		return false;
	bool ok = chain_call(r, NULL, &at, data, len, CHAIN_HEAD, &have, e) ||
		  err_ctx(e, "%s.%s", contract, function);

	buf_adds(&text, "0x");
	buf_addhex(&text, have.data, have.len);
	if (ok && strcmp(buf_str(&text), want) != 0)
		ok = err_set(e, ERR_MISMATCH, 0,
			     "%s.%s returns %s, and the manifest says %s",
			     contract, function, buf_str(&text), want);
	buf_done(&have);
	buf_done(&text);
	return ok;
}

static bool probe_head(const struct bundle *b, struct rpc *r, struct err *e)
{
	uint64_t id, want_id, height, time;
	struct block head;

	if (!json_u64_at(&want_id, b->manifest, "chain_id", e) ||
	    !json_u64_at(&height, b->manifest, "height", e) ||
	    !json_u64_at(&time, b->manifest, "time", e) ||
	    !chain_id(r, &id, e) || !chain_block(r, CHAIN_HEAD, &head, e))
		return false;
	const struct {
		const char *what;
		uint64_t have, want;
	} facts[] = { { "chain id", id, want_id },
		      { "height", head.number, height },
		      { "time", head.time, time } };

	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		if (facts[i].have != facts[i].want)
			return err_set(e, ERR_MISMATCH, 0,
				       "the chain's %s is %llu, and the "
				       "manifest says %llu",
				       facts[i].what,
				       (unsigned long long)facts[i].have,
				       (unsigned long long)facts[i].want);
	return true;
}

bool bundle_probe(const struct bundle *b, struct rpc *r, struct err *e)
{
	const json_t *contracts = json_object_get(b->manifest, "contracts");
	const json_t *probes = json_object_get(b->manifest, "probes");
	bool ok = probe_head(b, r, e) && probe_codes(contracts, r, e);

	for (size_t i = 0; ok && i < json_array_size(probes); i++)
		ok = probe_call(r, json_array_get(probes, i), e);
	return ok || err_ctx(e, "this chain is not the saved state %s",
			     b->dir);
}
