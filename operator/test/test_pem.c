/* pem: certificates found in PEM text and in quotes, and nothing beyond. */
#include "operator/test/fake_chain.h"

#include "base/rng.h"
#include "operator/pem.h"

static void test_pem(void **state)
{
	struct cert_chain c;
	struct err e;

	(void)state;
	assert_ok(pem_chain(&c, PEM, strlen(PEM), &e), &e);
	assert_int_equal(c.n, 2);
	assert_hex(c.certs[0].data, c.certs[0].len, "70636b");
	assert_hex(c.certs[1].data, c.certs[1].len, "636121");
	cert_chain_done(&c);
}

#define WRAP(text)                                                             \
	"-----BEGIN CERTIFICATE-----\n" text "\n-----END CERTIFICATE-----\n"

/* RFC 4648, section 10: base64 of "f", "fo", … "foobar". */
static void test_base64(void **state)
{
	static const struct {
		const char *pem, *hex;
	} vectors[] = {
	    {WRAP(""), ""},
	    {WRAP("Zg=="), "66"},
	    {WRAP("Zm8="), "666f"},
	    {WRAP("Zm9v"), "666f6f"},
	    {WRAP("Zm9vYg=="), "666f6f62"},
	    {WRAP("Zm9vYmE="), "666f6f6261"},
	    {WRAP("Zm9v\r\nYmFy"), "666f6f626172"},
	    {WRAP("+/+/"), "fbffbf"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct cert_chain c;
		struct err e;

		assert_ok(
		    pem_chain(&c, vectors[i].pem, strlen(vectors[i].pem), &e),
		    &e);
		assert_hex(c.certs[0].data, c.certs[0].len, vectors[i].hex);
		cert_chain_done(&c);
	}
}

static void test_bad_pem(void **state)
{
	static const struct {
		const char *pem;
		enum err_code code;
		const char *part;
	} bad[] = {
	    {"", ERR_PARSE, "no certificate"},
	    {"-----BEGIN CERTIFICATE-----\nZm9v", ERR_PARSE,
	     "certificate 0 has no end"},
	    {WRAP("Zm9"), ERR_PARSE, "certificate 0: base64 is cut"},
	    {WRAP("Zm9v") WRAP("Z"), ERR_PARSE, "certificate 1: base64"},
	    {WRAP("Zm=v"), ERR_PARSE, "byte 4 is no base64"},
	    {WRAP("Zm9v===="), ERR_PARSE, "base64 is cut"},
	    {WRAP("Z==="), ERR_PARSE, "base64 is cut"},
	    {WRAP("Zm*v"), ERR_PARSE, "byte 3 is no base64"},
	    {WRAP("Zg==") WRAP("Zg==") WRAP("Zg==") WRAP("Zg==") WRAP("Zg=="),
	     ERR_LIMIT, "over 4 certificates"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct cert_chain c;
		struct err e;

		assert_err(pem_chain(&c, bad[i].pem, strlen(bad[i].pem), &e),
			   &e, bad[i].code, bad[i].part);
	}
}

static void test_quote(void **state)
{
	struct buf q = BUF_INIT(65536);
	struct cert_chain c;
	struct err e;

	(void)state;
	fake_quote(&q, PEM);
	put_zeros(&q, 100); /* agents may pad */
	assert_ok(quote_chain(&c, q.data, q.len, &e), &e);
	assert_int_equal(c.n, 2);
	cert_chain_done(&c);
	buf_done(&q);
}

/* Cut anywhere, it is refused; the copy lets ASan see a read past the end. */
static void test_quote_cut(void **state)
{
	struct buf q = BUF_INIT(65536);

	(void)state;
	fake_quote(&q, PEM);
	for (size_t n = 0; n < q.len; n++) {
		uint8_t *copy = xmalloc(n + 1);
		struct cert_chain c;
		struct err e;

		memcpy(copy, q.data, n);
		copy = xrealloc(copy, n ? n : 1);
		assert_err(quote_chain(&c, copy, n, &e), &e, ERR_PARSE,
			   "cut short");
		free(copy);
	}
	buf_done(&q);
}

static void test_quote_of_other_kinds(void **state)
{
	struct buf q = BUF_INIT(65536);
	struct cert_chain c;
	struct err e;

	(void)state;
	fake_quote(&q, PEM);
	q.data[764] = 3;
	assert_err(quote_chain(&c, q.data, q.len, &e), &e, ERR_PARSE,
		   "certification is of type 3, not 6");
	q.data[764] = 6;
	q.data[764 + 6 + 384 + 64 + 2 + 4] = 2;
	assert_err(quote_chain(&c, q.data, q.len, &e), &e, ERR_PARSE,
		   "no certificate chain but type 2");
	q.data[764 + 6 + 384 + 64 + 2 + 4] = 5;
	q.data[764 + 6 + 384 + 64 + 2 + 4 + 2]++;
	assert_err(quote_chain(&c, q.data, q.len, &e), &e, ERR_PARSE,
		   " bytes is cut short at ");
	buf_clear(&q);
	fake_quote(&q, "no PEM");
	assert_err(quote_chain(&c, q.data, q.len, &e), &e, ERR_PARSE,
		   "certificate chain: no certificate");
	buf_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pem),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_bad_pem),
	    cmocka_unit_test(test_quote),
	    cmocka_unit_test(test_quote_cut),
	    cmocka_unit_test(test_quote_of_other_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
