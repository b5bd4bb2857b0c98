/*
 * hash - fixed-size byte values and the hash functions.
 *
 * Layer: crypto. Keccak's permutation is nettle's, SHA-2 is libcrypto's.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct addr20 {
	uint8_t b[20];
};

struct hash32 {
	uint8_t b[32];
};

struct hash48 {
	uint8_t b[48];
};

/** keccak256 - Keccak-256 as Ethereum uses it (0x01 padding, not SHA3's). */
struct hash32 keccak256(const void *data, size_t len);

/* keccak256 over pieces: init, add, add, …, done. */
struct keccak {
	uint64_t lanes[25];
	size_t fill;
};
void keccak_init(struct keccak *k);
void keccak_add(struct keccak *k, const void *data, size_t len);
struct hash32 keccak_done(struct keccak *k);

struct hash32 sha256(const void *data, size_t len);
/**
 * sha256_file - of what a file holds, which is never in memory as a whole.
 * Errors: ERR_OS with the path; ERR_LIMIT if it is larger than @max bytes.
 */
MUST_USE bool sha256_file(struct hash32 *ret, const char *path, size_t max,
			  struct err *e);
struct hash48 sha384(const void *data, size_t len);
void sha512(uint8_t ret[64], const void *data, size_t len);
void hmac_sha256(uint8_t ret[32], const void *key, size_t key_len,
		 const void *data, size_t len);

/** hkdf_sha256 - 32 bytes by RFC 5869. */
void hkdf_sha256(uint8_t ret[32], const void *salt, size_t salt_len,
		 const void *ikm, size_t ikm_len, const void *info,
		 size_t info_len);

#define HASH_MAX 64u
/**
 * hash_named - by sha256, sha384, sha512, sha3-256, -384, -512, keccak256,
 * keccak384 or keccak512 (its original padding). Returns the bytes of @ret that
 * are the hash; 0 if no such name.
 */
size_t hash_named(uint8_t ret[HASH_MAX], const char *name, const void *data,
		  size_t len);

bool addr_eq(const struct addr20 *a, const struct addr20 *b);
bool hash_eq(const struct hash32 *a, const struct hash32 *b);
bool addr_is_zero(const struct addr20 *a);

/* Text with "0x", returned by value: no buffer to pass, nothing to free. */
struct hash_text {
	char s[2 + 64 + 1];
};
struct addr_text {
	char s[2 + 40 + 1];
};
struct hash_text fmt_hash(const struct hash32 *h);
/** fmt_addr - with the mixed-case checksum of EIP-55. */
struct addr_text fmt_addr(const struct addr20 *a);

#endif
