/*
 * explain - what failed in a scenario of a run, and what was slashed in it:
 * from the journal alone.
 */
#include <errno.h>

#include "cli/commands.h"
#include "cli/target.h"
#include "report/failure.h"
#include "report/place.h"
#include "report/slash.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)

static const struct option_spec options[] = { { .name = NULL } };

static size_t add_failures(struct buf *out, const struct story_scenario *s,
			   const char *run)
{
	CLEANUP(freep) char *repro =
		failure_repro(program_invocation_name, run);
	const json_t *r;
	size_t i, n = 0;

	json_array_foreach(story_records(s), i, r) {
		if (strcmp(story_text(r, "ev"), "failure") != 0)
			continue;
		failure_print(out, r, repro);
		buf_addc(out, '\n');
		n++;
	}
	return n;
}

static void explain(struct buf *out, const struct story_scenario *s,
		    const struct target *t)
{
	size_t slashes = slash_explain(out, s, t->step);
	size_t failures = t->step ? 0 : add_failures(out, s, t->run);

	if (slashes || failures)
		return;
	buf_addf(out, "%s: %s", s->id, verdict_name(s->verdict));
	if (*s->reason)
		buf_addf(out, ", %s", s->reason);
	buf_addf(out, "; nothing was slashed in %s%s\n",
		 t->step ? "step " : "it", t->step ? t->step : "");
}

static int run(const struct target *t)
{
	const char *journal = t->journal;
	struct buf b = BUF_INIT(OUTPUT_MAX);
	const struct story_scenario *s;
	struct place at;
	struct story story;
	struct err e = ERR_INIT;
	int code = EXIT_OK;

	if (!story_read(&story, &journal, 1, &e)) {
		command_failed(&e);
		return EXIT_USAGE;
	}
	if (place_scenario(&s, &story, t->scenario, NULL, &e) &&
	    (!t->step || place_find(&at, s, t->step, &e))) {
		explain(&b, s, t);
		fputs(buf_str(&b), stdout);
	} else {
		command_failed(&e);
		code = EXIT_USAGE;
	}
	buf_done(&b);
	story_done(&story);
	return code;
}

static int explain_main(const char *const *argv)
{
	CLEANUP(freep) const char **rest = NULL;
	struct target t;
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_explain, NULL, argv, &rest, &code))
		return code;
	if (!rest[0] || rest[1]) {
		fputs("avsbed explain: which run and scenario? Wanted is "
		      "RUN:SCENARIO or RUN:SCENARIO:STEP\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (!target_parse(&t, rest[0], &e)) {
		command_failed(&e);
		return EXIT_USAGE;
	}
	code = run(&t);
	target_done(&t);
	return code;
}

const struct command command_explain = {
	.name = "explain",
	.args = "RUN[:SCENARIO[:STEP]]",
	.help = "what failed, and each slash from allocation to who is poorer",
	.more = "RUN is a folder of reports or a journal. Of each slash: who had allocated what and\n"
		"when it took effect, magnitudes and shares before and after it beside the rule that\n"
		"they follow from, pending changes, withdrawals in the queue, who is poorer by how\n"
		"much and why, and where that goes. All of it from the journal; nothing is started.\n",
	.options = options,
	.main = explain_main,
};
