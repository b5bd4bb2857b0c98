/*
 * The renewal duty: attest again before the attestation lapses, be it by age or
 * because collateral that it rests on runs out; and before that, see that the
 * registry has collateral that does not.
 *
 * An attestation lasts no longer than what it was judged by, so while it is far
 * from its end the collateral is, too, and nothing is asked.
 */
#include "operator/duty.h"

#include "base/base.h"
#include "operator/account.h"
#include "operator/attest.h"
#include "operator/collateral.h"
#include "operator/view.h"

/* Of the whole period, this part is left when it is renewed. */
#define PART_LEFT 4u

/*
 * All operators see the same collateral run out. Each waits for some blocks, by
 * its seed, so that the first one's update is there before the others try.
 */
#define SPREAD 32u
#define SPREAD_URGENT 4u /* it is over, and quotes are refused already */
#define REST_MAX 64u	 /* blocks between two tries, at most */

struct renewal {
	uint64_t until;	 /* as last read; 0: not attested, or not read */
	uint64_t margin; /* seconds before it */
	uint64_t last;	 /* block */
	uint64_t try_at; /* block; 0: collateral is not short, as far as known */
	unsigned tries;	 /* to refresh it, one behind the other */
	bool looked;	 /* @until is what the chain said */
};

static void *renewal_start(void)
{
	return xcalloc(1, sizeof(struct renewal));
}

static void renewal_end(void *state)
{
	free(state);
}

/* @collateral: it will be asked for, too. */
static void ask(struct oper *op, bool collateral)
{
	uint64_t until, period;
	struct err ignored;

	(void)!view_attested_until(op, &until, &ignored);
	(void)!view_attestation_period(op, &period, &ignored);
	if (collateral && op->platform.known && !op->behave.skip_renewal)
		(void)!view_collateral(op, &op->platform.pck, &until, &ignored);
}

static bool look(struct oper *op, struct renewal *r, bool collateral,
		 struct err *e)
{
	uint64_t period;

	rpc_ahead(op->rpc);
	ask(op, collateral);
	rpc_ahead_end(op->rpc);
	r->looked = false;
	if (!view_attested_until(op, &r->until, e))
		return false;
	r->looked = true;
	op->metrics.attested_until = r->until;
	if (!r->until) {
		op->metrics.overdue = false;
		return true;
	}
	if (!view_attestation_period(op, &period, e))
		return false;
	r->margin = period / PART_LEFT;
	return true;
}

static bool is_due(const struct oper *op, const struct renewal *r)
{
	return r->until && op->head.time + r->margin >= r->until;
}

/* --- collateral ------------------------------------------------------------------ */

static void rest(struct oper *op, struct renewal *r, uint64_t head)
{
	uint64_t blocks = REST_MAX;

	if (r->tries < 63 && 1u << r->tries < blocks)
		blocks = 1u << r->tries;
	r->tries++;
	r->try_at = head + blocks / 2 + 1 +
		    rng_below(&op->rng, blocks - blocks / 2);
}

static bool refresh(struct oper *op, uint64_t *ret_until, struct err *e)
{
	unsigned n;
	uint64_t was = *ret_until;

	if (!collateral_refresh(op, &n, e) ||
	    !collateral_until(op, ret_until, e))
		return false;
	if (*ret_until <= was)
		return err_set(e, ERR_MISMATCH, 0,
			       "PCS at %s has nothing newer than what the "
			       "registry has",
			       op->pcs.endpoint);
	events_log(op->ev, "collateral: %u updates, good for %llu s", n,
		   (unsigned long long)(*ret_until - op->head.time));
	events_emit(op->ev, json_pack("{s:s, s:i, s:I}", "event", "collateral",
				      "updates", (int)n, "until",
				      (json_int_t)*ret_until));
	return true;
}

/* Whether an attestation of now would be short for want of it. */
static bool is_short(const struct oper *op, const struct renewal *r,
		     uint64_t until)
{
	return until < op->head.time + 2 * r->margin;
}

/* Sees to it if it is short, now or in some blocks. *@ret: until when it is. */
static bool see_to(struct oper *op, struct renewal *r, uint64_t head,
		   uint64_t *ret, struct err *e)
{
	struct err why;

	if (!attest_platform(op, e) || !collateral_until(op, ret, e))
		return false;
	op->metrics.overdue = false;
	if (!is_short(op, r, *ret)) {
		r->try_at = r->tries = 0;
		return true;
	}
	/* It stays so between two tries. */
	op->metrics.overdue = *ret <= op->head.time || r->tries;
	if (!r->try_at)
		r->try_at = head + 1 + rng_below(&op->rng, *ret > op->head.time
							       ? SPREAD
							       : SPREAD_URGENT);
	if (head < r->try_at)
		return true;
	if (refresh(op, ret, &why)) {
		r->try_at = r->tries = 0;
		op->metrics.overdue = false;
		return true;
	}
	op->metrics.collateral_failures++;
	op->metrics.overdue = true;
	if (why.code == ERR_OS) {
		*e = why;
		return false;
	}
	rest(op, r, head);
	err_ctx(&why, "collateral");
	events_error(op->ev, "renewal", &why);
	return true;
}

/* --- attestation ----------------------------------------------------------------- */

static bool renew(struct oper *op, struct err *e)
{
	static const struct fn f = {"reattest", "(bytes,uint64)", NULL};
	CLEANUP(freep) uint8_t *quote = NULL;
	struct abi_val args[2];
	uint64_t reference;
	size_t len;

	if (!attest_now(op, &quote, &len, &reference, e))
		return false;
	args[0] = abi_val_bytes(quote, len);
	args[1] = abi_val_u64(reference);
	return account_send(op, "reattest", &op->cfg->service_manager, &f, args,
			    2, NULL, e);
}

/* An attestation is made by its owner's name in an event of the AVS's. */
static bool may_be_new(const struct oper *op)
{
	uint8_t me[32] = {0};

	memcpy(me + 12, op->me.b, sizeof(op->me.b));
	return bloom_may_have(&op->head.bloom, me, sizeof(me)) &&
	       bloom_may_have(&op->head.bloom, op->cfg->service_manager.b,
			      sizeof(op->cfg->service_manager.b));
}

/* Whether the chain may say what we do not know; after a reorg it may. */
static bool wants_look(const struct oper *op, const struct renewal *r,
		       uint64_t from, uint64_t to)
{
	if (!r->looked || from <= r->last || op->doubted)
		return true;
	return r->until ? is_due(op, r) : from != to || may_be_new(op);
}

static void renewal_ahead(struct oper *op, void *state, uint64_t from,
			  uint64_t to)
{
	const struct renewal *r = state;

	if (wants_look(op, r, from, to))
		ask(op, op->doubted || is_due(op, r));
}

/* The chain is asked once it may matter, and before anything is done. */
static bool renewal_on_blocks(struct oper *op, void *state, uint64_t from,
			      uint64_t to, struct err *e)
{
	struct renewal *r = state;
	bool wanted = wants_look(op, r, from, to), doubted = op->doubted;
	uint64_t collateral;

	r->last = to;
	op->doubted = false;
	if (!wanted)
		return true;
	if (!look(op, r, doubted || is_due(op, r), e))
		return false;
	if (op->behave.skip_renewal || !r->until ||
	    !(is_due(op, r) || doubted))
		return true;
	if (!see_to(op, r, to, &collateral, e))
		return err_ctx(e, "attestation");
	/* No longer than before would be a quote with every block; and where
	 * there is time, new collateral comes first. */
	if (!is_due(op, r) || collateral <= r->until ||
	    (r->try_at && !r->tries && r->until > op->head.time + r->margin / 2))
		return true;
	return (renew(op, e) && look(op, r, false, e)) || err_ctx(e, "attestation");
}

const struct duty DUTY_RENEWAL = {
    .name = "renewal",
    .start = renewal_start,
    .on_blocks = renewal_on_blocks,
    .ahead = renewal_ahead,
    .end = renewal_end,
};
