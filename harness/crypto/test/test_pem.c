#include "test/kit.h"

#include "base/base.h"
#include "crypto/pem.h"

static void test_pem(void **state)
{
	static const char two[] =
		"words\n-----BEGIN CERTIFICATE-----\nAAEC\nAwQ=\n"
		"-----END CERTIFICATE-----\n"
		"-----BEGIN CERTIFICATE-----\r\nBQ==\r\n"
		"-----END CERTIFICATE-----\nmore";
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "-----BEGIN CERTIFICATE-----\nAAEC\n",
		  "offset 27: a CERTIFICATE that does not end" },
		{ "-----BEGIN CERTIFICATE-----\nA?EC\n"
		  "-----END CERTIFICATE-----\n",
		  "offset 27: CERTIFICATE: text that is no base64" },
	};
	struct buf der = BUF_INIT(64);
	struct err e = ERR_INIT;
	size_t at = 0;
	bool found;

	(void)state;
	assert_ok(pem_next(&der, &found, PEM_CERTIFICATE, two, strlen(two), &at, &e), &e);
	assert_true(found);
	assert_hex(der.data, der.len, "0001020304");
	assert_ok(pem_next(&der, &found, PEM_CERTIFICATE, two, strlen(two), &at, &e), &e);
	assert_true(found);
	assert_hex(der.data, der.len, "05");
	assert_ok(pem_next(&der, &found, PEM_CERTIFICATE, two, strlen(two), &at, &e), &e);
	assert_false(found);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		at = 0;
		assert_err(pem_next(&der, &found, PEM_CERTIFICATE, bad[i].text,
				    strlen(bad[i].text), &at, &e),
			   &e, ERR_PARSE, bad[i].says);
	}
	buf_done(&der);
}

#define CRL_BEGIN "-----BEGIN X509 CRL-----"
#define CRL_END "-----END X509 CRL-----"

/* However its writer spelled them. */
static void test_bytes(void **state)
{
	static const struct {
		const char *text, *hex; /* hex NULL: it is none of them */
		const char *says;
	} cases[] = {
		{ "", "", NULL },
		{ "0x", "", NULL },
		{ "0badCAFE", "0badcafe", NULL },
		{ " 0X0bad\n\tcafe\r\n", "0badcafe", NULL },
		{ "AAEC/w==", "000102ff", NULL },
		{ "AAEC\n/w==\n", "000102ff", NULL },
		/* Hex if it can be. */
		{ "AAEC", "aaec", NULL },
		{ CRL_BEGIN "\nAAEC\n" CRL_END "\n", "000102", NULL },
		{ "abc", NULL, "odd" },
		{ "0xzz", NULL, "neither hex nor base64, nor is there a X509" },
		{ "AAEC/w", NULL, "neither hex nor base64" },
		{ "AA-EC/w==", NULL, "neither hex nor base64" },
		{ "-----BEGIN CERTIFICATE-----\nAAEC\n"
		  "-----END CERTIFICATE-----\n",
		  NULL, "neither hex nor base64" },
		{ CRL_BEGIN "\nAAEC\n", NULL, "a X509 CRL that does not end" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = cases[i].text;
		struct buf b = BUF_INIT(64);
		struct err e = ERR_INIT;

		if (cases[i].hex) {
			assert_ok(bytes_of_text(&b, PEM_CRL, text,
						strlen(text), &e),
				  &e);
			assert_hex(b.data, b.len, cases[i].hex);
		} else {
			assert_err(bytes_of_text(&b, PEM_CRL, text,
						 strlen(text), &e),
				   &e, ERR_PARSE, cases[i].says);
		}
		buf_done(&b);
	}
}

static void test_limits(void **state)
{
	struct buf b = BUF_INIT(3);
	struct err e = ERR_INIT;

	(void)state;
	assert_err(bytes_of_text(&b, PEM_CRL, "00010203", 8, &e), &e,
		   ERR_LIMIT, "3");
	buf_clear(&b);
	assert_err(bytes_of_text(&b, PEM_CRL, "", ((size_t)16 << 20) + 1, &e),
		   &e, ERR_LIMIT, "16777217 characters");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
