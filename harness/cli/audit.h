/*
 * audit - `avsbed run --audit`: here, or by several processes at once, each of
 * which audits a part.
 *
 * Layer: cli.
 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "cli/plan.h"
#include "cli/session.h"
#include "cli/shard.h"
#include "scenario/order.h"

/**
 * audit_play - audit the turns of @order, which is @shard of what @plan gives;
 * prints what is found and a last line with the numbers.
 * Returns the exit code.
 */
int audit_play(struct session *s, const struct plan *plan,
	       const struct order *order, const struct shard *shard,
	       const struct run_options *run);

#endif
