/*
 * chain - typed calls of the Ethereum JSON-RPC.
 *
 * Layer: eth. Synchronous over a struct rpc; works against any node. What only
 * anvil can do is node.h.
 */
#ifndef ETH_CHAIN_H
#define ETH_CHAIN_H

#include "base/arena.h"
#include "crypto/ec.h"
#include "io/jsonrpc.h"

struct block {
	uint64_t number, time, base_fee, gas_used, gas_limit;
	struct hash32 hash, parent;
};

struct log {
	struct addr20 address;
	struct hash32 topics[4];
	size_t topics_n;
	const uint8_t *data;
	size_t data_len;
	uint64_t block, index;
	struct hash32 tx;
};

struct receipt {
	struct hash32 tx;
	uint64_t block, index, gas_used; /* @index: in the block */
	bool ok;			 /* status 1 */
	struct addr20 from, to, created; /* created: zero unless a creation */
	const struct log *logs;		 /* borrowed from the arena given */
	size_t logs_n;
};

MUST_USE bool chain_id(struct rpc *r, uint64_t *ret, struct err *e);
MUST_USE bool chain_height(struct rpc *r, uint64_t *ret, struct err *e);
/** chain_block - by number; CHAIN_HEAD for the newest. */
#define CHAIN_HEAD UINT64_MAX
MUST_USE bool chain_block(struct rpc *r, uint64_t number, struct block *ret,
			  struct err *e);
MUST_USE bool chain_block_parse(struct block *ret, const json_t *j,
				struct err *e);
/** chain_next_fee - EIP-1559: the base fee of the block above @b. */
uint64_t chain_next_fee(const struct block *b);
/**
 * chain_block_above - the block that a transaction got for itself, from its
 * receipt, where the node puts blocks a second apart.
 * @receipt: as it came. @below: the head before.
 * False: it says another height, or that it shares the block.
 */
bool chain_block_above(struct block *ret, const struct block *below,
		       const json_t *receipt);
MUST_USE bool chain_nonce(struct rpc *r, const struct addr20 *a, uint64_t *ret,
			  struct err *e);
/** chain_nonce_ask, chain_nonce_answer - the same, asked with other things. */
struct rpc_ask chain_nonce_ask(const struct addr20 *a);
MUST_USE bool chain_nonce_answer(uint64_t *ret, const struct rpc_ask *x,
				 struct err *e);
/** chain_tip - what the node advises to pay the block's author, wei per gas. */
MUST_USE bool chain_tip(struct rpc *r, struct u256 *ret, struct err *e);
/** chain_sender - what a transaction of @a is made with: its nonce, the newest
 * block for the base fee, and chain_tip() unless @ret_tip is NULL; asked
 * together. */
MUST_USE bool chain_sender(struct rpc *r, const struct addr20 *a,
			   uint64_t *ret_nonce, struct block *ret_head,
			   struct u256 *ret_tip, struct err *e);
MUST_USE bool chain_balance(struct rpc *r, const struct addr20 *a,
			    struct u256 *ret, struct err *e);
/** chain_code - appended to @ret; nothing for an account. */
MUST_USE bool chain_code(struct rpc *r, const struct addr20 *a, struct buf *ret,
			 struct err *e);

/**
 * chain_call - eth_call at the head (@block CHAIN_HEAD) or an older block.
 * @from may be NULL. @ret: appended returned bytes.
 * Errors: ERR_REVERT, with the revert data appended to @ret instead; others as
 * rpc_call.
 */
MUST_USE bool chain_call(struct rpc *r, const struct addr20 *from,
			 const struct addr20 *to, const void *data, size_t len,
			 uint64_t block, struct buf *ret, struct err *e);

/**
 * chain_call_start - chain_call without waiting, for many at once; @fn as for
 * rpc_send(). chain_call_result - what @fn was given, as bytes.
 */
void chain_call_start(struct rpc *r, const struct addr20 *to, const void *data,
		      size_t len, uint64_t block, rpc_done_fn fn, void *arg);
MUST_USE bool chain_call_result(struct buf *ret, const json_t *result,
				struct err *e);

/**
 * chain_try - whether a transaction would succeed at the head with @gas: an
 * eth_call whose result is dropped. eth_estimateGas would tell the gas too,
 * but runs it a dozen times over (a quote's verification: 23 ms for 1.5).
 * Errors: ERR_REVERT fills @ret_revert; others as rpc_call.
 */
MUST_USE bool chain_try(struct rpc *r, const struct addr20 *from,
			const struct addr20 *to, const void *data, size_t len,
			uint64_t gas, struct buf *ret_revert, struct err *e);

/** chain_send_raw - eth_sendRawTransaction; returns its hash. */
MUST_USE bool chain_send_raw(struct rpc *r, const void *raw, size_t len,
			     struct hash32 *ret, struct err *e);
/** chain_send_raw_start - without waiting; @fn as for rpc_send(). */
void chain_send_raw_start(struct rpc *r, const void *raw, size_t len,
			  rpc_done_fn fn, void *arg);
/** chain_send_sync_start - EIP-7966: its answer is the receipt; not all nodes
 * have it. */
#define CHAIN_SYNC_TIMEOUT 4 /* an error: it was taken, and is not mined yet */
void chain_send_sync_start(struct rpc *r, const void *raw, size_t len,
			   rpc_done_fn fn, void *arg);
/** chain_receipt - *ret_found false while there is none. */
MUST_USE bool chain_receipt(struct rpc *r, struct arena *a,
			    const struct hash32 *tx, bool *ret_found,
			    struct receipt *ret, struct err *e);
MUST_USE bool chain_receipt_parse(struct receipt *ret, struct arena *a,
				  const json_t *j, struct err *e);

/** chain_logs - eth_getLogs over [from, to]; @address and @topic0 may be NULL.
 */
MUST_USE bool chain_logs(struct rpc *r, struct arena *a, uint64_t from,
			 uint64_t to, const struct addr20 *address,
			 const struct hash32 *topic0, const struct log **ret,
			 size_t *ret_n, struct err *e);

/* Logs of blocks @from to @to. */
struct log_filter {
	uint64_t from, to;
	const struct addr20 *addresses; /* any of them; */
	size_t addresses_n;		/* 0: of all */
	const struct hash32 *topics;	/* any of them as topic 0; */
	size_t topics_n;		/* 0: all */
	const struct hash32 *topic2;	/* NULL: any */
};
/** chain_logs_params - what eth_getLogs is asked with; new reference. */
json_t *chain_logs_params(const struct log_filter *f);
/** chain_logs_any - those that @f lets through. */
MUST_USE bool chain_logs_any(struct rpc *r, struct arena *a,
			     const struct log_filter *f, const struct log **ret,
			     size_t *ret_n, struct err *e);

/** chain_logs_parse - what eth_getLogs answered; lives in @a. */
MUST_USE bool chain_logs_parse(const struct log **ret, size_t *ret_n,
			       struct arena *a, const json_t *list,
			       struct err *e);

/* JSON forms that requests are made of: new references. */
json_t *json_quantity(uint64_t v);
json_t *json_quantity256(struct u256 v);
json_t *json_bytes(const void *data, size_t len);
json_t *json_block_tag(uint64_t number); /* CHAIN_HEAD: "latest" */

#endif
