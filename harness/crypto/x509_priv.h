/*
 * x509_priv - what certificates and CRLs have in common, between their readers.
 *
 * Layer: crypto, private to it.
 */
#ifndef CRYPTO_X509_PRIV_H
#define CRYPTO_X509_PRIV_H

#include "crypto/cert_read.h"
#include "crypto/libcrypto.h"

/* An item of one of libcrypto's stacks, whose own macro would link with it. */
#define STACK_ITEM(lib, type, stack, i)                                        \
	((type *)(lib)->OPENSSL_sk_value((const OPENSSL_STACK *)(stack), (i)))

/** x509_name_text - "CN = …, O = …", cut to fit. */
void x509_name_text(char *ret, size_t size, const X509_NAME *name);

/** x509_unix_time - seconds since 1970; false if it is none. */
MUST_USE bool x509_unix_time(int64_t *ret, const ASN1_TIME *t);

/** x509_integer_text - its bytes as hex, cut to fit. */
void x509_integer_text(char *ret, size_t size, const ASN1_INTEGER *v);

/** x509_signature - false unless it is ECDSA with SHA-256 over P-256. */
MUST_USE bool x509_signature(struct p256_sig *ret, const ASN1_BIT_STRING *bits,
			     int nid);

/**
 * x509_extensions - their names. @all: NULL for none.
 * Errors: ERR_PARSE one stands twice; ERR_LIMIT there are too many.
 */
MUST_USE bool x509_extensions(struct cert_extension ret[CERT_EXTENSIONS_MAX],
			      size_t *ret_n,
			      const STACK_OF(X509_EXTENSION) * all,
			      struct err *e);

#endif
