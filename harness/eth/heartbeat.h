/*
 * heartbeat - what an operator signs to say that it and its TEE live, as it
 * goes to the AVS's aggregator: a JSON-RPC call with one parameter, an object.
 *
 * Layer: eth. Whoever sends one and whoever judges it mean the same by it.
 */
#ifndef ETH_HEARTBEAT_H
#define ETH_HEARTBEAT_H

#include "codec/json.h"
#include "crypto/ec.h"

#define HEARTBEAT_METHOD "avs_heartbeat"

/* Why one is refused: codes of the JSON-RPC error. */
enum heartbeat_refusal {
	HEARTBEAT_CHAIN = -32010,     /* it is for another chain */
	HEARTBEAT_AVS = -32011,	      /* for another AVS or operator set */
	HEARTBEAT_SIGNATURE = -32012, /* not the operator's */
	HEARTBEAT_SEQUENCE = -32013,  /* not above `data.last` */
	HEARTBEAT_UNKNOWN = -32014,   /* EigenLayer has no such operator */
	HEARTBEAT_MEMBER = -32015,    /* it is not in the operator set */
	HEARTBEAT_BLOCK = -32016,     /* the chain has no such block */
	HEARTBEAT_STALE = -32017,     /* the block is too old */
	HEARTBEAT_UNBOUND = -32018,   /* the quote is over something else */
	HEARTBEAT_QUOTE = -32019,     /* the AVS's contract refuses the quote */
};

/*
 * The highest sequence and block of one: JSON's integers, in which both are
 * told, end here, and UINT64_MAX is CHAIN_HEAD.
 */
#define HEARTBEAT_NUMBER_MAX ((uint64_t)INT64_MAX)

/* Chain and AVS are the domain of the signature, the rest its message. */
struct heartbeat {
	uint64_t chain_id;
	struct addr20 avs, operator;
	uint32_t set;
	uint64_t sequence; /* above that of every one before */
	uint64_t block;	   /* the head when it was made */
	struct hash32 block_hash;
};

/**
 * heartbeat_digest - EIP-712's, which the operator signs, and which is the
 * first half of the quote's report data; the other half is zero.
 */
struct hash32 heartbeat_digest(const struct heartbeat *h);

/** heartbeat_json - as it is sent. New reference. */
json_t *heartbeat_json(const struct heartbeat *h, const struct sig65 *sig,
		       const void *quote, size_t len);

/**
 * heartbeat_read - the inverse. All members, and no others.
 * @ret_quote: owned by the caller (free()).
 * Errors: ERR_SCHEMA, ERR_RANGE naming the member.
 */
MUST_USE bool heartbeat_read(struct heartbeat *ret, struct sig65 *ret_sig,
			     uint8_t **ret_quote, size_t *ret_len,
			     const json_t *j, struct err *e);

#endif
