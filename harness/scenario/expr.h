/*
 * expr - the text of a scalar, and nodes of YAML, to expressions.
 *
 * Layer: scenario. Parsing never fails: what is no expression becomes
 * EXPR_WORDS with the reason, which is text where text is wanted and an error
 * of the check elsewhere. `/` is an expression only inside floor() and
 * ceil(), so paths are words.
 */
#ifndef SCENARIO_EXPR_H
#define SCENARIO_EXPR_H

#include "base/arena.h"
#include "scenario/ast.h"

#define EXPR_OPS_MAX 256 /* operators, calls and fields in one scalar */
#define EXPR_DEPTH_MAX 64

/** expr_node - any YAML node; lists and maps to any depth. */
const struct expr *expr_node(struct arena *a, const struct yaml_node *n);

/** expr_text - one expression from text that starts at @pos. */
const struct expr *expr_text(struct arena *a, const char *text,
			     struct src_pos pos);

/**
 * expr_template - text in which `$name.path` and `$(expr)` are filled in;
 * `$$` is a dollar. EXPR_TEXT, or EXPR_WORDS if an insertion is wrong.
 */
const struct expr *expr_template(struct arena *a, const char *text,
				 struct src_pos pos);

/**
 * expr_call - a call, event, error or fault as YAML writes it: `name`,
 * `name(a)`, `name: [a]`, `name: {arg: a}`. The two last become EXPR_CALL;
 * anything else is as expr_node().
 */
const struct expr *expr_call(struct arena *a, const struct yaml_node *n);

/** expr_member - of a map that is written out, or NULL. */
const struct expr *expr_member(const struct expr *map, const char *key);

/** expr_chars - characters (not bytes) of @text, for places. */
uint32_t expr_chars(const char *text, size_t len);

/** op_text - "==", "has", "not", … */
const char *op_text(enum op op);

/** expr_is_before - whether @x is a call of before(). */
bool expr_is_before(const struct expr *x);

/** expr_asks_before - whether @x (or NULL) or a part of it is one. */
bool expr_asks_before(const struct expr *x);

/** expr_owner - whose the name behind the last dot is: `TOK.strategy` of
 * `TOK.strategy.Paused`; NULL if @x is no such thing. */
const char *expr_owner(struct arena *a, const struct expr *x);

#endif
