/*
 * The turns of a run between its first and its last record.
 */
#include <errno.h>

#include "base/clock.h"
#include "scenario/run_priv.h"

#include "base/base.h"

/* What cannot be loaded any more is an error of that turn alone. */
static enum verdict play(struct run *r, const struct order *order,
			 const struct run_options *o, size_t at,
			 struct journal *j)
{
	const struct turn *t = order->turns[at];
	struct err e = ERR_INIT;
	struct scene scene;
	enum verdict v;

	if (!scene_open(&scene, order->lib, t, &e)) {
		run_lost(j, o, order, at, false, e.text);
		return VERDICT_ERROR;
	}
	v = run_scene(r, scene.scn, order->seeds[at], t->continued);
	scene_close(&scene);
	return v;
}

static bool one_by_one(struct loop *loop, const struct order *order,
		       const struct run_options *o, struct journal *j,
		       struct run_totals *ret, struct err *e)
{
	CLEANUP(run_freep) struct run *r = run_new(loop, o, j);

	for (size_t i = 0; i < order->n; i++) {
		enum verdict v;

		run_began(o, i);
		v = play(r, order, o, i, j);
		run_ended(o, i, v);
		run_count(ret, v);
		if (loop_stopped(loop))
			return err_set(e, ERR_OS, EINTR, "%s",
				       loop_stopped(loop));
		if (o->fail_fast && run_failed(ret))
			break;
	}
	return true;
}

bool run_suite(struct loop *loop, const struct order *order,
	       const struct run_options *o, struct journal *j,
	       struct run_totals *ret, struct err *e)
{
	uint64_t start = clock_ms();
	struct run_totals t = { 0 };
	char seed[32];
	bool ok;

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)o->seed);
	journal_write(j, "run.start",
		      json_pack("{s:i, s:s, s:I, s:o, s:o*}", "version",
				JOURNAL_VERSION, "seed", seed, "scenarios",
				(json_int_t)order->n, "sources",
				library_sources(order->lib), "operator",
				o->operator ? json_said(o->operator) : NULL));
	journal_settle(j);
	ok = o->jobs > 1 && order->n > 1
		     ? run_jobs(loop, order, o, j, &t, e)
		     : one_by_one(loop, order, o, j, &t, e);
	journal_write(j, "run.end",
		      json_pack("{s:i, s:i, s:i, s:i, s:I, s:s, s:I}", "passed",
				(int)t.passed, "failed", (int)t.failed,
				"errors", (int)t.errors, "skipped",
				(int)t.skipped, "unplayed",
				(json_int_t)(order->n - run_counted(&t)), "seed",
				seed, "ms", (json_int_t)(clock_ms() - start)));
	*ret = t;
	return ok;
}
