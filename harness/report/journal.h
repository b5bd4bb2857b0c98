/*
 * journal - everything that happened in a run, one JSON object a line.
 *
 * Layer: report, below scenario: the runner writes records, and every report
 * is made from them alone. Fields that hold wall-clock time are "t" and "ms",
 * nothing else; without them the same seed gives the same journal.
 * docs/journal.md lists the records.
 */
#ifndef REPORT_JOURNAL_H
#define REPORT_JOURNAL_H

#include "codec/json.h"

#define JOURNAL_VERSION 3

enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,	 /* the system under test broke an expectation */
	VERDICT_SKIP,	 /* a `needs:` is not met; never counted as passed */
	VERDICT_TIMEOUT, /* something awaited did not happen in time */
	VERDICT_ERROR,	 /* the harness or its environment broke */
	VERDICT__COUNT
};
const char *verdict_name(enum verdict v); /* "pass", "fail", … */
/** verdict_parse - the inverse; false if @name is none. */
bool verdict_parse(enum verdict *ret, const char *name);

/* What receives each record as it is written; borrowed for the call. */
typedef void (*journal_sink_fn)(void *arg, const json_t *record);
/* Whether it wants those of a kind: what nobody wants is made no tree of. */
typedef bool (*journal_wants_fn)(void *arg, const char *kind);

struct journal;

/**
 * journal_new - @path: the file to write, replaced; NULL for none. Nobody else
 * writes it until journal_free().
 * Errors: ERR_OS naming the path; [EWOULDBLOCK] if another run writes it.
 */
MUST_USE bool journal_new(struct journal **ret, const char *path,
			  struct err *e);
/**
 * journal_close - all is written; nothing more will be. It stays ours.
 * Errors: ERR_OS if anything could not be written (disk full).
 */
MUST_USE bool journal_close(struct journal *j, struct err *e);
void journal_free(struct journal *j); /* NULL-safe; gives up on errors */
DEFINE_CLEANUP(struct journal, journal_free)

/** journal_sink - @wants: NULL for every record. */
void journal_sink(struct journal *j, journal_sink_fn fn,
		  journal_wants_fn wants, void *arg);

/** journal_context - the scenario that later records belong to; NULL: none. */
void journal_context(struct journal *j, const char *scenario);

/**
 * journal_write - add a record. @kind becomes "ev"; "t" (ms since the start)
 * and "scn" are added. @fields: an object whose reference is taken, or NULL.
 */
void journal_write(struct journal *j, const char *kind, json_t *fields);

/**
 * journal_begin - the same of fields that json_put…() write behind what is in
 * the buffer, until journal_end(); no other record in between. For kinds that a
 * run has thousands of. @kind: borrowed until then.
 */
struct buf *journal_begin(struct journal *j, const char *kind);
void journal_end(struct journal *j);

/**
 * journal_pass - write a record of another journal as it is.
 */
void journal_pass(struct journal *j, const json_t *record);

/**
 * journal_settle  - what was recorded so far is in the file, whatever becomes of
 * us: a step or a scenario ended. In between records come to it together.
 * journal_private - nobody reads it before journal_close(), and a run that is
 * killed leaves none behind: it need not be there any sooner.
 */
void journal_settle(struct journal *j);
void journal_private(struct journal *j);

/**
 * journal_copy   - whether records are kept in memory as well.
 * journal_copies - those since then, or since the last call; the caller's.
 * journal_again  - one of them, written as a record of the present scenario.
 */
void journal_copy(struct journal *j, bool on);
json_t *journal_copies(struct journal *j);
void journal_again(struct journal *j, const json_t *record);

/** journal_since - let "t" count from @start_ms on clock_ms(). */
void journal_since(struct journal *j, uint64_t start_ms);
/** journal_started - what "t" counts from. */
uint64_t journal_started(const struct journal *j);

/**
 * journal_read - call @fn for each record of a journal file, in order.
 * Errors: ERR_OS; ERR_PARSE with the line's number.
 */
MUST_USE bool journal_read(const char *path, journal_sink_fn fn, void *arg,
			   struct err *e);

#endif
