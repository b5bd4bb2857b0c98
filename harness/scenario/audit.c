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

static void finding(struct audit *a, const struct step *s, const char *what)
{
	fprintf(a->out, "          %s:%u  %s%s\n", s->pos.file, s->pos.line,
		s->verb_name, what);
}

static bool reached(const struct step_marks *m, const struct step *s)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i] == s)
			return true;
	return false;
}

static void drop_each(struct audit *a, const struct turn *t,
		      const struct step_marks *marks, const struct steps *all,
		      const struct steps *droppable, struct loop *loop)
{
	const struct scenario *s = t->scn;
	unsigned before = a->totals->unnoticed + a->totals->unplayed;
	unsigned acts_before = a->totals->acts;

	/* What must fail ends where it fails. */
	for (size_t i = 0; !s->fails && i < all->n; i++) {
		if (reached(marks, all->items[i]))
			continue;
		a->totals->unplayed++;
		finding(a, all->items[i], ": no play comes here");
	}
	for (size_t i = 0; i < droppable->n && !loop_stopped(loop); i++) {
		const struct step *d = droppable->items[i];

		if (!reached(marks, d))
			continue;
		a->totals->acts++;
		if (run_without(a->run, t, d, NULL) != VERDICT_PASS)
			continue;
		a->totals->unnoticed++;
		finding(a, d, ": without it, everything holds as well");
	}
	fprintf(a->out, "%-8s  %-48s %u acts dropped\n",
		a->totals->unnoticed + a->totals->unplayed > before
			? "blind"
			: "notices",
		s->id, a->totals->acts - acts_before);
	fflush(a->out);
}

static void audit_turn(struct audit *a, const struct turn *t,
		       struct loop *loop)
{
	struct steps all = { 0 }, droppable = { 0 };
	struct step_marks marks = { 0 };
	enum verdict v = run_without(a->run, t, NULL, &marks);

	if (v == VERDICT_PASS) {
		a->totals->scenarios++;
		collect(&t->scn->steps, NULL, &all, &droppable);
		drop_each(a, t, &marks, &all, &droppable, loop);
	} else {
		a->totals->others++;
		fprintf(a->out, "%-8s  %-48s not audited: as it is, it does "
				"not pass\n",
			verdict_name(v), t->scn->id);
	}
	free(marks.items);
	free(all.items);
	free(droppable.items);
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
	for (size_t i = 0; i < order->n && !loop_stopped(loop); i++)
		audit_turn(&a, &order->turns[i], loop);
	return !loop_stopped(loop) ||
	       err_set(e, ERR_OS, EINTR, "%s", loop_stopped(loop));
}
