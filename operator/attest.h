/*
 * attest - quotes as the AVS wants them.
 */
#ifndef OPERATOR_ATTEST_H
#define OPERATOR_ATTEST_H

#include "operator/operator.h"

/**
 * attest_quote - a fresh quote over @report_data whose platform the AVS's
 * collateral registry knows. Certificates that it lacks are in the quote; they
 * are registered, which may take two transactions. A quote without readable
 * certificates is handed on as it is: the chain is to judge it.
 * @ret: owned by the caller (free()).
 * Errors: as tee_quote and account_send.
 */
MUST_USE bool attest_quote(struct oper *op, const struct hash32 *report_data,
			   uint8_t **ret, size_t *ret_len, struct err *e);

/* A quote that is wanted, and what became of it. */
struct quoting {
	struct hash32 report_data;
	uint8_t *quote; /* owned by whoever holds this; NULL: see why */
	size_t len;
	struct err why;
};

/**
 * attest_quotes - attest_quote for many: the TEE is asked for all at once.
 * @then: if the registry has to be asked whether it knows the platform, this
 *        goes out together with that. Or NULL.
 * Errors: ERR_OS only: we are to end. The rest is in the items.
 */
MUST_USE bool attest_quotes(struct oper *op, struct quoting *items, size_t n,
			    const struct asker *then, struct err *e);

/**
 * attest_now - a fresh quote bound to this operator and a recent block.
 * @ret: owned by the caller (free()). @ret_reference: the block.
 */
MUST_USE bool attest_now(struct oper *op, uint8_t **ret, size_t *ret_len,
			 uint64_t *ret_reference, struct err *e);

/**
 * attest_platform - learn which platform the TEE runs on, by a quote of nothing
 * unless another one has shown it. What has no readable certificates leaves
 * op->platform unknown, which is no error.
 */
MUST_USE bool attest_platform(struct oper *op, struct err *e);

/**
 * attest_registration - what joining the AVS's set carries: a fresh quote
 * bound to this operator and a recent block, ABI-encoded. Appended to @ret.
 */
MUST_USE bool attest_registration(struct oper *op, struct buf *ret,
				  struct err *e);

#endif
