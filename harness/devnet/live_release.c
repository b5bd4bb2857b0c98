/*
 * Transactions that operators wait with, once all of them rest: they go into one
 * block, as many as have room.
 *
 * All rest, so who waits with what depends on the chain alone, and the seed can
 * choose in which order they stand. Anvil puts what offers more for its gas
 * first, and of equals what came first; so each is in its pool before the next
 * one is sent.
 */
#include "devnet/live_priv.h"

#include "base/base.h"

#include "base/clock.h"

#define TAKE_MS 60000u /* for the node to have them in its pool */
/* An operator that answers all that may be open sends a batch, one that gets
 * ready a dozen; who goes on and on never rests. */
#define SENDS_MAX 256u

/* One of an operator's, or those that it sent as one batch. */
struct parcel {
	struct live_member *whose;
	size_t first, n; /* of what is held at the gateway */
};

struct held_tx {
	const struct live_member *whose;
	struct gateway *g; /* theirs */
	size_t at;	   /* of what is held there, before any is released */
	struct gateway_held h;
};

/* What goes into the next block. */
struct load {
	struct held_tx *txs;
	size_t n;
	uint64_t gas;
};

static struct gateway *gateway_of(const struct live_member *m)
{
	return operator_gateway(m->op);
}

static size_t held_by(const struct live_member *m)
{
	return m->op ? gateway_held_n(gateway_of(m)) : 0;
}

bool live_holds(const struct live *w)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (held_by(&w->cast.members[i]) > 0)
			return true;
	return false;
}

static size_t held_by_all(const struct live *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->cast.n; i++)
		n += held_by(&w->cast.members[i]);
	return n;
}

/* --- in which order ------------------------------------------------------------ */

static struct parcel parcel_at(struct live_member *whose, size_t first)
{
	const struct gateway *g = gateway_of(whose);
	const uint64_t batch = gateway_held_at(g, first).batch;
	struct parcel p = { .whose = whose, .first = first, .n = 1 };

	while (batch && first + p.n < gateway_held_n(g) &&
	       gateway_held_at(g, first + p.n).batch == batch)
		p.n++;
	return p;
}

/*
 * Each time an operator is drawn that has one left, so an operator's own keep
 * their order.
 * @ret: has room for all that is held.
 */
static size_t draw_order(struct live *w, struct parcel *ret)
{
	CLEANUP(freep) size_t *next = xcalloc(w->cast.n + 1, sizeof(*next));
	CLEANUP(freep) size_t *able = xcalloc(w->cast.n + 1, sizeof(*able));
	size_t n = 0;

	for (;;) {
		size_t able_n = 0;

		for (size_t i = 0; i < w->cast.n; i++)
			if (next[i] < held_by(&w->cast.members[i]))
				able[able_n++] = i;
		if (able_n == 0)
			return n;
		const size_t who = able[rng_below(&w->rng, able_n)];

		ret[n] = parcel_at(&w->cast.members[who], next[who]);
		next[who] += ret[n++].n;
	}
}

/* --- which ---------------------------------------------------------------------- */

/* Each operator has a key of its own, a process may have anybody's. Who signed
 * takes longer to find out than all the rest. */
static bool of_one_account(const struct held_tx *a, const struct held_tx *b)
{
	struct addr20 from_a, from_b;

	if (a->whose != b->whose && !a->whose->spec.other &&
	    !b->whose->spec.other)
		return false;
	return gateway_held_from(a->g, a->at, &from_a) &&
	       gateway_held_from(b->g, b->at, &from_b) &&
	       addr_eq(&from_a, &from_b);
}

/* An account has each of its numbers once in a block. */
static bool has_its_number(const struct load *l, const struct held_tx *x)
{
	for (size_t i = 0; x->h.decoded && i < l->n; i++)
		if (l->txs[i].h.decoded && l->txs[i].h.nonce == x->h.nonce &&
		    of_one_account(&l->txs[i], x))
			return true;
	return false;
}

/* Whether it fits. The first one always goes: the node says what is wrong with
 * it, or takes more blocks for it. */
static bool add(struct load *l, const struct parcel *p)
{
	struct gateway *g = gateway_of(p->whose);
	struct load more = *l;

	for (size_t i = 0; i < p->n; i++) {
		const struct held_tx x = {
			.whose = p->whose,
			.g = g,
			.at = p->first + i,
			.h = gateway_held_at(g, p->first + i),
		};

		more.gas += x.h.gas;
		if (l->n &&
		    (more.gas > NODE_BLOCK_GAS || has_its_number(l, &x)))
			return false;
		more.txs[more.n++] = x;
	}
	*l = more;
	return true;
}

/* --- into a block ------------------------------------------------------------- */

struct pool {
	uint64_t pending, all; /* of those that could be mined; and the rest */
};

static bool pool_parse(struct pool *ret, const json_t *status, struct err *e)
{
	struct pool p;
	uint64_t queued;

	if (!json_u64_at(&p.pending, status, "pending", e) ||
	    !json_u64_at(&queued, status, "queued", e))
		return err_ctx(e, "txpool_status");
	p.all = p.pending + queued;
	*ret = p;
	return true;
}

static bool pool_now(struct live *w, struct pool *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *status = NULL;

	return rpc_call(live_rpc(w), "txpool_status", NULL, &status, NULL, e) &&
	       pool_parse(ret, status, e);
}

/* From here on what comes stays in the pool, as it is now. */
static bool gather(struct live *w, struct pool *ret, struct err *e)
{
	struct rpc_ask asks[] = {
		{ .method = "evm_setAutomine",
		  .params = json_pack("[b]", 0) },
		{ .method = "txpool_status" },
	};
	bool ok = rpc_call_all(live_rpc(w), asks, ARRAY_LEN(asks), e) &&
		  pool_parse(ret, asks[1].result, e);

	rpc_asks_done(asks, ARRAY_LEN(asks));
	return ok;
}

/* Nothing is mined meanwhile: what is on the way is in the pool or comes there;
 * what is refused is on the way no longer. */
static size_t on_the_way(const struct load *l, size_t sent)
{
	size_t n = 0;

	for (size_t i = 0; i < sent; i++) {
		size_t first = 0;

		while (l->txs[first].g != l->txs[i].g)
			first++;
		if (first == i)
			n += gateway_in_flight(l->txs[i].g);
	}
	return n;
}

/* @before: in the pool before the first one was sent. */
static bool wait_taken(struct live *w, const struct load *l, size_t sent,
		       uint64_t before, struct err *e)
{
	uint64_t end = clock_ms() + TAKE_MS;
	struct pool now;

	for (;;) {
		if (!pool_now(w, &now, e))
			return false;
		if (now.all >= before + on_the_way(l, sent))
			return true;
		if (clock_ms() >= end)
			break;
		rpc_pause(live_rpc(w));
	}
	return err_set(e, ERR_TIMEOUT, 0,
		       "%zu transactions did not reach the node within %u ms",
		       on_the_way(l, sent), TAKE_MS);
}

/* @before: in the pool already. */
static bool send_all(struct live *w, const struct load *l, uint64_t before,
		     struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		gateway_release(l->txs[i].g, l->txs[i].h.number);
		if (!wait_taken(w, l, i + 1, before, e))
			return false;
	}
	return true;
}

/* In one block; a batch that has no room in one takes more. */
static bool mine_all(struct live *w, struct err *e)
{
	struct pool now = { .pending = UINT64_MAX };
	uint64_t before;

	do {
		before = now.pending;
		if (!node_mine(live_rpc(w), 1, e) || !pool_now(w, &now, e))
			return false;
	} while (now.pending && now.pending < before);
	w->strays |= now.all > 0;
	return true;
}

static bool into_a_block(struct live *w, const struct load *l, struct err *e)
{
	struct err after = ERR_INIT;
	struct pool before;
	bool ok;

	/* Or some that were mined would be taken for these, and counted. */
	if (!node_drained(live_rpc(w), e))
		return false;
	live_hush(w, true);
	ok = gather(w, &before, e) && send_all(w, l, before.all, e) &&
	     mine_all(w, e);
	if (!node_automine(live_rpc(w), true, &after) && ok) {
		*e = after;
		ok = false;
	}
	live_hush(w, false);
	return ok;
}

static bool sends_on(const struct live_member *m, struct err *e)
{
	return err_set(e, ERR_LIMIT, 0,
		       "%s %s does not come to rest: it has sent %u times "
		       "since the step's act and sends again; does each block "
		       "make it send, or was %s built in the middle of this run?",
		       m->spec.other ? "process" : "operator", m->spec.name, SENDS_MAX, operator_program(m->op));
}

/* It is answered when its block is there; or never, if the node has ended. */
static bool mined(void *arg)
{
	const struct load *l = arg;

	return !gateway_in_flight(l->txs[0].g);
}

/* Who sent the only one. @receipt: NULL: it was refused, or waits. */
static void sender(struct live *w, const json_t *receipt)
{
	struct addr20 from;
	struct err e;

	if (receipt && json_addr_at(&from, receipt, "from", &e))
		live_sent_by(w, &from);
	else
		live_moved(w);
}

/* Mined as it comes; its receipt tells of the block, if it came by now. */
static bool by_itself(struct live *w, const struct load *l,
		      const struct block *on, json_t *take_logs, struct err *e)
{
	CLEANUP(json_decrefp) json_t *logs = take_logs, *receipt = NULL;
	struct gateway *g = l->txs[0].g;
	bool ok;

	gateway_keep_receipt(g);
	gateway_release(g, l->txs[0].h.number);
	ok = loop_run_until(w->loop, mined, (void *)(uintptr_t)l,
			    clock_ms() + TAKE_MS,
			    "a released transaction to be mined", e);
	receipt = gateway_take_receipt(g);
	sender(w, receipt);
	if (receipt)
		live_mined_on(w, on, TAKE(logs), receipt);
	/* Refused, or it waits for one of its sender's that comes before it. */
	w->strays |= !receipt;
	return ok;
}

bool live_release(struct live *w, struct err *e)
{
	const size_t all = held_by_all(w);
	CLEANUP(freep) struct parcel *order = xcalloc(all, sizeof(*order));
	CLEANUP(freep) struct held_tx *txs = xcalloc(all, sizeof(*txs));
	struct load load = { .txs = txs };
	CLEANUP(json_decrefp) json_t *logs = NULL;
	size_t n = draw_order(w, order);
	struct block on;

	for (size_t i = 0; i < n && add(&load, &order[i]); i++)
		if (order[i].whose->sent++ == SENDS_MAX)
			return sends_on(order[i].whose, e);
	if (!live_head(w, &on, e))
		return false;
	logs = live_mined(w);
	if (load.n == 1)
		return by_itself(w, &load, &on, TAKE(logs), e);
	live_moved(w);
	return into_a_block(w, &load, e);
}
