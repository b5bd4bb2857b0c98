#include "cli/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/base.h"

#define COLUMNS 80
#define ROWS 24

static void size_of(const struct screen *s, size_t *columns, size_t *rows)
{
	struct winsize w = { .ws_col = 0 };

	if (ioctl(fileno(s->out), TIOCGWINSZ, &w) != 0)
		w.ws_col = w.ws_row = 0;
	*columns = w.ws_col ? w.ws_col : COLUMNS;
	*rows = w.ws_row ? w.ws_row : ROWS;
}

static void erase(struct screen *s)
{
	if (s->height)
		fprintf(s->out, "\033[%zuA\033[J", s->height);
	s->height = 0;
}

/* A row that is too wide would wrap, and be two when it is erased. */
static const char *draw_row(struct screen *s, const char *row, size_t columns)
{
	const char *end = strchrnul(row, '\n'), *c = row;

	for (size_t n = 0; c < end && n < columns; n++)
		for (c++; c < end && ((unsigned char)*c & 0xc0) == 0x80;)
			c++;
	fprintf(s->out, "%.*s\n", (int)(c - row), row);
	return *end ? end + 1 : end;
}

static void draw(struct screen *s)
{
	size_t columns, rows;

	if (!s->table)
		return;
	size_of(s, &columns, &rows);
	for (const char *row = s->table; *row && s->height + 1 < rows;
	     s->height++)
		row = draw_row(s, row, columns);
	fflush(s->out);
}

void screen_init(struct screen *s, FILE *out)
{
	const char *term = getenv("TERM");

	*s = (struct screen){ .out = out,
			      .live = isatty(fileno(out)) && term &&
				      strcmp(term, "dumb") != 0 };
}

void screen_done(struct screen *s)
{
	free(s->table);
	*s = (struct screen){ .out = s->out };
}

void screen_line(struct screen *s, const char *line)
{
	erase(s);
	fprintf(s->out, "%s\n", line);
	draw(s);
	fflush(s->out);
}

void screen_table(struct screen *s, const char *text)
{
	if (!s->live || (s->table && !strcmp(s->table, text)))
		return;
	erase(s);
	free(s->table);
	s->table = xstrdup(text);
	draw(s);
}
