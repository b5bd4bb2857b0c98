#include "operator/lifecycle.h"

#include "base/base.h"
#include "eth/chain.h"
#include "eth/tx.h"
#include "operator/account.h"
#include "operator/attest.h"
#include "operator/collateral.h"
#include "operator/view.h"

static bool do_register(struct oper *op, enum lifecycle_mode mode,
			bool *ret_done, struct err *e)
{
	static const struct fn f = {"registerAsOperator",
				    "(address,uint32,string)", NULL};
	struct abi_val args[] = {
	    abi_val_u64(0), /* nobody has to approve delegations */
	    abi_val_u64(op->cfg->allocation_delay),
	    abi_val_text(""),
	};
	bool there;

	(void)mode;
	if (!view_registered(op, &there, e))
		return false;
	*ret_done = true;
	return there ||
	       account_send(op, "register", &op->cfg->delegation_manager, &f,
			    args, 3, NULL, e);
}

static bool approve(struct oper *op, const struct stake *s, struct u256 amount,
		    struct err *e)
{
	static const struct fn f = {"approve", "(address,uint256)", NULL};
	struct abi_val args[] = {abi_val_addr(&op->cfg->strategy_manager),
				 abi_val_u256(amount)};
	struct u256 allowed;

	if (!view_allowance(op, &s->token, &allowed, e))
		return false;
	return u256_cmp(allowed, amount) >= 0 ||
	       account_send(op, "approve", &s->token, &f, args, 2, NULL, e);
}

static bool deposit(struct oper *op, const struct stake *s, struct u256 amount,
		    struct err *e)
{
	static const struct fn f = {"depositIntoStrategy",
				    "(address,address,uint256)", NULL};
	struct abi_val args[] = {abi_val_addr(&s->strategy),
				 abi_val_addr(&s->token), abi_val_u256(amount)};

	return approve(op, s, amount, e) &&
	       account_send(op, "deposit", &op->cfg->strategy_manager, &f, args,
			    3, NULL, e);
}

static bool do_deposit(struct oper *op, enum lifecycle_mode mode,
		       bool *ret_done, struct err *e)
{
	struct u256 there, lacking;

	for (size_t i = 0; i < op->cfg->stakes_n; i++) {
		const struct stake *s = &op->cfg->stakes[i];

		if (!view_deposited(op, &s->strategy, &there, e))
			return false;
		if (mode == LIFECYCLE_IF_NONE && !u256_is_zero(there))
			continue;
		if (!u256_sub(&lacking, s->amount, there) ||
		    u256_is_zero(lacking))
			continue;
		if (!deposit(op, s, lacking, e))
			return false;
	}
	*ret_done = true;
	return true;
}

/* One transaction for the @n strategies at @strategies. */
static bool allocate(struct oper *op, const struct abi_val *strategies,
		     const struct abi_val *magnitudes, size_t n, struct err *e)
{
	static const struct fn f = {
	    "modifyAllocations",
	    "(address,((address,uint32),address[],uint64[])[])", NULL};
	struct abi_val set[] = {abi_val_addr(&op->cfg->avs),
				abi_val_u64(op->cfg->set)};
	struct abi_val params[] = {abi_val_list(set, 2),
				   abi_val_list(strategies, n),
				   abi_val_list(magnitudes, n)};
	struct abi_val list[] = {abi_val_list(params, 3)};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_list(list, 1)};

	return account_send(op, "allocate", &op->cfg->allocation_manager, &f,
			    args, 2, NULL, e);
}

/* In one transaction, what @wanted says of each strategy and is not so yet. */
static bool allocate_all(struct oper *op,
			 bool (*wanted)(const struct allocation *there,
					const struct stake *s, uint64_t *ret),
			 bool *ret_done, struct err *e)
{
	struct abi_val strategies[STAKES_MAX], magnitudes[STAKES_MAX];
	struct allocation there;
	uint64_t magnitude;
	uint32_t delay;
	size_t n = 0;
	bool set;

	for (size_t i = 0; i < op->cfg->stakes_n; i++) {
		const struct stake *s = &op->cfg->stakes[i];

		if (!view_allocation(op, &s->strategy, &there, e))
			return false;
		if (!wanted(&there, s, &magnitude))
			continue;
		strategies[n] = abi_val_addr(&s->strategy);
		magnitudes[n++] = abi_val_u64(magnitude);
	}
	if (n && !view_delay(op, &set, &delay, e))
		return false;
	*ret_done = !n || set;
	return !*ret_done || !n || allocate(op, strategies, magnitudes, n, e);
}

static bool as_configured(const struct allocation *there, const struct stake *s,
			  uint64_t *ret)
{
	*ret = s->magnitude;
	return there->later != s->magnitude;
}

static bool where_none(const struct allocation *there, const struct stake *s,
		       uint64_t *ret)
{
	*ret = s->magnitude;
	return s->magnitude && !there->now && !there->later;
}

static bool nothing(const struct allocation *there, const struct stake *s,
		    uint64_t *ret)
{
	(void)s;
	*ret = 0;
	return there->later != 0;
}

static bool do_allocate(struct oper *op, enum lifecycle_mode mode,
			bool *ret_done, struct err *e)
{
	return allocate_all(
	    op, mode == LIFECYCLE_IF_NONE ? where_none : as_configured,
	    ret_done, e);
}

bool lifecycle_deregister(struct oper *op, struct err *e)
{
	bool done;

	return lifecycle_leave(op, e) && allocate_all(op, nothing, &done, e);
}

/* Joining the set, by what attest_registration() gave. */
static bool make_order(const struct oper *op, const struct buf *registration,
		       struct order *ret, struct err *e)
{
	static const struct fn f = {"registerForOperatorSets",
				    "(address,(address,uint32[],bytes))", NULL};
	struct abi_val ids[] = {abi_val_u64(op->cfg->set)};
	struct abi_val params[] = {
	    abi_val_addr(&op->cfg->avs), abi_val_list(ids, 1),
	    abi_val_bytes(registration->data, registration->len)};
	struct abi_val args[] = {abi_val_addr(&op->me),
				 abi_val_list(params, 3)};

	*ret = (struct order){.what = "opt-in",
			      .to = op->cfg->allocation_manager,
			      .data = BUF_INIT(TX_DATA_MAX)};
	return fn_encode(&ret->data, &f, args, 2, e);
}

/* The registry is given what it lacks to judge the quote, if we have a PCS. */
static bool send_opt_in(struct oper *op, struct order *o, struct err *e)
{
	struct err ignored;
	uint64_t until;

	rpc_ahead(op->rpc);
	if (op->pcs.endpoint && op->platform.known)
		(void)!view_collateral(op, &op->platform.pck, &until, &ignored);
	account_ahead(op, o, 1);
	rpc_ahead_end(op->rpc);
	if (!collateral_provide(op, e) || !account_send_all(op, o, 1, e))
		return false;
	if (!o->ok)
		*e = o->why;
	return o->ok;
}

static void ask_of_set(struct oper *op, enum lifecycle_mode mode)
{
	struct err ignored;
	bool there;

	(void)!view_member(op, &there, &ignored);
	if (mode == LIFECYCLE_IF_NONE)
		(void)!view_slashable(op, &there, &ignored);
}

static bool do_opt_in(struct oper *op, enum lifecycle_mode mode, bool *ret_done,
		      struct err *e)
{
	struct buf data = BUF_INIT(2 * (size_t)QUOTE_MAX);
	struct order order = {.what = NULL};
	bool there, wait = false, ok;

	rpc_ahead(op->rpc);
	ask_of_set(op, mode);
	rpc_ahead_end(op->rpc);
	if (!view_member(op, &there, e) ||
	    (!there && mode == LIFECYCLE_IF_NONE &&
	     !view_slashable(op, &wait, e)))
		return false;
	*ret_done = !wait;
	if (there || wait)
		return true;
	ok = attest_registration(op, &data, e) &&
	     make_order(op, &data, &order, e) && send_opt_in(op, &order, e);
	buf_done(&order.data);
	buf_done(&data);
	return ok;
}

void lifecycle_ahead_opt_in(void *arg)
{
	struct oper *op = arg;
	struct err ignored;
	uint64_t height;

	ask_of_set(op, LIFECYCLE_EXACT);
	(void)!chain_height(op->rpc, &height, &ignored);
}

void lifecycle_ahead_register(void *arg)
{
	struct oper *op = arg;
	struct err ignored;
	bool there;

	(void)!view_registered(op, &there, &ignored);
}

void lifecycle_ahead_leave(void *arg)
{
	ask_of_set(arg, LIFECYCLE_EXACT);
}

bool lifecycle_leave(struct oper *op, struct err *e)
{
	static const struct fn f = {"deregisterFromOperatorSets",
				    "((address,address,uint32[]))", NULL};
	struct abi_val ids[] = {abi_val_u64(op->cfg->set)};
	struct abi_val params[] = {abi_val_addr(&op->me),
				   abi_val_addr(&op->cfg->avs),
				   abi_val_list(ids, 1)};
	struct abi_val args[] = {abi_val_list(params, 3)};
	bool there;

	if (!view_member(op, &there, e))
		return false;
	return !there ||
	       account_send(op, "opt-out", &op->cfg->allocation_manager, &f,
			    args, 1, NULL, e);
}

bool lifecycle_do(struct oper *op, enum lifecycle_step step,
		  enum lifecycle_mode mode, bool *ret_done, struct err *e)
{
	switch (step) {
	case STEP_REGISTER:
		return do_register(op, mode, ret_done, e);
	case STEP_DEPOSIT:
		return do_deposit(op, mode, ret_done, e);
	case STEP_ALLOCATE:
		return do_allocate(op, mode, ret_done, e);
	case STEP_OPT_IN:
		return do_opt_in(op, mode, ret_done, e);
	case STEP__COUNT:
		break;
	}
	ASSERT(!"no such step");
	return false;
}

bool lifecycle_prepare(struct oper *op, bool *ret_done, struct err *e)
{
	bool done = true;

	for (unsigned i = 0; done && i < STEP__COUNT; i++)
		if (op->cfg->prepare & 1u << i &&
		    !lifecycle_do(op, (enum lifecycle_step)i, LIFECYCLE_IF_NONE,
				  &done, e))
			return false;
	*ret_done = done;
	return true;
}
