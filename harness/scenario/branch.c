/*
 * branch - steps played for many rows: each goes on, the others start every
 * row in the same state and leave no trace.
 *
 * Without processes a state is a snapshot of the chain. Processes, their files
 * and faults cannot be snapshotted: where one runs, or a row's steps are about
 * them, the play ends with PLAY_BRANCH, and run.c plays the whole again for
 * each row and once more to go on behind the branch.
 */
#include "scenario/play.h"

#include "base/rng.h"

#include "base/base.h"

#define ROWS_MAX 4096
#define ORDERS_MAX 24 /* all orders of four arms; of more a sample */

/* --- rows ----------------------------------------------------------------------- */

static bool range(struct play *p, const struct scope *scope,
		  const struct expr *x, struct value *ret, struct err *e)
{
	struct value from, to, *items;
	uint64_t a, b;

	if (!eval(&from, &p->env, scope, x->left, e) ||
	    !eval(&to, &p->env, scope, x->right, e))
		return false;
	if (!u256_fits_u64(&a, from.num) || !u256_fits_u64(&b, to.num) ||
	    b < a || b - a >= ROWS_MAX)
		return err_at(e, x->pos, ERR_RANGE,
			      "a range goes upwards, over at most %d numbers",
			      ROWS_MAX);
	items = ARENA_ARRAY(p->arena, struct value, b - a + 1);
	for (uint64_t i = a; i <= b; i++)
		items[i - a] = value_u64(i, from.unit);
	*ret = value_list(items, b - a + 1);
	return true;
}

static bool column_values(struct play *p, const struct scope *scope,
			  const struct expr *x, struct value *ret,
			  struct err *e)
{
	if (x->kind == EXPR_RANGE)
		return range(p, scope, x, ret, e);
	if (!eval(ret, &p->env, scope, x, e))
		return false;
	if (ret->kind != VALUE_LIST)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "a list, a range or `every …` is wanted here");
	return true;
}

/* All combinations, the last column fastest. */
static bool bind_product(struct play *p, const struct bindings *b,
			 const struct scope *scope, struct branch_rows *ret,
			 struct err *e)
{
	struct value *lists = ARENA_ARRAY(p->arena, struct value,
					  b->columns_n);
	size_t n = 1;

	for (size_t c = 0; c < b->columns_n; c++) {
		if (!column_values(p, scope, b->rows[0].cells[c], &lists[c],
				   e))
			return false;
		n *= lists[c].len;
		if (n > ROWS_MAX)
			return err_at(e, b->pos, ERR_LIMIT,
				      "more than %d rows", ROWS_MAX);
	}
	ret->n = n;
	ret->rows = ARENA_ARRAY(p->arena, const struct value *, n);
	ret->names = ARENA_ARRAY(p->arena, const char *, n);
	for (size_t r = 0; r < n; r++) {
		struct value *row = ARENA_ARRAY(p->arena, struct value,
						b->columns_n);
		size_t rest = r;

		for (size_t c = b->columns_n; c-- > 0;) {
			row[c] = lists[c].items[rest % lists[c].len];
			rest /= lists[c].len;
		}
		ret->rows[r] = row;
	}
	return true;
}

bool branch_bind(struct play *p, const struct bindings *b,
		 const struct scope *scope, struct branch_rows *ret,
		 struct err *e)
{
	ret->columns = b->columns;
	ret->columns_n = b->columns_n;
	if (b->product)
		return bind_product(p, b, scope, ret, e);
	ret->n = b->rows_n;
	ret->rows = ARENA_ARRAY(p->arena, const struct value *, b->rows_n);
	ret->names = ARENA_ARRAY(p->arena, const char *, b->rows_n);
	for (size_t r = 0; r < b->rows_n; r++) {
		struct value *row = ARENA_ARRAY(p->arena, struct value,
						b->columns_n);

		for (size_t c = 0; c < b->columns_n; c++)
			if (!eval(&row[c], &p->env, scope,
				  b->rows[r].cells[c], e))
				return false;
		ret->rows[r] = row;
		ret->names[r] = b->rows[r].name;
	}
	return true;
}

/* Of steps: an invariant may be about nobody. */
static bool bind_rows(struct play *p, const struct step *s,
		      const struct scope *scope, struct branch_rows *ret,
		      struct err *e)
{
	return branch_bind(p, s->rows, scope, ret, e) &&
	       (ret->n ||
		err_at(e, s->rows->pos, ERR_RANGE,
		       "there is nothing to go over, so the steps of `%s` "
		       "would not be played; if there may be nothing, say so "
		       "with `when`",
		       s->verb_name));
}

/* What a row's steps named, as `save:` takes it out. */
static struct value named_in(struct play *p, const struct scope *scope)
{
	const char **keys = ARENA_ARRAY(p->arena, const char *, scope->n);
	struct value *items = ARENA_ARRAY(p->arena, struct value, scope->n);

	for (size_t i = 0; i < scope->n; i++) {
		keys[i] = scope->vars[i].name;
		items[i] = scope->vars[i].value;
	}
	return value_map(keys, items, scope->n);
}

/* @ret_named: what the row's steps named; may be NULL. */
static enum play_end play_row(struct play *p, const struct step *s,
			      const struct branch_rows *rows, size_t r,
			      const struct scope *outer,
			      struct value *ret_named)
{
	struct scope scope = { .outer = outer }, inner = { .outer = &scope };
	enum play_end end;

	for (size_t c = 0; c < rows->columns_n; c++)
		scope_set(&scope, rows->columns[c], &rows->rows[r][c]);
	end = play_steps(p, &s->steps, &inner);
	if (ret_named)
		*ret_named = named_in(p, &inner);
	scope_done(&inner);
	scope_done(&scope);
	return end;
}

/* What `save` of each or cases is: of each row, by its name or else by its
 * first column, what its steps named. */
struct taken {
	const char **keys;
	struct value *rows;
};

static struct taken *taken_new(struct play *p, const struct branch_rows *rows)
{
	struct taken *t = ARENA_NEW(p->arena, struct taken);

	t->keys = ARENA_ARRAY(p->arena, const char *, rows->n);
	t->rows = ARENA_ARRAY(p->arena, struct value, rows->n);
	for (size_t r = 0; r < rows->n; r++) {
		const struct value *first = rows->columns_n ? rows->rows[r]
							    : NULL;

		t->keys[r] = rows->names[r]		 ? rows->names[r]
			     : first->kind == VALUE_TEXT ? first->text
					: explain_value(p, first);
	}
	return t;
}

static void take_out(struct play *p, const struct taken *t, size_t n,
		     struct outcome *o)
{
	struct value *map = ARENA_NEW(p->arena, struct value);

	*map = value_map(t->keys, t->rows, n);
	o->gives = map;
}

/* Of which row a failure is, where rows are nested of each. */
static void note_row(struct play *p, const struct step *s, size_t r,
		     const char *name)
{
	struct failure *f = &p->failure;

	if (f->of_n < FAILURE_INSIDE_MAX)
		f->of[f->of_n++] = arena_printf(
			p->arena, "%s:%u: %s, row %zu: %s", s->pos.file,
			s->pos.line, s->verb_name, r + 1, name);
}

enum play_end branch_each(struct play *p, const struct step *s,
			  struct scope *scope, struct outcome *o)
{
	enum play_end end = PLAY_ON;
	struct branch_rows rows;
	struct err e = ERR_INIT;
	struct taken *t;

	if (!bind_rows(p, s, scope, &rows, &e))
		return play_broken(p, s, &e);
	t = taken_new(p, &rows);
	for (size_t r = 0; end == PLAY_ON && r < rows.n; r++) {
		end = play_row(p, s, &rows, r, scope, &t->rows[r]);
		if (end == PLAY_FAILED || end == PLAY_BROKEN)
			note_row(p, s, r, t->keys[r]);
	}
	take_out(p, t, rows.n, o);
	return end;
}

/* --- rows that start in the same state ------------------------------------------------ */

/* A verb whose rows start in the same state; @data is its own. */
struct rows_verb {
	enum play_end (*play)(struct play *p, const struct step *s, size_t r,
			      struct scope *scope, void *data);
	/* What row @r is called in a failure; of p->arena. */
	const char *(*name)(struct play *p, const struct step *s, size_t r,
			    void *data);
};

/* Also paused: what it is told meanwhile it finds later. */
static bool processes_run(const struct play *p)
{
	for (size_t i = 0; i < p->scn->world->operators_n; i++)
		if (live_alive(p->live, p->scn->world->operators[i].name))
			return true;
	for (size_t i = 0; i < p->scn->world->processes_n; i++)
		if (live_alive(p->live, p->scn->world->processes[i].name))
			return true;
	return false;
}

/* The step's own expectations look at each row. */
static enum play_end checked_row(struct play *p, const struct step *s, size_t r,
				 struct scope *scope,
				 const struct rows_verb *verb, void *data)
{
	size_t first = p->seen.n;
	const uint64_t from = p->step_from;
	struct outcome *o = ARENA_NEW(p->arena, struct outcome);
	enum play_end end = verb->play(p, s, r, scope, data);
	struct err e = ERR_INIT;

	if (end == PLAY_ON)
		p->step_from = from; /* the steps of the row had theirs */
	if (first > p->seen.low)
		first = p->seen.low;
	if (end == PLAY_ON && !observe_events(p, &e)) {
		end = play_broken(p, s, &e);
	} else if (end == PLAY_ON) {
		/* A copy: what is evaluated may see more, and move them. */
		o->events_n = p->seen.n - first;
		o->events = arena_memdup(p->arena, p->seen.items + first,
					 o->events_n * sizeof(*o->events));
		end = judge_whole(p, s, &s->expect, scope, p->rows_before, o);
	}
	if (end == PLAY_FAILED || end == PLAY_BROKEN)
		note_row(p, s, r, verb->name(p, s, r, data));
	return end;
}

/* What a row that passed gave is of no more use, unless `save` takes it out:
 * there may be many rows. */
static enum play_end row_apart(struct play *p, const struct step *s, size_t r,
			       struct scope *scope,
			       const struct rows_verb *verb, void *data)
{
	struct arena *outer;
	enum play_end end;

	if (s->save)
		return checked_row(p, s, r, scope, verb, data);
	outer = play_aside(p);
	end = checked_row(p, s, r, scope, verb, data);
	play_aside_end(p, outer, end != PLAY_ON);
	return end;
}

static enum play_end by_snapshot(struct play *p, const struct step *s, size_t n,
				 struct scope *scope,
				 const struct rows_verb *verb, void *data)
{
	size_t seen = p->seen.n, sent = p->sent.n;
	uint64_t seen_to = p->seen_to;
	enum play_end end = PLAY_ON;
	struct err e = ERR_INIT;
	struct live_point start;
	struct held held;

	if (!live_mark(p->live, &start, &e) || !held_keep(p, &held, &e))
		return play_broken(p, s, &e);
	for (size_t r = 0; end == PLAY_ON && r < n; r++) {
		record_row(p, r, n);
		end = row_apart(p, s, r, scope, verb, data);
		if (end == PLAY_ON && !live_back(p->live, &start, &e))
			return play_broken(p, s, &e);
		if (end == PLAY_ON) {
			p->seen.n = p->record.events = seen;
			p->sent.n = sent;
			p->seen_to = seen_to;
			if (!held_back(p, &held, &e))
				return play_broken(p, s, &e);
		}
	}
	return end;
}

/* What is beside the chain, or takes the block away that a snapshot is of. */
static bool outlives_snapshot(const struct step *s)
{
	static const bool does[VERB__COUNT + 1] = {
		[VERB_REORG] = true,	 [VERB_START] = true,
		[VERB_STOP] = true,	 [VERB_KILL] = true,
		[VERB_PAUSE] = true,	 [VERB_RESUME] = true,
		[VERB_CONFIGURE] = true, [VERB_PUT] = true,
		[VERB_BREAK] = true,	 [VERB_MEND] = true,
		[VERB_INTEL] = true,
	};

	return does[s->verb];
}

static bool by_replay(const struct play *p, const struct step *s)
{
	const struct step_list alone = { .steps = &s, .n = 1 };

	return processes_run(p) || has_step(&alone, outlives_snapshot);
}

static enum play_end too_many(struct play *p, const struct step *s)
{
	struct err e;

	err_at(&e, s->pos, ERR_LIMIT,
	       "more than %d steps with rows that are each a play of its own "
	       "lead here; make two scenarios of it",
	       CHOICES_MAX);
	return play_broken(p, s, &e);
}

static enum play_end rows_apart(struct play *p, const struct step *s, size_t n,
				struct scope *scope,
				const struct rows_verb *verb, void *data)
{
	enum play_end end;
	size_t row, at;

	if (!by_replay(p, s))
		return by_snapshot(p, s, n, scope, verb, data);
	at = p->branches;
	/* The rows that `save` takes out may not have been played yet: repro
	 * begins behind them. */
	if (at == p->choices->n ||
	    (s->save && p->choices->at[at].row == CHOICE_SKIP &&
	     !p->choices->at[at].named)) {
		p->branch_rows = n;
		return at < CHOICES_MAX ? PLAY_BRANCH : too_many(p, s);
	}
	row = p->choices->at[at].row;
	p->branches++;
	if (row == CHOICE_SKIP)
		return PLAY_ON;
	if (row >= n) {
		struct err e;

		/* Chosen by a journal of before the file was changed. */
		err_at(&e, s->pos, ERR_SCHEMA,
		       "there is no row %zu any more, only %zu of them",
		       row + 1, n);
		return play_broken(p, s, &e);
	}
	record_row(p, row, n);
	end = checked_row(p, s, row, scope, verb, data);
	if (end != PLAY_ON)
		return end;
	p->row_of = at;
	return PLAY_ROW;
}

/* --- cases ----------------------------------------------------------------------------- */

struct cases {
	struct branch_rows rows;
	struct taken *taken;
};

static enum play_end case_row(struct play *p, const struct step *s, size_t r,
			      struct scope *scope, void *data)
{
	struct cases *c = data;

	return play_row(p, s, &c->rows, r, scope, &c->taken->rows[r]);
}

static const char *case_name(struct play *p, const struct step *s, size_t r,
			     void *data)
{
	const struct cases *c = data;

	(void)p;
	(void)s;
	return c->taken->keys[r];
}

enum play_end branch_cases(struct play *p, const struct step *s,
			   struct scope *scope, struct outcome *o)
{
	static const struct rows_verb verb = { case_row, case_name };
	size_t at = p->branches;
	struct err e = ERR_INIT;
	enum play_end end;
	struct cases c;

	if (!bind_rows(p, s, scope, &c.rows, &e))
		return play_broken(p, s, &e);
	c.taken = taken_new(p, &c.rows);
	end = rows_apart(p, s, c.rows.n, scope, &verb, &c);
	if (s->save && end == PLAY_ROW && p->row_of == at)
		p->row_named = &c.taken->rows[p->choices->at[at].row];
	if (s->save && end == PLAY_ON && p->branches > at)
		c.taken->rows = p->choices->at[at].named;
	take_out(p, c.taken, c.rows.n, o);
	return end;
}

/* --- edge -------------------------------------------------------------------------------- */

static enum play_end edge_steps(struct play *p, const struct step *s,
				const struct scope *outer,
				const struct act_keys *keys)
{
	struct scope scope = { .outer = outer };
	size_t len = strlen(p->number);
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < s->steps.n; i++) {
		bool last = i + 1 == s->steps.n;
		struct outcome o = { 0 };

		snprintf(p->number + len, sizeof(p->number) - len, ".%zu",
			 i + 1);
		end = play_step(p, s->steps.steps[i], &scope,
				last ? keys : NULL, &o);
	}
	if (end == PLAY_ON)
		p->number[len] = 0;
	scope_done(&scope);
	return end;
}

static enum play_end edge_row(struct play *p, const struct step *s, size_t r,
			      struct scope *scope, void *data)
{
	struct window *w = data;
	struct value at = value_int(w->last, w->unit);
	struct act_keys keys = {
		.scope = scope,
		.expect = r ? s->outside : s->inside,
		.at = &at,
	};

	if (r && !u256_add(&at.num, at.num, U256_ONE)) {
		struct err e;

		err_at(&e, s->pos, ERR_RANGE, "the window never ends");
		return play_broken(p, s, &e);
	}
	return edge_steps(p, s, scope, &keys);
}

static const char *edge_name(struct play *p, const struct step *s, size_t r,
			     void *data)
{
	(void)p;
	(void)s;
	(void)data;
	return r ? "the first moment outside" : "the last moment inside";
}

enum play_end branch_edge(struct play *p, const struct step *s,
			  struct scope *scope)
{
	static const struct rows_verb verb = { edge_row, edge_name };
	struct err e = ERR_INIT;
	struct value v;
	struct window w;

	if (!eval(&v, &p->env, scope, s->main, &e) ||
	    !value_window(&w, &v, &e))
		return play_broken(p, s, &e);
	return rows_apart(p, s, 2, scope, &verb, &w);
}

/* --- orders -------------------------------------------------------------------------------- */

/*
 * Which orders: all of them, or where those are too many as many as fit, each
 * another one, chosen by the seed. Number i of the sample is first + i * step,
 * which visits every order once because step and their number have no common
 * divisor.
 */
struct order_choice {
	uint64_t all, first, step;
};

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void choose_sample(struct order_choice *c, const struct play *p,
			  const struct step *s)
{
	/* Each place has its own choice; a replay makes the same. */
	struct rng rng = RNG_INIT(p->seed ^ s->pos.line);

	c->first = rng_below(&rng, c->all);
	do
		c->step = 1 + rng_below(&rng, c->all - 1);
	while (common_divisor(c->step, c->all) != 1);
}

/* The arms in order number @r of the sample, read in the factorial system. */
static size_t *order_of(const struct step *s, const struct order_choice *c,
			size_t r)
{
	CLEANUP(freep) size_t *left = xcalloc(s->arms_n, sizeof(*left));
	size_t *arms = xcalloc(s->arms_n, sizeof(*arms));
	uint64_t order = (c->first + r * c->step) % c->all;
	size_t n = s->arms_n;

	for (size_t i = 0; i < n; i++)
		left[i] = i;
	for (size_t i = 0; n; i++, n--) {
		size_t pick = (size_t)(order % n);

		order /= n;
		arms[i] = left[pick];
		memmove(left + pick, left + pick + 1,
			(n - pick - 1) * sizeof(*left));
	}
	return arms;
}

static enum play_end order_row(struct play *p, const struct step *s, size_t r,
			       struct scope *scope, void *data)
{
	CLEANUP(freep) size_t *arms = order_of(s, data, r);
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < s->arms_n; i++)
		end = play_block(p, &s->arms[arms[i]].steps, scope);
	return end;
}

static const char *order_name(struct play *p, const struct step *s, size_t r,
			      void *data)
{
	CLEANUP(freep) size_t *arms = order_of(s, data, r);
	const char *name = s->arms[arms[0]].name;

	for (size_t i = 1; i < s->arms_n; i++)
		name = arena_printf(p->arena, "%s, %s", name,
				    s->arms[arms[i]].name);
	return name;
}

enum play_end branch_orders(struct play *p, const struct step *s,
			    struct scope *scope)
{
	static const struct rows_verb verb = { order_row, order_name };
	struct order_choice c = { .all = 1, .step = 1 };

	/* first + i * step stays far from the end of 64 bits: 12! is 2^29. */
	ASSERT(s->arms_n <= ARMS_MAX);
	for (size_t i = 2; i <= s->arms_n; i++)
		c.all *= i;
	if (c.all > ORDERS_MAX)
		choose_sample(&c, p, s);
	return rows_apart(p, s, c.all > ORDERS_MAX ? ORDERS_MAX : (size_t)c.all,
			  scope, &verb, &c);
}
