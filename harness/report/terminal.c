#include "report/terminal.h"

#include "report/failure.h"
#include "report/story.h"

#include "base/base.h"

#define TEXT_MAX (1u << 20)

void terminal_init(struct terminal *t, FILE *out, bool verbose,
		   const char *repro)
{
	const char *no_color = getenv("NO_COLOR");

	*t = (struct terminal){
		.out = out,
		.colour = isatty(fileno(out)) && (!no_color || !*no_color),
		.verbose = verbose,
		.repro = repro,
		.notes = json_array(),
	};
}

void terminal_done(struct terminal *t)
{
	json_decref(t->notes);
	t->notes = NULL;
}

/* As printf(); names and texts may be anybody's. */
PRINTF_LIKE(2, 3)
static void say(struct terminal *t, const char *fmt, ...)
{
	CLEANUP(freep) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	ASSERT(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	story_plain(text);
	fputs(text, t->out);
}

static const char *colour_of(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
		return "32";
	case VERDICT_SKIP:
		return "33";
	case VERDICT_FAIL:
	case VERDICT_TIMEOUT:
	case VERDICT_ERROR:
	case VERDICT__COUNT:
		break;
	}
	return "31";
}

static void print_verdict(struct terminal *t, const json_t *r)
{
	enum verdict v = VERDICT_ERROR;

	(void)verdict_parse(&v, story_text(r, "verdict"));
	if (t->colour)
		fprintf(t->out, "\033[%sm", colour_of(v));
	fprintf(t->out, "%-8s", verdict_name(v));
	if (t->colour)
		fputs("\033[0m", t->out);
	say(t, "%-48s %6lld ms", story_text(r, "scn"), story_int(r, "ms"));
	if (*story_text(r, "seed"))
		say(t, "   seed %s", story_text(r, "seed"));
	if (v == VERDICT_SKIP)
		say(t, "   skipped, not passed: %s", story_text(r, "reason"));
	else if (v == VERDICT_PASS && *story_text(r, "reason"))
		say(t, "   %s", story_text(r, "reason"));
	fputc('\n', t->out);
}

static void print_failure(struct terminal *t, const json_t *r)
{
	struct buf b = BUF_INIT(TEXT_MAX);

	failure_print(&b, r, t->repro);
	fputs(buf_str(&b), t->out);
	buf_done(&b);
}

static void print_end(struct terminal *t, const json_t *r)
{
	json_int_t ms = json_integer_value(json_object_get(r, "ms"));
	double seconds = (double)ms / 1000;
	const json_t *note;
	size_t i;

	json_array_foreach(t->notes, i, note) {
		fputc('\n', t->out);
		print_failure(t, note);
	}
	fprintf(t->out, "\nscenarios: %lld passed, %lld failed",
		story_int(r, "passed"), story_int(r, "failed"));
	if (story_int(r, "errors"))
		fprintf(t->out, ", %lld not run to their end (harness errors)",
			story_int(r, "errors"));
	if (story_int(r, "skipped"))
		fprintf(t->out, ", %lld skipped", story_int(r, "skipped"));
	if (story_int(r, "unplayed"))
		fprintf(t->out, ", %lld not played", story_int(r, "unplayed"));
	fprintf(t->out, " in %.1f s, seed %s\n", seconds,
		story_text(r, "seed"));
}

/* Records of --trace; they stand before the step that they belong to. */
static void print_trace(struct terminal *t, const json_t *r)
{
	const json_t *line;
	size_t i;

	say(t, "          %s %s\n", story_text(r, "actor"), story_text(r, "tx"));
	json_array_foreach(json_object_get(r, "calls"), i, line)
		say(t, "            %s\n", json_string_value(line));
}

static void print_rpc(struct terminal *t, const json_t *r)
{
	say(t, "          %s asks %s %s\n            %s %s\n",
	    story_text(r, "actor"), story_text(r, "method"),
	    story_text(r, "asks"),
	    json_is_true(json_object_get(r, "ok")) ? "=" : "✗",
	    story_text(r, "gets"));
}

void terminal_colour(const struct terminal *t, struct buf *out, enum verdict v)
{
	if (t->colour)
		buf_addf(out, "\033[%sm", colour_of(v));
}

void terminal_plain(const struct terminal *t, struct buf *out)
{
	if (t->colour)
		buf_adds(out, "\033[0m");
}

bool terminal_wants(const struct terminal *t, const char *kind)
{
	return !strcmp(kind, "scenario.end") || !strcmp(kind, "failure") ||
	       !strcmp(kind, "run.end") || !strcmp(kind, "note") ||
	       !strcmp(kind, "trace") || !strcmp(kind, "rpc") ||
	       (t->verbose && !strcmp(kind, "step.end"));
}

bool terminal_says(const struct terminal *t, const json_t *record)
{
	const char *ev = story_text(record, "ev");

	/* Those are said at the end. */
	return strcmp(ev, "failure") != 0 && terminal_wants(t, ev);
}

void terminal_record(void *arg, const json_t *record)
{
	struct terminal *t = arg;
	const char *ev = story_text(record, "ev");

	if (!strcmp(ev, "scenario.end"))
		print_verdict(t, record);
	else if (!strcmp(ev, "failure"))
		json_array_append_new(t->notes, json_deep_copy(record));
	else if (!strcmp(ev, "run.end"))
		print_end(t, record);
	else if (!strcmp(ev, "step.end") && t->verbose)
		say(t, "  %-8s%s:%lld  %s\n", story_text(record, "verdict"),
		    story_text(record, "file"), story_int(record, "line"),
		    story_text(record, "text"));
	else if (!strcmp(ev, "trace"))
		print_trace(t, record);
	else if (!strcmp(ev, "rpc"))
		print_rpc(t, record);
	else if (!strcmp(ev, "note"))
		say(t, "%s\n", story_text(record, "text"));
	fflush(t->out);
}
