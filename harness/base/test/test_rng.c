#include "test/kit.h"

#include "base/base.h"
#include "base/rng.h"

/* The generator's first outputs for seed 0, as published with it. */
static void follows_splitmix64(void **state)
{
	struct rng r = RNG_INIT(0);

	(void)state;
	assert_true(rng_next(&r) == 0xe220a8397b1dcdafu);
	assert_true(rng_next(&r) == 0x6e789e6aa1b965f4u);
	assert_true(rng_next(&r) == 0x06c45d188009454fu);
	assert_true(rng_next(&r) == 0xf88bb8a8724c81ecu);
}

static void stays_below(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	uint64_t n = rng_next(&r) >> (seed % 64);

	n += !n;
	for (int i = 0; i < 20; i++)
		assert_true(rng_below(&r, n) < n);
	assert_int_equal(rng_below(&r, 1), 0);
}

static void bounds_hold(void **state)
{
	(void)state;
	kit_property(3, 200, stays_below);
}

static void small_ranges_are_even(void **state)
{
	struct rng r = RNG_INIT(4);
	unsigned seen[6] = {0};

	(void)state;
	for (int i = 0; i < 6000; i++)
		seen[rng_below(&r, 6)]++;
	/* 1000 each; five standard deviations are about 145. */
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 855, 1145);
}

/*
 * A range of 3 * 2^62 makes a quarter of the draws invalid. Reduced modulo
 * the range instead of redrawn, half of the results would fall into its
 * first third.
 */
static void large_ranges_are_even_too(void **state)
{
	struct rng r = RNG_INIT(5);
	unsigned first_third = 0;

	(void)state;
	for (int i = 0; i < 6000; i++)
		first_third += rng_below(&r, (uint64_t)3 << 62) < 1ull << 62;
	assert_in_range(first_third, 1800, 2200);
}

static void is_permuted(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	size_t items[50], n = rng_below(&r, 51);
	bool seen[50] = {false};

	for (size_t i = 0; i < n; i++)
		items[i] = i;
	rng_shuffle(&r, items, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(items[i] < n);
		assert_false(seen[items[i]]);
		seen[items[i]] = true;
	}
}

static void shuffles_keep_every_item(void **state)
{
	(void)state;
	kit_property(6, 200, is_permuted);
}

static void shuffles_reach_every_order(void **state)
{
	struct rng r = RNG_INIT(7);
	unsigned seen[27] = {0};

	(void)state;
	for (int i = 0; i < 6000; i++) {
		size_t items[3] = {0, 1, 2};

		rng_shuffle(&r, items, 3);
		seen[items[0] * 9 + items[1] * 3 + items[2]]++;
	}
	/* 012 021 102 120 201 210 */
	assert_in_range(seen[5], 855, 1145);
	assert_in_range(seen[7], 855, 1145);
	assert_in_range(seen[11], 855, 1145);
	assert_in_range(seen[15], 855, 1145);
	assert_in_range(seen[19], 855, 1145);
	assert_in_range(seen[21], 855, 1145);
}

static void fills_exactly(void **state)
{
	struct rng r = RNG_INIT(8), again = RNG_INIT(8);
	uint8_t a[10] = {0}, b[10] = {0};

	(void)state;
	rng_fill(&r, a, 9);
	rng_fill(&again, b, 9);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(a[9], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follows_splitmix64),
	    cmocka_unit_test(bounds_hold),
	    cmocka_unit_test(small_ranges_are_even),
	    cmocka_unit_test(large_ranges_are_even_too),
	    cmocka_unit_test(shuffles_keep_every_item),
	    cmocka_unit_test(shuffles_reach_every_order),
	    cmocka_unit_test(fills_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
