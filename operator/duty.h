/*
 * duty - what an operator does for its AVS, block after block.
 *
 * To add one: write duty_<name>.c with a `const struct duty`, declare it here
 * and list it in daemon.c. A duty keeps no file: after a crash it finds what
 * is open on the chain.
 */
#ifndef OPERATOR_DUTY_H
#define OPERATOR_DUTY_H

#include "operator/operator.h"

struct duty {
	const char *name; /* in events: {"event":"error","what":"sla",…} */
	void *(*start)(void); /* its state, for the functions below */
	/*
	 * Blocks @from to @to are new; the first time @from is 0, and after a
	 * reorg it goes back. What failed and may yet be done is told by an
	 * error event and tried again at the next call, which comes with the
	 * next head. False if the blocks could not be read, then they are
	 * given again; or with ERR_OS: we are to end, or the RPC is lost.
	 */
	bool (*on_blocks)(struct oper *op, void *state, uint64_t from,
			  uint64_t to, struct err *e);
	/*
	 * Puts the questions that on_blocks() is about to ask, so that those of
	 * all duties go out together (rpc_ahead()). One that it then asks for
	 * all the same costs a message, and one that it does not is forgotten.
	 * @to is CHAIN_HEAD the first time, before the head is known.
	 */
	void (*ahead)(struct oper *op, void *state, uint64_t from, uint64_t to);
	void (*end)(void *state); /* NULL-safe */
};

extern const struct duty DUTY_SLA;
extern const struct duty DUTY_RENEWAL;
extern const struct duty DUTY_HEARTBEAT;

#endif
