#include "devnet/bundle.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#include "base/hex.h"
#include "eth/node.h"

#define FILE_MAX (64u << 20)
#define PATH_TEXT_MAX 4096

static const char *const FILES[] = { "genesis.json", "alloc.json" };

struct bundle {
	char *dir;
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
	struct buf text = BUF_INIT(FILE_MAX);
	bool ok = buf_read_file(&text, path, e);

	if (ok)
		*ret = sha256(text.data, text.len);
	buf_done(&text);
	return ok;
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
	for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
		const json_t *files = json_object_get(b->manifest, "files");
		const char *want = json_string_value(
			json_object_get(files, FILES[i]));

		if (!want)
			return err_set(e, ERR_SCHEMA, 0,
				       "manifest.json names no hash of %s",
				       FILES[i]);
		if (!check_sum(b->dir, FILES[i], want, e))
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

bool bundle_open(struct bundle **ret, bool *ret_found, const char *cache,
		 const struct hash32 *key, struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *b = xcalloc(1, sizeof(*b));
	struct stat st;

	b->dir = dir_of(cache, key);
	b->key = *key;
	if (stat(b->dir, &st) != 0) {
		if (errno != ENOENT)
			return err_os(e, errno, "%s", b->dir);
		*ret_found = false;
		return true;
	}
	if (!verify(b, e))
		return rebuild(e, b->dir);
	*ret_found = true;
	*ret = TAKE(b);
	return true;
}

void bundle_free(struct bundle *b)
{
	if (!b)
		return;
	json_decref(b->manifest);
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

	return json_read_file(&alloc, path, e) && node_load(r, alloc, e);
}

bool bundle_boot(const struct bundle *b, struct loop *l,
		 const struct bundle_boot *how, struct anvil **ret,
		 struct err *e)
{
	CLEANUP(freep) char *genesis = xasprintf("%s/genesis.json", b->dir);
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct anvil_spec spec = { .program = how->program,
				   .genesis = how->dump ? NULL : genesis,
				   .port = how->port,
				   .dump = how->dump,
				   .log_path = how->log_path,
				   .on_died = how->on_died,
				   .arg = how->arg };

	if (!json_u64_at(&spec.chain_id, b->manifest, "chain_id", e) ||
	    !json_u64_at(&spec.height, b->manifest, "height", e) ||
	    !json_u64_at(&spec.time, b->manifest, "time", e) ||
	    !json_text_at(&spec.version, b->manifest, "tools.anvil", e))
		return rebuild(e, b->dir);
	if (!anvil_new(&a, l, &spec, e) ||
	    (how->dump && !load_alloc(b, anvil_rpc(a), e)) ||
	    !bundle_probe(b, anvil_rpc(a), e))
		return false;
	*ret = TAKE(a);
	return true;
}

static bool probe_code(struct rpc *r, const json_t *c, const char *where,
		       const char *which, struct err *e)
{
	const char *name, *want;
	struct addr20 at;
	struct buf code = BUF_INIT(FILE_MAX);

	if (!json_text_at(&name, c, "name", e) ||
	    !json_addr_at(&at, c, where, e) ||
	    !json_text_at(&want, c, which, e))
		return false;
	bool ok = chain_code(r, &at, &code, e);

	if (ok) {
		struct hash32 have = keccak256(code.data, code.len);

		if (strcmp(fmt_hash(&have).s, want) != 0)
			ok = err_set(e, ERR_MISMATCH, 0,
				     "%s (its %s, %s): the code's hash is %s, "
				     "and the manifest says %s",
				     name, where, fmt_addr(&at).s,
				     fmt_hash(&have).s, want);
	}
	buf_done(&code);
	return ok;
}

static bool probe_call(struct rpc *r, const json_t *p, struct err *e)
{
	CLEANUP(freep) uint8_t *data = NULL;
	const char *contract, *function, *want;
	struct addr20 at;
	size_t len;
	struct buf have = BUF_INIT(FILE_MAX), text = BUF_INIT(FILE_MAX);

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
	const json_t *item;
	size_t i;
	bool ok = probe_head(b, r, e);

	for (i = 0; ok && i < json_array_size(contracts); i++) {
		item = json_array_get(contracts, i);
		ok = probe_code(r, item, "address", "code", e) &&
		     (!json_object_get(item, "implementation") ||
		      probe_code(r, item, "implementation",
				 "implementation_code", e));
	}
	for (i = 0; ok && i < json_array_size(probes); i++)
		ok = probe_call(r, json_array_get(probes, i), e);
	return ok || err_ctx(e, "this chain is not the saved state %s",
			     b->dir);
}
