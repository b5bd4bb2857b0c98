/*
 * markdown - a story as a short text for a pull request or a build's page.
 *
 * Layer: report.
 */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "report/story.h"

/**
 * markdown_add - totals, then each failure with its rows and trace, then what
 * was skipped. GitHub takes 1 MiB; the first 40 failures are told in full.
 */
void markdown_add(struct buf *out, const struct story *s);

/** markdown_write - Errors: ERR_LIMIT; as file_write_atomic. */
MUST_USE bool markdown_write(const struct story *s, const char *path,
			     struct err *e);

#endif
