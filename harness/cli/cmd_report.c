/*
 * report - all reports from one or several journals.
 */
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/publish.h"

#include "base/base.h"

struct options {
	const char *out;
	bool github;
};

static const struct option_spec options[] = {
	{ "out", OPTION_TEXT, "DIR",
	  "where to; beside a single journal if not given, else reports",
	  offsetof(struct options, out) },
	{ "github", OPTION_FLAG, NULL, "print annotations for GitHub too",
	  offsetof(struct options, github) },
	{ .name = NULL },
};

/* A folder stands for the journal that a run left in it. */
static char *journal_of(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return xasprintf("%s/journal.jsonl", path);
	return xstrdup(path);
}

static char *beside(const char *journal)
{
	const char *slash = strrchr(journal, '/');

	if (!slash)
		return xstrdup(".");
	return xstrndup(journal, (size_t)(slash - journal) + (slash == journal));
}

static bool report(const char **paths, const struct options *o,
		   struct err *e)
{
	CLEANUP(freep) char **journals = NULL;
	CLEANUP(freep) char *dir = NULL;
	size_t n = 0, cap = 0;
	bool ok;

	for (; paths[n]; n++) {
		size_t at = n;

		GROW(journals, at, cap);
		journals[n] = journal_of(paths[n]);
	}
	dir = o->out   ? xstrdup(o->out)
	      : n == 1 ? beside(journals[0])
		       : xstrdup("reports");
	ok = publish((const char *const *)journals, n, dir, o->github, e);
	if (ok)
		printf("%s/index.html\n", dir);
	for (size_t i = 0; i < n; i++)
		free(journals[i]);
	return ok;
}

static int report_main(const char *const *argv)
{
	CLEANUP(freep) const char **paths = NULL;
	struct options o = { 0 };
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_report, &o, argv, &paths, &code))
		return code;
	if (!paths[0]) {
		fputs("avsbed report: which journal? A run writes one by "
		      "--reports DIR or --journal FILE\n",
		      stderr);
		return EXIT_USAGE;
	}
	return report(paths, &o, &e) ? EXIT_OK : command_failed(&e);
}

const struct command command_report = {
	.name = "report",
	.args = "FOLDER|JOURNAL…",
	.help = "make the reports from journals; several are merged",
	.options = options,
	.main = report_main,
};
