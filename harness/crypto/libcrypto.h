/*
 * libcrypto - what is used of it, loaded when it is first needed (base/late.h).
 *
 * Layer: crypto, for its own files only.
 */
#ifndef CRYPTO_LIBCRYPTO_H
#define CRYPTO_LIBCRYPTO_H

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#define LIBCRYPTO_FUNCTIONS(X)                                                 \
	X(BN_CTX_end)                                                          \
	X(BN_CTX_free)                                                         \
	X(BN_CTX_get)                                                          \
	X(BN_CTX_new)                                                          \
	X(BN_CTX_start)                                                        \
	X(BN_bin2bn)                                                           \
	X(BN_bn2binpad)                                                        \
	X(BN_cmp)                                                              \
	X(BN_is_zero)                                                          \
	X(BN_mod_add)                                                          \
	X(BN_mod_inverse)                                                      \
	X(BN_mod_mul)                                                          \
	X(BN_nnmod)                                                            \
	X(BN_zero_ex)                                                          \
	X(EC_GROUP_free)                                                       \
	X(EC_GROUP_get0_field)                                                 \
	X(EC_GROUP_get0_order)                                                 \
	X(EC_GROUP_new_by_curve_name)                                          \
	X(EC_POINT_free)                                                       \
	X(EC_POINT_get_affine_coordinates)                                     \
	X(EC_POINT_is_at_infinity)                                             \
	X(EC_POINT_mul)                                                        \
	X(EC_POINT_new)                                                        \
	X(EC_POINT_set_affine_coordinates)                                     \
	X(EVP_DigestSign)                                                       \
	X(EVP_DigestSignInit)                                                   \
	X(EVP_DigestVerify)                                                     \
	X(EVP_DigestVerifyInit)                                                 \
	X(EVP_MD_CTX_free)                                                      \
	X(EVP_MD_CTX_new)                                                       \
	X(EVP_PBE_scrypt)                                                       \
	X(EVP_PKEY_free)                                                        \
	X(EVP_PKEY_get_raw_public_key)                                          \
	X(EVP_PKEY_new_raw_private_key)                                         \
	X(EVP_PKEY_new_raw_public_key)                                          \
	X(OPENSSL_init_crypto)

struct libcrypto {
#define LIBCRYPTO_POINTER(f) __typeof__(f) *f;
	LIBCRYPTO_FUNCTIONS(LIBCRYPTO_POINTER)
};

/** libcrypto - its functions. */
const struct libcrypto *libcrypto(void);

#endif
