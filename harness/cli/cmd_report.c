/*
 * report - all reports from the journal of a run, or of several.
 */
#include <errno.h>

#include "cli/commands.h"
#include "cli/publish.h"
#include "cli/target.h"
#include "report/failure.h"

#include "base/base.h"

struct options {
	const char *out;
	bool github;
};

static const struct option_spec options[] = {
	{ "out", OPTION_TEXT, "DIR",
	  "where to; beside the journal if not given; of several, reports",
	  offsetof(struct options, out) },
	{ "github", OPTION_FLAG, NULL, "print annotations for GitHub too",
	  offsetof(struct options, github) },
	{ .name = NULL },
};

static char *beside(const char *journal)
{
	const char *slash = strrchr(journal, '/');

	if (!slash)
		return xstrdup(".");
	return xstrndup(journal, (size_t)(slash - journal) + (slash == journal));
}

static bool report(const char *const *runs, const char *dir, bool github,
		   struct err *e)
{
	CLEANUP(freep) char *repro =
		failure_repro(program_invocation_name, dir);
	CLEANUP(freep) char **journals = NULL;
	size_t n = 0, cap = 0;
	bool ok;

	for (; runs[n]; n++) {
		size_t at = n;

		GROW(journals, at, cap);
		journals[n] = target_journal(runs[n]);
	}
	ok = publish((const char *const *)journals, n, dir, repro, github, e);
	if (ok)
		printf("%s/index.html\n", dir);
	for (size_t i = 0; i < n; i++)
		free(journals[i]);
	return ok;
}

static char *out_folder(const char *const *runs, const struct options *o)
{
	CLEANUP(freep) char *journal = NULL;

	if (o->out)
		return xstrdup(o->out);
	if (runs[1])
		return xstrdup("reports");
	journal = target_journal(runs[0]);
	return beside(journal);
}

static int report_main(const char *const *argv)
{
	CLEANUP(freep) const char **rest = NULL;
	CLEANUP(freep) char *dir = NULL;
	const char *const *runs;
	struct options o = { 0 };
	struct err e = ERR_INIT;
	bool merge;
	int code;

	if (!command_options(&command_report, &o, argv, &rest, &code))
		return code;
	merge = rest[0] && !strcmp(rest[0], "merge");
	runs = rest + merge;
	if (!runs[0]) {
		fputs("avsbed report: of which run? A run leaves its journal "
		      "where --reports DIR or --journal FILE says\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (runs[1] && !merge) {
		fputs("avsbed report: several runs become one by `avsbed "
		      "report merge RUN…`\n",
		      stderr);
		return EXIT_USAGE;
	}
	dir = out_folder(runs, &o);
	return report(runs, dir, o.github, &e) ? EXIT_OK : command_failed(&e);
}

const struct command command_report = {
	.name = "report",
	.args = "RUN | merge RUN…",
	.help = "make the reports of a run, or of several as of one",
	.more = "RUN is a folder of reports or a journal. index.html, junit.xml, summary.md and, of\n"
		"several runs, journal.jsonl with all of them. Where GITHUB_ACTIONS is set,\n"
		"annotations are printed; where GITHUB_STEP_SUMMARY is, the summary is added to it.\n",
	.options = options,
	.main = report_main,
};
