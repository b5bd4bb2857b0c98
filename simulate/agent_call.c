#include "simulate/agent_call.h"

#include "base/base.h"
#include "base/hex.h"

static const json_t *find(const struct call *c, const char *name)
{
	return c->args ? json_object_get(c->args, name) : NULL;
}

bool arg_text(const char **ret, const struct call *c, const char *name,
	      struct err *e)
{
	const json_t *j = find(c, name);

	if (j && !json_is_string(j))
		return err_set(e, ERR_SCHEMA, 0, "%s must be a string", name);
	/* What follows a NUL would be silently lost. */
	if (j && strlen(json_string_value(j)) != json_string_length(j))
		return err_set(e, ERR_SCHEMA, 0, "%s has a NUL in it", name);
	*ret = j ? json_string_value(j) : "";
	return true;
}

bool arg_bytes(uint8_t **ret, size_t *ret_len, const struct call *c,
	       const char *name, size_t max, struct err *e)
{
	const json_t *j = find(c, name);
	uint8_t *bytes CLEANUP(freep) = NULL;
	size_t len = 0;

	if (j && !json_is_string(j))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s must be hex digits in a string", name);
	if (j && !hex_decode_alloc(&bytes, &len, json_string_value(j),
				   json_string_length(j), e))
		return err_ctx(e, "%s", name);
	if (len > max)
		return err_set(e, ERR_RANGE, 0,
			       "%s is %zu bytes; at most %zu fit", name, len,
			       max);
	*ret = bytes ? TAKE(bytes) : xcalloc(1, 1);
	*ret_len = len;
	return true;
}

bool arg_bool(bool *ret, const struct call *c, const char *name, struct err *e)
{
	const json_t *j = find(c, name);
	const char *text = json_string_value(j);

	/* A query has nothing but text. */
	if (j && !json_is_boolean(j) &&
	    !(text && (!strcmp(text, "true") || !strcmp(text, "false"))))
		return err_set(e, ERR_SCHEMA, 0, "%s must be true or false",
			       name);
	*ret = text ? !strcmp(text, "true") : json_is_true(j);
	return true;
}

bool arg_u64(uint64_t *ret, const struct call *c, const char *name,
	     struct err *e)
{
	const json_t *j = find(c, name);
	const char *text = json_string_value(j);

	if (!j)
		return true;
	if (text)
		return dec_u64(ret, text, e) || err_ctx(e, "%s", name);
	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return err_set(e, ERR_SCHEMA, 0, "%s must be a whole number",
			       name);
	*ret = (uint64_t)json_integer_value(j);
	return true;
}

void put(json_t *j, const char *name, json_t *take_v)
{
	ASSERT(!json_object_set_new(j, name, take_v));
}

void put_text(json_t *j, const char *name, const char *text)
{
	put(j, name, json_string(text));
}

struct reply bad(const struct err *e)
{
	return reply_error(400, "%s", e->text);
}
