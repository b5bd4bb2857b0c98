/*
 * play - steps in order: act, rest, expectations, save.
 */
#include "scenario/play.h"
#include "scenario/together.h"

#include "scenario/verbs.h"

#include "base/clock.h"

#include "base/base.h"

enum play_end play_broken(struct play *p, const struct step *s,
			  const struct err *e)
{
	p->err = *e;
	explain_place(p, s, &p->err.pos);
	p->err.pos = p->failure.at.pos;
	return PLAY_BROKEN;
}

/* What blocks and transactions tell anyhow, and what comes when it comes: no
 * step waits until an operator has noticed that its connection is gone. */
static bool is_told(const char *event)
{
	static const char *const left_out[] = { "handled", "tx", "lost",
						"connected" };

	for (size_t i = 0; i < ARRAY_LEN(left_out); i++)
		if (!strcmp(left_out[i], event))
			return false;
	return true;
}

void play_heard(struct play *p, const char *actor, enum child_stream s,
		const char *line, const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));

	if (s == CHILD_OUT && kind && is_told(kind) && strcmp(actor, "tee"))
		record_said(p, actor, event);
	if (kind && !strcmp(kind, "handled"))
		p->lines_said++;
	else
		explain_actor_line(p, actor, s, line, event);
}

struct arena *play_aside(struct play *p)
{
	struct arena *outer = p->arena;

	p->arena = p->env.arena = arena_new();
	return outer;
}

void play_aside_end(struct play *p, struct arena *outer, bool keep)
{
	struct arena *own = p->arena;

	p->arena = p->env.arena = outer;
	if (keep)
		arena_join(outer, own);
	else
		arena_free(own);
}

static bool acts(const struct step *s)
{
	return s->verb == VERB_YAML || verb_specs[s->verb].acts;
}

/* Whether the ledger is compared before any of these steps acts, from @i on;
 * if none does, @behind says so. */
static bool compares_from(const struct step_list *b, size_t i, bool behind)
{
	for (; i < b->n; i++) {
		const struct step *s = b->steps[i];

		if (s->expect.has_changes)
			return true;
		if (s->verb == VERB_YAML)
			return compares_from(&s->def->steps, 0, false);
		if (acts(s))
			return false;
	}
	return behind;
}

/* --- verbs written in YAML ------------------------------------------------------ */

/* `amount of token`: the check does not know what a row or a verb hands on. */
static bool amounts_fit(const struct step *s, const struct scope *body,
			struct err *e)
{
	for (size_t i = 0; i < s->def->takes_n; i++) {
		const struct take *t = &s->def->takes[i];
		const struct value *v = scope_get(body, t->name), *of;

		if (!t->type.of || v->kind != VALUE_INT || v->unit != UNIT_TOKEN)
			continue;
		of = scope_get(body, t->type.of);
		if (of->kind == VALUE_REF && of->ref == REF_TOKEN &&
		    strcmp(of->text, v->token) != 0)
			return err_at(e, s->pos, ERR_SCHEMA,
				      "%s: %s is an amount of %s, and %s is %s",
				      s->def->name, t->name, v->token,
				      t->type.of, of->text);
	}
	return true;
}

static bool bind_takes(struct play *p, const struct step *s,
		       const struct scope *scope, const struct value *main,
		       struct scope *body, struct err *e)
{
	const struct verb_def *def = s->def;

	for (size_t i = 0; i < def->takes_n; i++) {
		const struct take *t = &def->takes[i];
		struct value v;

		if (i == 0 && main) {
			v = *main;
		} else if (i > 0 && s->args[i]) {
			if (!eval(&v, &p->env, scope, s->args[i], e))
				return false;
		} else if (t->fallback) {
			/* Defaults may speak of the parameters before them. */
			if (!eval(&v, &p->env, body, t->fallback, e))
				return false;
		} else {
			return err_at(e, s->pos, ERR_SCHEMA,
				      "%s: %s is not given", def->name,
				      t->name);
		}
		scope_set(body, t->name, &v);
	}
	return amounts_fit(s, body, e);
}

/* What is given first may be used by what follows. */
static bool eval_gives(struct play *p, const struct verb_def *def,
		       struct scope *body, struct outcome *o, struct err *e)
{
	struct value *items = ARENA_ARRAY(p->arena, struct value, def->gives_n);
	const char **keys = ARENA_ARRAY(p->arena, const char *, def->gives_n);
	struct value *map = ARENA_NEW(p->arena, struct value);

	for (size_t i = 0; i < def->gives_n; i++) {
		keys[i] = def->gives[i].name;
		if (!eval(&items[i], &p->env, body, def->gives[i].value, e))
			return err_ctx(e, "verb %s gives %s", def->name,
				       keys[i]);
		if (!scope_get(body, keys[i]))
			scope_set(body, keys[i], &items[i]);
	}
	*map = value_map(keys, items, def->gives_n);
	o->gives = map;
	return true;
}

/* The steps of a verb; the last one's outcome is the verb's. */
static enum play_end play_body(struct play *p, const struct step *s,
			       struct scope *body, const struct act_keys *keys,
			       struct outcome *o)
{
	const struct step_list *steps = &s->def->steps;
	size_t len = strlen(p->number);
	const bool behind = p->compares_next;
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < steps->n; i++) {
		bool last = i + 1 == steps->n;
		struct outcome inner = { 0 };

		snprintf(p->number + len, sizeof(p->number) - len, ".%zu",
			 i + 1);
		p->compares_next = compares_from(steps, i + 1, behind);
		end = play_step(p, steps->steps[i], body, last ? keys : NULL,
				&inner);
		if (last)
			*o = inner;
	}
	p->compares_next = behind;
	p->number[len] = 0;
	return end;
}

static enum play_end play_verb(struct play *p, const struct step *s,
			       const struct scope *scope,
			       const struct value *main,
			       const struct act_keys *outer, struct outcome *o)
{
	struct act_keys keys = { .step = s, .scope = scope, .outer = outer };
	const struct caller caller = { s, p->caller };
	struct scope body = { 0 };
	struct err e = ERR_INIT;
	enum play_end end;

	if (!bind_takes(p, s, scope, main, &body, &e)) {
		scope_done(&body);
		return play_broken(p, s, &e);
	}
	p->caller = &caller;
	end = play_body(p, s, &body, &keys, o);
	p->caller = caller.outer;
	if (end == PLAY_ON && !o->reverted && s->def->gives_n &&
	    !eval_gives(p, s->def, &body, o, &e))
		end = play_broken(p, s, &e);
	scope_done(&body);
	return end;
}

/* --- one act --------------------------------------------------------------------- */

static enum play_end play_let(struct play *p, const struct step *s,
			      struct scope *scope)
{
	for (size_t i = 0; i < s->lets_n; i++) {
		struct err e = ERR_INIT;
		struct value v;

		if (!eval(&v, &p->env, scope, s->lets[i].value, &e))
			return play_broken(p, s, &e);
		scope_set(scope, s->lets[i].name, &v);
	}
	return PLAY_ON;
}

static enum play_end act_verb(struct play *p, const struct step *s,
			      struct scope *scope, const struct value *main,
			      const struct act_keys *keys, struct outcome *o)
{
	switch (s->verb) {
	case VERB_SEND:
		return act_send(p, s, scope, keys, o);
	case VERB_CALL:
		return act_call(p, s, scope, keys, o);
	case VERB_LET:
		return play_let(p, s, scope);
	case VERB_ADVANCE:
		return act_advance(p, s, scope);
	case VERB_START:
	case VERB_STOP:
	case VERB_KILL:
	case VERB_PAUSE:
	case VERB_RESUME:
		return act_process(p, s, main);
	case VERB_RUN:
		return act_run(p, s, scope, keys, o);
	case VERB_BREAK:
	case VERB_MEND:
		return act_fault(p, s, scope, main);
	case VERB_INTEL:
		return act_intel(p, s, scope, o);
	case VERB_CHECK:
		return PLAY_ON; /* its conditions are expectations */
	case VERB_EACH:
		return branch_each(p, s, scope, o);
	case VERB_CASES:
		return branch_cases(p, s, scope, o);
	case VERB_EDGE:
		return branch_edge(p, s, scope);
	case VERB_ORDERS:
		return branch_orders(p, s, scope);
	case VERB_TOGETHER:
		return act_together(p, s, scope);
	case VERB_YAML:
		return play_verb(p, s, scope, main, keys, o);
	case VERB_REORG:
		return act_reorg(p, s, scope, o);
	case VERB_CONFIGURE:
		return act_configure(p, s, scope, main, o);
	case VERB_HTTP:
		return act_http(p, s, scope, keys, o);
	case VERB_PUT:
		return act_put(p, s, scope, o);
	}
	ASSERT(!"a verb");
	return PLAY_BROKEN;
}

static enum play_end act(struct play *p, const struct step *s,
			 struct scope *scope, const struct value *main,
			 const struct act_keys *keys, struct outcome *o)
{
	return s == p->dropped ? PLAY_ON
			       : act_verb(p, s, scope, main, keys, o);
}

/* Whether a list as main argument means once for each. */
static bool repeats(const struct step *s)
{
	if (s->verb == VERB_YAML)
		return s->def->takes_n && !s->def->takes[0].type.list;
	return verb_specs[s->verb].repeats;
}

/* Verbs whose main argument is a value evaluated here. */
static bool has_value(const struct step *s)
{
	if (!s->main)
		return false;
	return s->verb == VERB_YAML ? s->def->takes_n > 0
				    : verb_specs[s->verb].repeats;
}

/* One after the other; the results by the name of each. */
static enum play_end act_list(struct play *p, const struct step *s,
			      struct scope *scope, const struct value *list,
			      const struct act_keys *keys, struct outcome *o)
{
	struct value *items = ARENA_ARRAY(p->arena, struct value, list->len);
	const char **names = ARENA_ARRAY(p->arena, const char *, list->len);
	struct value *map = ARENA_NEW(p->arena, struct value);
	enum play_end end = PLAY_ON;
	bool gathered = false;

	for (size_t i = 0; end == PLAY_ON && i < list->len; i++) {
		struct outcome *one = ARENA_NEW(p->arena, struct outcome);
		struct err e = ERR_INIT;

		names[i] = explain_value(p, &list->items[i]);
		end = act(p, s, scope, &list->items[i], keys, one);
		items[i] = surround_outcome(p, one);
		gathered |= end == PLAY_GATHERED;
		if (end == PLAY_GATHERED)
			end = PLAY_ON;
		if (end == PLAY_ON && !p->together && !live_rest(p->live, &e))
			end = play_broken(p, s, &e);
	}
	*map = value_map(names, items, list->len);
	o->gives = map;
	return end == PLAY_ON && gathered ? PLAY_GATHERED : end;
}

static enum play_end act_any(struct play *p, const struct step *s,
			     struct scope *scope, const struct act_keys *keys,
			     struct outcome *o)
{
	struct err e = ERR_INIT;
	struct value main;

	if (!has_value(s))
		return act(p, s, scope, NULL, keys, o);
	if (!eval(&main, &p->env, scope, s->main, &e))
		return play_broken(p, s, &e);
	if (main.kind == VALUE_LIST && repeats(s))
		return act_list(p, s, scope, &main, keys, o);
	return act(p, s, scope, &main, keys, o);
}

/* --- the step ---------------------------------------------------------------------- */

static bool is_branch(const struct step *s)
{
	return s->verb == VERB_CASES || s->verb == VERB_EDGE ||
	       s->verb == VERB_ORDERS;
}

/* What conditions will ask of before the step. */
static bool take_memory(struct play *p, const struct expect *x,
			const struct scope *scope, struct memory *m,
			struct err *e)
{
	for (size_t i = 0; i < x->checks_n; i++)
		if (!memory_take(p, m, p->arena, x->checks[i], scope, e))
			return false;
	return true;
}

/* The step's own expectations, and those that an edge has of its act. */
static bool begin_step(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct memory *m, struct ledger **ret_before,
		       struct err *e)
{
	const struct expect *x = keys ? keys->expect : NULL;

	*ret_before = NULL;
	return take_memory(p, &s->expect, scope, m, e) &&
	       (!x || take_memory(p, x, keys->scope, m, e)) &&
	       observe_events(p, e) &&
	       (!(s->expect.has_changes || (x && x->has_changes)) ||
		observe_ledger(p, ret_before, e));
}

static bool end_act(struct play *p, const struct step *s, size_t first,
		    struct outcome *o, struct err *e)
{
	o->block = p->seen_to;
	if (p->together && o->has_trace_tx) {
		together_events(p, o);
		return true;
	}
	if (acts(s) && !p->together && !live_rest(p->live, e))
		return false;
	if (!observe_events(p, e))
		return false;
	o->events = arena_memdup(p->arena, p->seen.items + first,
				 (p->seen.n - first) * sizeof(*o->events));
	o->events_n = p->seen.n - first;
	o->block = p->seen_to;
	return true;
}

/* What a call or a request gave is the value itself. */
static struct value result_of(struct play *p, const struct step *s,
			      const struct outcome *o)
{
	return (s->verb == VERB_CALL || s->verb == VERB_HTTP) && o->has_returns
		       ? o->returns
		       : surround_outcome(p, o);
}

static enum play_end check_step(struct play *p, const struct step *s,
				struct scope *scope,
				const struct act_keys *keys,
				const struct ledger *before, struct outcome *o)
{
	struct value outer = p->it;
	enum play_end end;

	p->it = result_of(p, s, o);
	p->env.it = &p->it;
	/* A YAML verb's act has been checked where it stands. */
	end = s->verb == VERB_YAML ? PLAY_ON
				   : judge_act(p, s, scope, keys, o);
	if (end == PLAY_ON && !is_branch(s))
		end = judge_whole(p, s, &s->expect, scope, before, o);
	if (end == PLAY_ON && keys && keys->expect)
		end = judge_whole(p, s, keys->expect, keys->scope, before, o);
	p->it = outer;
	return end;
}

static enum play_end run_step(struct play *p, const struct step *s,
			      struct scope *scope, const struct act_keys *keys,
			      struct outcome *o)
{
	const struct memory *outer = p->memory;
	const struct ledger *outer_before = p->rows_before;
	struct memory m = { 0 };
	struct ledger *before = NULL;
	size_t first, low = p->seen.low;
	uint64_t from;
	struct err e = ERR_INIT;
	const bool compares = p->compares_next;
	bool leaf = acts(s) && s->verb != VERB_YAML && !p->together;
	enum play_end end;

	if (!begin_step(p, s, scope, keys, &m, &before, &e))
		return play_broken(p, s, &e);
	end = leaf ? invariants_before(p, s) : PLAY_ON;
	if (end != PLAY_ON)
		return end;
	first = p->seen.n;
	p->seen.low = SIZE_MAX;
	p->step_from = from = p->seen_to;
	/* All rows start here, and each is checked where it ends. */
	if (is_branch(s)) {
		p->memory = &m;
		p->rows_before = before;
	}
	p->compares_next |= before != NULL;
	end = act_any(p, s, scope, keys, o);
	p->compares_next = compares;
	p->memory = outer;
	p->rows_before = outer_before;
	/* The steps inside it had theirs. */
	if (end == PLAY_ON)
		p->step_from = from;
	/* What a reorg took away was not this step's, nor its callers'. */
	if (first > p->seen.low)
		first = p->seen.low;
	if (low < p->seen.low)
		p->seen.low = low;
	if (end != PLAY_ON)
		return end;
	if (!end_act(p, s, first, o, &e))
		return play_broken(p, s, &e);
	if (s->save) {
		struct value v = result_of(p, s, o);

		/* Its own expectations may use the name. What a list of acts
		 * gave is kept by name. */
		scope_set(scope, s->save, &v);
	}
	p->memory = &m;
	end = check_step(p, s, scope, keys, before, o);
	p->memory = outer;
	return end == PLAY_ON && leaf ? invariants_after(p, s, o) : end;
}

static void mark(struct step_marks *m, const struct step *s)
{
	for (size_t i = 0; m && i < m->n; i++)
		if (m->items[i] == s)
			return;
	if (!m)
		return;
	GROW(m->items, m->n, m->cap);
	m->items[m->n++] = s;
}

enum play_end play_step(struct play *p, const struct step *s,
			struct scope *scope, const struct act_keys *keys,
			struct outcome *ret)
{
	static const char *const verdicts[] = {
		[PLAY_ON] = "pass",	  [PLAY_FAILED] = "fail",
		[PLAY_BROKEN] = "error",  [PLAY_BRANCH] = "again",
		[PLAY_ROW] = "pass",
	};
	struct outcome *o = ARENA_NEW(p->arena, struct outcome);
	uint64_t start = clock_ns();
	struct err e = ERR_INIT;
	enum play_end end;
	bool go = true;

	if (s->when && !eval_true(&go, &p->env, scope, s->when, &e))
		return play_broken(p, s, &e);
	if (!go)
		return PLAY_ON;
	mark(p->marks, s);
	pause_before(p, s);
	end = run_step(p, s, scope, keys, o);
	if (end == PLAY_GATHERED)
		return end;
	record_step(p, s, o, verdicts[end], (clock_ns() - start) / 1000000);
	*ret = *o;
	return end;
}

enum play_end play_steps(struct play *p, const struct step_list *b,
			 struct scope *scope)
{
	size_t len = strlen(p->number);
	const bool behind = p->compares_next;
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < b->n; i++) {
		struct outcome o = { 0 };

		snprintf(p->number + len, sizeof(p->number) - len, "%s%zu",
			 len ? "." : "", i + 1);
		p->compares_next = compares_from(b, i + 1, behind);
		end = play_step(p, b->steps[i], scope, NULL, &o);
	}
	p->compares_next = behind;
	if (end == PLAY_ON)
		p->number[len] = 0;
	return end;
}

enum play_end play_block(struct play *p, const struct step_list *b,
			 const struct scope *outer)
{
	struct scope scope = { .outer = outer };
	enum play_end end = play_steps(p, b, &scope);

	scope_done(&scope);
	return end;
}
