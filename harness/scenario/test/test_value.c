#include "test/kit.h"

#include "base/base.h"

#include "base/rng.h"
#include "scenario/value.h"

static struct value amount(const char *digits, const char *token)
{
	struct err e = ERR_INIT;
	struct u256 v;

	assert_ok(u256_parse(&v, digits, strlen(digits), &e), &e);
	return value_amount(v, token);
}

static struct value plain(int64_t v, enum unit unit)
{
	struct value r = value_u64((uint64_t)(v < 0 ? -v : v), unit);

	r.negative = v < 0;
	return r;
}

static void assert_text(const struct value *v, const char *want)
{
	struct buf b = BUF_INIT(1000);

	value_format(&b, v, NULL);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void numbers_print_as_they_are_written(void **state)
{
	struct value v = amount("950000000000000000000", "PHA");

	(void)state;
	assert_text(&v, "950 PHA");
	v = amount("1", "PHA");
	v.negative = true;
	assert_text(&v, "-0.000000000000000001 PHA");
	v = plain(50000000000000000, UNIT_WAD);
	assert_text(&v, "5%");
	v = plain(1, UNIT_WAD);
	assert_text(&v, "0.0000000000000001%");
	v = plain(333333333333333333, UNIT_WAD);
	assert_text(&v, "33.3333333333333333%");
	v = plain(1, UNIT_SECONDS);
	assert_text(&v, "1 second");
	v = plain(2, UNIT_BLOCKS);
	assert_text(&v, "2 blocks");
	v = plain(7, UNIT_BLOCK);
	assert_text(&v, "block(7)");
	v = plain(9, UNIT_TIME);
	assert_text(&v, "time(9)");
	v = value_int(U256_MAX, UNIT_NONE);
	assert_text(&v, "11579208923731619542357098500868790785326998466564"
			"0564039457584007913129639935");
}

static void other_values_print(void **state)
{
	static const char *const keys[] = { "a", "b" };
	uint8_t bytes[70] = { 0xab };
	struct value items[2] = { value_text("x \"y\""), value_none() };
	struct value v = value_map(keys, items, 2);

	(void)state;
	assert_text(&v, "{a: \"x \\\"y\\\"\", b: none}");
	v = value_list(items, 1);
	assert_text(&v, "[\"x \\\"y\\\"\"]");
	v = (struct value){ .kind = VALUE_CALL, .text = "Panic",
			    .items = items, .len = 1 };
	assert_text(&v, "Panic(\"x \\\"y\\\"\")");
	v = (struct value){ .kind = VALUE_NOT, .items = &items[1], .len = 1 };
	assert_text(&v, "not none");
	v = value_bytes(bytes, 2);
	assert_text(&v, "0xab00");
	v = value_bytes(bytes, 0);
	assert_text(&v, "0x");
	v = value_bytes(bytes, sizeof(bytes));
	assert_text(&v, "0xab00000000000000000000000000000000000000000000000000"
			"000000000000… (70 bytes)");
}

struct sum {
	struct value a;
	enum op op;
	struct value b;
	const char *want; /* text, or NULL: units that do not go together */
};

static void units_of_sums_and_products(void **state)
{
	const struct sum sums[] = {
		{ plain(5, UNIT_NONE), OP_SUB, plain(7, UNIT_NONE), "-2" },
		{ plain(-5, UNIT_NONE), OP_SUB, plain(-5, UNIT_NONE), "0" },
		{ plain(-5, UNIT_NONE), OP_ADD, plain(7, UNIT_NONE), "2" },
		{ plain(5, UNIT_NONE), OP_ADD, plain(-7, UNIT_NONE), "-2" },
		{ plain(-5, UNIT_NONE), OP_MUL, plain(7, UNIT_NONE), "-35" },
		{ plain(-5, UNIT_NONE), OP_MUL, plain(0, UNIT_NONE), "0" },
		{ plain(5, UNIT_BLOCK), OP_ADD, plain(2, UNIT_BLOCKS),
		  "block(7)" },
		{ plain(2, UNIT_NONE), OP_ADD, plain(5, UNIT_BLOCK),
		  "block(7)" },
		{ plain(9, UNIT_BLOCK), OP_SUB, plain(5, UNIT_BLOCK),
		  "4 blocks" },
		{ plain(9, UNIT_TIME), OP_SUB, plain(5, UNIT_TIME),
		  "4 seconds" },
		{ plain(9, UNIT_TIME), OP_SUB, plain(5, UNIT_SECONDS),
		  "time(4)" },
		{ plain(2, UNIT_NONE), OP_MUL, plain(5, UNIT_SECONDS),
		  "10 seconds" },
		{ amount("1000000000000000000", "A"), OP_ADD, plain(1, UNIT_NONE),
		  "1.000000000000000001 A" },
		{ amount("1", "A"), OP_ADD, amount("1", "B"), NULL },
		{ amount("1", "A"), OP_MUL, amount("1", "A"), NULL },
		{ amount("1", "A"), OP_ADD, plain(1, UNIT_WAD), NULL },
		{ plain(1, UNIT_BLOCK), OP_ADD, plain(1, UNIT_BLOCK), NULL },
		{ plain(1, UNIT_BLOCK), OP_ADD, plain(1, UNIT_SECONDS), NULL },
		{ plain(1, UNIT_BLOCKS), OP_ADD, plain(1, UNIT_SECONDS),
		  NULL },
		{ plain(1, UNIT_NONE), OP_SUB, plain(1, UNIT_BLOCK), NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
		struct err e = ERR_INIT;
		struct value r;

		if (!sums[i].want) {
			assert_err(value_arith(&r, sums[i].op, &sums[i].a,
					       &sums[i].b, &e),
				   &e, ERR_SCHEMA, "cannot be");
			continue;
		}
		assert_ok(value_arith(&r, sums[i].op, &sums[i].a, &sums[i].b,
				      &e),
			  &e);
		assert_text(&r, sums[i].want);
	}
}

static void overflow_is_an_error(void **state)
{
	struct value max = value_int(U256_MAX, UNIT_NONE);
	struct value one = plain(1, UNIT_NONE), two = plain(2, UNIT_NONE);
	struct value minus = plain(-1, UNIT_NONE), zero = plain(0, UNIT_NONE);
	struct value r;
	struct err e = ERR_INIT;

	(void)state;
	assert_err(value_arith(&r, OP_ADD, &max, &one, &e), &e, ERR_RANGE,
		   "does not fit in 256 bits");
	assert_err(value_arith(&r, OP_MUL, &max, &two, &e), &e, ERR_RANGE,
		   "does not fit in 256 bits");
	assert_ok(value_arith(&r, OP_ADD, &max, &minus, &e), &e);
	assert_err(value_div(&r, &one, &one, &zero, false, &e), &e, ERR_RANGE,
		   "division by zero");
	assert_err(value_div(&r, &max, &max, &one, false, &e), &e, ERR_RANGE,
		   "does not fit in 256 bits");
	/* The product needs 512 bits, the quotient does not. */
	assert_ok(value_div(&r, &max, &max, &max, false, &e), &e);
	assert_true(u256_eq(r.num, U256_MAX));
}

static void ratios_round_as_asked(void **state)
{
	struct err e = ERR_INIT;
	struct value r, one = plain(1, UNIT_NONE), two = plain(2, UNIT_NONE);
	struct value seven = plain(7, UNIT_NONE), minus = plain(-7, UNIT_NONE);
	struct value shares = amount("1000000000000000000000", "PHA");
	struct value part = plain(950000000000000000, UNIT_WAD);
	struct value whole = plain(1000000000000000000, UNIT_WAD);

	(void)state;
	assert_ok(value_div(&r, &seven, &one, &two, false, &e), &e);
	assert_text(&r, "3");
	assert_ok(value_div(&r, &seven, &one, &two, true, &e), &e);
	assert_text(&r, "4");
	assert_ok(value_div(&r, &minus, &one, &two, false, &e), &e);
	assert_text(&r, "-4");
	assert_ok(value_div(&r, &minus, &one, &two, true, &e), &e);
	assert_text(&r, "-3");
	assert_ok(value_div(&r, &shares, &part, &whole, false, &e), &e);
	assert_text(&r, "950 PHA");
	assert_err(value_div(&r, &part, &one, &shares, false, &e), &e,
		   ERR_SCHEMA, "cannot be divided");
}

/* floor(a*b/d)*d + rest = a*b with 0 <= rest < d, on numbers of 64 bits. */
static void ratio_property(uint64_t seed)
{
	struct rng rng = RNG_INIT(seed);
	uint64_t a = rng_next(&rng) >> rng_below(&rng, 63);
	uint64_t b = rng_next(&rng) >> rng_below(&rng, 63);
	uint64_t d = (rng_next(&rng) >> rng_below(&rng, 63)) | 1;
	struct value av = value_u64(a, UNIT_NONE);
	struct value bv = value_u64(b, UNIT_NONE);
	struct value dv = value_u64(d, UNIT_NONE), lo, hi;
	struct err e = ERR_INIT;
	u128 product = (u128)a * b;
	u128 want = product / d;
	struct u256 low = { .w = { (uint64_t)want, (uint64_t)(want >> 64) } };

	assert_ok(value_div(&lo, &av, &bv, &dv, false, &e), &e);
	assert_ok(value_div(&hi, &av, &bv, &dv, true, &e), &e);
	assert_true(u256_eq(lo.num, low));
	if (product % d)
		assert_true(u256_add(&low, low, U256_ONE));
	assert_true(u256_eq(hi.num, low));
}

static void ratios_against_the_compiler(void **state)
{
	(void)state;
	kit_property(1, 2000, ratio_property);
}

static void order_of_versions_and_numbers(void **state)
{
	struct value a = value_text("1.8.1"), b = value_text("1.12.0");
	struct value m = plain(-3, UNIT_NONE), n = plain(2, UNIT_NONE);
	struct value blocks = plain(2, UNIT_BLOCKS);
	struct value height = plain(2, UNIT_BLOCK);
	struct err e = ERR_INIT;
	int order = 0;

	(void)state;
	assert_ok(value_order(&order, &a, &b, &e), &e);
	assert_true(order < 0);
	b = value_text("1.8");
	assert_ok(value_order(&order, &a, &b, &e), &e);
	assert_true(order > 0);
	assert_ok(value_order(&order, &m, &n, &e), &e);
	assert_true(order < 0);
	assert_ok(value_order(&order, &n, &blocks, &e), &e);
	assert_int_equal(order, 0);
	assert_err(value_order(&order, &blocks, &height, &e), &e, ERR_SCHEMA,
		   "`2 blocks` and `block(2)` cannot be compared");
}

static void windows(void **state)
{
	static const char *const through[] = { "through" };
	static const char *const before[] = { "before" };
	struct value at = plain(10, UNIT_BLOCK), time = plain(0, UNIT_TIME);
	struct value v = value_map(through, &at, 1);
	struct err e = ERR_INIT;
	struct window w;

	(void)state;
	assert_ok(value_window(&w, &v, &e), &e);
	assert_int_equal(w.unit, UNIT_BLOCK);
	assert_int_equal(w.last.w[0], 10);
	v = value_map(before, &at, 1);
	assert_ok(value_window(&w, &v, &e), &e);
	assert_int_equal(w.last.w[0], 9);
	v = value_map(before, &time, 1);
	assert_err(value_window(&w, &v, &e), &e, ERR_RANGE,
		   "has no moment inside");
	assert_err(value_window(&w, &at, &e), &e, ERR_SCHEMA,
		   "wants a window");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_print_as_they_are_written),
		cmocka_unit_test(other_values_print),
		cmocka_unit_test(units_of_sums_and_products),
		cmocka_unit_test(overflow_is_an_error),
		cmocka_unit_test(ratios_round_as_asked),
		cmocka_unit_test(ratios_against_the_compiler),
		cmocka_unit_test(order_of_versions_and_numbers),
		cmocka_unit_test(windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
