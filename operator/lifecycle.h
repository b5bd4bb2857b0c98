/*
 * lifecycle - how an operator comes into being: register with EigenLayer,
 * deposit, allocate, attest and join; and how it leaves.
 *
 * Each step asks the chain what is lacking and does only that, so it can be
 * repeated at any time and after any crash.
 */
#ifndef OPERATOR_LIFECYCLE_H
#define OPERATOR_LIFECYCLE_H

#include "operator/operator.h"

/*
 * A command brings stake and allocation to what the configuration says. A
 * daemon that prepares itself does less: it leaves alone what is there in
 * any amount, or each start after a slash would put the loss back; and it
 * waits until a set that it was removed from can be joined again, where a
 * command is told that it cannot.
 */
enum lifecycle_mode { LIFECYCLE_EXACT, LIFECYCLE_IF_NONE };

/**
 * lifecycle_do - one step, if the chain lacks it.
 * *ret_done: false if it must wait for a later block (an allocation, until
 * the allocation delay is in effect; a set, until it cannot slash any more).
 * Errors: as account_send and tee_quote.
 */
MUST_USE bool lifecycle_do(struct oper *op, enum lifecycle_step step,
			   enum lifecycle_mode mode, bool *ret_done,
			   struct err *e);

/*
 * What they ask first, by rpc_ahead(), for operator_connect(): STEP_OPT_IN,
 * STEP_REGISTER; leaving, with or without the allocations.
 */
void lifecycle_ahead_opt_in(void *op);
void lifecycle_ahead_register(void *op);
void lifecycle_ahead_leave(void *op);

/**
 * lifecycle_prepare - the configuration's `prepare`, in the order of the
 * steps. A step that waits or fails keeps the later ones from being tried.
 */
MUST_USE bool lifecycle_prepare(struct oper *op, bool *ret_done, struct err *e);

/** lifecycle_leave - leave the AVS's set, if it is in it. */
MUST_USE bool lifecycle_leave(struct oper *op, struct err *e);

/**
 * lifecycle_deregister - have done with the AVS: leave its set, and take back
 * what is allocated to it. What can still be slashed, and until when, is
 * EigenLayer's to say.
 */
MUST_USE bool lifecycle_deregister(struct oper *op, struct err *e);

#endif
