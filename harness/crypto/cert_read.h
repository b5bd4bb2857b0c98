/*
 * cert_read - X.509 certificates of attestation chains, to be shown and
 * anchored.
 *
 * Layer: crypto, on libcrypto. Reads what a certificate says, if it is DER and
 * has no extension twice; whether it may be believed is a verifier's to judge.
 * Names and times are text for humans.
 * Source: RFC 5280; Intel SGX PCK Certificate and CRL Profile, rev. 1.5.
 */
#ifndef CRYPTO_CERT_READ_H
#define CRYPTO_CERT_READ_H

#include "base/buf.h"
#include "crypto/ec.h"

#define CERT_DER_MAX ((size_t)64 << 10)
#define CERT_EXTENSIONS_MAX 16

struct cert_extension {
	char name[48]; /* "X509v3 Key Usage", or the dotted OID */
	bool critical;
	size_t len;
};

/* A platform as Intel's extension of its PCK certificate describes it. */
struct cert_platform {
	uint8_t ppid[16], cpu_svn[16], pce_id[2], fmspc[6];
	uint16_t comp_svn[16], pce_svn;
	int64_t sgx_type;
	bool has_instance; /* of servers' certificates only: */
	uint8_t instance_id[16];
	bool dynamic_platform, cached_keys, smt;
};

struct cert_info {
	char subject[256], issuer[256]; /* "CN = …, O = …" */
	char common_name[128];		/* the subject's; "" if there is none */
	char serial[64];		/* hex */
	int64_t not_before, not_after;	/* seconds since 1970, inclusive */
	char key_kind[32];		/* "P-256", or what else it is */
	bool is_p256;
	struct p256_pub key; /* if is_p256 */
	bool is_ca;
	/* Of the signature, if it is ECDSA with SHA-256 over P-256. */
	bool has_sig;
	struct p256_sig sig;
	struct hash32 signed_hash;
	struct cert_extension ext[CERT_EXTENSIONS_MAX];
	size_t ext_n;
	bool has_platform;
	struct cert_platform platform;
};

/**
 * cert_read - one certificate, all of @der.
 * Errors: ERR_PARSE saying what is no certificate about it; ERR_LIMIT.
 */
MUST_USE bool cert_read(struct cert_info *ret, const void *der, size_t len,
			struct err *e);

/** cert_signed_by - whether @c's signature is by that key. */
bool cert_signed_by(const struct cert_info *c, const struct p256_pub *key);

#endif
