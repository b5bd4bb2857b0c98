/*
 * node - what only a development node can do: time, snapshots, impersonation.
 *
 * Layer: eth, for anvil 1.7.1. Facts it builds on: anvil's block jump, its
 * lost transaction after evm_revert, its state dump.
 */
#ifndef ETH_NODE_H
#define ETH_NODE_H

#include "eth/chain.h"

/* What the gas limits of a block's transactions come to at most; anvil's own
 * default, which we leave. */
#define NODE_BLOCK_GAS 30000000

/**
 * node_mine - mine @n blocks, one second apart. For small n.
 * node_advance_to - make the head's number @block, mined for real like its
 * parent, so that recent block hashes are true; the rest of the way is the
 * block jump, if it is more than four blocks. Time goes on by one second a block, or to @time if not 0.
 * Reads the height and time back. *@head: the newest block, before and after.
 * *@ret_quiet: there is nothing behind it but the way's own blocks, without a
 * transaction: none of what waited is in them, and nobody else's came before.
 * Errors: ERR_MISMATCH when the chain did not arrive there; ERR_RANGE when it
 * is behind the head, or so far away that anvil would not answer for minutes.
 */
MUST_USE bool node_mine(struct rpc *r, uint64_t n, struct err *e);
MUST_USE bool node_advance_to(struct rpc *r, uint64_t block, uint64_t time,
			      struct block *head, bool *ret_quiet,
			      struct err *e);
/** node_automine - whether each transaction gets a block at once. */
MUST_USE bool node_automine(struct rpc *r, bool on, struct err *e);
/**
 * node_drained - wait until anvil's pool holds nothing that could be mined. It
 * forgets a mined transaction some time after its receipt is there, and then by
 * sender and nonce: should the chain have gone back meanwhile, the one that was
 * sent in its place is forgotten instead, and never mined.
 * Errors: ERR_TIMEOUT with their number; as rpc_call.
 */
MUST_USE bool node_drained(struct rpc *r, struct err *e);
/** node_next_time - the next block's timestamp. */
MUST_USE bool node_next_time(struct rpc *r, uint64_t time, struct err *e);

/**
 * node_snapshot, node_revert - a snapshot can be reverted to once, so that
 * reverting to it renews *@id. It also drops pending transactions and restores
 * the clock and the fee. Nobody else sends meanwhile; who cannot know waits by
 * node_drained() first.
 * @head: the newest block at the snapshot, and again.
 * Errors: ERR_MISMATCH anvil has no such snapshot, or somebody else sent.
 */
MUST_USE bool node_snapshot(struct rpc *r, struct u256 *ret, struct err *e);
MUST_USE bool node_revert(struct rpc *r, struct u256 *id,
			  const struct block *head, struct err *e);

/**
 * node_found - each of @n accounts has @wei, and then a snapshot is made, in
 * front of which the next block has the clock and the fee that node_revert() to
 * it would give it.
 * @head: the newest block. @ret_nonces: of each account.
 */
MUST_USE bool node_found(struct rpc *r, const struct block *head,
			 const struct addr20 *a, size_t n, struct u256 wei,
			 struct u256 *ret_id, uint64_t *ret_nonces,
			 struct err *e);

/**
 * node_reset - the chain becomes as it was booted: what happened since is gone,
 * blocks and snapshots too, and is neither asked for nor mixed up again.
 * @oldest: a snapshot, whose memory and that of later ones is freed; or NULL.
 * @first:  the block of its boot, which is its head again.
 * Errors: ERR_MISMATCH if it is not.
 */
MUST_USE bool node_reset(struct rpc *r, const struct u256 *oldest,
			 const struct block *first, struct err *e);

/**
 * node_branch - take the last @n blocks back; what is mined from here on is
 * another branch. Until node_branch_done() its blocks pay another account, so
 * that an empty one too differs from the one that stood in its place.
 * Transactions that were taken back are gone. Snapshots made in blocks that
 * are gone cannot be reverted to; older ones can.
 * @ret_old, @ret_fork: the head that was, and the last block that stays.
 * Errors: ERR_RANGE if there are fewer, or a block jump lies among them.
 */
MUST_USE bool node_branch(struct rpc *r, uint64_t n, struct block *ret_old,
			  struct block *ret_fork, struct err *e);
MUST_USE bool node_branch_done(struct rpc *r, struct err *e);

MUST_USE bool node_set_balance(struct rpc *r, const struct addr20 *a,
			       struct u256 wei, struct err *e);
MUST_USE bool node_set_code(struct rpc *r, const struct addr20 *a,
			    const void *code, size_t len, struct err *e);

/**
 * node_load - put accounts into the running state, and go to that height and
 * time by node_advance_to(); if the head is there, they stay.
 * @accounts: accounts_text(); borrowed.
 */
MUST_USE bool node_load(struct rpc *r, const struct buf *accounts,
			uint64_t block, uint64_t time, struct block *head,
			struct err *e);

/**
 * node_remember - the chain has had these blocks: their hashes, transactions,
 * receipts and logs are there again, and its head's hash is theirs.
 * @history: `blocks` and `transactions` as anvil's own dump has them; borrowed.
 *           The newest is of the height and time that the chain is at.
 * A block is mined on top, since BLOCKHASH has no other hashes than those that
 * it came to itself.
 */
MUST_USE bool node_remember(struct rpc *r, const json_t *history,
			    struct err *e);

/** node_impersonate - whether anvil sends for @who, whose key nobody has. */
MUST_USE bool node_impersonate(struct rpc *r, const struct addr20 *who, bool on,
			       struct err *e);

/**
 * node_send_sync - send a raw transaction, mined at once, and its receipt.
 * node_send_as   - the same as any account, contracts included (impersonated).
 * @ret_answer: the receipt as it came, new reference; may be NULL.
 */
MUST_USE bool node_send_sync(struct rpc *r, struct arena *a, const void *raw,
			     size_t len, struct receipt *ret,
			     json_t **ret_answer, struct err *e);
MUST_USE bool node_send_as(struct rpc *r, struct arena *a,
			   const struct addr20 *from, const struct addr20 *to,
			   struct u256 value, const void *data, size_t len,
			   uint64_t gas, struct receipt *ret,
			   json_t **ret_answer, struct err *e);

/**
 * node_call_at - eth_call on top of the head, in a block of that time.
 * @ret: appended returned bytes. Errors: as rpc_call, a revert included.
 */
MUST_USE bool node_call_at(struct rpc *r, const struct addr20 *to,
			   const void *data, size_t len, uint64_t gas,
			   uint64_t time, struct buf *ret, struct err *e);

/* One frame of debug_traceTransaction's callTracer. */
struct call_frame {
	const char *kind; /* "CALL", "DELEGATECALL", "CREATE", … */
	struct addr20 from, to;
	const uint8_t *input, *output;
	size_t input_len, output_len;
	uint64_t gas_used;
	const char *error; /* NULL if it succeeded */
	const struct call_frame *calls;
	size_t calls_n;
};
MUST_USE bool node_trace(struct rpc *r, struct arena *a,
			 const struct hash32 *tx, struct call_frame *ret,
			 struct err *e);
/**
 * node_returned, node_reverted - what its first call gave back, if it succeeded,
 * or reverted with. The latter anvil has by heart: a trace costs ten times that.
 * @ret: in @a.
 */
MUST_USE bool node_returned(struct rpc *r, struct arena *a,
			    const struct hash32 *tx, const uint8_t **ret,
			    size_t *ret_len, struct err *e);
MUST_USE bool node_reverted(struct rpc *r, struct arena *a,
			    const struct hash32 *tx, const uint8_t **ret,
			    size_t *ret_len, struct err *e);

#endif
