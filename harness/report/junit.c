#include "report/junit.h"

#include "report/failure.h"

#include "base/base.h"

#define JUNIT_MAX (64u << 20)

struct junit {
	struct buf cases;
	struct buf failure; /* the failing scenario's text, until its end */
	unsigned tests, failures, errors, skipped;
	long long ms;
};

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* XML 1.0 has no way to write most control characters: they become U+FFFD. */
static void add_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
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
		else if (c < 0x20)
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

static void add_outcome(struct junit *x, enum verdict v, const json_t *r)
{
	const char *tag = v == VERDICT_ERROR  ? "error"
			  : v == VERDICT_SKIP ? "skipped"
					      : "failure";

	x->skipped += v == VERDICT_SKIP;
	x->errors += v == VERDICT_ERROR;
	x->failures += v == VERDICT_FAIL || v == VERDICT_TIMEOUT;
	buf_addf(&x->cases, "    <%s", tag);
	if (v != VERDICT_SKIP)
		add_attr(&x->cases, "type", verdict_name(v));
	add_attr(&x->cases, "message", text_of(r, "reason"));
	buf_addc(&x->cases, '>');
	add_content(&x->cases, buf_str(&x->failure));
	buf_addf(&x->cases, "</%s>\n", tag);
}

static void add_case(struct junit *x, const json_t *r)
{
	const char *scn = text_of(r, "scn");
	const char *slash = strrchr(scn, '/');
	char *folder = slash ? xstrndup(scn, (size_t)(slash - scn))
			     : xstrdup("scenarios");
	long long ms = (long long)json_integer_value(json_object_get(r, "ms"));
	enum verdict v = VERDICT_ERROR;

	(void)verdict_parse(&v, text_of(r, "verdict"));
	x->tests++;
	x->ms += ms;
	buf_adds(&x->cases, "  <testcase");
	add_attr(&x->cases, "classname", folder);
	add_attr(&x->cases, "name", slash ? slash + 1 : scn);
	buf_addf(&x->cases, " time=\"%.3f\"", (double)ms / 1000);
	if (v == VERDICT_PASS) {
		buf_adds(&x->cases, "/>\n");
	} else {
		buf_adds(&x->cases, ">\n");
		add_outcome(x, v, r);
		buf_adds(&x->cases, "  </testcase>\n");
	}
	buf_clear(&x->failure);
	free(folder);
}

static void take_record(void *arg, const json_t *r)
{
	struct junit *x = arg;
	const char *ev = text_of(r, "ev");

	if (!strcmp(ev, "failure"))
		failure_print(&x->failure, r);
	else if (!strcmp(ev, "scenario.end"))
		add_case(x, r);
}

static bool write_xml(struct junit *x, const char *path, struct err *e)
{
	struct buf b = BUF_INIT(JUNIT_MAX);
	bool ok;

	buf_addf(&b,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<testsuites>\n<testsuite name=\"avsbed\" tests=\"%u\" "
		 "failures=\"%u\" errors=\"%u\" skipped=\"%u\" "
		 "time=\"%.3f\">\n",
		 x->tests, x->failures, x->errors, x->skipped,
		 (double)x->ms / 1000);
	buf_add(&b, buf_str(&x->cases), x->cases.len);
	buf_adds(&b, "</testsuite>\n</testsuites>\n");
	ok = buf_ok(&x->cases, "the JUnit report", e) &&
	     buf_ok(&b, "the JUnit report", e) &&
	     file_write_atomic(path, b.data, b.len, e);
	buf_done(&b);
	return ok;
}

bool junit_write(const char *journal, const char *path, struct err *e)
{
	struct junit x = { .cases = BUF_INIT(JUNIT_MAX),
			   .failure = BUF_INIT(1u << 20) };
	bool ok = journal_read(journal, take_record, &x, e) &&
		  write_xml(&x, path, e);

	buf_done(&x.cases);
	buf_done(&x.failure);
	return ok;
}
