/*
 * judge - our on-chain verifier on a devnet of its own: collateral is put on
 * chain and a quote verified, as often as asked, each time from nothing.
 *
 * Layer: devnet. CollateralRegistry and QuoteVerifier are deployed once, with
 * one root; everything else happens in an eth_call at the time that is asked
 * for, so that a verdict leaves nothing behind.
 */
#ifndef DEVNET_JUDGE_H
#define DEVNET_JUDGE_H

#include "devnet/collateral.h"
#include "io/loop.h"

struct judge;

/**
 * judge_new - start anvil and deploy.
 * @root: of the checkout, whose contracts are compiled.
 * @key:  the root CA's.
 * Errors: as anvil_new; ERR_REVERT when a contract refuses (a key off the
 * curve); ERR_OS when one is not compiled.
 */
MUST_USE bool judge_new(struct judge **ret, struct loop *l, const char *root,
			const struct p256_pub *key, struct err *e);
void judge_free(struct judge *j); /* NULL-safe */
DEFINE_CLEANUP(struct judge, judge_free)

struct verdict {
	bool accepted;
	struct finding why; /* unless accepted */
	/* Of an accepted quote; owned: judge_verdict_done(). */
	const char *tcb_status; /* "UpToDate"; NULL unless accepted */
	json_t *advisory_ids;	/* an array, also if rejected */
	uint64_t valid_until;	/* seconds since 1970 */
	/*
	 * What the default policy of AttestationPolicy.sol refuses although the
	 * quote is genuine: "DebugTd", …; an array.
	 */
	json_t *policy;
};
void verdict_done(struct verdict *v);

/** judge_policy_rule - what one of those means. */
const char *judge_policy_rule(const char *check);

/**
 * judge_quote - whether the verifier believes a quote with this collateral at
 * this time. @collateral: borrowed.
 * Returns false if that could not be found out. Errors: as rpc_call;
 * ERR_MISMATCH when the contracts are not those that this was written for.
 */
MUST_USE bool judge_quote(struct judge *j, struct verdict *ret,
			  const void *quote, size_t quote_len,
			  const json_t *collateral, uint64_t at,
			  struct err *e);

#endif
