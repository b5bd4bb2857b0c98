/*
 * diag - what is wrong in users' files, collected, and shown with its line.
 *
 * Layer: scenario.
 */
#ifndef SCENARIO_DIAG_H
#define SCENARIO_DIAG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct diag {
	struct src_pos pos;
	uint32_t width;	     /* characters that the caret underlines; 0: no caret */
	const char *text;
	const char *nearest; /* the valid name that was probably meant, or NULL */
	const char *line;    /* the source line, or NULL */
	bool behind;	     /* those of files that others use come last */
};

#define DIAGS_MAX 200 /* more findings than this are only counted */

struct diags {
	struct arena *arena; /* owned */
	const char *unread;  /* see diags_unread() */
	struct diag *items;
	size_t n, cap;
	size_t dropped;
	bool behind; /* what is found from now on is listed behind the rest */
};

void diags_init(struct diags *d);
void diags_done(struct diags *d);

/** diag_add - one finding. @line and @nearest may be NULL; copied. */
void diag_add(struct diags *d, struct src_pos pos, uint32_t width,
	      const char *line, const char *nearest, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

/**
 * diags_unread - what could not be read of a file, and was found already. What
 * it would have named is not found missing: no finding is added any more that
 * points at a word of it, or has one between backticks.
 */
void diags_unread(struct diags *d, const char *text);

/** diags_sort - by file, line, column, those behind last; equal ones once. */
void diags_sort(struct diags *d);

/**
 * diags_format - all findings as the terminal shows them, then the summary
 * "3 errors in 1 file; nothing was started". Nothing if there are none.
 */
void diags_format(struct buf *out, const struct diags *d);

/** diags_json - a JSON array of {file, line, column, width, text, nearest}. */
void diags_json(struct buf *out, const struct diags *d);

/** diags_github - GitHub workflow commands, `::error file=…`. */
void diags_github(struct buf *out, const struct diags *d);

#endif
