/*
 * judge - whether a step did what it should: reverts, returns, events, the
 * ledger, conditions.
 */
#include "scenario/expr.h"
#include "scenario/play.h"

#include "base/clock.h"

#include "base/base.h"

#define TEXT_MAX 16384u

/* --audit: whether this one is turned round, so that holding is failing. */
static bool turned(struct play *p, const void *expectation, bool ok)
{
	if (p->negated != expectation)
		return ok;
	p->turned = true;
	return !ok;
}

/* --- reverts and returns ------------------------------------------------------- */

static enum play_end judge_revert(struct play *p, const struct step *s,
				  struct keyed want, struct outcome *o)
{
	const char *contract = o->revert.at ? o->revert.at->name : NULL;
	const char *name = !o->reverted	    ? NULL
			   : o->revert.entry ? o->revert.entry->name
					     : "";
	struct mismatch diff = { 0 };
	struct value pattern, args = value_map(NULL, NULL, 0);
	struct err e = ERR_INIT;
	bool ok;

	if (o->reverted && o->revert.entry)
		args = value_of_abi(p->arena, o->revert.entry->in,
				    &o->revert.args);
	if (!eval(&pattern, &p->env, want.scope, want.x, &e) ||
	    !match_error(&ok, &diff, &p->env, &pattern, name, contract, &args,
			 &e))
		return play_broken(p, s, &e);
	if (turned(p, want.x, ok)) {
		record_check(p, "reverts", explain_value(p, &pattern),
			     o->reverted ? o->revert_text : "none");
		return PLAY_ON;
	}
	failure_row(&p->failure, "reverts", explain_value(p, &pattern),
		    o->reverted ? o->revert_text : "(it did not revert)",
		    false);
	if (o->reverted && diff.path[0])
		failure_row(&p->failure,
			    arena_printf(p->arena, "reverts %s", diff.path),
			    diff.expected, diff.actual, false);
	return explain_failure(p, s, o, "%s",
			       o->reverted ? "it reverted, but not as expected"
					   : "it did not revert");
}

static enum play_end judge_returns(struct play *p, const struct step *s,
				   struct keyed want, struct outcome *o)
{
	struct mismatch diff = { 0 };
	struct err e = ERR_INIT;
	struct value pattern;
	bool ok;

	if (!o->has_returns) {
		err_at(&e, want.x->pos, ERR_SCHEMA, "the act returns nothing");
		return play_broken(p, s, &e);
	}
	if (!eval(&pattern, &p->env, want.scope, want.x, &e) ||
	    !match(&ok, &diff, &p->env, &pattern, &o->returns, &e))
		return play_broken(p, s, &e);
	if (turned(p, want.x, ok)) {
		record_check(p, "returns", explain_value(p, &pattern),
			     explain_value(p, &o->returns));
		return PLAY_ON;
	}
	failure_row(&p->failure,
		    arena_printf(p->arena, "returns%s%s",
				 diff.path[0] ? " " : "", diff.path),
		    diff.expected, diff.actual, false);
	return explain_failure(p, s, o, "it returned something else");
}

static bool is_none(const struct expr *x)
{
	return x->kind == EXPR_NAME && !strcmp(x->name, "none");
}

/* An operator's command that failed without a revert. */
static bool command_failed(const struct step *s, const struct outcome *o)
{
	const struct value *status;

	if (s->verb != VERB_RUN || !o->has_returns)
		return false;
	status = value_get(&o->returns, "exit");
	return status && !u256_is_zero(status->num);
}

enum play_end judge_act(struct play *p, const struct step *s,
			const struct scope *scope, const struct act_keys *keys,
			struct outcome *o)
{
	struct keyed reverts = act_key(KEY_REVERTS, s, scope, keys);
	struct keyed returns = act_key(KEY_RETURNS, s, scope, keys);

	p->checked |= reverts.x || returns.x;
	if (reverts.x && (o->reverted || !is_none(reverts.x) ||
			  p->negated == reverts.x))
		return judge_revert(p, s, reverts, o);
	if (o->reverted)
		return explain_failure(p, s, o, "it reverted: %s",
				       o->revert_text);
	if (returns.x)
		return judge_returns(p, s, returns, o);
	if (command_failed(s, o))
		return explain_failure(
			p, s, o, "the command failed: %s",
			value_get(&o->returns, "out")->text);
	return PLAY_ON;
}

/* --- events -------------------------------------------------------------------------- */

struct event_match {
	struct play *p;
	const struct scope *scope;
	const struct outcome *o;
	struct mismatch diff; /* of an event of the right name */
	bool has_diff;
	struct err *e;
	bool broken;
};

/* The name, and the contract it is qualified with or NULL. */
static const char *event_name(struct play *p, const struct expr *x,
			      const char **ret_contract)
{
	if (x->kind == EXPR_CALL)
		x = x->left;
	*ret_contract = expr_owner(p->arena, x);
	return x->name;
}

static bool args_match(struct event_match *m, const struct expr *x,
		       const struct seen *s)
{
	for (size_t i = 0; x->kind == EXPR_CALL && i < x->n; i++) {
		const struct value *actual =
			x->keys		? value_get(&s->args, x->keys[i])
			: i < s->args.len ? &s->args.items[i]
					  : NULL;
		struct mismatch diff = { 0 };
		struct value want;
		bool ok;

		if (!actual) {
			m->broken = !err_at(m->e, x->pos, ERR_SCHEMA,
					    "event %s has no such argument",
					    s->event->name);
			return false;
		}
		if (!eval(&want, &m->p->env, m->scope, x->items[i],
				  m->e) ||
		    !match(&ok, &diff, &m->p->env, &want, actual, m->e)) {
			m->broken = true;
			return false;
		}
		if (ok)
			continue;
		if (x->keys && !diff.path[0])
			snprintf(diff.path, sizeof(diff.path), "%s",
				 x->keys[i]);
		m->diff = diff;
		m->has_diff = true;
		return false;
	}
	return true;
}

static bool event_matches(struct event_match *m, const struct expr *x,
			  const struct seen *s)
{
	const char *contract, *name = event_name(m->p, x, &contract);

	if (!s->event || strcmp(s->event->name, name))
		return false;
	if (contract && (!s->at || strcmp(s->at->name, contract)))
		return false;
	return args_match(m, x, s);
}

/* The first that matches from @from on; o->events_n if none does. */
static size_t find_event(struct event_match *m, const struct expr *x,
			 size_t from, const bool *taken)
{
	size_t i;

	for (i = from; i < m->o->events_n; i++)
		if (!(taken && taken[i]) &&
		    event_matches(m, x, &m->o->events[i]))
			return i;
	return i;
}

static enum play_end missing_event(struct event_match *m, const struct step *s,
				   const struct event_want *w)
{
	struct play *p = m->p;
	const char *contract, *name = event_name(m->p, w->pattern, &contract);

	if (m->has_diff)
		failure_row(&p->failure,
			    arena_printf(p->arena, "%s %s", name,
					 m->diff.path),
			    m->diff.expected, m->diff.actual, false);
	else
		failure_row(&p->failure, "emits",
			    arena_strdup(p->arena, name), "(it was not)",
			    false);
	return explain_failure(p, s, m->o, "%s was not emitted as expected",
			       name);
}

static enum play_end unwanted_event(struct event_match *m, const struct step *s,
				    size_t at)
{
	const struct seen *found = &m->o->events[at];

	failure_row(&m->p->failure, "emits",
		    arena_printf(m->p->arena, "not %s", found->event->name),
		    explain_event(m->p, found), false);
	return explain_failure(m->p, s, m->o, "%s was emitted",
			       found->event->name);
}

static enum play_end broken_event(struct event_match *m, const struct step *s)
{
	return play_broken(m->p, s, m->e);
}

/* @at: m->o->events_n for one that rightly is not there. */
static void note_event(struct event_match *m, const struct event_want *w,
		       size_t at)
{
	const char *contract, *name = event_name(m->p, w->pattern, &contract);
	bool there = at < m->o->events_n;

	record_check(m->p, "emits",
		     there ? name : arena_printf(m->p->arena, "not %s", name),
		     there ? explain_event(m->p, &m->o->events[at])
			   : "(it was not)");
}

/* Each of the list once, in whatever order; *pos moves behind the last. */
static enum play_end any_order(struct event_match *m, const struct step *s,
			       const struct event_want *w, size_t *pos)
{
	CLEANUP(freep) bool *taken = xcalloc(m->o->events_n + 1, 1);
	size_t end = *pos;

	for (size_t i = 0; i < w->n; i++) {
		size_t at = find_event(m, w->items[i].pattern, *pos, taken);

		if (m->broken)
			return broken_event(m, s);
		if (!turned(m->p, &w->items[i], at < m->o->events_n))
			return missing_event(m, s, &w->items[i]);
		if (at == m->o->events_n)
			continue;
		taken[at] = true;
		note_event(m, &w->items[i], at);
		end = at + 1 > end ? at + 1 : end;
	}
	*pos = end;
	return PLAY_ON;
}

/* @at: where it is, before those that it should have followed. */
static enum play_end early_event(struct event_match *m, const struct step *s,
				 size_t at, size_t pos)
{
	const char *name = m->o->events[at].event->name;
	const char *then = m->o->events[pos - 1].event->name;

	failure_row(&m->p->failure, "emits",
		    arena_printf(m->p->arena, "%s, then %s", then, name),
		    explain_event(m->p, &m->o->events[at]), false);
	return explain_failure(m->p, s, m->o,
			       "%s was emitted before %s; those in a list "
			       "inside the list may come in any order",
			       name, then);
}

static enum play_end one_event(struct event_match *m, const struct step *s,
			       const struct event_want *w, size_t *pos)
{
	size_t at;

	m->has_diff = false;
	if (w->kind == EVENT_ANY_ORDER)
		return any_order(m, s, w, pos);
	at = find_event(m, w->pattern, w->kind == EVENT_NOT ? 0 : *pos, NULL);
	if (m->broken)
		return broken_event(m, s);
	if (w->kind == EVENT_NOT) {
		if (!turned(m->p, w, at == m->o->events_n))
			return at < m->o->events_n ? unwanted_event(m, s, at)
						   : missing_event(m, s, w);
		note_event(m, w, at);
		return PLAY_ON;
	}
	if (!turned(m->p, w, at < m->o->events_n)) {
		size_t before = find_event(m, w->pattern, 0, NULL);

		return before < *pos ? early_event(m, s, before, *pos)
				     : missing_event(m, s, w);
	}
	note_event(m, w, at);
	*pos = at < m->o->events_n ? at + 1 : at;
	return PLAY_ON;
}

static enum play_end judge_events(struct play *p, const struct step *s,
				  const struct expect *x,
				  const struct scope *scope,
				  const struct outcome *o)
{
	struct err e = ERR_INIT;
	struct event_match m = { .p = p, .scope = scope, .o = o, .e = &e };
	enum play_end end = PLAY_ON;
	size_t pos = 0;

	for (size_t i = 0; end == PLAY_ON && i < x->emits_n; i++)
		end = one_event(&m, s, &x->emits[i], &pos);
	return end;
}

/* --- the ledger ---------------------------------------------------------------------- */

/* The line that `alice.shares.PHA`, or a watched expression, means. */
static bool find_line(struct play *p, const struct expr *path,
		      const struct scope *scope, const struct ledger *l,
		      size_t *ret, struct err *e)
{
	const char *name = path->raw;
	struct value v;
	bool ok;

	p->whole_entries = true;
	ok = eval(&v, &p->env, scope, path, e);
	p->whole_entries = false;
	if (!ok)
		return false;
	if (v.kind == VALUE_OPAQUE &&
	    ((const struct part *)v.opaque)->kind == PART_ENTRY)
		name = observe_name(p, p->arena,
				    &((const struct part *)v.opaque)->quantity);
	for (size_t i = 0; name && i < l->n; i++) {
		if (!strcmp(l->lines[i].name, name)) {
			*ret = i;
			return true;
		}
	}
	return err_at(e, path->pos, ERR_SCHEMA,
		      "%s is no line of the ledger; it has balance, shares, "
		      "queued, maxMagnitude, allocated@set, burnable, and what "
		      "the world watches",
		      name ? name : "this");
}

static const char *signed_text(struct play *p, const struct value *v,
			       const struct value *beside)
{
	const char *text = explain_beside(p, v, beside);

	if (v->kind == VALUE_INT && u256_is_zero(v->num))
		return "(unchanged)";
	return v->kind == VALUE_INT && !v->negative
		       ? arena_printf(p->arena, "+%s", text)
		       : text;
}

struct ledger_judge {
	struct play *p;
	const struct ledger *deltas; /* by how much each line changed */
	bool *named;
	bool wrong;
};

static bool judge_line(struct ledger_judge *j, const struct change_want *w,
		       const struct scope *scope, struct err *e)
{
	struct mismatch diff = { 0 };
	const struct ledger_line *line;
	struct value want;
	size_t at = 0;
	bool ok;

	if (!find_line(j->p, w->path, scope, j->deltas, &at, e))
		return false;
	line = &j->deltas->lines[at];
	if (!eval(&want, &j->p->env, scope, w->value, e) ||
	    !match(&ok, &diff, &j->p->env, &want, &line->value, e))
		return false;
	if (j->named[at])
		return err_at(e, w->pos, ERR_SCHEMA, "%s is named twice",
			      line->name);
	j->named[at] = true;
	ok = turned(j->p, w, ok);
	failure_row(&j->p->failure, line->name,
		    signed_text(j->p, &want, &line->value),
		    signed_text(j->p, &line->value, &want), ok);
	j->wrong |= !ok;
	return true;
}

static bool changed(const struct value *delta)
{
	return delta->kind != VALUE_INT || !u256_is_zero(delta->num);
}

/* In place: a hundred operators' is 140 KB. */
static bool subtract(struct ledger *from, const struct ledger *before,
		     struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		struct ledger_line *line = &from->lines[i];
		const struct value after = line->value;

		if (!value_arith(&line->value, OP_SUB, &after,
				 &before->lines[i].value, e))
			return err_ctx(e, "%s", line->name);
	}
	return true;
}

static bool judge_lines(struct ledger_judge *j, const struct expect *x,
			const struct scope *scope, struct err *e)
{
	bool others = false;

	for (size_t i = 0; i < x->changes_n; i++)
		if (!judge_line(j, &x->changes[i], scope, e))
			return false;
	for (size_t i = 0; !x->changes_open && i < j->deltas->n; i++) {
		const struct ledger_line *l = &j->deltas->lines[i];

		if (j->named[i] || !changed(&l->value))
			continue;
		failure_row(&j->p->failure, l->name, "(unchanged)",
			    arena_printf(j->p->arena, "%s, not declared",
					 signed_text(j->p, &l->value,
						     &l->value)),
			    false);
		others = true;
	}
	if (!x->changes_open && !turned(j->p, &x->has_changes, !others))
		j->wrong = true;
	return true;
}

static void note_ledger(struct play *p, const struct expect *x)
{
	const struct failure *f = &p->failure;

	for (size_t i = 0; i < f->rows_n; i++)
		record_check(p, f->rows[i].what, f->rows[i].expected,
			     f->rows[i].actual);
	if (!x->changes_open)
		record_check(p, "every other line of the ledger",
			     "(unchanged)", "(unchanged)");
}

static enum play_end judge_after(struct play *p, const struct step *s,
				  const struct expect *x,
				  const struct scope *scope,
				  const struct ledger *before,
				  const struct outcome *o)
{
	struct ledger_judge j = { .p = p };
	struct ledger *ledger;
	struct err e = ERR_INIT;

	if (!observe_ledger(p, &ledger, &e) || !subtract(ledger, before, &e))
		return play_broken(p, s, &e);
	j.deltas = ledger;
	j.named = ARENA_ARRAY(p->arena, bool, ledger->n);
	if (!judge_lines(&j, x, scope, &e))
		return play_broken(p, s, &e);
	if (j.wrong)
		return explain_failure(p, s, o, "the ledger changed "
						"otherwise");
	note_ledger(p, x);
	p->failure.rows_n = 0;
	return PLAY_ON;
}

/* How it was after a step is of no more use if it was as it should be. */
static enum play_end judge_ledger(struct play *p, const struct step *s,
				  const struct expect *x,
				  const struct scope *scope,
				  const struct ledger *before,
				  const struct outcome *o)
{
	struct arena *outer = play_aside(p);
	enum play_end end = judge_after(p, s, x, scope, before, o);

	play_aside_end(p, outer, end != PLAY_ON);
	return end;
}

/* --- conditions ----------------------------------------------------------------------- */

/* Both sides of a comparison; of `and` and `or` they would say nothing. */
static bool compares(const struct expr *x)
{
	return x->kind == EXPR_BINARY && x->op >= OP_EQ && x->op < OP_AND;
}

void judge_condition_row(struct play *p, const struct scope *scope,
			 const struct expr *x)
{
	const char *text = x->raw ? x->raw : "a condition";
	const char *expected = "true", *actual = "false";
	struct value left, right;
	struct err e = ERR_INIT;

	if (compares(x) && eval(&left, &p->env, scope, x->left, &e) &&
	    eval(&right, &p->env, scope, x->right, &e)) {
		expected = explain_beside(p, &right, &left);
		actual = explain_beside(p, &left, &right);
		if (x->op != OP_EQ)
			expected = arena_printf(p->arena, "%s %s",
						op_text(x->op), expected);
	}
	failure_row(&p->failure, arena_strdup(p->arena, text), expected, actual,
		    false);
}

static enum play_end judge_checks(struct play *p, const struct step *s,
				  const struct expect *x,
				  const struct scope *scope,
				  const struct outcome *o)
{
	for (size_t i = 0; i < x->checks_n; i++) {
		struct err e = ERR_INIT;
		bool holds;

		if (!eval_true(&holds, &p->env, scope, x->checks[i], &e))
			return play_broken(p, s, &e);
		if (!turned(p, x->checks[i], holds)) {
			const char *text = x->checks[i]->raw;

			judge_condition_row(p, scope, x->checks[i]);
			return explain_failure(p, s, o, "it does not hold: %s",
					       text ? text : "a condition");
		}
		record_check(p, x->checks[i]->raw ? x->checks[i]->raw
						  : "a condition",
			     "true", "true");
	}
	return PLAY_ON;
}

/* --- all of it, now or within a while ---------------------------------------------------- */

static enum play_end judge_now(struct play *p, const struct step *s,
			       const struct expect *x,
			       const struct scope *scope,
			       const struct ledger *before,
			       const struct outcome *o)
{
	enum play_end end = PLAY_ON;

	/* Until a while is over it may have been wrong before. */
	p->failure = (struct failure){ 0 };
	p->checked |= x->has_emits || x->has_changes || x->checks_n;
	if (x->has_emits)
		end = judge_events(p, s, x, scope, o);
	if (end == PLAY_ON && x->has_changes)
		end = judge_ledger(p, s, x, scope, before, o);
	if (end == PLAY_ON)
		end = judge_checks(p, s, x, scope, o);
	return end;
}

static bool something_said(void *arg)
{
	const struct play *p = arg;

	return p->lines_said != p->lines_awaited || live_busy(p->live);
}

/*
 * For what comes later than the rest: judged again whenever a process said
 * something, or sent it, until the deadline. The verdict is then TIMEOUT.
 */
static enum play_end judge_within(struct play *p, const struct step *s,
				  const struct expect *x,
				  const struct scope *scope,
				  const struct ledger *before,
				  struct outcome *o)
{
	struct err e = ERR_INIT;
	enum play_end end;
	struct value limit;
	uint64_t deadline, seconds;
	size_t held = record_checks(p);

	if (!eval(&limit, &p->env, scope, x->within, &e) ||
	    !u256_fits_u64(&seconds, limit.num))
		return play_broken(p, s, &e);
	/* No longer than a century, which is no wait at all. */
	if (seconds > UINT32_MAX)
		seconds = UINT32_MAX;
	deadline = clock_ms() + seconds * 1000;
	for (;;) {
		size_t known = p->seen.n;

		record_checks_drop(p, held);
		p->lines_awaited = p->lines_said;
		end = judge_now(p, s, x, scope, before, o);
		if (end != PLAY_FAILED || p->turned)
			return end;
		if (!loop_run_until(p->loop, something_said, p, deadline,
				    "what the step expects", &e)) {
			/* Sooner than asked for: the scenario's time is over. */
			if (e.code != ERR_TIMEOUT || clock_ms() < deadline)
				return play_broken(p, s, &e);
			p->failure.verdict = VERDICT_TIMEOUT;
			return PLAY_FAILED;
		}
		if (!live_rest(p->live, &e) || !observe_events(p, &e))
			return play_broken(p, s, &e);
		if (p->seen.n > known) {
			o->events_n += p->seen.n - known;
			o->events = arena_memdup(
				p->arena, p->seen.items + p->seen.n -
						  o->events_n,
				o->events_n * sizeof(*o->events));
		}
	}
}

enum play_end judge_whole(struct play *p, const struct step *s,
			  const struct expect *x, const struct scope *scope,
			  const struct ledger *before, struct outcome *o)
{
	return x->within ? judge_within(p, s, x, scope, before, o)
			 : judge_now(p, s, x, scope, before, o);
}
