/*
 * fault - the catalogue of what can be wrong with a quote.
 *
 * Layer: simulate. One table has every fault's name, which the command line,
 * the control interface and scenarios share, what it changes, what a verifier
 * must answer, and the function that makes it. Faults compose: a set is
 * applied stage by stage, and within a stage in the order of the table, so the
 * order in which they were named never matters. Each stage is followed by the
 * signatures over it: what a fault leaves valid is as telling as what it
 * breaks. To add a fault: a row in fault_table.c, its function in fault_quote.c
 * or fault_collateral.c.
 */
#ifndef SIMULATE_FAULT_H
#define SIMULATE_FAULT_H

#include "base/err.h"
#include "codec/json.h"
#include "codec/quote.h"

struct collateral;
struct draft;

/* When a fault is applied while a quote is made; see draft.h, collateral.h. */
enum fault_stage {
	STAGE_CERTS,  /* certificates, before they are signed */
	STAGE_QE,     /* the QE report, before the PCK key signs it */
	STAGE_BODY,   /* header and body, before the attestation key signs */
	STAGE_SIGNED, /* the whole, after every signature */
	STAGE_WIRE,   /* the written bytes */
	STAGE_LENGTH, /* how many of them are handed out */
	STAGE_COLLATERAL,	 /* collateral, before it is signed */
	STAGE_COLLATERAL_SIGNED, /* and after */
	STAGE_PARTS,		 /* those of the faults that it is made of */
	STAGE_HOST,		 /* whenever its host is asked for anything */
	STAGE__COUNT
};

/* Which quotes can have it. */
enum fault_scope {
	SCOPE_ANY,
	SCOPE_TD,   /* those of trust domains */
	SCOPE_V5,   /* version 5 */
	SCOPE_TD15, /* TD report 1.5 or 1.5ex */
	SCOPE__COUNT
};

enum fault_answer {
	ANSWER_ACCEPT, /* valid all the same: refusing it is a verifier's bug */
	ANSWER_REFUSE, /* any verifier must refuse */
	ANSWER_POLICY, /* genuine, but an AVS must refuse what it says */
	ANSWER_SURVIVE, /* nothing to verify: who asks the host must go on */
	ANSWER__COUNT
};

struct fault {
	const char *name;
	const char *id;	   /* in the catalogue of DCAP cases; "-": our own */
	const char *doc;   /* one line: what is changed */
	const char *check; /* what a verifier must find wrong */
	enum fault_answer answer;
	enum fault_stage stage;
	enum fault_scope scope;
	/* Its parameter; name NULL: none. */
	struct {
		const char *name;
		uint64_t preset, min, max;
	} param;
	/* One of these, by its stage; none of a host's. */
	void (*apply)(struct draft *d, uint64_t value);
	void (*spoil)(struct collateral *c, uint64_t value);
	const char *const *parts; /* names of other faults, NULL at the end */
};

#define FAULTS_MAX 192
extern const struct fault FAULTS[];
extern const size_t FAULTS_N;

/* Which faults are on, by place in the table, with their parameters. */
struct fault_set {
	bool on[FAULTS_MAX];
	uint64_t value[FAULTS_MAX];
};

/** fault_answer_name - "accept", "refuse", "policy", "survive". */
const char *fault_answer_name(enum fault_answer a);

/** fault_scope_name - "any quote", "TDX", … */
const char *fault_scope_name(enum fault_scope s);

/** fault_find - by name. Errors: ERR_SCHEMA with the nearest name. */
MUST_USE bool fault_find(size_t *ret, const char *name, struct err *e);

/**
 * fault_set_text - add "name" or "name:parameter=number".
 * Errors: ERR_SCHEMA unknown fault or parameter; ERR_PARSE; ERR_RANGE.
 */
MUST_USE bool fault_set_text(struct fault_set *s, const char *text,
			     struct err *e);

/**
 * fault_set_add - add {"fault": name, parameter: number}.
 * Errors: as fault_set_text.
 */
MUST_USE bool fault_set_add(struct fault_set *s, const json_t *j,
			    struct err *e);

/** fault_set_json - [{"fault": name, …}, …]; a new reference. */
json_t *fault_set_json(const struct fault_set *s);

/**
 * fault_set_fits - whether a quote of this form can have all that are on.
 * Errors: ERR_SCHEMA naming the fault and what it is of.
 */
MUST_USE bool fault_set_fits(const struct fault_set *s, struct quote_form form,
			     struct err *e);

/** fault_set_parts - the same, with the parts of those made of others. */
struct fault_set fault_set_parts(const struct fault_set *s);

/**
 * fault_set_value - whether a fault of this name, which must be one, is on.
 * @ret: its parameter's value; may be NULL.
 */
bool fault_set_value(const struct fault_set *s, const char *name,
		     uint64_t *ret);

/** fault_set_touches - whether a fault of this stage is on. */
bool fault_set_touches(const struct fault_set *s, enum fault_stage stage);
/** fault_set_apply - every fault of @stage that is on. */
void fault_set_apply(const struct fault_set *s, enum fault_stage stage,
		     struct draft *d);
/** fault_set_spoil - the same, of collateral. */
void fault_set_spoil(const struct fault_set *s, enum fault_stage stage,
		     struct collateral *c);

#endif
