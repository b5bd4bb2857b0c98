#include "test/kit.h"

#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "crypto/crl_read.h"

#define FILE_MAX ((size_t)1 << 20)
#define AT 1767225600 /* 2026-01-01 */

/* What is hex in a JSON file, by the member's name. */
static void member(struct buf *ret, const char *path, const char *name)
{
	CLEANUP(freep) char *key = xasprintf("\"%s\":", name);
	struct buf file = BUF_INIT(FILE_MAX);
	CLEANUP(freep) uint8_t *bytes = NULL;
	struct err e = ERR_INIT;
	const char *from;
	size_t n = 0;

	assert_ok(buf_read_file(&file, path, &e), &e);
	from = strstr(buf_str(&file), key);
	assert_non_null(from);
	from += strlen(key);
	from += strspn(from, " \"");
	assert_ok(hex_decode_alloc(&bytes, &n, from, strcspn(from, "\""), &e),
		  &e);
	buf_clear(ret);
	buf_add(ret, bytes, n);
	buf_done(&file);
}

/* The simulator's, of which nothing is revoked. */
static void test_simulated(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf der = BUF_INIT(FILE_MAX);
	struct cert_info root;
	struct crl_info c;
	struct err e = ERR_INIT;

	(void)state;
	member(&der, kit_fixture("quotes/root.json"), "der");
	assert_ok(cert_read(&root, der.data, der.len, &e), &e);
	member(&der, kit_fixture("quotes/collateral.json"), "root_ca_crl");
	assert_ok(crl_read(&c, a, der.data, der.len, &e), &e);
	assert_string_equal(c.issuer, root.subject);
	assert_int_equal(c.version, 2);
	assert_int_equal(c.this_update, AT - 86400);
	assert_int_equal(c.next_update, AT + 30 * 86400);
	assert_int_equal(strlen(c.authority), 40);
	assert_int_equal(c.ext_n, 2);
	assert_int_equal(c.revoked_n, 0);
	assert_true(crl_signed_by(&c, &root.key));
	root.key.y[31] ^= 1;
	assert_false(crl_signed_by(&c, &root.key));
	buf_done(&der);
}

/* Intel's own, where they are to be had; what OpenSSL prints of them. */
static void test_genuine(void **state)
{
	const char *dir = getenv("AVSBED_GENUINE_QUOTES");
	char path[PATH_MAX];
	struct arena *a;
	struct buf der = BUF_INIT(FILE_MAX);
	struct crl_info c;
	struct err e = ERR_INIT;

	(void)state;
	snprintf(path, sizeof(path), "%s/tdx_quote_collateral.json",
		 dir ? dir : kit_fixture("../../shared/quotes-genuine"));
	if (access(path, R_OK)) {
		print_message("SKIPPED: no genuine quotes "
			      "(set AVSBED_GENUINE_QUOTES)\n");
		skip();
	}
	a = arena_new();
	member(&der, path, "root_ca_crl");
	assert_ok(crl_read(&c, a, der.data, der.len, &e), &e);
	assert_string_equal(c.number, "01");
	assert_string_equal(c.authority,
			    "22650cd65a9d3489f383b49552bf501b392706ac");
	assert_int_equal(c.revoked_n, 0);
	member(&der, path, "pck_crl");
	assert_ok(crl_read(&c, a, der.data, der.len, &e), &e);
	assert_true(strstr(c.issuer, "Intel SGX PCK Platform CA"));
	assert_int_equal(c.revoked_n, 44);
	for (size_t i = 0; i < c.revoked_n; i++) {
		assert_int_equal(c.revoked[i].when, c.this_update);
		assert_int_equal(c.revoked[i].reason, 1);
		assert_in_range(strlen(c.revoked[i].serial), 38, 42);
	}
	arena_free(a);
	buf_done(&der);
}

/* --- lists as libcrypto makes them ---------------------------------------- */

struct made {
	X509_CRL *x;
	EVP_PKEY *key;
	struct buf der;
};

static void set_number(X509_CRL *x, long number)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	ASN1_INTEGER_set(n, number);
	assert_int_equal(X509_CRL_add1_ext_i2d(x, NID_crl_number, n, 0, 0), 1);
	ASN1_INTEGER_free(n);
}

/* An extension that no reader of ours knows, twice. */
static void extend_twice(X509_CRL *x)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(
		NULL, NULL, NID_issuing_distribution_point, "onlyuser:TRUE");

	assert_non_null(ext);
	assert_int_equal(X509_CRL_add_ext(x, ext, -1), 1);
	assert_int_equal(X509_CRL_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void add_revoked(X509_CRL *x, long serial, long reason)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, AT - serial);

	ASN1_INTEGER_set(n, serial);
	X509_REVOKED_set_serialNumber(r, n);
	X509_REVOKED_set_revocationDate(r, t);
	if (reason >= 0) {
		ASN1_ENUMERATED *e = ASN1_ENUMERATED_new();

		ASN1_ENUMERATED_set(e, reason);
		X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, e, 0, 0);
		ASN1_ENUMERATED_free(e);
	}
	X509_CRL_add0_revoked(x, r);
	ASN1_INTEGER_free(n);
	ASN1_TIME_free(t);
}

static struct made begin(void)
{
	struct made m = { .x = X509_CRL_new(),
			  .key = EVP_EC_gen("P-256"),
			  .der = BUF_INIT(CRL_DER_MAX + 1024) };
	X509_NAME *name = X509_NAME_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, AT);

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const uint8_t *)"A test", -1, -1, 0);
	X509_CRL_set_issuer_name(m.x, name);
	X509_CRL_set_version(m.x, 1);
	X509_CRL_set1_lastUpdate(m.x, t);
	X509_NAME_free(name);
	ASN1_TIME_free(t);
	return m;
}

static void until(struct made *m, int64_t when)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, when);

	X509_CRL_set1_nextUpdate(m->x, t);
	ASN1_TIME_free(t);
}

static void seal(struct made *m)
{
	uint8_t *p = NULL;
	int n;

	assert_true(X509_CRL_sign(m->x, m->key, EVP_sha256()) > 0);
	n = i2d_X509_CRL(m->x, &p);
	assert_true(n > 0);
	buf_clear(&m->der);
	buf_add(&m->der, p, (size_t)n);
	OPENSSL_free(p);
}

static void done(struct made *m)
{
	X509_CRL_free(m->x);
	EVP_PKEY_free(m->key);
	buf_done(&m->der);
}

static void test_entries(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct made m = begin();
	struct p256_pub key;
	uint8_t point[65];
	struct crl_info c;
	struct err e = ERR_INIT;
	size_t n = 0;

	(void)state;
	until(&m, AT + 100);
	set_number(m.x, 258);
	add_revoked(m.x, 128, 1);
	add_revoked(m.x, 7, -1);
	seal(&m);
	assert_ok(crl_read(&c, a, m.der.data, m.der.len, &e), &e);
	assert_string_equal(c.issuer, "CN = A test");
	assert_string_equal(c.number, "0102");
	assert_string_equal(c.authority, "");
	assert_int_equal(c.next_update, AT + 100);
	assert_int_equal(c.revoked_n, 2);
	assert_string_equal(c.revoked[0].serial, "80");
	assert_int_equal(c.revoked[0].when, AT - 128);
	assert_string_equal(crl_reason(c.revoked[0].reason), "keyCompromise");
	assert_string_equal(c.revoked[1].serial, "07");
	assert_int_equal(c.revoked[1].reason, -1);
	assert_string_equal(crl_reason(7), "unknown");
	assert_string_equal(crl_reason(11), "unknown");
	EVP_PKEY_get_octet_string_param(m.key, "pub", point, sizeof(point),
					&n);
	assert_int_equal(n, sizeof(point));
	memcpy(&key, point + 1, sizeof(key));
	assert_true(crl_signed_by(&c, &key));
	done(&m);
}

/* Each of them well signed; what is wrong is named. */
static void test_malformed(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct made m = begin();
	struct crl_info c;
	struct err e = ERR_INIT;

	(void)state;
	set_number(m.x, 1);
	seal(&m);
	assert_err(crl_read(&c, a, m.der.data, m.der.len, &e), &e, ERR_PARSE,
		   "no nextUpdate");
	until(&m, AT + 100);
	extend_twice(m.x);
	seal(&m);
	assert_err(crl_read(&c, a, m.der.data, m.der.len, &e), &e, ERR_PARSE,
		   "the extension X509v3 Issuing Distribution Point stands "
		   "twice");
	X509_EXTENSION_free(X509_CRL_delete_ext(m.x, 2));
	seal(&m);
	assert_ok(crl_read(&c, a, m.der.data, m.der.len, &e), &e);
	buf_addc(&m.der, 0);
	assert_err(crl_read(&c, a, m.der.data, m.der.len, &e), &e, ERR_PARSE,
		   "bytes after the end");
	assert_err(crl_read(&c, a, m.der.data, 0, &e), &e, ERR_PARSE,
		   "no CRL: no bytes at all");
	assert_err(crl_read(&c, a, "\x30\x03\x02\x01\x05", 5, &e), &e,
		   ERR_PARSE, "5 bytes that are no CRL");
	while (m.der.len <= CRL_DER_MAX)
		buf_adds(&m.der, "filling");
	assert_err(crl_read(&c, a, m.der.data, m.der.len, &e), &e, ERR_LIMIT,
		   "more than 1048576");
	done(&m);
}

/* No byte of it can change and the signature still hold; none crashes it. */
static void test_mutated(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct made m = begin();
	struct rng r = RNG_INIT(11);
	struct err e = ERR_INIT;
	uint8_t point[65];
	struct p256_pub key;
	struct crl_info c;
	size_t n = 0, read = 0;

	(void)state;
	until(&m, AT + 100);
	set_number(m.x, 9);
	add_revoked(m.x, 300, 1);
	seal(&m);
	EVP_PKEY_get_octet_string_param(m.key, "pub", point, sizeof(point),
					&n);
	memcpy(&key, point + 1, sizeof(key));
	for (size_t i = 0; i < m.der.len; i++) {
		uint8_t was = m.der.data[i];

		m.der.data[i] ^= (uint8_t)(1 + rng_below(&r, 255));
		if (crl_read(&c, a, m.der.data, m.der.len, &e)) {
			read++;
			assert_false(crl_signed_by(&c, &key));
		}
		m.der.data[i] = was;
		assert_err(crl_read(&c, a, m.der.data, i, &e), &e, ERR_PARSE,
			   "no CRL: ");
	}
	assert_true(read > 50); /* what differs is often a list all the same */
	done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulated),
		cmocka_unit_test(test_genuine),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_mutated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
