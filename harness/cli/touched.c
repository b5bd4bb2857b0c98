#include "cli/touched.h"

#include "scenario/load.h"

#include "base/base.h"

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n > m && !strcmp(path + n - m, end);
}

enum source source_of(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	/* What editors write beside a file. */
	if (*name == '.' || *name == '#')
		return SOURCE_NONE;
	if (ends_with(name, ".yaml"))
		return SOURCE_SCENARIO;
	if (ends_with(name, ".sol"))
		return SOURCE_CONTRACT;
	return ends_with(name, ".c") || ends_with(name, ".h") ? SOURCE_PROGRAM
							      : SOURCE_NONE;
}

bool touched(const char *scenario, const char *changed)
{
	CLEANUP(freep) char *root = library_root(scenario);
	CLEANUP(library_freep) struct library *lib = NULL;
	enum source source = source_of(changed);
	const struct scenario *s;
	struct diags findings;
	bool yes;

	if (source == SOURCE_NONE || source == SOURCE_PROGRAM || !root)
		return source == SOURCE_PROGRAM;
	diags_init(&findings);
	lib = library_new(root, &findings);
	s = library_scenario(lib, scenario);
	yes = !s || (source == SOURCE_CONTRACT ? s->world->deploys_n > 0
					       : library_read(lib, changed));
	diags_done(&findings);
	return yes;
}
