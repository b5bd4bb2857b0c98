/*
 * audit - whether scenarios notice what is taken out of them.
 *
 * Layer: scenario. Each act of a scenario is dropped, one at a time, and each
 * expectation negated, and the rest is played: if everything still holds, the
 * scenario does not check what that act does, or the expectation cannot fail.
 * A step that no play reaches is listed too.
 */
#ifndef SCENARIO_AUDIT_H
#define SCENARIO_AUDIT_H

#include <stdio.h>

#include "scenario/order.h"

struct audit_totals {
	unsigned scenarios; /* that pass as they are, and were audited */
	unsigned others;    /* that do not, and were not */
	unsigned acts;	    /* dropped */
	unsigned unnoticed; /* of them */
	unsigned expectations; /* negated */
	unsigned blind;	    /* of them: nobody noticed */
	unsigned unplayed;  /* steps */
};

/**
 * run_audit - audit each turn; what is found goes to @out as it is found.
 * Without o->timeout_s each play has AUDIT_TIMEOUT_S, for what is dropped may
 * be awaited.
 * Errors: only what stops the whole.
 */
#define AUDIT_TIMEOUT_S 20
MUST_USE bool run_audit(struct loop *loop, const struct order *order,
			const struct run_options *o, FILE *out,
			struct audit_totals *ret, struct err *e);

#endif
