/*
 * story - journals, read into scenarios: what the reports are made from.
 *
 * Layer: report. Several journals (shards of one run, or runs of several
 * machines) become one story. Records of scenarios that ran side by side may
 * be mixed; each finds its own by "scn".
 */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "report/journal.h"

/*
 * The id of what stands for all that a run was to play and did not: it was
 * told to end, or killed, or ended after its first failure. An error, or
 * skipped where the run has something wrong already.
 */
#define STORY_NOT_PLAYED "(not played)"

/*
 * As text they take an eighth of what they take as a tree, and most are only
 * written again: see story_records() and story_add_records().
 */
struct story_records;

/* One time that a scenario was played. */
struct story_scenario {
	char *id;	       /* "sla/late-response" */
	size_t times;	       /* it and those of the same id before it */
	enum verdict verdict;  /* ERROR where the journal breaks off */
	char *reason;
	long long ms;
	char *seed;	       /* its own, or else its run's */
	char *operator;	       /* whose program its run played; NULL: ours */
	json_t *start;	       /* its scenario.start; {} if there is none */
	json_t *shared;	       /* `sources` of its run.start, or NULL */
	struct story_records *records; /* what came between start and end */
	size_t failures;       /* how many of them are "failure" */
	bool ended;
};

struct story {
	struct story_scenario *scenarios; /* in order of their start */
	size_t n, cap;
	size_t count[VERDICT__COUNT];
	long long ms;	       /* of all runs together */
	char *seed;	       /* of the first; NULL if there was no run.start */
	size_t runs;
	const char *repro;     /* borrowed: what failure_print() wants; or NULL */
};

/**
 * story_read - all of @journals, in order.
 * Errors: as journal_read; ERR_UNSUPPORTED for a journal of a later version;
 * ERR_SCHEMA for one that tells of no run.
 */
MUST_USE bool story_read(struct story *ret, const char *const *journals,
			 size_t n, struct err *e);
void story_done(struct story *s);

/** story_records - an array, made when it is first asked for; the story's. */
const json_t *story_records(const struct story_scenario *s);
/** story_add_records - hand their text, "[…]", to @fn in pieces. */
void story_add_records(const struct story_scenario *s,
		       void (*fn)(struct buf *to, const char *text),
		       struct buf *to);

/**
 * story_records_of - for a scenario that no journal tells of: @list's reference
 * is taken. story_records_free() is NULL-safe.
 */
struct story_records *story_records_of(json_t *list);
void story_records_free(struct story_records *r);

/**
 * story_order - indices, those that need a look first: errors, failures and
 * timeouts, skipped, passed; each in the story's order. free() it.
 */
size_t *story_order(const struct story *s);

/**
 * story_key - its id; of the second time that it was played "id~2", and so on,
 * since who reads reports may take those of one name for one. free() it.
 */
char *story_key(const struct story_scenario *x);

/** story_is_wrong - neither passed nor skipped. */
bool story_is_wrong(const struct story_scenario *x);

/** story_text, story_int - a record's member; "" and 0 where there is none. */
const char *story_text(const json_t *record, const char *key);
long long story_int(const json_t *record, const char *key);
/**
 * story_plain - what others wrote, fit for a terminal: in place, each control
 * character but a line's end or a tab becomes question marks.
 */
void story_plain(char *text);

#endif
