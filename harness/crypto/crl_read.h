/*
 * crl_read - certificate revocation lists of attestation chains, to be shown.
 *
 * Layer: crypto, on libcrypto. Reads what a list says, if it is DER and has no
 * extension twice; whether it may be believed is a verifier's to judge.
 * Source: RFC 5280 5; Intel SGX PCK Certificate and CRL Profile, rev. 1.5.
 */
#ifndef CRYPTO_CRL_READ_H
#define CRYPTO_CRL_READ_H

#include "base/arena.h"
#include "crypto/cert_read.h"

#define CRL_DER_MAX ((size_t)1 << 20)

struct crl_entry {
	char serial[64]; /* hex */
	int64_t when;	 /* seconds since 1970 */
	int reason;	 /* RFC 5280's number; -1: none is given */
};

struct crl_info {
	char issuer[256]; /* "CN = …, O = …" */
	int64_t this_update, next_update;
	int version;	    /* 2; verifiers take no other */
	char number[64];    /* hex, as its extension has it; "" without one */
	char authority[64]; /* the key identifier of the issuer, hex; likewise */
	/* Of the signature, if it is ECDSA with SHA-256 over P-256. */
	bool has_sig;
	struct p256_sig sig;
	struct hash32 signed_hash;
	struct cert_extension ext[CERT_EXTENSIONS_MAX];
	size_t ext_n;
	const struct crl_entry *revoked; /* the arena's */
	size_t revoked_n;
};

/**
 * crl_read - one list, all of @der.
 * Errors: ERR_PARSE saying what is no list about it; ERR_LIMIT.
 */
MUST_USE bool crl_read(struct crl_info *ret, struct arena *a, const void *der,
		       size_t len, struct err *e);

/** crl_signed_by - whether the list's signature is by that key. */
bool crl_signed_by(const struct crl_info *c, const struct p256_pub *key);

/** crl_reason - "keyCompromise"; "unknown" of a number without a name. */
const char *crl_reason(int reason);

#endif
