/*
 * order - what a run plays, one turn after the other.
 *
 * Layer: scenario. A turn is a scenario, or one row of its matrix (`cases:` at
 * the top of the file) under an id of its own: "registration/status[Revoked]".
 * Turns of the same world and cast stand together, so that one chain serves
 * them; --shuffle mixes all. A turn says where its scenario is; the scenario
 * itself is in memory only while it is a scene.
 */
#ifndef SCENARIO_ORDER_H
#define SCENARIO_ORDER_H

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/hash.h"
#include "scenario/run.h"

struct turn {
	struct src_pos pos; /* of its title; the file is as it was named */
	const char *id;	    /* with the row's name */
	const char *title;
	const char *from;   /* the id of what it continues, or NULL */
	const char *lacking; /* why that is played again, or NULL */
	/* The files of what it goes on from, the first one first. */
	const char **under;
	size_t under_n;
	bool continued;	    /* another turn goes on from it */
	size_t row;	    /* from 1; 0: no matrix */
	struct hash32 world, cast; /* what decides on its chain */
	const char *world_text, *cast_text; /* the same for a reader */
	const char *const *tags;
	size_t tags_n;
};

/** turn_same_chain - whether one chain serves both. */
bool turn_same_chain(const struct turn *a, const struct turn *b);

/*
 * What scenarios could be played as, whatever the command line says: noted of
 * each while it is in memory to be checked.
 */
struct turns;

struct turns *turns_new(void);
void turns_free(struct turns *t); /* NULL-safe */
DEFINE_CLEANUP(struct turns, turns_free)

/**
 * turns_add - a scenario's turn, or one for each row of its matrix.
 * @s: checked, without a finding.
 */
void turns_add(struct turns *t, const struct scenario *s);

struct order {
	struct arena *arena; /* owns everything below but what turns say */
	struct library *lib; /* borrowed: scenes come from it */
	const struct turn *const *turns; /* some of them again and again */
	const uint64_t *seeds; /* of each: each time another one */
	size_t n;
};

/**
 * order_make - what @o leaves of these turns, in the order of the run.
 * @all: stay as long as the order does.
 * Errors: ERR_SCHEMA a row that cannot be bound, with its place; a filter or
 *         tag that nothing matches.
 */
MUST_USE bool order_make(struct order *ret, struct library *lib,
			 const struct turns *all, const struct run_options *o,
			 struct err *e);
void order_done(struct order *o);

/* A turn's scenario in memory, its row bound. */
struct scene {
	const struct scenario *scn;
	struct library *lib; /* borrowed, as is the path */
	const char *path;
	struct arena *arena;
};

/**
 * scene_open - load what a turn plays; scene_close() frees it.
 * Errors: ERR_SCHEMA if its file is no longer what the turn was made of.
 */
MUST_USE bool scene_open(struct scene *ret, struct library *lib,
			 const struct turn *t, struct err *e);
void scene_close(struct scene *s);

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
