#include "scenario/audit.h"

#include <errno.h>

#include "scenario/run_priv.h"
#include "scenario/verbs.h"

#include "base/base.h"

struct steps {
	const struct step **items;
	size_t n, cap;
};

static void add(struct steps *l, const struct step *s)
{
	GROW(l->items, l->n, l->cap);
	l->items[l->n++] = s;
}

static bool acts(const struct step *s);

static bool any_acts(const struct step_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (acts(l->steps[i]) || any_acts(&l->steps[i]->steps))
			return true;
	return false;
}

static bool acts(const struct step *s)
{
	if (s->verb == VERB_YAML)
		return any_acts(&s->def->steps);
	return verb_specs[s->verb].acts && s->verb != VERB_CALL;
}

/*
 * What does not happen neither reverts nor returns: these notice by themselves.
 * And who says that an act changes nothing means that dropping it would not
 * matter.
 */
static bool says_how_it_ends(const struct expect *x)
{
	return x && (x->reverts || x->returns ||
		     (x->has_changes && !x->changes_n && !x->changes_open));
}

static bool reached(const struct step_marks *m, const struct step *s)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i] == s)
			return true;
	return false;
}

/* --- what is expected --------------------------------------------------------- */

struct expectation {
	const void *key; /* as struct play's negated */
	struct src_pos pos;
	const char *what;
	const struct step *of;
};

struct expectations {
	struct expectation *items;
	size_t n, cap;
};

static void expected(struct expectations *l, const void *key,
		     struct src_pos pos, const char *what,
		     const struct step *of)
{
	GROW(l->items, l->n, l->cap);
	l->items[l->n++] = (struct expectation){ key, pos, what, of };
}

static void collect_events(struct expectations *l,
			   const struct event_want *events, size_t n,
			   const struct step *of)
{
	for (size_t i = 0; i < n; i++) {
		if (events[i].kind == EVENT_ANY_ORDER)
			collect_events(l, events[i].items, events[i].n, of);
		else
			expected(l, &events[i], events[i].pos, "emits", of);
	}
}

static void collect_expect(struct expectations *l, const struct expect *x,
			   const struct step *of)
{
	if (!x)
		return;
	if (x->reverts)
		expected(l, x->reverts, x->reverts->pos, "reverts", of);
	if (x->returns)
		expected(l, x->returns, x->returns->pos, "returns", of);
	collect_events(l, x->emits, x->emits_n, of);
	for (size_t i = 0; i < x->changes_n; i++)
		expected(l, &x->changes[i], x->changes[i].pos, "changes", of);
	if (x->has_changes && !x->changes_open)
		expected(l, &x->has_changes, of->pos,
			 "changes, that there are no others", of);
	for (size_t i = 0; i < x->checks_n; i++)
		expected(l, x->checks[i], x->checks[i]->pos, "check", of);
}

/* What steps that were played expect: of the others that is said already. */
static void collect_expected(struct expectations *l, const struct steps *all,
			     const struct step_marks *marks)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!reached(marks, all->items[i]))
			continue;
		collect_expect(l, &all->items[i]->expect, all->items[i]);
		collect_expect(l, all->items[i]->inside, all->items[i]);
		collect_expect(l, all->items[i]->outside, all->items[i]);
	}
}

/* --- what acts ------------------------------------------------------------------ */

/* All steps of a list and below it; those of them that can be dropped. */
static void collect(const struct step_list *l, const struct step *edge,
		    struct steps *all, struct steps *droppable)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct step *s = l->steps[i];
		bool last = edge && i + 1 == l->n;

		add(all, s);
		if (acts(s) && !says_how_it_ends(&s->expect) &&
		    !(last && (says_how_it_ends(edge->inside) ||
			       says_how_it_ends(edge->outside))))
			add(droppable, s);
		collect(&s->steps, s->verb == VERB_EDGE ? s : NULL, all,
			droppable);
		for (size_t a = 0; a < s->arms_n; a++)
			collect(&s->arms[a].steps, NULL, all, droppable);
	}
}

struct audit {
	struct run *run;
	FILE *out;
	struct audit_totals *totals;
};

static void finding(struct audit *a, struct src_pos pos, const char *name,
		    const char *what)
{
	fprintf(a->out, "          %s:%u  %s%s\n", pos.file, pos.line, name,
		what);
}

static void drop_each(struct audit *a, const struct scenario *s,
		      const struct step_marks *marks,
		      const struct steps *droppable, struct loop *loop)
{
	for (size_t i = 0; i < droppable->n && !loop_stopped(loop); i++) {
		const struct step *d = droppable->items[i];

		if (!reached(marks, d))
			continue;
		a->totals->acts++;
		if (run_without(a->run, s, d, NULL, NULL) != VERDICT_PASS)
			continue;
		a->totals->unnoticed++;
		finding(a, d->pos, d->verb_name,
			": without it, everything holds as well");
	}
}

static void negate_each(struct audit *a, const struct scenario *s,
			const struct expectations *l, struct loop *loop)
{
	for (size_t i = 0; i < l->n && !loop_stopped(loop); i++) {
		const struct expectation *x = &l->items[i];

		a->totals->expectations++;
		if (run_without(a->run, s, NULL, x->key, NULL) !=
		    VERDICT_PASS)
			continue;
		a->totals->blind++;
		finding(a, x->pos, x->what,
			": negated, everything holds as well");
	}
}

static unsigned findings(const struct audit_totals *t)
{
	return t->unnoticed + t->unplayed + t->blind;
}

static void audit_parts(struct audit *a, const struct scenario *s,
			const struct step_marks *marks, struct loop *loop)
{
	const struct audit_totals before = *a->totals;
	struct steps all = { 0 }, droppable = { 0 };
	struct expectations expectations = { 0 };

	collect(&s->steps, NULL, &all, &droppable);
	/* What must fail ends where it fails. */
	for (size_t i = 0; !s->fails && i < all.n; i++) {
		if (reached(marks, all.items[i]))
			continue;
		a->totals->unplayed++;
		finding(a, all.items[i]->pos, all.items[i]->verb_name,
			": no play comes here");
	}
	drop_each(a, s, marks, &droppable, loop);
	if (!s->fails) {
		collect_expected(&expectations, &all, marks);
		negate_each(a, s, &expectations, loop);
	}
	fprintf(a->out, "%-8s  %-48s %u acts dropped, %u expectations "
			"negated\n",
		findings(a->totals) > findings(&before) ? "blind" : "notices",
		s->id, a->totals->acts - before.acts,
		a->totals->expectations - before.expectations);
	fflush(a->out);
	free(all.items);
	free(droppable.items);
	free(expectations.items);
}

static void audit_turn(struct audit *a, const struct scenario *s,
		       struct loop *loop)
{
	struct step_marks marks = { 0 };
	enum verdict v = run_without(a->run, s, NULL, NULL, &marks);

	if (v == VERDICT_PASS) {
		a->totals->scenarios++;
		audit_parts(a, s, &marks, loop);
	} else {
		a->totals->others++;
		fprintf(a->out, "%-8s  %-48s not audited: as it is, it does "
				"not pass\n",
			verdict_name(v), s->id);
	}
	free(marks.items);
}

bool run_audit(struct loop *loop, const struct order *order,
	       const struct run_options *o, FILE *out,
	       struct audit_totals *ret, struct err *e)
{
	CLEANUP(journal_freep) struct journal *quiet = NULL;
	CLEANUP(run_freep) struct run *run = NULL;
	struct run_options limited = *o;
	struct audit a = { .out = out, .totals = ret };

	*ret = (struct audit_totals){ 0 };
	if (!limited.timeout_s)
		limited.timeout_s = AUDIT_TIMEOUT_S;
	if (!journal_new(&quiet, NULL, e))
		return false;
	a.run = run = run_new(loop, &limited, quiet);
	for (size_t i = 0; i < order->n && !loop_stopped(loop); i++) {
		struct scene scene;

		if (!scene_open(&scene, order->lib, order->turns[i], e))
			return false;
		audit_turn(&a, scene.scn, loop);
		scene_close(&scene);
	}
	return !loop_stopped(loop) ||
	       err_set(e, ERR_OS, EINTR, "%s", loop_stopped(loop));
}
