/*
 * cmd_verbs - `avsbed verbs`: the language's verbs as docs/verbs.md has them,
 * or their examples as scenarios.
 */
#include "cli/commands.h"

#include "scenario/reference.h"

#include "base/base.h"

#define PAGE_MAX (1u << 20)

struct options {
	const char *examples;
};

static const struct option_spec options[] = {
	{ "examples", OPTION_TEXT, "DIR",
	  "write each verb's example there, as a scenario",
	  offsetof(struct options, examples) },
	{ .name = NULL },
};

static bool write_examples(const char *dir, struct err *e)
{
	bool ok = true;

	for (int v = 0; ok && v < VERB__COUNT; v++) {
		CLEANUP(freep) char *path = xasprintf("%s/%s.yaml", dir,
						      verb_specs[v].name);
		struct buf text = BUF_INIT(PAGE_MAX);

		reference_example(&text, (enum verb)v);
		ok = file_write_atomic(path, text.data, text.len, e);
		buf_done(&text);
	}
	return ok;
}

static int verbs_main(const char *const *argv)
{
	struct buf page = BUF_INIT(PAGE_MAX);
	CLEANUP(freep) const char **rest = NULL;
	struct options o = { NULL };
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_verbs, &o, argv, &rest, &code))
		return code;
	if (o.examples)
		return write_examples(o.examples, &e) ? EXIT_OK
						      : command_failed(&e);
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
