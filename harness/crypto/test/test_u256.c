#include "test/kit.h"

#include <openssl/bn.h>

#include "base/base.h"
#include "base/rng.h"
#include "crypto/u256.h"

static struct u256 parse(const char *text)
{
	struct err e = ERR_INIT;
	struct u256 v;

	assert_ok(u256_parse(&v, text, strlen(text), &e), &e);
	return v;
}

/* Half of them small, and many with words of all ones or zeros. */
static struct u256 draw(struct rng *r)
{
	struct u256 v = U256_ZERO;

	for (int i = 0; i < 4; i++) {
		uint64_t kind = rng_below(r, 4);

		v.w[i] = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : rng_next(r);
	}
	return u256_shr(v, rng_below(r, 2) ? (unsigned)rng_below(r, 257) : 0);
}

/* --- libcrypto's numbers as the oracle --------------------------------- */

static BIGNUM *bn(struct u256 v)
{
	uint8_t be[32];
	BIGNUM *n;

	u256_to_be(be, v);
	n = BN_bin2bn(be, sizeof(be), NULL);
	assert_non_null(n);
	return n;
}

/* Whether @n fits 256 bits, and if so whether it is @v. */
static void agree(const BIGNUM *n, bool done, struct u256 v)
{
	uint8_t be[32];

	if (BN_is_negative(n) || BN_num_bits(n) > 256) {
		assert_false(done);
		return;
	}
	assert_true(done);
	assert_int_equal(BN_bn2binpad(n, be, sizeof(be)), 32);
	assert_true(u256_eq(u256_from_be(be, sizeof(be)), v));
}

static void sums_and_products(uint64_t seed)
{
	struct rng rng = RNG_INIT(seed);
	struct u256 a = draw(&rng), b = draw(&rng), r = U256_ONE;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *x = bn(a), *y = bn(b), *z = BN_new();
	bool done;

	assert_true(BN_add(z, x, y));
	done = u256_add(&r, a, b);
	agree(z, done, r);
	assert_true(BN_mask_bits(z, 256) || BN_num_bits(z) <= 256);
	agree(z, true, u256_wrap_add(a, b));
	assert_true(BN_sub(z, x, y));
	done = u256_sub(&r, a, b);
	agree(z, done, r);
	assert_true(u256_eq(u256_wrap_add(u256_wrap_sub(a, b), b), a));
	assert_true(BN_mul(z, x, y, ctx));
	done = u256_mul(&r, a, b);
	agree(z, done, r);
	assert_int_equal(u256_cmp(a, b), BN_cmp(x, y));
	assert_int_equal(u256_bits(a), BN_num_bits(x));
	BN_free(x);
	BN_free(y);
	BN_free(z);
	BN_CTX_free(ctx);
}

static void quotients(uint64_t seed)
{
	struct rng rng = RNG_INIT(seed);
	struct u256 a = draw(&rng), b = draw(&rng), d = draw(&rng);
	struct u256 q = U256_ONE, r = U256_ONE;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *x = bn(a), *y = bn(b), *n = bn(d), *z = BN_new();
	BIGNUM *rest = BN_new();
	bool done;

	if (u256_is_zero(d)) {
		assert_false(u256_divmod(&q, &r, a, d));
		assert_false(u256_muldiv(&q, a, b, d, false));
		assert_true(u256_eq(q, U256_ONE));
	} else {
		assert_true(BN_div(z, rest, x, n, ctx));
		done = u256_divmod(&q, &r, a, d);
		agree(z, done, q);
		agree(rest, done, r);
		assert_true(BN_mul(x, x, y, ctx));
		assert_true(BN_div(z, rest, x, n, ctx));
		done = u256_muldiv(&q, a, b, d, false);
		agree(z, done, q);
		if (!BN_is_zero(rest))
			assert_true(BN_add_word(z, 1));
		done = u256_muldiv(&q, a, b, d, true);
		agree(z, done, q);
	}
	BN_free(x);
	BN_free(y);
	BN_free(n);
	BN_free(z);
	BN_free(rest);
	BN_CTX_free(ctx);
}

static void shifts_and_powers(uint64_t seed)
{
	struct rng rng = RNG_INIT(seed);
	struct u256 a = draw(&rng), r = U256_ONE;
	unsigned n = (unsigned)rng_below(&rng, 270);
	unsigned exp = (unsigned)rng_below(&rng, 20);
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *x = bn(a), *z = BN_new(), *e = BN_new();
	bool done;

	assert_true(BN_lshift(z, x, (int)n));
	BN_mask_bits(z, 256);
	agree(z, true, u256_shl(a, n));
	assert_true(BN_rshift(z, x, (int)n));
	agree(z, true, u256_shr(a, n));
	if (seed % 2)
		a = u256_from_u64(rng_below(&rng, 5));
	BN_free(x);
	x = bn(a);
	assert_true(BN_set_word(e, exp));
	assert_true(BN_exp(z, x, e, ctx));
	done = u256_pow(&r, a, exp);
	agree(z, done, r);
	BN_free(x);
	BN_free(z);
	BN_free(e);
	BN_CTX_free(ctx);
}

static void texts(uint64_t seed)
{
	struct rng rng = RNG_INIT(seed);
	struct u256 a = draw(&rng);
	BIGNUM *x = bn(a);
	char *dec = BN_bn2dec(x);

	assert_string_equal(fmt_u256(a).s, dec);
	assert_true(u256_eq(parse(dec), a));
	assert_true(u256_eq(parse(fmt_u256_hex(a).s), a));
	if (u256_is_neg(a)) {
		assert_int_equal(fmt_i256(a).s[0], '-');
		assert_true(u256_eq(u256_neg(parse(fmt_i256(a).s + 1)), a));
	} else {
		assert_string_equal(fmt_i256(a).s, dec);
	}
	OPENSSL_free(dec);
	BN_free(x);
}

static void agrees_with_libcrypto(void **state)
{
	(void)state;
	kit_property(1, 3000, sums_and_products);
	kit_property(2, 6000, quotients);
	kit_property(3, 2000, shifts_and_powers);
	kit_property(4, 1000, texts);
}

/* --- the rest ------------------------------------------------------------ */

static void bytes_both_ways(void **state)
{
	static const uint8_t three[] = {0x01, 0x02, 0x03};
	uint8_t be[32];

	(void)state;
	assert_true(u256_eq(u256_from_be(three, 3), u256_from_u64(0x010203)));
	assert_true(u256_is_zero(u256_from_be(three, 0)));
	u256_to_be(be, u256_from_u64(0x010203));
	assert_hex(be, 32,
		   "00000000000000000000000000000000000000000000000000000000"
		   "00010203");
	assert_true(u256_eq(u256_from_be(be, 32), u256_from_u64(0x010203)));
}

static void fits_a_word_or_not(void **state)
{
	uint64_t v = 9;

	(void)state;
	for (int i = 1; i < 4; i++) {
		struct u256 a = U256_ZERO;

		a.w[i] = 1;
		assert_false(u256_fits_u64(&v, a));
	}
	assert_int_equal(v, 9);
	assert_true(u256_fits_u64(&v, u256_from_u64(UINT64_MAX)));
	assert_true(v == UINT64_MAX);
	assert_true(u256_fits_u64(NULL, U256_ONE));
}

static void failures_leave_the_result_alone(void **state)
{
	struct u256 r = u256_from_u64(7), two = u256_from_u64(2);

	(void)state;
	assert_false(u256_add(&r, U256_MAX, U256_ONE));
	assert_false(u256_sub(&r, U256_ZERO, U256_ONE));
	assert_false(u256_mul(&r, U256_MAX, two));
	assert_false(u256_divmod(&r, &r, U256_ONE, U256_ZERO));
	assert_false(u256_muldiv(&r, U256_MAX, two, U256_ONE, false));
	assert_false(u256_pow(&r, two, 256));
	assert_true(u256_eq(r, u256_from_u64(7)));
}

static void rounding_up_can_overflow(void **state)
{
	struct u256 three = u256_from_u64(3), six = u256_from_u64(6);
	struct u256 seven = u256_from_u64(7), ten = u256_from_u64(10);
	struct u256 a, r;

	(void)state;
	assert_true(u256_muldiv(&r, ten, U256_ONE, three, false));
	assert_true(u256_eq(r, three));
	assert_true(u256_muldiv(&r, ten, U256_ONE, three, true));
	assert_true(u256_eq(r, u256_from_u64(4)));
	assert_true(u256_muldiv(&r, U256_MAX, seven, seven, true));
	assert_true(u256_eq(r, U256_MAX));
	/* 2^256 - 1 is 1 modulo 7: with a = (6 MAX + 1) / 7, 7 a / 6 is MAX
	 * and a sixth. */
	assert_true(u256_muldiv(&a, U256_MAX, six, seven, true));
	assert_true(u256_muldiv(&r, a, seven, six, false));
	assert_true(u256_eq(r, U256_MAX));
	assert_false(u256_muldiv(&r, a, seven, six, true));
}

static void signed_readings(void **state)
{
	struct u256 least = u256_shl(U256_ONE, 255);

	(void)state;
	assert_string_equal(fmt_i256(U256_MAX).s, "-1");
	assert_string_equal(fmt_i256(U256_ZERO).s, "0");
	assert_string_equal(
	    fmt_i256(least).s,
	    "-57896044618658097711785492504343953926634992332820282019728"
	    "792003956564819968");
	assert_true(u256_is_neg(least));
	assert_false(u256_is_neg(u256_wrap_sub(least, U256_ONE)));
	assert_true(u256_eq(u256_neg(U256_ONE), U256_MAX));
	assert_true(u256_is_zero(u256_neg(U256_ZERO)));
	assert_true(u256_eq(u256_neg(least), least));
}

static void bits(void **state)
{
	(void)state;
	assert_string_equal(fmt_u256_hex(U256_ZERO).s, "0x0");
	assert_int_equal(u256_bits(U256_ZERO), 0);
	assert_int_equal(u256_bits(U256_MAX), 256);
}

/* Where one part of the digits goes over into the next. */
static void decimal_parts(void **state)
{
	static const char *const all[] = {
		"0", "9", "10", "9999999999999999999", "10000000000000000000",
		"10000000000000000001", "90000000000000000000000000000000000007",
		"115792089237316195423570985008687907853269984665640564039457"
		"584007913129639935",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_string_equal(fmt_u256(parse(all[i])).s, all[i]);
}

static void parses_strictly(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *says;
	} bad[] = {
	    {"", ERR_PARSE, "missing"},
	    {"0x", ERR_PARSE, "character 2"},
	    {"0X1", ERR_PARSE, "character 2"},
	    {"x", ERR_PARSE, "character 1"},
	    {"-1", ERR_PARSE, "character 1"},
	    {"+1", ERR_PARSE, "character 1"},
	    {"1 ", ERR_PARSE, "character 2"},
	    {"_1", ERR_PARSE, "character 1"},
	    {"1_", ERR_PARSE, "character 2"},
	    {"1__0", ERR_PARSE, "character 3"},
	    {"1e3", ERR_PARSE, "character 2"},
	    {"0x1_0", ERR_PARSE, "character 4"},
	    {"0xfg", ERR_PARSE, "character 4"},
	    {"1:", ERR_PARSE, "character 2"},
	    {"1/", ERR_PARSE, "character 2"},
	    /* 2^256, written both ways, and ten times its tenth */
	    {"11579208923731619542357098500868790785326998466564056403945"
	     "7584007913129639936",
	     ERR_RANGE, "does not fit in 256 bits"},
	    {"0x1000000000000000000000000000000000000000000000000000000000"
	     "0000000",
	     ERR_RANGE, "does not fit in 256 bits"},
	    {"11579208923731619542357098500868790785326998466564056403945"
	     "75840079131296399360",
	     ERR_RANGE, "does not fit in 256 bits"},
	};
	struct u256 v = u256_from_u64(7);
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(u256_parse(&v, bad[i].text, strlen(bad[i].text), &e),
			   &e, bad[i].code, bad[i].says);
	assert_true(u256_eq(v, u256_from_u64(7)));
	assert_true(u256_eq(parse("1_000_000"), u256_from_u64(1000000)));
	assert_true(u256_eq(parse("0xDEADbeef"), u256_from_u64(0xdeadbeef)));
	assert_true(u256_eq(parse("000"), U256_ZERO));
	assert_true(u256_eq(parse("1157920892373161954235709850086879078532699"
				  "84665640564039457584007913129639935"),
			    U256_MAX));
	/* All of the text, and no more than it. */
	assert_ok(u256_parse(&v, "12x", 2, &e), &e);
	assert_true(u256_eq(v, u256_from_u64(12)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_libcrypto),
	    cmocka_unit_test(bytes_both_ways),
	    cmocka_unit_test(fits_a_word_or_not),
	    cmocka_unit_test(failures_leave_the_result_alone),
	    cmocka_unit_test(rounding_up_can_overflow),
	    cmocka_unit_test(signed_readings),
	    cmocka_unit_test(bits),
	    cmocka_unit_test(decimal_parts),
	    cmocka_unit_test(parses_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
