#include "scenario/diag.h"

#include "report/github.h"

#include "base/base.h"

void diags_init(struct diags *d)
{
	*d = (struct diags){ .arena = arena_new() };
}

void diags_done(struct diags *d)
{
	free(d->items);
	arena_free(d->arena);
	*d = (struct diags){ .arena = NULL };
}

void diags_unread(struct diags *d, const char *text)
{
	if (*text)
		d->unread = arena_printf(d->arena, "%s%s\n",
					 d->unread ? d->unread : "", text);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* Whether a word of @text is one of @of. */
static bool shares_word(const char *of, const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n + 1) {
		for (n = 0; i + n < len && is_word(text[i + n]);)
			n++;
		for (const char *s = of; n && is_letter(text[i]) && *s;) {
			const char *from = s;

			while (is_word(*s))
				s++;
			if ((size_t)(s - from) == n &&
			    !memcmp(from, text + i, n))
				return true;
			s += *s != 0;
		}
	}
	return false;
}

static bool about_unread(const struct diags *d, struct src_pos pos,
			 uint32_t width, const char *line, const char *text)
{
	const char *at = strchr(text, '`'), *end;
	size_t len = line ? strlen(line) : 0, from = pos.col ? pos.col - 1 : 0;

	if (!d->unread)
		return false;
	for (; at && (end = strchr(at + 1, '`')); at = strchr(end + 1, '`'))
		if (shares_word(d->unread, at + 1, (size_t)(end - at) - 1))
			return true;
	if (from >= len)
		return false;
	len -= from;
	return shares_word(d->unread, line + from, width < len ? width : len);
}

void diag_add(struct diags *d, struct src_pos pos, uint32_t width,
	      const char *line, const char *nearest, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (about_unread(d, pos, width, line, text))
		return;
	if (d->n == DIAGS_MAX) {
		d->dropped++;
		return;
	}
	GROW(d->items, d->n, d->cap);
	pos.file = arena_strdup(d->arena, pos.file ? pos.file : "");
	d->items[d->n++] = (struct diag){
		.pos = pos,
		.width = width,
		.text = arena_strdup(d->arena, text),
		.nearest = nearest ? arena_strdup(d->arena, nearest) : NULL,
		.line = line ? arena_strdup(d->arena, line) : NULL,
		.behind = d->behind,
	};
}

static int by_place(const void *a, const void *b)
{
	const struct diag *x = a, *y = b;
	int c = strcmp(x->pos.file, y->pos.file);

	if (x->behind != y->behind)
		return x->behind ? 1 : -1;
	if (c)
		return c;
	if (x->pos.line != y->pos.line)
		return x->pos.line < y->pos.line ? -1 : 1;
	if (x->pos.col != y->pos.col)
		return x->pos.col < y->pos.col ? -1 : 1;
	return strcmp(x->text, y->text);
}

void diags_sort(struct diags *d)
{
	size_t kept = 0;

	if (d->n)
		qsort(d->items, d->n, sizeof(*d->items), by_place);
	for (size_t i = 0; i < d->n; i++)
		if (!kept || by_place(&d->items[kept - 1], &d->items[i]))
			d->items[kept++] = d->items[i];
	d->n = kept;
}

/* A line longer than this is not worth showing. */
#define LINE_SHOWN_MAX 240

static void format_one(struct buf *out, const struct diag *x)
{
	buf_adds(out, x->pos.file);
	if (x->pos.line)
		buf_addf(out, ":%u:%u", x->pos.line, x->pos.col);
	buf_addf(out, ": %s\n", x->text);
	if (!x->line || !x->pos.line || !x->width ||
	    strlen(x->line) > LINE_SHOWN_MAX) {
		if (x->nearest)
			buf_addf(out, "     | nearest: %s\n", x->nearest);
		return;
	}
	buf_addf(out, "%4u | %s\n     | ", x->pos.line, x->line);
	for (uint32_t i = 1; i < x->pos.col; i++)
		buf_addc(out, ' ');
	for (uint32_t i = 0; i < x->width; i++)
		buf_addc(out, '^');
	if (x->nearest)
		buf_addf(out, " nearest: %s", x->nearest);
	buf_addc(out, '\n');
}

static bool is_first_of_file(const struct diags *d, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(d->items[i].pos.file, d->items[at].pos.file))
			return false;
	return true;
}

void diags_format(struct buf *out, const struct diags *d)
{
	size_t files = 0, n = d->n + d->dropped;

	if (!n)
		return;
	for (size_t i = 0; i < d->n; i++) {
		format_one(out, &d->items[i]);
		files += is_first_of_file(d, i);
	}
	if (d->dropped)
		buf_addf(out, "… and %zu more\n", d->dropped);
	buf_addf(out, "%zu error%s in %zu file%s; nothing was started\n", n,
		 n == 1 ? "" : "s", files, files == 1 ? "" : "s");
}

static void json_member(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, ",\"%s\":", key);
	buf_addjson(out, text, strlen(text));
}

void diags_json(struct buf *out, const struct diags *d)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *x = &d->items[i];

		buf_adds(out, i ? ",\n{\"file\":" : "\n{\"file\":");
		buf_addjson(out, x->pos.file, strlen(x->pos.file));
		buf_addf(out, ",\"line\":%u,\"column\":%u,\"width\":%u",
			 x->pos.line, x->pos.col, x->width);
		json_member(out, "text", x->text);
		if (x->nearest)
			json_member(out, "nearest", x->nearest);
		buf_addc(out, '}');
	}
	buf_adds(out, d->n ? "\n]\n" : "]\n");
}

void diags_github(struct buf *out, const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *x = &d->items[i];

		buf_adds(out, "::error file=");
		github_escape(out, x->pos.file, true);
		buf_addf(out, ",line=%u,col=%u::", x->pos.line, x->pos.col);
		github_escape(out, x->text, false);
		if (x->nearest) {
			buf_adds(out, " (nearest: ");
			github_escape(out, x->nearest, false);
			buf_addc(out, ')');
		}
		buf_addc(out, '\n');
	}
}
