/*
 * fragment - steps played by hand, one fragment after the other, on a world
 * that is up.
 *
 * Layer: scenario. A fragment is a step or a list of steps. It is checked as a
 * scenario's would be before any of it is played, and what it saves is there
 * for those that follow.
 */
#ifndef SCENARIO_FRAGMENT_H
#define SCENARIO_FRAGMENT_H

#include "devnet/live.h"
#include "scenario/eval.h"
#include "scenario/load.h"

struct fragments;

struct fragments_spec {
	struct loop *loop;
	struct library *library;
	struct diags *diags; /* the library's */
	const struct world *world;
	struct abi_source abis;
	struct live *live;
	uint64_t seed;
};

/**
 * fragments_new - nothing was played yet. All of @spec is borrowed.
 * Errors: of asking the chain for its head.
 */
MUST_USE bool fragments_new(struct fragments **ret,
			    const struct fragments_spec *spec, struct err *e);
void fragments_free(struct fragments *f); /* NULL-safe */
DEFINE_CLEANUP(struct fragments, fragments_free)

/* What processes do meanwhile: as live_events.on_line, as on_answer of its
 * gateway. */
void fragments_heard(struct fragments *f, const char *actor,
		     enum child_stream s, const char *line,
		     const json_t *event);
void fragments_answered(struct fragments *f, const char *actor,
			const struct gateway_call *c, const json_t *result);

enum fragment_end {
	FRAGMENT_PLAYED,
	FRAGMENT_REFUSED, /* the check found something: nothing was played */
	FRAGMENT_FAILED,  /* an expectation did not hold */
	FRAGMENT_BROKEN,  /* a step could not be played */
};

/**
 * fragments_play - check and play one.
 * @name: what places name: "do", a file's path.
 * @out:  gets what happened, as text for people: transactions, events, values;
 *        findings or the failure.
 */
enum fragment_end fragments_play(struct fragments *f, const char *name,
				 const char *text, size_t len, struct buf *out);

/**
 * fragments_know - accounts that the world got since it began (live_named())
 * are roles of it from now on.
 */
void fragments_know(struct fragments *f);

/** fragments_rewound - the chain was put back to an earlier state. */
MUST_USE bool fragments_rewound(struct fragments *f, struct err *e);

/**
 * fragments_value - an expression's value at the head, as text.
 * @in: names for it; NULL: what was saved.
 */
MUST_USE bool fragments_value(struct fragments *f, struct buf *out,
			      const struct scope *in, const struct expr *x,
			      struct err *e);

/** fragments_events - the newest @n events since it was made, a line each. */
MUST_USE bool fragments_events(struct fragments *f, size_t n, struct buf *out,
			       struct err *e);

/**
 * fragments_words - what may be typed: verbs, the world's names, functions of
 * its contracts, names that were saved. New strings in a new list.
 */
json_t *fragments_words(struct fragments *f);

#endif
