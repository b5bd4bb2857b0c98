#include "operator/behaviour.h"

#include "base/base.h"
#include "base/nearest.h"

static const char *const CRASH_NAMES[CRASH__COUNT] = {
    "never", "quoted", "signed", "sent", "mined"};
static const char *const QUOTE_NAMES[QUOTE__COUNT] = {"fresh", "unbound",
						      "stale"};
static const char *const BEAT_NAMES[BEAT__COUNT] = {
    "good", "silent", "forged", "stale", "replayed", "unbound"};

const char *crash_name(enum crash_point p)
{
	return CRASH_NAMES[p];
}

static bool read_name(size_t *ret, const json_t *v, const char *const *names,
		      size_t n, struct err *e)
{
	const char *text = json_string_value(v), *near;
	struct buf all = BUF_INIT(256);

	for (size_t i = 0; text && i < n; i++)
		if (!strcmp(text, names[i])) {
			*ret = i;
			return true;
		}
	for (size_t i = 0; i < n; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
	near = text ? nearest_name(text, names, n) : NULL;
	err_set(e, ERR_SCHEMA, 0, "%s is none of %s%s%s", text ? text : "this",
		buf_str(&all), near ? "; nearest: " : "", near ? near : "");
	buf_done(&all);
	return false;
}

static bool read_flag(bool *ret, const json_t *v, struct err *e)
{
	if (!json_is_boolean(v))
		return err_set(e, ERR_SCHEMA, 0, "wants true or false");
	*ret = json_is_true(v);
	return true;
}

static bool read_count(uint64_t *ret, const json_t *v, struct err *e)
{
	if (!json_is_integer(v))
		return err_set(e, ERR_SCHEMA, 0, "wants a number");
	if (json_integer_value(v) < 0 || json_integer_value(v) > UINT32_MAX)
		return err_set(e, ERR_RANGE, 0, "wants 0 to %u", UINT32_MAX);
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

static bool read_member(struct behaviour *b, const char *key, const json_t *v,
			struct err *e)
{
	static const char *const names[] = {
	    "deaf",  "late",	 "wrong_responder", "duplicate",   "quote",
	    "spam",  "crash_at", "chain_id",	    "skip_renewal",
	    "heartbeat"};
	const char *near;
	size_t i;

	if (!strcmp(key, "deaf"))
		return read_flag(&b->deaf, v, e);
	if (!strcmp(key, "late"))
		return read_count(&b->late, v, e);
	if (!strcmp(key, "wrong_responder"))
		return read_flag(&b->wrong_responder, v, e);
	if (!strcmp(key, "duplicate"))
		return read_flag(&b->duplicate, v, e);
	if (!strcmp(key, "spam"))
		return read_count(&b->spam, v, e);
	if (!strcmp(key, "chain_id"))
		return read_count(&b->chain_id, v, e);
	if (!strcmp(key, "skip_renewal"))
		return read_flag(&b->skip_renewal, v, e);
	if (!strcmp(key, "heartbeat")) {
		if (!read_name(&i, v, BEAT_NAMES, BEAT__COUNT, e))
			return false;
		b->heartbeat = (enum heartbeat_fault)i;
		return true;
	}
	if (!strcmp(key, "quote")) {
		if (!read_name(&i, v, QUOTE_NAMES, QUOTE__COUNT, e))
			return false;
		b->quote = (enum quote_fault)i;
		return true;
	}
	if (!strcmp(key, "crash_at")) {
		if (!read_name(&i, v, CRASH_NAMES, CRASH__COUNT, e))
			return false;
		b->crash_at = (enum crash_point)i;
		return true;
	}
	near = nearest_name(key, names, ARRAY_LEN(names));
	return err_set(e, ERR_SCHEMA, 0, "no such member%s%s",
		       near ? "; nearest: " : "", near ? near : "");
}

bool behaviour_read(struct behaviour *ret, const json_t *j, struct err *e)
{
	struct behaviour b = {0};
	const char *key;
	json_t *value;

	if (j && !json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "behaviour: wants an object");
	/* jansson's iteration takes a non-const object and does not write. */
	json_object_foreach((json_t *)(uintptr_t)j, key, value)
	{
		if (!read_member(&b, key, value, e))
			return err_ctx(e, "behaviour.%s", key);
	}
	*ret = b;
	return true;
}

bool behaviour_insists(const struct behaviour *b)
{
	return b->late || b->wrong_responder || b->quote != QUOTE_FRESH;
}
