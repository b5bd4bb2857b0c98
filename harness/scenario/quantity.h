/*
 * quantity - the numbers that the ledger and the conditions ask for at every
 * head, each by its names.
 *
 * Layer: scenario; included by the runner's files only, through play.h.
 * What each was when it was measured last stays known for a play: it need not
 * be asked for, nor be decoded, while the views that it is made of return the
 * same. How it is measured is observe.c's.
 */
#ifndef SCENARIO_QUANTITY_H
#define SCENARIO_QUANTITY_H

#include "eth/book.h"
#include "scenario/views.h"

enum quantity {
	QUANTITY_BALANCE, QUANTITY_SHARES, QUANTITY_QUEUED,
	QUANTITY_MAX_MAGNITUDE, QUANTITY_ALLOCATED, QUANTITY_BURNABLE,
	/* Derived from the others: values, no lines of the ledger. */
	QUANTITY_ENCUMBERED, QUANTITY_SLASHABLE, QUANTITY_DELEGATED,
	QUANTITY_WITHDRAWABLE,
	QUANTITY__COUNT
};

/* Which number: `alice.allocated.PHA@phala#0`. Indices of the world's lists. */
struct quantity_of {
	enum quantity kind;
	const char *actor; /* NULL for QUANTITY_BURNABLE */
	const char *token;
	size_t avs, set;   /* ALLOCATED and SLASHABLE */
};

/* What it was when it was measured last. */
struct known_quantity {
	struct known_quantity *beside; /* another one of its slot */
	struct quantity_of of;	       /* its names are the book's */
	const struct book_entry *actor, *token; /* @actor NULL for BURNABLE */
	struct view *views[4];
	struct trail trail; /* in @views */
	struct u256 is;
	const char *name; /* the ledger's, or NULL: nobody asked for it */
};

/** quantity_known - what the play knows of one in its present world.
 * Errors: ERR_SCHEMA if the book has no such names. */
MUST_USE bool quantity_known(struct play *p, const struct quantity_of *q,
			     struct known_quantity **ret, struct err *e);
/** quantity_name - what the ledger calls it; as long as the play. */
const char *quantity_name(struct play *p, struct known_quantity *k);
void quantities_done(struct play *p);

#endif
