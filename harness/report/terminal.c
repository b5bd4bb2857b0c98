#include "report/terminal.h"

#include "report/failure.h"

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

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static long long int_of(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
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

	(void)verdict_parse(&v, text_of(r, "verdict"));
	if (t->colour)
		fprintf(t->out, "\033[%sm", colour_of(v));
	fprintf(t->out, "%-8s", verdict_name(v));
	if (t->colour)
		fputs("\033[0m", t->out);
	fprintf(t->out, "%-48s %6lld ms", text_of(r, "scn"), int_of(r, "ms"));
	if (v == VERDICT_SKIP)
		fprintf(t->out, "   skipped, not passed: %s",
			text_of(r, "reason"));
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
		int_of(r, "passed"),
		int_of(r, "failed"));
	if (int_of(r, "errors"))
		fprintf(t->out, ", %lld not run to their end (harness errors)",
			int_of(r, "errors"));
	if (int_of(r, "skipped"))
		fprintf(t->out, ", %lld skipped", int_of(r, "skipped"));
	fprintf(t->out, " in %.1f s, seed %s\n",
		seconds, text_of(r, "seed"));
}

/* Records of --trace; they stand before the step that they belong to. */
static void print_trace(struct terminal *t, const json_t *r)
{
	const json_t *line;
	size_t i;

	fprintf(t->out, "          %s %s\n", text_of(r, "actor"),
		text_of(r, "tx"));
	json_array_foreach(json_object_get(r, "calls"), i, line)
		fprintf(t->out, "            %s\n", json_string_value(line));
}

static void print_rpc(struct terminal *t, const json_t *r)
{
	fprintf(t->out, "          %s asks %s %s\n            %s %s\n",
		text_of(r, "actor"), text_of(r, "method"), text_of(r, "asks"),
		json_is_true(json_object_get(r, "ok")) ? "=" : "✗",
		text_of(r, "gets"));
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

bool terminal_says(const struct terminal *t, const json_t *record)
{
	const char *ev = text_of(record, "ev");

	return !strcmp(ev, "scenario.end") || !strcmp(ev, "run.end") ||
	       !strcmp(ev, "note") || !strcmp(ev, "trace") ||
	       !strcmp(ev, "rpc") || (t->verbose && !strcmp(ev, "step.end"));
}

void terminal_record(void *arg, const json_t *record)
{
	struct terminal *t = arg;
	const char *ev = text_of(record, "ev");

	if (!strcmp(ev, "scenario.end"))
		print_verdict(t, record);
	else if (!strcmp(ev, "failure"))
		json_array_append_new(t->notes, json_deep_copy(record));
	else if (!strcmp(ev, "run.end"))
		print_end(t, record);
	else if (!strcmp(ev, "step.end") && t->verbose)
		fprintf(t->out, "  %-8s%s:%lld  %s\n",
			text_of(record, "verdict"), text_of(record, "file"),
			int_of(record, "line"), text_of(record, "text"));
	else if (!strcmp(ev, "trace"))
		print_trace(t, record);
	else if (!strcmp(ev, "rpc"))
		print_rpc(t, record);
	else if (!strcmp(ev, "note"))
		fprintf(t->out, "%s\n", text_of(record, "text"));
	fflush(t->out);
}
