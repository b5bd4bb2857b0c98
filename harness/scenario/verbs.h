/*
 * verbs - the language's own verbs, each fact once.
 *
 * Layer: scenario. This table is the parser's, the check's, the usage text's,
 * the schema's and the reference's at the same time.
 */
#ifndef SCENARIO_VERBS_H
#define SCENARIO_VERBS_H

#include "scenario/ast.h"

/* How an argument is written, and where in struct step it ends up. */
enum form {
	FORM_VALUE,   /* an expression of type `want`: main or args[i] */
	FORM_CALL,    /* `f(a)`, `f: [a]`, `f: {name: a}`: main */
	FORM_LETS,    /* a map of names to values: lets */
	FORM_ADVANCE, /* how far: advance and main */
	FORM_COMMAND, /* `operator word word`: main and words */
	FORM_REQUEST, /* `METHOD target/path`: method, main and path */
	FORM_FILE,    /* `operator/path`: main and path */
	FORM_CHECKS,  /* one condition or a list: expect.checks */
	FORM_ROWS,    /* product, table or list of maps: rows */
	FORM_STEPS,   /* a list of steps: steps */
	FORM_ARMS,    /* a map of names to lists of steps: arms */
	FORM_EXPECT,  /* a map of expectations: inside, outside */
	FORM__COUNT
};

struct param_spec {
	const char *name; /* NULL ends a list */
	enum form form;
	enum want_kind want; /* of FORM_VALUE */
	bool required;
	const char *doc;
};

#define VERB_PARAMS_MAX 4

struct verb_spec {
	const char *name;
	struct param_spec main; /* its name is what messages call it */
	struct param_spec params[VERB_PARAMS_MAX + 1];
	const char *doc;
	const char *example; /* a YAML list item; the tests check it */
	bool repeats;	     /* a list as main argument means once for each */
	bool acts;	     /* changes the world: `as at reverts…` apply */
};

/* Indexed by enum verb. */
extern const struct verb_spec verb_specs[VERB__COUNT];

/* The keys that every step may have. */
enum common {
	COMMON_AS, COMMON_AT, COMMON_VIA, COMMON_RETURNS, COMMON_REVERTS,
	COMMON_EMITS, COMMON_CHANGES, COMMON_CHECK, COMMON_WITHIN,
	COMMON_SAVE, COMMON_WHEN,
	COMMON__COUNT
};

struct common_spec {
	const char *name;
	const char *doc;
};

extern const struct common_spec common_specs[COMMON__COUNT];

/** verb_find - a built-in verb by name; VERB__COUNT if it is none. */
enum verb verb_find(const char *name);

/** verb_param - the index of a parameter of @v in its list, or -1. */
int verb_param(enum verb v, const char *name);

/** want_name - how messages and the reference call a type: "an amount". */
const char *want_name(enum want_kind k);

#endif
