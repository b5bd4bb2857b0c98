#include "test/kit.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include "base/base.h"
#include "base/rng.h"
#include "simulate/der.h"

/* Lengths at the borders between the forms of X.690 8.1.3. */
static void lengths(UNUSED void **state)
{
	static const struct {
		size_t n;
		const char *head;
	} cases[] = {
	    {0, "0400"},     {127, "047f"},	{128, "048180"},
	    {255, "0481ff"}, {256, "04820100"}, {65400, "0482ff78"},
	};
	uint8_t *zeros = xcalloc(1, 65400);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct der d = DER_INIT;
		size_t head = strlen(cases[i].head) / 2;

		der_prim(&d, DER_OCTETS, zeros, cases[i].n);
		assert_int_equal(d.out.len, head + cases[i].n);
		assert_hex(d.out.data, head, cases[i].head);
		buf_done(&d.out);
	}
	free(zeros);
}

static void integers(UNUSED void **state)
{
	static const struct {
		uint64_t v;
		const char *hex;
	} cases[] = {
	    {0, "020100"},	   {1, "020101"},
	    {127, "02017f"},	   {128, "02020080"},
	    {255, "020200ff"},	   {256, "02020100"},
	    {65535, "020300ffff"}, {UINT64_MAX, "020900ffffffffffffffff"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct der d = DER_INIT;

		der_u64(&d, cases[i].v);
		assert_hex(d.out.data, d.out.len, cases[i].hex);
		buf_done(&d.out);
	}
}

/* OpenSSL writes the same bytes for the same integer. */
static void integer_like_openssl(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	size_t len = 1 + rng_below(&r, 32);
	uint8_t be[32], *theirs = NULL;
	struct der d = DER_INIT;
	BIGNUM *bn;
	ASN1_INTEGER *a;
	int n;

	rng_fill(&r, be, len);
	if (rng_below(&r, 3) == 0)
		memset(be, 0, rng_below(&r, len));
	bn = BN_bin2bn(be, (int)len, NULL);
	a = BN_to_ASN1_INTEGER(bn, NULL);
	n = i2d_ASN1_INTEGER(a, &theirs);
	der_uint(&d, be, len);
	assert_int_equal(d.out.len, n);
	assert_memory_equal(d.out.data, theirs, (size_t)n);
	buf_done(&d.out);
	OPENSSL_free(theirs);
	ASN1_INTEGER_free(a);
	BN_free(bn);
}

static void integers_like_openssl(UNUSED void **state)
{
	kit_property(1, 500, integer_like_openssl);
}

static void oids_like_openssl(UNUSED void **state)
{
	static const char *const oids[] = {
	    "2.5.29.14",
	    "1.2.840.10045.4.3.2",
	    "1.2.840.113741.1.13.1.2.18",
	    "2.999.4294967",
	    "0.9.2342.19200300.100.1.25",
	};

	for (size_t i = 0; i < ARRAY_LEN(oids); i++) {
		ASN1_OBJECT *o = OBJ_txt2obj(oids[i], 1);
		struct der d = DER_INIT;
		uint8_t *theirs = NULL;
		int n = i2d_ASN1_OBJECT(o, &theirs);

		der_oid(&d, oids[i]);
		assert_int_equal(d.out.len, n);
		assert_memory_equal(d.out.data, theirs, (size_t)n);
		OPENSSL_free(theirs);
		ASN1_OBJECT_free(o);
		buf_done(&d.out);
	}
}

static void nests(UNUSED void **state)
{
	struct der d = DER_INIT;

	der_open(&d, DER_SEQUENCE);
	der_bool(&d, true);
	der_open(&d, DER_OCTETS);
	der_bits(&d, "\x06", 1, 1);
	der_close(&d);
	der_text(&d, DER_UTF8, "hi");
	der_close(&d);
	assert_hex(d.out.data, d.out.len,
		   "300d0101ff040403020106"
		   "0c026869");
	assert_int_equal(d.depth, 0);
	buf_done(&d.out);
}

static void times(UNUSED void **state)
{
	struct der d = DER_INIT;

	der_utctime(&d, 0);
	der_utctime(&d, 2524607999);
	assert_memory_equal(d.out.data,
			    "\x17\x0d"
			    "700101000000Z"
			    "\x17\x0d"
			    "491231235959Z",
			    30);
	buf_done(&d.out);
}

/* Contents that pass the cap are an error of the buffer, not an overrun. */
static void too_much(UNUSED void **state)
{
	struct der d = DER_INIT;
	uint8_t *big = xcalloc(1, DER_CAP);
	struct err e = ERR_INIT;

	der_open(&d, DER_SEQUENCE);
	der_prim(&d, DER_OCTETS, big, DER_CAP);
	der_close(&d);
	assert_err(buf_ok(&d.out, "certificate", &e), &e, ERR_LIMIT,
		   "certificate");
	buf_done(&d.out);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(integers),
	    cmocka_unit_test(integers_like_openssl),
	    cmocka_unit_test(oids_like_openssl),
	    cmocka_unit_test(nests),
	    cmocka_unit_test(times),
	    cmocka_unit_test(too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
