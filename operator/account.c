#include "operator/account.h"

#include "base/base.h"
#include "base/clock.h"
#include "eth/chain.h"
#include "eth/tx.h"

/*
 * Every transaction is tried and sent with this much. The dearest, joining
 * with a quote, takes some 750,000; what is not used is not paid.
 */
#define GAS 4000000u

#define RECEIPT_MS 60000u   /* from sent to mined */
#define RECEIPT_ASK_MS 500u /* between questions while no head comes */
#define SEND_MS 60000u /* whoever carries it may hold it back for a while */

static bool refused(const char *what, const struct buf *revert, struct err *e)
{
	struct buf why = BUF_INIT(ERR_TEXT_MAX);

	revert_describe(&why, revert->data, revert->len);
	err_set(e, ERR_REVERT, 0, "%s: refused: %s", what, buf_str(&why));
	buf_done(&why);
	return false;
}

static bool simulate(struct oper *op, const char *what, const struct addr20 *to,
		     const struct buf *data, struct err *e)
{
	struct buf revert = BUF_INIT(TX_DATA_MAX);
	bool ok = chain_try(op->rpc, &op->me, to, data->data, data->len, GAS,
			    &revert, e);

	if (!ok && e->code == ERR_REVERT)
		refused(what, &revert, e);
	else if (!ok)
		err_ctx(e, "%s", what);
	buf_done(&revert);
	return ok;
}

/*
 * Fills in what the chain decides. The nonce counts mined transactions only:
 * after a crash with one on the way, the node takes no second in its place.
 */
static bool price(struct oper *op, struct tx *t, struct err *e)
{
	struct block head;
	struct u256 twice;

	if (!chain_nonce(op->rpc, &op->me, &t->nonce, e) ||
	    !chain_block(op->rpc, CHAIN_HEAD, &head, e) ||
	    !chain_tip(op->rpc, &t->tip, e))
		return false;
	/* EIP-1559: six full blocks in a row may double the base fee. */
	twice = u256_shl(u256_from_u64(head.base_fee), 1);
	t->max_fee = u256_wrap_add(twice, t->tip);
	return true;
}

struct awaited {
	const struct oper *op;
	uint64_t count;
};

static bool head_came(void *arg)
{
	const struct awaited *w = arg;

	return w->op->heads.count != w->count;
}

/* Asks again at each head; without a subscription, after a while. */
static bool wait_mined(struct oper *op, struct arena *a,
		       const struct hash32 *hash, struct receipt *ret,
		       struct err *e)
{
	uint64_t end = clock_ms() + RECEIPT_MS;
	struct awaited w = {.op = op};
	struct err waited;
	bool found = false;

	for (;;) {
		w.count = op->heads.count;
		if (!chain_receipt(op->rpc, a, hash, &found, ret, e))
			return false;
		if (found)
			return true;
		if (clock_ms() >= end)
			return err_set(e, ERR_TIMEOUT, 0,
				       "transaction %s is not mined after "
				       "%u s",
				       fmt_hash(hash).s, RECEIPT_MS / 1000);
		if (!loop_run_until(op->loop, head_came, &w,
				    clock_ms() + RECEIPT_ASK_MS, "a new block",
				    &waited) &&
		    waited.code != ERR_TIMEOUT) {
			*e = waited;
			return false;
		}
	}
}

static bool sign_and_send(struct oper *op, const struct tx *t,
			  struct hash32 *ret, struct err *e)
{
	struct buf raw = BUF_INIT(TX_DATA_MAX);
	bool ok;

	ok = tx_sign(&raw, ret, t, &op->key, e);
	if (ok) {
		rpc_timeout(op->rpc, SEND_MS);
		ok = chain_send_raw(op->rpc, raw.data, raw.len, ret, e);
		rpc_timeout(op->rpc, OPERATOR_CALL_MS);
	}
	buf_done(&raw);
	return ok;
}

static void tell(struct oper *op, const char *what, const struct receipt *r)
{
	metrics_tx(&op->metrics, what, r->ok);
	events_log(op->ev, "%s: %s in block %llu, %llu gas", what,
		   r->ok ? "done" : "reverted", (unsigned long long)r->block,
		   (unsigned long long)r->gas_used);
	events_emit(op->ev,
		    json_pack("{s:s, s:s, s:s, s:b, s:I}", "event", "tx",
			      "what", what, "hash", fmt_hash(&r->tx).s, "ok",
			      (int)r->ok, "block", (json_int_t)r->block));
}

static bool send_data(struct oper *op, const char *what,
		      const struct addr20 *to, const struct buf *data,
		      uint64_t *ret_block, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct tx t = {.chain_id = op->cfg->chain_id,
		       .gas = GAS,
		       .to = *to,
		       .data = data->data,
		       .data_len = data->len};
	struct receipt r;
	struct hash32 hash;

	if (!simulate(op, what, to, data, e))
		return false;
	if (!price(op, &t, e) || !sign_and_send(op, &t, &hash, e) ||
	    !wait_mined(op, a, &hash, &r, e))
		return err_ctx(e, "%s", what);
	tell(op, what, &r);
	if (ret_block)
		*ret_block = r.block;
	if (r.ok)
		return true;
	/* Something came in between: the chain says what, asked again. */
	if (!simulate(op, what, to, data, e))
		return false;
	return err_set(e, ERR_REVERT, 0,
		       "%s: transaction %s reverted in block %llu", what,
		       fmt_hash(&hash).s, (unsigned long long)r.block);
}

bool account_send(struct oper *op, const char *what, const struct addr20 *to,
		  const struct fn *f, const struct abi_val *args, size_t n,
		  uint64_t *ret_block, struct err *e)
{
	struct buf data = BUF_INIT(TX_DATA_MAX);
	bool ok = fn_encode(&data, f, args, n, e) &&
		  send_data(op, what, to, &data, ret_block, e);

	buf_done(&data);
	return ok;
}
