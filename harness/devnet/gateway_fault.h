/*
 * gateway_fault - what a gateway does wrong on purpose: chains are out of reach,
 * busy, slow, or behind.
 *
 * Layer: devnet. No clock takes part: what is late is late by blocks, and comes
 * when the owner tells of the block (gateway_head()). One fault at a time.
 */
#ifndef DEVNET_GATEWAY_FAULT_H
#define DEVNET_GATEWAY_FAULT_H

#include "codec/json.h"
#include "devnet/gateway.h"

enum gateway_trouble {
	GATEWAY_SOUND,
	GATEWAY_UNREACHABLE, /* connections are closed, and new ones at once */
	GATEWAY_ERROR,	     /* requests are answered by an error */
	GATEWAY_DELAY,	     /* answers and new heads come blocks later */
	GATEWAY_STALE,	     /* it answers as of some blocks ago */
};

struct gateway_fault {
	enum gateway_trouble what;
	uint64_t blocks;   /* DELAY, STALE */
	int64_t code;	   /* ERROR */
	char message[128]; /* ERROR */
	char method[64];   /* ERROR: of this method only; "": of all */
	uint64_t times;	   /* ERROR: so often; 0: until it is mended */
};

/**
 * gateway_fault_read - "unreachable", {"error": {"code", "message", "method",
 * "times"}} (each may be missing), {"delay": BLOCKS}, {"stale": BLOCKS}.
 * Errors: ERR_SCHEMA, with the nearest name; ERR_RANGE.
 */
MUST_USE bool gateway_fault_read(struct gateway_fault *ret, const json_t *j,
				 struct err *e);

/** gateway_break - from now on; takes the place of an earlier fault.
 * gateway_mend - no more; what was late comes at once. */
void gateway_break(struct gateway *g, const struct gateway_fault *f);
void gateway_mend(struct gateway *g);

/** gateway_head - the chain's head is @number: what is due by now is passed on.
 */
void gateway_head(struct gateway *g, uint64_t number);

/**
 * gateway_hush - no new head is announced until gateway_tell(), when all come
 * that no fault delays. Who hears of the first of several blocks while the others
 * are still being mined sees a chain that depends on chance.
 */
void gateway_hush(struct gateway *g);
void gateway_tell(struct gateway *g);

/** gateway_troubled - the fault in place. */
enum gateway_trouble gateway_troubled(const struct gateway *g);

/** gateway_cut - the daemon's connection was closed by a fault, and it has made
 * no other one. */
bool gateway_cut(const struct gateway *g);

/** gateway_late_n - how many answers wait for a later block. */
size_t gateway_late_n(const struct gateway *g);

/** gateway_told - the last head that was announced to the daemon; 0: none. */
uint64_t gateway_told(const struct gateway *g);

/**
 * gateway_rested - the chain is at rest at block @number: of that nobody will be
 * told any more. gateway_went_back - a reorg or a snapshot took it back to there.
 * gateway_awaits - whether the chain has yet to tell the daemon of block @number,
 * a later one: it asked for new heads before the chain last rested. Once a reorg
 * has taken the block away it can be told no more. What a fault delays, and what
 * waits for who is paused, has been told.
 */
void gateway_rested(struct gateway *g, uint64_t number);
void gateway_went_back(struct gateway *g, uint64_t number);
bool gateway_awaits(const struct gateway *g, uint64_t number);

#endif
