/*
 * rng - seeded randomness: the same seed gives the same choices everywhere.
 *
 * Layer: base. For shuffles, orders and property tests; never for keys, which
 * are derived by hashing in crypto/.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* The splitmix64 generator (Steele, Lea, Flood 2014): one word of state. */
struct rng {
	uint64_t state;
};

#define RNG_INIT(seed) ((struct rng){ .state = (seed) })

uint64_t rng_next(struct rng *r);

/** rng_below - uniform in [0, @n); @n > 0. Without modulo bias. */
uint64_t rng_below(struct rng *r, uint64_t n);

/** rng_fill - @len random bytes. */
void rng_fill(struct rng *r, void *ret_out, size_t len);

/** rng_shuffle - permute the @n numbers at @items in place. */
void rng_shuffle(struct rng *r, size_t *items, size_t n);

#endif
