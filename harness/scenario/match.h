/*
 * match - whether something is as a pattern says, and how it differs.
 *
 * Layer: scenario. A pattern is a value: another value, any, none, empty, not
 * X, or a map of one key has, matches, one of, at least, at most. A map
 * matches what it names; `...: none` closes it.
 */
#ifndef SCENARIO_MATCH_H
#define SCENARIO_MATCH_H

#include "scenario/eval.h"

/* Where a match failed: "body.status", what was wanted and what was there. */
struct mismatch {
	char path[128];
	const char *expected; /* in the environment's arena */
	const char *actual;
};

/**
 * match - compare. Addresses match actors, raw numbers any unit, bytes their
 * number where the actual is a number.
 * @ret_ok:   the verdict.
 * @ret_diff: set when *ret_ok is false; may be NULL.
 * Errors: only for patterns that cannot be (a bad regular expression).
 */
MUST_USE bool match(bool *ret_ok, struct mismatch *ret_diff,
		    struct eval_env *env, const struct value *pattern,
		    const struct value *actual, struct err *e);

/**
 * match_equal - `a == b`: as match, but maps need the same members and only
 * `none` and `any` are patterns.
 */
MUST_USE bool match_equal(bool *ret, struct eval_env *env,
			  const struct value *a, const struct value *b,
			  struct err *e);

/**
 * match_has - `a has b`: a text within a text, bytes within bytes, an item
 * that matches in a list, a member in a map.
 */
MUST_USE bool match_has(bool *ret, struct eval_env *env,
			const struct value *a, const struct value *b,
			struct err *e);

/** match_name - whether `Name` or `contract.Name` is this error or event.
 * @contract: whose it is; NULL if unknown. */
bool match_name(const char *wanted, const char *name, const char *contract);

/** match_regex - `a matches b`: POSIX extended. ERR_PARSE for a bad one. */
MUST_USE bool match_regex(bool *ret, const char *text, const char *regex,
			  struct err *e);

/**
 * match_error - whether a revert is the one that `reverts:` names: a custom
 * error by name and arguments, Error("…"), Panic(n), empty, any, none.
 * @err_name: of the error decoded, "" for an empty revert; NULL: no revert.
 * @contract: who declared it, or NULL.
 * @args:     a map of its arguments.
 */
MUST_USE bool match_error(bool *ret_ok, struct mismatch *ret_diff,
			  struct eval_env *env, const struct value *pattern,
			  const char *err_name, const char *contract,
			  const struct value *args, struct err *e);

#endif
