/*
 * views - what contracts' views return at one head, each asked once. The
 * ledger and the invariants ask much the same at every head, so that all of it
 * is asked in one request; what to ask is remembered from scenario to scenario
 * of a world, what was answered never beyond a head.
 */
#include "scenario/play.h"

#include "eth/many.h"

#include "base/base.h"

/* Who did not want a view at so many heads does not get it ahead. */
#define FORGOTTEN 4u

struct view {
	struct many_call call; /* its data behind the struct */
	uint64_t hash;	       /* of contract and data, to find it */
	uint64_t known_at;     /* the head, counted, that the answer is of */
	uint64_t used[VIEWS_FOR__COUNT]; /* 1 + at which of their heads */
};

struct views {
	struct arena *answers; /* of this head */
	struct hash32 head;
	uint64_t turn; /* heads so far */
	uint64_t held[VIEWS_FOR__COUNT]; /* heads so far of each purpose */
	enum views_for purpose;
	bool holding, fresh; /* fresh: nothing was asked at this head yet */
	struct view **list;
	size_t n, cap;
	size_t next; /* they come in the same order every time */
};

struct views *views_new(void)
{
	struct views *c = xcalloc(1, sizeof(*c));

	c->fresh = true;
	return c;
}

void views_free(struct views *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->list[i]);
	free(c->list);
	arena_free(c->answers);
	free(c);
}

void views_begin(struct views *c)
{
	c->fresh = true;
}

static bool is_wanted(const struct views *c, const struct view *v,
		      enum views_for purpose)
{
	return v->used[purpose] &&
	       c->held[purpose] - v->used[purpose] < FORGOTTEN;
}

static bool is_forgotten(const struct views *c, const struct view *v)
{
	for (enum views_for i = 0; i < VIEWS_FOR__COUNT; i++)
		if (is_wanted(c, v, i))
			return false;
	return true;
}

/* Such as ask about a block, each about another one. */
static void forget(struct views *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++)
		if (is_forgotten(c, c->list[i]))
			free(c->list[i]);
		else
			c->list[kept++] = c->list[i];
	c->n = kept;
	c->next = 0;
}

static bool ask_ahead(struct play *p, struct views *c, struct err *e)
{
	struct many_call **calls = xcalloc(c->n + 1, sizeof(*calls));
	size_t n = 0;
	bool ok;

	for (size_t i = 0; i < c->n; i++)
		if (c->list[i]->known_at != c->turn &&
		    is_wanted(c, c->list[i], c->purpose))
			calls[n++] = &c->list[i]->call;
	ok = chain_many(live_rpc(p->live), c->answers, CHAIN_HEAD, calls, n,
			e);
	free(calls);
	/* What fails here is asked again by whoever wants it, and told. */
	for (size_t i = 0; ok && i < c->n; i++)
		if (c->list[i]->known_at != c->turn &&
		    is_wanted(c, c->list[i], c->purpose) &&
		    c->list[i]->call.answered)
			c->list[i]->known_at = c->turn;
	return ok;
}

bool views_hold(struct play *p, enum views_for purpose, uint64_t *ret_head,
		struct err *e)
{
	struct views *c = p->views;
	struct block head;

	if (!live_head(p->live, &head, e))
		return false;
	if (c->fresh || !hash_eq(&head.hash, &c->head)) {
		c->turn++;
		forget(c);
		arena_free(c->answers);
		c->answers = arena_new();
		c->fresh = false;
	}
	c->head = head.hash;
	c->purpose = purpose;
	c->held[purpose]++;
	if (!ask_ahead(p, c, e))
		return false;
	c->holding = true;
	*ret_head = head.number;
	return true;
}

void views_release(struct play *p)
{
	p->views->holding = false;
}

/* FNV-1a. */
static uint64_t hash_more(uint64_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static bool is_call(const struct view *v, uint64_t hash,
		    const struct addr20 *at, const struct buf *data)
{
	return v->hash == hash && v->call.len == data->len &&
	       addr_eq(&v->call.to, at) &&
	       !memcmp(v->call.data, data->data, data->len);
}

static struct view *known(struct views *c, const struct addr20 *at,
			  const struct buf *data)
{
	uint64_t hash = hash_more(0xcbf29ce484222325u, at->b, sizeof(at->b));
	struct view *v;
	uint8_t *copy;

	hash = hash_more(hash, data->data, data->len);
	for (size_t i = 0; i < c->n; i++) {
		size_t k = (c->next + i) % c->n;

		if (!is_call(c->list[k], hash, at, data))
			continue;
		c->next = k + 1;
		return c->list[k];
	}
	v = xcalloc(1, sizeof(*v) + data->len);
	copy = (uint8_t *)(v + 1);
	memcpy(copy, data->data, data->len);
	v->call = (struct many_call){ .to = *at, .data = copy,
				      .len = data->len };
	v->hash = hash;
	GROW(c->list, c->n, c->cap);
	c->list[c->n++] = v;
	c->next = c->n;
	return v;
}

static bool ask_now(struct play *p, const struct addr20 *at,
		    const struct buf *data, const uint8_t **ret,
		    size_t *ret_len, struct err *e)
{
	struct buf out = BUF_INIT(ABI_BYTES_MAX);
	bool ok = chain_call(live_rpc(p->live), NULL, at, data->data, data->len,
			     p->asked_at ? p->asked_at : CHAIN_HEAD, &out, e);

	*ret = arena_memdup(p->arena, out.data, out.len);
	*ret_len = out.len;
	buf_done(&out);
	return ok;
}

bool views_ask(struct play *p, const struct addr20 *at, const struct buf *data,
	       const uint8_t **ret, size_t *ret_len, struct err *e)
{
	struct views *c = p->views;
	struct view *v;

	if (!c->holding || p->asked_at)
		return ask_now(p, at, data, ret, ret_len, e);
	v = known(c, at, data);
	if (v->known_at != c->turn) {
		if (!ask_now(p, at, data, ret, ret_len, e))
			return false;
		v->call.out = arena_memdup(c->answers, *ret, *ret_len);
		v->call.out_len = *ret_len;
		v->known_at = c->turn;
	} else {
		*ret = arena_memdup(p->arena, v->call.out, v->call.out_len);
		*ret_len = v->call.out_len;
	}
	v->used[c->purpose] = c->held[c->purpose];
	return true;
}
