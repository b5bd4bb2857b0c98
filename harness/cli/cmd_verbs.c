/*
 * cmd_verbs - `avsbed verbs`: the language's verbs as docs/verbs.md has them.
 */
#include "cli/commands.h"

#include "scenario/reference.h"

#include "base/base.h"

#define PAGE_MAX (1u << 20)

static const struct option_spec options[] = { { .name = NULL } };

static int verbs_main(const char *const *argv)
{
	struct buf page = BUF_INIT(PAGE_MAX);
	CLEANUP(freep) const char **rest = NULL;
	int code;

	if (!command_options(&command_verbs, NULL, argv, &rest, &code))
		return code;
	reference_verbs(&page);
	fputs(buf_str(&page), stdout);
	buf_done(&page);
	return EXIT_OK;
}

const struct command command_verbs = {
	.name = "verbs",
	.args = "",
	.help = "print the reference of the verbs (docs/verbs.md)",
	.options = options,
	.main = verbs_main,
};
