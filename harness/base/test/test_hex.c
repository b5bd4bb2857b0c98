#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"

static void digits_of_either_case(void **state)
{
	(void)state;
	assert_int_equal(hex_digit('0'), 0);
	assert_int_equal(hex_digit('9'), 9);
	assert_int_equal(hex_digit('a'), 10);
	assert_int_equal(hex_digit('F'), 15);
	/* The neighbours of each range. */
	for (const char *p = "/:@G`g \n"; *p; p++)
		assert_int_equal(hex_digit(*p), -1);
	assert_int_equal(hex_digit(0), -1);
	assert_int_equal(hex_digit((char)0xb1), -1);
}

static void fixed_lengths(void **state)
{
	struct err e = ERR_INIT;
	uint8_t out[3] = {1, 1, 1};

	(void)state;
	assert_ok(hex_decode(out, 3, "0x00fFa5", 8, &e), &e);
	assert_hex(out, 3, "00ffa5");
	assert_ok(hex_decode(out, 3, "0X010203", 8, &e), &e);
	assert_ok(hex_decode(out, 3, "010203", 6, &e), &e);
	assert_hex(out, 3, "010203");
	assert_ok(hex_decode(out, 0, "", 0, &e), &e);
	assert_err(hex_decode(out, 3, "0x0102", 6, &e), &e, ERR_PARSE,
		   "4 hex digits where 6 are wanted");
	assert_err(hex_decode(out, 3, "01020304", 8, &e), &e, ERR_PARSE,
		   "8 hex digits where 6 are wanted");
	assert_err(hex_decode(out, 3, "0102g4", 6, &e), &e, ERR_PARSE,
		   "character 5 of hex text is no digit");
	assert_err(hex_decode(out, 1, " 1", 2, &e), &e, ERR_PARSE,
		   "character 1");
	/* Failure left the bytes alone. */
	assert_hex(out, 3, "010203");
}

/* Among others, as those beside it must neither hide it nor make it a digit. */
static void every_character_at_every_place(void **state)
{
	struct err e = ERR_INIT;
	uint8_t out[9];
	char text[18];

	(void)state;
	for (int c = -128; c < 128; c++)
		for (size_t at = 0; at < sizeof(text); at++) {
			uint8_t *all = NULL;
			size_t len = 0;
			int v = hex_digit((char)c);
			bool ok;

			memset(text, 'f', sizeof(text));
			text[at] = (char)c;
			ok = hex_decode_alloc(&all, &len, text, sizeof(text),
					      &e);
			assert_int_equal(ok, v >= 0);
			if (!ok)
				continue;
			memset(out, 0xff, sizeof(out));
			out[at / 2] = (uint8_t)(at % 2 ? 0xf0 | v
						       : v << 4 | 0xf);
			assert_int_equal(len, sizeof(out));
			assert_memory_equal(all, out, sizeof(out));
			free(all);
		}
}

static void any_length(void **state)
{
	struct err e = ERR_INIT;
	uint8_t *out = NULL;
	size_t len = 9;

	(void)state;
	assert_err(hex_decode_alloc(&out, &len, "0xabc", 5, &e), &e, ERR_PARSE,
		   "odd number of hex digits (3)");
	assert_err(hex_decode_alloc(&out, &len, "0xzz", 4, &e), &e, ERR_PARSE,
		   "is no digit");
	assert_null(out);
	assert_int_equal(len, 9);
	assert_ok(hex_decode_alloc(&out, &len, "0x", 2, &e), &e);
	assert_non_null(out);
	assert_int_equal(len, 0);
	free(out);
	assert_ok(hex_decode_alloc(&out, &len, "0xc0de", 6, &e), &e);
	assert_hex(out, len, "c0de");
	free(out);
}

static void round_trip(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;
	uint8_t data[100], *out;
	size_t n = rng_below(&r, sizeof(data)), len;

	rng_fill(&r, data, n);
	buf_addhex(&b, data, n);
	assert_ok(hex_decode_alloc(&out, &len, buf_str(&b), b.len, &e), &e);
	assert_int_equal(len, n);
	assert_memory_equal(out, data, n);
	free(out);
	buf_done(&b);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	kit_property(2, 100, round_trip);
}

static void decimal_numbers(void **state)
{
	struct err e = ERR_INIT;
	uint64_t v = 5;

	(void)state;
	assert_err(dec_u64(&v, "", &e), &e, ERR_PARSE, "missing");
	assert_err(dec_u64(&v, "-1", &e), &e, ERR_PARSE, "'-1'");
	assert_err(dec_u64(&v, " 1", &e), &e, ERR_PARSE, "' 1'");
	assert_err(dec_u64(&v, "1x", &e), &e, ERR_PARSE, "'1x'");
	assert_err(dec_u64(&v, "18446744073709551616", &e), &e, ERR_RANGE,
		   "does not fit in 64 bits");
	assert_err(dec_u64(&v, "99999999999999999999", &e), &e, ERR_RANGE,
		   "64 bits");
	assert_int_equal(v, 5);
	assert_ok(dec_u64(&v, "18446744073709551615", &e), &e);
	assert_true(v == UINT64_MAX);
	assert_ok(dec_u64(&v, "007", &e), &e);
	assert_int_equal(v, 7);
}

static void hex_quantities(void **state)
{
	struct err e = ERR_INIT;
	uint64_t v = 5;

	(void)state;
	assert_err(hex_u64(&v, "", &e), &e, ERR_PARSE, "no hex quantity");
	assert_err(hex_u64(&v, "0x", &e), &e, ERR_PARSE, "no hex quantity");
	assert_err(hex_u64(&v, "x1", &e), &e, ERR_PARSE, "no hex quantity");
	assert_err(hex_u64(&v, "12", &e), &e, ERR_PARSE, "no hex quantity");
	assert_err(hex_u64(&v, "0x1g", &e), &e, ERR_PARSE, "'0x1g'");
	assert_err(hex_u64(&v, "0x10000000000000000", &e), &e, ERR_RANGE,
		   "64 bits");
	assert_int_equal(v, 5);
	assert_ok(hex_u64(&v, "0xffffFFFFffffffff", &e), &e);
	assert_true(v == UINT64_MAX);
	assert_ok(hex_u64(&v, "0x0", &e), &e);
	assert_int_equal(v, 0);
	/* Zeros in front say nothing, as long as the value fits. */
	assert_ok(hex_u64(&v, "0x00000000000000000001", &e), &e);
	assert_int_equal(v, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digits_of_either_case),
	    cmocka_unit_test(fixed_lengths),
	    cmocka_unit_test(every_character_at_every_place),
	    cmocka_unit_test(any_length),
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(decimal_numbers),
	    cmocka_unit_test(hex_quantities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
