/*
 * aggregator_priv - what aggregator.c hears and asks the chain for, and what
 * aggregator_judge.c makes of it.
 *
 * Layer: devnet, for aggregator*.c only.
 */
#ifndef DEVNET_AGGREGATOR_PRIV_H
#define DEVNET_AGGREGATOR_PRIV_H

#include "devnet/aggregator.h"
#include "eth/chain.h"
#include "eth/heartbeat.h"

/* JSON-RPC's own codes. */
#define AGGREGATOR_PARSE (-32700)
#define AGGREGATOR_REQUEST (-32600)
#define AGGREGATOR_METHOD (-32601)
#define AGGREGATOR_PARAMS (-32602)
#define AGGREGATOR_INTERNAL (-32603)

/* A heartbeat as it came. */
struct aggregator_call {
	json_t *id; /* a number or a text; NULL: it could not be read */
	struct heartbeat h;
	struct sig65 sig;
	uint8_t *quote;
	size_t quote_len;
};
void aggregator_call_done(struct aggregator_call *c);

/**
 * aggregator_read - a request's body. @ret: end with aggregator_call_done(),
 * also on failure, since the answer needs its id.
 * Errors: ERR_RPC [JSON-RPC's code].
 */
MUST_USE bool aggregator_read(struct aggregator_call *ret, const void *body,
			      size_t len, struct err *e);

/* What the chain says, all at one moment. */
struct aggregator_chain {
	uint64_t head;
	bool has_block; /* of the number that is named */
	struct hash32 block_hash;
	bool operator, member;
};

/* Who judges. */
struct aggregator_self {
	uint64_t chain_id, max_age;
	struct addr20 avs;
	const char *avs_name, *actor; /* the operator's name or address */
};

/**
 * aggregator_judge_call - what needs no chain: for whom it is, whose it is,
 * and that its sequence is new. @last: the last sequence that was taken.
 * aggregator_judge_sequence - of that only what changes while it is judged:
 * another one of the operator's may have been taken.
 * aggregator_judge_chain - the rest, but for the quote.
 * Errors: ERR_RPC [enum heartbeat_refusal], with the values.
 */
MUST_USE bool aggregator_judge_call(const struct aggregator_self *self,
				    const struct aggregator_call *c,
				    uint64_t last, struct err *e);
MUST_USE bool aggregator_judge_sequence(const struct aggregator_self *self,
					const struct heartbeat *h,
					uint64_t last, struct err *e);
MUST_USE bool aggregator_judge_chain(const struct aggregator_self *self,
				     const struct heartbeat *h,
				     const struct aggregator_chain *chain,
				     struct err *e);

#endif
