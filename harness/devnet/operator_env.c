#include "devnet/operator_priv.h"

#include "base/base.h"

/*
 * Whoever runs us may have them of another world, or of none: a name that is in
 * an environment twice has its first value.
 */
static bool is_contracts(const char *var)
{
	static const char *const names[] = { "AVS_",
					     "DSTACK_SIMULATOR_ENDPOINT=",
					     "PCCS_URL=" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

char **operator_environment(const struct operator_spec *spec,
			    const char *config_path, size_t *ret_own)
{
	char **env;
	size_t n = 0;

	while (environ[n])
		n++;
	env = xcalloc(n + 5, sizeof(*env));
	n = 0;
	env[n++] = xasprintf("AVS_OPERATOR_PASSWORD=%s", OPERATOR_PASSWORD);
	env[n++] = xasprintf("AVS_OPERATOR_CONFIG=%s", config_path);
	if (spec->tee_socket)
		env[n++] = xasprintf("DSTACK_SIMULATOR_ENDPOINT=%s",
				     spec->tee_socket);
	if (spec->aggregator)
		env[n++] = xasprintf("AVS_AGGREGATOR_URL=%s", spec->aggregator);
	*ret_own = n;
	for (char **v = environ; *v; v++)
		if (!is_contracts(*v))
			env[n++] = *v;
	return env;
}
