/*
 * env, fund, status, logs, snapshot - what a world that is up can be asked.
 */
#include <ctype.h>

#include "cli/caller.h"
#include "cli/commands.h"

#include "base/base.h"

#define LINES_SHOWN 200u

struct options {
	const char *world;
	uint64_t lines;
	bool follow, json;
};

static const struct option_spec world_only[] = {
	{ "world", OPTION_TEXT, "NAME", "which, if several are up",
	  offsetof(struct options, world) },
	{ .name = NULL },
};

static const struct option_spec env_options[] = {
	{ "world", OPTION_TEXT, "NAME", "which, if several are up",
	  offsetof(struct options, world) },
	{ "json", OPTION_FLAG, NULL, "the whole as one JSON object",
	  offsetof(struct options, json) },
	{ .name = NULL },
};

static const struct option_spec logs_options[] = {
	{ "world", OPTION_TEXT, "NAME", "which, if several are up",
	  offsetof(struct options, world) },
	{ "lines", OPTION_U64, "N", "so many at most; 200 if not given",
	  offsetof(struct options, lines) },
	{ "follow", OPTION_FLAG, NULL, "and what comes, until Ctrl-C",
	  offsetof(struct options, follow) },
	{ .name = NULL },
};

/* Parses into @o; false with the exit code where it ends there. */
static bool parse(const struct command *c, const char *const *argv, size_t most,
		  struct options *o, const char ***ret_words, int *ret_code)
{
	size_t n = 0;

	if (!command_options(c, o, argv, ret_words, ret_code))
		return false;
	while ((*ret_words)[n])
		n++;
	if (n <= most)
		return true;
	fprintf(stderr, "avsbed %s: %s is one word too many\n", c->name,
		(*ret_words)[most]);
	*ret_code = EXIT_USAGE;
	return false;
}

static int env_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	struct options o = { .world = NULL };
	int code;

	if (!parse(&command_env, argv, 1, &o, &words, &code))
		return code;
	if (words[0] && o.json) {
		fputs("avsbed env: --json has everybody's, with no name\n",
		      stderr);
		return EXIT_USAGE;
	}
	return caller_main(o.world,
			   json_pack("{s:s, s:s, s:b}", "ask", "env", "actor",
				     words[0] ? words[0] : "", "json",
				     (int)o.json));
}

/* `5 PHA` is two words to who did not quote it. */
static json_t *amounts_of(const char *const *words)
{
	json_t *list = json_array();

	for (size_t i = 0; words[i]; i++) {
		const char *unit = words[i + 1];
		CLEANUP(freep) char *both = NULL;

		if (unit && isalpha((unsigned char)*unit) &&
		    isdigit((unsigned char)*words[i]) &&
		    !words[i][strspn(words[i], "0123456789_.")])
			both = xasprintf("%s %s", words[i++], unit);
		json_array_append_new(list,
				      json_said(both ? both : words[i]));
	}
	return list;
}

static int fund_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	struct options o = { .world = NULL };
	int code;

	if (!command_options(&command_fund, &o, argv, &words, &code))
		return code;
	if (!words[0]) {
		fputs("avsbed fund: who is wanted: a name, or an address\n",
		      stderr);
		return EXIT_USAGE;
	}
	return caller_main(o.world,
			   json_pack("{s:s, s:o, s:o}", "ask", "fund", "actor",
				     json_said(words[0]), "amounts",
				     amounts_of(words + 1)));
}

static int status_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	struct options o = { .world = NULL };
	int code;

	if (!parse(&command_status, argv, 0, &o, &words, &code))
		return code;
	return caller_main(o.world, json_pack("{s:s}", "ask", "status"));
}

static int logs_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	struct options o = { .lines = LINES_SHOWN };
	int code;

	if (!parse(&command_logs, argv, 1, &o, &words, &code))
		return code;
	return caller_main(o.world,
			   json_pack("{s:s, s:s, s:I, s:b}", "ask", "logs",
				     "actor", words[0] ? words[0] : "", "lines",
				     (json_int_t)o.lines, "follow",
				     (int)o.follow));
}

static int snapshot_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	struct options o = { .world = NULL };
	int code;

	if (!parse(&command_snapshot, argv, 2, &o, &words, &code))
		return code;
	if (!words[0] || !words[1] ||
	    (strcmp(words[0], "save") && strcmp(words[0], "load"))) {
		fputs("avsbed snapshot: `save NAME` or `load NAME`\n", stderr);
		return EXIT_USAGE;
	}
	return caller_main(o.world,
			   json_pack("{s:s, s:s, s:s}", "ask", "snapshot",
				     "what", words[0], "name", words[1]));
}

const struct command command_env = {
	.name = "env",
	.args = "[OPERATOR]",
	.help = "endpoints, addresses and keys of the world that is up, for eval",
	.options = env_options,
	.main = env_main,
};

const struct command command_fund = {
	.name = "fund",
	.args = "NAME|ADDRESS [AMOUNT…]",
	.help = "an account with ETH and tokens: fund erin '5 PHA'",
	.options = world_only,
	.main = fund_main,
};

const struct command command_status = {
	.name = "status",
	.args = "",
	.help = "its operators, stakes and last events",
	.options = world_only,
	.main = status_main,
};

const struct command command_logs = {
	.name = "logs",
	.args = "[OPERATOR|tee]",
	.help = "what its processes wrote",
	.options = logs_options,
	.main = logs_main,
};

const struct command command_snapshot = {
	.name = "snapshot",
	.args = "save|load NAME",
	.help = "keep the state of its chain, or go back to it",
	.options = world_only,
	.main = snapshot_main,
};
