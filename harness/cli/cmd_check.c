/*
 * check - everything that is wrong in scenario files, before anything starts.
 */
#include "cli/commands.h"
#include "cli/plan.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)

struct options {
	bool json, github;
};

static const struct option_spec options[] = {
	{ "json", OPTION_FLAG, NULL, "findings as a JSON array",
	  offsetof(struct options, json) },
	{ "github", OPTION_FLAG, NULL, "findings as GitHub annotations",
	  offsetof(struct options, github) },
	{ .name = NULL },
};

static int print_findings(void *arg, struct session *s, const struct plan *p)
{
	const struct options *o = arg;
	struct buf b = BUF_INIT(OUTPUT_MAX);

	(void)s;
	if (o->json)
		diags_json(&b, &p->diags);
	else if (o->github)
		diags_github(&b, &p->diags);
	else
		diags_format(&b, &p->diags);
	fputs(buf_str(&b), stdout);
	buf_done(&b);
	if (p->diags.n)
		return EXIT_USAGE;
	if (!o->json && !o->github)
		printf("%zu scenario%s checked, nothing wrong\n", p->n,
		       p->n == 1 ? "" : "s");
	return EXIT_OK;
}

static int check_main(const char *const *argv)
{
	CLEANUP(freep) const char **paths = NULL;
	struct options o = { 0 };
	int code;

	if (!command_options(&command_check, &o, argv, &paths, &code))
		return code;
	return plan_command(paths, NULL, print_findings, &o);
}

const struct command command_check = {
	.name = "check",
	.args = "[FILE|FOLDER…]",
	.help = "find everything wrong in scenario files; starts nothing",
	.more = "Each finding has its file, line and column, the line itself, and the nearest name\n"
		"that would do. All of scenarios/ if nothing is named. Exit code 64 if there are any.\n",
	.options = options,
	.main = check_main,
};
