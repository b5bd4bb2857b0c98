#include "report/junit.h"

#include "report/failure.h"

#include "base/base.h"

#define JUNIT_MAX (64u << 20)
#define FAILURE_MAX (1u << 20)

/* U+FFFE and U+FFFF. */
static bool is_no_character(const char *s)
{
	return !strncmp(s, "\xef\xbf\xbe", 3) ||
	       !strncmp(s, "\xef\xbf\xbf", 3);
}

/*
 * XML 1.0 has no way to write those, nor most control characters: they become
 * U+FFFD.
 */
static void add_escaped(struct buf *b, const char *s)
{
	for (; *s; s += is_no_character(s) ? 3 : 1) {
		unsigned char c = (unsigned char)*s;

		if (c == '<')
			buf_adds(b, "&lt;");
		else if (c == '>')
			buf_adds(b, "&gt;");
		else if (c == '&')
			buf_adds(b, "&amp;");
		else if (c == '"')
			buf_adds(b, "&quot;");
		else if (c == '\n' || c == '\t')
			buf_addf(b, "&#%u;", c);
		else if (c < 0x20 || is_no_character(s))
			buf_adds(b, "\xef\xbf\xbd");
		else
			buf_addc(b, (char)c);
	}
}

/* As text content, where line ends stay line ends. */
static void add_content(struct buf *b, const char *s)
{
	for (const char *end; *s; s = end) {
		char *line;

		end = strchrnul(s, '\n');
		line = xstrndup(s, (size_t)(end - s));
		add_escaped(b, line);
		free(line);
		if (*end) {
			buf_addc(b, '\n');
			end++;
		}
	}
}

static void add_attr(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, " %s=\"", name);
	add_escaped(b, value);
	buf_addc(b, '"');
}

/* What the terminal showed of its failures. */
static void add_failures(struct buf *b, const struct story *s,
			 const struct story_scenario *x)
{
	struct buf text = BUF_INIT(FAILURE_MAX);
	const json_t *r;
	size_t i;

	json_array_foreach(x->failures ? story_records(x) : NULL, i, r)
		if (!strcmp(story_text(r, "ev"), "failure"))
			failure_print(&text, r, s->repro);
	add_content(b, buf_str(&text));
	buf_done(&text);
}

static void add_outcome(struct buf *b, const struct story *s,
			const struct story_scenario *x)
{
	const char *tag = x->verdict == VERDICT_ERROR  ? "error"
			  : x->verdict == VERDICT_SKIP ? "skipped"
						       : "failure";

	buf_addf(b, "    <%s", tag);
	if (x->verdict != VERDICT_SKIP)
		add_attr(b, "type", verdict_name(x->verdict));
	add_attr(b, "message", x->reason);
	buf_addc(b, '>');
	add_failures(b, s, x);
	buf_addf(b, "</%s>\n", tag);
}

/* How it failed that had to. */
static void add_said(struct buf *b, const char *text)
{
	buf_adds(b, "    <system-out>");
	add_content(b, text);
	buf_adds(b, "</system-out>\n");
}

static void add_case(struct buf *b, const struct story *s,
		     const struct story_scenario *x)
{
	CLEANUP(freep) char *key = story_key(x);
	const char *slash = strrchr(key, '/');
	CLEANUP(freep) char *folder =
		slash ? xstrndup(key, (size_t)(slash - key))
		      : xstrdup("scenarios");

	buf_adds(b, "  <testcase");
	add_attr(b, "classname", folder);
	add_attr(b, "name", slash ? slash + 1 : key);
	buf_addf(b, " time=\"%.3f\"", (double)x->ms / 1000);
	if (x->verdict == VERDICT_PASS && !*x->reason) {
		buf_adds(b, "/>\n");
		return;
	}
	buf_adds(b, ">\n");
	if (x->verdict == VERDICT_PASS)
		add_said(b, x->reason);
	else
		add_outcome(b, s, x);
	buf_adds(b, "  </testcase>\n");
}

static void add_suite(struct buf *b, const struct story *s)
{
	long long ms = 0;

	for (size_t i = 0; i < s->n; i++)
		ms += s->scenarios[i].ms;
	buf_addf(b,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<testsuites>\n<testsuite name=\"avsbed\" tests=\"%zu\" "
		 "failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
		 "time=\"%.3f\">\n",
		 s->n, s->count[VERDICT_FAIL] + s->count[VERDICT_TIMEOUT],
		 s->count[VERDICT_ERROR], s->count[VERDICT_SKIP],
		 (double)ms / 1000);
	for (size_t i = 0; i < s->n; i++)
		add_case(b, s, &s->scenarios[i]);
	buf_adds(b, "</testsuite>\n</testsuites>\n");
}

bool junit_write(const struct story *s, const char *path, struct err *e)
{
	struct buf b = BUF_INIT(JUNIT_MAX);
	bool ok;

	add_suite(&b, s);
	ok = buf_ok(&b, "the JUnit report", e) &&
	     file_write_atomic(path, b.data, b.len, e);
	buf_done(&b);
	return ok;
}
