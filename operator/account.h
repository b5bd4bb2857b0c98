/*
 * account - transactions of this operator.
 *
 * Each is simulated before it is signed, so that what the chain would refuse
 * costs nothing and is told by its error's name. Nonce and fees come from the
 * chain every time. What is signed is written down before it is sent
 * (sent.h): after a crash the same bytes are sent again, never others beside
 * them. Several go out at once and are mined together.
 */
#ifndef OPERATOR_ACCOUNT_H
#define OPERATOR_ACCOUNT_H

#include "operator/abi.h"
#include "operator/operator.h"

/* A transaction to be sent, and what became of it. */
struct order {
	const char *what; /* what it is for: "deposit"; in events and errors */
	struct addr20 to;
	struct buf data; /* the owner's */
	uint64_t gas;	 /* its limit; 0: what any duty of the AVS needs */
	bool insist;	 /* send it although the chain will refuse it */

	bool ok; /* mined, and it did what it was to do */
	uint64_t block;
	struct err why; /* if not: ERR_REVERT the chain refuses it, simulated or
			 * mined; ERR_RPC the node does, after some tries;
			 * ERR_TIMEOUT it was sent and no receipt came yet */
};

/**
 * account_send_all - send @n orders in their order and wait until they are
 * mined. A `tx` event for each that is. Of those behind one that cannot be sent
 * nothing is awaited.
 * Errors: ERR_OS only: we are to end, or the connection is lost. What failed
 * otherwise is in the orders.
 */
MUST_USE bool account_send_all(struct oper *op, struct order *orders, size_t n,
			       struct err *e);

/**
 * account_ahead - between rpc_ahead() and rpc_ahead_end(): what
 * account_send_all() will ask of @n orders before it signs them. Nothing while
 * what was signed before is not settled, since that has the next nonce.
 */
void account_ahead(struct oper *op, const struct order *orders, size_t n);

/**
 * account_send - call @f of @to by one transaction.
 * @ret_block: where it was mined; may be NULL.
 * Errors: as in an order; as rpc_call.
 */
MUST_USE bool account_send(struct oper *op, const char *what,
			   const struct addr20 *to, const struct fn *f,
			   const struct abi_val *args, size_t n,
			   uint64_t *ret_block, struct err *e);

/**
 * account_resume - settle what was signed before: find its receipt, or send
 * the same bytes again, priced anew only if they cannot be mined any more, or
 * give it up if the chain would refuse it by now and no node knows it.
 * Errors: what kept one from being settled; as rpc_call.
 */
MUST_USE bool account_resume(struct oper *op, struct err *e);

#endif
