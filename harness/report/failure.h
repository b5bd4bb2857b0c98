/*
 * failure - a failed step, explained: the record "failure" as a type.
 *
 * Layer: report. The runner fills it, the journal carries it, every report
 * shows it. All text is borrowed.
 */
#ifndef REPORT_FAILURE_H
#define REPORT_FAILURE_H

#include "report/journal.h"

#define FAILURE_ROWS_MAX 64
#define FAILURE_LINES_MAX 64
#define FAILURE_SOURCE_MAX 16
#define FAILURE_INSIDE_MAX 8

/* One expectation beside what happened. */
struct failure_row {
	const char *what;     /* "alice.shares.PHA", "reverts" */
	const char *expected;
	const char *actual;
	bool ok;	      /* shown for the whole picture, not broken */
};

/* A step, or something in it, as it stands in its file. */
struct failure_place {
	struct src_pos pos;
	const char *source[FAILURE_SOURCE_MAX]; /* from pos.line on */
	size_t source_n;
};

/* Lines of text; those that do not fit are counted, and said to be missing. */
struct failure_lines {
	const char *at[FAILURE_LINES_MAX];
	size_t n; /* with those that are not here */
};

struct failure {
	enum verdict verdict;
	const char *step;     /* "5", "5.2" */
	struct failure_place at; /* what the scenario itself says */
	/* Where that was inside of verbs, of an invariant: inwards. */
	struct failure_place inside[FAILURE_INSIDE_MAX];
	size_t inside_n;
	const char *of[FAILURE_INSIDE_MAX]; /* rows around it, outwards */
	size_t of_n;
	const char *summary;  /* what was done: the call, its block and gas */
	const char *reason;   /* one line: what is wrong */
	struct failure_row rows[FAILURE_ROWS_MAX];
	size_t rows_n;
	struct failure_lines trace;	/* call tree, one a line */
	struct failure_lines events;	/* of the step, in order */
	struct failure_lines state;	/* what changed in the ledger */
	struct failure_lines meanwhile; /* what the actors did */
};

/** failure_row - add a row; more than fit are counted in the last one. */
void failure_row(struct failure *f, const char *what, const char *expected,
		 const char *actual, bool ok);

/** failure_line - add a line, borrowed; more than fit are counted. */
void failure_line(struct failure_lines *l, const char *text);

/** failure_json - the record's fields, a new reference. */
json_t *failure_json(const struct failure *f);

/**
 * failure_print - as text for people, from the record itself, so
 * that a report made later shows what the terminal showed.
 * @repro: "avsbed repro reports", the command that finds this record again; or
 * NULL, where nobody keeps it.
 */
void failure_print(struct buf *out, const json_t *record, const char *repro);

/** failure_repro - that command, of this avsbed and run; owned by the caller. */
char *failure_repro(const char *program, const char *run);
/** failure_again - the whole of that command, for a shell. */
void failure_again(struct buf *out, const json_t *record, const char *repro);

#endif
