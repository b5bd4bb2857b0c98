/*
 * Operators of AVSs that our program does not know, accounts and contracts of an
 * author's own: the harness brings them to where their scenario begins.
 */
#include "devnet/live_priv.h"

#include "base/base.h"

#define CALL_MAX 65536u
#define STAKES_MAX 64

/* @contract: whose ABI is looked at first; an AVS's own may be behind it. */
static bool reverted(struct live *w, struct arena *a,
		     const struct book_entry *contract, const char *call,
		     const char *actor, const struct hash32 *tx, struct err *e)
{
	struct buf why = BUF_INIT(4096);
	const uint8_t *data = NULL;
	struct decoded d;
	size_t len = 0;

	if (!node_reverted(live_rpc(w), a, tx, &data, &len, e))
		return false;
	d = book_decode_error(w->book, a, &contract->address, data, len);
	book_describe(w->book, &why, &d);
	err_set(e, ERR_REVERT, 0, "%s.%s of %s reverted: %s", contract->name,
		call, actor, buf_str(&why));
	buf_done(&why);
	return false;
}

static bool send(struct live *w, const char *actor, const char *contract,
		 const char *name, const struct abi_val *args, size_t n,
		 struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct book_entry *at = book_by_name(w->book, contract);
	const struct abi_entry *fn =
		at && at->abi ? abi_function(at->abi, name, NULL) : NULL;
	struct abi_val list = abi_val_list(args, n);
	struct buf data = BUF_INIT(CALL_MAX);
	struct receipt rc;

	if (!fn)
		return err_set(e, ERR_SCHEMA, 0, "%s has no function %s",
			       contract, name);
	bool ok = abi_encode_call(&data, fn, &list, e) &&
		  live_send(w, a, actor, &at->address, U256_ZERO, data.data,
			    data.len, 0, &rc, e);

	buf_done(&data);
	if (!ok)
		return false;
	return rc.ok || reverted(w, a, at, name, actor, &rc.tx, e);
}

bool live_hand_register(struct live *w, const struct live_operator *o,
			struct err *e)
{
	static const struct addr20 nobody;
	const struct abi_val args[] = { abi_val_addr(&nobody),
					abi_val_u64(o->allocation_delay),
					abi_val_text("") };

	return send(w, o->name, "delegationManager", "registerAsOperator",
		    args, ARRAY_LEN(args), e);
}

static bool deposit(struct live *w, const struct live_operator *o,
		    const struct live_stake *s, struct err *e)
{
	const struct book_entry *token = book_by_name(w->book, s->token);
	const struct book_entry *manager =
		book_by_name(w->book, "strategyManager");
	struct addr20 strategy;

	if (!token || !manager || !live_strategy(w, s->token, &strategy, e))
		return err_set(e, ERR_SCHEMA, 0, "%s is no token of this world",
			       s->token);
	const struct abi_val approve[] = { abi_val_addr(&manager->address),
					   abi_val_u256(s->amount) };
	const struct abi_val args[] = { abi_val_addr(&strategy),
					abi_val_addr(&token->address),
					abi_val_u256(s->amount) };

	return send(w, o->name, s->token, "approve", approve, 2, e) &&
	       send(w, o->name, "strategyManager", "depositIntoStrategy", args,
		    ARRAY_LEN(args), e);
}

/* (address avs, uint32 id) */
static bool set_of(struct live *w, const struct live_operator *o,
		   struct abi_val items[2], struct err *e)
{
	const struct book_entry *avs = book_by_name(w->book, o->avs);

	if (!avs)
		return err_set(e, ERR_SCHEMA, 0, "AVS %s has no address",
			       o->avs);
	items[0] = abi_val_addr(&avs->address);
	items[1] = abi_val_u64(o->set);
	return true;
}

/* What is configured and not nothing; one call for all strategies. */
static bool allocate(struct live *w, const struct live_operator *o,
		     struct err *e)
{
	struct abi_val strategies[STAKES_MAX], magnitudes[STAKES_MAX], set[2];
	const struct book_entry *me = book_by_name(w->book, o->name);
	size_t n = 0;

	if (!set_of(w, o, set, e))
		return false;
	if (o->stake_n > STAKES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: %zu stakes, over %d",
			       o->name, o->stake_n, STAKES_MAX);
	for (size_t i = 0; i < o->stake_n; i++) {
		struct addr20 strategy;

		if (!o->stake[i].magnitude)
			continue;
		if (!live_strategy(w, o->stake[i].token, &strategy, e))
			return false;
		strategies[n] = abi_val_addr(&strategy);
		magnitudes[n++] = abi_val_u64(o->stake[i].magnitude);
	}
	if (!n)
		return true;
	const struct abi_val param[] = { abi_val_list(set, 2),
					 abi_val_list(strategies, n),
					 abi_val_list(magnitudes, n) };
	const struct abi_val params = abi_val_list(param, ARRAY_LEN(param));
	const struct abi_val args[] = { abi_val_addr(&me->address),
					abi_val_list(&params, 1) };

	return send(w, o->name, "allocationManager", "modifyAllocations", args,
		    ARRAY_LEN(args), e);
}

static bool join(struct live *w, const struct live_operator *o, struct err *e)
{
	const struct book_entry *me = book_by_name(w->book, o->name);
	struct abi_val set[2];

	if (!set_of(w, o, set, e))
		return false;
	const struct abi_val param[] = { set[0], abi_val_list(&set[1], 1),
					 abi_val_bytes("", 0) };
	const struct abi_val args[] = { abi_val_addr(&me->address),
					abi_val_list(param, ARRAY_LEN(param)) };

	return send(w, o->name, "allocationManager", "registerForOperatorSets",
		    args, ARRAY_LEN(args), e);
}

bool live_hand_stake(struct live *w, const struct live_operator *o,
		     struct err *e)
{
	if (o->ready < LIVE_STAKED)
		return true;
	for (size_t i = 0; i < o->stake_n; i++)
		if (!deposit(w, o, &o->stake[i], e))
			return err_ctx(e, "the stake of %s", o->name);
	return allocate(w, o, e) && (o->ready < LIVE_JOINED || join(w, o, e));
}
