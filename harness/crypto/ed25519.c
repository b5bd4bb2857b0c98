#include "crypto/ec.h"

#include "crypto/libcrypto.h"

#include "base/base.h"

static const struct libcrypto *lib; /* from the first key on */

/* libcrypto fails here only without memory, but for foreign public keys. */
static EVP_PKEY *private_key(const struct seckey *seed)
{
	EVP_PKEY *key;

	lib = libcrypto();
	key = lib->EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->b,
						sizeof(seed->b));
	ASSERT(key);
	return key;
}

void ed25519_public(struct ed25519_pub *ret, const struct seckey *seed)
{
	EVP_PKEY *key = private_key(seed);
	size_t len = sizeof(ret->b);

	ASSERT(lib->EVP_PKEY_get_raw_public_key(key, ret->b, &len) == 1);
	lib->EVP_PKEY_free(key);
}

void ed25519_sign(uint8_t ret[64], const struct seckey *seed, const void *data,
		  size_t len)
{
	EVP_PKEY *key = private_key(seed);
	EVP_MD_CTX *ctx = lib->EVP_MD_CTX_new();
	size_t sig_len = 64;

	ASSERT(ctx);
	ASSERT(lib->EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1);
	ASSERT(lib->EVP_DigestSign(ctx, ret, &sig_len, data, len) == 1);
	lib->EVP_MD_CTX_free(ctx);
	lib->EVP_PKEY_free(key);
}

bool ed25519_verify(const struct ed25519_pub *pub, const uint8_t sig[64],
		    const void *data, size_t len)
{
	EVP_PKEY *key;
	EVP_MD_CTX *ctx;
	bool ok;

	lib = libcrypto();
	key = lib->EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub->b,
					       sizeof(pub->b));
	ctx = lib->EVP_MD_CTX_new();
	ASSERT(ctx);
	ok = key &&
	     lib->EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	     lib->EVP_DigestVerify(ctx, sig, 64, data, len) == 1;
	lib->EVP_MD_CTX_free(ctx);
	lib->EVP_PKEY_free(key);
	return ok;
}
