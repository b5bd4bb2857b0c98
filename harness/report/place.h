/*
 * place - a step of a run, found in its journal so that it can be found in
 * another run of the same seed.
 *
 * Layer: report.
 */
#ifndef REPORT_PLACE_H
#define REPORT_PLACE_H

#include "report/story.h"

#define PLACE_ROWS_MAX 32 /* branches behind each other */
#define PLACE_BEHIND SIZE_MAX /* a row that is no row: on behind the branch */

struct place {
	const struct story_scenario *scenario;
	uint64_t seed;	   /* of the run */
	const char *file;  /* of the scenario */
	const char *step;  /* its number; NULL: there is none to stop at */
	uint64_t nth;	   /* the how-manieth of that number in its play */
	uint32_t line;
	/* The rows that its play took at branches, from 0. */
	size_t rows[PLACE_ROWS_MAX];
	size_t rows_n;
};

/**
 * place_scenario - the one with this id: of several, the first that did not
 * pass. @id NULL: the only one there is, or the only one that did not pass.
 * @seed: of those that were played by it; NULL: by any.
 * Errors: ERR_SCHEMA naming the nearest id, or those to choose from.
 */
MUST_USE bool place_scenario(const struct story_scenario **ret,
			     const struct story *s, const char *id,
			     const char *seed, struct err *e);

/**
 * place_find - where @step was: where it failed if it did, else the first time
 * of the play that failed, else the first time of all.
 * @step NULL: where the scenario failed; without such a step, no step.
 * Everything in @ret is borrowed from @s.
 * Errors: ERR_SCHEMA naming the steps there are; ERR_PARSE for a bad seed.
 */
MUST_USE bool place_find(struct place *ret, const struct story_scenario *s,
			 const char *step, struct err *e);

#endif
