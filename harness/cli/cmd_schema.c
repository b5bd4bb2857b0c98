/*
 * schema - `avsbed schema`: the language as a JSON Schema, for editors.
 */
#include <errno.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "scenario/schema.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)

static const struct option_spec options[] = { { .name = NULL } };

/* Verbs of the folder count; what is wrong in them is the check's to say. */
static int print_schema(const char *folder, struct err *e)
{
	CLEANUP(json_decrefp) json_t *schema = NULL;
	CLEANUP(freep) char *text = NULL;
	const struct verb_def *const *verbs;
	struct library *lib;
	struct diags diags;
	size_t n;
	int code = EXIT_OK;

	if (access(folder, R_OK)) {
		err_os(e, errno, "cannot open %s", folder);
		return command_failed(e);
	}
	diags_init(&diags);
	lib = library_new(folder, &diags);
	verbs = library_verbs(lib, &n);
	if (diags.n) {
		struct buf b = BUF_INIT(OUTPUT_MAX);

		diags_format(&b, &diags);
		fputs(buf_str(&b), stderr);
		buf_done(&b);
		code = EXIT_USAGE;
	} else {
		schema = schema_json(verbs, n);
		text = json_text(schema);
		puts(text);
	}
	library_free(lib);
	diags_done(&diags);
	return code;
}

static int schema_main(const char *const *argv)
{
	CLEANUP(freep) const char **rest = NULL;
	CLEANUP(freep) char *all = NULL;
	struct session s;
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_schema, NULL, argv, &rest, &code))
		return code;
	if (!session_open(&s, &e))
		return command_failed(&e);
	all = session_path(&s, "scenarios");
	code = print_schema(rest[0] ? rest[0] : all, &e);
	session_close(&s);
	return code;
}

const struct command command_schema = {
	.name = "schema",
	.args = "[FOLDER]",
	.help = "print a JSON Schema of the language, for editors",
	.more = "FOLDER is the one that has verbs/; scenarios if none is named. The tutorial says\n"
		"how an editor gets to know it.\n",
	.options = options,
	.main = schema_main,
};
