/*
 * x509 - what certificates and revocation lists have in common.
 *
 * Layer: simulate, for cert.c and crl.c. Source: RFC 5280.
 */
#ifndef SIMULATE_X509_H
#define SIMULATE_X509_H

#include "simulate/cert.h"
#include "simulate/der.h"

/**
 * x509_name - Intel's names, but for the organisation: its order, and its
 * string types (PrintableString for the country).
 */
void x509_name(struct der *d, const char *cn);

/** x509_public - a P-256 key as SubjectPublicKeyInfo. */
void x509_public(struct der *d, const struct p256_pub *key);

/** x509_algorithm - ecdsa-with-SHA256. */
void x509_algorithm(struct der *d);

/** x509_ext_open - an extension up to its value; ends by x509_ext_close. */
void x509_ext_open(struct der *d, const char *oid, bool critical);
void x509_ext_close(struct der *d);

/** x509_subject_key - the extension that identifies its own key. */
void x509_subject_key(struct der *d, const struct p256_pub *key);
/** x509_usage - keyUsage, by CERT_USE_…. */
void x509_usage(struct der *d, uint8_t usage);
/** x509_basic - basicConstraints; @path_len -1: no limit. */
void x509_basic(struct der *d, bool is_ca, int path_len);

/** x509_authority - the extension that identifies the issuer's key. */
void x509_authority(struct der *d, const struct p256_pub *key);

/**
 * x509_seal - append @take_tbs with its signature; @take_tbs is freed.
 * Errors: ERR_CRYPTO from signing; ERR_LIMIT.
 */
MUST_USE bool x509_seal(struct buf *out, struct der *take_tbs,
			const struct seckey *signer, struct err *e);

#endif
