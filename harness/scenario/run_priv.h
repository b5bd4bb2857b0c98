/*
 * run_priv - what the parts of a run share.
 *
 * Layer: scenario, for run*.c only.
 */
#ifndef SCENARIO_RUN_PRIV_H
#define SCENARIO_RUN_PRIV_H

#include "scenario/order.h"
#include "scenario/play.h"

/* Who plays turns: the worlds that run, and what came out so far. */
struct run;

/** run_new - everything is borrowed; @j may come later. */
struct run *run_new(struct loop *loop, const struct run_options *o,
		    struct journal *j);
void run_free(struct run *r); /* NULL-safe; ends the worlds */
DEFINE_CLEANUP(struct run, run_free)

void run_journal(struct run *r, struct journal *j);
/** run_scene - play it, into the journal. */
enum verdict run_scene(struct run *r, const struct scenario *s);
/**
 * run_without - the same, but one step's act does not happen, or one
 * expectation is negated (NULL: none).
 * @marks: gets the steps that were played; or NULL.
 */
enum verdict run_without(struct run *r, const struct scenario *s,
			 const struct step *dropped, const void *negated,
			 struct step_marks *marks);
/**
 * run_lost - the records of a turn whose end nobody knows: ERROR.
 * @begun: its first ones are there already.
 */
void run_lost(struct journal *j, const struct turn *t, bool begun,
	      const char *why);

/** run_count - add a verdict. */
void run_count(struct run_totals *t, enum verdict v);
/** run_began, run_ended - tell o->watch, if there is one. */
void run_began(const struct run_options *o, size_t turn);
void run_ended(const struct run_options *o, size_t turn, enum verdict v);
/** run_failed - how many verdicts are not as they should be. */
unsigned run_failed(const struct run_totals *t);

/**
 * run_jobs - the turns of @order by o->jobs workers; their records come to @j
 * in the order of the turns, whoever played them.
 * Errors: ERR_OS; what a worker could not do is its turn's error.
 */
MUST_USE bool run_jobs(struct loop *loop, const struct order *order,
		       const struct run_options *o, struct journal *j,
		       struct run_totals *ret, struct err *e);

#endif
