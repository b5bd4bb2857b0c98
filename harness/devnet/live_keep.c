/*
 * A world's state, kept: between two moments of one run as a snapshot, from
 * one run to the next as a bundle of its own.
 *
 * A folder of kept states is a cache of bundles like any other, each under a
 * key that nothing else has; NAME.latest says which of them counts. So the old
 * one is there until the new one is.
 */
#include "devnet/live_priv.h"

#include <errno.h>

#include "base/base.h"
#include "base/hex.h"

#define HISTORY "history" /* in the manifest of a kept state */
#define TOLD "rewards"
#define NAMED "named"
#define KEY_TEXT_MAX 128u
#define HISTORY_MAX (8u << 20) /* as text; the oldest blocks go first */

bool live_snapshot(struct live *w, struct live_point *ret, struct err *e)
{
	struct live_point to;

	/* Others may have mined since it was looked at. */
	live_moved(w);
	if (!live_rest(w, e) || !live_mark(w, &to, e))
		return false;
	GROW(w->marks.items, w->marks.n, w->marks.cap);
	w->marks.items[w->marks.n++] = (struct live_mark){
		.id = to.snapshot, .block = to.head.number };
	*ret = to;
	return true;
}

void live_forget_marks(struct live *w, uint64_t fork)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->marks.n; i++)
		if (w->marks.items[i].block <= fork)
			w->marks.items[kept++] = w->marks.items[i];
	w->marks.n = kept;
}

static bool is_marked(const struct live *w, struct u256 id)
{
	for (size_t i = 0; i < w->marks.n; i++)
		if (u256_eq(w->marks.items[i].id, id))
			return true;
	return false;
}

/* Those made after it went with it. */
static void renew_mark(struct live *w, struct u256 was, struct u256 is)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->marks.n; i++) {
		struct live_mark mark = w->marks.items[i];

		if (u256_cmp(mark.id, was) > 0)
			continue;
		if (u256_eq(mark.id, was))
			mark.id = is;
		w->marks.items[kept++] = mark;
	}
	w->marks.n = kept;
}

static bool each_process(struct live *w, const bool *which,
			 enum live_process what, struct err *e)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (which[i] &&
		    !live_process(w, w->cast.members[i].spec.name, what, e))
			return false;
	return true;
}

bool live_restore(struct live *w, struct live_point *to, struct err *e)
{
	CLEANUP(freep) bool *ran = xcalloc(w->cast.n + 1, sizeof(*ran));
	const struct u256 was = to->snapshot;

	/* anvil would leave a chain without a head. */
	if (!is_marked(w, was))
		return err_set(e, ERR_SCHEMA, 0,
			       "the block in which this snapshot was made was "
			       "taken back by a reorg, and the snapshot is gone "
			       "with it");
	for (size_t i = 0; i < w->cast.n; i++)
		ran[i] = live_running(w, w->cast.members[i].spec.name);
	if (!live_rest(w, e) || !each_process(w, ran, LIVE_STOP, e) ||
	    !node_drained(live_rpc(w), e) || !live_back(w, to, e))
		return false;
	renew_mark(w, was, to->snapshot);
	live_went_back(w, to->head.number);
	return each_process(w, ran, LIVE_START, e) && live_rest(w, e);
}

/*
 * Whose state it is: these contracts with these operators. A rebuilt operator
 * goes on with what the one before it did; that is what keeping is for.
 */
static struct hash32 whose(const struct live *w)
{
	struct hash32 base = bundle_key(w->base);
	struct keccak k;

	keccak_init(&k);
	keccak_add(&k, base.b, sizeof(base.b));
	for (size_t i = 0; i < w->cast.n; i++)
		if (!w->cast.members[i].spec.other)
			keccak_add(&k, w->cast.members[i].spec.name,
				   strlen(w->cast.members[i].spec.name) + 1);
	return keccak_done(&k);
}

static char *latest_path(const struct live *w, struct hash32 of)
{
	return xasprintf("%s/%.32s.latest", w->kept, fmt_hash(&of).s + 2);
}

/* *ret_found false: nothing was kept yet. */
static bool latest(const char *path, struct hash32 *ret, bool *ret_found,
		   struct err *e)
{
	struct buf text = BUF_INIT(KEY_TEXT_MAX);
	bool ok = true;

	*ret_found = false;
	if (access(path, F_OK) == 0) {
		ok = buf_read_file(&text, path, e) &&
		     hex_decode(ret->b, sizeof(ret->b), buf_str(&text),
				text.len, e);
		if (!ok)
			err_ctx(e, "%s (remove it to start anew)", path);
		*ret_found = ok;
	}
	buf_done(&text);
	return ok;
}

bool live_kept(struct live *w, struct bundle **ret, bool *ret_found,
	       struct err *e)
{
	CLEANUP(freep) char *path = latest_path(w, whose(w));
	struct hash32 key;

	if (!latest(path, &key, ret_found, e))
		return false;
	if (!*ret_found)
		return true;
	if (!bundle_open(ret, ret_found, w->kept, &key, NULL, e))
		return false;
	return *ret_found ||
	       err_set(e, ERR_OS, ENOENT,
		       "%s names the state %.32s, which is not in %s/state any "
		       "more (remove the file to start anew)",
		       path, fmt_hash(&key).s + 2, w->kept);
}

/* Whom a person funded by a name; what they own the chain knows. */
static bool name_again(struct live *w, const json_t *names, struct err *e)
{
	const json_t *name;
	struct addr20 ignored;
	size_t i;

	json_array_foreach(names, i, name)
		if (!live_account(w, json_string_value(name), &ignored, e))
			return err_ctx(e, "accounts that were kept");
	return true;
}

bool live_remember(struct live *w, const struct bundle *kept, struct err *e)
{
	const json_t *history = json_object_get(bundle_manifest(kept), HISTORY);

	json_decref(w->told);
	w->told = json_deep_copy(json_object_get(bundle_manifest(kept), TOLD));
	return name_again(w, json_object_get(bundle_manifest(kept), NAMED),
			  e) &&
	       (!history || node_remember(live_rpc(w), history, e));
}

static int add_text(const char *text, size_t len, void *arg)
{
	keccak_add(arg, text, len);
	return 0;
}

static void add_json(struct keccak *k, const json_t *j)
{
	ASSERT(!json_dump_callback(j, add_text, k,
				   JSON_COMPACT | JSON_SORT_KEYS));
}

/*
 * All that is kept: time is deterministic, so that two states of one height,
 * time and predecessor are easily had, of which neither is the other.
 */
static struct hash32 key_of(const struct live *w, struct hash32 of,
			    const json_t *dump, const json_t *manifest)
{
	struct keccak k;

	keccak_init(&k);
	keccak_add(&k, of.b, sizeof(of.b));
	keccak_add(&k, w->now->saved.b, sizeof(w->now->saved.b));
	add_json(&k, dump);
	add_json(&k, manifest);
	return keccak_done(&k);
}

static uint64_t height_of(const json_t *at, const char *key)
{
	struct err ignored;
	uint64_t n;

	return json_u64_at(&n, at, key, &ignored) ? n : 0;
}

/* Only what is in block @first or later. */
static void forget_before(json_t *list, const char *inside, const char *key,
			  uint64_t first)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *one = json_array_get(list, i);

		if (inside)
			one = json_object_get(one, inside);
		if (height_of(one, key) < first)
			json_array_remove(list, i);
	}
}

/*
 * Blocks with their receipts and logs: an operator finds its open challenges
 * there, a claim its root. How each transaction was executed is left out, which
 * is most of it.
 */
static json_t *history_of(const json_t *dump, uint64_t head)
{
	json_t *blocks = json_object_get(dump, "blocks");
	json_t *txs = json_object_get(dump, "transactions"), *tx;
	json_t *out = json_pack("{s:O, s:O}", "blocks", blocks, "transactions",
				txs);
	uint64_t first = 0;
	size_t i;

	json_array_foreach(txs, i, tx)
		json_object_set_new(json_object_get(tx, "info"), "traces",
				    json_array());
	while (json_dumpb(out, NULL, 0, JSON_COMPACT) > HISTORY_MAX &&
	       first < head) {
		first += (head - first + 1) / 2;
		forget_before(blocks, "header", "number", first);
		forget_before(txs, NULL, "block_number", first);
	}
	return out;
}

static bool save(struct live *w, struct hash32 of, json_t *manifest,
		 struct err *e)
{
	CLEANUP(freep) char *path = latest_path(w, of);
	CLEANUP(bundle_freep) struct bundle *b = NULL;
	CLEANUP(json_decrefp) json_t *dump = NULL;
	struct hash32 key, was;
	bool found;

	if (!latest(path, &was, &found, e) ||
	    !anvil_dump(w->now->anvil, &dump, e))
		return false;
	json_object_set_new(manifest, HISTORY,
			    history_of(dump, height_of(manifest, "height")));
	key = key_of(w, of, dump, manifest);
	if (!bundle_write(&b, w->kept, &key, dump, manifest, NULL, e) ||
	    !file_write_atomic(path, fmt_hash(&key).s, 66, e))
		return false;
	if (found && !hash_eq(&was, &key))
		bundle_drop(w->kept, &was);
	return true;
}

bool live_keep(struct live *w, struct err *e)
{
	CLEANUP(json_decrefp) json_t *manifest = NULL;
	struct hash32 of = whose(w);

	ASSERT(w->kept && w->now);
	if (!live_rest(w, e) || !live_manifest_now(w, &manifest, e))
		return false;
	json_object_set_new(manifest, TOLD, sidecar_told(w->sidecar));
	json_object_set(manifest, NAMED, w->named);
	live_cast_end(w);
	/* What was changed since it was deployed is no mistake in it. */
	json_object_del(manifest, "probes");
	return save(w, of, manifest, e);
}
