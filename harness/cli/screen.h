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
	size_t height; /* of what is drawn of it, in rows */
};

void screen_init(struct screen *s, FILE *out);
/** screen_done - the table stays as it was drawn last. */
void screen_done(struct screen *s);

/** screen_line - a line (without its end) above the table. */
void screen_line(struct screen *s, const char *line);
/** screen_table - replace the table; its rows end with newlines. */
void screen_table(struct screen *s, const char *text);

#endif
