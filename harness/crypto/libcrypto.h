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
#include <openssl/x509v3.h>

#include "base/err.h"

#define LIBCRYPTO_FUNCTIONS(X)                                                 \
	X(ASN1_ENUMERATED_free)                                                \
	X(ASN1_ENUMERATED_get)                                                 \
	X(ASN1_ENUMERATED_get_int64)                                           \
	X(ASN1_INTEGER_free)                                                   \
	X(ASN1_INTEGER_get_int64)                                              \
	X(ASN1_STRING_get0_data)                                               \
	X(ASN1_STRING_length)                                                  \
	X(ASN1_TIME_to_tm)                                                     \
	X(ASN1_TYPE_free)                                                      \
	X(AUTHORITY_KEYID_free)                                                \
	X(BIO_ctrl)                                                            \
	X(BIO_free)                                                            \
	X(BIO_new)                                                             \
	X(BIO_s_mem)                                                           \
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
	X(CRYPTO_free)                                                         \
	X(ECDSA_SIG_free)                                                      \
	X(ECDSA_SIG_get0_r)                                                    \
	X(ECDSA_SIG_get0_s)                                                    \
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
	X(EVP_DigestSign)                                                      \
	X(EVP_DigestSignInit)                                                  \
	X(EVP_DigestVerify)                                                    \
	X(EVP_DigestVerifyInit)                                                \
	X(EVP_MD_CTX_free)                                                     \
	X(EVP_MD_CTX_new)                                                      \
	X(EVP_PBE_scrypt)                                                      \
	X(EVP_PKEY_free)                                                       \
	X(EVP_PKEY_get0_type_name)                                             \
	X(EVP_PKEY_get_group_name)                                             \
	X(EVP_PKEY_get_octet_string_param)                                     \
	X(EVP_PKEY_get_raw_public_key)                                         \
	X(EVP_PKEY_is_a)                                                       \
	X(EVP_PKEY_new_raw_private_key)                                        \
	X(EVP_PKEY_new_raw_public_key)                                         \
	X(EVP_PKEY_set_utf8_string_param)                                      \
	X(OBJ_get0_data)                                                       \
	X(OBJ_length)                                                          \
	X(OBJ_obj2txt)                                                         \
	X(OPENSSL_init_crypto)                                                 \
	X(OPENSSL_sk_num)                                                      \
	X(OPENSSL_sk_pop_free)                                                 \
	X(OPENSSL_sk_value)                                                    \
	X(X509_CRL_free)                                                       \
	X(X509_CRL_get0_extensions)                                            \
	X(X509_CRL_get0_lastUpdate)                                            \
	X(X509_CRL_get0_nextUpdate)                                            \
	X(X509_CRL_get0_signature)                                             \
	X(X509_CRL_get_REVOKED)                                                \
	X(X509_CRL_get_ext_d2i)                                                \
	X(X509_CRL_get_issuer)                                                 \
	X(X509_CRL_get_signature_nid)                                          \
	X(X509_CRL_get_version)                                                \
	X(X509_EXTENSION_get_critical)                                         \
	X(X509_EXTENSION_get_data)                                             \
	X(X509_EXTENSION_get_object)                                           \
	X(X509_NAME_ENTRY_get_data)                                            \
	X(X509_NAME_get_entry)                                                 \
	X(X509_NAME_get_index_by_NID)                                          \
	X(X509_NAME_print_ex)                                                  \
	X(X509_REVOKED_get0_revocationDate)                                    \
	X(X509_REVOKED_get0_serialNumber)                                      \
	X(X509_REVOKED_get_ext_d2i)                                            \
	X(X509_check_ca)                                                       \
	X(X509_free)                                                           \
	X(X509_get0_extensions)                                                \
	X(X509_get0_notAfter)                                                  \
	X(X509_get0_notBefore)                                                 \
	X(X509_get0_pubkey)                                                    \
	X(X509_get0_serialNumber)                                              \
	X(X509_get0_signature)                                                 \
	X(X509_get_ext)                                                        \
	X(X509_get_ext_count)                                                  \
	X(X509_get_issuer_name)                                                \
	X(X509_get_signature_nid)                                              \
	X(X509_get_subject_name)                                               \
	X(d2i_ASN1_SEQUENCE_ANY)                                               \
	X(d2i_ECDSA_SIG)                                                       \
	X(d2i_X509)                                                            \
	X(d2i_X509_CRL)                                                        \
	X(i2d_re_X509_CRL_tbs)                                                 \
	X(i2d_re_X509_tbs)

struct libcrypto {
#define LIBCRYPTO_POINTER(f) __typeof__(f) *f;
	LIBCRYPTO_FUNCTIONS(LIBCRYPTO_POINTER)
};

/**
 * libcrypto_load - its functions. @ret: stays.
 * Errors: as late_library().
 */
MUST_USE bool libcrypto_load(const struct libcrypto **ret, struct err *e);

/** libcrypto - the same for keys, whose callers know no failure: a program that
 * signs and has no libcrypto says so and exits with 2. */
const struct libcrypto *libcrypto(void);

#endif
