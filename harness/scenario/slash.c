/*
 * slash - what the journal hears of a slash, so that it can be explained later:
 * what was allocated, every magnitude and share before and after it, and who
 * has less now. Magnitudes and shares of the operator follow from the block
 * before and the events since; of stakers and withdrawals both blocks are read.
 */
#include "scenario/asks.h"

#include "base/base.h"

#define TEXT_MAX 4096u
#define WADS_MAX 64

/* --- a slash, as its event says it ---------------------------------------------- */

/* One of the strategies of the set, and what happened in it. */
struct share {
	const struct value *strategy; /* of the event */
	struct addr20 at;
	const char *token; /* NULL: no token of this world */
	unsigned decimals;
	struct u256 slashed; /* of the largest magnitude, as the event says */

	struct ask *max, *encumbered, *shares, *sets;

	/* Before and after. */
	struct u256 magnitudes[2], maxs[2], encumbereds[2], shareses[2];
	struct u256 burnable;
	bool pending; /* an increase or a decrease is still to come */
	struct u256 pending_by[2];
	uint64_t pending_from;
	struct u256 comes; /* what the pending one will leave, if announced */
	bool announced;
};

/* Somebody whose shares or withdrawals stand behind the operator. */
struct staker {
	const char *name;
	struct abi_val who;
	struct ask *to, *shares[2], *queued[2]; /* before and after */
};

struct slash {
	struct play *p;
	const struct seen *event;
	size_t first, at; /* of p->seen: the events that belong to it */
	struct addr20 operator;
	const struct value *set;
	struct abi_val set_arg;
	struct ask *recipient;
	struct share *shares;
	size_t shares_n;
	struct staker *stakers;
	size_t stakers_n;
	struct asks asking;
	struct call_frame trace; /* of its transaction */
	bool traced;
};

static const struct value *arg(const struct seen *s, const char *name)
{
	const struct value *v = s->event ? value_get(&s->args, name) : NULL;
	static const struct value none = { .kind = VALUE_NONE };

	return v ? v : &none;
}

static bool is_event(const struct seen *s, const char *contract,
		     const char *name)
{
	return s->event && s->at && !strcmp(s->at->name, contract) &&
	       !strcmp(s->event->name, name);
}

static const char *token_of(struct play *p, const struct addr20 *strategy,
			    unsigned *ret_decimals)
{
	const struct world *w = p->scn->world;

	for (size_t i = 0; i < w->tokens_n; i++) {
		struct addr20 at;
		struct err ignored;

		if (!live_strategy(p->live, w->tokens[i].name, &at, &ignored) ||
		    !addr_eq(&at, strategy))
			continue;
		*ret_decimals = w->tokens[i].decimals;
		return w->tokens[i].name;
	}
	return NULL;
}

static bool read_event(struct slash *s, struct err *e)
{
	const struct value *strategies = arg(s->event, "strategies");
	const struct value *slashed = arg(s->event, "wadSlashed");
	const struct value *avs, *id;
	struct abi_val *set = ARENA_ARRAY(s->p->arena, struct abi_val, 2);
	struct addr20 at;

	s->set = arg(s->event, "operatorSet");
	avs = value_get(s->set, "avs");
	id = value_get(s->set, "id");
	if (!avs || !id || !surround_address(s->p, avs, &at, e) ||
	    !surround_address(s->p, arg(s->event, "operator"), &s->operator,
			      e))
		return false;
	set[0] = abi_val_addr(&at);
	set[1] = abi_val_u256(id->num);
	s->set_arg = abi_val_list(set, 2);
	s->shares_n = strategies->len < slashed->len ? strategies->len
						     : slashed->len;
	s->shares = ARENA_ARRAY(s->p->arena, struct share, s->shares_n);
	for (size_t i = 0; i < s->shares_n; i++) {
		struct share *x = &s->shares[i];

		x->strategy = &strategies->items[i];
		x->slashed = slashed->items[i].num;
		x->decimals = 18;
		if (!surround_address(s->p, x->strategy, &x->at, e))
			return false;
		x->token = token_of(s->p, &x->at, &x->decimals);
	}
	return true;
}

/* --- asking ----------------------------------------------------------------------- */

static struct ask *ask_withdrawable(struct slash *s, uint64_t block,
				    const struct staker *x)
{
	struct abi_val *list = ARENA_ARRAY(s->p->arena, struct abi_val,
					   s->shares_n);
	struct abi_val args[2] = { x->who };

	for (size_t i = 0; i < s->shares_n; i++)
		list[i] = abi_val_addr(&s->shares[i].at);
	args[1] = abi_val_list(list, s->shares_n);
	return asks_add(&s->asking, block, "delegationManager",
		   "getWithdrawableShares", args, 2);
}

static void ask_shares(struct slash *s, uint64_t before)
{
	struct asks *of = &s->asking;

	for (size_t i = 0; i < s->shares_n; i++) {
		struct share *x = &s->shares[i];
		struct abi_val args[2] = { abi_val_addr(&s->operator),
					   abi_val_addr(&x->at) };

		x->max = asks_add(of, before, "allocationManager", "getMaxMagnitude",
			     args, 2);
		x->encumbered = asks_add(of, before, "allocationManager",
				    "getEncumberedMagnitude", args, 2);
		x->sets = asks_add(of, before, "allocationManager",
			      "getStrategyAllocations", args, 2);
		x->shares = asks_add(of, before, "delegationManager",
				"operatorShares", args, 2);
	}
}

static void ask_worth(struct slash *s, struct staker *x)
{
	x->shares[0] = ask_withdrawable(s, s->event->block - 1, x);
	x->shares[1] = ask_withdrawable(s, s->event->block, x);
}

/* @nth: of the world's operators, then its roles. */
static void add_staker(struct slash *s, size_t nth, uint64_t before)
{
	const struct world *w = s->p->scn->world;
	const char *name = nth < w->operators_n ? w->operators[nth].name
						: w->roles[nth - w->operators_n];
	const struct book_entry *who = book_by_name(live_book(s->p->live),
						    name);
	struct staker *x = &s->stakers[s->stakers_n];

	if (!who)
		return;
	x->name = name;
	x->who = abi_val_addr(&who->address);
	x->to = asks_add(&s->asking, before, "delegationManager", "delegatedTo",
		    &x->who, 1);
	x->queued[0] = asks_add(&s->asking, before, "delegationManager",
			   "getQueuedWithdrawals", &x->who, 1);
	if (delegated_lately(s->p, nth, &s->operator))
		ask_worth(s, x);
	s->stakers_n++;
}

static bool is_operator(const struct slash *s, const struct abi_val *v)
{
	struct addr20 a = abi_addr(v);

	return addr_eq(&a, &s->operator);
}

/* Withdrawal: (staker, delegatedTo, withdrawer, nonce, startBlock,
 * strategies, scaledShares). */
enum { WITHDRAWAL_OF = 1, WITHDRAWAL_NONCE = 3, WITHDRAWAL_SINCE = 4,
       WITHDRAWAL_STRATEGIES = 5 };

static bool has_queued(const struct slash *s, const struct staker *x)
{
	struct abi_val v;

	if (!ask_answer(x->queued[0], &v))
		return false;
	for (size_t i = 0; i < v.items[0].len; i++)
		if (is_operator(s,
				&v.items[0].items[i].items[WITHDRAWAL_OF]))
			return true;
	return false;
}

static bool delegated(const struct slash *s, const struct staker *x)
{
	struct abi_val v;

	return ask_answer(x->to, &v) && is_operator(s, &v.items[0]);
}

static void ask_trace(struct slash *s)
{
	struct err ignored;

	s->traced = node_trace(live_rpc(s->p->live), s->p->arena,
			       &s->event->tx, &s->trace, &ignored);
}

/* Of both blocks, and the trace: one message. */
static bool ask_together(struct slash *s, struct err *e)
{
	struct rpc *rpc = live_rpc(s->p->live);
	bool ok;

	rpc_ahead(rpc);
	asks_ahead(&s->asking);
	ask_trace(s);
	rpc_ahead_end(rpc);
	ok = asks_wait(&s->asking, e);
	ask_trace(s);
	if (!ok)
		rpc_forget(rpc);
	return ok;
}

/*
 * Everybody is asked whose they are; only the operator's what they have, at once
 * where they were its when that was last known: nearly all of them.
 */
static bool ask_all(struct slash *s, struct err *e)
{
	const struct world *w = s->p->scn->world;
	uint64_t block = s->event->block, before = block - 1;

	s->stakers = ARENA_ARRAY(s->p->arena, struct staker,
				 w->operators_n + w->roles_n);
	ask_shares(s, before);
	s->recipient = asks_add(&s->asking, before, "allocationManager",
			   "getRedistributionRecipient", &s->set_arg, 1);
	for (size_t i = 0; i < w->operators_n + w->roles_n; i++)
		add_staker(s, i, before);
	if (!ask_together(s, e))
		return false;
	for (size_t i = 0; i < s->stakers_n; i++) {
		struct staker *x = &s->stakers[i];

		if (has_queued(s, x))
			x->queued[1] = asks_add(&s->asking, block,
					   "delegationManager",
					   "getQueuedWithdrawals", &x->who, 1);
		if (!delegated(s, x))
			x->shares[0] = x->shares[1] = NULL;
		else if (!x->shares[0])
			ask_worth(s, x);
	}
	return asks_wait(&s->asking, e);
}

/* --- before and after --------------------------------------------------------------- */

static bool same_set(const struct slash *s, const struct value *set)
{
	const struct value *avs = value_get(set, "avs");
	const struct value *id = value_get(set, "id");
	struct addr20 at, ours = abi_addr(&s->set_arg.items[0]);
	struct err ignored;

	return avs && id && u256_eq(id->num, s->set_arg.items[1].word) &&
	       surround_address(s->p, avs, &at, &ignored) &&
	       addr_eq(&at, &ours);
}

static bool is_of(const struct slash *s, const struct share *x,
		  const struct seen *ev)
{
	struct addr20 at;
	struct err ignored;

	return surround_address(s->p, arg(ev, "operator"), &at, &ignored) &&
	       addr_eq(&at, &s->operator) &&
	       surround_address(s->p, arg(ev, "strategy"), &at, &ignored) &&
	       addr_eq(&at, &x->at);
}

static void move(struct u256 *n, struct u256 by, bool up)
{
	struct u256 to;

	if (up ? u256_add(&to, *n, by) : u256_sub(&to, *n, by))
		*n = to;
}

/* Of a decrease that is still to come the event says what will be left. */
static void allocate(struct share *x, const struct seen *ev, unsigned side)
{
	struct u256 to = arg(ev, "magnitude")->num;

	if (u256_cmp(arg(ev, "effectBlock")->num,
		     u256_from_u64(ev->block)) <= 0) {
		x->magnitudes[side] = to;
	} else if (side) {
		x->comes = to;
		x->announced = true;
	}
}

/* What an event of the block makes of the numbers at @side. */
static void apply(const struct slash *s, struct share *x,
		  const struct seen *ev, unsigned side)
{
	if (!is_of(s, x, ev))
		return;
	if (is_event(ev, "allocationManager", "MaxMagnitudeUpdated"))
		x->maxs[side] = arg(ev, "maxMagnitude")->num;
	else if (is_event(ev, "allocationManager",
			  "EncumberedMagnitudeUpdated"))
		x->encumbereds[side] = arg(ev, "encumberedMagnitude")->num;
	else if (is_event(ev, "delegationManager", "OperatorSharesDecreased"))
		move(&x->shareses[side], arg(ev, "shares")->num, false);
	else if (is_event(ev, "delegationManager", "OperatorSharesIncreased"))
		move(&x->shareses[side], arg(ev, "shares")->num, true);
	else if (is_event(ev, "allocationManager", "AllocationUpdated") &&
		 same_set(s, arg(ev, "operatorSet")))
		allocate(x, ev, side);
}

static void find_allocation(const struct slash *s, struct share *x)
{
	struct abi_val v;

	if (!ask_answer(x->sets, &v))
		return;
	for (size_t i = 0; i < v.items[0].len; i++) {
		const struct abi_val *set = v.items[0].items[i].items;
		const struct abi_val *a = v.items[1].items[i].items;
		struct addr20 avs = abi_addr(&set[0]);
		struct addr20 ours = abi_addr(&s->set_arg.items[0]);

		if (!addr_eq(&avs, &ours) ||
		    !u256_eq(set[1].word, s->set_arg.items[1].word))
			continue;
		/* Allocation: currentMagnitude, pendingDiff, effectBlock. */
		x->magnitudes[0] = a[0].word;
		x->pending = !u256_is_zero(a[1].word);
		x->pending_by[0] = x->pending_by[1] = a[1].word;
		(void)!u256_fits_u64(&x->pending_from, a[2].word);
	}
}

static void find_burnable(const struct slash *s, struct share *x,
			  const struct seen *ev)
{
	struct addr20 at;
	struct err ignored;

	if (is_event(ev, "strategyManager",
		     "BurnOrRedistributableSharesIncreased") &&
	    surround_address(s->p, arg(ev, "strategy"), &at, &ignored) &&
	    addr_eq(&at, &x->at))
		x->burnable = arg(ev, "shares")->num;
}

static void measure(const struct slash *s, struct share *x)
{
	const struct seen *all = s->p->seen.items;

	x->maxs[0] = ask_word(x->max);
	x->encumbereds[0] = ask_word(x->encumbered);
	x->shareses[0] = ask_word(x->shares);
	find_allocation(s, x);
	for (size_t i = 0; i < s->first; i++)
		if (all[i].block == s->event->block)
			apply(s, x, &all[i], 0);
	x->magnitudes[1] = x->magnitudes[0];
	x->maxs[1] = x->maxs[0];
	x->encumbereds[1] = x->encumbereds[0];
	x->shareses[1] = x->shareses[0];
	for (size_t i = s->first; i < s->at; i++) {
		apply(s, x, &all[i], 1);
		find_burnable(s, x, &all[i]);
	}
	/* It is announced ahead of what is left now. */
	if (x->pending && x->announced)
		x->pending_by[1] = u256_wrap_sub(x->comes, x->magnitudes[1]);
}

/* --- the wads that were asked for ------------------------------------------------------ */

/* Only the call itself says them: the event has what came of them. */
static bool wads_in(const struct slash *s, const struct call_frame *f,
		    struct u256 *wads)
{
	struct book *book = live_book(s->p->live);
	struct decoded d = book_decode_call(book, s->p->arena, &f->to,
					    f->input, f->input_len);

	if (d.entry && d.at && !strcmp(d.at->name, "allocationManager") &&
	    !strcmp(d.entry->name, "slashOperator") && !f->error &&
	    is_operator(s, &d.args.items[1].items[0])) {
		const struct abi_val *list = &d.args.items[1].items[3];

		for (size_t i = 0; i < list->len && i < WADS_MAX; i++)
			wads[i] = list->items[i].word;
		return list->len == s->shares_n;
	}
	for (size_t i = 0; i < f->calls_n; i++)
		if (wads_in(s, &f->calls[i], wads))
			return true;
	return false;
}

static bool find_wads(const struct slash *s, struct u256 *wads)
{
	return s->traced && s->shares_n <= WADS_MAX &&
	       wads_in(s, &s->trace, wads);
}

/* --- as JSON ------------------------------------------------------------------------------ */

static json_t *pair(const struct u256 v[2])
{
	return json_pack("[s, s]", fmt_u256(v[0]).s, fmt_u256(v[1]).s);
}

static const char *set_name(const struct slash *s, const struct abi_val *set)
{
	const struct world *w = s->p->scn->world;
	const struct book_entry *b;
	struct addr20 at = abi_addr(&set[0]);
	struct u256_text id = fmt_u256(set[1].word);

	b = book_by_address(live_book(s->p->live), &at);
	for (size_t i = 0; b && i < w->avs_n; i++) {
		const struct world_avs *a = &w->avs[i];

		if (!strcmp(a->contract ? a->contract : a->name, b->name))
			return arena_printf(s->p->arena, "%s#%s", a->name,
					    id.s);
	}
	return arena_printf(s->p->arena, "%s#%s",
			    b ? b->name : fmt_addr(&at).s, id.s);
}

/* Allocations of the same magnitude to other sets. */
static json_t *others(const struct slash *s, const struct share *x)
{
	json_t *list = json_array();
	struct abi_val v;

	if (!ask_answer(x->sets, &v))
		return list;
	for (size_t i = 0; i < v.items[0].len; i++) {
		const struct abi_val *set = v.items[0].items[i].items;
		const struct abi_val *a = v.items[1].items[i].items;
		const char *name = set_name(s, set);

		if (strcmp(name, set_name(s, s->set_arg.items)) != 0 &&
		    !u256_is_zero(a[0].word))
			json_array_append_new(
				list, json_pack("{s:s, s:s}", "set", name,
						"magnitude",
						fmt_u256(a[0].word).s));
	}
	return list;
}

static json_t *stakers(const struct slash *s, size_t share)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->stakers_n; i++) {
		struct u256 sides[2] = { U256_ZERO, U256_ZERO };
		struct abi_val v;

		for (unsigned k = 0; k < 2; k++)
			if (ask_answer(s->stakers[i].shares[k], &v))
				sides[k] = v.items[0].items[share].word;
		if (s->stakers[i].shares[0] && !u256_is_zero(sides[0]))
			json_array_append_new(
				list, json_pack("{s:s, s:o}", "who",
						s->stakers[i].name, "shares",
						pair(sides)));
	}
	return list;
}

/* What the withdrawal of this nonce is worth in this strategy. */
static bool queued_shares(const struct ask *a, struct u256 nonce,
			  const struct addr20 *strategy, struct u256 *ret)
{
	struct abi_val v;

	if (!ask_answer(a, &v))
		return false;
	for (size_t i = 0; i < v.items[0].len; i++) {
		const struct abi_val *w = v.items[0].items[i].items;
		const struct abi_val *of = &w[WITHDRAWAL_STRATEGIES];

		if (!u256_eq(w[WITHDRAWAL_NONCE].word, nonce))
			continue;
		for (size_t k = 0; k < of->len; k++) {
			struct addr20 at = abi_addr(&of->items[k]);

			if (!addr_eq(&at, strategy))
				continue;
			*ret = v.items[1].items[i].items[k].word;
			return true;
		}
	}
	return false;
}

static void add_queued(const struct slash *s, const struct staker *x,
		       const struct share *share, json_t *list)
{
	struct abi_val v;

	if (!x->queued[1] || !ask_answer(x->queued[0], &v))
		return;
	for (size_t i = 0; i < v.items[0].len; i++) {
		const struct abi_val *w = v.items[0].items[i].items;
		struct u256 sides[2] = { U256_ZERO, U256_ZERO };

		if (!is_operator(s, &w[WITHDRAWAL_OF]) ||
		    !queued_shares(x->queued[0], w[WITHDRAWAL_NONCE].word,
				   &share->at, &sides[0]))
			continue;
		(void)!queued_shares(x->queued[1], w[WITHDRAWAL_NONCE].word,
				     &share->at, &sides[1]);
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:o}", "who", x->name, "since",
				  fmt_u256(w[WITHDRAWAL_SINCE].word).s,
				  "shares", pair(sides)));
	}
}

static json_t *queue(const struct slash *s, const struct share *share)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->stakers_n; i++)
		add_queued(s, &s->stakers[i], share, list);
	return list;
}

static json_t *share_json(const struct slash *s, size_t i,
			  const struct u256 *wad)
{
	const struct share *x = &s->shares[i];
	const char *strategy = explain_value(s->p, x->strategy);
	json_t *o = json_pack(
		"{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
		"strategy", strategy, "token", x->token ? x->token : strategy,
		"decimals", (int)x->decimals, "slashed",
		fmt_u256(x->slashed).s, "magnitude", pair(x->magnitudes), "max",
		pair(x->maxs), "encumbered", pair(x->encumbereds), "shares",
		pair(x->shareses), "burnable", fmt_u256(x->burnable).s,
		"others", others(s, x), "stakers", stakers(s, i), "queue",
		queue(s, x));

	if (wad)
		json_object_set_new(o, "wad", json_string(fmt_u256(*wad).s));
	if (x->pending)
		json_object_set_new(
			o, "pending",
			json_pack("{s:[s, s], s:I}", "by",
				  fmt_i256(x->pending_by[0]).s,
				  fmt_i256(x->pending_by[1]).s, "from",
				  (json_int_t)x->pending_from));
	return o;
}

static json_t *slash_json(const struct slash *s)
{
	struct play *p = s->p;
	struct buf recipient = BUF_INIT(TEXT_MAX);
	struct u256 wads[WADS_MAX];
	bool known = find_wads(s, wads);
	json_t *list = json_array(), *o;
	struct abi_val v;

	for (size_t i = 0; i < s->shares_n; i++)
		json_array_append_new(
			list, share_json(s, i, known ? &wads[i] : NULL));
	if (ask_answer(s->recipient, &v)) {
		struct addr20 at = abi_addr(&v.items[0]);

		book_name(live_book(p->live), &recipient, &at);
	}
	o = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "step",
		      p->number, "block", (json_int_t)s->event->block, "tx",
		      fmt_hash(&s->event->tx).s, "operator",
		      explain_value(p, arg(s->event, "operator")), "set",
		      set_name(s, s->set_arg.items), "operatorSet",
		      explain_value(p, s->set), "description",
		      explain_value(p, arg(s->event, "description")),
		      "recipient", buf_str(&recipient), "strategies", list);
	buf_done(&recipient);
	return o;
}

/* --- all of it ------------------------------------------------------------------------------- */

/* The events of its transaction since the slash before it, if there is one. */
static size_t first_event(const struct play *p, size_t at)
{
	const struct seen *all = p->seen.items;
	size_t i = at;

	while (i && hash_eq(&all[i - 1].tx, &all[at].tx) &&
	       !is_event(&all[i - 1], "allocationManager", "OperatorSlashed"))
		i--;
	return i;
}

json_t *slash_of(struct play *p, size_t at)
{
	struct slash s = { .p = p, .event = &p->seen.items[at], .at = at,
			   .asking = { .p = p } };
	struct err ignored = ERR_INIT;

	if (!is_event(s.event, "allocationManager", "OperatorSlashed") ||
	    !s.event->block || !read_event(&s, &ignored) ||
	    !ask_all(&s, &ignored))
		return NULL;
	s.first = first_event(p, at);
	for (size_t i = 0; i < s.shares_n; i++)
		measure(&s, &s.shares[i]);
	return slash_json(&s);
}
