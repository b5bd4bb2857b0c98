/*
 * tx - EIP-1559 (type 2) transactions: sign, encode, decode.
 *
 * Layer: eth. Pure; no I/O.
 */
#ifndef ETH_TX_H
#define ETH_TX_H

#include "base/buf.h"
#include "crypto/ec.h"
#include "crypto/u256.h"

#define TX_DATA_MAX (1u << 20)

struct tx {
	uint64_t chain_id, nonce, gas;
	struct u256 tip, max_fee; /* wei per gas */
	struct u256 value;	  /* wei */
	bool create;		  /* no recipient */
	struct addr20 to;
	const uint8_t *data; /* borrowed */
	size_t data_len;
};

/** tx_sign - append the raw signed transaction; *ret_hash is its id. */
MUST_USE bool tx_sign(struct buf *ret_raw, struct hash32 *ret_hash,
		      const struct tx *t, const struct seckey *key,
		      struct err *e);

/**
 * tx_decode - a raw transaction of type 2, its sender and its hash. @ret->data
 * borrows from @raw. Without @ret_from (NULL) nobody recovers who signed, and
 * any signature will do; @ret_hash may be NULL as well. Errors: ERR_PARSE; ERR_UNSUPPORTED for other types; ERR_CRYPTO.
 */
MUST_USE bool tx_decode(struct tx *ret, struct addr20 *ret_from,
			struct hash32 *ret_hash, const void *raw, size_t len,
			struct err *e);

#endif
