/*
 * screen - lines that scroll by, over a table that stays at the bottom.
 *
 * Layer: cli. Where the output is no terminal, the lines alone.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdio.h>

#include "base/buf.h"

struct screen {
	FILE *out;
	bool live;     /* it is a terminal */
	char *table;   /* owned; NULL: none yet */
	/* Of what is drawn of it: the columns that each row takes. */
	size_t *widths;
	size_t height, widths_cap;
};

void screen_init(struct screen *s, FILE *out);
/** screen_done - the table stays as it was drawn last. */
void screen_done(struct screen *s);

/** screen_line - a line (without its end) above the table. */
void screen_line(struct screen *s, const char *line);
/** screen_clear - take the table away, so that others can write to the output;
 * the next screen_table() brings it back. */
void screen_clear(struct screen *s);
/** screen_table - replace the table; its rows end with newlines and may
 * have colours in them (SGR sequences), which take no room. */
void screen_table(struct screen *s, const char *text);

#endif
