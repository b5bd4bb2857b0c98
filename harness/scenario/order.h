/*
 * order - what a run plays, one turn after the other.
 *
 * Layer: scenario. A turn is a scenario, or one row of its matrix (`cases:` at
 * the top of the file) under an id of its own: "registration/status[Revoked]".
 * Turns of the same world and cast stand together, so that one chain serves
 * them; --shuffle mixes all.
 */
#ifndef SCENARIO_ORDER_H
#define SCENARIO_ORDER_H

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/hash.h"
#include "scenario/run.h"

struct turn {
	const struct scenario *scn; /* with the row bound */
	size_t row;		    /* from 1; 0: no matrix */
	struct hash32 world, cast;  /* what decides on its chain */
};

struct order {
	struct arena *arena; /* owns everything in it */
	struct turn *turns;
	size_t n;
};

/**
 * order_make - what @o leaves of these scenarios, in the order of the run.
 * Errors: ERR_SCHEMA a row that cannot be bound, with its place; a filter or
 *         tag that nothing matches.
 */
MUST_USE bool order_make(struct order *ret,
			 const struct scenario *const *scenarios, size_t n,
			 const struct run_options *o, struct err *e);
void order_done(struct order *o);

/** order_turn - the turn of one scenario (@row as in struct turn), in @a. */
MUST_USE bool order_turn(struct turn *ret, struct arena *a,
			 const struct scenario *s, size_t row,
			 const struct run_options *o, struct err *e);

/**
 * order_part - keep the @k-th (from 1) of @of parts: turns that follow each
 * other, so that few chains are made twice. All parts together are the whole;
 * one may be empty.
 */
void order_part(struct order *o, size_t k, size_t of);

/** order_list - one line a turn: its id and its title. */
void order_list(struct buf *out, const struct order *o);
/** order_plan - the turns below the worlds and casts that they share. */
void order_plan(struct buf *out, const struct order *o);

#endif
