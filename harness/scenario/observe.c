/*
 * observe - what the chain shows: events and quantities.
 */
#include "scenario/play.h"

#include "base/base.h"

#define CALL_MAX 65536u

/* --- view calls -------------------------------------------------------------- */

/* EL's own, which the ledger and the invariants ask thousands of times: each is
 * looked up once for a play. */
enum el_view {
	EL_OPERATOR_SHARES,
	EL_QUEUED,
	EL_WITHDRAWABLE,
	EL_STRATEGIES_N,
	EL_PENDING_SETS,
	EL_PENDING_SLASHES,
	EL_BURNABLE,
	EL_ALLOCATION,
	EL_MAX_MAGNITUDE,
	EL_ENCUMBERED,
	EL_SLASHABLE,
	EL__COUNT
};

struct view_name {
	const char *contract, *function;
};

static const struct view_name el_views[EL__COUNT] = {
	[EL_OPERATOR_SHARES] = { "delegationManager", "operatorShares" },
	[EL_QUEUED] = { "delegationManager", "getQueuedWithdrawals" },
	[EL_WITHDRAWABLE] = { "delegationManager", "getWithdrawableShares" },
	[EL_STRATEGIES_N] = { "strategyManager", "stakerStrategyListLength" },
	[EL_PENDING_SETS] = { "strategyManager", "getPendingOperatorSets" },
	[EL_PENDING_SLASHES] = { "strategyManager", "getPendingSlashIds" },
	[EL_BURNABLE] = { "strategyManager",
			  "getBurnOrRedistributableShares("
			  "(address,uint32),uint256)" },
	[EL_ALLOCATION] = { "allocationManager", "getAllocation" },
	[EL_MAX_MAGNITUDE] = { "allocationManager", "getMaxMagnitude" },
	[EL_ENCUMBERED] = { "allocationManager", "getEncumberedMagnitude" },
	[EL_SLASHABLE] = { "allocationManager", "getMinimumSlashableStake" },
};

_Static_assert(EL__COUNT == PLAY_VIEWS, "a place in the play for each");

static bool find_view(struct play *p, const struct view_name *name,
		      struct play_view *ret, struct err *e)
{
	const struct book_entry *at =
		book_by_name(live_book(p->live), name->contract);
	const struct abi_entry *fn;

	if (!at || !at->abi)
		return err_set(e, ERR_SCHEMA, 0, "there is no contract %s",
			       name->contract);
	fn = abi_function(at->abi, name->function, NULL);
	if (!fn)
		return err_set(e, ERR_SCHEMA, 0, "%s has no function %s",
			       name->contract, name->function);
	*ret = (struct play_view){ at, fn };
	return true;
}

/* Into p->call. */
static bool encode(struct play *p, const struct play_view *view,
		   const struct abi_val *args, size_t n, struct err *e)
{
	struct abi_val tuple = abi_val_list(args, n);

	p->call.cap = CALL_MAX;
	buf_clear(&p->call);
	return abi_encode_call(&p->call, view->fn, &tuple, e);
}

static bool ask_view(struct play *p, const struct view_name *name,
		     const struct play_view *view, const struct abi_val *args,
		     size_t n, struct abi_val *ret, struct err *e)
{
	const uint8_t *out;
	size_t len;

	if (!encode(p, view, args, n, e))
		return false;
	if (!views_ask(p, &view->at->address, &p->call, &out, &len, e))
		return err_ctx(e, "%s.%s", name->contract, name->function);
	return abi_decode(ret, p->arena, view->fn->out, out, len, e);
}

bool observe_view(struct play *p, const char *contract, const char *function,
		  const struct abi_val *args, size_t n,
		  const struct abi_entry **ret_fn, struct abi_val *ret,
		  struct err *e)
{
	const struct view_name name = { contract, function };
	struct play_view view;

	if (!find_view(p, &name, &view, e) ||
	    !ask_view(p, &name, &view, args, n, ret, e))
		return false;
	if (ret_fn)
		*ret_fn = view.fn;
	return true;
}

static bool find_el(struct play *p, enum el_view which, struct err *e)
{
	return p->el_views[which].fn ||
	       find_view(p, &el_views[which], &p->el_views[which], e);
}

static bool el_view(struct play *p, enum el_view which,
		    const struct abi_val *args, size_t n, struct abi_val *ret,
		    struct err *e)
{
	return find_el(p, which, e) &&
	       ask_view(p, &el_views[which], &p->el_views[which], args, n, ret,
			e);
}

static void el_expect(struct play *p, enum el_view which,
		      const struct abi_val *args, size_t n)
{
	struct err ignored; /* whoever asks meets it again */

	if (find_el(p, which, &ignored) &&
	    encode(p, &p->el_views[which], args, n, &ignored))
		views_expect(p, &p->el_views[which].at->address, &p->call);
}

/* The one word that a view returns. */
static bool el_word(struct play *p, enum el_view which,
		    const struct abi_val *args, size_t n, struct u256 *ret,
		    struct err *e)
{
	struct abi_val v;

	if (!el_view(p, which, args, n, &v, e))
		return false;
	*ret = v.items[0].word;
	return true;
}

/* --- quantities ----------------------------------------------------------------- */

struct found {
	struct addr20 actor, token, strategy;
	struct abi_val set; /* (address avs, uint32 id) */
};

static bool find_set(struct play *p, const struct quantity_of *q,
		     struct abi_val *ret, struct err *e)
{
	const struct world_avs *avs = &p->scn->world->avs[q->avs];
	const char *name = avs->contract ? avs->contract : avs->name;
	const struct book_entry *b = book_by_name(live_book(p->live), name);
	struct abi_val *items = ARENA_ARRAY(p->arena, struct abi_val, 2);

	if (!b)
		return err_set(e, ERR_SCHEMA, 0, "AVS %s has no address",
			       avs->name);
	items[0] = abi_val_addr(&b->address);
	items[1] = abi_val_u64(q->set);
	*ret = abi_val_list(items, 2);
	return true;
}

static bool find(struct play *p, const struct known_quantity *k,
		 struct found *ret, struct err *e)
{
	const struct quantity_of *q = &k->of;

	if (k->actor)
		ret->actor = k->actor->address;
	ret->token = k->token->address;
	return (q->kind == QUANTITY_BALANCE ||
		live_strategy(p->live, q->token, &ret->strategy, e)) &&
	       ((q->kind != QUANTITY_ALLOCATED &&
		 q->kind != QUANTITY_SLASHABLE) ||
		find_set(p, q, &ret->set, e));
}

/* Sums what belongs to one strategy in two parallel lists. */
static bool sum_for(const struct abi_val *strategies,
		    const struct abi_val *amounts, const struct addr20 *wanted,
		    struct u256 *total, struct err *e)
{
	for (size_t i = 0; i < strategies->len && i < amounts->len; i++) {
		struct addr20 a = abi_addr(&strategies->items[i]);

		if (addr_eq(&a, wanted) &&
		    !u256_add(total, *total, amounts->items[i].word))
			return err_set(e, ERR_RANGE, 0, "a sum of shares "
						       "overflows");
	}
	return true;
}

/* EL: withdrawable shares of everything the staker has in the queue. */
static bool queued(struct play *p, const struct found *f, struct u256 *ret,
		   struct err *e)
{
	struct abi_val arg = abi_val_addr(&f->actor), v;

	*ret = U256_ZERO;
	if (!el_view(p, EL_QUEUED, &arg, 1, &v, e))
		return false;
	for (size_t i = 0; i < v.items[0].len; i++) {
		/* Withdrawal: …, strategies is its sixth member. */
		const struct abi_val *w = &v.items[0].items[i];

		if (!sum_for(&w->items[5], &v.items[1].items[i], &f->strategy,
			     ret, e))
			return false;
	}
	return true;
}

/* EL: what slashes took and nobody has cleared yet, over all sets. */
static bool burnable(struct play *p, const struct found *f, struct u256 *ret,
		     struct err *e)
{
	struct abi_val sets, ids, shares;

	*ret = U256_ZERO;
	if (!el_view(p, EL_PENDING_SETS, NULL, 0, &sets, e))
		return false;
	for (size_t i = 0; i < sets.items[0].len; i++) {
		struct abi_val args[2] = { sets.items[0].items[i] };

		if (!el_view(p, EL_PENDING_SLASHES, args, 1, &ids, e))
			return false;
		for (size_t k = 0; k < ids.items[0].len; k++) {
			args[1] = ids.items[0].items[k];
			if (!el_view(p, EL_BURNABLE, args, 2, &shares, e) ||
			    !sum_for(&shares.items[0], &shares.items[1],
				     &f->strategy, ret, e))
				return false;
		}
	}
	return true;
}

static bool allocated(struct play *p, const struct found *f, struct u256 *ret,
		      struct err *e)
{
	struct abi_val args[3] = { abi_val_addr(&f->actor), f->set,
				   abi_val_addr(&f->strategy) };
	struct abi_val v;

	if (!el_view(p, EL_ALLOCATION, args, 3, &v, e))
		return false;
	/* Allocation: currentMagnitude, pendingDiff, effectBlock. */
	*ret = v.items[0].items[0].word;
	return true;
}

/* As many come back as were asked about. */
static bool item(const struct abi_val *list, size_t at, struct abi_val *ret,
		 struct err *e)
{
	if (at >= list->len)
		return err_set(e, ERR_SCHEMA, 0,
			       "it returned %zu values, asked about %zu",
			       list->len, at + 1);
	*ret = list->items[at];
	return true;
}

static bool slashable(struct play *p, const struct found *f, struct u256 *ret,
		      struct err *e)
{
	struct abi_val actor = abi_val_addr(&f->actor);
	struct abi_val strategy = abi_val_addr(&f->strategy);
	struct abi_val args[4] = { f->set, abi_val_list(&actor, 1),
				   abi_val_list(&strategy, 1) };
	struct abi_val v;
	struct block head;

	views_more(p->views); /* it asks about this block */
	if (!live_head(p->live, &head, e))
		return false;
	args[3] = abi_val_u64(head.number);
	if (!el_view(p, EL_SLASHABLE, args, 4, &v, e) ||
	    !item(&v.items[0], 0, &v, e) || !item(&v, 0, &v, e))
		return false;
	*ret = v.word;
	return true;
}

/* Every strategy of the world; *ret_at: where @wanted is among them. */
static bool all_strategies(struct play *p, const struct addr20 *wanted,
			   struct abi_val *ret, size_t *ret_at, struct err *e)
{
	const struct world *w = p->scn->world;
	struct abi_val *all = ARENA_ARRAY(p->arena, struct abi_val,
					  w->tokens_n);
	size_t at = w->tokens_n;

	for (size_t i = 0; i < w->tokens_n; i++) {
		struct addr20 strategy;

		if (!live_strategy(p->live, w->tokens[i].name, &strategy, e))
			return false;
		if (addr_eq(&strategy, wanted))
			at = i;
		all[i] = abi_val_addr(&strategy);
	}
	ASSERT(at < w->tokens_n);
	*ret = abi_val_list(all, w->tokens_n);
	*ret_at = at;
	return true;
}

/*
 * EL: deposited shares after all slashes, those in the queue left out. Who is in
 * no strategy has none, which is true of most actors and cheap to ask. Who asks
 * about one token asks about the others next: together they are one view.
 */
static bool withdrawable(struct play *p, const struct found *f,
			 struct u256 *ret, struct err *e)
{
	struct abi_val args[2] = { abi_val_addr(&f->actor) }, v;
	struct u256 strategies;
	size_t at;

	*ret = U256_ZERO;
	if (!el_word(p, EL_STRATEGIES_N, args, 1, &strategies, e))
		return false;
	if (u256_is_zero(strategies))
		return true;
	if (!all_strategies(p, &f->strategy, &args[1], &at, e) ||
	    !el_view(p, EL_WITHDRAWABLE, args, 2, &v, e) ||
	    !item(&v.items[0], at, &v, e))
		return false;
	*ret = v.word;
	return true;
}

static bool measure_aside(struct play *p, struct known_quantity *k,
			  struct err *e);

/* EL: what the world's actors that delegated to the operator may withdraw. */
static bool delegated(struct play *p, const struct quantity_of *q,
		      const struct found *f, struct u256 *ret, struct err *e)
{
	const struct delegation *all;
	size_t n;

	*ret = U256_ZERO;
	if (!delegations_now(p, &all, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct quantity_of part = { .kind = QUANTITY_WITHDRAWABLE,
						  .actor = all[i].who,
						  .token = q->token };
		struct known_quantity *k;

		if (!addr_eq(&all[i].to, &f->actor))
			continue;
		if (!quantity_known(p, &part, &k, e) ||
		    (!views_again(p, &k->trail) && !measure_aside(p, k, e)))
			return false;
		if (!u256_add(ret, *ret, k->is))
			return err_set(e, ERR_RANGE, 0,
				       "a sum of shares overflows");
	}
	return true;
}

static bool measure(struct play *p, const struct quantity_of *q,
		    const struct found *f, struct u256 *ret, struct err *e)
{
	struct abi_val args[2] = { abi_val_addr(&f->actor),
				   abi_val_addr(&f->strategy) };
	struct abi_val v;

	switch (q->kind) {
	case QUANTITY_BALANCE:
		if (!observe_view(p, q->token, "balanceOf", args, 1, NULL, &v,
				  e))
			return false;
		*ret = v.items[0].word;
		return true;
	case QUANTITY_SHARES:
		return el_word(p, EL_OPERATOR_SHARES, args, 2, ret, e);
	case QUANTITY_MAX_MAGNITUDE:
		return el_word(p, EL_MAX_MAGNITUDE, args, 2, ret, e);
	case QUANTITY_ENCUMBERED:
		return el_word(p, EL_ENCUMBERED, args, 2, ret, e);
	case QUANTITY_DELEGATED:
		return delegated(p, q, f, ret, e);
	case QUANTITY_WITHDRAWABLE:
		return withdrawable(p, f, ret, e);
	case QUANTITY_QUEUED:
		return queued(p, f, ret, e);
	case QUANTITY_BURNABLE:
		return burnable(p, f, ret, e);
	case QUANTITY_ALLOCATED:
		return allocated(p, f, ret, e);
	case QUANTITY_SLASHABLE:
		return slashable(p, f, ret, e);
	case QUANTITY__COUNT:
		break;
	}
	ASSERT(!"quantity");
	return false;
}

static bool is_magnitude(enum quantity q)
{
	return q == QUANTITY_MAX_MAGNITUDE || q == QUANTITY_ALLOCATED ||
	       q == QUANTITY_ENCUMBERED;
}

/* A number is all in itself: what it was decoded from is of no more use. What
 * one of another is made of is not on that one's trail. */
static bool measure_aside(struct play *p, struct known_quantity *k,
			  struct err *e)
{
	struct arena *outer = play_aside(p);
	struct trail *trail = views_follow(p->views, &k->trail);
	struct found f = { 0 };
	bool ok;

	trail_clear(&k->trail);
	ok = find(p, k, &f, e) && measure(p, &k->of, &f, &k->is, e);
	views_follow(p->views, trail);
	k->trail.more |= !ok;
	if (trail)
		trail->more = true;
	play_aside_end(p, outer, false);
	return ok;
}

/* A condition that names a sum over all stakers twice adds it up once. Of older
 * blocks, which tell why it does not hold, each sum is another. */
static bool measure_once(struct play *p, struct known_quantity *k,
			 struct u256 *ret, struct err *e)
{
	struct measured *m = &p->measured;
	const bool once = m->on && !p->asked_at;

	for (size_t i = 0; once && i < m->n; i++) {
		if (m->of[i] != k)
			continue;
		*ret = m->is[i];
		return true;
	}
	if (!measure_aside(p, k, e))
		return false;
	*ret = k->is;
	if (once && m->n < ARRAY_LEN(m->of)) {
		m->of[m->n] = k;
		m->is[m->n++] = k->is;
	}
	return true;
}

bool observe_known(struct play *p, struct known_quantity *k, struct value *ret,
		   struct err *e)
{
	struct u256 v = k->is;

	if (!views_again(p, &k->trail) && !measure_once(p, k, &v, e))
		return false;
	*ret = is_magnitude(k->of.kind) ? value_int(v, UNIT_WAD)
					: value_amount(v, k->of.token);
	return true;
}

bool observe_quantity(struct play *p, const struct quantity_of *q,
		      struct value *ret, struct err *e)
{
	struct known_quantity *k;

	return quantity_known(p, q, &k, e) && observe_known(p, k, ret, e);
}

/* --- events ------------------------------------------------------------------- */

/* EL: of this slash of this set something is burnable now. burnable() will ask
 * for the set's slashes, then for it. Of what is indexed there is but a hash. */
static void foresee(struct play *p, const struct decoded *d)
{
	static const char is[] = "BurnOrRedistributableSharesIncreased("
				 "(address,uint32),uint256,address,uint256)";

	if (!d->entry || strcmp(d->entry->signature, is) != 0 ||
	    d->entry->data->fields_n != d->entry->in->fields_n)
		return;
	el_expect(p, EL_PENDING_SLASHES, d->args.items, 1);
	el_expect(p, EL_BURNABLE, d->args.items, 2);
}

static void add_seen(struct play *p, const struct log *log)
{
	struct decoded d = book_decode_log(live_book(p->live), p->arena,
					   &log->address, log->topics,
					   log->topics_n, log->data,
					   log->data_len);
	struct seen s = { .at = d.at, .event = d.entry, .block = log->block, .tx = log->tx };

	if (d.entry)
		s.args = value_of_abi(p->arena, d.entry->in, &d.args);
	GROW(p->seen.items, p->seen.n, p->seen.cap);
	p->seen.items[p->seen.n++] = s;
	foresee(p, &d);
}

bool observe_events(struct play *p, struct err *e)
{
	const struct log *logs;
	struct block head;
	size_t n;

	if (!live_logs(p->live, p->arena, p->seen_to + 1, &logs, &n, e) ||
	    !live_head(p->live, &head, e))
		return false;
	for (size_t i = 0; i < n; i++)
		add_seen(p, &logs[i]);
	if (p->seen_to < head.number)
		p->seen_to = head.number;
	return true;
}
