/*
 * views - what to ask is remembered from scenario to scenario of a world, what
 * was answered only to see whether it changes at the next head. Who is told
 * that nothing did need not evaluate again.
 */
#include "scenario/play.h"

#include "eth/many.h"

#include "base/base.h"

/* So many states that are come back to. */
#define KEPT 4u

#define SLOTS 256u

/* Who did not want a view at so many heads does not get it ahead. */
#define FORGOTTEN 4u

/* So many of those are freed at once. */
#define FORGET_AT 32u

struct view {
	struct many_call call; /* its data behind the struct */
	uint64_t hash;	       /* of contract and data, to find it */
	struct view *beside;   /* another one of its slot */
	uint64_t noted;	       /* in the reads of this number */
	uint64_t known_at;     /* the head, counted, that the answer is of */
	uint64_t changed_at;   /* since when it is that, asked at each head */
	uint64_t refused_at;   /* the head at which it had none, among others */
	bool wanted;	       /* in the next wave */
	uint64_t used[VIEWS_FOR__COUNT]; /* 1 + at which of their heads */
	struct kept_answer {
		uint64_t state; /* 0: none */
		const uint8_t *out;
		size_t len;
	} *kept; /* those of struct kept, or NULL: none so far; owned */
};

/* What was answered in a state that is come back to. */
struct kept {
	uint64_t state; /* 0: none */
	uint64_t turn;	/* when it was used last */
	uint64_t since; /* views_keep(); 0: that was not called for it */
	struct arena *answers;
};

struct views {
	struct arena *answers; /* of this head */
	struct arena *last; /* of the one before, until they are compared */
	uint64_t state; /* that these are of; 0: none */
	struct kept kept[KEPT];
	uint64_t turn; /* heads so far */
	uint64_t wave; /* views_wave() */
	uint64_t held[VIEWS_FOR__COUNT]; /* heads so far of each purpose */
	enum views_for purpose;
	bool holding;
	bool defers; /* what is new goes into a wave */
	size_t voids; /* such as did */
	struct reads *reads; /* NULL: nobody wants to know */
	uint64_t recorded;   /* so many so far */
	bool goes_on;	     /* @reads held some when it began */
	struct trail *trail; /* or NULL: likewise */
	uint64_t forgotten;  /* another number whenever one is freed, or all */
	struct view **list;
	size_t n, cap;
	struct view *slots[SLOTS]; /* the same, by their hash */
};

/* No two have one number, however soon their memory is used again. */
static uint64_t forget_more(void)
{
	static uint64_t last;

	return ++last;
}

struct views *views_new(void)
{
	struct views *c = xcalloc(1, sizeof(*c));

	c->forgotten = forget_more();
	return c;
}

static void view_free(struct view *v)
{
	free(v->kept);
	free(v);
}

void views_free(struct views *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		view_free(c->list[i]);
	free(c->list);
	arena_free(c->answers);
	arena_free(c->last);
	for (size_t i = 0; i < KEPT; i++)
		arena_free(c->kept[i].answers);
	free(c);
}

static bool is_wanted(const struct views *c, const struct view *v,
		      enum views_for purpose)
{
	return v->used[purpose] &&
	       c->held[purpose] - v->used[purpose] < FORGOTTEN;
}

/* Somebody holds on to it: views_keep(). */
static bool is_held(const struct views *c, const struct view *v)
{
	for (size_t i = 0; v->kept && i < KEPT; i++)
		if (c->kept[i].since && v->kept[i].state)
			return true;
	return false;
}

static bool is_forgotten(const struct views *c, const struct view *v)
{
	for (enum views_for i = 0; i < VIEWS_FOR__COUNT; i++)
		if (is_wanted(c, v, i))
			return false;
	return !is_held(c, v);
}

/* A product's higher bits are made of all that was multiplied. */
static struct view **slot_of(struct views *c, uint64_t hash)
{
	return &c->slots[(hash >> 32) % SLOTS];
}

static void add_view(struct views *c, struct view *v)
{
	struct view **slot = slot_of(c, v->hash);

	v->beside = *slot;
	*slot = v;
	GROW(c->list, c->n, c->cap);
	c->list[c->n++] = v;
}

/* Such as ask about a block, each about another one. Of trails none is good when
 * any view is gone. */
static void forget(struct views *c)
{
	size_t n = c->n, gone = 0;

	for (size_t i = 0; i < n; i++) {
		c->list[i]->wanted = false;
		gone += is_forgotten(c, c->list[i]);
	}
	if (gone < FORGET_AT)
		return;
	memset(c->slots, 0, sizeof(c->slots));
	c->n = 0;
	for (size_t i = 0; i < n; i++)
		if (is_forgotten(c, c->list[i]))
			view_free(c->list[i]);
		else
			add_view(c, c->list[i]);
	c->forgotten = forget_more();
}

/* Its answer is there; @was is the one before. */
static void answered(struct views *c, struct view *v, const uint8_t *was,
		     size_t was_len)
{
	if (!c->last || v->known_at + 1 != c->turn ||
	    was_len != v->call.out_len ||
	    memcmp(was, v->call.out, was_len))
		v->changed_at = c->turn;
	v->known_at = c->turn;
}

/* Where the ledger is read, the invariants come next, at the same head; and
 * often the other way round. */
static bool is_next(const struct play *p, const struct view *v)
{
	const struct views *c = p->views;

	return v->wanted || is_wanted(c, v, c->purpose) ||
	       (c->purpose == VIEWS_LEDGER
			? is_wanted(c, v, VIEWS_INVARIANTS)
			: p->compares_next && is_wanted(c, v, VIEWS_LEDGER));
}

static bool ask_ahead(struct play *p, struct views *c, struct err *e)
{
	struct many_call **calls = xcalloc(c->n + 1, sizeof(*calls));
	struct asking {
		struct view *view;
		const uint8_t *was;
		size_t was_len;
	} *asking = xcalloc(c->n + 1, sizeof(*asking));
	size_t n = 0;
	bool ok;

	for (size_t i = 0; i < c->n; i++) {
		struct view *v = c->list[i];

		if (v->known_at == c->turn || v->refused_at == c->turn ||
		    !is_next(p, v))
			continue;
		asking[n] = (struct asking){ v, v->call.out, v->call.out_len };
		calls[n++] = &v->call;
	}
	ok = chain_many(live_rpc(p->live), c->answers, CHAIN_HEAD, calls, n,
			e);
	/* What fails here is asked again by whoever wants it, and told. */
	for (size_t i = 0; ok && i < n; i++) {
		asking[i].view->wanted = false;
		if (asking[i].view->call.answered)
			answered(c, asking[i].view, asking[i].was,
				 asking[i].was_len);
		else
			asking[i].view->refused_at = c->turn;
	}
	free(calls);
	free(asking);
	return ok;
}

/* --- states that are come back to --------------------------------------------- */

static bool find_kept(const struct views *c, uint64_t state, size_t *ret)
{
	for (size_t i = 0; i < KEPT; i++)
		if (c->kept[i].state == state) {
			*ret = i;
			return true;
		}
	return false;
}

/* The one that was used longest ago makes room. */
static size_t need_kept(struct views *c, uint64_t state)
{
	size_t at = 0;

	if (!find_kept(c, state, &at)) {
		for (size_t i = 1; i < KEPT; i++)
			if (c->kept[i].turn < c->kept[at].turn)
				at = i;
		/* Also of who was asked for nothing in it: it may be kept
		 * here again. */
		for (size_t i = 0; i < c->n; i++)
			if (c->list[i]->kept)
				c->list[i]->kept[at].state = 0;
		arena_free(c->kept[at].answers);
		c->kept[at] = (struct kept){ .state = state,
					     .answers = arena_new() };
	}
	c->kept[at].turn = c->turn;
	return at;
}

static void keep_answers(struct views *c)
{
	size_t at = need_kept(c, c->state);

	for (size_t i = 0; i < c->n; i++) {
		struct view *v = c->list[i];

		if (v->known_at != c->turn ||
		    (v->kept && v->kept[at].state == c->state))
			continue;
		if (!v->kept)
			v->kept = xcalloc(KEPT, sizeof(*v->kept));
		v->kept[at] = (struct kept_answer){
			.state = c->state,
			.out = arena_memdup(c->kept[at].answers, v->call.out,
					    v->call.out_len),
			.len = v->call.out_len,
		};
	}
}

static void take_kept(struct views *c)
{
	size_t at;

	if (!find_kept(c, c->state, &at))
		return;
	c->kept[at].turn = c->turn;
	for (size_t i = 0; i < c->n; i++) {
		struct view *v = c->list[i];
		const uint8_t *was = v->call.out;
		const size_t was_len = v->call.out_len;

		if (!v->kept || v->kept[at].state != c->state)
			continue;
		v->call.out_len = v->kept[at].len;
		v->call.out = arena_memdup(c->answers, v->kept[at].out,
					   v->kept[at].len);
		answered(c, v, was, was_len);
	}
}

/* What was answered is of the state as it is. */
static bool keep_up(struct play *p, struct err *e)
{
	struct views *c = p->views;
	uint64_t state;

	if (!live_state(p->live, &state, e))
		return false;
	if (state == c->state)
		return true;
	if (live_returns(p->live, c->state))
		keep_answers(c);
	c->turn++;
	c->wave++;
	c->state = state;
	forget(c);
	arena_free(c->last);
	c->last = c->answers;
	c->answers = arena_new();
	take_kept(c);
	return true;
}

bool views_keep(struct play *p, uint64_t *ret, struct err *e)
{
	struct views *c = p->views;
	struct kept *k;

	if (!keep_up(p, e))
		return false;
	keep_answers(c);
	k = &c->kept[need_kept(c, c->state)];
	if (!k->since)
		k->since = c->turn;
	*ret = k->since;
	return true;
}

bool views_back(struct play *p, uint64_t since, bool *ret, struct err *e)
{
	const struct views *c = p->views;
	size_t at;

	if (!keep_up(p, e))
		return false;
	*ret = find_kept(c, c->state, &at) && c->kept[at].since == since;
	return true;
}

/* --- asking ------------------------------------------------------------------- */

bool views_hold(struct play *p, enum views_for purpose, views_fn evaluate,
		void *arg, struct err *e)
{
	struct views *c = p->views;
	bool ok = keep_up(p, e);

	c->purpose = purpose;
	c->held[purpose]++;
	c->holding = true;
	c->voids = 1;
	for (unsigned wave = 0; ok && c->voids; wave++) {
		struct err why = ERR_INIT;

		ok = ask_ahead(p, c, e);
		/* Who is new now has nothing to be compared with. */
		arena_free(TAKE(c->last));
		if (!ok)
			break;
		c->defers = wave < VIEWS_WAVES;
		c->voids = 0;
		c->wave++;
		ok = evaluate(p, arg, &why) || c->voids;
		if (!ok)
			*e = why;
	}
	c->holding = c->defers = false;
	c->wave++;
	return ok;
}

size_t views_void(const struct views *c)
{
	return c->voids;
}

void views_settle(struct views *c)
{
	c->defers = false;
}

/* Like FNV-1a, but by words. */
static uint64_t hash_more(uint64_t h, const uint8_t *p, size_t n)
{
	uint64_t w = 0;

	for (; n >= sizeof(w); n -= sizeof(w), p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		h = (h ^ w ^ h >> 32) * 0x9e3779b97f4a7c15u;
	}
	w = 0;
	memcpy(&w, p, n);
	return (h ^ w ^ h >> 32) * 0x9e3779b97f4a7c15u;
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
	for (v = *slot_of(c, hash); v; v = v->beside)
		if (is_call(v, hash, at, data))
			return v;
	v = xcalloc(1, sizeof(*v) + data->len);
	copy = (uint8_t *)(v + 1);
	memcpy(copy, data->data, data->len);
	v->call = (struct many_call){ .to = *at, .data = copy,
				      .len = data->len };
	v->hash = hash;
	add_view(c, v);
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

static bool is_read(const struct views *c, const struct view *v)
{
	const struct reads *r = c->reads;

	if (v->noted == c->recorded)
		return true;
	for (size_t i = 0; c->goes_on && i < r->views_n; i++)
		if (r->views[i] == v)
			return true;
	return false;
}

static void read_view(struct views *c, struct view *v)
{
	struct reads *r = c->reads;

	if (is_read(c, v))
		return;
	v->noted = c->recorded;
	if (r->views_n >= r->views_cap) {
		r->views_cap = r->views_n ? 2 * r->views_n : 16;
		r->views = arena_grow(r->arena, r->views,
				      r->views_n * sizeof(*r->views),
				      r->views_cap * sizeof(*r->views));
	}
	r->views[r->views_n++] = v;
}

static void follow(struct views *c, struct view *v)
{
	struct trail *t = c->trail;

	if (t->n == t->max || (t->n && t->turn != c->turn)) {
		t->more = true;
		return;
	}
	t->turn = c->turn;
	t->forgotten = c->forgotten;
	t->views[t->n++] = v;
}

/* It was asked, and has its answer. */
static void note(struct views *c, struct view *v)
{
	if (c->holding)
		v->used[c->purpose] = c->held[c->purpose];
	if (c->reads)
		read_view(c, v);
	if (c->trail)
		follow(c, v);
}

/* As an answer zeros are no amount, nobody, and a list of nothing. It is not
 * noted as read: who is answered truly may not ask for it at all. */
static bool put_off(struct views *c, struct view *v, const uint8_t **ret,
		    size_t *ret_len)
{
	static const uint8_t zeros[1024];

	v->wanted = true;
	c->voids++;
	if (c->trail)
		c->trail->more = true;
	*ret = zeros;
	*ret_len = sizeof(zeros);
	return true;
}

bool views_ask(struct play *p, const struct addr20 *at, const struct buf *data,
	       const uint8_t **ret, size_t *ret_len, struct err *e)
{
	struct views *c = p->views;
	struct view *v;

	if (p->asked_at) {
		views_more(c);
		return ask_now(p, at, data, ret, ret_len, e);
	}
	if (!keep_up(p, e))
		return false;
	v = known(c, at, data);
	if (v->known_at != c->turn && c->defers && v->refused_at != c->turn)
		return put_off(c, v, ret, ret_len);
	if (v->known_at == c->turn) {
		*ret = arena_memdup(p->arena, v->call.out, v->call.out_len);
		*ret_len = v->call.out_len;
	} else {
		const uint8_t *was = v->call.out;
		const size_t was_len = v->call.out_len;

		if (!ask_now(p, at, data, ret, ret_len, e))
			return false;
		v->call.out = arena_memdup(c->answers, *ret, *ret_len);
		v->call.out_len = *ret_len;
		answered(c, v, was, was_len);
	}
	note(c, v);
	return true;
}

void views_expect(struct play *p, const struct addr20 *at,
		  const struct buf *data)
{
	struct err ignored = ERR_INIT; /* whoever asks now meets it again */

	if (keep_up(p, &ignored))
		known(p->views, at, data)->wanted = true;
}

/* --- what an evaluation read ---------------------------------------------- */

struct reads *views_record(struct views *c, struct reads *into)
{
	struct reads *was = c->reads;

	c->reads = into;
	c->recorded++;
	c->goes_on = into && into->views_n;
	return was;
}

bool reads_any(const struct reads *r)
{
	return r->views_n || r->events_n || r->delegations || r->more;
}

void views_more(struct views *c)
{
	if (c->reads)
		c->reads->more = true;
	if (c->trail)
		c->trail->more = true;
}

void views_event(struct views *c, const char *name)
{
	struct reads *r = c->reads;

	if (c->trail)
		c->trail->more = true;
	if (!r)
		return;
	for (size_t i = 0; i < r->events_n; i++)
		if (!strcmp(r->events[i], name))
			return;
	if (r->events_n == ARRAY_LEN(r->events))
		r->more = true;
	else
		r->events[r->events_n++] = arena_strdup(r->arena, name);
}

void views_delegations(struct views *c)
{
	if (c->reads)
		c->reads->delegations = true;
	if (c->trail)
		c->trail->more = true;
}

struct trail *views_follow(struct views *c, struct trail *trail)
{
	struct trail *was = c->trail;

	c->trail = trail;
	return was;
}

void trail_clear(struct trail *trail)
{
	trail->n = 0;
	trail->more = false;
}

bool views_again(struct play *p, const struct trail *t)
{
	struct views *c = p->views;
	struct err ignored = ERR_INIT; /* whoever asks now meets it again */

	if (!t->n || t->more || p->asked_at || !keep_up(p, &ignored) ||
	    t->forgotten != c->forgotten)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (t->views[i]->known_at != c->turn ||
		    t->views[i]->changed_at > t->turn)
			return false;
	for (size_t i = 0; i < t->n; i++)
		note(c, t->views[i]);
	return true;
}

uint64_t views_turn(const struct views *c)
{
	return c->turn;
}

bool views_wave(struct play *p, uint64_t *ret, struct err *e)
{
	if (!keep_up(p, e))
		return false;
	*ret = p->views->wave;
	return true;
}

bool views_same(const struct views *c, const struct reads *r, uint64_t turn,
		bool before)
{
	for (size_t i = 0; i < r->views_n; i++) {
		const struct view *v = r->views[i];

		if (v->known_at != c->turn ||
		    v->changed_at + before > turn)
			return false;
	}
	return true;
}

void views_used(const struct views *c, enum views_for purpose,
		const struct reads *r)
{
	for (size_t i = 0; i < r->views_n; i++)
		r->views[i]->used[purpose] = c->held[purpose];
}
