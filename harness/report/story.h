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

/* One time that a scenario was played. */
struct story_scenario {
	char *id;	       /* "sla/late-response" */
	enum verdict verdict;  /* ERROR where the journal breaks off */
	char *reason;
	long long ms;
	char *seed;	       /* of its run */
	char *operator;	       /* whose program its run played; NULL: ours */
	json_t *start;	       /* its scenario.start; {} if there is none */
	json_t *records;       /* array: what came between start and end */
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
 * Errors: as journal_read; ERR_UNSUPPORTED for a journal of a later version.
 */
MUST_USE bool story_read(struct story *ret, const char *const *journals,
			 size_t n, struct err *e);
void story_done(struct story *s);

/**
 * story_order - indices, those that need a look first: errors, failures and
 * timeouts, skipped, passed; each in the story's order. free() it.
 */
size_t *story_order(const struct story *s);

/** story_text, story_int - a record's member; "" and 0 where there is none. */
const char *story_text(const json_t *record, const char *key);
long long story_int(const json_t *record, const char *key);

#endif
