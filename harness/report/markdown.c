#include "report/markdown.h"

#include "report/failure.h"

#include "base/base.h"

#define MARKDOWN_MAX (1000u << 10)
#define TOLD_MAX 40 /* failures in full */
#define CELL_MAX 300 /* of a cell, or a line */

/* Text as text: what Markdown or HTML would take for markup is escaped, lines
 * become one. */
static void add_text(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			buf_addc(b, ' ');
		else if (c == '<')
			buf_adds(b, "&lt;");
		else if (c == '>')
			buf_adds(b, "&gt;");
		else if (c == '&')
			buf_adds(b, "&amp;");
		else if (strchr("\\`*_{}[]()#+-.!|~@:", c))
			buf_addf(b, "&#%u;", c);
		else
			buf_addc(b, (char)c);
	}
}

static void add_cell(struct buf *b, const char *s)
{
	size_t n = strlen(s), at = CELL_MAX;
	CLEANUP(freep) char *cut = NULL;

	if (n <= at) {
		add_text(b, s);
		return;
	}
	while (at && ((unsigned char)s[at] & 0xc0) == 0x80)
		at--;
	cut = xstrndup(s, at);
	add_text(b, cut);
	buf_adds(b, "…");
}

static void add_rows(struct buf *b, const json_t *rows)
{
	const json_t *row;
	size_t i;

	if (!json_array_size(rows))
		return;
	buf_adds(b, "| | expected | actual | |\n|---|---|---|---|\n");
	json_array_foreach(rows, i, row) {
		buf_adds(b, "| ");
		add_cell(b, story_text(row, "what"));
		buf_adds(b, " | ");
		add_cell(b, story_text(row, "expected"));
		buf_adds(b, " | ");
		add_cell(b, story_text(row, "actual"));
		buf_adds(b, json_is_true(json_object_get(row, "ok"))
				    ? " | |\n"
				    : " | ✗ |\n");
	}
	buf_addc(b, '\n');
}

/* @first: the number of the first, or 0: they have none. */
static void add_lines(struct buf *b, const json_t *lines, long long first)
{
	const json_t *line;
	size_t i;

	if (!json_array_size(lines))
		return;
	/* <pre> ends only by its end tag, which escaping takes away. */
	buf_adds(b, "<pre>");
	json_array_foreach(lines, i, line) {
		const char *text = json_string_value(line);

		if (first)
			buf_addf(b, "%4lld ", first + (long long)i);
		/* An empty line would end the block of HTML. */
		add_cell(b, text && *text ? text : " ");
		buf_addc(b, '\n');
	}
	buf_adds(b, "</pre>\n\n");
}

static void add_again(struct buf *b, const json_t *f, const char *repro)
{
	struct buf command = BUF_INIT(4096);

	failure_again(&command, f, repro);
	buf_adds(b, "Again: <code>");
	add_text(b, buf_str(&command));
	buf_adds(b, "</code>\n\n");
	buf_done(&command);
}

static void add_failure(struct buf *b, const json_t *f, const char *repro)
{
	const json_t *place;
	size_t i;

	add_text(b, story_text(f, "reason"));
	if (story_int(f, "line")) {
		buf_adds(b, " (");
		add_text(b, story_text(f, "file"));
		buf_addf(b, ":%lld", story_int(f, "line"));
		json_array_foreach(json_object_get(f, "inside"), i, place) {
			buf_adds(b, ", inside ");
			add_text(b, story_text(place, "file"));
			buf_addf(b, ":%lld", story_int(place, "line"));
		}
		buf_addc(b, ')');
	}
	buf_adds(b, "\n\n");
	if (*story_text(f, "summary")) {
		add_text(b, story_text(f, "summary"));
		buf_adds(b, "\n\n");
	}
	add_rows(b, json_object_get(f, "rows"));
	add_lines(b, json_object_get(f, "source"), story_int(f, "line"));
	json_array_foreach(json_object_get(f, "inside"), i, place)
		add_lines(b, json_object_get(place, "source"),
			  story_int(place, "line"));
	add_lines(b, json_object_get(f, "trace"), 0);
	if (repro)
		add_again(b, f, repro);
}

static void add_scenario(struct buf *b, const struct story *s,
			 const struct story_scenario *x)
{
	const json_t *r;
	size_t i;

	buf_addf(b, "### %s: ", verdict_name(x->verdict));
	add_text(b, x->id);
	buf_adds(b, "\n\n");
	if (!x->failures) {
		add_text(b, x->reason);
		buf_adds(b, "\n\n");
	}
	json_array_foreach(x->failures ? story_records(x) : NULL, i, r)
		if (!strcmp(story_text(r, "ev"), "failure"))
			add_failure(b, r, s->repro);
}

static void add_failures(struct buf *b, const struct story *s,
			 const size_t *order)
{
	size_t told = 0, more = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!story_is_wrong(&s->scenarios[order[i]]))
			continue;
		if (told < TOLD_MAX && b->len < MARKDOWN_MAX / 3) {
			add_scenario(b, s, &s->scenarios[order[i]]);
			told++;
		} else {
			more++;
		}
	}
	if (more)
		buf_addf(b, "… and %zu more; the HTML report has them all\n\n",
			 more);
}

/* Those of a verdict that have something to say, a line each. */
static void add_list(struct buf *b, const struct story *s, enum verdict v,
		     const char *title)
{
	bool any = false;

	for (size_t i = 0; i < s->n && b->len < MARKDOWN_MAX * 3 / 4; i++) {
		const struct story_scenario *x = &s->scenarios[i];

		if (x->verdict != v || !*x->reason)
			continue;
		if (!any)
			buf_addf(b, "### %s\n\n", title);
		any = true;
		buf_adds(b, "* ");
		add_text(b, x->id);
		buf_adds(b, ": ");
		add_text(b, x->reason);
		buf_addc(b, '\n');
	}
	if (any)
		buf_addc(b, '\n');
}

void markdown_add(struct buf *out, const struct story *s)
{
	CLEANUP(freep) size_t *order = story_order(s);

	buf_adds(out, "## avsbed\n\n"
		      "| passed | failed | timed out | error | skipped | time |"
		      "\n|---|---|---|---|---|---|\n");
	buf_addf(out, "| %zu | %zu | %zu | %zu | %zu | %.1f s |\n\n",
		 s->count[VERDICT_PASS], s->count[VERDICT_FAIL],
		 s->count[VERDICT_TIMEOUT], s->count[VERDICT_ERROR],
		 s->count[VERDICT_SKIP], (double)s->ms / 1000);
	add_failures(out, s, order);
	add_list(out, s, VERDICT_SKIP, "skipped, not passed");
	add_list(out, s, VERDICT_PASS, "passed, since they failed as they must");
}

bool markdown_write(const struct story *s, const char *path, struct err *e)
{
	struct buf b = BUF_INIT(MARKDOWN_MAX);
	bool ok;

	markdown_add(&b, s);
	ok = buf_ok(&b, "the Markdown summary", e) &&
	     file_write_atomic(path, b.data, b.len, e);
	buf_done(&b);
	return ok;
}
