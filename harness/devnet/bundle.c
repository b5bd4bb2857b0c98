#include "devnet/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

#include "base/hex.h"
#include "devnet/filesum.h"
#include "eth/accounts.h"
#include "eth/node.h"

#define CHANGES "changes" /* lines, see eth/accounts.h */
static const char *const WHOLE[] = { "genesis.json", "alloc.json", NULL };
static const char *const CONTINUED[] = { CHANGES, NULL };

struct bundle {
	unsigned refs;
	char *dir;
	int fd; /* of dir, and its lock */
	json_t *manifest;
	struct hash32 key;
	struct bundle *parent; /* whose changes it holds; NULL: it is whole */
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

/* @name's hash is @want's text. */
static bool check_sum(const char *dir, const char *name, const char *want,
		      struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
	struct hash32 have;

	if (!filesum(&have, path, BUNDLE_FILE_MAX, e))
		return false;
	if (strcmp(fmt_hash(&have).s, want) != 0)
		return err_set(e, ERR_MISMATCH, 0,
			       "%s is damaged: its sha256 is %s, not %s", name,
			       fmt_hash(&have).s, want);
	return true;
}

/* What its manifest says that it holds. */
static bool has_changes(const struct bundle *b)
{
	return json_object_get(json_object_get(b->manifest, "files"), CHANGES);
}

static bool check_files(const struct bundle *b, struct err *e)
{
	const json_t *sums = json_object_get(b->manifest, "files");
	const char *const *files = has_changes(b) ? CONTINUED : WHOLE;

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

static bool adopt(struct bundle *b, const struct bundle *parent, struct err *e)
{
	const char *of;

	if (!has_changes(b))
		return true;
	if (!json_text_at(&of, b->manifest, "parent", e))
		return false;
	if (!parent || strcmp(fmt_hash(&parent->key).s, of) != 0)
		return err_set(e, ERR_MISMATCH, 0,
			       "it goes on from the state %s, and not from %s",
			       of, parent ? fmt_hash(&parent->key).s : "none");
	b->parent = bundle_hold(parent);
	json_object_update_missing(b->manifest, parent->manifest);
	return true;
}

/*
 * Lock the directory, so that nobody who makes room takes it away while we use
 * it. Whoever does so holds it for one rename: after that, the name is gone.
 */
static bool lock(struct bundle *b, bool *ret_found, struct err *e)
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
		 const struct hash32 *key, const struct bundle *parent,
		 struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *b = xcalloc(1, sizeof(*b));
	bool found;

	b->refs = 1;
	b->dir = dir_of(cache, key);
	b->key = *key;
	if (!lock(b, &found, e))
		return false;
	if (found && (!verify(b, e) || !adopt(b, parent, e)))
		return rebuild(e, b->dir);
	*ret_found = found;
	if (!found)
		return true;
	/* Only the order in which bundles are given up depends on it. */
	(void)!futimens(b->fd, NULL);
	*ret = TAKE(b);
	return true;
}

struct bundle *bundle_hold(const struct bundle *b)
{
	/* Only how many owners there are changes. */
	struct bundle *own = (struct bundle *)(uintptr_t)b;

	own->refs++;
	return own;
}

void bundle_free(struct bundle *b)
{
	if (!b || --b->refs)
		return;
	bundle_free(b->parent);
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

const struct bundle *bundle_root(const struct bundle *b)
{
	return b->parent ? bundle_root(b->parent) : b;
}

static bool read_changes(const struct bundle *b, struct buf *out,
			 struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/" CHANGES, b->dir);

	return buf_read_file(out, path, e);
}

/* There is no difference between such an account and none. */
static bool is_empty(const json_t *account)
{
	static const char *const zeros[] = { "balance", "nonce" };

	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		if (strcmp(json_string_value(json_object_get(account, zeros[i])),
			   "0x0") != 0)
			return false;
	return !json_object_get(account, "code") &&
	       !json_object_get(account, "storage");
}

/* One account after a change of it: slots that became zero are none. */
static void overlay(json_t *alloc, const char *address, const json_t *change)
{
	json_t *slots = json_copy(json_object_get(
		json_object_get(alloc, address), "storage"));
	json_t *now = json_copy((json_t *)(uintptr_t)change), *v;
	const char *slot;
	void *next;

	if (!slots)
		slots = json_object();
	json_object_update(slots, json_object_get(change, "storage"));
	json_object_foreach_safe(slots, next, slot, v)
		if (strspn(json_string_value(v) + 2, "0") == 64)
			json_object_del(slots, slot);
	if (json_object_size(slots))
		json_object_set(now, "storage", slots);
	else
		json_object_del(now, "storage");
	json_decref(slots);
	json_object_set_new(alloc, address, now);
	if (is_empty(now))
		json_object_del(alloc, address);
}

static bool changed_alloc(const struct bundle *b, json_t **ret, struct err *e)
{
	struct buf text = BUF_INIT(BUNDLE_FILE_MAX);
	bool ok = read_changes(b, &text, e) &&
		  accounts_alloc(ret, &text, CHANGES, e);

	buf_done(&text);
	return ok;
}

bool bundle_alloc(const struct bundle *b, json_t **ret, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/alloc.json", b->dir);
	CLEANUP(json_decrefp) json_t *alloc = NULL, *changes = NULL;
	const char *address;
	json_t *v;

	if (!b->parent)
		return json_read_large(ret, path, e);
	if (!bundle_alloc(b->parent, &alloc, e) ||
	    !changed_alloc(b, &changes, e))
		return false;
	json_object_foreach(changes, address, v)
		overlay(alloc, address, v);
	*ret = TAKE(alloc);
	return true;
}

/* anvil takes either a genesis or a place to leave its dump. */
static bool load_alloc(const struct bundle *b, struct rpc *r,
		       struct block *head, struct err *e)
{
	CLEANUP(json_decrefp) json_t *alloc = NULL;
	struct buf text = BUF_INIT(BUNDLE_FILE_MAX);
	bool ok = bundle_alloc(b, &alloc, e) && accounts_text(&text, alloc, e) &&
		  node_load(r, &text, head->number, head->time, head, e);

	buf_done(&text);
	return ok;
}

/* What was changed, the oldest first. */
bool bundle_continue(const struct bundle *b, const struct bundle *from,
		     struct rpc *r, struct block *head, struct err *e)
{
	struct buf changes = BUF_INIT(BUNDLE_FILE_MAX);
	uint64_t height, time;
	bool ok;

	if (b == from)
		return true;
	ASSERT(b->parent);
	if (!bundle_continue(b->parent, from, r, head, e))
		return false;
	ok = (json_u64_at(&height, b->manifest, "height", e) &&
	      json_u64_at(&time, b->manifest, "time", e) &&
	      read_changes(b, &changes, e)) ||
	     rebuild(e, b->dir);
	ok = ok && node_load(r, &changes, height, time, head, e);
	buf_done(&changes);
	return ok;
}

/* The last byte of a contract's code becomes another. */
static bool tamper(const struct bundle *b, const char *contract, struct rpc *r,
		   struct err *e)
{
	CLEANUP(freep) char *where = xasprintf("addresses.%s", contract);
	CLEANUP(freep) char *text = NULL;
	CLEANUP(json_decrefp) json_t *code = NULL;
	struct addr20 at;

	if (!json_addr_at(&at, b->manifest, where, e) ||
	    !rpc_call(r, "eth_getCode",
		      json_pack("[s, s]", fmt_addr(&at).s, "latest"), &code,
		      NULL, e))
		return err_ctx(e, "tampering with %s", contract);
	text = xstrdup(json_string_value(code));
	char *last = text + strlen(text) - 1;

	*last = *last == '0' ? '1' : '0';
	return rpc_call(r, "anvil_setCode",
			json_pack("[s, s]", fmt_addr(&at).s, text), NULL, NULL,
			e);
}

bool bundle_boot(const struct bundle *b, struct loop *l,
		 const struct bundle_boot *how, struct anvil **ret,
		 struct err *e)
{
	const struct bundle *root = bundle_root(b);
	CLEANUP(freep) char *genesis = xasprintf("%s/genesis.json", root->dir);
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct anvil_spec spec = { .program = how->program,
				   .genesis = how->dump ? NULL : genesis,
				   .port = how->port,
				   .dump = how->dump,
				   .log_path = how->log_path };
	struct block head;

	if (!json_u64_at(&spec.chain_id, root->manifest, "chain_id", e) ||
	    !json_u64_at(&spec.height, root->manifest, "height", e) ||
	    !json_u64_at(&spec.time, root->manifest, "time", e) ||
	    !json_text_at(&spec.version, root->manifest, "tools.anvil", e))
		return rebuild(e, root->dir);
	if (!anvil_new(&a, l, &spec, e))
		return false;
	struct rpc *r = anvil_rpc(a);

	if (!chain_block(r, CHAIN_HEAD, &head, e) ||
	    (how->dump && !load_alloc(root, r, &head, e)) ||
	    !bundle_continue(b, root, r, &head, e) ||
	    (how->tamper && !tamper(b, how->tamper, r, e)) ||
	    !bundle_probe(b, r, &head, e)) {
		(void)!anvil_blame(a, e);
		return false;
	}
	*ret = TAKE(a);
	return true;
}
