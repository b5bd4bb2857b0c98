/*
 * cert - the X.509 certificates of a simulated Intel SGX PKI.
 *
 * Layer: simulate. A certificate is made from a struct that says everything
 * about it, signed deterministically: the same struct gives the same bytes.
 * Names, extensions and their order are Intel's, which verifiers insist on;
 * the organisation says SIMULATED, which nobody checks but a human sees.
 * Source: Intel SGX PCK Certificate and CRL Profile Specification, rev. 1.5.
 */
#ifndef SIMULATE_CERT_H
#define SIMULATE_CERT_H

#include "base/buf.h"
#include "crypto/ec.h"
#include "eth/tee_host.h"

#define CERT_MAX ((size_t)8 << 10) /* bytes of one, DER */

#define CERT_ORGANISATION "SIMULATED (not Intel)"

#define CERT_CN_ROOT "Intel SGX Root CA"
#define CERT_CN_PLATFORM_CA "Intel SGX PCK Platform CA"
#define CERT_CN_PROCESSOR_CA "Intel SGX PCK Processor CA"
#define CERT_CN_TCB_SIGNING "Intel SGX TCB Signing"
#define CERT_CN_PCK "Intel SGX PCK Certificate"

/* keyUsage, as the first byte of its BIT STRING (RFC 5280 4.2.1.3). */
#define CERT_USE_SIGNATURE 0xc0 /* digitalSignature, nonRepudiation */
#define CERT_USE_CA 0x06	/* keyCertSign, cRLSign */

struct cert_spec {
	const char *subject_cn, *issuer_cn;
	const char *crl_url; /* NULL, a fault: no such extension */
	uint8_t serial[20];
	int64_t not_before, not_after; /* seconds since 1970, inclusive */
	struct p256_pub key;	       /* the subject's */
	struct p256_pub issuer_key;    /* identified, not necessarily signing */
	struct seckey signer;	       /* that signs */
	uint8_t key_usage;
	bool is_ca;
	int path_len;			/* of a CA; -1: no limit */
	const struct sgx_platform *sgx; /* borrowed; NULL: no SGX extension */
	/* Faults: who it says that it is, no issuer's key, one more extension.
	 */
	const struct p256_pub *poses_as; /* borrowed */
	bool no_authority, unknown_critical;
};

/** cert_key_id - SHA-256 of the public point, cut to 20 bytes (RFC 7093). */
void cert_key_id(uint8_t ret[20], const struct p256_pub *key);

/**
 * cert_make - append the signed certificate's DER.
 * Errors: ERR_CRYPTO from signing; ERR_LIMIT from @out.
 */
MUST_USE bool cert_make(struct buf *out, const struct cert_spec *spec,
			struct err *e);

/** pem_add - append @der as "BEGIN <what>", 64 columns, "\n" ends. */
void pem_add(struct buf *out, const char *what, const void *der, size_t len);

#endif
