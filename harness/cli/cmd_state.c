/*
 * state - the saved EigenLayer state: build it, look at it, pin it.
 */
#include "cli/commands.h"
#include "cli/session.h"
#include "devnet/state.h"

#include "base/clock.h"

#include "base/base.h"

#define RECIPE "anvil-state/eigenlayer.yaml"

struct options {
	const char *profile;
};

static const struct option_spec options[] = {
	{ "profile", OPTION_TEXT, "NAME", "only this one, not all of them",
	  offsetof(struct options, profile) },
	{ .name = NULL },
};

static const char *const PROFILES[] = { "fast", "mainnet" };

/* One profile: found or built, published; booted and probed for `check`. */
static bool one(struct session *s, const struct state_paths *paths,
		const char *profile, bool boot, struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *b = NULL;
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(freep) char *name = strcmp(profile, PROFILES[0]) == 0 ?
					    xstrdup("core") :
					    xasprintf("core-%s", profile);
	uint64_t since = clock_ms();
	bool built;

	if (!state_ensure(&b, &built, s->loop, paths, profile, e) ||
	    !state_publish(b, s->root, name, e) ||
	    (boot && !bundle_boot(b, s->loop,
				  &(struct bundle_boot){ .program =
								 paths->anvil },
				  &a, e)))
		return false;
	printf("%s: %s%s in %llu ms: %s\n", profile,
	       built ? "built" : "in the cache",
	       boot ? ", booted, probed" : "",
	       (unsigned long long)(clock_ms() - since), bundle_dir(b));
	return true;
}

static bool run(struct session *s, const struct options *o, const char *what,
		const char *recipe, struct err *e)
{
	CLEANUP(freep) char *cache = NULL;
	CLEANUP(freep) char *anvil = xasprintf("%s/build/tools/anvil", s->root);
	struct state_paths paths = { .root = s->root,
				     .recipe = recipe,
				     .anvil = anvil };

	if (!state_cache(&cache, e))
		return false;
	paths.cache = cache;
	if (strcmp(what, "pin") == 0)
		return state_pin(s->loop, &paths, e);
	for (size_t i = 0; i < ARRAY_LEN(PROFILES); i++)
		if (!one(s, &paths, o->profile ? o->profile : PROFILES[i],
			 strcmp(what, "check") == 0, e))
			return false;
		else if (o->profile)
			break;
	return true;
}

static bool is_action(const char *what)
{
	return what && (strcmp(what, "build") == 0 ||
			strcmp(what, "check") == 0 || strcmp(what, "pin") == 0);
}

static int state_main(const char *const *argv)
{
	CLEANUP(freep) const char **args = NULL;
	struct options o = { 0 };
	struct session s;
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_state, &o, argv, &args, &code))
		return code;
	if (!is_action(args[0]) || (args[1] && args[2])) {
		fputs("avsbed state: say build, check or pin, and at most one "
		      "recipe\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (!session_open(&s, &e))
		return command_failed(&e);
	code = run(&s, &o, args[0], args[1] ? args[1] : RECIPE, &e) ?
		       EXIT_OK :
		       command_failed(&e);
	session_close(&s);
	return code;
}

const struct command command_state = {
	.name = "state",
	.args = "build|check|pin [RECIPE]",
	.help = "the saved EigenLayer state: build, boot and probe, pin",
	.options = options,
	.main = state_main,
};
