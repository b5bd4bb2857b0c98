/*
 * judge - what holds of a quote, by OpenSSL and by offsets written out here
 * from Intel's layout, so that a mistake in the simulator cannot agree with
 * itself.
 */
#ifndef SIMULATE_TEST_JUDGE_H
#define SIMULATE_TEST_JUDGE_H

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

static UNUSED size_t le(const uint8_t *p, unsigned n)
{
	size_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* False unless every type and length is exactly what it must be. */
static UNUSED bool take_apart(struct parts *p, const uint8_t *q, size_t len)
{
	static const size_t bodies[] = {0, 384, 584, 648, 885};
	size_t end, type;

	if (len < 1020)
		return false;
	*p = (struct parts){.version = (unsigned)le(q, 2)};
	type = p->version == 5 ? le(q + 48, 2) : p->version - 2u;
	if (p->version < 3 || p->version > 5 || type < 1 || type > 4 ||
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

static UNUSED EVP_PKEY *raw_key(const uint8_t xy[64])
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

static UNUSED bool signed_by(EVP_PKEY *key, const uint8_t rs[64],
			     const uint8_t *data, size_t len)
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
static UNUSED STACK_OF(X509) * certs(const uint8_t *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *x;

	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		sk_X509_push(all, x);
	BIO_free(bio);
	return all;
}

static UNUSED bool chain_ok(STACK_OF(X509) * all, X509 *root, int *ret_error)
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
static UNUSED char *holds(const uint8_t *q, size_t len, X509 *root,
			  int *ret_error)
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

static UNUSED struct tee *new_kind(uint64_t seed, const char *name,
				   enum tee_kind kind)
{
	struct tee_spec spec = {.seed = seed, .name = name, .kind = kind};
	struct err e = ERR_INIT;
	struct tee *t = NULL;

	assert_ok(tee_new(&t, &spec, &e), &e);
	return t;
}

static UNUSED struct tee *new_tee(uint64_t seed, const char *name)
{
	return new_kind(seed, name, TEE_TDX4);
}

static UNUSED struct buf new_quote(const struct tee *t, const char *data)
{
	uint8_t report_data[TEE_REPORT_DATA] = {0};
	struct buf b = BUF_INIT(QUOTE_MAX);
	struct err e = ERR_INIT;

	memcpy(report_data, data, strlen(data));
	assert_ok(tee_quote(&b, t, report_data, &e), &e);
	return b;
}

static UNUSED X509 *world_root(uint64_t seed, struct p256_pub *ret_key)
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

#endif
