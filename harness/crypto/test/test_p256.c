#include "test/kit.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "crypto/ec.h"

/* SEC 2, section 2.4.2: order and prime of secp256r1. */
static const char ORDER[] = "ffffffff00000000ffffffffffffffff"
			    "bce6faada7179e84f3b9cac2fc632551";
static const char PRIME[] = "ffffffff000000010000000000000000"
			    "00000000ffffffffffffffffffffffff";
/* RFC 6979, A.2.5. */
static const char KEY[] = "c9afa9d845ba75166b5c215767b1d693"
			  "4e50c3db36e89b127b8a622b120f6721";

static void put(uint8_t ret[32], const char *hex)
{
	struct err e = ERR_INIT;

	assert_ok(hex_decode(ret, 32, hex, strlen(hex), &e), &e);
}

static void known_public_key(void **state)
{
	struct err e = ERR_INIT;
	struct p256_pub pub;
	struct seckey k;

	(void)state;
	put(k.b, KEY);
	assert_ok(p256_public(&pub, &k, &e), &e);
	assert_hex(pub.x, 32,
		   "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60"
		   "f29fb6");
	assert_hex(pub.y, 32,
		   "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4"
		   "462299");
}

static void check_rfc6979(char **f)
{
	struct hash32 h = sha256(f[0], strlen(f[0]));
	struct err e = ERR_INIT;
	struct p256_sig sig;
	struct seckey k;

	put(k.b, KEY);
	assert_ok(p256_sign(&sig, &k, &h, &e), &e);
	assert_hex(sig.r, 32, f[1]);
	assert_hex(sig.s, 32, f[2]);
}

static void known_signatures(void **state)
{
	(void)state;
	kit_vectors("crypto/rfc6979-p256.txt", 3, check_rfc6979);
}

/* What libcrypto's own ECDSA says of a signature. */
static bool libcrypto_verifies(const struct p256_pub *pub,
			       const struct p256_sig *sig,
			       const struct hash32 *digest)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	uint8_t point[65] = {4}, *der = NULL;
	ECDSA_SIG *rs = ECDSA_SIG_new();
	EVP_PKEY_CTX *check;
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;
	int len, ok;

	memcpy(point + 1, pub->x, 32);
	memcpy(point + 33, pub->y, 32);
	assert_true(OSSL_PARAM_BLD_push_utf8_string(
	    bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
	assert_true(OSSL_PARAM_BLD_push_octet_string(
	    bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)));
	params = OSSL_PARAM_BLD_to_param(bld);
	assert_int_equal(EVP_PKEY_fromdata_init(make), 1);
	assert_int_equal(
	    EVP_PKEY_fromdata(make, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	assert_true(ECDSA_SIG_set0(rs, BN_bin2bn(sig->r, 32, NULL),
				   BN_bin2bn(sig->s, 32, NULL)));
	len = i2d_ECDSA_SIG(rs, &der);
	assert_true(len > 0);
	check = EVP_PKEY_CTX_new(key, NULL);
	assert_int_equal(EVP_PKEY_verify_init(check), 1);
	ok = EVP_PKEY_verify(check, der, (size_t)len, digest->b, 32);
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(make);
	EVP_PKEY_free(key);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	ECDSA_SIG_free(rs);
	OPENSSL_free(der);
	return ok == 1;
}

static void signs_and_verifies(uint64_t seed)
{
	struct seckey k = p256_key_derive(&seed, sizeof(seed), "test");
	struct rng r = RNG_INIT(seed);
	struct err e = ERR_INIT;
	struct p256_sig sig, bad;
	struct p256_pub pub;
	struct hash32 h;

	rng_fill(&r, h.b, 32);
	assert_ok(p256_public(&pub, &k, &e), &e);
	assert_ok(p256_sign(&sig, &k, &h, &e), &e);
	assert_ok(p256_verify(&pub, &sig, &h, &e), &e);
	assert_true(libcrypto_verifies(&pub, &sig, &h));

	bad = sig;
	bad.s[31] ^= 1;
	assert_err(p256_verify(&pub, &bad, &h, &e), &e, ERR_CRYPTO,
		   "not this key's over this digest");
	assert_false(libcrypto_verifies(&pub, &bad, &h));
	h.b[seed % 32] ^= 0x10;
	assert_err(p256_verify(&pub, &sig, &h, &e), &e, ERR_CRYPTO,
		   "not this key's over this digest");
}

static void agrees_with_libcrypto(void **state)
{
	(void)state;
	kit_property(1, 30, signs_and_verifies);
}

static void derived_keys_differ_and_repeat(void **state)
{
	struct seckey a = p256_key_derive("seed", 4, "root");
	struct seckey again = p256_key_derive("seed", 4, "root");
	struct seckey label = p256_key_derive("seed", 4, "leaf");
	struct seckey seed = p256_key_derive("seeds", 5, "root");

	(void)state;
	assert_memory_equal(a.b, again.b, 32);
	assert_memory_not_equal(a.b, label.b, 32);
	assert_memory_not_equal(a.b, seed.b, 32);
}

static void digests_over_the_order_are_reduced(void **state)
{
	struct err e = ERR_INIT;
	struct seckey k = p256_key_derive("s", 1, "l");
	struct p256_sig sig, one;
	struct p256_pub pub;
	struct hash32 h, small;

	(void)state;
	/* The order plus 5, and 5. */
	put(h.b, ORDER);
	h.b[31] = (uint8_t)(h.b[31] + 5);
	memset(small.b, 0, 32);
	small.b[31] = 5;
	assert_ok(p256_public(&pub, &k, &e), &e);
	assert_ok(p256_sign(&sig, &k, &h, &e), &e);
	assert_ok(p256_sign(&one, &k, &small, &e), &e);
	assert_memory_equal(&sig, &one, sizeof(sig));
	assert_true(libcrypto_verifies(&pub, &sig, &h));
}

static void keys_out_of_range(void **state)
{
	struct err e = ERR_INIT;
	struct seckey bad[2] = {{.b = {0}}};
	struct p256_pub pub;
	struct p256_sig sig;
	struct hash32 h = {.b = {1}};

	(void)state;
	put(bad[1].b, ORDER);
	for (size_t i = 0; i < 2; i++) {
		assert_err(p256_public(&pub, &bad[i], &e), &e, ERR_CRYPTO,
			   "private key is 0 or not below the order of P-256");
		assert_err(p256_sign(&sig, &bad[i], &h, &e), &e, ERR_CRYPTO,
			   "private key is 0 or not below the order of P-256");
	}
}

static void hostile_signatures_and_keys(void **state)
{
	struct seckey k = p256_key_derive("s", 1, "l");
	struct hash32 h = {.b = {1}};
	struct err e = ERR_INIT;
	struct p256_pub pub, bad;
	struct p256_sig sig, wrong;

	(void)state;
	assert_ok(p256_public(&pub, &k, &e), &e);
	assert_ok(p256_sign(&sig, &k, &h, &e), &e);
	wrong = sig;
	memset(wrong.r, 0, 32);
	assert_err(p256_verify(&pub, &wrong, &h, &e), &e, ERR_CRYPTO,
		   "r of the signature is 0 or not below");
	wrong = sig;
	put(wrong.s, ORDER);
	assert_err(p256_verify(&pub, &wrong, &h, &e), &e, ERR_CRYPTO,
		   "s of the signature is 0 or not below");
	bad = pub;
	put(bad.x, PRIME);
	assert_err(p256_verify(&bad, &sig, &h, &e), &e, ERR_CRYPTO,
		   "x of the public key is not below the prime");
	bad = pub;
	put(bad.y, PRIME);
	assert_err(p256_verify(&bad, &sig, &h, &e), &e, ERR_CRYPTO,
		   "y of the public key is not below the prime");
	bad = pub;
	bad.y[31] ^= 1;
	assert_err(p256_verify(&bad, &sig, &h, &e), &e, ERR_CRYPTO,
		   "the public key is no point of P-256");
}

/* Q = P and z = -r make the verifier's sum the point at infinity. */
static void the_point_at_infinity_is_no_match(void **state)
{
	struct err e = ERR_INIT;
	struct seckey one = {.b = {0}};
	struct p256_pub base;
	struct p256_sig sig = {.r = {0}, .s = {0}};
	struct hash32 z;

	(void)state;
	one.b[31] = 1;
	sig.r[31] = 1;
	sig.s[31] = 1;
	put(z.b, ORDER);
	z.b[31]--;
	assert_ok(p256_public(&base, &one, &e), &e);
	assert_err(p256_verify(&base, &sig, &z, &e), &e, ERR_CRYPTO,
		   "not this key's over this digest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_public_key),
	    cmocka_unit_test(known_signatures),
	    cmocka_unit_test(agrees_with_libcrypto),
	    cmocka_unit_test(derived_keys_differ_and_repeat),
	    cmocka_unit_test(digests_over_the_order_are_reduced),
	    cmocka_unit_test(keys_out_of_range),
	    cmocka_unit_test(hostile_signatures_and_keys),
	    cmocka_unit_test(the_point_at_infinity_is_no_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
