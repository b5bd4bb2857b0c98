/*
 * cmd_verbs - `avsbed verbs`: the language's verbs as docs/verbs.md has them,
 * or their examples as scenarios.
 */
#include "cli/commands.h"

#include "cli/session.h"
#include "scenario/load.h"
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

/* The suite's own verbs; those of another folder are documented there. */
static bool written(struct buf *out, struct err *e)
{
	CLEANUP(freep) char *root = NULL, *folder = NULL;
	const struct verb_def *const *defs;
	struct library *lib;
	struct diags d;
	size_t n, findings;

	if (!session_root(&root, e))
		return false;
	folder = xasprintf("%s/scenarios", root);
	diags_init(&d);
	lib = library_new(folder, &d);
	defs = library_verbs(lib, &n);
	reference_written(out, defs, n);
	findings = d.n;
	library_free(lib);
	diags_done(&d);
	return !findings || err_set(e, ERR_SCHEMA, 0,
				    "the verbs in %s are not right; avsbed "
				    "check says why", folder);
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
	if (*rest) {
		fprintf(stderr, "avsbed verbs: it takes no arguments, and here "
				"is %s\n", *rest);
		return EXIT_USAGE;
	}
	if (o.examples)
		return write_examples(o.examples, &e) ? EXIT_OK
						      : command_failed(&e);
	reference_verbs(&page);
	if (!written(&page, &e)) {
		buf_done(&page);
		return command_failed(&e);
	}
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
