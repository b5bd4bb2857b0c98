/* Transactions and views that the harness itself makes. */
#include "devnet/live_priv.h"

#include "base/base.h"

#include "base/hex.h"
#include "eth/tx.h"

#define GAS_DEFAULT 10000000u /* below EIP-7825's cap of 2^24 */
#define TX_MAX (2u << 20)
#define FUND_ETH 1000u
#define ETHER 1000000000000000000u
#define GWEI 1000000000u

/* As a shell's variable has it. */
static bool is_name(const char *s)
{
	static const char all[] = "0123456789_abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *s && strchr(all + 10, *s) && !s[strspn(s, all)];
}

bool live_account(struct live *w, const char *name, struct addr20 *ret,
		  struct err *e)
{
	const struct book_entry *known = book_by_name(w->book, name);
	struct seckey key = devnet_key(name);
	struct addr20 a;

	if (!strncmp(name, "0x", 2))
		return hex_decode(ret->b, sizeof(ret->b), name, strlen(name),
				  e) ||
		       err_ctx(e, "the address %s", name);
	if (known) {
		*ret = known->address;
		return true;
	}
	if (!is_name(name))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s is neither an address nor a name, which has "
			       "letters, digits and _",
			       name);
	if (!secp_address(&a, &key, e) ||
	    !book_bind(w->book, name, &a, NULL, e))
		return false;
	json_array_append_new(w->named, json_string(name));
	*ret = a;
	return true;
}

const json_t *live_named(const struct live *w)
{
	return w->named;
}

struct u256 live_stipend(void)
{
	struct u256 wei;
	bool fits = u256_mul(&wei, u256_from_u64(FUND_ETH),
			     u256_from_u64(ETHER));

	ASSERT(fits);
	return wei;
}

bool live_fund(struct live *w, const struct addr20 *a, struct err *e)
{
	live_altered(w);
	return node_set_balance(live_rpc(w), a, live_stipend(), e);
}

bool live_afford(struct live *w, const struct addr20 *a, struct err *e)
{
	const struct u256 ether = u256_from_u64(ETHER);
	struct u256 have;

	if (!chain_balance(live_rpc(w), a, &have, e))
		return false;
	if (u256_cmp(have, ether) >= 0)
		return true;
	live_altered(w);
	return node_set_balance(live_rpc(w), a, ether, e);
}

bool live_view(struct live *w, const char *contract, const char *function,
	       const struct abi_val *args, size_t args_n, struct u256 *ret,
	       struct err *e)
{
	const struct book_entry *at = book_by_name(w->book, contract);
	const struct abi_entry *fn =
		at && at->abi ? abi_function(at->abi, function, NULL) : NULL;
	struct abi_val list = abi_val_list(args, args_n);
	struct buf data = BUF_INIT(4096), out = BUF_INIT(4096);

	if (!fn)
		return err_set(e, ERR_SCHEMA, 0, "%s has no function %s",
			       contract, function);
	bool ok = abi_encode_call(&data, fn, &list, e) &&
		  chain_call(live_rpc(w), NULL, &at->address, data.data,
			     data.len, CHAIN_HEAD, &out, e);

	if (ok && out.len < 32)
		ok = err_set(e, ERR_PARSE, 0, "it returned %zu bytes", out.len);
	if (ok)
		*ret = u256_from_be(out.data, 32);
	else
		err_ctx(e, "%s.%s", contract, function);
	buf_done(&data);
	buf_done(&out);
	return ok;
}

void live_mined_on(struct live *w, const struct block *on, json_t *take_logs,
		   const json_t *receipt)
{
	CLEANUP(json_decrefp) json_t *logs = take_logs;
	struct block head;

	/* A receipt does not tell who shares the block behind it. */
	if (w->open || w->strays || on->number == w->head.timed ||
	    !chain_block_above(&head, on, receipt))
		return;
	if (logs)
		json_array_extend(logs, json_object_get(receipt, "logs"));
	live_is_at(w, &head, TAKE(logs));
}

static bool send_as(struct live *w, struct arena *a, const struct addr20 *from,
		    const struct addr20 *to, struct u256 value,
		    const void *data, size_t len, uint64_t gas,
		    struct receipt *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL, *logs = NULL;
	struct block head;

	if (!live_head(w, &head, e))
		return false;
	logs = live_mined(w);
	live_sent_by(w, from);
	if (!node_send_as(live_rpc(w), a, from, to, value, data, len, gas, ret,
			  &answer, e)) {
		live_moved(w);
		return false;
	}
	live_mined_on(w, &head, TAKE(logs), answer);
	return true;
}

/* In anvil's words, before it takes a transaction. */
static bool cannot_pay(const struct err *e)
{
	return e->code == ERR_RPC && strstr(e->text, "Insufficient funds");
}

bool live_send_as(struct live *w, struct arena *a, const struct addr20 *from,
		  const struct addr20 *to, struct u256 value, const void *data,
		  size_t len, uint64_t gas, struct receipt *ret, struct err *e)
{
	/* Nearly all can pay for their gas: who was refused is looked at. After
	 * any other error it may have been mined all the same. */
	return send_as(w, a, from, to, value, data, len, gas, ret, e) ||
	       (cannot_pay(e) && live_afford(w, from, e) &&
		send_as(w, a, from, to, value, data, len, gas, ret, e));
}

bool live_mint(struct live *w, const char *token, const struct addr20 *to,
	       struct u256 amount, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct book_entry *t = book_by_name(w->book, token);
	const struct abi_entry *mint =
		t && t->abi ? abi_function(t->abi, "mint(address,uint256)",
					   NULL) : NULL;
	struct abi_val who = abi_val_addr(to);
	struct u256 owner, have, missing;
	struct buf data = BUF_INIT(4096);
	struct receipt rc;

	if (!mint)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s is no token that can be minted", token);
	if (!live_view(w, token, "balanceOf", &who, 1, &have, e) ||
	    !live_view(w, token, "owner", NULL, 0, &owner, e))
		return false;
	if (!u256_sub(&missing, amount, have) || u256_is_zero(missing))
		return true;
	struct abi_val args[] = { who, abi_val_u256(missing) };
	struct abi_val list = abi_val_list(args, 2);
	struct abi_val by = abi_val_u256(owner);
	struct addr20 minter = abi_addr(&by);
	bool ok = abi_encode_call(&data, mint, &list, e) &&
		  live_send_as(w, a, &minter, &t->address, U256_ZERO, data.data,
			       data.len, 0, &rc, e) &&
		  (rc.ok || err_set(e, ERR_REVERT, 0,
				    "%s.mint by its owner reverted", token));

	buf_done(&data);
	return ok;
}

static bool sign_and_send(struct live *w, struct arena *a, struct tx *t,
			  const struct seckey *key, const struct block *head,
			  struct receipt *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL, *logs = live_mined(w);
	struct buf raw = BUF_INIT(TX_MAX);
	struct hash32 id;
	bool ok = tx_sign(&raw, &id, t, key, e);

	ok = ok && node_send_sync(live_rpc(w), a, raw.data, raw.len, ret,
				  &answer, e);
	buf_done(&raw);
	if (ok)
		live_mined_on(w, head, TAKE(logs), answer);
	return ok;
}

bool live_send(struct live *w, struct arena *a, const char *actor,
	       const struct addr20 *to, struct u256 value, const void *data,
	       size_t len, uint64_t gas, struct receipt *ret, struct err *e)
{
	const struct book_entry *who = book_by_name(w->book, actor);
	struct tx t = { .chain_id = w->chain_id,
			.gas = gas ? gas : GAS_DEFAULT,
			.tip = u256_from_u64(GWEI),
			.value = value,
			.create = !to,
			.data = data,
			.data_len = len };
	struct block head;
	uint64_t *nonce;

	if (!who)
		return err_set(e, ERR_SCHEMA, 0, "%s is no actor of this world",
			       actor);
	if (who->artifact) /* a contract has no key */
		return live_send_as(w, a, &who->address, to, value, data, len,
				    t.gas, ret, e);
	if (to)
		t.to = *to;
	if (!live_head(w, &head, e) ||
	    !live_nonce(w, &who->address, &nonce, e))
		return false;
	t.nonce = *nonce;
	/* Twice the base fee outlives any one block's rise. */
	t.max_fee = u256_from_u64(2 * head.base_fee + GWEI);
	struct seckey key = devnet_key(actor);
	bool ok = sign_and_send(w, a, &t, &key, &head, ret, e);

	seckey_wipe(&key);
	if (ok) {
		++*nonce;
		return true;
	}
	live_moved(w);
	live_dead(w, e);
	return err_ctx(e, "a transaction of %s", actor);
}
