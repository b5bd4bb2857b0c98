/*
 * keystore - web3 secret storage v3: a private key under a password.
 *
 * Layer: crypto. Reads scrypt and pbkdf2, aes-128-ctr; writes scrypt, in the
 * strength asked for. The JSON form is codec/keyfile.h, one room above.
 */
#ifndef CRYPTO_KEYSTORE_H
#define CRYPTO_KEYSTORE_H

#include "base/buf.h"
#include "crypto/ec.h"

/* The members of a v3 file, decoded. */
enum keystore_kdf { KEYSTORE_SCRYPT, KEYSTORE_PBKDF2 };

struct keystore {
	struct addr20 address;
	bool has_address;
	enum keystore_kdf kdf;
	uint64_t n, r, p;   /* scrypt; pbkdf2: n = iterations */
	uint8_t salt[64];
	size_t salt_len;
	uint8_t iv[16];
	uint8_t cipher[32]; /* the encrypted key */
	uint8_t mac[32];
	char id[37];	    /* UUID text */
};

#define KEYSTORE_LIGHT 1u /* iterations; devnet: opens in microseconds */

/**
 * keystore_open - the private key.
 * @ret_who: its address, which was made to look whether it is the right one; or
 * NULL.
 * Errors: ERR_CRYPTO "wrong password" when the MAC differs, or a key that is
 * not the address's; ERR_RANGE for KDF parameters that RFC 7914 or RFC 8018
 * forbid; ERR_LIMIT for those over 1 GiB of work or ten million iterations.
 */
MUST_USE bool keystore_open(struct seckey *ret, struct addr20 *ret_who,
			    const struct keystore *ks, const char *password,
			    struct err *e);

/**
 * keystore_seal - the inverse, by PBKDF2, for which nothing need be loaded;
 * salt, iv and id derive from key and password. @address: the key's, which
 * whoever made the key knows.
 * Errors: @iterations as keystore_open.
 */
MUST_USE bool keystore_seal(struct keystore *ret, const struct seckey *key,
			    const struct addr20 *address, const char *password,
			    uint64_t iterations, struct err *e);

#endif
