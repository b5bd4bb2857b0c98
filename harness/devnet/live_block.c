/* Several transactions of the harness in one block. */
#include "devnet/live_priv.h"

#include "base/base.h"

#include "eth/tx.h"

#define GAS 10000000u
#define TX_MAX (2u << 20)
#define GWEI 1000000000u

static uint64_t earlier_of(const struct live_tx *txs, const size_t *order,
			   size_t upto)
{
	uint64_t n = 0;

	for (size_t i = 0; i < upto; i++)
		n += !strcmp(txs[order[i]].actor, txs[order[upto]].actor);
	return n;
}

/* Number @i of @order. anvil takes what pays more first. */
static bool send_one(struct live *w, struct live_tx *txs, const size_t *order,
		     size_t i, size_t n, const struct block *head,
		     struct err *e)
{
	struct live_tx *x = &txs[order[i]];
	const struct book_entry *who = book_by_name(w->book, x->actor);
	const uint64_t tip = GWEI * (uint64_t)(n - i);
	struct tx t = { .chain_id = w->chain_id,
			.gas = GAS,
			.tip = u256_from_u64(tip),
			.max_fee = u256_from_u64(2 * head->base_fee + tip),
			.value = x->value,
			.to = x->to,
			.data = x->data,
			.data_len = x->len };
	struct buf raw = BUF_INIT(TX_MAX);
	struct hash32 ignored;

	if (!who)
		return err_set(e, ERR_SCHEMA, 0, "%s is no actor of this world",
			       x->actor);
	if (!chain_nonce(live_rpc(w), &who->address, &t.nonce, e))
		return false;
	t.nonce += earlier_of(txs, order, i);
	struct seckey key = devnet_key(x->actor);
	bool ok = tx_sign(&raw, &ignored, &t, &key, e) &&
		  chain_send_raw(live_rpc(w), raw.data, raw.len,
				 &x->receipt.tx, e);

	seckey_wipe(&key);
	buf_done(&raw);
	return ok || err_ctx(e, "a transaction of %s", x->actor);
}

static bool receipt_of(struct live *w, struct arena *a, struct live_tx *x,
		       uint64_t block, struct err *e)
{
	const struct hash32 id = x->receipt.tx;
	bool found = false;

	if (!chain_receipt(live_rpc(w), a, &id, &found, &x->receipt, e))
		return false;
	if (found && x->receipt.block == block)
		return true;
	return err_set(e, ERR_MISMATCH, 0,
		       "a transaction of %s did not get into the block of the "
		       "others (%llu): its gas limit is %u, and a block has "
		       "30000000",
		       x->actor, (unsigned long long)block, GAS);
}

bool live_block(struct live *w, struct arena *a, struct live_tx *txs,
		const size_t *order, size_t n, struct err *e)
{
	struct err after = ERR_INIT;
	struct block head;
	bool ok;

	if (!live_head(w, &head, e) ||
	    !node_automine(live_rpc(w), false, e))
		return live_dead(w, e);
	ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = send_one(w, txs, order, i, n, &head, e);
	live_moved(w);
	ok = ok && node_mine(live_rpc(w), 1, e);
	if (!node_automine(live_rpc(w), true, &after) && ok) {
		*e = after;
		ok = false;
	}
	for (size_t i = 0; ok && i < n; i++)
		ok = receipt_of(w, a, &txs[i], head.number + 1, e);
	return ok;
}
