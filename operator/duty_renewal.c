/*
 * The renewal duty: attest again before the attestation lapses, be it by age or
 * because collateral that it rests on runs out. The AVS says when that is.
 */
#include "operator/duty.h"

#include "base/base.h"
#include "operator/account.h"
#include "operator/attest.h"
#include "operator/view.h"

/* Of the whole period, this part is left when it is renewed. */
#define PART_LEFT 4u

struct renewal {
	uint64_t until;	 /* as last read; 0: not attested, or not read */
	uint64_t margin; /* seconds before it */
	uint64_t last;	 /* block */
};

static void *renewal_start(void)
{
	return xcalloc(1, sizeof(struct renewal));
}

static void renewal_end(void *state)
{
	free(state);
}

static bool look(struct oper *op, struct renewal *r, struct err *e)
{
	uint64_t period;

	if (!view_attested_until(op, &r->until, e))
		return false;
	op->metrics.attested_until = r->until;
	if (!r->until)
		return true;
	if (!view_attestation_period(op, &period, e))
		return false;
	r->margin = period / PART_LEFT;
	return true;
}

static bool is_due(const struct oper *op, const struct renewal *r)
{
	return r->until && op->now + r->margin >= r->until;
}

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

/* The chain is asked once it may matter, and before anything is done. */
static bool renewal_on_blocks(struct oper *op, void *state, uint64_t from,
			      uint64_t to, struct err *e)
{
	struct renewal *r = state;
	bool reorg = from <= r->last;

	r->last = to;
	if (r->until && !reorg && !is_due(op, r))
		return true;
	if (!look(op, r, e))
		return false;
	if (op->behave.skip_renewal || !is_due(op, r))
		return true;
	return (renew(op, e) && look(op, r, e)) || err_ctx(e, "attestation");
}

const struct duty DUTY_RENEWAL = {
    .name = "renewal",
    .start = renewal_start,
    .on_blocks = renewal_on_blocks,
    .end = renewal_end,
};
