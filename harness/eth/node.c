#include "eth/node.h"

#include <inttypes.h>

#include "base/base.h"

#include "base/clock.h"
#include "base/hex.h"
#include "eth/accounts.h"

/*
 * Blocks that are mined for real at the end of an advance: BLOCKHASH and RPC
 * disagree about heights that were jumped over. The head and its parent are
 * what quotes are bound to; each more costs as much as a transaction's block.
 * A way of a few blocks is not jumped at all.
 */
#define REAL_BLOCKS 2
#define REAL_WAY 4
#define WAY_MAX 20000000u /* anvil counts them: a second's work */
#define TIME_MAX ((uint64_t)1 << 48)

/* What eth_sendTransaction gets when its sender names no limit. */
#define GAS_DEFAULT 16000000u

#define DRAIN_MS 60000u /* to forget what was mined */
#define PARAMS_MAX (64u << 20)

/* A call whose result does not matter. */
static bool node_do(struct rpc *r, const char *method, json_t *params,
		    struct err *e)
{
	return rpc_call(r, method, params, NULL, NULL, e);
}

bool node_next_time(struct rpc *r, uint64_t time, struct err *e)
{
	return node_do(r, "evm_setNextBlockTimestamp",
		       json_pack("[I]", (json_int_t)time), e);
}

bool node_automine(struct rpc *r, bool on, struct err *e)
{
	return node_do(r, "evm_setAutomine", json_pack("[b]", (int)on), e);
}

bool node_mine(struct rpc *r, uint64_t n, struct err *e)
{
	if (n == 0)
		return true;
	/* anvil_setBlockTimestampInterval(1) makes them a second apart. */
	return node_do(r, "anvil_mine", json_pack("[o]", json_quantity(n)), e);
}

/*
 * A state that has a height and a time, to merge into the running one, and old
 * blocks if @history is not NULL.
 * @head: whose base fee goes on; what is left out here would become anvil's
 * idea of nothing, which for the gas limit is the largest number there is.
 */
static struct rpc_ask load_state(const json_t *history,
				 const struct block *head, uint64_t block,
				 uint64_t time)
{
	CLEANUP(json_decrefp) json_t *state = json_pack(
		"{s:{s:o, s:o, s:i, s:I}, s:{}, s:o, s:[], s:[], s:n}", "block",
		"number", json_quantity(block), "timestamp",
		json_quantity(time), "gas_limit", NODE_BLOCK_GAS, "basefee",
		(json_int_t)head->base_fee, "accounts",
		"best_block_number", json_quantity(block), "blocks",
		"transactions", "historical_states");
	CLEANUP(freep) char *text = NULL;

	if (history)
		json_object_update_existing(state,
					    (json_t *)(uintptr_t)history);
	text = json_text(state);
	return (struct rpc_ask){
		.method = "anvil_loadState",
		.params = json_pack("[o]", json_bytes(text, strlen(text))),
	};
}

/*
 * A line of accounts, and nothing else: where there is no block, anvil stays at
 * the one it has. @params: where the text goes; it is borrowed.
 */
static struct rpc_ask load_accounts(struct buf *params, const char *line,
				    size_t len)
{
	static const char head[] = "{\"block\":null,\"accounts\":";
	static const char tail[] = ",\"best_block_number\":null,"
				   "\"blocks\":[],\"transactions\":[],"
				   "\"historical_states\":null}";

	buf_clear(params);
	buf_adds(params, "[\"0x");
	buf_addhex(params, head, sizeof(head) - 1);
	buf_addhex(params, line, len);
	buf_addhex(params, tail, sizeof(tail) - 1);
	buf_adds(params, "\"]");
	return (struct rpc_ask){ .method = "anvil_loadState",
				 .text = params };
}

static bool load_now(struct rpc *r, struct rpc_ask x, struct err *e)
{
	bool ok = rpc_call_all(r, &x, 1, e);

	rpc_asks_done(&x, 1);
	return ok;
}

bool node_remember(struct rpc *r, const json_t *history, struct err *e)
{
	struct block head, now;

	if (!chain_block(r, CHAIN_HEAD, &head, e) ||
	    !load_now(r, load_state(history, &head, head.number, head.time),
		      e) ||
	    !node_mine(r, 1, e) || !chain_block(r, CHAIN_HEAD, &now, e))
		return false;
	return now.number == head.number + 1 ||
	       err_set(e, ERR_MISMATCH, 0,
		       "a chain of height %llu is at %llu with its history",
		       (unsigned long long)head.number + 1,
		       (unsigned long long)now.number);
}

/*
 * Blocks that were just mined: *@head becomes the last of them. *@ret_quiet: they
 * go on from what it was, and hold no transaction.
 */
static bool mined_blocks(const json_t *blocks, struct block *head,
			 bool *ret_quiet, struct err *e)
{
	struct block b = *head;
	bool quiet = true;

	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *j = json_array_get(blocks, i), *txs;
		struct hash32 on = b.hash;

		if (!chain_block_parse(&b, j, e) ||
		    !json_at(&txs, j, "transactions", e))
			return err_ctx(e, "evm_mine_detailed");
		quiet = quiet && hash_eq(&b.parent, &on) &&
			json_array_size(txs) == 0;
	}
	*head = b;
	*ret_quiet = quiet;
	return true;
}

/*
 * @n blocks, the first at @time, and before them what @load and @jump ask, if
 * they have a method: one batch. anvil has loaded and jumped when it begins to
 * mine, and looks at its blocks when it has mined.
 */
static bool mine_at(struct rpc *r, struct rpc_ask load, struct rpc_ask jump,
		    uint64_t time, uint64_t n, struct block *head,
		    bool *ret_quiet, struct err *e)
{
	struct rpc_ask asks[3];
	size_t asks_n = 0;
	bool ok;

	if (load.method)
		asks[asks_n++] = load;
	if (jump.method)
		asks[asks_n++] = jump;
	asks[asks_n++] = (struct rpc_ask){
		.method = "evm_mine_detailed",
		.params = json_pack("[{s:I, s:I}]", "timestamp",
				    (json_int_t)time, "blocks", (json_int_t)n)
	};
	ok = rpc_call_all(r, asks, asks_n, e) &&
	     mined_blocks(asks[asks_n - 1].result, head, ret_quiet, e);
	rpc_asks_done(asks, asks_n);
	return ok;
}

/* @time: 0 if only the height counts. */
static bool can_advance(uint64_t block, uint64_t time,
			const struct block *head, struct err *e)
{
	if (time != 0 && time <= head->time)
		return err_set(e, ERR_RANGE, 0,
			       "cannot advance to time %" PRIu64
			       ": the chain is at time %" PRIu64,
			       time, head->time);
	if (time > TIME_MAX)
		return err_set(e, ERR_RANGE, 0,
			       "cannot advance to time %" PRIu64
			       ": a chain goes to %" PRIu64 " at most",
			       time, TIME_MAX);
	if (block < head->number)
		return err_set(e, ERR_RANGE, 0,
			       "cannot advance to block %" PRIu64
			       ": the chain is at block %" PRIu64,
			       block, head->number);
	if (block - head->number > WAY_MAX)
		return err_set(e, ERR_RANGE, 0,
			       "cannot advance by %" PRIu64 " blocks: %u at a "
			       "time are the most",
			       block - head->number, WAY_MAX);
	return true;
}

/* From *@head on, which is not there yet, after what @load asks. */
static bool advance(struct rpc *r, struct rpc_ask load, uint64_t block,
		    uint64_t time, struct block *head, bool *ret_quiet,
		    struct err *e)
{
	struct rpc_ask jump = { .method = NULL };
	struct err said = ERR_INIT;
	uint64_t way = block - head->number;
	uint64_t end = time ? time : head->time + way;
	uint64_t real = way <= REAL_WAY ? way : REAL_BLOCKS;
	struct block now = *head;

	if (real > end - head->time)
		real = end - head->time;
	/*
	 * The block jump: a state that has a height and a time and nothing else,
	 * merged into the running one. anvil 1.7.1 answers "Best hash not
	 * found" although it took effect, so the height tells; the answer, why
	 * it did not.
	 */
	if (real < way) {
		jump = load_state(NULL, head, block - real, end - real);
		jump.why = &said;
	}
	if (!mine_at(r, load, jump, end - real + 1, real, &now, ret_quiet, e))
		return false;
	if (now.number != block || now.time != end)
		return err_set(e, ERR_MISMATCH, 0,
			       "advanced to block %llu, time %llu, but the "
			       "chain says block %llu, time %llu%s%s",
			       (unsigned long long)block,
			       (unsigned long long)end,
			       (unsigned long long)now.number,
			       (unsigned long long)now.time,
			       said.code ? "; to the block jump it said " : "",
			       said.text);
	*head = now;
	return true;
}

bool node_advance_to(struct rpc *r, uint64_t block, uint64_t time,
		     struct block *head, bool *ret_quiet, struct err *e)
{
	const struct rpc_ask nothing = { .method = NULL };

	if (!can_advance(block, time, head, e))
		return false;
	*ret_quiet = true;
	return block == head->number ||
	       advance(r, nothing, block, time, head, ret_quiet, e);
}

bool node_load(struct rpc *r, const struct buf *accounts, uint64_t block,
	       uint64_t time, struct block *head, struct err *e)
{
	struct buf params = BUF_INIT(PARAMS_MAX);
	struct rpc_ask last = { .method = NULL };
	const char *line;
	size_t at = 0, len;
	bool ignored, ok;

	if (block != head->number && !can_advance(block, time, head, e))
		return false;
	ok = true;
	while (ok && accounts_line(accounts, &at, &line, &len)) {
		last = load_accounts(&params, line, len);
		ok = buf_ok(&params, "a line of accounts", e);
		if (ok && (at < accounts->len || block == head->number))
			ok = load_now(r, last, e);
	}
	ok = ok && (block == head->number ||
		    advance(r, last, block, time, head, &ignored, e));
	buf_done(&params);
	return ok;
}

static bool snapshot_id(struct u256 *ret, json_t *id, struct err *e)
{
	CLEANUP(json_decrefp) json_t *box = json_pack("{s:O}", "id", id);

	return json_u256_at(ret, box, "id", e) || err_ctx(e, "evm_snapshot");
}

bool node_snapshot(struct rpc *r, struct u256 *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *id = NULL;

	return rpc_call(r, "evm_snapshot", NULL, &id, NULL, e) &&
	       snapshot_id(ret, id, e);
}

bool node_drained(struct rpc *r, struct err *e)
{
	uint64_t end = clock_ms() + DRAIN_MS, pending;

	for (;;) {
		CLEANUP(json_decrefp) json_t *status = NULL;

		if (!rpc_call(r, "txpool_status", NULL, &status, NULL, e) ||
		    !json_u64_at(&pending, status, "pending", e))
			return false;
		if (!pending)
			return true;
		if (clock_ms() >= end)
			break;
		rpc_pause(r);
	}
	return err_set(e, ERR_TIMEOUT, 0,
		       "%llu transactions are in anvil's pool and were not "
		       "mined within %u ms",
		       (unsigned long long)pending, DRAIN_MS);
}

static bool drop_all(struct rpc *r, struct block *ret_head, struct err *e)
{
	struct rpc_ask asks[] = {
		{ .method = "anvil_dropAllTransactions" },
		{ .method = "eth_getBlockByNumber",
		  .params = json_pack("[s, b]", "latest", 0) },
	};

	bool ok = rpc_call_all(r, asks, ARRAY_LEN(asks), e) &&
		  (chain_block_parse(ret_head, asks[1].result, e) ||
		   err_ctx(e, "the head after a revert"));

	rpc_asks_done(asks, ARRAY_LEN(asks));
	return ok;
}

/* anvil goes on from where its clock and its fee were before the chain went
 * back, so it is told. */
static struct rpc_ask next_fee(const struct block *head)
{
	return (struct rpc_ask){
		.method = "anvil_setNextBlockBaseFeePerGas",
		.params = json_pack("[o]",
				    json_quantity(chain_next_fee(head))),
	};
}

static struct rpc_ask next_time(const struct block *head)
{
	return (struct rpc_ask){
		.method = "evm_setNextBlockTimestamp",
		.params = json_pack("[I]", (json_int_t)head->time + 1),
	};
}

static struct rpc_ask set_balance(const struct addr20 *a, struct u256 wei)
{
	return (struct rpc_ask){
		.method = "anvil_setBalance",
		.params = json_pack("[s, o]", fmt_addr(a).s,
				    json_quantity256(wei)),
	};
}

static bool settle_head(struct rpc *r, struct block *ret_head, struct err *e)
{
	struct block head;

	if (!drop_all(r, &head, e))
		return false;
	struct rpc_ask asks[] = { next_fee(&head), next_time(&head) };
	bool ok = rpc_call_all(r, asks, ARRAY_LEN(asks), e);

	if (ok)
		*ret_head = head;
	rpc_asks_done(asks, ARRAY_LEN(asks));
	return ok;
}

bool node_found(struct rpc *r, const struct block *head, const struct addr20 *a,
		size_t n, struct u256 wei, struct u256 *ret_id,
		uint64_t *ret_nonces, struct err *e)
{
	CLEANUP(freep) struct rpc_ask *asks = xcalloc(2 * n + 3, sizeof(*asks));
	struct u256 id;
	bool ok;

	for (size_t i = 0; i < n; i++) {
		asks[i] = set_balance(&a[i], wei);
		asks[n + i] = chain_nonce_ask(&a[i]);
	}
	asks[2 * n].method = "evm_snapshot";
	asks[2 * n + 1] = next_fee(head);
	asks[2 * n + 2] = next_time(head);
	ok = rpc_call_all(r, asks, 2 * n + 3, e) &&
	     snapshot_id(&id, asks[2 * n].result, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = chain_nonce_answer(&ret_nonces[i], &asks[n + i], e);
	if (ok)
		*ret_id = id;
	rpc_asks_done(asks, 2 * n + 3);
	return ok;
}

static bool is_empty(bool *ret, const json_t *status, struct err *e)
{
	uint64_t pending, queued;

	if (!json_u64_at(&pending, status, "pending", e) ||
	    !json_u64_at(&queued, status, "queued", e))
		return err_ctx(e, "txpool_status");
	*ret = !pending && !queued;
	return true;
}

/*
 * In one batch, although evm_revert may wait. anvil looks at its pool without
 * waiting; then evm_revert begins, and puts blocks and clock back before it
 * waits for the accounts, and who waits for these gets them in turn: evm_snapshot
 * behind evm_revert.
 */
static bool go_back(struct rpc *r, struct u256 *id, const struct block *head,
		    bool *ret_empty, struct err *e)
{
	struct rpc_ask asks[] = {
		{ .method = "txpool_status" },
		{ .method = "evm_revert",
		  .params = json_pack("[o]", json_quantity256(*id)) },
		next_fee(head),
		next_time(head),
		{ .method = "evm_snapshot" },
	};
	bool ok = rpc_call_all(r, asks, ARRAY_LEN(asks), e);

	if (ok && !json_is_true(asks[1].result))
		ok = err_set(e, ERR_MISMATCH, 0,
			     "anvil knows no snapshot %s (one can be reverted "
			     "to once)",
			     fmt_u256_hex(*id).s);
	ok = ok && is_empty(ret_empty, asks[0].result, e) &&
	     snapshot_id(id, asks[4].result, e);
	rpc_asks_done(asks, ARRAY_LEN(asks));
	return ok;
}

/* What was mined before is forgotten now; what never will be goes. */
static bool empty_pool(struct rpc *r, const struct block *head, struct err *e)
{
	struct block now;

	if (!node_drained(r, e) || !drop_all(r, &now, e))
		return false;
	return hash_eq(&now.hash, &head->hash) ||
	       err_set(e, ERR_MISMATCH, 0,
		       "the chain went back to block %llu, %s, and is at %llu, "
		       "%s: somebody's transaction was mined meanwhile",
		       (unsigned long long)head->number,
		       fmt_hash(&head->hash).s, (unsigned long long)now.number,
		       fmt_hash(&now.hash).s);
}

bool node_revert(struct rpc *r, struct u256 *id, const struct block *head,
		 struct err *e)
{
	bool empty;

	return go_back(r, id, head, &empty, e) &&
	       (empty || empty_pool(r, head, e));
}

/* anvil's first block gets the fee that the next one would have had. */
bool node_reset(struct rpc *r, const struct u256 *oldest,
		const struct block *first, struct err *e)
{
	struct block head;

	if (!node_drained(r, e) ||
	    (oldest && !node_do(r, "evm_revert",
				json_pack("[o]", json_quantity256(*oldest)),
				e)) ||
	    !node_do(r, "anvil_setNextBlockBaseFeePerGas",
		     json_pack("[o]", json_quantity(first->base_fee)), e) ||
	    !node_do(r, "anvil_reset", NULL, e) ||
	    !chain_block(r, CHAIN_HEAD, &head, e))
		return false;
	return hash_eq(&head.hash, &first->hash) ||
	       err_set(e, ERR_MISMATCH, 0,
		       "after anvil_reset the head is block %llu, %s, and was "
		       "%llu, %s, at its boot",
		       (unsigned long long)head.number,
		       fmt_hash(&head.hash).s,
		       (unsigned long long)first->number,
		       fmt_hash(&first->hash).s);
}

static bool pay_blocks_to(struct rpc *r, const struct addr20 *a, struct err *e)
{
	return node_do(r, "anvil_setCoinbase",
		       json_pack("[s]", fmt_addr(a).s), e);
}

bool node_branch(struct rpc *r, uint64_t n, struct block *ret_old,
		 struct block *ret_fork, struct err *e)
{
	struct err gone = ERR_INIT;
	struct block old, fork;
	struct addr20 payee;

	if (!chain_block(r, CHAIN_HEAD, &old, e))
		return false;
	if (n == 0 || n > old.number)
		return err_set(e, ERR_RANGE, 0,
			       "cannot take %llu blocks back: the head is "
			       "block %llu",
			       (unsigned long long)n,
			       (unsigned long long)old.number);
	for (uint64_t i = 1; i <= n; i++) {
		if (chain_block(r, old.number - i, &fork, &gone))
			continue;
		if (gone.code == ERR_RANGE)
			err_set(&gone, ERR_RANGE, 0,
				"cannot take %llu blocks back: block %llu was "
				"jumped over, so at most %llu can be",
				(unsigned long long)n,
				(unsigned long long)(old.number - i),
				(unsigned long long)(i - 1));
		*e = gone;
		return false;
	}
	memcpy(payee.b, old.hash.b, sizeof(payee.b));
	if (!node_drained(r, e) ||
	    !node_do(r, "anvil_rollback", json_pack("[I]", (json_int_t)n),
		     e) ||
	    !settle_head(r, &fork, e))
		return false;
	if (fork.number != old.number - n)
		return err_set(e, ERR_MISMATCH, 0,
			       "taking %llu blocks back left the chain at %llu",
			       (unsigned long long)n,
			       (unsigned long long)fork.number);
	if (!pay_blocks_to(r, &payee, e))
		return false;
	*ret_old = old;
	*ret_fork = fork;
	return true;
}

bool node_branch_done(struct rpc *r, struct err *e)
{
	static const struct addr20 nobody; /* as anvil has it from the start */

	return pay_blocks_to(r, &nobody, e);
}

bool node_set_balance(struct rpc *r, const struct addr20 *a, struct u256 wei,
		      struct err *e)
{
	struct rpc_ask x = set_balance(a, wei);

	return rpc_call(r, x.method, x.params, NULL, NULL, e);
}

bool node_set_code(struct rpc *r, const struct addr20 *a, const void *code,
		   size_t len, struct err *e)
{
	return node_do(r, "anvil_setCode",
		       json_pack("[s, o]", fmt_addr(a).s,
				 json_bytes(code, len)),
		       e);
}

bool node_send_sync(struct rpc *r, struct arena *a, const void *raw, size_t len,
		    struct receipt *ret, json_t **ret_answer, struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL;

	if (!rpc_call(r, "eth_sendRawTransactionSync",
		      json_pack("[o]", json_bytes(raw, len)), &answer, NULL,
		      e) ||
	    !chain_receipt_parse(ret, a, answer, e))
		return false;
	if (ret_answer)
		*ret_answer = TAKE(answer);
	return true;
}

bool node_impersonate(struct rpc *r, const struct addr20 *who, bool on,
		      struct err *e)
{
	return node_do(r,
		       on ? "anvil_impersonateAccount"
			  : "anvil_stopImpersonatingAccount",
		       json_pack("[s]", fmt_addr(who).s), e);
}

bool node_send_as(struct rpc *r, struct arena *a, const struct addr20 *from,
		  const struct addr20 *to, struct u256 value, const void *data,
		  size_t len, uint64_t gas, struct receipt *ret,
		  json_t **ret_answer, struct err *e)
{
	json_t *tx = json_pack("{s:s, s:o, s:o, s:o}", "from", fmt_addr(from).s,
			       "value", json_quantity256(value), "data",
			       json_bytes(data, len), "gas",
			       json_quantity(gas ? gas : GAS_DEFAULT));
	/* Whose transaction it may be is looked up when anvil begins with it. */
	struct rpc_ask asks[] = {
		{ .method = "anvil_impersonateAccount",
		  .params = json_pack("[s]", fmt_addr(from).s) },
		{ .method = "eth_sendTransactionSync",
		  .params = json_pack("[O]", tx) },
	};
	struct err stop = ERR_INIT;
	bool ok;

	if (to)
		json_object_set_new(tx, "to", json_string(fmt_addr(to).s));
	json_decref(tx);
	ok = rpc_call_all(r, asks, ARRAY_LEN(asks), e) &&
	     chain_receipt_parse(ret, a, asks[1].result, e);
	if (ok && ret_answer)
		*ret_answer = TAKE(asks[1].result);
	rpc_asks_done(asks, ARRAY_LEN(asks));
	/* Who is refused for want of ether is given some and sends again: that
	 * does not hide this. A node that is gone said so already. */
	if (node_impersonate(r, from, false, &stop) ||
	    (!ok && stop.code != ERR_RPC))
		return ok;
	*e = stop;
	return false;
}

bool node_call_at(struct rpc *r, const struct addr20 *to, const void *data,
		  size_t len, uint64_t gas, uint64_t time, struct buf *ret,
		  struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL;
	json_t *call = json_pack("{s:s, s:o, s:o}", "to", fmt_addr(to).s,
				 "data", json_bytes(data, len), "gas",
				 json_quantity(gas));

	return rpc_call(r, "eth_call",
			json_pack("[o, s, {}, {s:o}]", call, "latest", "time",
				  json_quantity(time)),
			&answer, NULL, e) &&
	       chain_call_result(ret, answer, e);
}
