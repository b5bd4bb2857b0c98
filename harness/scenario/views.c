/*
 * views - what contracts' views return at one head, each asked once. The
 * ledger and the invariants ask much the same at every head, so that all of it
 * is asked in one go: fifty calls take as long as ten one by one.
 */
#include "scenario/play.h"

#include "base/clock.h"

#include "base/base.h"

/* A view that nobody asked for at so many heads is not asked ahead. */
#define FORGOTTEN 4u
#define WAIT_MS 10000u

struct view {
	struct addr20 at;
	const uint8_t *data, *out;
	size_t len, out_len;
	struct hash32 key;  /* of contract and call */
	unsigned purposes;
	uint64_t known_at;  /* which head @out is of, counted */
	uint64_t used_at;
	struct views *of;
};

struct views {
	struct arena *calls, *answers; /* answers: those of this head */
	struct hash32 head;
	uint64_t turn;	/* heads so far */
	unsigned purpose; /* 0: not held */
	struct view **list; /* each in calls */
	size_t n, cap;
	size_t awaited;
};

static void answered(void *arg, const json_t *result, const json_t *data,
		     const struct err *why)
{
	struct view *v = arg;
	struct buf out = BUF_INIT(ABI_BYTES_MAX);
	struct err ignored;

	(void)data, (void)why;
	v->of->awaited--;
	/* What fails here is asked again by whoever wants it, and told. */
	if (result && chain_call_result(&out, result, &ignored)) {
		v->out = arena_memdup(v->of->answers, out.data, out.len);
		v->out_len = out.len;
		v->known_at = v->of->turn;
	}
	buf_done(&out);
}

static bool all_answered(void *arg)
{
	const struct views *c = arg;

	return c->awaited == 0;
}

static bool ask_ahead(struct play *p, struct views *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct view *v = c->list[i];

		if (v->known_at == c->turn || !(v->purposes & c->purpose) ||
		    c->turn - v->used_at > FORGOTTEN)
			continue;
		c->awaited++;
		chain_call_start(live_rpc(p->live), &v->at, v->data, v->len,
				 CHAIN_HEAD, answered, v);
	}
	return loop_run_until(p->loop, all_answered, c, clock_ms() + WAIT_MS,
			      "the answers to views", e);
}

bool views_hold(struct play *p, enum views_for purpose, uint64_t *ret_head,
		struct err *e)
{
	struct views *c = p->views;
	struct block head;

	if (!c) {
		c = p->views = xcalloc(1, sizeof(*c));
		c->calls = arena_new();
	}
	if (!chain_block(live_rpc(p->live), CHAIN_HEAD, &head, e))
		return false;
	if (!c->turn || !hash_eq(&head.hash, &c->head)) {
		c->turn++;
		arena_free(c->answers);
		c->answers = arena_new();
	}
	c->head = head.hash;
	c->purpose = purpose;
	*ret_head = head.number;
	return ask_ahead(p, c, e);
}

void views_release(struct play *p)
{
	if (p->views)
		p->views->purpose = 0;
}

void views_done(struct play *p)
{
	if (!p->views)
		return;
	arena_free(p->views->calls);
	arena_free(p->views->answers);
	free(p->views->list);
	free(p->views);
}

static struct hash32 key_of(const struct addr20 *at, const struct buf *data)
{
	struct keccak k;

	keccak_init(&k);
	keccak_add(&k, at->b, sizeof(at->b));
	keccak_add(&k, data->data, data->len);
	return keccak_done(&k);
}

static struct view *known(struct views *c, const struct addr20 *at,
			  const struct buf *data)
{
	const struct hash32 key = key_of(at, data);
	struct view *v;

	for (size_t i = 0; i < c->n; i++)
		if (hash_eq(&c->list[i]->key, &key))
			return c->list[i];
	v = ARENA_NEW(c->calls, struct view);
	v->at = *at;
	v->data = arena_memdup(c->calls, data->data, data->len);
	v->len = data->len;
	v->key = key;
	v->of = c;
	GROW(c->list, c->n, c->cap);
	c->list[c->n++] = v;
	return v;
}

/* As of this head: known, or asked now. */
static bool ask_once(struct play *p, struct views *c, struct view *v,
		     struct err *e)
{
	struct buf out = BUF_INIT(ABI_BYTES_MAX);
	bool ok = v->known_at == c->turn ||
		  chain_call(live_rpc(p->live), NULL, &v->at, v->data, v->len,
			     CHAIN_HEAD, &out, e);

	if (ok && v->known_at != c->turn) {
		v->out = arena_memdup(c->answers, out.data, out.len);
		v->out_len = out.len;
		v->known_at = c->turn;
	}
	buf_done(&out);
	return ok;
}

bool views_ask(struct play *p, const struct addr20 *at, const struct buf *data,
	       const uint8_t **ret, size_t *ret_len, struct err *e)
{
	struct views *c = p->views && p->views->purpose && !p->asked_at
				  ? p->views
				  : NULL;
	struct buf out = BUF_INIT(ABI_BYTES_MAX);
	struct view *v;
	bool ok;

	if (c) {
		v = known(c, at, data);
		if (!ask_once(p, c, v, e))
			return false;
		v->used_at = c->turn;
		v->purposes |= c->purpose;
		*ret = arena_memdup(p->arena, v->out, v->out_len);
		*ret_len = v->out_len;
		return true;
	}
	ok = chain_call(live_rpc(p->live), NULL, at, data->data, data->len,
			p->asked_at ? p->asked_at : CHAIN_HEAD, &out, e);
	if (ok) {
		*ret = arena_memdup(p->arena, out.data, out.len);
		*ret_len = out.len;
	}
	buf_done(&out);
	return ok;
}
