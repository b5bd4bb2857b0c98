/*
 * account - transactions of this operator, one at a time.
 *
 * Each is simulated before it is signed, so that what the chain would refuse
 * costs nothing and is told by its error's name. Nonce and fees come from the
 * chain every time: there is nothing to lose in a crash.
 */
#ifndef OPERATOR_ACCOUNT_H
#define OPERATOR_ACCOUNT_H

#include "operator/abi.h"
#include "operator/operator.h"

/**
 * account_send - call @f of @to by a transaction and wait until it is mined.
 * Emits a `tx` event once it is.
 * @what:      what it is for: "deposit"; in the event and in errors.
 * @ret_block: where it was mined; may be NULL.
 * Errors: ERR_REVERT the chain refuses it, with the error by name, simulated
 * or mined; ERR_TIMEOUT it was sent and no receipt came; as rpc_call.
 */
MUST_USE bool account_send(struct oper *op, const char *what,
			   const struct addr20 *to, const struct fn *f,
			   const struct abi_val *args, size_t n,
			   uint64_t *ret_block, struct err *e);

#endif
