/*
 * check_priv - what the check's files share: check.c (files), check_step.c,
 * check_verb.c (verbs written in YAML), check_send.c, check_rows.c,
 * check_type.c (types), check_expr.c, check_func.c, check_field.c and
 * check_call.c (what an expression is), check_as.c (whether it is what is
 * wanted), check_vain.c (whether a condition can fail), check_given.c (what
 * programs get), check_expect.c (events, reverts, ledger).
 */
#ifndef SCENARIO_CHECK_PRIV_H
#define SCENARIO_CHECK_PRIV_H

#include "scenario/check.h"
#include "scenario/expr.h"
#include "scenario/verbs.h"

/* What is known of a value before anything runs. */
enum type_kind {
	TYPE_ANY,  /* nothing: everything goes */
	TYPE_NONE, /* the words none, any, empty */
	TYPE_BOOL,
	TYPE_INT,  /* unit; token if UNIT_TOKEN and known */
	TYPE_BYTES, /* size, 0 if unknown; literal */
	TYPE_ADDRESS,
	TYPE_TEXT,
	TYPE_WORD, /* text: names nothing in this world */
	TYPE_CALL, /* text: a call of nothing known: `Panic(1)` */
	TYPE_LIST, /* elem */
	TYPE_MAP,  /* keys, items */
	TYPE_REF,  /* ref, text, index, set; text NULL: any of its kind */
	TYPE_QUANTITY, /* `alice.shares`: a token is still to come; text */
	TYPE_OUTCOME, /* of a step: block, gas, events; keys, items: gives */
	TYPE_EVENTS,  /* the events of one name: entry */
	TYPE__COUNT
};

struct type {
	enum type_kind kind;
	enum unit unit;
	const char *token;
	size_t size;
	bool literal; /* BYTES: may stand for a number */
	bool counted; /* INT: how many; no contract's number of whatever */
	bool natural; /* INT: never below zero */
	bool open;    /* MAP: has other members too */
	bool many;    /* MAP: a result for each of a list */
	const char *text;
	const struct type *elem;
	const char *const *keys;
	const struct type *const *items;
	size_t n;
	enum ref_kind ref;
	size_t index, set;
	const struct abi_entry *entry;
	const struct abi_type *abi; /* where it comes from, or NULL */
};

/* A name in scope. */
struct var {
	const char *name;
	struct src_pos pos;
	const struct type *type;
	/* Of a column: the cells, so that each is checked where it is used. */
	const struct expr *const *cells;
	size_t cells_n;
	const struct frame *cells_in; /* the scope of the cells */
	bool used; /* somebody asked for it */
};

struct frame {
	const struct frame *outer;
	struct var *vars;
	size_t n, cap;
};

/* Names that are saved somewhere in the scenario, for better messages. */
struct saved {
	const char *name;
	uint32_t line;
};

/* A verb whose body was looked at, in one world. */
struct checked_verb {
	const struct verb_def *def;
	const char *world;
	const struct type *gives;
	const char *flaw; /* the first finding in it, with its place; or NULL */
};

/* What outlives a scenario. */
struct check_run {
	struct diags *diags;
	struct arena *arena; /* of what verbs give */
	const struct abi_source *abis;
	struct checked_verb *verbs;
	size_t verbs_n, verbs_cap;
	struct src_pos *seen; /* places in worlds that were looked at */
	size_t seen_n, seen_cap;
	const struct yaml_doc **worlds; /* whose values were */
	size_t worlds_n, worlds_cap;
};

struct checker {
	struct check_run *run;
	struct arena *arena; /* of one scenario's types */
	const struct world *world;
	const struct yaml_doc *doc;
	const struct type *it; /* of the step at hand, or NULL */
	const struct frame *frame; /* its names, for what is nearest */
	const struct step *act; /* of the verb at hand: its caller's keys go there */
	struct saved *saved;
	size_t saved_n, saved_cap;
	bool of_set; /* a quantity at hand has its `@set` */
	bool looks_on; /* what is evaluated as often as the harness needs it */
	bool no_before; /* of a step that does nothing: what was is what is */
	bool gaps; /* steps were not read: names may come from them */
	unsigned verb_depth;
};

/* A finding. @nearest may be NULL. */
void check_note(struct checker *c, struct src_pos pos, uint32_t width,
		const char *nearest, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
/* A finding at an expression. */
void check_at(struct checker *c, const struct expr *x, const char *nearest,
	      const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Whether there are findings in a file. */
bool check_found(const struct checker *c, const char *file);
/* The characters of an expression, as they stand in the file. */
const char *check_source(struct checker *c, const struct expr *x);

/* --- check_type.c ----------------------------------------------------------- */

extern const struct type TYPE_ANYTHING;
struct type *type_new(struct checker *c, enum type_kind kind);
const struct type *type_int(struct checker *c, enum unit unit);
const struct type *type_natural(struct checker *c, enum unit unit);
/* The same, if it may be below zero. */
const struct type *type_signed(struct checker *c, const struct type *t);
const struct type *type_count(struct checker *c);
const struct type *type_ref(struct checker *c, enum ref_kind kind,
			    const char *name, size_t index, size_t set);
const struct type *type_of_abi(struct checker *c, const struct abi_type *t);
const struct type *type_of_want(struct checker *c, const struct want *w);
/* Its label as solc says it now; EigenLayer's artifacts leave a space out. */
const char *check_label(struct checker *c, const struct abi_type *t);
/* A token's, 0 if there is none of that name. */
unsigned check_decimals(const struct checker *c, const char *token);
/* "an amount", "an operator", "text": for messages. */
const char *type_text(struct checker *c, const struct type *t);

const struct abi *check_abi(struct checker *c, const char *contract);
enum entry_kind { ENTRY_FUNCTION, ENTRY_EVENT, ENTRY_ERROR };
const struct abi_entry *check_entry(const struct abi *abi,
				    enum entry_kind kind, const char *name,
				    size_t *ret_overloads);
/* The declared entry nearest to @name: in one ABI, or in all (abi NULL). Its
 * text as abi_describe() gives it, or NULL. */
const char *check_nearest_entry(struct checker *c, const struct abi *abi,
				enum entry_kind kind, const char *name);
/* The language's function nearest to @name, or NULL. */
const char *check_nearest_function(const char *name);
/* The contracts of the world that declare @name; *ret_entry the first's. */
size_t check_declarers(struct checker *c, enum entry_kind kind,
		       const char *name, const char **ret_names, size_t max,
		       const struct abi_entry **ret_entry);
/* That there is no such token or, where one can stand, unit: which there are. */
void check_no_token(struct checker *c, struct src_pos pos, uint32_t width,
		    const char *name, bool or_unit);
/* The name of this world that is nearest, or NULL. */
const char *check_nearest_name(struct checker *c, const char *name);

/* --- check_field.c, check_call.c -------------------------------------------------- */

const struct type *type_events(struct checker *c,
			       const struct abi_entry *entry);
/* The name that a callee has, `f` or `f(types)`; *ret_field: `x.f`. */
const char *check_callee(struct checker *c, const struct expr *callee,
			 const struct expr **ret_field);
/* The contract that a value is, or NULL. */
const char *check_contract(struct checker *c, const struct type *t);
/* Looks at each argument for itself. */
void check_all(struct checker *c, const struct frame *f, const struct expr *x);
/* What a function returns; TYPE_ANYTHING for NULL. */
const struct type *check_result(struct checker *c, const struct abi_entry *fn);

/* --- check_op.c ------------------------------------------------------------- */

/* The characters of a text without insertions, or NULL. */
const char *check_written(const struct expr *x);
/* 5 where 5% or 5 TOK is meant: @unit, as it stands behind the number, and how
 * many digits one of it has behind the point. */
void check_bare(struct checker *c, const struct expr *x, const char *unit,
		unsigned decimals);
/* EXPR_UNARY and EXPR_BINARY. */
const struct type *check_unary(struct checker *c, const struct frame *f,
			       const struct expr *x);
const struct type *check_binary(struct checker *c, const struct frame *f,
				const struct expr *x);

/* --- check_vain.c ----------------------------------------------------------- */

/* Of a condition: that it is one, and that it can fail. */
void check_condition(struct checker *c, const struct frame *f,
		     const struct expr *x);
/* A text that every text has, or as a regular expression matches. */
bool check_is_all(const struct expr *x, bool regex);
/* `0`, `0 PHA`, `uint64(0)` */
bool check_is_zero(const struct expr *x);

/* --- check_func.c ----------------------------------------------------------- */

/* EXPR_CALL of a name: a function of the language, or of no contract. */
const struct type *check_function(struct checker *c, const struct frame *f,
				  const struct expr *x);

/* --- check_expr.c ------------------------------------------------------------ */

/* What an expression gives; findings for what is wrong in it. */
const struct type *check_expr(struct checker *c, const struct frame *f,
			      const struct expr *x);
/* Of what is done by @x: it must not stand where the harness only looks. */
void check_looks_on(struct checker *c, const struct expr *x, const char *act);
/* A struct that an ABI names: `livenessVerifier.ReportData($x)`. */
bool check_is_struct_name(const char *name);
/* The place and width of the last name of `a.b.c`. */
struct src_pos check_last_name(const struct expr *x, uint32_t *ret_width);
/* The name in scope, or NULL. */
struct var *check_find(const struct frame *f, const char *name);
/* The name in scope, which is used thereby; or NULL. */
const struct var *check_var(const struct frame *f, const char *name);
/* Adds a name to a frame; a finding if it shadows another one. */
void check_declare(struct checker *c, struct frame *f, struct var v);
/* The function that a call names, or NULL after a finding. */
const struct abi_entry *check_call(struct checker *c, const struct frame *f,
				   const struct expr *x,
				   const char **ret_contract);
const struct type *check_field(struct checker *c, const struct expr *x,
			       const struct type *of, const char *field);

/* --- check_as.c --------------------------------------------------------------- */

/* Whether @x can stand where the ABI wants @t; @what names the place. */
void check_as_abi(struct checker *c, const struct frame *f,
		  const struct expr *x, const struct abi_type *t,
		  const char *what);
void check_as_want(struct checker *c, const struct frame *f,
		   const struct expr *x, const struct want *w,
		   const char *what);
/* `{through: …}` or `{before: …}`. */
bool check_is_window(const struct type *t);
/* A pattern for a value of ABI type @t (NULL: of an unknown one). */
void check_pattern(struct checker *c, const struct frame *f,
		   const struct expr *x, const struct abi_type *t,
		   const char *what);
/* The arguments of a call, event or error, by position or name. */
void check_args(struct checker *c, const struct frame *f,
		const struct expr *x, const struct abi_entry *entry,
		bool patterns);
/* Says that @x, of type @t, is not what is wanted. */
void check_mismatch(struct checker *c, const struct expr *x,
		    const struct type *t, const char *what, const char *want);

/* --- check_step.c ----------------------------------------------------------------- */

#define VERB_DEPTH_MAX 16

/* What the last step of a list calls, for the errors that it may name. */
struct act {
	const struct abi_entry *fn;
	const char *contract;
};

struct act check_list(struct checker *c, struct frame *f,
		      const struct step_list *list);

void check_steps(struct checker *c, struct frame *f,
		 const struct step_list *list);
void check_frame_done(struct frame *f);
/* Whether a step, or one inside it, does anything. */
bool check_acts(const struct step *s);

/* --- check_verb.c ------------------------------------------------------------- */

/* A step of a verb written in YAML; what it gives. */
const struct type *check_yaml(struct checker *c, const struct frame *f,
			      const struct step *s, struct act *ret_act);

/* --- check_send.c ------------------------------------------------------------- */

/* `as` and `at`: whether they have a place here, and nobody's is missing. */
void check_sender(struct checker *c, const struct step *s);
void check_via(struct checker *c, const struct step *s);
void check_moment(struct checker *c, const struct frame *f,
		  const struct expr *x);
void check_together(struct checker *c, const struct step *together);
/* `order` of `together`. */
void check_order(struct checker *c, const struct frame *f,
		 const struct expr *x);

/* --- check_given.c ------------------------------------------------------------ */

/* What the world gives to programs and scripts; `configure`; `break`. */
void check_given(struct checker *c, const struct frame *f,
		 const struct scenario *s);
void check_configure(struct checker *c, const struct frame *f,
		     const struct step *s);
void check_fault(struct checker *c, const struct frame *f,
		 const struct expr *target, const struct expr *x);

/* The JSON that @x is whatever happens; NULL: that is not known yet. */
json_t *check_constant(struct checker *c, const struct expr *x);
/* A finding of what its taker says; the name that it has as nearest stands
 * where findings have that. */
void check_said(struct checker *c, struct src_pos pos, uint32_t width,
		const char *what, const struct err *why);
/* The same world serves many scenarios: its own flaws are said once. */
bool check_new(struct checker *c, struct src_pos pos);

/* --- check_tee.c -------------------------------------------------------------- */

/* The world's platforms, and who joins without one. */
void check_tees(struct checker *c);
/* `says` of `intel`. */
void check_says(struct checker *c, const struct frame *f, const struct expr *x);
/* A finding at @x unless the operator @name has a TEE. */
void check_has_tee(struct checker *c, const struct expr *x, const char *name);
/* Who joins its set in this step can hand in a quote. */
void check_joins(struct checker *c, const struct step *s);

/* --- check_rows.c --------------------------------------------------------------- */

void check_columns(struct checker *c, struct frame *f,
		   const struct frame *outer, const struct bindings *b);
/* What was not understood may have used a name. */
bool check_understood(const struct step_list *list);
/* Whether a `$name` stands anywhere in a file: of the world's keys, too. */
bool check_is_written(const struct yaml_doc *doc, const char *name);
/* Of the file's own `cases:`, each column is used. */
void check_matrix_used(struct checker *c, const struct frame *f,
		       const struct scenario *s);
/* The steps of each or cases; what its `save` is. */
const struct type *check_rows(struct checker *c, const struct frame *f,
			      const struct step *s);

/* --- check_expect.c ------------------------------------------------------------ */

/* @fn: what the act calls, if it is known; @contract: whose. */
void check_expect(struct checker *c, const struct frame *f,
		  const struct expect *x, const struct abi_entry *fn,
		  const char *contract);

#endif
