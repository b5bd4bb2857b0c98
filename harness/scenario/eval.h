/*
 * eval - expressions to values, and values to what the ABI wants.
 *
 * Layer: scenario. Pure but for the environment, through which the runner
 * answers what only the chain or its processes know.
 */
#ifndef SCENARIO_EVAL_H
#define SCENARIO_EVAL_H

#include "eth/rewards.h"
#include "scenario/value.h"

/* Variables: `$name`. A scope is a list of frames; a new frame for each
 * enclosing `steps`; a verb's body starts a list of its own. */
struct scope {
	const struct scope *outer; /* or NULL */
	struct scope_var *vars;
	size_t n, cap;
};

struct scope_var {
	const char *name;
	struct value value;
};

const struct value *scope_get(const struct scope *s, const char *name);
/** scope_set - in this frame; replaces the frame's own of that name. */
void scope_set(struct scope *s, const char *name, const struct value *v);
void scope_done(struct scope *s); /* frees the frame's table */

/* Where ABIs come from: by artifact name. NULL: there is none. */
struct abi_source {
	void *ctx;
	const struct abi *(*lookup)(void *ctx, const char *artifact);
	/* The checkout that files of worlds are in; NULL: nobody looks. */
	const char *root;
};

/*
 * What the runner answers. Each sets *ret or fails with an error; values it
 * gives live in @arena. Members may be NULL in tests; asking them is then an
 * ERR_UNSUPPORTED that names what was asked.
 */
struct eval_env {
	void *ctx;
	struct arena *arena;
	const struct world *world;
	struct abi_source abis;
	const struct value *it; /* `it`, or NULL */
	/* The address of an operator, role, contract, token, AVS. */
	bool (*address)(struct addr20 *ret, void *ctx, const struct value *ref,
			struct err *e);
	/* `head`, `now`, and what only the runner knows by name.
	 * *ret_known false: not one of mine. */
	bool (*name)(struct value *ret, bool *ret_known, void *ctx,
		     const char *name, struct err *e);
	/* A field of a REF or OPAQUE: `alice.shares`, `PHA.strategy`. An @at
	 * is given for `….PHA@phala#0`. */
	bool (*field)(struct value *ret, void *ctx, const struct value *of,
		      const char *field, const struct value *at,
		      struct err *e);
	/* A view function of a contract of the world at the head. */
	bool (*call)(struct value *ret, void *ctx, const struct value *contract,
		     const struct abi_entry *fn, const struct abi_val *args,
		     struct err *e);
	/* A method of something that is no contract: `alice.tee.quote(x)`,
	 * `crypto.recover(…)`: @of is NULL for a function without owner that
	 * eval does not know: `event(…)`, `blockhash(…)`, `txs(alice)`. */
	bool (*method)(struct value *ret, void *ctx, const struct value *of,
		       const char *name, const struct value *args, size_t n,
		       struct err *e);
	/* What @x was before the step: `before(…)`. */
	bool (*before)(struct value *ret, void *ctx, const struct expr *x,
		       const struct scope *scope, struct err *e);
	struct value_names names; /* for messages */
	unsigned depth;		  /* eval's own */
};

#define EVAL_DEPTH_MAX 200

/**
 * eval - an expression's value.
 * Errors: with the place in the scenario; as value_arith; ERR_SCHEMA for a
 * field that is not there (names the fields that are).
 */
MUST_USE bool eval(struct value *ret, struct eval_env *env,
		   const struct scope *scope, const struct expr *x,
		   struct err *e);

/** eval_true - a condition; ERR_SCHEMA if it is no truth value. */
MUST_USE bool eval_true(bool *ret, struct eval_env *env,
			const struct scope *scope, const struct expr *x,
			struct err *e);

/** eval_text - an expression as text: templates, paths, words. */
MUST_USE bool eval_text(const char **ret, struct eval_env *env,
			const struct scope *scope, const struct expr *x,
			struct err *e);

/**
 * eval_abi - an expression as an ABI type wants it: names become addresses,
 * sets (address,uint32) pairs, plain words text where a string is wanted.
 * Errors: ERR_RANGE a number that does not fit; ERR_SCHEMA the wrong kind;
 * both with place and type.
 */
MUST_USE bool eval_abi(struct abi_val *ret, struct eval_env *env,
		       const struct scope *scope, const struct expr *x,
		       const struct abi_type *type, struct err *e);

/** value_to_abi - the same for a value. */
MUST_USE bool value_to_abi(struct abi_val *ret, struct eval_env *env,
			   const struct value *v, const struct abi_type *type,
			   struct err *e);

/**
 * value_to_json - JSON text of maps and lists, numbers and truth values as
 * they are, everything else its plain text. Appended.
 */
MUST_USE bool value_to_json(struct buf *out, struct eval_env *env,
			    const struct value *v, struct err *e);

/* A call of a contract's function, ready to be sent. */
struct call_ready {
	struct value contract;		/* a REF */
	const struct abi_entry *fn;
	const struct abi_val *args;
};

/** eval_call - what `send` and `call` take. */
MUST_USE bool eval_call(struct call_ready *ret, struct eval_env *env,
			const struct scope *scope, const struct expr *x,
			struct err *e);

/**
 * eval_rewards_read - a list of [earner, token, total] as a distribution.
 * eval_rewards_value - what rewards() gives: {root, rows}.
 */
MUST_USE bool eval_rewards_read(struct rewards **ret, struct eval_env *env,
				const struct value *rows, struct err *e);
struct value eval_rewards_value(struct arena *a, const struct rewards *r,
				const struct value *rows);

#endif
