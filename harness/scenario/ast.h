/*
 * ast - what a scenario file says, after parsing and before anything runs.
 *
 * Layer: scenario. Everything lives in the arena of the library that loaded
 * it (load.h) and is never changed afterwards. Places are kept everywhere, so
 * that the check and the runner can point at what they mean.
 *
 * One type carries every value position of the language: struct expr. Lists
 * and maps of YAML, calls, events, errors and patterns are expressions too;
 * what they mean follows from where they stand.
 */
#ifndef SCENARIO_AST_H
#define SCENARIO_AST_H

#include "base/err.h"
#include "codec/yaml.h"
#include "crypto/u256.h"

/* What a number counts. Units of values (value.h) are the same. */
enum unit {
	UNIT_NONE,    /* raw */
	UNIT_WAD,     /* 5% is 5e16 of 1e18 */
	UNIT_TOKEN,   /* an amount of one token, in its smallest unit */
	UNIT_SECONDS, /* how long */
	UNIT_BLOCKS,  /* how many */
	UNIT_BLOCK,   /* which height: block(n), head */
	UNIT_TIME,    /* which second: time(n), now */
	UNIT__COUNT
};

enum expr_kind {
	EXPR_NUMBER, /* number, decimals, unit, name (of the token) */
	EXPR_HEX,    /* bytes, n: `0x…`; a number where one is wanted */
	EXPR_TEXT,   /* items: the parts of a text; EXPR_CHARS or anything */
	EXPR_CHARS,  /* name: characters of an EXPR_TEXT as they are */
	EXPR_WORDS,  /* name: a plain scalar that is no expression; problem
		      * says why. Text where text is wanted, else an error. */
	EXPR_NAME,   /* name: something of the world, or a bare word */
	EXPR_VAR,    /* name: `$name` */
	EXPR_IT,     /* `it`: the result of the step it stands in */
	EXPR_FIELD,  /* left . name (a field, an event, or an index "0") */
	EXPR_INDEX,  /* left . right: `$c.$who`, `$x.($i + 1)` */
	EXPR_AT,     /* left @ right: `alice.allocated.PHA@phala#0` */
	EXPR_CALL,   /* left ( items ), named by keys if keys is not NULL */
	EXPR_UNARY,  /* op right */
	EXPR_BINARY, /* left op right */
	EXPR_RANGE,  /* left .. right */
	EXPR_LIST,   /* items */
	EXPR_MAP,    /* keys, items; the key "..." is the rest */
	EXPR_EVERY,  /* name: `every operator` */
	EXPR__COUNT
};

enum op {
	OP_NOT, OP_NEG, OP_PLUS, /* unary */
	OP_MUL, OP_DIV, OP_ADD, OP_SUB,
	OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
	OP_HAS, OP_MATCHES,
	OP_AND, OP_OR,
	OP__COUNT
};

struct expr {
	enum expr_kind kind;
	enum op op;
	enum unit unit;
	unsigned decimals;    /* digits after the point of a NUMBER */
	struct src_pos pos;
	uint32_t width;	      /* characters on its line, at least 1 */
	const char *name;
	const char *raw;      /* of a whole scalar: its text; else NULL */
	const char *problem;  /* of WORDS: what the parser said */
	uint32_t problem_col;
	struct u256 number;   /* NUMBER: all digits, the point left out */
	const uint8_t *bytes; /* HEX */
	const struct expr *left, *right;
	const struct expr *const *items;
	const char *const *keys;
	const struct src_pos *key_pos; /* of keys */
	size_t n;	      /* items, or bytes of HEX */
	enum yaml_style style; /* of a whole scalar */
};

/* A row of bindings: a value for each column. */
struct row {
	const char *name; /* of the column `case`, or NULL */
	struct src_pos pos;
	const struct expr *const *cells; /* one for each column */
};

/* What `each`, `cases` and the matrix run over, the product written out;
 * ranges and `every …` stay expressions in their cell when their extent is
 * known only at run time (product is then true and rows has one row of
 * lists, one for each column). */
struct bindings {
	struct src_pos pos;
	const char *const *columns; /* without `case` */
	const struct src_pos *columns_pos;
	size_t columns_n;
	const struct row *rows;
	size_t rows_n;
	bool product;
};

struct step;

struct step_list {
	const struct step *const *steps;
	size_t n;
	bool gaps; /* others were not understood: findings say why */
};

/* `{name: value}` in order. */
struct binding {
	const char *name;
	struct src_pos pos;
	const struct expr *value;
};

enum event_kind {
	EVENT_IS,     /* an event with arguments: pattern is NAME or CALL */
	EVENT_NOT,    /* it is absent */
	EVENT_ANY_ORDER, /* a list inside the list */
};

struct event_want {
	enum event_kind kind;
	struct src_pos pos;
	const struct expr *pattern;
	const struct event_want *items; /* EVENT_ANY_ORDER */
	size_t n;
};

/* One line of the ledger: who changed, and by how much. */
struct change_want {
	struct src_pos pos;
	const struct expr *path;  /* `alice.shares.PHA` */
	const struct expr *value; /* a difference, or a pattern */
};

/* What a step expects. Absent parts are NULL. */
struct expect {
	const struct expr *returns;
	const struct expr *reverts;
	const struct event_want *emits;
	size_t emits_n;
	bool has_emits;
	const struct change_want *changes;
	size_t changes_n;
	bool has_changes;
	bool changes_open; /* `...: any`: others may change too */
	const struct expr *const *checks;
	size_t checks_n;
	const struct expr *within; /* a duration of the wall clock */
};

enum advance_kind { ADVANCE_BY, ADVANCE_TO, ADVANCE_PAST };

#define ARMS_MAX 12

/* One arm of `orders`. */
struct arm {
	const char *name;
	struct src_pos pos;
	struct step_list steps;
};

/* Verbs that the language has; see verbs.h for what each takes. */
enum verb {
	VERB_SEND, VERB_CALL, VERB_LET, VERB_ADVANCE, VERB_REORG,
	VERB_START, VERB_STOP, VERB_KILL, VERB_PAUSE, VERB_RESUME,
	VERB_CONFIGURE, VERB_RUN, VERB_HTTP, VERB_PUT, VERB_BREAK, VERB_MEND,
	VERB_INTEL, VERB_CHECK, VERB_EACH, VERB_CASES, VERB_EDGE, VERB_ORDERS,
	VERB_TOGETHER,
	VERB__COUNT,
	VERB_YAML = VERB__COUNT /* written in YAML: step.def */
};

struct verb_def;

struct step {
	enum verb verb;
	const struct verb_def *def;   /* of VERB_YAML */
	const char *verb_name;
	struct src_pos pos;	      /* of the verb's key */
	/*
	 * The main argument. send, call: an EXPR_CALL, or an expression that
	 * gives one. advance: how far, by `advance`. run: the process; words
	 * are the arguments. http: the target; method and path beside it.
	 * put: whose file; path. edge: the window. Others: the value.
	 */
	const struct expr *main;
	/* Other parameters: by index in verbs.h's or the definition's list;
	 * NULL where not given. */
	const struct expr *const *args;
	enum advance_kind advance;
	const char *method;
	const struct expr *path;
	const struct expr *const *words;
	size_t words_n;
	const struct binding *lets;   /* let */
	size_t lets_n;
	const struct bindings *rows;  /* each, cases */
	struct step_list steps;	      /* each, cases, edge, together */
	const struct expect *inside, *outside; /* edge */
	const struct arm *arms;	      /* orders */
	size_t arms_n;

	bool flawed;		      /* there are findings in it already */

	/* Keys that every step may have. */
	const struct expr *as;
	const struct expr *at;
	const struct expr *via;
	const struct expr *when;
	const char *save;	      /* NULL, or the name it is saved under */
	struct src_pos save_pos;
	struct expect expect;
};

/* A type as `takes:` writes it. */
enum want_kind {
	WANT_ANY, WANT_ABI /* abi: uint32, bytes, (address,uint32)… */,
	WANT_OPERATOR, WANT_ACTOR, WANT_TOKEN, WANT_SET, WANT_CONTRACT,
	WANT_PROCESS, WANT_AMOUNT, WANT_WAD, WANT_TIME, WANT_BLOCK,
	WANT_DURATION, WANT_BLOCKS, WANT_WINDOW, WANT_STRUCT, WANT_TEXT,
	WANT_JSON, WANT_FAULT, WANT_CALL, WANT_BOOL, WANT_NUMBER,
	WANT__COUNT
};

struct abi_type;

struct want {
	enum want_kind kind;
	bool list;		   /* `[operator]`: the list is one argument */
	const struct abi_type *abi; /* WANT_ABI */
	const char *text;	   /* as written */
	const char *of;		   /* of WANT_AMOUNT: of the token that the
				    * parameter of that name is; or NULL */
};

/* A parameter of a verb written in YAML. */
struct take {
	const char *name;
	struct src_pos pos;
	struct want type;
	const struct expr *fallback; /* its default, or NULL: required */
};

/* `verb:` - a verb written in YAML. */
struct verb_def {
	const char *name;
	const char *doc;	 /* or NULL */
	struct src_pos pos;
	const struct yaml_doc *file;
	const struct take *takes; /* the first is the main argument */
	size_t takes_n;
	struct step_list steps;	 /* the last step is the act; may be empty */
	const struct binding *gives;
	size_t gives_n;
};

/* `invariant:` - what holds after every step. */
struct invariant {
	const char *title;
	struct src_pos pos;
	const struct yaml_doc *file;
	const struct bindings *each; /* or NULL: once */
	const struct expr *const *checks;
	size_t checks_n;
	bool before; /* one of them asks for before() */
};

/* `fails:` - this scenario must fail, there and so. */
struct must_fail {
	struct src_pos pos;
	const char *verdict; /* "fail", "timeout" or "error" */
	uint32_t line;	     /* of the step, 0: any */
	const char *const *texts; /* that the explanation contains */
	size_t texts_n;
};

struct world;

/* `scenario:` - the file that everything else serves. */
struct scenario {
	const char *title;
	const char *why;	    /* or NULL */
	const char *id;		    /* "sla/late-response" */
	struct src_pos pos;
	const struct yaml_doc *file;
	const struct world *world;  /* merged, the scenario's own keys included */
	const struct scenario *from; /* whose steps come first, or NULL */
	bool own_world; /* that of @from, if there is one, is another */
	const struct bindings *matrix; /* `cases:` at the top, or NULL */
	const struct expr *const *needs;
	size_t needs_n;
	const char *const *tags;
	size_t tags_n;
	const struct must_fail *fails; /* or NULL */
	struct step_list steps;
};

#endif
