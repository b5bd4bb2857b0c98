#include "test/kit.h"

#include <openssl/asn1t.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/base.h"
#include "simulate/pki.h"
#include "codec/quote.h"

#define SGX_OID "1.2.840.113741.1.13.1"

static X509 *make(const struct cert_spec *s)
{
	struct buf der = BUF_INIT(CERT_MAX);
	struct err e = ERR_INIT;
	const uint8_t *p;
	X509 *x;

	assert_ok(cert_make(&der, s, &e), &e);
	p = der.data;
	x = d2i_X509(NULL, &p, (long)der.len);
	assert_non_null(x);
	assert_ptr_equal(p, der.data + der.len);
	buf_done(&der);
	return x;
}

static struct pki_chain chain(const struct sgx_platform *sgx)
{
	struct pki_chain c;
	struct err e = ERR_INIT;

	assert_ok(pki_chain_init(&c, 9, "alice", sgx, &e), &e);
	return c;
}

static void name_is(X509_NAME *name, const char *cn)
{
	char *text = X509_NAME_oneline(name, NULL, 0);
	char *want CLEANUP(freep) = xasprintf(
	    "/CN=%s/O=SIMULATED (not Intel)/L=Santa Clara/ST=CA/C=US", cn);

	assert_string_equal(text, want);
	OPENSSL_free(text);
}

static void time_is(const ASN1_TIME *t, const char *want)
{
	struct tm tm;
	char text[32];

	assert_int_equal(ASN1_TIME_to_tm(t, &tm), 1);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	assert_string_equal(text, want);
}

/* As OpenSSL reads them, with Intel's names, order and criticality. */
static void contents(UNUSED void **state)
{
	static const struct {
		const char *cn, *issuer, *until, *url;
		int exts;
		unsigned usage;
		long path_len;
	} want[PKI__COUNT] = {
	    {"Intel SGX PCK Certificate", "Intel SGX PCK Platform CA",
	     "2030-12-31T23:59:59Z", "/pckcrl?ca=platform&encoding=der", 6,
	     KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, -1},
	    {"Intel SGX PCK Platform CA", "Intel SGX Root CA",
	     "2034-12-31T23:59:59Z", "/IntelSGXRootCA.der", 5,
	     KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0},
	    {"Intel SGX Root CA", "Intel SGX Root CA", "2049-12-31T23:59:59Z",
	     "/IntelSGXRootCA.der", 5, KU_KEY_CERT_SIGN | KU_CRL_SIGN, 1},
	};
	static const int order[] = {
	    NID_authority_key_identifier, NID_crl_distribution_points,
	    NID_subject_key_identifier, NID_key_usage, NID_basic_constraints};
	struct sgx_platform sgx;
	struct pki_chain c;
	X509 *x[PKI__COUNT];

	pki_platform(&sgx, 9, "alice", false);
	c = chain(&sgx);
	for (size_t i = 0; i < PKI__COUNT; i++)
		x[i] = make(&c.cert[i]);
	for (size_t i = 0; i < PKI__COUNT; i++) {
		X509 *issuer = x[i < PKI_ROOT ? i + 1 : i];
		const ASN1_INTEGER *serial = X509_get0_serialNumber(x[i]);
		const uint8_t *url;

		assert_int_equal(X509_get_version(x[i]), 2);
		name_is(X509_get_subject_name(x[i]), want[i].cn);
		name_is(X509_get_issuer_name(x[i]), want[i].issuer);
		time_is(X509_get0_notAfter(x[i]), want[i].until);
		assert_int_equal(serial->length, 20);
		assert_int_equal(X509_get_ext_count(x[i]), want[i].exts);
		for (int j = 0; j < (int)ARRAY_LEN(order); j++) {
			X509_EXTENSION *ext = X509_get_ext(x[i], j);

			assert_int_equal(
			    OBJ_obj2nid(X509_EXTENSION_get_object(ext)),
			    order[j]);
			assert_int_equal(X509_EXTENSION_get_critical(ext),
					 j >= 3);
		}
		assert_int_equal(X509_get_key_usage(x[i]), want[i].usage);
		assert_int_equal(X509_get_pathlen(x[i]), want[i].path_len);
		assert_int_equal(
		    ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x[i]),
					  X509_get0_subject_key_id(issuer)),
		    0);
		assert_int_equal(X509_verify(x[i], X509_get0_pubkey(issuer)),
				 1);
		url = ASN1_STRING_get0_data(
		    X509_EXTENSION_get_data(X509_get_ext(x[i], 1)));
		assert_non_null(strstr((const char *)url + 10, want[i].url));
	}
	for (size_t i = 0; i < PKI__COUNT; i++)
		X509_free(x[i]);
}

/* OpenSSL writes the same PEM, whatever the length. */
static void pem_like_openssl(UNUSED void **state)
{
	for (size_t len = 1; len < 200; len++) {
		BIO *bio = BIO_new(BIO_s_mem());
		struct buf ours = BUF_INIT(4096);
		uint8_t data[200];
		char *theirs;
		long n;

		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)(i * 37 + len);
		PEM_write_bio(bio, "CERTIFICATE", "", data, (long)len);
		n = BIO_get_mem_data(bio, &theirs);
		pem_add(&ours, "CERTIFICATE", data, len);
		assert_int_equal(ours.len, n);
		assert_memory_equal(ours.data, theirs, (size_t)n);
		buf_done(&ours);
		BIO_free(bio);
	}
}

/* --- Intel's own SGX extension, taken apart and written again
 * ---------------*/

typedef STACK_OF(ASN1_TYPE) items;

static items *sequence(const ASN1_STRING *s)
{
	const uint8_t *p = ASN1_STRING_get0_data(s);
	items *all = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(s));

	assert_non_null(all);
	return all;
}

/* The value of the n-th member {OID, value} of a sequence; the caller's. */
static ASN1_STRING *value(items *all, int n)
{
	items *pair = sequence(sk_ASN1_TYPE_value(all, n)->value.sequence);
	ASN1_TYPE *v = sk_ASN1_TYPE_value(pair, 1);
	ASN1_STRING *copy;

	if (v->type == V_ASN1_BOOLEAN) {
		uint8_t b = v->value.boolean != 0;

		copy = ASN1_STRING_new();
		ASN1_STRING_set(copy, &b, 1);
	} else {
		copy = ASN1_STRING_dup(v->value.asn1_string);
	}
	sk_ASN1_TYPE_pop_free(pair, ASN1_TYPE_free);
	return copy;
}

static void get(items *all, int n, void *ret, int len)
{
	ASN1_STRING *s = value(all, n);

	assert_int_equal(ASN1_STRING_length(s), len);
	memcpy(ret, ASN1_STRING_get0_data(s), (size_t)len);
	ASN1_STRING_free(s);
}

static items *nested(items *all, int n)
{
	ASN1_STRING *s = value(all, n);
	items *inner = sequence(s);

	ASN1_STRING_free(s);
	return inner;
}

static long small(items *all, int n)
{
	ASN1_STRING *s = value(all, n);
	long v = ASN1_INTEGER_get(s);

	ASN1_STRING_free(s);
	return v;
}

static void read_platform(struct sgx_platform *p, const ASN1_STRING *ext)
{
	items *all = sequence(ext), *tcb, *conf;

	assert_int_equal(sk_ASN1_TYPE_num(all), 7);
	get(all, 0, p->ppid, 16);
	get(all, 2, p->pce_id, 2);
	get(all, 3, p->fmspc, 6);
	get(all, 4, &p->sgx_type, 1);
	get(all, 5, p->instance_id, 16);
	tcb = nested(all, 1);
	for (int i = 0; i < 16; i++)
		p->comp_svn[i] = p->cpu_svn[i] = (uint8_t)small(tcb, i);
	p->pce_svn = (uint16_t)small(tcb, 16);
	conf = nested(all, 6);
	get(conf, 0, &p->dynamic_platform, 1);
	get(conf, 1, &p->cached_keys, 1);
	get(conf, 2, &p->smt, 1);
	sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free);
	sk_ASN1_TYPE_pop_free(tcb, ASN1_TYPE_free);
	sk_ASN1_TYPE_pop_free(conf, ASN1_TYPE_free);
}

static const ASN1_STRING *sgx_ext(X509 *x)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(SGX_OID, 1);
	int at = X509_get_ext_by_OBJ(x, oid, -1);

	ASN1_OBJECT_free(oid);
	assert_true(at >= 0);
	return X509_EXTENSION_get_data(X509_get_ext(x, at));
}

static void genuine_extension(UNUSED void **state)
{
	const char *dir = getenv("AVSBED_GENUINE_QUOTES");
	char *path CLEANUP(freep) =
	    xasprintf("%s/tdx_quote",
		      dir ? dir : kit_fixture("../../shared/quotes-genuine"));
	struct buf b = BUF_INIT(QUOTE_MAX);
	struct sgx_platform sgx = {.of_processor_ca = false};
	struct pki_chain c;
	struct quote q;
	struct quote_map m;
	struct err e = ERR_INIT;
	X509 *theirs, *ours;
	BIO *bio;

	if (!buf_read_file(&b, path, &e)) {
		print_message("SKIPPED: no genuine quotes: %s\n"
			      "(set AVSBED_GENUINE_QUOTES)\n",
			      e.text);
		/* A long jump: nothing is cleaned up. */
		free(TAKE(path));
		skip();
	}
	assert_ok(quote_parse(&q, &m, b.data, b.len, &e), &e);
	bio = BIO_new_mem_buf(q.cert, (int)q.cert_len);
	theirs = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(theirs);
	read_platform(&sgx, sgx_ext(theirs));
	c = chain(&sgx);
	ours = make(&c.cert[PKI_LEAF]);
	assert_int_equal(ASN1_STRING_cmp(sgx_ext(ours), sgx_ext(theirs)), 0);
	X509_free(ours);
	X509_free(theirs);
	BIO_free(bio);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(contents),
	    cmocka_unit_test(pem_like_openssl),
	    cmocka_unit_test(genuine_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
