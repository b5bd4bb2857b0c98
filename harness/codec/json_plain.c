#include "codec/json_plain.h"

#include "base/base.h"

#define DEPTH_MAX 64u
#define DIGITS_MAX 18u /* fits in 63 bits */

struct reader {
	const char *at, *end;
	unsigned depth;
};

static json_t *value(struct reader *r);

static void space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
				  *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

/* The next character that is no space, 0 at the end; stays where it is. */
static char next(struct reader *r)
{
	space(r);
	return r->at < r->end ? *r->at : 0;
}

static bool take(struct reader *r, char c)
{
	if (next(r) != c)
		return false;
	r->at++;
	return true;
}

/* A text's characters; r is behind it. */
static bool chars(struct reader *r, const char **ret, size_t *ret_len)
{
	const char *from, *at;

	if (!take(r, '"'))
		return false;
	from = at = r->at;
	while (at < r->end && *at != '"') {
		if (*at < 0x20 || *at > 0x7e || *at == '\\')
			return false;
		at++;
	}
	if (at == r->end)
		return false;
	*ret = from;
	*ret_len = (size_t)(at - from);
	r->at = at + 1;
	return true;
}

static json_t *text(struct reader *r)
{
	const char *from;
	size_t len;

	return chars(r, &from, &len) ? json_stringn_nocheck(from, len) : NULL;
}

static json_t *number(struct reader *r)
{
	const char *from = r->at;
	json_int_t v = 0;
	size_t n;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9' &&
	       r->at - from < (ptrdiff_t)DIGITS_MAX)
		v = 10 * v + (*r->at++ - '0');
	n = (size_t)(r->at - from);
	/* What goes on is longer, or a fraction; none begins with a zero. */
	if (!n || (n > 1 && *from == '0') ||
	    (r->at < r->end && strchr("0123456789.eE", *r->at)))
		return NULL;
	return json_integer(v);
}

static json_t *word(struct reader *r, const char *name, json_t *take_value)
{
	size_t len = strlen(name);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, name, len) != 0) {
		json_decref(take_value);
		return NULL;
	}
	r->at += len;
	return take_value;
}

static json_t *list(struct reader *r)
{
	CLEANUP(json_decrefp) json_t *all = json_array();

	r->at++;
	if (take(r, ']'))
		return TAKE(all);
	do {
		json_t *v = value(r);

		if (!v)
			return NULL;
		json_array_append_new(all, v);
	} while (take(r, ','));
	return take(r, ']') ? TAKE(all) : NULL;
}

static json_t *object(struct reader *r)
{
	CLEANUP(json_decrefp) json_t *all = json_object();
	const char *key;
	size_t len;

	r->at++;
	if (take(r, '}'))
		return TAKE(all);
	do {
		json_t *v;

		if (!chars(r, &key, &len) || !take(r, ':') ||
		    json_object_getn(all, key, len) || !(v = value(r)))
			return NULL;
		json_object_setn_new_nocheck(all, key, len, v);
	} while (take(r, ','));
	return take(r, '}') ? TAKE(all) : NULL;
}

static json_t *value(struct reader *r)
{
	json_t *v = NULL;

	if (++r->depth > DEPTH_MAX)
		return NULL;
	switch (next(r)) {
	case '{':
		v = object(r);
		break;
	case '[':
		v = list(r);
		break;
	case '"':
		v = text(r);
		break;
	case 't':
		v = word(r, "true", json_true());
		break;
	case 'f':
		v = word(r, "false", json_false());
		break;
	case 'n':
		v = word(r, "null", json_null());
		break;
	default:
		v = number(r);
		break;
	}
	r->depth--;
	return v;
}

json_t *json_plain(const char *text, size_t len)
{
	struct reader r = { .at = text, .end = text + len };
	CLEANUP(json_decrefp) json_t *v = value(&r);

	space(&r);
	return r.at == r.end ? TAKE(v) : NULL;
}
