#include "eth/behaviour.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/nearest.h"

static const char *const CRASH_NAMES[CRASH__COUNT] = {
	"never", "quoted", "signed", "sent", "mined"
};
static const char *const QUOTE_NAMES[QUOTE__COUNT] = { "fresh", "unbound",
						       "stale" };
static const char *const BEAT_NAMES[BEAT__COUNT] = {
	"good", "silent", "forged", "stale", "replayed", "unbound"
};

const char *crash_name(enum crash_point p)
{
	return CRASH_NAMES[p];
}

/* What a configuration calls a member, and what it may be. */
struct member {
	const char *name;
	size_t at; /* in struct behaviour */
	bool (*read)(void *to, const struct member *m, const json_t *v,
		     struct err *e);
	uint64_t most;		  /* of a count */
	const char *const *words; /* of a choice: those of an enum */
	size_t words_n;
};

static bool read_flag(void *to, const struct member *m, const json_t *v,
		      struct err *e)
{
	bool *flag = to;

	(void)m;
	if (!json_is_boolean(v))
		return err_set(e, ERR_SCHEMA, 0, "wants true or false");
	*flag = json_is_true(v);
	return true;
}

static bool read_count(void *to, const struct member *m, const json_t *v,
		       struct err *e)
{
	uint64_t *n = to;

	if (!json_is_integer(v))
		return err_set(e, ERR_SCHEMA, 0, "wants a number");
	if (json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > m->most)
		return err_set(e, ERR_RANGE, 0, "wants 0 to %" PRIu64,
			       m->most);
	*n = (uint64_t)json_integer_value(v);
	return true;
}

static bool read_word(void *to, const struct member *m, const json_t *v,
		      struct err *e)
{
	const char *text = json_string_value(v), *near;
	unsigned *choice = to; /* as wide as each of the enums */
	struct buf all = BUF_INIT(256);

	for (unsigned i = 0; text && i < m->words_n; i++)
		if (!strcmp(text, m->words[i])) {
			*choice = i;
			return true;
		}
	for (size_t i = 0; i < m->words_n; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", m->words[i]);
	near = text ? nearest_name(text, m->words, m->words_n) : NULL;
	err_set(e, ERR_SCHEMA, 0, "%s is none of %s%s%s", text ? text : "this",
		buf_str(&all), near ? "; nearest: " : "", near ? near : "");
	buf_done(&all);
	return false;
}

#define MEMBER(field, ...)                                                     \
	{                                                                      \
		.name = #field, .at = offsetof(struct behaviour, field),       \
		__VA_ARGS__                                                    \
	}
#define FLAG(field) MEMBER(field, .read = read_flag)
#define COUNT(field, most_) MEMBER(field, .read = read_count, .most = (most_))
#define WORD(field, words_)                                                    \
	MEMBER(field, .read = read_word, .words = (words_),                    \
	       .words_n = ARRAY_LEN(words_))
static const struct member members[] = {
	FLAG(deaf),
	COUNT(late, UINT32_MAX),
	FLAG(wrong_responder),
	FLAG(duplicate),
	WORD(quote, QUOTE_NAMES),
	COUNT(spam, BEHAVIOUR_SPAM_MAX),
	WORD(crash_at, CRASH_NAMES),
	COUNT(chain_id, UINT32_MAX),
	FLAG(skip_renewal),
	WORD(heartbeat, BEAT_NAMES),
};

static const struct member *find(const char *name, struct err *e)
{
	const char *names[ARRAY_LEN(members)], *near;

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		names[i] = members[i].name;
		if (!strcmp(name, names[i]))
			return &members[i];
	}
	near = nearest_name(name, names, ARRAY_LEN(names));
	err_set(e, ERR_SCHEMA, 0, "no such member%s%s",
		near ? "; nearest: " : "", near ? near : "");
	return NULL;
}

bool behaviour_known(const char *name, struct err *e)
{
	return find(name, e);
}

bool behaviour_set(struct behaviour *b, const char *name, const json_t *v,
		   struct err *e)
{
	const struct member *m = find(name, e);

	return m && m->read((char *)b + m->at, m, v, e);
}

bool behaviour_read(struct behaviour *ret, const json_t *j, struct err *e)
{
	struct behaviour b = { 0 };
	const char *key;
	json_t *value;

	if (j && !json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "behaviour: wants an object");
	/* jansson's iteration takes a non-const object and does not write. */
	json_object_foreach((json_t *)(uintptr_t)j, key, value)
	{
		if (!behaviour_set(&b, key, value, e))
			return err_ctx(e, "behaviour.%s", key);
	}
	*ret = b;
	return true;
}

bool behaviour_insists(const struct behaviour *b)
{
	return b->late || b->wrong_responder || b->quote != QUOTE_FRESH;
}
