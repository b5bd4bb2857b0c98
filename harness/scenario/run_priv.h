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
/** run_scene - play it by @seed, into the journal. @continued: another one that
 * goes on from its end may come. */
enum verdict run_scene(struct run *r, const struct scenario *s, uint64_t seed,
		       bool continued);
/**
 * run_without - the same, but one step's act does not happen, or one
 * expectation is negated (NULL: none).
 * @marks: gets the steps that were played; or NULL.
 */
enum verdict run_without(struct run *r, const struct scenario *s,
			 const struct step *dropped, const void *negated,
			 struct step_marks *marks);
#define RUN_SEED_MAX 24

/** run_own_seed - as text; NULL where it is the run's own, and the only one. */
const char *run_own_seed(char text[RUN_SEED_MAX], const struct run_options *o,
			 uint64_t seed);
/** run_write_… - the records of a turn; @seed as run_own_seed() says it. */
void run_write_start(struct journal *j, const struct scenario *s,
		     const char *seed);
void run_write_failure(struct journal *j, const char *ev,
		       const struct failure *f, const char *seed);
void run_write_end(struct journal *j, enum verdict v, const char *reason,
		   const char *seed, uint64_t ms);
/**
 * run_lost - the records of the turn @at whose end nobody knows: ERROR.
 * @begun: its first ones are there already.
 */
void run_lost(struct journal *j, const struct run_options *o,
	      const struct order *order, size_t at, bool begun,
	      const char *why);

/**
 * must_fail_met - whether @f (NULL: it passed) is what @m announces.
 * @wrong: set if not: the failure instead; its texts are in @a.
 */
bool must_fail_met(struct arena *a, const struct must_fail *m,
		   const struct failure *f, struct failure *wrong);

/* run_stage.c: where a beginning that scenarios share has ended. */
struct stage;

/** takes_back - whether @s, or what it continues, has a reorg. */
bool takes_back(const struct scenario *s);
/** stage_lacking - why what @s continues is played again for it; NULL: it goes
 * on from a stage, unless rewards were computed. */
const char *stage_lacking(const struct scenario *s);
/** stage_under - whether @s goes on from the scenario in @file, or from one
 * that does. */
bool stage_under(const struct scenario *s, const struct yaml_doc *file);
/** stages_for - drop those that @s does not go on from; the file of the highest
 * one left, or NULL. */
const struct yaml_doc *stages_for(struct stage **top,
				  const struct scenario *s);
void stages_drop(struct stage **top);
/** stages_lost - that world has ended; what its steps gave is still there. */
void stages_lost(struct stage *top, const struct live *live);
/**
 * stage_keep - @p is at the end of @s; if its world can be put back, keep a
 * stage. What @p had in its arena is the stage's then.
 */
MUST_USE bool stage_keep(struct stage **top, struct play *p,
			 const struct scenario *s, const struct scope *scope,
			 struct err *e);
/** stage_resume - @p, which is new, goes on from there. */
MUST_USE bool stage_resume(struct stage *s, struct play *p,
			   const struct live_operator *ops, size_t n,
			   struct scope *scope, struct err *e);

/** run_count - add a verdict. */
void run_count(struct run_totals *t, enum verdict v);
/** run_began, run_ended - tell o->watch, if there is one. */
void run_began(const struct run_options *o, size_t turn);
void run_ended(const struct run_options *o, size_t turn, enum verdict v);
/** run_counted - how many turns came to a verdict. */
unsigned run_counted(const struct run_totals *t);
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
