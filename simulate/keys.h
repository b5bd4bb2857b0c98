/*
 * keys - what dstack derives for an application: its keys, and the signatures
 * that lead from them to the key management service.
 *
 * Layer: simulate. The KMS's root key follows from the seed, the app's key from
 * that and the app id: all instances of an app share it.
 * Source: dstack 0.5.11, guest-agent and kms.
 */
#ifndef SIMULATE_KEYS_H
#define SIMULATE_KEYS_H

#include "simulate/tee.h"

enum key_algorithm { KEY_SECP256K1, KEY_ED25519 };

/* r‖s‖v, v 0 or 1. */
#define KEY_SIGNATURE 65u

/* By the app key over purpose and public key; by the KMS over the app key. */
struct key_chain {
	uint8_t by_app[KEY_SIGNATURE], by_kms[KEY_SIGNATURE];
};

/**
 * keys_algorithm - "", "secp256k1" and "k256", or "ed25519".
 * Errors: ERR_SCHEMA naming what there is.
 */
MUST_USE bool keys_algorithm(enum key_algorithm *ret, const char *name,
			     struct err *e);

/** keys_derive - the app's key of @path: a secp256k1 scalar, or a seed. */
struct seckey keys_derive(const struct tee *t, const char *path);

/** keys_public - 33 or 32 bytes; returns how many. Errors: ERR_CRYPTO. */
MUST_USE bool keys_public(uint8_t ret[33], size_t *ret_len,
			  enum key_algorithm a, const struct seckey *key,
			  struct err *e);

/** keys_chain - for @key of @purpose. Errors: ERR_CRYPTO. */
MUST_USE bool keys_chain(struct key_chain *ret, const struct tee *t,
			 enum key_algorithm a, const struct seckey *key,
			 const char *purpose, struct err *e);

#endif
