/*
 * Collateral judged by OpenSSL: certificates, lists and the signatures over
 * the very bytes that are handed out.
 */
#include "test/kit.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/base.h"
#include "base/hex.h"
#include "simulate/collateral.h"

#define AT_2026 1767225600 /* 2026-01-01T00:00:00Z */

static struct tee *new_tee(enum tee_kind kind, const char *fault)
{
	struct tee_spec spec = {.seed = 7, .name = "alice", .kind = kind};
	struct err e = ERR_INIT;
	struct tee *t = NULL;

	assert_ok(tee_new(&t, &spec, &e), &e);
	if (fault)
		assert_ok(fault_set_text(&t->faults, fault, &e), &e);
	return t;
}

static json_t *make(enum tee_kind kind, const char *fault, int64_t at)
{
	struct tee *t CLEANUP(tee_freep) = new_tee(kind, fault);
	struct buf b = BUF_INIT(COLLATERAL_MAX);
	struct err e = ERR_INIT;
	struct intel intel;
	json_t *j = NULL;

	assert_ok(intel_init(&intel, at, &e), &e);
	assert_ok(collateral_make(&b, t, &intel, &e), &e);
	assert_ok(json_parse(&j, buf_str(&b), b.len, "collateral", &e), &e);
	buf_done(&b);
	return j;
}

static const char *text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	assert_non_null(s);
	return s;
}

static uint8_t *bytes(size_t *ret_len, const json_t *j, const char *name)
{
	const char *hex = text(j, name);
	uint8_t *data = NULL;
	struct err e = ERR_INIT;

	assert_ok(hex_decode_alloc(&data, ret_len, hex, strlen(hex), &e), &e);
	return data;
}

/* The n-th certificate of a chain; the caller's. */
static X509 *cert(const json_t *j, const char *name, int n)
{
	const char *pem = text(j, name);
	BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
	X509 *x = NULL;

	while (n-- >= 0) {
		X509_free(x);
		x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	}
	BIO_free(bio);
	return x;
}

static X509_CRL *crl(const json_t *j, const char *name)
{
	uint8_t *data CLEANUP(freep) = NULL;
	const uint8_t *p;
	X509_CRL *c;
	size_t len;

	p = data = bytes(&len, j, name);
	c = d2i_X509_CRL(NULL, &p, (long)len);
	assert_non_null(c);
	assert_ptr_equal(p, data + len);
	return c;
}

/* By the TCB signing certificate, over the text as it stands. */
static bool body_ok(const json_t *j, const char *name)
{
	char *sig_name CLEANUP(freep) = xasprintf("%s_signature", name);
	char *chain CLEANUP(freep) = xasprintf("%s_issuer_chain", name);
	uint8_t *raw CLEANUP(freep) = NULL;
	X509 *signer = cert(j, chain, 0);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *der = NULL;
	size_t len;
	bool ok;
	int n;

	raw = bytes(&len, j, sig_name);
	assert_int_equal(len, 64);
	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL),
		       BN_bin2bn(raw + 32, 32, NULL));
	n = i2d_ECDSA_SIG(sig, &der);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
				  X509_get0_pubkey(signer)) == 1 &&
	     EVP_DigestVerify(ctx, der, (size_t)n,
			      (const uint8_t *)text(j, name),
			      strlen(text(j, name))) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	X509_free(signer);
	return ok;
}

/* The list is the issuer's, signed, of version 2, current, and numbered. */
static void crl_is(X509_CRL *c, X509 *issuer, int revoked)
{
	time_t at = AT_2026;
	ASN1_INTEGER *number;

	assert_int_equal(X509_CRL_get_version(c), 1);
	assert_int_equal(X509_NAME_cmp(X509_CRL_get_issuer(c),
				       X509_get_subject_name(issuer)),
			 0);
	assert_int_equal(X509_CRL_verify(c, X509_get0_pubkey(issuer)), 1);
	assert_int_equal(X509_cmp_time(X509_CRL_get0_lastUpdate(c), &at), -1);
	assert_int_equal(X509_cmp_time(X509_CRL_get0_nextUpdate(c), &at), 1);
	number = X509_CRL_get_ext_d2i(c, NID_crl_number, NULL, NULL);
	/* Days since 2024-01-01. */
	assert_int_equal(ASN1_INTEGER_get(number), 731);
	ASN1_INTEGER_free(number);
	assert_int_equal(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(c)), revoked);
}

static void valid_lists(enum tee_kind kind)
{
	json_t *j CLEANUP(json_decrefp) = make(kind, NULL, AT_2026);
	X509 *root = cert(j, "tcb_info_issuer_chain", 1);
	X509 *ca = cert(j, "pck_crl_issuer_chain", 0);
	X509 *signer = cert(j, "tcb_info_issuer_chain", 0);
	X509_CRL *roots = crl(j, "root_ca_crl"), *pcks = crl(j, "pck_crl");
	char cn[64];

	/* -1: no list of entries, not an empty one. */
	crl_is(roots, root, -1);
	crl_is(pcks, ca, -1);
	assert_int_equal(X509_verify(signer, X509_get0_pubkey(root)), 1);
	assert_int_equal(X509_verify(ca, X509_get0_pubkey(root)), 1);
	X509_NAME_get_text_by_NID(X509_get_subject_name(signer), NID_commonName,
				  cn, sizeof(cn));
	assert_string_equal(cn, "Intel SGX TCB Signing");
	X509_NAME_get_text_by_NID(X509_get_subject_name(ca), NID_commonName, cn,
				  sizeof(cn));
	assert_string_equal(cn, kind == TEE_SGX3 ? "Intel SGX PCK Processor CA"
						 : "Intel SGX PCK Platform CA");
	assert_int_equal(X509_get_ext_count(signer), 5);
	assert_true(body_ok(j, "tcb_info"));
	assert_true(body_ok(j, "qe_identity"));
	X509_CRL_free(roots);
	X509_CRL_free(pcks);
	X509_free(root);
	X509_free(ca);
	X509_free(signer);
}

static void valid(UNUSED void **state)
{
	valid_lists(TEE_TDX4);
	valid_lists(TEE_TDX5);
	valid_lists(TEE_SGX3);
}

/* Intel's keys, in Intel's order: some verifiers read by place. */
static void bodies(UNUSED void **state)
{
	json_t *tdx CLEANUP(json_decrefp) = make(TEE_TDX4, NULL, AT_2026);
	json_t *sgx CLEANUP(json_decrefp) = make(TEE_SGX3, NULL, AT_2026);
	static const char tdx_head[] =
	    "{\"id\":\"TDX\",\"version\":3,\"issueDate\":"
	    "\"2025-12-31T00:00:00Z\",\"nextUpdate\":\"2026-01-31T00:00:"
	    "00Z\","
	    "\"fmspc\":\"102030405060\",\"pceId\":\"0000\",\"tcbType\":0,"
	    "\"tcbEvaluationDataNumber\":17,\"tdxModule\":{\"mrsigner\":"
	    "\"0000";
	static const char qe_head[] =
	    "{\"id\":\"QE\",\"version\":2,\"issueDate\":"
	    "\"2025-12-31T00:00:00Z\",\"nextUpdate\":\"2026-01-31T00:00:"
	    "00Z\","
	    "\"tcbEvaluationDataNumber\":17,\"miscselect\":\"00000000\","
	    "\"miscselectMask\":\"FFFFFFFF\",\"attributes\":"
	    "\"11000000000000000000000000000000\",\"attributesMask\":"
	    "\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"";

	assert_memory_equal(text(tdx, "tcb_info"), tdx_head,
			    sizeof(tdx_head) - 1);
	assert_memory_equal(text(sgx, "qe_identity"), qe_head,
			    sizeof(qe_head) - 1);
	assert_non_null(strstr(text(tdx, "tcb_info"),
			       "\"tdxModuleIdentities\":[{\"id\":\"TDX_01\""));
	assert_null(strstr(text(sgx, "tcb_info"), "tdx"));
	assert_null(strstr(text(sgx, "tcb_info"), " "));
}

/* Which signed parts still verify: t TCB info, q identity, r and p lists. */
static void faults(UNUSED void **state)
{
	static const struct {
		const char *fault, *holds;
		int root_revoked, pck_revoked;
	} cases[] = {
	    {"crl-unrelated", "tqrp", -1, 1},
	    {"crl-revokes-pck", "tqrp", -1, 1},
	    {"crl-revokes-ca", "tqrp", 1, -1},
	    {"crl-revokes-signer", "tqrp", 1, -1},
	    {"pck-crl-wrong-signer", "tqr", -1, -1},
	    {"root-crl-wrong-signer", "tqp", -1, -1},
	    {"pck-crl-other-ca", "tqr", -1, -1},
	    {"identity-wrong-signer", "trp", -1, -1},
	    {"identity-changed", "trp", -1, -1},
	    {"tcb-wrong-signer", "qrp", -1, -1},
	    {"tcb-changed", "qrp", -1, -1},
	    {"tcb-no-json", "qrp", -1, -1},
	    {"tcb-revoked", "tqrp", -1, -1},
	    {"tcb-spaced", "tqrp", -1, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *j CLEANUP(json_decrefp) =
		    make(TEE_TDX4, cases[i].fault, AT_2026);
		X509 *root = cert(j, "tcb_info_issuer_chain", 1);
		X509 *ca = cert(j, "pck_crl_issuer_chain", 0);
		X509_CRL *roots = crl(j, "root_ca_crl");
		X509_CRL *pcks = crl(j, "pck_crl");
		char holds[8], *h = holds;

		if (body_ok(j, "tcb_info"))
			*h++ = 't';
		if (body_ok(j, "qe_identity"))
			*h++ = 'q';
		if (X509_CRL_verify(roots, X509_get0_pubkey(root)) == 1)
			*h++ = 'r';
		if (X509_CRL_verify(pcks, X509_get0_pubkey(ca)) == 1)
			*h++ = 'p';
		*h = 0;
		if (strcmp(holds, cases[i].holds))
			fail_msg("%s: \"%s\" holds, not \"%s\"", cases[i].fault,
				 holds, cases[i].holds);
		assert_int_equal(
		    sk_X509_REVOKED_num(X509_CRL_get_REVOKED(roots)),
		    cases[i].root_revoked);
		assert_int_equal(
		    sk_X509_REVOKED_num(X509_CRL_get_REVOKED(pcks)),
		    cases[i].pck_revoked);
		X509_CRL_free(roots);
		X509_CRL_free(pcks);
		X509_free(root);
		X509_free(ca);
	}
}

/* As long ago, or as far ahead, as the parameter says. */
static void windows(UNUSED void **state)
{
	static const struct {
		const char *fault, *part;
	} cases[] = {
	    {"tcb-expired:days=1", "\"nextUpdate\":\"2025-12-31T00:00:00Z\""},
	    {"tcb-in-future:days=3", "\"issueDate\":\"2026-01-04T00:00:00Z\""},
	    {"tcb-expired:days=3000",
	     "\"nextUpdate\":\"2017-10-15T00:00:00Z\""},
	};
	json_t *q;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *j CLEANUP(json_decrefp) =
		    make(TEE_TDX4, cases[i].fault, AT_2026);

		if (!strstr(text(j, "tcb_info"), cases[i].part))
			fail_msg("%s: %s", cases[i].fault, text(j, "tcb_info"));
	}
	q = make(TEE_SGX3, "identity-expired", AT_2026);
	assert_non_null(strstr(text(q, "qe_identity"),
			       "\"nextUpdate\":\"2025-12-22T00:00:00Z\""));
	json_decref(q);
}

/* Whoever asks when: the same bytes. */
static void deterministic(UNUSED void **state)
{
	json_t *one CLEANUP(json_decrefp) = make(TEE_TDX5, NULL, AT_2026);
	json_t *two CLEANUP(json_decrefp) = make(TEE_TDX5, NULL, AT_2026);
	json_t *later CLEANUP(json_decrefp) = make(TEE_TDX5, NULL, AT_2026 + 1);

	assert_true(json_equal(one, two));
	assert_false(json_equal(one, later));
	/* Certificates and keys are of the seed, not of the time. */
	assert_string_equal(text(one, "tcb_info_issuer_chain"),
			    text(later, "tcb_info_issuer_chain"));
}

static void refused(UNUSED void **state)
{
	struct tee *t CLEANUP(tee_freep) = new_tee(TEE_SGX3, "tcb-no-module");
	struct buf b = BUF_INIT(COLLATERAL_MAX);
	struct err e = ERR_INIT;
	struct intel intel;

	assert_ok(intel_init(&intel, AT_2026, &e), &e);
	assert_err(collateral_make(&b, t, &intel, &e), &e, ERR_SCHEMA,
		   "fault tcb-no-module is one of TDX only");
	t->faults = (struct fault_set){.on = {false}};
	assert_err(intel_init(&intel, INTEL_FROM - 1, &e), &e, ERR_RANGE,
		   "collateral at 1704153599");
	assert_err(intel_init(&intel, INTEL_UNTIL + 1, &e), &e, ERR_RANGE,
		   "(2034-12-31)");
	assert_int_equal(b.len, 0);
	assert_ok(intel_init(&intel, INTEL_FROM, &e), &e);
	assert_ok(collateral_make(&b, t, &intel, &e), &e);
	assert_ok(intel_init(&intel, INTEL_UNTIL, &e), &e);
	assert_ok(collateral_make(&b, t, &intel, &e), &e);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(valid),	     cmocka_unit_test(bodies),
	    cmocka_unit_test(faults),	     cmocka_unit_test(windows),
	    cmocka_unit_test(deterministic), cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
