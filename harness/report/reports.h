/*
 * reports - everything that is made from journals, into one folder.
 *
 * Layer: report.
 */
#ifndef REPORT_REPORTS_H
#define REPORT_REPORTS_H

#include "report/story.h"

/**
 * reports_write - DIR/index.html, junit.xml, summary.md, and journal.jsonl
 * with all of @journals one after the other, unless it is the only one.
 * @dir: made if it is not there, its parents are.
 * @repro: as failure_print() wants it; borrowed by @ret.
 * @ret: the story they tell; story_done().
 * Errors: as story_read and file_write_atomic.
 */
MUST_USE bool reports_write(const char *const *journals, size_t n,
			    const char *dir, const char *repro,
			    struct story *ret, struct err *e);

#endif
