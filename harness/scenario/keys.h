/*
 * keys - which keys a map of the language may have, each fact once.
 *
 * Layer: scenario. The loader refuses what is not in these tables, and the
 * schema for editors is made from them. Steps have tables of their own: verbs.h.
 */
#ifndef SCENARIO_KEYS_H
#define SCENARIO_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* How what stands at a key is written. */
enum shape {
	SHAPE_TEXT,   /* a scalar */
	SHAPE_NUMBER, /* a whole number */
	SHAPE_SWITCH, /* on or off */
	SHAPE_WORD,   /* one of words */
	SHAPE_TEXTS,  /* a scalar or a list of them */
	SHAPE_NAMES,  /* a list of scalars */
	SHAPE_VALUE,  /* an expression, a list or a map of them */
	SHAPE_VALUES, /* a list of expressions */
	SHAPE_CALL,   /* name, or a map of one key */
	SHAPE_CHECKS, /* one condition or a list */
	SHAPE_EVENTS, /* a list of events, lists of them inside */
	SHAPE_CHANGES, /* lines of the ledger */
	SHAPE_ROWS,   /* product, table or list of maps */
	SHAPE_STEPS,  /* a list of steps */
	SHAPE_LETS,   /* a map of names to values */
	SHAPE_TAKES,  /* a map of names to types */
	SHAPE_IN,     /* a map: inside */
	SHAPE_EACH,   /* a map of names to maps: inside */
	SHAPE_LIST,   /* a list of maps: inside */
	SHAPE_MAPS,   /* a map of names to maps of names to values */
	SHAPE__COUNT
};

struct key_table;

struct key_spec {
	const char *name; /* NULL ends a table */
	enum shape shape;
	bool required;
	const char *doc;
	const struct key_table *inside; /* IN, EACH, LIST */
	const char *const *words;	/* WORD: NULL-ended */
};

struct key_table {
	const char *what; /* what messages call the map: "an operator" */
	const struct key_spec *keys;
};

/* Files, by their first key. A scenario may have a world's keys as well. */
extern const struct key_table keys_scenario, keys_verb, keys_world,
	keys_invariant;
/* What those may hold; a world's own keys are those it can share. */
extern const struct key_table keys_shared, keys_eigenlayer, keys_token,
	keys_contracts, keys_avs, keys_set, keys_operator, keys_process,
	keys_aggregator, keys_fails, keys_take, keys_expect;

/** keys_find - a key of @t by name, or NULL. */
const struct key_spec *keys_find(const struct key_table *t, const char *name);

/** keys_nearest - the key of @t that @name may have meant, or NULL. */
const char *keys_nearest(const struct key_table *t, const char *name);

#endif
