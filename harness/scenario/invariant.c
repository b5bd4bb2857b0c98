/*
 * invariant - what holds after every step that acts, and the memory of what
 * was before a step.
 *
 * before(x) is remembered by its place: every before() that a condition holds
 * is evaluated ahead of the step, or for an invariant after the last one,
 * since nothing happens between two steps.
 */
#include "scenario/play.h"

#include "base/base.h"
#include "scenario/expr.h"

/* --- before ------------------------------------------------------------------- */

static bool remember(struct play *p, struct memory *m, struct arena *a,
		     const struct expr *x, const struct scope *scope,
		     struct err *e)
{
	struct memory *one = m->next;

	while (one && one->x != x)
		one = one->next;
	if (!one) {
		one = ARENA_NEW(a, struct memory);
		*one = (struct memory){ .x = x, .next = m->next };
		m->next = one;
	}
	return eval(&one->value, &p->env, scope, x, e);
}

bool memory_take(struct play *p, struct memory *m, struct arena *a,
		 const struct expr *x, const struct scope *scope,
		 struct err *e)
{
	if (!x)
		return true;
	if (expr_is_before(x))
		return remember(p, m, a, x->items[0], scope, e);
	for (size_t i = 0; x->items && i < x->n; i++)
		if (!memory_take(p, m, a, x->items[i], scope, e))
			return false;
	return memory_take(p, m, a, x->left, scope, e) &&
	       memory_take(p, m, a, x->right, scope, e);
}

bool memory_recall(struct value *ret, void *ctx, const struct expr *x,
		   const struct scope *scope, struct err *e)
{
	const struct play *p = ctx;

	(void)scope;
	for (const struct memory *m = p->memory; m; m = m->next) {
		if (m->x != x)
			continue;
		*ret = m->value;
		return true;
	}
	return err_at(e, x->pos, ERR_SCHEMA,
		      "before() stands only in what is checked after a step");
}

/* --- every row of every invariant ------------------------------------------------ */

/* What is done with a row. @fixed: it is about the same every time. */
typedef enum play_end (*visit_fn)(struct play *p, const struct step *s,
				  const struct invariant *inv,
				  struct held_row *h, bool fixed,
				  const struct scope *scope, const void *data);

static void need_rows(struct play *p, struct held_rows *of, size_t n)
{
	size_t cap = 2 * of->cap < n ? n : 2 * of->cap;

	if (n <= of->cap)
		return;
	of->rows = arena_grow(p->held.arena, of->rows,
			      of->cap * sizeof(*of->rows),
			      cap * sizeof(*of->rows));
	of->cap = cap;
}

/* *ret_fixed: of nothing that changes, so that it is done once. Until that is
 * known it is aside. */
static bool bind_rows(struct play *p, const struct invariant *inv,
		      struct held_rows *of, struct branch_rows *ret,
		      bool *ret_fixed, struct err *e)
{
	struct reads bound = { .arena = p->arena };
	const size_t voids = views_void(p->views);
	struct arena *aside = p->arena;
	bool ok;

	if (!of->is_bound) {
		views_record(p->views, &bound);
		ok = branch_bind(p, inv->each, NULL, ret, e);
		views_record(p->views, NULL);
		*ret_fixed = !reads_any(&bound) &&
			     views_void(p->views) == voids;
		if (!ok || !*ret_fixed)
			return ok;
		p->arena = p->env.arena = p->held.arena;
		of->is_bound = branch_bind(p, inv->each, NULL, &of->bound, e);
		p->arena = p->env.arena = aside;
	}
	*ret = of->bound;
	*ret_fixed = true;
	return of->is_bound;
}

static enum play_end visit_rows(struct play *p, const struct step *s,
				const struct invariant *inv,
				struct held_rows *of, visit_fn fn,
				const void *data)
{
	enum play_end end = PLAY_ON;
	struct scope scope = { 0 }; /* of one row after the other */
	struct branch_rows rows;
	struct err e = ERR_INIT;
	bool fixed;

	need_rows(p, of, 1);
	if (!inv->each)
		return fn(p, s, inv, &of->rows[0], true, NULL, data);
	if (!bind_rows(p, inv, of, &rows, &fixed, &e))
		return views_void(p->views) ? PLAY_ON : play_broken(p, s, &e);
	need_rows(p, of, rows.n);
	/* What rows that are no more have read is asked for by nobody. */
	for (size_t r = rows.n; r < of->cap; r++)
		of->rows[r].turn = 0;
	for (size_t r = 0; end == PLAY_ON && r < rows.n; r++) {
		for (size_t c = 0; c < rows.columns_n; c++)
			scope_set(&scope, rows.columns[c], &rows.rows[r][c]);
		end = fn(p, s, inv, &of->rows[r], fixed, &scope, data);
	}
	scope_done(&scope);
	return end;
}

static bool is_all_in_itself(const struct value *v)
{
	return (v->kind == VALUE_INT || v->kind == VALUE_BOOL ||
		v->kind == VALUE_ADDRESS) &&
	       !v->type;
}

/* What was taken for a check at this head is good until the next one. */
static enum play_end take_row(struct play *p, const struct step *s,
			      const struct invariant *inv, struct held_row *h,
			      bool fixed, const struct scope *scope,
			      const void *data)
{
	struct err e = ERR_INIT;
	bool ok = true;

	(void)fixed, (void)data;
	if (h->turn && h->turn != views_turn(p->views))
		return PLAY_ON;
	h->reads.arena = p->held.arena;
	views_record(p->views, &h->reads);
	for (size_t i = 0; ok && i < inv->checks_n; i++)
		ok = memory_take(p, &h->memory, p->held.arena, inv->checks[i],
				 scope, &e);
	views_record(p->views, NULL);
	for (const struct memory *m = h->memory.next; m; m = m->next)
		p->held.borrows |= !is_all_in_itself(&m->value);
	return ok || views_void(p->views) ? PLAY_ON : play_broken(p, s, &e);
}

static const char *row_text(struct play *p, const struct scope *scope)
{
	const char *text = "";

	for (size_t i = 0; scope && i < scope->n; i++)
		text = arena_printf(p->arena, "%s%s$%s is %s", text,
				    i ? ", " : " where ", scope->vars[i].name,
				    explain_value(p, &scope->vars[i].value));
	return text;
}

/* *ret: whether it held, of answers none of which was put off. Where one was, of
 * this row or another, it is told of nothing. */
static enum play_end evaluate(struct play *p, const struct step *s,
			      const struct invariant *inv,
			      const struct scope *scope,
			      const struct outcome *o, bool *ret)
{
	const size_t voids = views_void(p->views);
	struct err e = ERR_INIT;
	bool all = true;

	for (size_t i = 0; i < inv->checks_n; i++) {
		const struct expr *x = inv->checks[i];
		bool holds = true;
		const bool ok = eval_true(&holds, &p->env, scope, x, &e);

		all &= ok && holds;
		if ((ok && holds) || views_void(p->views))
			continue;
		views_settle(p->views);
		if (!ok)
			return play_broken(p, s, &e);
		judge_condition_row(p, scope, x);
		return explain_failure(p, s, o,
				       "an invariant is broken (%s:%u)%s: %s",
				       inv->file->file, x->pos.line,
				       row_text(p, scope), inv->title);
	}
	*ret = all && views_void(p->views) == voids;
	return PLAY_ON;
}

static bool emitted(const struct play *p, const char *event, size_t from)
{
	for (size_t i = from; i < p->seen.n; i++)
		if (surround_is_event(&p->seen.items[i], event))
			return true;
	return false;
}

/*
 * Whether it would be evaluated of just what it was evaluated of when it held.
 * With before() that is the values of two heads, the same two in a later wave.
 */
static bool same(struct play *p, const struct invariant *inv,
		 const struct held_row *h)
{
	const bool before = inv->before && h->turn != views_turn(p->views);

	if (!h->turn || h->reads.more || (before && h->reads.events_n))
		return false;
	for (size_t i = 0; i < h->reads.events_n; i++)
		if (emitted(p, h->reads.events[i], h->seen))
			return false;
	if (h->reads.delegations && !delegations_same(p, h->turn, before))
		return false;
	return views_same(p->views, &h->reads, h->turn, before);
}

static enum play_end check_row(struct play *p, const struct step *s,
			       const struct invariant *inv, struct held_row *h,
			       bool fixed, const struct scope *scope,
			       const void *data)
{
	struct arena *outer;
	enum play_end end;
	bool held = false;

	if (fixed && same(p, inv, h)) {
		views_used(p->views, VIEWS_INVARIANTS, &h->reads);
		return PLAY_ON;
	}
	/* Its list is written again where it was. */
	h->reads = (struct reads){ .arena = p->held.arena,
				   .views = h->reads.views,
				   .views_cap = h->reads.views_cap };
	h->turn = views_turn(p->views);
	h->seen = p->seen.n;
	p->memory = &h->memory;
	p->measured = (struct measured){ .on = true };
	views_record(p->views, &h->reads);
	outer = play_aside(p); /* a row at a time: there may be hundreds */
	end = evaluate(p, s, inv, scope, data, &held);
	play_aside_end(p, outer, end != PLAY_ON);
	views_record(p->views, NULL);
	p->measured.on = false;
	if (!held)
		h->turn = 0;
	return end;
}

/* --- before the first step and after every one ------------------------------------- */

static enum play_end take_all(struct play *p, const struct step *s)
{
	const struct world *w = p->scn->world;
	struct arena *outer = play_aside(p);
	enum play_end end = PLAY_ON;

	p->held.borrows = false;
	for (size_t i = 0; end == PLAY_ON && i < w->invariants_n; i++)
		if (w->invariants[i]->before)
			end = visit_rows(p, s, w->invariants[i],
					 &p->held.of[i], take_row, NULL);
	play_aside_end(p, outer, end != PLAY_ON || p->held.borrows);
	return end;
}

static enum play_end check_all(struct play *p, const struct step *s,
			       const struct outcome *o)
{
	const struct world *w = p->scn->world;
	const struct memory *memory = p->memory;
	struct arena *outer = play_aside(p);
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < w->invariants_n; i++)
		end = visit_rows(p, s, w->invariants[i], &p->held.of[i],
				 check_row, o);
	play_aside_end(p, outer, end != PLAY_ON);
	p->memory = memory;
	return end;
}

/* What is done at a head: the checks, and once these are done what the next
 * ones will ask of before. */
struct visit {
	const struct step *step;
	const struct outcome *outcome;
	bool checked;
	enum play_end end;
};

static bool visit_all(struct play *p, void *arg, struct err *e)
{
	struct visit *v = arg;

	(void)e; /* an error is the end of the play, and told */
	if (!v->checked)
		v->end = check_all(p, v->step, v->outcome);
	v->checked |= !views_void(p->views);
	if (v->checked && v->end == PLAY_ON)
		v->end = take_all(p, v->step);
	return true;
}

/* Nothing is known of a row to have been seen to hold. */
static void distrust(struct held *h)
{
	for (size_t i = 0; i < h->n; i++)
		for (size_t r = 0; r < h->of[i].cap; r++)
			h->of[i].rows[r].turn = 0;
}

static enum play_end at_head(struct play *p, const struct step *s,
			     const struct outcome *o)
{
	struct visit v = { s, o, !p->held.known, PLAY_ON };
	const struct world *w = p->scn->world;
	struct err e = ERR_INIT;
	struct block head;
	bool ok;

	if (!live_head(p->live, &head, &e))
		return play_broken(p, s, &e);
	if (p->held.known && p->held.block == head.number)
		return PLAY_ON;
	p->held.arena = p->arena;
	if (!p->held.known)
		p->held = (struct held){
			.arena = p->arena,
			.world = w,
			.n = w->invariants_n,
			.of = ARENA_ARRAY(p->arena, struct held_rows,
					  w->invariants_n),
		};
	ok = views_hold(p, VIEWS_INVARIANTS, visit_all, &v, &e);
	/* What the rows behind the end read is asked for by nobody, and soon
	 * forgotten, while a world that is up plays on. */
	if (!ok || v.end != PLAY_ON)
		distrust(&p->held);
	if (!ok)
		return play_broken(p, s, &e);
	p->held.block = head.number;
	p->held.known = true;
	return v.end;
}

enum play_end invariants_before(struct play *p, const struct step *s)
{
	if (!p->scn->world->invariants_n ||
	    (p->held.known && p->held.world == p->scn->world))
		return PLAY_ON;
	p->held.known = false;
	return at_head(p, s, NULL);
}

enum play_end invariants_after(struct play *p, const struct step *s,
			       const struct outcome *o)
{
	if (!p->scn->world->invariants_n)
		return PLAY_ON;
	return at_head(p, s, o);
}

/* What follows @m in its list becomes its own. */
static void copy_memory(struct play *p, struct memory *m)
{
	for (; m->next; m = m->next)
		m->next = arena_memdup(p->arena, m->next, sizeof(*m));
}

static struct held copy(struct play *p, const struct held *from)
{
	struct held to = *from;

	if (!from->known)
		return to;
	to.of = arena_memdup(p->arena, from->of, to.n * sizeof(*to.of));
	for (size_t i = 0; i < to.n; i++) {
		struct held_rows *of = &to.of[i];

		of->rows = arena_memdup(p->arena, of->rows,
					of->cap * sizeof(*of->rows));
		for (size_t r = 0; r < of->cap; r++)
			copy_memory(p, &of->rows[r].memory);
	}
	return to;
}

/* Of what asks of before nothing is known: the head ahead of this one may be
 * another than that which the chain comes back from. */
static bool is_kept(struct play *p, const struct invariant *inv,
		    const struct held_row *h)
{
	return !inv->before &&
	       (!h->reads.delegations ||
		p->delegations.known_at == views_turn(p->views)) &&
	       same(p, inv, h);
}

/* @h and @keep have one list, which whoever reads next must not write to. */
static void keep_row(struct play *p, const struct invariant *inv,
		     struct held_row *h, struct held_row *keep)
{
	if (!is_kept(p, inv, h)) {
		keep->turn = 0;
		keep->reads = (struct reads){ 0 };
	}
	h->reads.views_cap = keep->reads.views_cap = 0;
}

bool held_keep(struct play *p, struct held *ret, struct err *e)
{
	struct held to = copy(p, &p->held);

	if (to.known && !views_keep(p, &to.since, e))
		return false;
	for (size_t i = 0; to.known && i < to.n; i++)
		for (size_t r = 0; r < to.of[i].cap; r++)
			keep_row(p, to.world->invariants[i],
				 &p->held.of[i].rows[r], &to.of[i].rows[r]);
	*ret = to;
	return true;
}

static bool trust_row(struct play *p, struct held_row *h, struct err *e)
{
	const struct delegation *all;
	size_t n;

	if (!h->turn)
		return true;
	h->turn = views_turn(p->views);
	views_used(p->views, VIEWS_INVARIANTS, &h->reads);
	return !h->reads.delegations || delegations_now(p, &all, &n, e);
}

static bool trust(struct play *p, struct err *e)
{
	for (size_t i = 0; i < p->held.n; i++)
		for (size_t r = 0; r < p->held.of[i].cap; r++)
			if (!trust_row(p, &p->held.of[i].rows[r], e))
				return false;
	return true;
}

bool held_back(struct play *p, const struct held *from, struct err *e)
{
	bool known;

	p->held = copy(p, from);
	if (!from->known)
		return true;
	if (!views_back(p, from->since, &known, e))
		return false;
	if (known)
		return trust(p, e);
	distrust(&p->held);
	return true;
}
