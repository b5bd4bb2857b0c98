#include "operator/account.h"

#include "base/base.h"
#include "base/clock.h"
#include "eth/chain.h"
#include "eth/tx.h"

/*
 * What a transaction is tried and sent with, unless its order says otherwise.
 * The dearest, joining with a quote, takes some 850,000. What is not used is
 * not paid, but a block has room for limits only: twice as high, half as many
 * answers fit into a window.
 */
#define GAS 1500000u

#define BATCH 32u /* signed together */
#define TRIES 3u  /* of handing one over to a node that refuses it */

#define RECEIPT_MS 60000u   /* from sent to mined */
#define RECEIPT_ASK_MS 500u /* between questions while no head comes */
#define METHOD_NOT_FOUND (-32601) /* JSON-RPC 2.0, 5.1 */
#define SEND_MS 60000u /* whoever carries it may hold it back for a while */

static bool refused(const char *what, const struct buf *revert, struct err *e)
{
	struct buf why = BUF_INIT(ERR_TEXT_MAX);

	revert_describe(&why, revert->data, revert->len);
	err_set(e, ERR_REVERT, 0, "%s: refused: %s", what, buf_str(&why));
	buf_done(&why);
	return false;
}

static uint64_t gas_of(const struct order *o)
{
	return o->gas ? o->gas : GAS;
}

static bool simulate(struct oper *op, const char *what, const struct addr20 *to,
		     const void *data, size_t len, uint64_t gas, struct err *e)
{
	struct buf revert = BUF_INIT(TX_DATA_MAX);
	bool ok =
	    chain_try(op->rpc, &op->me, to, data, len, gas, &revert, e);

	if (!ok && e->code == ERR_REVERT)
		refused(what, &revert, e);
	else if (!ok)
		err_ctx(e, "%s", what);
	buf_done(&revert);
	return ok;
}

/* EIP-1559: six full blocks in a row may double the base fee. */
static void price(struct tx *t, const struct block *head)
{
	t->max_fee = u256_wrap_add(
	    u256_shl(u256_from_u64(head->base_fee), 1), t->tip);
}

/* --- receipts ---------------------------------------------------------------- */

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
	bool found = false, told;

	for (;;) {
		w.count = op->heads.count;
		if (!chain_receipt(op->rpc, a, hash, &found, ret, e))
			return false;
		if (found)
			return true;
		/* Those of others are as old as this one by now. */
		rpc_forget(op->rpc);
		if (!operator_listen(op, &told, e))
			return false;
		if (told)
			continue;
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

/* It is mined: said, counted, and no longer written down. */
static bool settle(struct oper *op, const char *what, const struct receipt *r,
		   struct err *e)
{
	operator_crash_at(op, CRASH_MINED);
	metrics_tx(&op->metrics, what, r->ok);
	events_log(op->ev, "%s: %s in block %llu, %llu gas", what,
		   r->ok ? "done" : "reverted", (unsigned long long)r->block,
		   (unsigned long long)r->gas_used);
	events_emit(op->ev,
		    json_pack("{s:s, s:s, s:s, s:b, s:I}", "event", "tx",
			      "what", what, "hash", fmt_hash(&r->tx).s, "ok",
			      (int)r->ok, "block", (json_int_t)r->block));
	sent_drop(&op->sent, &r->tx);
	return sent_save(&op->sent, e);
}

/* --- sending ------------------------------------------------------------------ */

/* What was sent before, be it by a former life, is sent. */
static bool known_already(const struct err *e)
{
	return e->code == ERR_RPC && (strstr(e->text, "already known") ||
				      strstr(e->text, "already imported"));
}

/* Bytes on their way to the node, with others or alone. */
struct handing {
	const uint8_t *raw;
	size_t len;
	bool taken;	 /* the node has it */
	bool plain;	 /* it is never to answer by the receipt */
	bool sync;	 /* it is to answer by the receipt, */
	json_t *receipt; /* which is this */
	struct err why;	 /* if not */
	size_t *pending; /* answers that are awaited */
};

static bool not_mined_yet(const struct err *e)
{
	return e->code == ERR_RPC && e->sub == CHAIN_SYNC_TIMEOUT;
}

static void on_taken(void *arg, const json_t *result, const json_t *data,
		     const struct err *e)
{
	struct handing *h = arg;

	(void)data;
	--*h->pending;
	h->taken = !e || known_already(e) || (h->sync && not_mined_yet(e));
	if (!h->taken)
		h->why = *e;
	else if (h->sync && !e) /* json_incref() counts, no more */
		h->receipt = json_incref((json_t *)(uintptr_t)result);
}

static bool all_answered(void *arg)
{
	return !*(const size_t *)arg;
}

/* If this fails, the loop has been stopped for good: no answer comes then. */
static bool hand_over_once(struct oper *op, struct handing *all, size_t n,
			   struct err *e)
{
	size_t pending = 0;

	rpc_forget(op->rpc); /* it is of before this */
	rpc_timeout(op->rpc, SEND_MS);
	rpc_batch(op->rpc);
	for (size_t i = 0; i < n; i++) {
		if (all[i].taken)
			continue;
		all[i].pending = &pending;
		pending++;
		if (all[i].sync)
			chain_send_sync_start(op->rpc, all[i].raw, all[i].len,
					      on_taken, &all[i]);
		else
			chain_send_raw_start(op->rpc, all[i].raw, all[i].len,
					     on_taken, &all[i]);
	}
	rpc_batch_end(op->rpc);
	rpc_timeout(op->rpc, OPERATOR_CALL_MS);
	return loop_run_until(op->loop, all_answered, &pending, UINT64_MAX,
			      "transactions to be taken", e);
}

/* It answers to its plain form only, or to this one by leaving. */
static bool lacks_sync(const struct handing *h)
{
	return !h->taken && (h->why.code != ERR_RPC ||
			     h->why.sub == METHOD_NOT_FOUND);
}

/*
 * One alone can be answered by its receipt, which saves a question; several
 * cannot, since a node may take one of a batch after the other. By HTTP it is
 * not tried: whoever stands in between may be less patient than the node.
 */
static bool hand_over_first(struct oper *op, struct handing *all, size_t n,
			    struct err *e)
{
	bool ok;

	if (n > 1 || all->taken || all->plain || !op->over_ipc ||
	    op->no_sync)
		return hand_over_once(op, all, n, e);
	all->sync = true;
	ok = hand_over_once(op, all, n, e);
	all->sync = false;
	op->no_sync = ok && lacks_sync(all);
	if (!op->no_sync || all->why.code != ERR_RPC)
		return ok;
	return hand_over_once(op, all, n, e);
}

/*
 * All at once: a node that has them can put them into one block, and whoever
 * waits for each fills a window with blocks. A node that refuses may be busy;
 * some tries tell.
 * Errors: ERR_OS only; the rest is in the items.
 */
static bool hand_over_all(struct oper *op, struct handing *all, size_t n,
			  struct err *e)
{
	for (unsigned tries = 1;; tries++) {
		bool refused = false;

		if (!(tries == 1 ? hand_over_first(op, all, n, e)
				 : hand_over_once(op, all, n, e)))
			return false;
		for (size_t i = 0; i < n; i++) {
			if (!all[i].taken && all[i].why.code == ERR_OS) {
				*e = all[i].why;
				return false;
			}
			refused |= !all[i].taken && all[i].why.code == ERR_RPC;
		}
		if (!refused || tries == TRIES)
			return true;
		if (!operator_back_off(op, tries, e))
			return false;
	}
}

/* Plain: a former life may have ended for the other form. */
static bool hand_over(struct oper *op, const void *raw, size_t len,
		      struct err *e)
{
	struct handing one = {.raw = raw, .len = len, .plain = true};
	bool ok = hand_over_all(op, &one, 1, e);

	if (ok && !one.taken)
		*e = one.why;
	return ok && one.taken;
}

/* An order on its way; those that fail are no longer alive. */
struct signing {
	struct order *order;
	bool alive;
	struct hash32 hash;
	json_t *receipt; /* that came with the answer, or NULL */
};

static void give_up(struct signing *s, const struct err *why)
{
	s->alive = false;
	s->order->why = *why;
	err_ctx(&s->order->why, "%s", s->order->what);
}

static bool sign(struct oper *op, struct tx *t, struct signing *s,
		 struct err *e)
{
	struct buf raw = BUF_INIT(TX_DATA_MAX);
	bool ok;

	t->gas = gas_of(s->order);
	t->to = s->order->to;
	t->data = s->order->data.data;
	t->data_len = s->order->data.len;
	ok = tx_sign(&raw, &s->hash, t, &op->key, e);
	if (ok) {
		sent_add(&op->sent, s->order->what, t->nonce++, &s->hash, &raw);
		s->alive = true;
	}
	buf_done(&raw);
	return ok;
}

/* Which of them the chain would take now, or are insisted on. */
static bool try_all(struct oper *op, struct signing *all, size_t n,
		    size_t *ret_n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct order *o = all[i].order;

		all[i].alive = o->insist ||
			       simulate(op, o->what, &o->to, o->data.data,
					o->data.len, gas_of(o), &o->why);
		if (!all[i].alive && o->why.code == ERR_OS) {
			*e = o->why;
			return false;
		}
		*ret_n += all[i].alive;
	}
	return true;
}

/*
 * The nonce counts mined transactions only: what was sent before and is not
 * settled has been taken care of first, so no gap is left behind.
 */
static bool sign_all(struct oper *op, struct signing *all, size_t n,
		     struct err *e)
{
	const uint64_t other = op->behave.chain_id;
	struct tx t = {.chain_id = other ? other : op->cfg->chain_id};
	struct block head;

	if (!chain_sender(op->rpc, &op->me, &t.nonce, &head, &t.tip, e))
		return false;
	price(&t, &head);
	for (size_t i = 0; i < n; i++)
		if (all[i].alive && !sign(op, &t, &all[i], e))
			return false;
	return sent_save(&op->sent, e);
}

/* Also one of which no answer came. */
static bool may_be_there(const struct signing *s, const struct handing *h)
{
	return s->alive && (h->taken || h->why.code != ERR_RPC);
}

/*
 * What the node took behind one that it refused waits for that nonce, so both
 * stay written down, and are sent again before anything else. Where it took
 * nothing behind, nothing is kept.
 */
static bool judge_sent(struct oper *op, struct signing *all,
		       const struct handing *sent, size_t n, struct err *e)
{
	size_t refused = 0, last = n;
	struct err why;

	while (refused < n && (!all[refused].alive || sent[refused].taken))
		refused++;
	if (refused == n)
		return true;
	while (last > refused && !may_be_there(&all[last - 1], &sent[last - 1]))
		last--;
	why = sent[refused].why;
	for (size_t i = refused; i < n; i++) {
		if (!all[i].alive)
			continue;
		if (i >= last)
			sent_drop(&op->sent, &all[i].hash);
		give_up(&all[i], &why);
	}
	return sent_save(&op->sent, e);
}

static bool send_all(struct oper *op, struct signing *all, size_t n,
		     struct err *e)
{
	CLEANUP(freep) struct handing *sent = xcalloc(n, sizeof(*sent));
	bool ok;

	for (size_t i = 0; i < n; i++) {
		const struct sent_tx *t;

		sent[i].taken = !all[i].alive;
		if (sent[i].taken)
			continue;
		t = sent_find(&op->sent, &all[i].hash);
		sent[i].raw = t->raw;
		sent[i].len = t->raw_len;
	}
	ok = hand_over_all(op, sent, n, e) && judge_sent(op, all, sent, n, e);
	for (size_t i = 0; i < n; i++)
		all[i].receipt = sent[i].receipt;
	return ok;
}

/* What the chain says to it now: something came in between. */
static void explain_revert(struct oper *op, struct order *o,
			   const struct hash32 *hash)
{
	if (simulate(op, o->what, &o->to, o->data.data, o->data.len, gas_of(o),
		     &o->why))
		err_set(&o->why, ERR_REVERT, 0,
			"%s: transaction %s reverted in block %llu", o->what,
			fmt_hash(hash).s, (unsigned long long)o->block);
}

static void ask_receipts(struct oper *op, const struct signing *all, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct receipt r;
	struct err ignored;
	bool found;

	rpc_ahead(op->rpc);
	for (size_t i = 0; i < n; i++)
		if (all[i].alive && !all[i].receipt)
			(void)!chain_receipt(op->rpc, a, &all[i].hash, &found,
					     &r, &ignored);
	rpc_ahead_end(op->rpc);
}

/* A node's answer to another transaction is none to this one. */
static bool has_receipt(struct arena *a, const struct signing *s,
			struct receipt *ret)
{
	struct err ignored;

	return s->receipt && chain_receipt_parse(ret, a, s->receipt, &ignored) &&
	       hash_eq(&ret->tx, &s->hash);
}

static bool await_all(struct oper *op, struct signing *all, size_t n,
		      struct err *e)
{
	ask_receipts(op, all, n);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct order *o = all[i].order;
		struct receipt r;
		struct err why;

		if (!all[i].alive)
			continue;
		if (!has_receipt(a, &all[i], &r) &&
		    !wait_mined(op, a, &all[i].hash, &r, &why)) {
			if (why.code == ERR_OS) {
				*e = why;
				return false;
			}
			give_up(&all[i], &why);
			continue;
		}
		if (!settle(op, o->what, &r, e))
			return false;
		o->ok = r.ok;
		o->block = r.block;
		if (!r.ok)
			explain_revert(op, o, &all[i].hash);
	}
	return true;
}

/* What was not sent for want of a nonce or a fee failed for all of them. */
static bool all_failed(struct oper *op, struct signing *all, size_t n,
		       const struct err *why, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].alive) {
			sent_drop(&op->sent, &all[i].hash);
			give_up(&all[i], why);
		}
	if (why->code != ERR_OS)
		return true;
	*e = *why;
	return false;
}

static bool send_batch(struct oper *op, struct order *orders, size_t n,
		       struct err *e)
{
	struct signing all[BATCH] = {0};
	struct err why;
	size_t left = 0;
	bool ok;

	for (size_t i = 0; i < n; i++)
		all[i].order = &orders[i];
	rpc_ahead(op->rpc);
	account_ahead(op, orders, n);
	rpc_ahead_end(op->rpc);
	if (!try_all(op, all, n, &left, e))
		return false;
	if (!left) {
		rpc_forget(op->rpc);
		return true;
	}
	if (!sign_all(op, all, n, &why))
		return all_failed(op, all, n, &why, e);
	operator_crash_at(op, CRASH_SIGNED);
	ok = send_all(op, all, n, e);
	if (ok) {
		operator_crash_at(op, CRASH_SENT);
		ok = await_all(op, all, n, e);
	}
	for (size_t i = 0; i < n; i++)
		json_decref(all[i].receipt);
	return ok;
}

void account_ahead(struct oper *op, const struct order *orders, size_t n)
{
	struct err ignored;
	struct block head;
	struct u256 tip;
	uint64_t nonce;

	if (op->sent.n || !n)
		return;
	for (size_t i = 0; i < n && i < BATCH; i++) {
		const struct order *o = &orders[i];

		if (!o->insist)
			(void)!simulate(op, o->what, &o->to, o->data.data,
					o->data.len, gas_of(o), &ignored);
	}
	(void)!chain_sender(op->rpc, &op->me, &nonce, &head, &tip, &ignored);
}

bool account_send_all(struct oper *op, struct order *orders, size_t n,
		      struct err *e)
{
	struct err why;

	/* Its nonce is the next: nothing new is sent before it is settled. */
	if (!account_resume(op, &why)) {
		for (size_t i = 0; i < n; i++)
			orders[i].why = why;
		if (why.code == ERR_OS)
			*e = why;
		return why.code != ERR_OS;
	}
	for (size_t at = 0; at < n; at += BATCH)
		if (!send_batch(op, orders + at,
				n - at < BATCH ? n - at : BATCH, e))
			return false;
	return true;
}

bool account_send(struct oper *op, const char *what, const struct addr20 *to,
		  const struct fn *f, const struct abi_val *args, size_t n,
		  uint64_t *ret_block, struct err *e)
{
	struct order o = {
	    .what = what, .to = *to, .data = BUF_INIT(TX_DATA_MAX)};
	bool ok = fn_encode(&o.data, f, args, n, e) &&
		  account_send_all(op, &o, 1, e);

	buf_done(&o.data);
	if (ok && !o.ok) {
		*e = o.why;
		return false;
	}
	if (ok && ret_block)
		*ret_block = o.block;
	return ok;
}

/* --- what was signed before ----------------------------------------------------- */

/* No longer wanted: the chain would refuse it, and no node has it. */
static bool is_moot(struct oper *op, const struct sent_tx *s,
		    const struct tx *t, bool *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *found = NULL;
	struct err why;

	*ret = false;
	if (simulate(op, s->what, &t->to, t->data, t->data_len, t->gas, &why))
		return true;
	if (why.code != ERR_REVERT) {
		*e = why;
		return false;
	}
	if (!rpc_call(op->rpc, "eth_getTransactionByHash",
		      json_pack("[s]", fmt_hash(&s->hash).s), &found, NULL, e))
		return false;
	*ret = json_is_null(found);
	if (*ret)
		events_log(op->ev, "given up, signed before: %s", why.text);
	return true;
}

/* Its bytes; or others of the same nonce, if it can be mined no more. */
static bool again(struct oper *op, struct sent_tx *s, struct tx *t,
		  struct err *e)
{
	struct buf raw = BUF_INIT(TX_DATA_MAX);
	struct u256 was = t->max_fee;
	struct block head;
	struct hash32 hash;
	bool ok = chain_block(op->rpc, CHAIN_HEAD, &head, e);

	if (ok && u256_cmp(was, u256_from_u64(head.base_fee)) < 0) {
		ok = chain_tip(op->rpc, &t->tip, e);
		price(t, &head);
		ok = ok && tx_sign(&raw, &hash, t, &op->key, e);
		if (ok) {
			sent_replace(&op->sent, &s->hash, &hash, &raw);
			ok = sent_save(&op->sent, e);
		}
	}
	ok = ok && hand_over(op, s->raw, s->raw_len, e);
	buf_done(&raw);
	return ok;
}

static bool resume_one(struct oper *op, struct sent_tx *s, bool last,
		       struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	uint64_t nonce;
	struct receipt r;
	struct addr20 from;
	struct hash32 hash;
	struct tx t;
	bool found, moot = false;

	rpc_forget(op->rpc); /* what was asked before knows nothing of it */
	if (!chain_receipt(op->rpc, a, &s->hash, &found, &r, e))
		return false;
	if (found)
		return settle(op, arena_strdup(a, s->what), &r, e);
	if (!chain_nonce(op->rpc, &op->me, &nonce, e) ||
	    !tx_decode(&t, &from, &hash, s->raw, s->raw_len, e))
		return false;
	if (nonce == s->nonce && last && !is_moot(op, s, &t, &moot, e))
		return false;
	if (nonce > s->nonce || moot) {
		hash = s->hash;
		sent_drop(&op->sent, &hash);
		return sent_save(&op->sent, e);
	}
	events_log(op->ev, "%s: nonce %llu, signed before, is sent again",
		   s->what, (unsigned long long)s->nonce);
	return again(op, s, &t, e) &&
	       wait_mined(op, a, &s->hash, &r, e) &&
	       settle(op, arena_strdup(a, s->what), &r, e);
}

bool account_resume(struct oper *op, struct err *e)
{
	while (op->sent.n)
		if (!resume_one(op, &op->sent.items[0], op->sent.n == 1, e))
			return err_ctx(e, "a transaction signed before");
	return true;
}
