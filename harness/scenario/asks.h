/*
 * asks - views of one block or another, all of a block in one request. What
 * the chain does not answer is not known, and no error.
 *
 * Layer: scenario, for the runner's files.
 */
#ifndef SCENARIO_ASKS_H
#define SCENARIO_ASKS_H

#include "eth/many.h"
#include "scenario/play.h"

struct ask;

struct asks {
	struct play *p;
	struct ask *waiting;
	size_t n; /* of them */
};

/** asks_add - ask a contract's view at @block; lives in the play's arena. */
struct ask *asks_add(struct asks *of, uint64_t block, const char *contract,
		     const char *function, const struct abi_val *args,
		     size_t n);
/** asks_ahead - within rpc_ahead(): what asks_wait() will ask. */
void asks_ahead(const struct asks *of);
/** asks_wait - ask all of them. */
MUST_USE bool asks_wait(struct asks *of, struct err *e);
/** ask_answer - what it returned; false if that is not known. @a may be NULL. */
bool ask_answer(const struct ask *a, struct abi_val *ret);
/** ask_word - its one number; zero if that is not known. */
struct u256 ask_word(const struct ask *a);

#endif
