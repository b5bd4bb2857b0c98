#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "crypto/cert_read.h"

#define DER_MAX 4096

/* The simulator's root of seed 7: DER as hex, in fixtures/quotes/root.json. */
static size_t root_der(uint8_t ret[DER_MAX])
{
	struct buf b = BUF_INIT(1u << 16);
	struct err e = ERR_INIT;
	const char *from, *to;
	size_t n;

	assert_ok(buf_read_file(&b, kit_fixture("quotes/root.json"), &e), &e);
	from = strstr(buf_str(&b), "\"der\":\"0x");
	assert_non_null(from);
	from += strlen("\"der\":\"");
	to = strchr(from, '"');
	n = (size_t)(to - from) / 2 - 1;
	assert_true(n <= DER_MAX);
	assert_ok(hex_decode(ret, n, from, (size_t)(to - from), &e), &e);
	buf_done(&b);
	return n;
}

static void test_root(void **state)
{
	uint8_t der[DER_MAX + 1];
	size_t n = root_der(der);
	struct cert_info c;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(cert_read(&c, der, n, &e), &e);
	assert_string_equal(c.common_name, "Intel SGX Root CA");
	assert_string_equal(c.subject,
			    "CN = Intel SGX Root CA, O = SIMULATED (not "
			    "Intel), L = Santa Clara, ST = CA, C = US");
	assert_string_equal(c.issuer, c.subject);
	assert_string_equal(c.key_kind, "P-256");
	assert_true(c.is_p256 && c.is_ca && c.has_sig && !c.has_platform);
	assert_int_equal(c.not_before, 1577836800); /* 2020-01-01 */
	assert_int_equal(c.ext_n, 5);
	assert_string_equal(c.ext[3].name, "X509v3 Key Usage");
	assert_true(c.ext[3].critical && !c.ext[0].critical);
	assert_true(cert_signed_by(&c, &c.key));
	c.key.x[0] ^= 1;
	assert_false(cert_signed_by(&c, &c.key));
	der[n] = 0;
	assert_err(cert_read(&c, der, n + 1, &e), &e, ERR_PARSE,
		   "no X.509 certificate: offset 696: bytes after the end");
}

/* No byte of it can change and the signature still hold; none crashes it. */
static void test_mutated(void **state)
{
	uint8_t der[DER_MAX];
	size_t n = root_der(der);
	struct rng r = RNG_INIT(9);
	struct cert_info c, good;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(cert_read(&good, der, n, &e), &e);
	for (size_t i = 0; i < n; i++) {
		uint8_t was = der[i];

		der[i] ^= (uint8_t)(1 + rng_below(&r, 255));
		if (cert_read(&c, der, n, &e))
			assert_false(cert_signed_by(&c, &good.key));
		der[i] = was;
	}
	for (size_t i = 0; i < n; i++)
		assert_err(cert_read(&c, der, i, &e), &e, ERR_PARSE,
			   "no X.509 certificate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_mutated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
