/*
 * ec - keys and signatures: secp256k1 for Ethereum, P-256 for attestation.
 *
 * Layer: crypto. All signing is deterministic (RFC 6979), so the same seed
 * gives the same transactions, certificates and quotes, byte for byte.
 * Devnet keys only: P-256 here is not constant-time.
 */
#ifndef CRYPTO_EC_H
#define CRYPTO_EC_H

#include "base/err.h"
#include "crypto/hash.h"

/* A private scalar, big-endian. No function prints one. */
struct seckey {
	uint8_t b[32];
};
void seckey_wipe(struct seckey *k);

/* A recoverable secp256k1 signature. */
struct sig65 {
	uint8_t r[32], s[32];
	uint8_t v; /* recovery id, 0 or 1 */
};

/**
 * devnet_key - the private key of a named devnet actor: keccak256 of
 * "avsbed devnet key: " and the name. Anyone can compute it; never fund it.
 */
struct seckey devnet_key(const char *name);

/** secp_address - the Ethereum address of a key. Errors: ERR_CRYPTO. */
MUST_USE bool secp_address(struct addr20 *ret, const struct seckey *key,
			   struct err *e);
/** devnet_address - that of devnet_key(@name). Errors: ERR_CRYPTO. */
MUST_USE bool devnet_address(struct addr20 *ret, const char *name,
			     struct err *e);
/** secp_sign - sign a 32-byte digest; low s. Errors: ERR_CRYPTO. */
MUST_USE bool secp_sign(struct sig65 *ret, const struct seckey *key,
			const struct hash32 *digest, struct err *e);
/** secp_recover - the signer's address. Errors: ERR_CRYPTO. */
MUST_USE bool secp_recover(struct addr20 *ret, const struct sig65 *sig,
			   const struct hash32 *digest, struct err *e);

/* A compressed secp256k1 key. */
struct secp_pub {
	uint8_t b[33];
};
/** secp_public - Errors: ERR_CRYPTO. */
MUST_USE bool secp_public(struct secp_pub *ret, const struct seckey *key,
			  struct err *e);
/**
 * secp_verify - true if r‖s, with low s, is @pub's (33 or 65 bytes) signature.
 * @ret_valid: set unless key or signature are malformed.
 * Errors: ERR_CRYPTO naming which.
 */
MUST_USE bool secp_verify(bool *ret_valid, const uint8_t *pub, size_t pub_len,
			  const uint8_t rs[64], const struct hash32 *digest,
			  struct err *e);

/* Ed25519 (RFC 8032); the private key is its seed. */
struct ed25519_pub {
	uint8_t b[32];
};
void ed25519_public(struct ed25519_pub *ret, const struct seckey *seed);
void ed25519_sign(uint8_t ret[64], const struct seckey *seed, const void *data,
		  size_t len);
bool ed25519_verify(const struct ed25519_pub *pub, const uint8_t sig[64],
		    const void *data, size_t len);

/* P-256: x‖y and r‖s, each 32 bytes big-endian, as quotes carry them. */
struct p256_pub {
	uint8_t x[32], y[32];
};
struct p256_sig {
	uint8_t r[32], s[32];
};

/** p256_key_derive - a valid private key from a seed and a label. */
struct seckey p256_key_derive(const void *seed, size_t seed_len,
			      const char *label);
MUST_USE bool p256_public(struct p256_pub *ret, const struct seckey *key,
			  struct err *e);
/** p256_sign - RFC 6979 with SHA-256 over a SHA-256 digest. */
MUST_USE bool p256_sign(struct p256_sig *ret, const struct seckey *key,
			const struct hash32 *digest, struct err *e);
/** p256_verify - true if valid. Errors: ERR_CRYPTO naming what is wrong. */
MUST_USE bool p256_verify(const struct p256_pub *pub,
			  const struct p256_sig *sig,
			  const struct hash32 *digest, struct err *e);

#endif
