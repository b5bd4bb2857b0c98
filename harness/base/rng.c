#include "base/rng.h"

#include "base/base.h"

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t limit, v;

	ASSERT(n > 0);
	/* The largest multiple of n that fits; what lies above is redrawn. */
	limit = UINT64_MAX - UINT64_MAX % n;
	do
		v = rng_next(r);
	while (v >= limit);
	return v % n;
}

void rng_fill(struct rng *r, void *ret_out, size_t len)
{
	uint8_t *out = ret_out;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)rng_next(r);
}

void rng_shuffle(struct rng *r, size_t *items, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)rng_below(r, i);
		size_t t = items[i - 1];

		items[i - 1] = items[j];
		items[j] = t;
	}
}
