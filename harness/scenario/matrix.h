/*
 * matrix - `cases:` at the top of a file: a scenario once for each row.
 *
 * Layer: scenario. A row's values are variables of the steps and of the
 * world's own expressions; a column that is the path of a key of the world
 * (eigenlayer.delays) changes the world itself.
 */
#ifndef SCENARIO_MATRIX_H
#define SCENARIO_MATRIX_H

#include "base/arena.h"
#include "scenario/ast.h"

/* Columns that are keys of the world. */
enum matrix_key { MATRIX_RELEASE, MATRIX_DELAYS, MATRIX_KEY__COUNT };
extern const char *const matrix_keys[MATRIX_KEY__COUNT];

/** matrix_rows - how many rows a scenario has; 0: it has no matrix. */
size_t matrix_rows(const struct scenario *s);

/**
 * matrix_bind - a copy of the scenario with row @row (from 0) bound, in @a:
 * its id is "id[case]", its world has the row's keys and variables.
 * Errors: those of evaluation, with the cell's place.
 */
MUST_USE bool matrix_bind(struct scenario *ret, struct arena *a,
			  const struct scenario *s, size_t row,
			  struct err *e);

#endif
