/*
 * behaviour - what an operator does wrong because its configuration says so.
 *
 * Layer: eth, since the operator reads it and the check of scenarios knows it.
 * It is the same program in every other respect: what a bad operator meets is
 * what the code of a good one meets. Without the member `behaviour` nothing of
 * this is on.
 */
#ifndef ETH_BEHAVIOUR_H
#define ETH_BEHAVIOUR_H

#include "codec/json.h"

/* Where a process can be made to end at once, as by SIGKILL. */
enum crash_point {
	CRASH_NEVER,
	CRASH_QUOTED, /* the quote is there, nothing is signed */
	CRASH_SIGNED, /* signed and written down, not sent; a heartbeat, too */
	CRASH_SENT,   /* sent, the receipt not looked for */
	CRASH_MINED,  /* the receipt is there, and not written down */
	CRASH__COUNT
};

enum heartbeat_fault {
	BEAT_GOOD,
	BEAT_SILENT,   /* none, although all is well */
	BEAT_FORGED,   /* signed by another key */
	BEAT_STALE,    /* of the block of the first one */
	BEAT_REPLAYED, /* of the last one's sequence */
	BEAT_UNBOUND,  /* its quote is over something else */
	BEAT__COUNT
};

enum quote_fault { QUOTE_FRESH, QUOTE_UNBOUND, QUOTE_STALE, QUOTE__COUNT };

struct behaviour {
	bool deaf;	      /* hears of no challenge */
	uint64_t late;	      /* answers so many blocks after it could have */
	bool wrong_responder; /* answers the challenges of others */
	bool duplicate;	      /* answers twice */
	enum quote_fault quote;
	enum crash_point crash_at;
	uint64_t spam;	   /* so many empty transactions, once */
	uint64_t chain_id; /* signs for this chain; 0: for the right one */
	bool skip_renewal; /* lets its attestation lapse */
	enum heartbeat_fault heartbeat;
};

/* Empty transactions fill a block with some 1,400 of them. */
#define BEHAVIOUR_SPAM_MAX 1000

/**
 * behaviour_known - is there such a member?
 * behaviour_set - one of them, as a configuration writes it.
 * Errors: ERR_SCHEMA with the nearest name, ERR_RANGE.
 */
MUST_USE bool behaviour_known(const char *name, struct err *e);
MUST_USE bool behaviour_set(struct behaviour *b, const char *name,
			    const json_t *v, struct err *e);

/**
 * behaviour_read - of a configuration's `behaviour`; NULL is none.
 * Errors: ERR_SCHEMA with the nearest name, ERR_RANGE.
 */
MUST_USE bool behaviour_read(struct behaviour *ret, const json_t *j,
			     struct err *e);

/** behaviour_insists - whether its answers are sent although the chain says
 * beforehand that it will refuse them. */
bool behaviour_insists(const struct behaviour *b);

/** crash_name - of a point: "signed". */
const char *crash_name(enum crash_point p);

#endif
