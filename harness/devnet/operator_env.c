#include "devnet/operator_priv.h"

#include "base/base.h"

char **operator_environment(const struct operator_spec *spec,
			    const char *config_path)
{
	static const char aggregator[] = "AVS_AGGREGATOR_URL=";
	size_t n = 0;
	char **env;

	while (environ[n])
		n++;
	env = xcalloc(n + 5, sizeof(*env));
	n = 0;
	for (char **v = environ; *v; v++)
		/* One that whoever runs us knows is of another world. */
		if (strncmp(*v, aggregator, strlen(aggregator)) != 0)
			env[n++] = xstrdup(*v);
	env[n++] = xasprintf("AVS_OPERATOR_PASSWORD=%s", OPERATOR_PASSWORD);
	env[n++] = xasprintf("AVS_OPERATOR_CONFIG=%s", config_path);
	if (spec->tee_socket)
		env[n++] = xasprintf("DSTACK_SIMULATOR_ENDPOINT=%s",
				     spec->tee_socket);
	if (spec->aggregator)
		env[n++] = xasprintf("%s%s", aggregator, spec->aggregator);
	return env;
}
