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

/* --- before ------------------------------------------------------------------- */

static bool is_before(const struct expr *x)
{
	return x->kind == EXPR_CALL && x->n == 1 &&
	       x->left->kind == EXPR_NAME && !strcmp(x->left->name, "before");
}

static bool remember(struct play *p, struct memory *m, const struct expr *x,
		     const struct scope *scope, struct err *e)
{
	struct memory *one = ARENA_NEW(p->arena, struct memory);

	one->x = x;
	one->next = m->next;
	if (!eval(&one->value, &p->env, scope, x, e))
		return false;
	m->next = one;
	return true;
}

bool memory_take(struct play *p, struct memory *m, const struct expr *x,
		 const struct scope *scope, struct err *e)
{
	if (!x)
		return true;
	if (is_before(x))
		return remember(p, m, x->items[0], scope, e);
	for (size_t i = 0; x->items && i < x->n; i++)
		if (!memory_take(p, m, x->items[i], scope, e))
			return false;
	return memory_take(p, m, x->left, scope, e) &&
	       memory_take(p, m, x->right, scope, e);
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

/* What is done with row @row, the count over all invariants. */
typedef enum play_end (*visit_fn)(struct play *p, const struct step *s,
				  const struct invariant *inv, size_t row,
				  const struct scope *scope, void *data);

static enum play_end visit_rows(struct play *p, const struct step *s,
				const struct invariant *inv, size_t *row,
				visit_fn fn, void *data)
{
	struct branch_rows rows;
	enum play_end end = PLAY_ON;
	struct err e = ERR_INIT;

	if (!inv->each)
		return fn(p, s, inv, (*row)++, NULL, data);
	if (!branch_bind(p, inv->each, NULL, &rows, &e))
		return play_broken(p, s, &e);
	for (size_t r = 0; end == PLAY_ON && r < rows.n; r++) {
		struct scope scope = { 0 };

		for (size_t c = 0; c < rows.columns_n; c++)
			scope_set(&scope, rows.columns[c], &rows.rows[r][c]);
		end = fn(p, s, inv, (*row)++, &scope, data);
		scope_done(&scope);
	}
	return end;
}

static enum play_end visit_all(struct play *p, const struct step *s,
			       size_t *ret_rows, visit_fn fn, void *data)
{
	const struct world *w = p->scn->world;
	enum play_end end = PLAY_ON;

	*ret_rows = 0;
	for (size_t i = 0; end == PLAY_ON && i < w->invariants_n; i++)
		end = visit_rows(p, s, w->invariants[i], ret_rows, fn, data);
	return end;
}

static enum play_end take_row(struct play *p, const struct step *s,
			      const struct invariant *inv, size_t row,
			      const struct scope *scope, void *data)
{
	struct memory *all = data;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < inv->checks_n; i++)
		if (!memory_take(p, &all[row], inv->checks[i], scope, &e))
			return play_broken(p, s, &e);
	return PLAY_ON;
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

static enum play_end check_row(struct play *p, const struct step *s,
			       const struct invariant *inv, size_t row,
			       const struct scope *scope, void *data)
{
	struct err e = ERR_INIT;
	bool holds = true;

	p->memory = &p->held.rows[row];
	for (size_t i = 0; i < inv->checks_n; i++) {
		const struct expr *x = inv->checks[i];

		if (!eval_true(&holds, &p->env, scope, x, &e))
			return play_broken(p, s, &e);
		if (holds)
			continue;
		judge_condition_row(p, scope, x);
		return explain_failure(p, s, data,
				       "an invariant is broken (%s:%u)%s: %s",
				       inv->file->file, x->pos.line,
				       row_text(p, scope), inv->title);
	}
	return PLAY_ON;
}

/* --- before the first step and after every one ------------------------------------- */

static enum play_end count_row(struct play *p, const struct step *s,
			       const struct invariant *inv, size_t row,
			       const struct scope *scope, void *data)
{
	(void)p, (void)s, (void)inv, (void)row, (void)scope, (void)data;
	return PLAY_ON;
}

static enum play_end take_all(struct play *p, const struct step *s,
			      uint64_t head)
{
	struct arena *outer = play_aside(p);
	struct memory *all;
	enum play_end end;
	size_t n;

	end = visit_all(p, s, &n, count_row, NULL);
	play_aside_end(p, outer, end);
	if (end != PLAY_ON)
		return end;
	all = ARENA_ARRAY(p->arena, struct memory, n);
	end = visit_all(p, s, &n, take_row, all);
	p->held = (struct held){ .rows = all, .block = head, .known = true };
	return end;
}

static enum play_end check_all(struct play *p, const struct step *s,
			       const struct outcome *o)
{
	struct arena *outer = play_aside(p);
	size_t n;
	enum play_end end =
		visit_all(p, s, &n, check_row, (void *)(uintptr_t)o);

	play_aside_end(p, outer, end);
	return end;
}

/* Calls are asked once for each head, however many rows want to know. */
static enum play_end at_head(struct play *p, const struct step *s,
			     const struct outcome *o)
{
	const struct memory *outer = p->memory;
	enum play_end end = PLAY_ON;
	struct err e = ERR_INIT;
	uint64_t head;

	if (!views_hold(p, VIEWS_INVARIANTS, &head, &e))
		return play_broken(p, s, &e);
	if (!p->held.known || p->held.block != head) {
		if (p->held.known)
			end = check_all(p, s, o);
		p->memory = outer;
		if (end == PLAY_ON)
			end = take_all(p, s, head);
	}
	views_release(p);
	return end;
}

enum play_end invariants_before(struct play *p, const struct step *s)
{
	if (!p->scn->world->invariants_n || p->held.known)
		return PLAY_ON;
	return at_head(p, s, NULL);
}

enum play_end invariants_after(struct play *p, const struct step *s,
			       const struct outcome *o)
{
	if (!p->scn->world->invariants_n)
		return PLAY_ON;
	return at_head(p, s, o);
}
