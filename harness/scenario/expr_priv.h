/*
 * expr_priv - the state of the expression parser, for its own files only:
 * lex.c (characters, names, numbers), grammar.c (operators), expr.c (texts
 * and YAML nodes).
 */
#ifndef SCENARIO_EXPR_PRIV_H
#define SCENARIO_EXPR_PRIV_H

#include "scenario/expr.h"

struct parse {
	struct arena *a;
	const char *text; /* the whole */
	const char *p;	  /* what is left */
	struct src_pos pos; /* of text's first character */
	bool single;	  /* between '…': a quote took two columns */
	bool fixed;	  /* every place is pos: columns are not known */
	unsigned ops, depth, in_ratio;
	/* The place worked out last, from which the next one is counted. */
	const char *seen;
	uint32_t seen_col;
	const char *problem; /* the first; NULL: none */
	uint32_t problem_col;
};

uint32_t expr_col(struct parse *p, const char *at);
/* A new expression that starts at @start; its end is the last one read. */
struct expr *expr_make(struct parse *p, enum expr_kind kind,
		       const char *start);
struct expr *expr_end(struct parse *p, struct expr *x, const char *start);
/* Remembers the first problem. Returns NULL. */
struct expr *expr_fail(struct parse *p, const char *at, const char *why);

void expr_skip(struct parse *p);
bool expr_is_start(char c);
bool expr_is_part(char c);
size_t expr_name_len(const char *s);
size_t expr_set_name_len(const char *s);
/* What is written here instead, if this is how another language has it; or
 * NULL. */
const char *expr_habit(const char *at);
bool expr_keyword(struct parse *p, const char *word);
bool expr_punct(struct parse *p, const char *s);
struct expr *expr_number(struct parse *p);
struct expr *expr_hex(struct parse *p);

const struct expr *expr_or(struct parse *p);
const struct expr *expr_dollar(struct parse *p);
const struct expr *expr_dot(struct parse *p, const struct expr *left,
			    const char *start);
const struct expr *expr_template_in(struct parse *p);

#endif
