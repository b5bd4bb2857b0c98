/*
 * crl - certificate revocation lists of a simulated Intel SGX PKI.
 *
 * Layer: simulate. Version 2, with crlNumber and authorityKeyIdentifier, as
 * verifiers insist; no list of entries at all when nothing is revoked.
 * Source: RFC 5280 5; Intel SGX PCK Certificate and CRL Profile, rev. 1.5.
 */
#ifndef SIMULATE_CRL_H
#define SIMULATE_CRL_H

#include "simulate/cert.h"

#define CRL_MAX ((size_t)64 << 10) /* bytes of one, DER */

struct crl_spec {
	const char *issuer_cn;
	int64_t this_update, next_update; /* seconds since 1970 */
	uint64_t number;
	struct p256_pub issuer_key; /* identified, not necessarily signing */
	struct seckey signer;	    /* that signs */
	uint8_t (*revoked)[20];	    /* serial numbers; owned */
	size_t revoked_n, revoked_cap;
	bool no_extensions; /* a fault: neither of them */
};

void crl_done(struct crl_spec *s);

/** crl_revoke - add an entry. */
void crl_revoke(struct crl_spec *s, const uint8_t serial[20]);

/**
 * crl_make - append the signed list's DER. Entries are of this_update, for
 * keyCompromise.
 * Errors: ERR_CRYPTO from signing; ERR_LIMIT from @out.
 */
MUST_USE bool crl_make(struct buf *out, const struct crl_spec *spec,
		       struct err *e);

#endif
