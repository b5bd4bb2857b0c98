/*
 * eval_priv - what the evaluator's files share: eval.c (expressions),
 * eval_func.c (functions), eval_abi.c (values to what the ABI wants).
 */
#ifndef SCENARIO_EVAL_PRIV_H
#define SCENARIO_EVAL_PRIV_H

#include "scenario/eval.h"

/* Puts @e's place at @x, unless it has one already. Returns false. */
bool eval_fail_at(struct err *e, const struct expr *x);

/* eval_field.c. An error that names the fields that there are; false. */
bool eval_no_field(const struct value *of, const char *field, struct err *e);
/* `slaOracle.Paused` without a call: an event's or error's name. */
bool eval_is_declared(const struct eval_env *env, const struct value *of,
		      const char *field);
MUST_USE bool eval_field(struct value *ret, struct eval_env *env,
			 const struct scope *scope, const struct expr *x,
			 const struct value *at, struct err *e);
MUST_USE bool eval_at(struct value *ret, struct eval_env *env,
		      const struct scope *scope, const struct expr *x,
		      struct err *e);

/* A function of the language: `floor(…)`, `keccak(…)`. *ret_known is false if
 * there is none of the name. */
MUST_USE bool eval_function(struct value *ret, bool *ret_known,
			    struct eval_env *env, const struct scope *scope,
			    const struct expr *x, struct err *e);

/**
 * eval_merkle - the tree over @leaves, a list of 32 bytes each: {root, proofs},
 * a proof being the siblings from the leaf upwards, concatenated, as
 * EigenLayer's contracts take it (Merkle.sol, verifyInclusionKeccak).
 */
MUST_USE bool eval_merkle(struct value *ret, struct arena *a,
			  const struct value *leaves, struct err *e);

/**
 * eval_rewards_claim - rewards_claim(rewards, index of the root, earner,
 * tokens): the claim as processClaim() takes it; no tokens means all.
 */
MUST_USE bool eval_rewards_claim(struct value *ret, struct eval_env *env,
				 const struct value *args, struct err *e);

/* The values of a call's arguments, in the arena. */
MUST_USE bool eval_args(const struct value **ret, struct eval_env *env,
			const struct scope *scope, const struct expr *x,
			struct err *e);

/* The function of a contract that @name calls, which may be an overload
 * `f(types)`. Errors: ERR_SCHEMA with the nearest. */
MUST_USE bool eval_find_function(const struct abi_entry **ret,
				 struct eval_env *env,
				 const struct value *contract,
				 const char *name, struct err *e);

/* The struct that a contract's ABI calls @name, or NULL. */
const struct abi_type *eval_struct(struct eval_env *env, const char *contract,
				   const char *name);

/* The name a callee has: `f` of `f(…)`, `f(uint256)` of `f(uint256)(…)`. */
const char *eval_callee(struct arena *a, const struct expr *callee,
			const struct expr **ret_base);

/* The arguments of @fn as a call expression gives them. */
MUST_USE bool eval_call_args(const struct abi_val **ret, struct eval_env *env,
			     const struct scope *scope, const struct expr *x,
			     const struct abi_entry *fn, struct err *e);

/* The text of a value: what `$x` becomes inside a text. */
MUST_USE bool value_to_text(const char **ret, struct eval_env *env,
			    const struct value *v, struct err *e);

#endif
