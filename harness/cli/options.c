#include "cli/options.h"

#include "base/hex.h"
#include "base/nearest.h"

#include "base/base.h"

#define OPTIONS_MAX 32

static const struct option_spec *find(const struct option_spec *table,
				      const char *name, size_t len)
{
	for (; table->name; table++)
		if (strlen(table->name) == len &&
		    !memcmp(table->name, name, len))
			return table;
	return NULL;
}

static bool unknown(const struct option_spec *table, const char *name,
		    size_t len, struct err *e)
{
	const char *names[OPTIONS_MAX];
	CLEANUP(freep) char *word = xstrndup(name, len);
	const char *near;
	size_t n = 0;

	for (; table->name; table++) {
		ASSERT(n < OPTIONS_MAX);
		names[n++] = table->name;
	}
	near = nearest_name(word, names, n);
	return err_set(e, ERR_SCHEMA, 0, "there is no option --%s%s%s", word,
		       near ? "; nearest: --" : "", near ? near : "");
}

static bool store(const struct option_spec *spec, void *ret, const char *value,
		  struct err *e)
{
	char *at = (char *)ret + spec->offset;
	struct option_list *list = (void *)at;
	uint64_t n;

	switch (spec->kind) {
	case OPTION_FLAG:
		*(bool *)(void *)at = true;
		return true;
	case OPTION_TEXT:
		*(const char **)(void *)at = value;
		return true;
	case OPTION_U64:
		if (!dec_u64((uint64_t *)(void *)at, value, e))
			return err_ctx(e, "--%s", spec->name);
		return true;
	case OPTION_COUNT:
		if (!dec_u64(&n, value, e))
			return err_ctx(e, "--%s", spec->name);
		if (!n || n > OPTION_COUNT_MAX)
			return err_set(e, ERR_RANGE, 0,
				       "--%s is of 1 to %d, not %s", spec->name,
				       OPTION_COUNT_MAX, value);
		*(uint64_t *)(void *)at = n;
		return true;
	case OPTION_LIST:
		if (list->n == OPTION_LIST_MAX)
			return err_set(e, ERR_LIMIT, 0,
				       "--%s is given more than %d times",
				       spec->name, OPTION_LIST_MAX);
		list->v[list->n++] = value;
		return true;
	}
	ASSERT(!"option kind");
	return false;
}

/* Takes one option at argv[0]; *ret_used is how many words it was. */
static bool take_option(const struct option_spec *table, void *ret,
			const char *const *argv, size_t *ret_used,
			struct err *e)
{
	const char *name = argv[0] + 2;
	size_t len = strcspn(name, "=");
	const struct option_spec *spec = find(table, name, len);
	const char *value = name[len] ? name + len + 1 : NULL;

	*ret_used = 1;
	if (!spec)
		return unknown(table, name, len, e);
	if (spec->kind == OPTION_FLAG && value)
		return err_set(e, ERR_SCHEMA, 0, "--%s takes no value",
			       spec->name);
	if (spec->kind != OPTION_FLAG && !value) {
		value = argv[1];
		*ret_used = 2;
		if (!value)
			return err_set(e, ERR_SCHEMA, 0, "--%s needs a %s",
				       spec->name, spec->value);
	}
	return store(spec, ret, value, e);
}

bool options_parse(const struct option_spec *table, void *ret,
		   const char *const *argv, const char ***ret_rest,
		   struct err *e)
{
	const char **rest = NULL;
	size_t n = 0, cap = 0;
	bool plain = false;

	while (*argv) {
		size_t used = 1;

		if (!plain && !strcmp(*argv, "--")) {
			plain = true;
		} else if (!plain && !strncmp(*argv, "--", 2)) {
			if (!take_option(table, ret, argv, &used, e)) {
				free(rest);
				return false;
			}
		} else if (!plain && argv[0][0] == '-' && argv[0][1] &&
			   argv[0][1] != ' ') {
			/* "- step" is an item of a list. */
			free(rest);
			return err_set(e, ERR_SCHEMA, 0,
				       "options are long here: %s", *argv);
		} else {
			GROW(rest, n, cap);
			rest[n++] = *argv;
		}
		argv += used;
	}
	GROW(rest, n, cap);
	rest[n] = NULL;
	*ret_rest = rest;
	return true;
}

void command_usage(struct buf *out, const struct command *c)
{
	buf_addf(out, "usage: avsbed %s%s %s\n%s\n", c->name,
		 c->options->name ? " [options]" : "", c->args, c->help);
	if (c->options->name)
		buf_adds(out, "\noptions:\n");
	for (const struct option_spec *o = c->options; o->name; o++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		buf_addf(out, "  %-24s%s\n", left, o->help);
	}
	if (c->more)
		buf_addf(out, "\n%s", c->more);
}
