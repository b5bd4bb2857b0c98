/*
 * many - views of one block, many in one request.
 *
 * Layer: eth. A hundred eth_calls cost a node and us a hundred times an
 * envelope: JSON, a turn of both loops, a fresh EVM. One eth_call of a small
 * program that calls them all costs one. The program is put at address zero
 * for that call alone (a state override), which is who calls where an eth_call
 * names nobody: no view sees a difference.
 */
#ifndef ETH_MANY_H
#define ETH_MANY_H

#include "eth/chain.h"

struct many_call {
	struct addr20 to;
	const uint8_t *data; /* borrowed for the call */
	size_t len;

	/* What chain_many() fills. */
	bool answered;	    /* false: it reverted, or the node refused it */
	const uint8_t *out; /* or the revert's data; in the arena given */
	size_t out_len;
};

/**
 * chain_many - all of @calls at @block, as chain_call would one by one without
 * a sender, MANY_MAX a request. They share a block's gas there; so who is not
 * answered is asked once more, alone.
 * Errors: as rpc_call; what the node says against a call is none.
 */
#define MANY_MAX 100
MUST_USE bool chain_many(struct rpc *r, struct arena *a, uint64_t block,
			 struct many_call *const *calls, size_t n,
			 struct err *e);
/**
 * chain_many_once - the same, and nobody is asked again: that the node refuses
 * a request is an error.
 */
MUST_USE bool chain_many_once(struct rpc *r, struct arena *a, uint64_t block,
			      struct many_call *const *calls, size_t n,
			      struct err *e);

#endif
