/*
 * rewards - who earned how much, as EigenLayer's RewardsCoordinator is told:
 * a tree over the earners, each a tree over its tokens, earners and tokens in
 * ascending order. What a leaf says is cumulative: everything ever earned.
 *
 *   token leaf  = keccak(0x01 || token || total)
 *   earner leaf = keccak(0x00 || earner || root of its tokens)
 *
 * Layer: eth. Source: IRewardsCoordinator of eigenlayer-contracts v1.8.1.
 */
#ifndef ETH_REWARDS_H
#define ETH_REWARDS_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "crypto/u256.h"

#define REWARDS_MAX 65536

struct reward {
	struct addr20 earner, token;
	struct u256 total;
};

struct rewards; /* a distribution; immutable */

/**
 * rewards_new - of 1 to REWARDS_MAX rewards, in any order; copied.
 * Errors: ERR_RANGE none, or too many; ERR_SCHEMA an earner has a token twice.
 */
MUST_USE bool rewards_new(struct rewards **ret, const struct reward *all,
			  size_t n, struct err *e);
void rewards_free(struct rewards *r); /* NULL-safe */
DEFINE_CLEANUP(struct rewards, rewards_free)

struct hash32 rewards_root(const struct rewards *r);

/** rewards_all - all of them, by earner and token. */
const struct reward *rewards_all(const struct rewards *r, size_t *ret_n);

/** rewards_of - what @earner has, tokens ascending; NULL and 0: nothing. */
const struct reward *rewards_of(const struct rewards *r,
				const struct addr20 *earner, size_t *ret_n);

/* A token's part of a claim. Proofs: 32 bytes for each level. */
struct rewards_leaf {
	uint32_t index;
	const struct reward *reward; /* borrowed from the distribution */
	const uint8_t *proof;
	size_t proof_len;
};

/* What processClaim() takes, but for the root's index. */
struct rewards_claim {
	uint32_t earner_index;
	const uint8_t *proof;
	size_t proof_len;
	struct addr20 earner;
	struct hash32 token_root;
	struct rewards_leaf *leaves;
	size_t leaves_n;
};

/**
 * rewards_claim - an earner's claim for these tokens, or with @n 0 for all.
 * @ret: what it points to lives in @a and in the distribution.
 * Errors: ERR_SCHEMA the earner, or the token, is not in the distribution.
 */
MUST_USE bool rewards_claim(struct rewards_claim *ret, struct arena *a,
			    const struct rewards *r,
			    const struct addr20 *earner,
			    const struct addr20 *tokens, size_t n,
			    struct err *e);

#endif
