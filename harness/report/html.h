/*
 * html - a story as one page that needs nothing but a browser.
 *
 * Layer: report. The page's frame, style and script are assets; everything
 * from the journal is inline JSON, which the script turns into text nodes and
 * never into markup. A scenario's records are parsed when it is opened.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/story.h"

/**
 * html_add_json - JSON text so that it can stand in a <script> element: what
 * could end the element, or a line of JavaScript, is written as \u escapes.
 */
void html_add_json(struct buf *b, const char *json);

/** html_write - Errors: ERR_LIMIT; as file_write_atomic. */
MUST_USE bool html_write(const struct story *s, const char *path,
			 struct err *e);

#endif
