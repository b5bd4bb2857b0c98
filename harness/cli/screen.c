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

/* Since it was drawn the terminal may have become narrower: what is too wide
 * for it now stands on several rows. */
static void erase(struct screen *s)
{
	size_t columns, rows, up = 0;

	size_of(s, &columns, &rows);
	for (size_t i = 0; i < s->height; i++)
		up += s->widths[i] ? (s->widths[i] + columns - 1) / columns : 1;
	if (up)
		fprintf(s->out, "\033[%zuA\r\033[J", up < rows ? up : rows - 1);
	s->height = 0;
}

/* Bytes of an SGR sequence, or 0. */
static size_t colour_len(const char *s)
{
	size_t n = 2;

	if (s[0] != '\033' || s[1] != '[')
		return 0;
	n += strspn(s + n, "0123456789;");
	return s[n] == 'm' ? n + 1 : 0;
}

/* A row that is too wide would wrap, and be two when it is erased. */
static const char *draw_row(struct screen *s, const char *row, size_t columns)
{
	const char *end = strchrnul(row, '\n'), *c = row;
	bool coloured = false;
	size_t n = 0;

	while (c < end && n < columns) {
		size_t skip = colour_len(c);

		c += skip ? skip : 1;
		coloured |= skip != 0;
		n += skip == 0;
		while (!skip && c < end && ((unsigned char)*c & 0xc0) == 0x80)
			c++;
	}
	fprintf(s->out, "%.*s%s\n", (int)(c - row), row,
		coloured ? "\033[0m" : "");
	GROW(s->widths, s->height, s->widths_cap);
	s->widths[s->height] = n;
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
	free(s->widths);
	*s = (struct screen){ .out = s->out };
}

void screen_line(struct screen *s, const char *line)
{
	erase(s);
	fprintf(s->out, "%s\n", line);
	draw(s);
	fflush(s->out);
}

void screen_clear(struct screen *s)
{
	erase(s);
	free(s->table);
	s->table = NULL;
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
