/*
 * collateral - what the AVS's registry judges our quotes by: until when that is
 * good, and new from the PCS before it is not.
 *
 * Anybody may give the registry collateral, so an operator does it for all with
 * platforms like its own; what another has given meanwhile is not given again.
 */
#ifndef OPERATOR_COLLATERAL_H
#define OPERATOR_COLLATERAL_H

#include "operator/operator.h"

/**
 * collateral_until - its last second, 0 if it is over or never was, UINT64_MAX
 * if our platform is not known: attest_platform() tells. Kept for metrics, too.
 * Errors: as view_collateral.
 */
MUST_USE bool collateral_until(struct oper *op, uint64_t *ret, struct err *e);

/**
 * collateral_refresh - fetch what the PCS says of our platform, and give the
 * registry what it does not have. The platform is known.
 * *ret_n: how many things it took. That another was quicker is no error.
 * Errors: as pcs_fetch; of what the registry refuses as older than what it has
 * none, of the rest ERR_REVERT, once all has been tried; as rpc_call.
 */
MUST_USE bool collateral_refresh(struct oper *op, unsigned *ret_n,
				 struct err *e);

/**
 * collateral_provide - refresh if the registry could not judge a quote of ours
 * now. Where that fails it is told, and left to the chain to refuse the quote.
 * Errors: ERR_OS only.
 */
MUST_USE bool collateral_provide(struct oper *op, struct err *e);

#endif
