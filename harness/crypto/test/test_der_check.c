#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "crypto/der_check.h"

/* X.690's and RFC 5280's rules, each kept and each broken, by hand. */
static const struct {
	const char *hex, *says; /* NULL: it is DER */
} cases[] = {
	{ "", "no bytes at all" },
	{ "05", "offset 0: a value without a length" },
	{ "0500", NULL },
	{ "0501", "offset 0: a length beyond the end" },
	{ "050100", "a NULL with bytes" },
	{ "050000", "offset 2: bytes after the end" },
	{ "0101ff", NULL },
	{ "010100", NULL },
	{ "010101", "a BOOLEAN that is neither 00 nor ff" },
	{ "0100", "a BOOLEAN" },
	{ "0202007f", "an integer that is longer than need be" },
	{ "02020080", NULL },
	{ "0201ff", "a negative integer" },
	{ "0200", "an integer without bytes" },
	{ "0a0200ff", NULL },
	{ "0a020001", "an integer that is longer than need be" },
	{ "0302070c", "a BIT STRING whose unused bits are not zero" },
	{ "03020780", NULL },
	{ "030100", NULL },
	{ "030101", "a BIT STRING without its count" },
	{ "03020800", "a BIT STRING without its count" },
	{ "0300", "a BIT STRING without its count" },
	{ "06032a8648", NULL },
	{ "06032a8003", "an OID with a number that is longer" },
	{ "06028001", "an OID with a number that is longer" },
	{ "06022a86", "an OID that does not end" },
	{ "06042a864800", NULL },
	{ "170d3236303130313030303030305a", NULL },
	{ "170b323630313031303030305a", "a time that is not in seconds" },
	{ "17113236303130313030303030302b30303030", "a time that is not" },
	{ "180f32303236303130313030303030305a", NULL },
	{ "181132303236303130313030303030302e355a", "a time that is not" },
	{ "3000", NULL },
	{ "30800000", "an indefinite length" },
	{ "308100", "a length that is longer than need be" },
	{ "3082000100", "a length that is longer than need be" },
	{ "3085000000000100", "a length beyond the end" },
	{ "30030201", "offset 0: a length beyond the end" },
	{ "3003020105", NULL },
	{ "3003020205", "offset 2: a length beyond the end" },
	{ "30060201050201ff", "offset 5: a negative integer" },
	{ "1000", "a constructed value of a primitive kind, or the other" },
	{ "2200", "a constructed value of a primitive kind" },
	{ "1f8a0100", "a tag beyond 30" },
	{ "a003020105", NULL },
	{ "a0030201ff", "offset 2: a negative integer" },
	{ "8001ff", NULL },
	{ "0402ffff", NULL },
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t der[64];
		size_t n = strlen(cases[i].hex) / 2;
		struct err e = ERR_INIT;

		assert_ok(hex_decode(der, n, cases[i].hex, 2 * n, &e), &e);
		if (cases[i].says)
			assert_err(der_check(der, n, &e), &e, ERR_PARSE,
				   cases[i].says);
		else
			assert_ok(der_check(der, n, &e), &e);
	}
}

/* A length of two bytes and more is read as such. */
static void test_long(void **state)
{
	static uint8_t der[70000];
	struct err e = ERR_INIT;

	(void)state;
	memcpy(der, "\x04\x83\x01\x11\x6b", 5); /* 69,995 */
	assert_ok(der_check(der, sizeof(der), &e), &e);
	assert_err(der_check(der, sizeof(der) - 1, &e), &e, ERR_PARSE,
		   "a length beyond the end");
}

/* As deep as is allowed, and one more. */
static void test_nested(void **state)
{
	uint8_t der[2 * (DER_NESTING_MAX + 2)];
	struct err e = ERR_INIT;

	(void)state;
	for (size_t n = 1; n <= DER_NESTING_MAX + 2; n++) {
		for (size_t i = 0; i < n; i++) {
			der[2 * i] = 0x30;
			der[2 * i + 1] = (uint8_t)(2 * (n - 1 - i));
		}
		if (n <= DER_NESTING_MAX)
			assert_ok(der_check(der, 2 * n, &e), &e);
		else
			assert_err(der_check(der, 2 * n, &e), &e, ERR_PARSE,
				   "nested too deep");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
