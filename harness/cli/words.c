#include "cli/words.h"

#include <ctype.h>

#include "base/buf.h"

#include "base/base.h"

#define STEPS_MAX (1u << 20)

/* `save: c`, `check:`: a key, or lines of them. */
static bool is_key(const char *word)
{
	const char *c = word;

	if (strchr(word, '\n'))
		return true;
	while (isalnum((unsigned char)*c) || *c == ' ' || *c == '_' ||
	       *c == '-' || *c == '.')
		c++;
	return c > word && *c == ':' && (!c[1] || c[1] == ' ');
}

/* `- send: …`: YAML as it stands; behind a verb it would be an argument. */
static bool is_yaml(const char *word)
{
	return is_key(word) || (*word && strchr("-{[#", *word));
}

char *words_steps(const char *const *words)
{
	struct buf b = BUF_INIT(STEPS_MAX);
	char *text;
	size_t i = 0;

	/* The verb and its main argument, up to the first key. */
	if (words[0] && !is_yaml(words[0])) {
		buf_addf(&b, "%s:", words[0]);
		for (i = 1; words[i] && !is_key(words[i]); i++)
			buf_addf(&b, " %s", words[i]);
		/* The check knows what it wants; to YAML nothing is an error. */
		if (i == 1)
			buf_adds(&b, " ''");
		buf_addc(&b, '\n');
	}
	for (; words[i]; i++)
		buf_addf(&b, "%s\n", words[i]);
	text = xstrdup(buf_str(&b));
	buf_done(&b);
	return text;
}

char *words_fault(const char *whose, const char *fault)
{
	const char *part = strchr(whose, '.') ? "" : ".tee";

	return fault ? xasprintf("break: %s%s\nby: %s\n", whose, part, fault)
		     : xasprintf("mend: %s%s\n", whose, part);
}
