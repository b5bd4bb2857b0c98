/*
 * Quotes judged by OpenSSL and by offsets written out here from Intel's layout,
 * so that a mistake in quote.c or cert.c cannot agree with itself.
 */
#include "test/kit.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/base.h"
#include "simulate/tee.h"

#define AT_2026 1767225600 /* 2026-01-01T00:00:00Z */
#define SGX_OID "1.2.840.113741.1.13.1"

/* Where things are in one quote, by its own lengths. */
struct parts {
	unsigned version;
	size_t signed_len, auth, key, qe, qe_sig, qa, qa_len, cert, cert_len;
};

static size_t le(const uint8_t *p, unsigned n)
{
	size_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* False unless every type and length is exactly what it must be. */
static bool take_apart(struct parts *p, const uint8_t *q, size_t len)
{
	static const size_t bodies[] = {0, 384, 584, 648};
	size_t end, type;

	if (len < 1020)
		return false;
	*p = (struct parts){.version = (unsigned)le(q, 2)};
	type = p->version == 5 ? le(q + 48, 2) : p->version - 2u;
	if (p->version < 3 || p->version > 5 || type < 1 || type > 3 ||
	    (p->version == 5 && (type == 1 || le(q + 50, 4) != bodies[type])))
		return false;
	p->signed_len = 48 + (p->version == 5 ? 6u : 0u) + bodies[type];
	p->auth = p->signed_len + 4;
	p->key = p->auth + 64;
	if (le(q + 2, 2) != 2 || le(q + 4, 4) != (p->version == 3 ? 0u : 0x81u))
		return false;
	end = p->auth + le(q + p->signed_len, 4);
	if (end > len)
		return false;
	p->qe = p->auth + 128;
	if (p->version != 3) {
		if (le(q + p->qe, 2) != 6 ||
		    le(q + p->qe + 2, 4) != end - p->qe - 6)
			return false;
		p->qe += 6;
	}
	p->qe_sig = p->qe + 384;
	p->qa_len = le(q + p->qe_sig + 64, 2);
	p->qa = p->qe_sig + 66;
	p->cert = p->qa + p->qa_len + 6;
	if (p->cert > end || le(q + p->cert - 6, 2) != 5)
		return false;
	p->cert_len = le(q + p->cert - 4, 4);
	return p->cert + p->cert_len == end;
}

static EVP_PKEY *raw_key(const uint8_t xy[64])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char group[] = "prime256v1";
	uint8_t point[65] = {4};
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group,
					     0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point,
					      sizeof(point)),
	    OSSL_PARAM_construct_end(),
	};

	memcpy(point + 1, xy, 64);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL; /* not on the curve */
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool signed_by(EVP_PKEY *key, const uint8_t rs[64], const uint8_t *data,
		      size_t len)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int n;
	bool ok;

	ECDSA_SIG_set0(sig, BN_bin2bn(rs, 32, NULL),
		       BN_bin2bn(rs + 32, 32, NULL));
	n = i2d_ECDSA_SIG(sig, &der);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, der, (size_t)n, data, len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* The certificates of a chain in their order; the caller frees the stack. */
static STACK_OF(X509) * certs(const uint8_t *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *x;

	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		sk_X509_push(all, x);
	BIO_free(bio);
	return all;
}

static bool chain_ok(STACK_OF(X509) * all, X509 *root, int *ret_error)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok;

	X509_STORE_add_cert(store, root);
	X509_STORE_CTX_init(ctx, store, sk_X509_value(all, 0), all);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), AT_2026);
	X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx),
				    X509_V_FLAG_X509_STRICT |
					X509_V_FLAG_CHECK_SS_SIGNATURE);
	ok = X509_verify_cert(ctx) == 1;
	*ret_error = X509_STORE_CTX_get_error(ctx);
	if (ok && sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) != 3)
		ok = false;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok;
}

/*
 * What holds of a quote, a letter each: l lengths and types, c the chain leads
 * to the root, r its last certificate is that root, x the leaf has the SGX
 * extension, e is no CA, q the PCK key signed the QE report, b that names the
 * attestation key, s which signed header and body.
 */
static char *holds(const uint8_t *q, size_t len, X509 *root, int *ret_error)
{
	static char text[16];
	struct parts p;
	STACK_OF(X509) * all;
	ASN1_OBJECT *sgx = OBJ_txt2obj(SGX_OID, 1);
	EVP_PKEY *key;
	uint8_t bound[64] = {0}, both[64 + 256];
	char *t = text;

	*t = 0;
	if (!take_apart(&p, q, len))
		goto out;
	*t++ = 'l';
	all = certs(q + p.cert, p.cert_len);
	if (sk_X509_num(all) == 3) {
		X509 *leaf = sk_X509_value(all, 0);

		if (chain_ok(all, root, ret_error))
			*t++ = 'c';
		if (!X509_cmp(sk_X509_value(all, 2), root))
			*t++ = 'r';
		if (X509_get_ext_by_OBJ(leaf, sgx, -1) >= 0)
			*t++ = 'x';
		if (!(X509_get_extension_flags(leaf) & EXFLAG_CA))
			*t++ = 'e';
		if (signed_by(X509_get0_pubkey(leaf), q + p.qe_sig, q + p.qe,
			      384))
			*t++ = 'q';
	}
	sk_X509_pop_free(all, X509_free);
	memcpy(both, q + p.key, 64);
	memcpy(both + 64, q + p.qa, p.qa_len);
	EVP_Digest(both, 64 + p.qa_len, bound, NULL, EVP_sha256(), NULL);
	if (!memcmp(bound, q + p.qe + 320, 64))
		*t++ = 'b';
	key = raw_key(q + p.key);
	if (key && signed_by(key, q + p.auth, q, p.signed_len))
		*t++ = 's';
	EVP_PKEY_free(key);
	*t = 0;
out:
	ASN1_OBJECT_free(sgx);
	return text;
}

/* --- what the tests share --- */

static struct tee *new_kind(uint64_t seed, const char *name, enum tee_kind kind)
{
	struct tee_spec spec = {.seed = seed, .name = name, .kind = kind};
	struct err e = ERR_INIT;
	struct tee *t = NULL;

	assert_ok(tee_new(&t, &spec, &e), &e);
	return t;
}

static struct tee *new_tee(uint64_t seed, const char *name)
{
	return new_kind(seed, name, TEE_TDX4);
}

static struct buf new_quote(const struct tee *t, const char *data)
{
	uint8_t report_data[TEE_REPORT_DATA] = {0};
	struct buf b = BUF_INIT(QUOTE_MAX);
	struct err e = ERR_INIT;

	memcpy(report_data, data, strlen(data));
	assert_ok(tee_quote(&b, t, report_data, &e), &e);
	return b;
}

static X509 *world_root(uint64_t seed, struct p256_pub *ret_key)
{
	struct buf der = BUF_INIT(CERT_MAX);
	struct err e = ERR_INIT;
	const uint8_t *p;
	X509 *x;

	assert_ok(pki_root(ret_key, &der, seed, &e), &e);
	p = der.data;
	x = d2i_X509(NULL, &p, (long)der.len);
	assert_non_null(x);
	assert_ptr_equal(p, der.data + der.len);
	buf_done(&der);
	return x;
}

/* --- tests --- */

static void valid(UNUSED void **state)
{
	static const uint64_t seeds[] = {0, 1, 7, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		struct tee *t = new_tee(seeds[i], "alice");
		struct buf q = new_quote(t, "hello");
		struct p256_pub key;
		X509 *root = world_root(seeds[i], &key);
		const uint8_t *spki;
		int error = 0;

		assert_string_equal(holds(q.data, q.len, root, &error),
				    "lcrxeqbs");
		assert_memory_equal(q.data + 568, "hello\0\0", 7);
		assert_memory_equal(q.data + 12, "\x93\x9a\x72\x33", 4);
		/* No DEBUG, SEPT_VE_DISABLE, Intel's module. */
		assert_hex(q.data + 160, 16,
			   "0000000000000000"
			   "0000001000000000");
		spki = X509_get0_pubkey_bitstr(root)->data;
		assert_memory_equal(spki + 1, key.x, 32);
		assert_memory_equal(spki + 33, key.y, 32);
		X509_free(root);
		buf_done(&q);
		tee_free(t);
	}
}

/* The other kinds, by offsets of Intel's layouts. */
static void valid_kinds(UNUSED void **state)
{
	static const struct {
		enum tee_kind kind;
		size_t report_data, signed_len;
		const char *header, *head; /* bytes 0 to 7, bytes 48 to 53 */
		uint16_t product;
	} kinds[] = {
	    {TEE_SGX3, 48 + 320, 432, "0300020000000000", NULL, 1},
	    {TEE_TDX5_10, 54 + 520, 638, "0500020081000000", "020048020000", 2},
	    {TEE_TDX5, 54 + 520, 702, "0500020081000000", "030088020000", 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct tee *t = new_kind(seed, "bob", kinds[i].kind);
			struct buf q = new_quote(t, "hello");
			struct p256_pub key;
			X509 *root = world_root(seed, &key);
			struct parts p;
			int error = 0;

			assert_string_equal(holds(q.data, q.len, root, &error),
					    "lcrxeqbs");
			assert_true(take_apart(&p, q.data, q.len));
			assert_int_equal(p.signed_len, kinds[i].signed_len);
			/* SGX: QE and PCE SVN follow in bytes 8 to 11. */
			assert_hex(q.data, 8, kinds[i].header);
			if (kinds[i].head)
				assert_hex(q.data + 48, 6, kinds[i].head);
			assert_memory_equal(q.data + kinds[i].report_data,
					    "hello\0\0", 7);
			assert_int_equal(le(q.data + p.qe + 256, 2),
					 kinds[i].product);
			X509_free(root);
			buf_done(&q);
			tee_free(t);
		}
}

static void deterministic(UNUSED void **state)
{
	struct tee *a = new_tee(7, "alice"), *b = new_tee(7, "alice");
	struct tee *other = new_tee(7, "bob"), *seed = new_tee(8, "alice");
	struct buf qa = new_quote(a, "x"), qb = new_quote(b, "x");
	struct buf qo = new_quote(other, "x"), qs = new_quote(seed, "x");
	struct parts pa, po;

	assert_int_equal(qa.len, qb.len);
	assert_memory_equal(qa.data, qb.data, qa.len);
	/* Another instance: same app, hence same body; other keys. */
	assert_memory_equal(qa.data + 48, qo.data + 48, 584);
	assert_true(take_apart(&pa, qa.data, qa.len));
	assert_true(take_apart(&po, qo.data, qo.len));
	assert_memory_not_equal(qa.data + pa.key, qo.data + po.key, 64);
	assert_memory_not_equal(qa.data + pa.key, qs.data + pa.key, 64);
	assert_memory_equal(&a->measurement, &other->measurement, 32);
	buf_done(&qa);
	buf_done(&qb);
	buf_done(&qo);
	buf_done(&qs);
	tee_free(a);
	tee_free(b);
	tee_free(other);
	tee_free(seed);
}

/*
 * Each fault: what of "lcrxeqbs" still holds, and which parts differ from the
 * valid quote: H header, B body, A auth length, S signature, K key, O outer
 * type or length, E QE report, G its signature, D auth data, T certification
 * type, N its length, C the chain, Z the end of the file.
 */
static const struct {
	const char *fault, *holds, *differs;
	int chain_error;
} expected[] = {
    {"no-pem-nul", "lcrxeqbs", "AONZ", 0},
    {"trailing-zeros", "lcrxeqbs", "Z", 0},
    {"wrong-version", "", "HS", 0},
    {"wrong-key-type", "", "HS", 0},
    {"unknown-tee-type", "", "HS", 0},
    {"wrong-vendor", "lcrxeqbs", "HS", 0},
    {"swapped-tee-type", "", "HS", 0},
    {"truncated", "", "Z", 0},
    {"truncated-body", "", "Z", 0},
    {"auth-length-plus-one", "", "A", 0},
    {"auth-length-huge", "", "A", 0},
    {"wrong-cert-type", "", "T", 0},
    {"cert-length-huge", "", "N", 0},
    {"chain-garbage", "lbs", "C", 0},
    {"chain-leaf-only", "lbs", "AONCZ", 0},
    {"chain-reversed", "lbs", "C", 0},
    {"wrong-outer-type", "", "O", 0},
    {"body-type-td10", "", "BS", 0},
    {"body-size-td10", "", "BS", 0},
    {"unknown-body-type", "", "BS", 0},
    {"body-flipped", "lcrxeqb", "B", 0},
    {"header-flipped", "lcrxeqb", "H", 0},
    {"quote-wrong-signer", "lcrxeqb", "S", 0},
    {"replaced-attestation-key", "lcrxeq", "K", 0},
    {"trivial-signature", "lcrxeqb", "S", 0},
    {"qe-wrong-signer", "lcrxebs", "G", 0},
    {"qe-wrong-binding", "lcrxeqs", "EG", 0},
    {"qe-binding-tail", "lcrxeqs", "EG", 0},
    {"qe-auth-flipped", "lcrxeqs", "D", 0},
    {"qe-wrong-mrsigner", "lcrxeqbs", "EG", 0},
    {"qe-wrong-product", "lcrxeqbs", "EG", 0},
    {"qe-not-initialised", "lcrxeqbs", "EG", 0},
    {"qe-debug", "lcrxeqbs", "EG", 0},
    {"qe-misc-select", "lcrxeqbs", "EG", 0},
    {"td-debug", "lcrxeqbs", "BS", 0},
    {"td-reserved-bit", "lcrxeqbs", "BS", 0},
    {"sept-ve-clear", "lcrxeqbs", "BS", 0},
    {"service-td", "lcrxeqbs", "BS", 0},
    {"wrong-seam-signer", "lcrxeqbs", "BS", 0},
    {"seam-attributes", "lcrxeqbs", "BS", 0},
    {"wrong-mrtd", "lcrxeqbs", "BS", 0},
    {"wrong-rtmr3", "lcrxeqbs", "BS", 0},
    {"pck-expired", "lrxeqbs", "C", X509_V_ERR_CERT_HAS_EXPIRED},
    {"pck-not-yet-valid", "lrxeqbs", "C", X509_V_ERR_CERT_NOT_YET_VALID},
    {"pck-wrong-signer", "lrxeqbs", "C", X509_V_ERR_CERT_SIGNATURE_FAILURE},
    {"ca-wrong-signer", "lrxeqbs", "C", X509_V_ERR_CERT_SIGNATURE_FAILURE},
    {"foreign-root", "lcxeqbs", "C", 0},
    {"pck-no-sgx-extension", "lcreqbs", "C", 0},
    /* OpenSSL takes a CA for an end entity; catalogue case C28. */
    {"pck-is-ca", "lcrxqbs", "C", 0},
    {"high-s", "lcrxeqbs", "S", 0},
    {"ca-expired", "lrxeqbs", "C", X509_V_ERR_CERT_HAS_EXPIRED},
    {"pck-wrong-name", "lcrxeqbs", "C", 0},
    {"pck-wrong-issuer-name", "lrxeqbs", "C",
     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"ca-wrong-name", "lcrxeqbs", "C", 0},
    {"pck-wrong-authority", "lrxeqbs", "C",
     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"ca-is-no-ca", "lrxeqbs", "C", X509_V_ERR_INVALID_CA},
    {"pce-too-old", "lcrxeqbs", "C", 0},
    {"cpu-too-old", "lcrxeqbs", "C", 0},
    {"cpu-out-of-date", "lcrxeqbs", "C", 0},
    {"qe-out-of-date", "lcrxeqbs", "EG", 0},
    {"qe-too-old", "lcrxeqbs", "EG", 0},
    {"qe-revoked", "lcrxeqbs", "EG", 0},
    {"module-unknown", "lcrxeqbs", "BS", 0},
    {"module-out-of-date", "lcrxeqbs", "BS", 0},
    {"module-too-old", "lcrxeqbs", "BS", 0},
    {"module-revoked", "lcrxeqbs", "BS", 0},
    {"seam-too-old", "lcrxeqbs", "BS", 0},
};

/* One part of two quotes, of which the first is valid. */
static void compare(char **out, char letter, const struct buf *a,
		    const struct buf *b, size_t at, size_t len)
{
	if (at + len > b->len)
		len = at < b->len ? b->len - at : 0;
	if (memcmp(a->data + at, b->data + at, len))
		*(*out)++ = letter;
}

static char *differs(const struct buf *a, const struct buf *b)
{
	static char text[16];
	struct parts p;
	char *t = text;
	size_t shorter = a->len < b->len ? a->len : b->len;

	assert_true(take_apart(&p, a->data, a->len));
	compare(&t, 'H', a, b, 0, 48);
	compare(&t, 'B', a, b, 48, p.signed_len - 48);
	compare(&t, 'A', a, b, p.signed_len, 4);
	compare(&t, 'S', a, b, p.auth, 64);
	compare(&t, 'K', a, b, p.key, 64);
	if (p.version != 3)
		compare(&t, 'O', a, b, p.key + 64, 6);
	compare(&t, 'E', a, b, p.qe, 384);
	compare(&t, 'G', a, b, p.qe_sig, 64);
	compare(&t, 'D', a, b, p.qa - 2, 2 + p.qa_len);
	compare(&t, 'T', a, b, p.cert - 6, 2);
	compare(&t, 'N', a, b, p.cert - 4, 4);
	compare(&t, 'C', a, b, p.cert, shorter > p.cert ? shorter - p.cert : 0);
	if (a->len != b->len)
		*t++ = 'Z';
	*t = 0;
	return text;
}

/* Without the letters in @which. */
static char *without(const char *text, const char *which)
{
	static char left[16];
	char *to = left;

	for (; *text; text++)
		if (!strchr(which, *text))
			*to++ = *text;
	*to = 0;
	return left;
}

static void fault_is(const struct tee *t, const struct buf *good, X509 *root,
		     size_t i)
{
	bool of_quote = i < ARRAY_LEN(expected);
	const char *name = FAULTS[i].name;
	const char *want_holds = of_quote ? expected[i].holds : "lcrxeqbs";
	const char *want = of_quote ? expected[i].differs : "";
	struct buf bad = new_quote(t, "x");
	int error = 0;
	char *what = holds(bad.data, bad.len, root, &error);

	if (strcmp(what, want_holds))
		fail_msg("%s: \"%s\" holds, not \"%s\"", name, what,
			 want_holds);
	what = differs(good, &bad);
	/* A changed certificate may have another length. */
	if (!strcmp(want, "C"))
		what = without(what, "AONZ");
	else if (t->kind == TEE_SGX3)
		want = without(want, "O");
	if (strcmp(what, want))
		fail_msg("%s: \"%s\" differs, not \"%s\"", name, what, want);
	assert_int_equal(error, of_quote ? expected[i].chain_error : 0);
	buf_done(&bad);
}

static void faults_of(enum tee_kind kind, size_t want_fitting)
{
	struct tee *t = new_kind(7, "alice", kind);
	struct buf good = new_quote(t, "x");
	struct p256_pub key;
	X509 *root = world_root(7, &key);
	uint8_t data[TEE_REPORT_DATA] = {0};
	size_t fitting = 0;

	for (size_t i = 0; i < FAULTS_N; i++) {
		struct buf none = BUF_INIT(QUOTE_MAX);
		struct err e = ERR_INIT;

		/* Faults of collateral come after those of quotes. */
		assert_int_equal(i >= ARRAY_LEN(expected), !FAULTS[i].apply);
		if (i < ARRAY_LEN(expected))
			assert_string_equal(expected[i].fault, FAULTS[i].name);
		t->faults = (struct fault_set){.on = {false}};
		assert_ok(fault_set_text(&t->faults, FAULTS[i].name, &e), &e);
		if (tee_quote(&none, t, data, &e)) {
			fitting++;
			fault_is(t, &good, root, i);
		} else {
			assert_int_equal(e.code, ERR_SCHEMA);
			assert_non_null(strstr(e.text, "is one of TDX"));
			assert_int_equal(none.len, 0);
		}
		buf_done(&none);
	}
	assert_int_equal(fitting, want_fitting);
	X509_free(root);
	buf_done(&good);
	tee_free(t);
}

static void faults(UNUSED void **state)
{
	faults_of(TEE_TDX4, FAULTS_N - 4);
	faults_of(TEE_TDX5_10, FAULTS_N - 3);
	faults_of(TEE_TDX5, FAULTS_N);
	faults_of(TEE_SGX3, FAULTS_N - 21);
}

/* The exact bytes of faults whose verdict alone does not show them. */
static void fault_values(UNUSED void **state)
{
	static const struct {
		const char *fault;
		size_t at, len;
		const char *hex;
	} cases[] = {
	    {"wrong-version", 0, 2, "0200"},
	    {"wrong-key-type", 2, 2, "0300"},
	    {"unknown-tee-type", 4, 4, "82000000"},
	    {"swapped-tee-type", 4, 4, "00000000"},
	    {"wrong-vendor", 12, 2, "929a"},
	    {"td-debug", 168, 8, "0100001000000000"},
	    {"td-reserved-bit", 168, 8, "0001001000000000"},
	    {"td-reserved-bit:bit=27", 168, 8, "0000001800000000"},
	    {"sept-ve-clear", 168, 8, "0000000000000000"},
	    {"seam-attributes", 160, 8, "0100000000000000"},
	    {"wrong-seam-signer", 112, 4, "33333333"},
	    {"auth-length-huge", 632, 4, "ffffffff"},
	    {"qe-wrong-product", 1026, 2, "0900"},
	    {"qe-not-initialised", 818, 1, "14"},
	    {"qe-debug", 818, 1, "17"},
	    {"qe-misc-select", 786, 4, "01000000"},
	    {"wrong-outer-type", 764, 2, "0500"},
	    {"wrong-cert-type", 1252, 2, "0100"},
	};
	struct tee *t = new_tee(7, "alice");
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf q;

		t->faults = (struct fault_set){.on = {false}};
		assert_ok(fault_set_text(&t->faults, cases[i].fault, &e), &e);
		q = new_quote(t, "x");
		assert_hex(q.data + cases[i].at, cases[i].len, cases[i].hex);
		buf_done(&q);
	}
	tee_free(t);
}

/* Two faults at once are both there, whichever was named first. */
static void faults_compose(UNUSED void **state)
{
	struct tee *t = new_tee(7, "alice");
	struct p256_pub key;
	X509 *root = world_root(7, &key);
	struct err e = ERR_INIT;
	struct buf one, two;
	int error = 0;

	assert_ok(fault_set_text(&t->faults, "td-debug", &e), &e);
	assert_ok(fault_set_text(&t->faults, "pck-expired", &e), &e);
	one = new_quote(t, "x");
	t->faults = (struct fault_set){.on = {false}};
	assert_ok(fault_set_text(&t->faults, "pck-expired", &e), &e);
	assert_ok(fault_set_text(&t->faults, "td-debug", &e), &e);
	two = new_quote(t, "x");
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.data, two.data, one.len);
	assert_string_equal(holds(one.data, one.len, root, &error), "lrxeqbs");
	assert_int_equal(error, X509_V_ERR_CERT_HAS_EXPIRED);
	assert_hex(one.data + 168, 8, "0100001000000000");
	X509_free(root);
	buf_done(&one);
	buf_done(&two);
	tee_free(t);
}

/* The same bytes as on the machine where the fixtures were made. */
static void same_everywhere(UNUSED void **state)
{
	static const struct {
		const char *file, *fault;
	} cases[] = {
	    {"quotes/valid.hex", NULL},
	    {"quotes/td-debug.hex", "td-debug"},
	    {"quotes/pck-expired.hex", "pck-expired"},
	};
	struct tee *t = new_tee(7, "alice");
	uint8_t data[TEE_REPORT_DATA] = {0};
	struct err e = ERR_INIT;

	for (uint8_t i = 0; i < 32; i++)
		data[i] = i;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf want = BUF_INIT(4 * QUOTE_MAX);
		struct buf hex = BUF_INIT(4 * QUOTE_MAX);
		struct buf q = BUF_INIT(QUOTE_MAX);

		t->faults = (struct fault_set){.on = {false}};
		if (cases[i].fault)
			assert_ok(
			    fault_set_text(&t->faults, cases[i].fault, &e), &e);
		assert_ok(buf_read_file(&want, kit_fixture(cases[i].file), &e),
			  &e);
		assert_ok(tee_quote(&q, t, data, &e), &e);
		buf_addhex(&hex, q.data, q.len);
		buf_addc(&hex, '\n');
		assert_string_equal(buf_str(&hex), buf_str(&want));
		buf_done(&want);
		buf_done(&hex);
		buf_done(&q);
	}
	tee_free(t);
}

/* The judge above is right about Intel's own quotes. */
static void genuine(UNUSED void **state)
{
	static const char *const names[] = {"tdx_quote", "sgx_quote"};
	const char *dir = getenv("AVSBED_GENUINE_QUOTES");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path CLEANUP(freep) = xasprintf(
		    "%s/%s",
		    dir ? dir : kit_fixture("../../shared/quotes-genuine"),
		    names[i]);
		struct buf q = BUF_INIT(QUOTE_MAX);
		struct err e = ERR_INIT;
		STACK_OF(X509) * all;
		struct parts p;
		int error = 0;
		const char *what;

		if (!buf_read_file(&q, path, &e)) {
			print_message("SKIPPED: no genuine quotes: %s\n"
				      "(set AVSBED_GENUINE_QUOTES)\n",
				      e.text);
			skip();
		}
		assert_true(take_apart(&p, q.data, q.len));
		all = certs(q.data + p.cert, p.cert_len);
		assert_int_equal(sk_X509_num(all), 3);
		what = holds(q.data, q.len, sk_X509_value(all, 2), &error);
		assert_string_equal(what, "lcrxeqbs");
		sk_X509_pop_free(all, X509_free);
		buf_done(&q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(valid),	       cmocka_unit_test(valid_kinds),
	    cmocka_unit_test(deterministic),   cmocka_unit_test(faults),
	    cmocka_unit_test(fault_values),    cmocka_unit_test(faults_compose),
	    cmocka_unit_test(same_everywhere), cmocka_unit_test(genuine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
