/*
 * merkle - trees as EigenLayer's contracts verify them (Merkle.sol,
 * verifyInclusionKeccak): keccak of both children, the leaf's index says on
 * which side each sibling stands, and a tree of one leaf is that leaf. Missing
 * leaves up to a power of two are zero.
 *
 * Layer: eth.
 */
#ifndef ETH_MERKLE_H
#define ETH_MERKLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/hash.h"

struct merkle {
	struct hash32 *nodes; /* all levels, the leaves first */
	size_t width;	      /* of the lowest: a power of two */
};

/** merkle_new - over @n leaves, one at least; lives in @a. */
struct merkle merkle_new(struct arena *a, const struct hash32 *leaves,
			 size_t n);
struct hash32 merkle_root(const struct merkle *m);
/** merkle_proof - the siblings from leaf @index upwards, concatenated. */
void merkle_proof(struct buf *ret, const struct merkle *m, size_t index);

#endif
