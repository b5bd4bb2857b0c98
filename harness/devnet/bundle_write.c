/* Making a bundle out of what anvil left. */
#include "devnet/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/base.h"

#include "base/clock.h"
#include "base/hex.h"
#include "eth/accounts.h"
#include "io/loop.h"
#include "io/reaper.h"

/* Collects the fees of the build, which are no part of the state. */
#define COINBASE "0x0000000000000000000000000000000000000000"
#define ZERO_WORD \
	"0x0000000000000000000000000000000000000000000000000000000000000000"
/*
 * EIP-2935's HISTORY_STORAGE_ADDRESS, which holds the hashes of the build's
 * blocks. A chain that starts from the state never had those.
 */
#define HISTORY "0x0000f90827f1c53a10cb7a02335b175320002935"

/* A 32-byte word in full, whatever form it came in. */
static bool word(json_t *v, struct hash_text *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *box = json_pack("{s:O}", "word", v);
	struct u256 n;
	struct hash32 h;

	if (!json_u256_at(&n, box, "word", e))
		return false;
	u256_to_be(h.b, n);
	*ret = fmt_hash(&h);
	return true;
}

/* Storage without zero slots, which are the same as none. */
static bool storage_of(json_t *account, json_t **ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *out = json_object();
	json_t *in = json_object_get(account, "storage"), *v;
	const char *slot;

	json_object_foreach(in, slot, v)
	{
		CLEANUP(json_decrefp) json_t *key = json_string(slot);
		struct hash_text value, full;

		if (!word(v, &value, e) || !word(key, &full, e))
			return false;
		if (strspn(value.s + 2, "0") != 64)
			json_object_set_new(out, full.s, json_string(value.s));
	}
	*ret = TAKE(out);
	return true;
}

/* One account of the dump in geth's form: quantities as hex text. */
static bool account_of(json_t *in, bool with_storage, json_t **ret,
		       struct err *e)
{
	CLEANUP(json_decrefp) json_t *storage = NULL;
	struct u256 balance;
	uint64_t nonce;
	const char *code;

	if (!json_u256_at(&balance, in, "balance", e) ||
	    !json_u64_at(&nonce, in, "nonce", e) ||
	    !json_text_at(&code, in, "code", e) || !storage_of(in, &storage, e))
		return false;
	json_t *out = json_pack("{s:s, s:s}", "balance",
				fmt_u256_hex(balance).s, "nonce",
				fmt_u256_hex(u256_from_u64(nonce)).s);

	if (strcmp(code, "0x") != 0)
		json_object_set(out, "code", json_object_get(in, "code"));
	if (with_storage && json_object_size(storage))
		json_object_set(out, "storage", storage);
	*ret = out;
	return true;
}

/* Its accounts leave the dump one by one: twice they are megabytes. */
static bool alloc_of(json_t *dump, json_t **ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *alloc = json_object();
	json_t *accounts = json_object_get(dump, "accounts"), *v;
	const char *address;
	void *next;

	json_object_foreach_safe(accounts, next, address, v)
	{
		json_t *one;

		if (strcmp(address, COINBASE) == 0)
			continue;
		if (!account_of(v, strcmp(address, HISTORY) != 0, &one, e))
			return err_ctx(e, "anvil's dump: account %s", address);
		json_object_set_new(alloc, address, one);
		json_object_del(accounts, address);
	}
	if (json_object_size(alloc) == 0)
		return err_set(e, ERR_SCHEMA, 0,
			       "anvil's dump holds no accounts");
	*ret = TAKE(alloc);
	return true;
}

/* Lower-case text, as the dump's keys are. */
static void lower_addr(const struct addr20 *a, char ret[43])
{
	struct buf b = BUF_INIT(42);

	buf_adds(&b, "0x");
	buf_addhex(&b, a->b, sizeof(a->b));
	memcpy(ret, buf_str(&b), 43);
	buf_done(&b);
}

/* contracts[i].@key: the hash of the code at its @where. */
static bool add_code(json_t *contract, const json_t *alloc, const char *where,
		     const char *key, struct err *e)
{
	CLEANUP(freep) uint8_t *code = NULL;
	struct addr20 at;
	const char *name;
	char text[43];
	size_t len;

	if (!json_text_at(&name, contract, "name", e) ||
	    !json_addr_at(&at, contract, where, e))
		return false;
	lower_addr(&at, text);
	const json_t *account = json_object_get(alloc, text);

	if (!json_object_get(account, "code"))
		return err_set(e, ERR_SCHEMA, 0, "%s has no code at its %s, %s",
			       name, where, text);
	if (!json_bytes_at(&code, &len, account, "code", e))
		return false;
	struct hash32 h = keccak256(code, len);

	json_object_set_new(contract, key, json_string(fmt_hash(&h).s));
	return true;
}

static bool complete(json_t *manifest, const struct hash32 *key,
		     const json_t *alloc, struct err *e)
{
	json_t *contracts = json_object_get(manifest, "contracts"), *c;
	size_t i;

	json_array_foreach(contracts, i, c)
	{
		if (!add_code(c, alloc, "address", "code", e))
			return false;
		if (json_object_get(c, "implementation") &&
		    !add_code(c, alloc, "implementation",
			      "implementation_code", e))
			return false;
	}
	json_object_set_new(manifest, "format", json_integer(BUNDLE_FORMAT));
	json_object_set_new(manifest, "key", json_string(fmt_hash(key).s));
	return true;
}

/* Write one file; @sums, if given, gets its hash under its name. */
static bool put(const char *dir, const char *name, const char *text, size_t len,
		json_t *sums, struct hash32 *ret_sum, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
	struct hash32 sum = sha256(text, len);

	if (sums)
		json_object_set_new(sums, name, json_string(fmt_hash(&sum).s));
	if (ret_sum)
		*ret_sum = sum;
	return file_write_atomic(path, text, len, e);
}

static bool put_json(const char *dir, const char *name, const json_t *j,
		     size_t flags, json_t *sums, struct hash32 *ret_sum,
		     struct err *e)
{
	struct buf text = BUF_INIT(BUNDLE_FILE_MAX);
	bool ok;

	json_add(&text, j, flags);
	ok = buf_ok(&text, name, e) &&
	     put(dir, name, buf_str(&text), text.len, sums, ret_sum, e);
	buf_done(&text);
	return ok;
}

/* Slots of @now that are others in @was; those that are gone become zero. */
static json_t *slots_since(const json_t *was, const json_t *now)
{
	json_t *out = json_object(), *v;
	const char *slot;

	json_object_foreach((json_t *)(uintptr_t)now, slot, v)
		if (!json_equal(v, json_object_get(was, slot)))
			json_object_set(out, slot, v);
	json_object_foreach((json_t *)(uintptr_t)was, slot, v)
		if (!json_object_get(now, slot))
			json_object_set_new(out, slot,
					    json_string(ZERO_WORD));
	return out;
}

/*
 * The accounts of @now that are others in @was, whole but for slots that are
 * the same: what node_load() makes the one into the other with.
 */
static json_t *changes_since(json_t *was, json_t *now)
{
	json_t *out = json_object(), *v;
	const char *address;

	json_object_foreach(now, address, v)
	{
		const json_t *old = json_object_get(was, address);

		if (json_equal(old, v))
			continue;
		json_t *one = json_copy(v);

		json_object_set_new(
			one, "storage",
			slots_since(json_object_get(old, "storage"),
				    json_object_get(v, "storage")));
		json_object_set_new(out, address, one);
	}
	json_object_foreach(was, address, v)
	{
		if (json_object_get(now, address))
			continue;
		json_t *zero = slots_since(json_object_get(v, "storage"), NULL);

		json_object_set_new(out, address,
				    json_pack("{s:s, s:s, s:o}", "balance",
					      "0x0", "nonce", "0x0", "storage",
					      zero));
	}
	return out;
}

/* Sorted, so that the same state is the same bytes. */
#define SAME (JSON_COMPACT | JSON_SORT_KEYS)

static bool put_changes(const char *dir, json_t *alloc,
			const struct bundle *parent, json_t *files,
			struct err *e)
{
	CLEANUP(json_decrefp) json_t *was = NULL, *changes = NULL;
	struct buf text = BUF_INIT(BUNDLE_FILE_MAX);
	bool ok;

	if (!bundle_alloc(parent, &was, e))
		return false;
	changes = changes_since(was, alloc);
	ok = accounts_text(&text, changes, e) &&
	     put(dir, "changes", buf_str(&text), text.len, files, NULL, e);
	buf_done(&text);
	return ok;
}

static bool put_whole(const char *dir, json_t *alloc, const json_t *manifest,
		      json_t *files, struct err *e)
{
	uint64_t chain;

	if (!json_u64_at(&chain, manifest, "chain_id", e))
		return false;
	CLEANUP(json_decrefp) json_t *genesis =
		json_pack("{s:{s:I}, s:O}", "config", "chainId",
			  (json_int_t)chain, "alloc", alloc);

	return put_json(dir, "genesis.json", genesis, SAME, files, NULL, e) &&
	       put_json(dir, "alloc.json", alloc, SAME, files, NULL, e);
}

/* What its parent's has likewise is left out, and read there (bundle.c, adopt()). */
static json_t *own_part(json_t *manifest, const struct bundle *parent)
{
	json_t *out = json_copy(manifest), *v;
	const char *key;

	if (!parent)
		return out;
	json_object_foreach(manifest, key, v)
		if (json_equal(v, json_object_get(bundle_manifest(parent),
						  key)))
			json_object_del(out, key);
	/* What is looked at before there is a parent. */
	json_object_set_new(out, "format", json_integer(BUNDLE_FORMAT));
	json_object_set(out, "files", json_object_get(manifest, "files"));
	return out;
}

static bool fill(const char *dir, const struct hash32 *key, json_t *dump,
		 json_t *manifest, const struct bundle *parent, struct err *e)
{
	CLEANUP(json_decrefp) json_t *alloc = NULL, *own = NULL;
	CLEANUP(json_decrefp) json_t *files = json_object();
	struct hash32 seal;

	if (!alloc_of(dump, &alloc, e) || !complete(manifest, key, alloc, e) ||
	    !(parent ? put_changes(dir, alloc, parent, files, e) :
		       put_whole(dir, alloc, manifest, files, e)))
		return false;
	json_object_set(manifest, "files", files);
	own = own_part(manifest, parent);
	if (!put_json(dir, "manifest.json", own, JSON_INDENT(2), NULL, &seal, e))
		return false;
	CLEANUP(freep) char *line = xasprintf("%s\n", fmt_hash(&seal).s);

	return put(dir, "seal", line, strlen(line), NULL, NULL, e);
}

/* Remove what fill() wrote, or did in format 2; for a directory that lost the
 * race, or failed, or is given up. */
static void discard(const char *dir)
{
	static const char *const names[] = { "genesis.json", "alloc.json",
					     "changes", "changes.json",
					     "manifest.json", "seal" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CLEANUP(freep) char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
	}
	rmdir(dir);
}

struct aged {
	char *name;
	struct timespec used;
};

static int younger_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct aged *)a)->used;
	const struct timespec *y = &((const struct aged *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return x->tv_nsec == y->tv_nsec ? 0 :
	       x->tv_nsec < y->tv_nsec	? 1 :
					  -1;
}

/* Renamed first: nobody who looks for it meets half of it. */
static void give_up(const char *state, const char *name)
{
	CLEANUP(freep) char *dir = xasprintf("%s/%s", state, name);
	CLEANUP(freep) char *gone = xasprintf("%s/.gone.%s", state, name);

	reaper_dir(gone);
	if (rename(dir, gone) == 0)
		discard(gone);
	reaper_undir(gone);
}

/*
 * As give_up(), unless somebody has it open (bundle.c, lock()), or it is a link
 * to a bundle of another cache, which is not ours to empty.
 */
static void give_up_unused(const char *state, const char *name)
{
	CLEANUP(freep) char *dir = xasprintf("%s/%s", state, name);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		give_up(state, name);
	fd_close(&fd);
}

/* Keep what was used last. That something could not be removed is no error. */
static void prune(const char *cache)
{
	CLEANUP(freep) char *state = xasprintf("%s/state", cache);
	CLEANUP(freep) struct aged *list = NULL;
	size_t n = 0, cap = 0;
	DIR *dir = opendir(state);

	for (struct dirent *d; dir && (d = readdir(dir));) {
		CLEANUP(freep) char *path =
			xasprintf("%s/%s", state, d->d_name);
		struct stat st;

		if (d->d_name[0] == '.' || stat(path, &st) != 0)
			continue;
		GROW(list, n, cap);
		list[n++] = (struct aged){ xstrdup(d->d_name), st.st_mtim };
	}
	if (dir)
		closedir(dir);
	if (n > 0)
		qsort(list, n, sizeof(*list), younger_first);
	for (size_t i = 0; i < n; i++) {
		if (i >= BUNDLES_KEPT)
			give_up_unused(state, list[i].name);
		free(list[i].name);
	}
}

void bundle_drop(const char *cache, const struct hash32 *key)
{
	CLEANUP(freep) char *state = xasprintf("%s/state", cache);
	CLEANUP(freep) char *name = xasprintf("%.32s", fmt_hash(key).s + 2);

	give_up(state, name);
}

static bool no_cache(struct err *e, const char *path)
{
	return err_os(e, errno,
		      "set AVSBED_CACHE to a directory that you can write: "
		      "cannot create %s", path);
}

static bool make_dirs(const char *cache, struct err *e)
{
	CLEANUP(freep) char *state = xasprintf("%s/state", cache);

	for (char *slash = strchr(state + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(state, 0755) != 0 && errno != EEXIST)
			return no_cache(e, state);
		*slash = '/';
	}
	return mkdir(state, 0755) == 0 || errno == EEXIST ||
	       no_cache(e, state);
}

bool bundle_write(struct bundle **ret, const char *cache,
		  const struct hash32 *key, json_t *dump, json_t *manifest,
		  const struct bundle *parent, struct err *e)
{
	CLEANUP(freep) char *dir =
		xasprintf("%s/state/%.32s", cache, fmt_hash(key).s + 2);
	/* By pid and time nobody else's. */
	CLEANUP(freep) char *tmp = xasprintf("%s/state/.tmp.%d.%" PRIx64, cache,
					     (int)getpid(), clock_ns());
	bool found = false;

	if (!make_dirs(cache, e))
		return false;
	/* Announced first, so that no moment leaves it behind. */
	reaper_dir(tmp);
	bool ok = (mkdir(tmp, 0755) == 0 || no_cache(e, tmp)) &&
		  fill(tmp, key, dump, manifest, parent, e);

	if (ok && rename(tmp, dir) != 0 && errno != EEXIST &&
	    errno != ENOTEMPTY)
		ok = err_os(e, errno, "cannot put %s in place", dir);
	discard(tmp); /* nothing is there if it was renamed */
	reaper_undir(tmp);
	if (ok)
		prune(cache);
	if (!ok || !bundle_open(ret, &found, cache, key, parent, e))
		return false;
	return found || err_set(e, ERR_OS, ENOENT,
				"%s vanished as soon as it was written", dir);
}
