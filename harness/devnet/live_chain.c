/* Chains for casts: prepared once, saved, booted, reverted. */
#include "devnet/live_priv.h"

#include <malloc.h>

#include "base/base.h"

void live_chain_free(struct live_chain *c)
{
	anvil_free(c->anvil);
	*c = (struct live_chain){ 0 };
}

static bool boot(struct live *w, const struct bundle *b, bool dump,
		 struct anvil **ret, struct err *e)
{
	CLEANUP(freep) char *program = xasprintf("%s/%s", w->root, LIVE_ANVIL);
	CLEANUP(freep) char *log =
		w->log_dir ? xasprintf("%s/anvil.log", w->log_dir) : NULL;

	return bundle_boot(b, w->loop,
			   &(struct bundle_boot){ .program = program,
						  .dump = dump,
						  .log_path = log,
						  .tamper = w->tamper },
			   ret, e);
}

bool live_manifest_now(struct live *w, json_t **ret, struct err *e)
{
	struct hash32 parent = bundle_key(w->base);
	CLEANUP(json_decrefp) json_t *cast = json_array();
	struct block head;

	if (!live_head(w, &head, e))
		return false;
	for (size_t i = 0; i < w->cast.n; i++)
		if (!w->cast.members[i].spec.other)
			json_array_append_new(
				cast,
				json_string(w->cast.members[i].spec.name));
	json_t *m = json_deep_copy(bundle_manifest(w->base));

	json_object_set_new(m, "height", json_integer((json_int_t)head.number));
	json_object_set_new(m, "time", json_integer((json_int_t)head.time));
	json_object_set_new(m, "parent", json_string(fmt_hash(&parent).s));
	json_object_set(m, "cast", cast);
	*ret = m;
	return true;
}

/* On a chain of its own, let the cast get ready, and save what it became. */
static bool prepare(struct live *w, const struct hash32 *key,
		    struct bundle **ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *dump = NULL, *manifest = NULL;
	struct live_chain own = { 0 }, *now = w->now;

	w->now = &own;
	live_moved(w);
	bool ok = boot(w, w->base, true, &own.anvil, e) &&
		  live_cast_ready(w, e) && live_manifest_now(w, &manifest, e) &&
		  anvil_dump(own.anvil, &dump, e) &&
		  bundle_write(ret, w->cache, key, dump, manifest, w->base, e);

	w->now = now;
	live_moved(w);
	if (!ok && own.anvil)
		(void)!anvil_blame(own.anvil, e);
	live_chain_free(&own);
	/*
	 * A cast of a hundred's dump is 40 MB of small objects, between which
	 * something always lies that stays: what the heap gives back by itself
	 * is what is behind it.
	 */
	json_decref(TAKE(dump));
	json_give_back();
	(void)malloc_trim(0);
	return ok;
}

/* What the worlds of its kind go on from. */
static bool start(struct live *w, struct live_chain *c, struct err *e)
{
	const struct bundle *b = w->tamper ? w->base : bundle_root(w->base);

	return boot(w, b, w->kept != NULL, &c->anvil, e) &&
	       chain_block(anvil_rpc(c->anvil), CHAIN_HEAD, &c->first, e);
}

/* The world with nobody on it, whatever was there before. */
static bool settle(struct live *w, struct live_chain *c, struct err *e)
{
	struct rpc *r = anvil_rpc(c->anvil);
	struct hash32 base = bundle_key(w->base);
	struct block head = c->first;

	w->now = c;
	if (c->settled && hash_eq(&c->base, &base) && !w->renew)
		return live_back(w, &c->bare, e);
	if (c->settled && !node_reset(r, &c->bare.snapshot, &c->first, e))
		return false;
	c->settled = bundle_continue(w->base, bundle_root(w->base), r, &head,
				     e) &&
		     node_snapshot(r, &c->bare.snapshot, e);
	c->bare.head = head;
	c->base = base;
	live_at(w, &head);
	return c->settled;
}

/* What was kept has a chain of its own: it goes on from no saved state. */
static bool start_kept(struct live *w, struct live_chain *c, bool *ret_found,
		       struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *b = NULL;

	*ret_found = false;
	if (!w->kept)
		return true;
	if (!live_kept(w, &b, ret_found, e))
		return false;
	if (!*ret_found)
		return true;
	live_chain_free(c);
	if (!boot(w, b, true, &c->anvil, e))
		return false;
	c->saved = bundle_key(b);
	w->now = c;
	return live_remember(w, b, e);
}

/* The operators are on it, or nobody: with nobody it stays as it is. Either is
 * what is played, and looked at before. */
static bool populate(struct live *w, const struct hash32 *key, struct err *e)
{
	struct hash32 base = bundle_key(w->base);
	CLEANUP(bundle_freep) struct bundle *b = NULL;
	struct block head;
	bool found = false;

	w->now->saved = *key;
	if (hash_eq(key, &base))
		return live_head(w, &head, e) &&
		       bundle_probe(w->base, live_rpc(w), &head, e);
	if (!bundle_open(&b, &found, w->cache, key, w->base, e) ||
	    (!found && !prepare(w, key, &b, e)) || !live_head(w, &head, e) ||
	    !bundle_continue(b, w->base, live_rpc(w), &head, e) ||
	    !bundle_probe(b, live_rpc(w), &head, e))
		return false;
	live_at(w, &head);
	return true;
}

static bool become(struct live *w, const struct hash32 *key,
		   struct live_chain *c, struct err *e)
{
	return (c->anvil || start(w, c, e)) && settle(w, c, e) &&
	       populate(w, key, e);
}

/* Balances are no part of a saved state: roles differ from world to world. */
static bool begin(struct live *w, const struct hash32 *key,
		  struct live_chain *c, struct err *e)
{
	bool kept, ok;

	c->of = NULL;
	c->reorg.old = 0;
	w->now = NULL;
	ok = start_kept(w, c, &kept, e) && (kept || become(w, key, c, e)) &&
	     live_found(w, &c->start, e);
	if (!ok) {
		w->now = NULL;
		if (c->anvil)
			(void)!anvil_blame(c->anvil, e);
		live_chain_free(c);
		return false;
	}
	c->root = bundle_key(bundle_root(w->base));
	c->key = *key;
	c->of = w;
	w->renew = false;
	return true;
}

bool live_blame(struct live *w, struct err *e)
{
	return (w->now && anvil_blame(w->now->anvil, e)) ||
	       (w->tee && tee_blame(w->tee, e));
}

/* That of its kind, or where one can be. */
static struct live_chain *chain_for(struct live *w)
{
	struct live_chain *all = w->chains->all, *c = &all[0];
	struct hash32 root = bundle_key(bundle_root(w->base));

	for (size_t i = 0; i < CHAINS_MAX; i++) {
		if (all[i].anvil && hash_eq(&all[i].root, &root)) {
			c = &all[i];
			break;
		}
		if (all[i].used < c->used)
			c = &all[i];
	}
	if (c->anvil &&
	    (!hash_eq(&c->root, &root) || !anvil_alive(c->anvil)))
		live_chain_free(c);
	c->used = ++w->chains->turn;
	return c;
}

/* Its cast is not on the chain. */
static bool is_other(const struct live *w, const struct live_chain *c,
		     const struct hash32 *key)
{
	return c->of != w || !hash_eq(&c->key, key) || (w->renew && !w->kept);
}

/*
 * Who did not end at rest may have sent something at the last moment. That is
 * seen when the chain has gone back, and has then been mined on it: it is made
 * anew.
 */
static bool restart(struct live *w, const struct hash32 *key,
		    struct live_chain *c, struct err *e)
{
	struct err gone = ERR_INIT;

	if (live_back(w, &c->start, &gone))
		return true;
	if (gone.code == ERR_MISMATCH)
		return begin(w, key, c, e);
	*e = gone;
	return false;
}

bool live_chain_begin(struct live *w, struct live_point *at, struct err *e)
{
	struct live_chain *c = chain_for(w);
	struct hash32 key;

	w->now = NULL;
	if (!live_cast_key(w, &key, e))
		return false;
	if (is_other(w, c, &key))
		return at ? err_set(e, ERR_CHILD, 0,
				    "the chain with the snapshot has ended")
			  : begin(w, &key, c, e);
	w->renew = false;
	w->now = c;
	if (!at)
		return restart(w, &key, c, e);
	/* It could not be made again. */
	return node_drained(live_rpc(w), e) && live_back(w, at, e);
}

void live_chain_leave(struct live *w)
{
	for (size_t i = 0; i < CHAINS_MAX; i++)
		if (w->chains->all[i].of == w)
			w->chains->all[i].of = NULL;
}

struct live_chains *live_chains_new(void)
{
	struct live_chains *c = xcalloc(1, sizeof(*c));

	c->interfaces = book_new();
	return c;
}

void live_chains_free(struct live_chains *c)
{
	if (!c)
		return;
	live_tee_end(c);
	for (size_t i = 0; i < CHAINS_MAX; i++) {
		live_chain_free(&c->all[i]);
		bundle_free(c->cores[i].bundle);
		free(c->cores[i].profile);
	}
	book_free(c->interfaces);
	free(c);
}
