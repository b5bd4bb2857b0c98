/*
 * The turns of a run, one after the other, between its first and last record.
 */
#include <errno.h>

#include "base/clock.h"
#include "scenario/run_priv.h"

#include "base/base.h"

static bool one_by_one(struct run *r, struct loop *loop,
		       const struct order *order, const struct run_options *o,
		       struct err *e)
{
	for (size_t i = 0; i < order->n; i++) {
		struct run_totals t;

		run_turn(r, &order->turns[i]);
		if (loop_stopped(loop))
			return err_set(e, ERR_OS, EINTR, "%s",
				       loop_stopped(loop));
		t = run_totals(r);
		if (o->fail_fast && t.failed + t.errors)
			break;
	}
	return true;
}

bool run_suite(struct loop *loop, const struct order *order,
	       const struct run_options *o, struct journal *j,
	       struct run_totals *ret, struct err *e)
{
	CLEANUP(run_freep) struct run *r = run_new(loop, o, j);
	uint64_t start = clock_ms();
	struct run_totals t;
	char seed[32];
	bool ok;

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)o->seed);
	journal_write(j, "run.start",
		      json_pack("{s:i, s:s, s:I}", "version", JOURNAL_VERSION,
				"seed", seed, "scenarios",
				(json_int_t)order->n));
	ok = one_by_one(r, loop, order, o, e);
	t = run_totals(r);
	journal_write(j, "run.end",
		      json_pack("{s:i, s:i, s:i, s:i, s:s, s:I}", "passed",
				(int)t.passed, "failed", (int)t.failed,
				"errors", (int)t.errors, "skipped",
				(int)t.skipped, "seed", seed, "ms",
				(json_int_t)(clock_ms() - start)));
	*ret = t;
	return ok;
}
