#include "report/failure.h"

#include <limits.h>

#include "base/base.h"
#include "report/story.h"

#define ROWS_INDENT 8
#define EXPECTED_WIDE 48

void failure_row(struct failure *f, const char *what, const char *expected,
		 const char *actual, bool ok)
{
	if (f->rows_n == FAILURE_ROWS_MAX) {
		f->rows[FAILURE_ROWS_MAX - 1] = (struct failure_row){
			.what = "…", .expected = "", .actual = "more rows",
		};
		return;
	}
	f->rows[f->rows_n++] = (struct failure_row){
		.what = what, .expected = expected, .actual = actual, .ok = ok,
	};
}

void failure_line(struct failure_lines *l, const char *text)
{
	if (l->n < FAILURE_LINES_MAX)
		l->at[l->n] = text;
	l->n++;
}

static json_t *lines_json(const char *const *lines, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_said(lines[i]));
	return list;
}

static json_t *counted_json(const struct failure_lines *l)
{
	size_t here = l->n < FAILURE_LINES_MAX ? l->n : FAILURE_LINES_MAX;
	json_t *list = lines_json(l->at, here);
	CLEANUP(freep) char *rest = xasprintf("… and %zu more", l->n - here);

	if (l->n > here)
		json_array_append_new(list, json_string(rest));
	return list;
}

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text)
		json_object_set_new(o, key, json_said(text));
}

static void set_place(json_t *o, const struct failure_place *at)
{
	if (at->pos.line) {
		set_text(o, "file", at->pos.file);
		json_object_set_new(o, "line", json_integer(at->pos.line));
		json_object_set_new(o, "col", json_integer(at->pos.col));
	}
	json_object_set_new(o, "source", lines_json(at->source, at->source_n));
}

json_t *failure_json(const struct failure *f)
{
	json_t *o = json_object();
	json_t *rows = json_array();
	json_t *inside = json_array();

	set_text(o, "verdict", verdict_name(f->verdict));
	set_text(o, "step", f->step);
	set_place(o, &f->at);
	for (size_t i = 0; i < f->inside_n; i++) {
		json_t *place = json_object();

		set_place(place, &f->inside[i]);
		json_array_append_new(inside, place);
	}
	json_object_set_new(o, "inside", inside);
	json_object_set_new(o, "of", lines_json(f->of, f->of_n));
	set_text(o, "summary", f->summary);
	set_text(o, "reason", f->reason);
	for (size_t i = 0; i < f->rows_n; i++) {
		json_t *row = json_object();

		set_text(row, "what", f->rows[i].what);
		set_text(row, "expected", f->rows[i].expected);
		set_text(row, "actual", f->rows[i].actual);
		json_object_set_new(row, "ok", json_boolean(f->rows[i].ok));
		json_array_append_new(rows, row);
	}
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "trace", counted_json(&f->trace));
	json_object_set_new(o, "events", counted_json(&f->events));
	json_object_set_new(o, "state", counted_json(&f->state));
	json_object_set_new(o, "meanwhile", counted_json(&f->meanwhile));
	return o;
}

/* Columns a UTF-8 text takes, near enough for alignment: no wide characters. */
static size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void print_padded(struct buf *out, const char *s, size_t width)
{
	buf_adds(out, s);
	for (size_t n = columns(s); n < width; n++)
		buf_addc(out, ' ');
}

/* What is expected, and the way to the column of what is actual: that of a
 * text that is too wide stands below it. */
static void print_expected(struct buf *out, const char *s, size_t before,
			   size_t width)
{
	print_padded(out, s, width);
	if (columns(s) + 2 <= width)
		return;
	buf_addc(out, '\n');
	print_padded(out, "", before + width);
}

static void print_rows(struct buf *out, const json_t *rows)
{
	size_t what_w = 0, expected_w = strlen("expected"), i;
	const json_t *row;

	if (!json_array_size(rows))
		return;
	json_array_foreach(rows, i, row) {
		size_t w = columns(story_text(row, "what"));
		size_t x = columns(story_text(row, "expected"));

		what_w = w > what_w ? w : what_w;
		expected_w = x > expected_w && x <= EXPECTED_WIDE ? x : expected_w;
	}
	print_padded(out, "", ROWS_INDENT + what_w + 2);
	print_padded(out, "expected", expected_w + 2);
	buf_adds(out, "actual\n");
	json_array_foreach(rows, i, row) {
		print_padded(out, "", ROWS_INDENT);
		print_padded(out, story_text(row, "what"), what_w + 2);
		print_expected(out, story_text(row, "expected"),
			       ROWS_INDENT + what_w + 2, expected_w + 2);
		buf_adds(out, story_text(row, "actual"));
		if (!json_is_true(json_object_get(row, "ok")))
			buf_adds(out, "  ✗");
		buf_addc(out, '\n');
	}
}

static void print_source(struct buf *out, const json_t *place)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(place, "source"), i, line)
		buf_addf(out, "      %4lld | %s\n",
			 story_int(place, "line") + (long long)i,
			 json_string_value(line));
}

static void print_place(struct buf *out, const json_t *place)
{
	buf_addf(out, "%s:%lld:%lld", story_text(place, "file"),
		 story_int(place, "line"), story_int(place, "col"));
}

static void print_around(struct buf *out, const json_t *record)
{
	const json_t *x;
	size_t i;

	print_source(out, record);
	json_array_foreach(json_object_get(record, "inside"), i, x) {
		buf_adds(out, "      inside ");
		print_place(out, x);
		buf_addc(out, '\n');
		print_source(out, x);
	}
	json_array_foreach(json_object_get(record, "of"), i, x)
		buf_addf(out, "      of %s\n", json_string_value(x));
}

static void print_lines(struct buf *out, const char *head, const json_t *lines)
{
	size_t i;
	const json_t *line;

	json_array_foreach(lines, i, line)
		buf_addf(out, "      %-10s%s\n", i ? "" : head,
			 json_string_value(line));
}

/* GitHub obeys such a line of a job's output, blanks before it or not. */
static bool is_command(const char *line)
{
	line += strspn(line, " \t");
	return !strncmp(line, "::", 2) || !strncmp(line, "##[", 3);
}

/* What a process said last may be several lines. */
static void print_reason(struct buf *out, const char *reason)
{
	for (const char *end; *reason; reason = end + (*end == '\n')) {
		end = strchrnul(reason, '\n');
		buf_addf(out, "      %s%.*s\n", is_command(reason) ? "| " : "",
			 (int)(end - reason), reason);
	}
}

char *failure_repro(const char *program, const char *run)
{
	struct buf b = BUF_INIT(2 * PATH_MAX);
	char *text;

	buf_addsh(&b, program);
	buf_adds(&b, " repro ");
	buf_addsh(&b, run);
	text = xstrdup(buf_str(&b));
	buf_done(&b);
	return text;
}

/* Names of rows have brackets and blanks in them. */
void failure_again(struct buf *out, const json_t *record, const char *repro)
{
	const char *step = story_text(record, "step");

	buf_addf(out, "%s:", repro);
	buf_addsh(out, story_text(record, "scn"));
	if (*step)
		buf_addf(out, ":%s", step);
	if (*story_text(record, "seed"))
		buf_addf(out, " --seed %s", story_text(record, "seed"));
}

static void print(struct buf *out, const json_t *record, const char *repro)
{
	const char *verdict = story_text(record, "verdict");

	for (const char *p = verdict; *p; p++)
		buf_addc(out, (char)(*p - 'a' + 'A'));
	buf_addf(out, "  %s", story_text(record, "scn"));
	if (*story_text(record, "step"))
		buf_addf(out, "   step %s", story_text(record, "step"));
	if (*story_text(record, "seed"))
		buf_addf(out, ", seed %s", story_text(record, "seed"));
	if (story_int(record, "line")) {
		buf_adds(out, ", ");
		print_place(out, record);
	}
	buf_addc(out, '\n');
	print_around(out, record);
	if (*story_text(record, "summary"))
		buf_addf(out, "      %s\n", story_text(record, "summary"));
	print_reason(out, story_text(record, "reason"));
	print_rows(out, json_object_get(record, "rows"));
	print_lines(out, "trace", json_object_get(record, "trace"));
	print_lines(out, "events", json_object_get(record, "events"));
	print_lines(out, "changed", json_object_get(record, "state"));
	print_lines(out, "meanwhile", json_object_get(record, "meanwhile"));
	if (!repro)
		return;
	buf_adds(out, "      again:    ");
	failure_again(out, record, repro);
	buf_addc(out, '\n');
}

/* An operator that is tried must not paint over what is said of it. */
void failure_print(struct buf *out, const json_t *record, const char *repro)
{
	size_t before = out->len;

	print(out, record, repro);
	if (out->len > before)
		story_plain((char *)out->data + before);
}
