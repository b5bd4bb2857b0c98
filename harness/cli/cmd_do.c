/*
 * do, advance, fault - steps played by hand on a world that is up.
 */
#include "cli/caller.h"
#include "cli/commands.h"
#include "cli/words.h"
#include "codec/yaml.h"

#include "base/base.h"

struct options {
	const char *world, *file;
};

static const struct option_spec options[] = {
	{ "world", OPTION_TEXT, "NAME", "which, if several are up",
	  offsetof(struct options, world) },
	{ "file", OPTION_TEXT, "FILE", "steps of a file; -: of the input",
	  offsetof(struct options, file) },
	{ .name = NULL },
};

static const struct option_spec world_only[] = {
	{ "world", OPTION_TEXT, "NAME", "which, if several are up",
	  offsetof(struct options, world) },
	{ .name = NULL },
};

static int usage(const struct command *c, const char *what)
{
	fprintf(stderr, "avsbed %s: %s; `avsbed %s --help` says more\n",
		c->name, what, c->name);
	return EXIT_USAGE;
}

static int play(const char *world, const char *name, const char *text)
{
	return caller_main(world, json_pack("{s:s, s:s, s:s}", "ask", "do",
					    "name", name, "text", text));
}

static int play_file(const struct options *o)
{
	bool input = !strcmp(o->file, "-");
	struct buf text = BUF_INIT(YAML_FILE_MAX);
	struct err e = ERR_INIT;
	int code;

	code = buf_read_file(&text, input ? "/dev/stdin" : o->file, &e)
		       ? play(o->world, input ? "input" : o->file,
			      buf_str(&text))
		       : command_failed(&e);
	buf_done(&text);
	return code;
}

static int do_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	CLEANUP(freep) char *text = NULL;
	struct options o = { NULL, NULL };
	int code;

	if (!command_options(&command_do, &o, argv, &words, &code))
		return code;
	if (o.file && *words)
		return usage(&command_do, "steps or --file, not both");
	if (o.file)
		return play_file(&o);
	if (!*words)
		return usage(&command_do, "a step is wanted");
	text = words_steps(words);
	return play(o.world, "do", text);
}

static int advance_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	CLEANUP(freep) char *text = NULL;
	struct buf b = BUF_INIT(YAML_FILE_MAX);
	struct options o = { NULL, NULL };
	int code;

	if (!command_options(&command_advance, &o, argv, &words, &code))
		return code;
	if (!*words)
		return usage(&command_advance, "how far is wanted");
	buf_adds(&b, "advance:");
	for (size_t i = 0; words[i]; i++)
		buf_addf(&b, " %s", words[i]);
	text = xstrdup(buf_str(&b));
	buf_done(&b);
	return play(o.world, "advance", text);
}

static int fault_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	CLEANUP(freep) char *text = NULL;
	struct options o = { NULL, NULL };
	int code;

	if (!command_options(&command_fault, &o, argv, &words, &code))
		return code;
	if (!words[0] || (words[1] && words[2]))
		return usage(&command_fault,
			     words[0] ? "one fault at a time; put its name in "
					"quotes"
				      : "whose fault it is is wanted");
	text = words_fault(words[0], words[1]);
	return play(o.world, "fault", text);
}

const struct command command_do = {
	.name = "do",
	.args = "VERB [ARGUMENT] ['KEY: VALUE'…]",
	.help = "play a step, or several, on the world that is up",
	.options = options,
	.main = do_main,
};

const struct command command_advance = {
	.name = "advance",
	.args = "N blocks | N minutes | past WINDOW | to MOMENT",
	.help = "move the time of the world that is up",
	.options = world_only,
	.main = advance_main,
};

const struct command command_fault = {
	.name = "fault",
	.args = "OPERATOR[.tee|.rpc] [FAULT]",
	.help = "break a part of an operator; without a fault: mend it",
	.options = world_only,
	.main = fault_main,
};
