/*
 * run_priv - what the parts of a run share.
 *
 * Layer: scenario, for run*.c only.
 */
#ifndef SCENARIO_RUN_PRIV_H
#define SCENARIO_RUN_PRIV_H

#include "scenario/order.h"

/* Who plays turns: the worlds that run, and what came out so far. */
struct run;

/** run_new - everything is borrowed. */
struct run *run_new(struct loop *loop, const struct run_options *o,
		    struct journal *j);
void run_free(struct run *r); /* NULL-safe; ends the worlds */
DEFINE_CLEANUP(struct run, run_free)

/** run_turn - play one; what comes of it is in the journal and the totals. */
void run_turn(struct run *r, const struct turn *t);
struct run_totals run_totals(const struct run *r);

#endif
