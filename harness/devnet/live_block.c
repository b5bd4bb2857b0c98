/* Several transactions of the harness in one block. */
#include "devnet/live_priv.h"

#include "base/base.h"
#include "eth/node.h"

#include "eth/tx.h"

#define GAS 10000000u
#define TX_MAX (2u << 20)
#define GWEI 1000000000u

static uint64_t earlier_of(const struct live_tx *txs, const size_t *order,
			   size_t upto)
{
	uint64_t n = 0;

	for (size_t i = 0; i < upto; i++)
		n += addr_eq(&txs[order[i]].from, &txs[order[upto]].from);
	return n;
}

static bool sign(const struct live_tx *x, const struct tx *t, json_t **ret,
		 struct hash32 *ret_hash, struct err *e)
{
	struct buf raw = BUF_INIT(TX_MAX);
	struct seckey key = devnet_key(x->actor);
	bool ok = tx_sign(&raw, ret_hash, t, &key, e);

	seckey_wipe(&key);
	if (ok)
		*ret = json_pack("[o]", json_bytes(raw.data, raw.len));
	buf_done(&raw);
	return ok || err_ctx(e, "a transaction of %s", x->actor);
}

static json_t *unsigned_tx(const struct live_tx *x, const struct tx *t)
{
	return json_pack(
		"[{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}]", "from",
		fmt_addr(&x->from).s, "to", fmt_addr(&x->to).s, "nonce",
		json_quantity(t->nonce), "gas", json_quantity(t->gas), "value",
		json_quantity256(t->value), "data", json_bytes(x->data, x->len),
		"maxPriorityFeePerGas", json_quantity256(t->tip),
		"maxFeePerGas", json_quantity256(t->max_fee));
}

/* Number @i of @order, as it is sent. anvil takes what pays more first. */
static bool make_one(struct live *w, struct live_tx *txs, const size_t *order,
		     size_t i, size_t n, const struct block *head,
		     struct rpc_ask *ret, struct err *e)
{
	struct live_tx *x = &txs[order[i]];
	const uint64_t tip = GWEI * (uint64_t)(n - i);
	struct tx t = { .chain_id = w->chain_id,
			.gas = GAS,
			.tip = u256_from_u64(tip),
			.max_fee = u256_from_u64(2 * head->base_fee + tip),
			.value = x->value,
			.to = x->to,
			.data = x->data,
			.data_len = x->len };
	uint64_t *nonce;

	if (!live_nonce(w, &x->from, &nonce, e))
		return false;
	t.nonce = *nonce + earlier_of(txs, order, i);
	if (!x->keyless) {
		ret->method = "eth_sendRawTransaction";
		return sign(x, &t, &ret->params, &x->receipt.tx, e);
	}
	ret->method = "eth_sendTransaction";
	ret->params = unsigned_tx(x, &t);
	return node_impersonate(live_rpc(w), &x->from, true, e);
}

/* A switch, and one request about each transaction. */
struct asked {
	struct rpc_ask *all;
	struct rpc_ask *of; /* in the order of the transactions */
};

static struct asked asked_new(size_t n, bool automine)
{
	struct rpc_ask *all = xcalloc(n + 1, sizeof(*all));

	all[0] = (struct rpc_ask){ .method = "evm_setAutomine",
				   .params = json_pack("[b]", (int)automine) };
	return (struct asked){ all, all + 1 };
}

/* What one of them is refused is told with its sender. */
static bool ask_each(struct live *w, const struct asked *x,
		     const struct live_tx *txs, size_t n, struct err *e)
{
	CLEANUP(freep) struct err *why = xcalloc(n + 1, sizeof(*why));

	for (size_t i = 0; i < n; i++)
		x->of[i].why = &why[i];
	if (!rpc_call_all(live_rpc(w), x->all, n + 1, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!x->of[i].result) {
			*e = why[i];
			return err_ctx(e, "a transaction of %s", txs[i].actor);
		}
	return true;
}

/* None is mined until somebody mines. */
static bool send_all(struct live *w, struct live_tx *txs, const size_t *order,
		     size_t n, const struct block *head, struct err *e)
{
	struct asked x = asked_new(n, false);
	CLEANUP(freep) struct rpc_ask *all = x.all;
	size_t made = 0;
	bool ok = true;

	for (; ok && made < n; made++)
		ok = make_one(w, txs, order, made, n, head,
			      &x.of[order[made]], e);
	if (!ok) {
		for (size_t i = 0; i <= n; i++)
			json_decref(all[i].params);
		return false;
	}
	ok = ask_each(w, &x, txs, n, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = json_hash_at(&txs[i].receipt.tx, x.of[i].result, "", e);
	rpc_asks_done(all, n + 1);
	return ok;
}

/* Also where it failed: whoever was impersonated is so no longer. */
static bool let_go(struct live *w, const struct live_tx *txs, size_t n,
		   struct err *e)
{
	struct err more = ERR_INIT;
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		if (txs[i].keyless &&
		    !node_impersonate(live_rpc(w), &txs[i].from, false,
				      ok ? e : &more))
			ok = false;
	return ok;
}

/* And each gets its block at once again. */
static bool receipts(struct live *w, struct arena *a, struct live_tx *txs,
		     size_t n, uint64_t block, struct err *e)
{
	struct asked asked = asked_new(n, true);
	CLEANUP(freep) struct rpc_ask *all = asked.all;
	bool ok;

	for (size_t i = 0; i < n; i++)
		asked.of[i] = (struct rpc_ask){
			.method = "eth_getTransactionReceipt",
			.params = json_pack(
				"[s]", fmt_hash(&txs[i].receipt.tx).s)
		};
	ok = ask_each(w, &asked, txs, n, e);
	for (size_t i = 0; ok && i < n; i++) {
		struct live_tx *x = &txs[i];

		if (!json_is_null(asked.of[i].result))
			ok = chain_receipt_parse(&x->receipt, a,
						 asked.of[i].result, e);
		if (ok && x->receipt.block != block)
			ok = err_set(e, ERR_MISMATCH, 0,
				     "a transaction of %s did not get into the "
				     "block of the others (%llu): its gas limit "
				     "is %u, and a block has %d",
				     x->actor, (unsigned long long)block, GAS,
				     NODE_BLOCK_GAS);
	}
	rpc_asks_done(all, n + 1);
	return ok;
}

static bool find_senders(struct live *w, struct live_tx *txs, size_t n,
			 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct book_entry *who;

		if (txs[i].keyless)
			continue;
		who = book_by_name(w->book, txs[i].actor);
		if (!who)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s is no actor of this world",
				       txs[i].actor);
		txs[i].from = who->address;
	}
	return true;
}

bool live_block(struct live *w, struct arena *a, struct live_tx *txs,
		const size_t *order, size_t n, struct err *e)
{
	struct err after = ERR_INIT;
	struct block head;
	bool ok;

	if (!find_senders(w, txs, n, e) || !live_head(w, &head, e))
		return live_dead(w, e);
	ok = send_all(w, txs, order, n, &head, e);
	json_decref(live_mined(w));
	for (size_t i = 0; i < n; i++)
		live_sent_by(w, &txs[i].from);
	ok = ok && node_mine(live_rpc(w), 1, e);
	/* Whatever came of the others: so must the chain mine again. */
	if (!let_go(w, txs, n, &after) && ok) {
		*e = after;
		ok = false;
	}
	if (ok && receipts(w, a, txs, n, head.number + 1, e))
		return true;
	(void)!node_automine(live_rpc(w), true, &after);
	return live_dead(w, e);
}
