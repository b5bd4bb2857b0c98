#include "codec/json_plain.h"

#include "base/base.h"
#include "base/plain.h"
#include "codec/json.h"

#define DEPTH_MAX 64u
#define DIGITS_MAX 18u /* fits in 63 bits */

struct reader {
	const char *at, *end;
	unsigned depth;
};

/* --- reading --------------------------------------------------------------- */

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

/* A text's characters, none of them escaped; r is behind it. */
static bool chars(struct reader *r, const char **ret, size_t *ret_len)
{
	const char *from;
	size_t n;

	if (!take(r, '"'))
		return false;
	from = r->at;
	n = plain_len(from, (size_t)(r->end - from));
	if (from + n == r->end || from[n] != '"')
		return false;
	*ret = from;
	*ret_len = n;
	r->at = from + n + 1;
	return true;
}

/* What stands behind a backslash; 0: not plain. */
static char unescaped(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->end ? *r->at++ : 0;

	return c && strchr(from, c) ? to[strchr(from, c) - from] : 0;
}

/* One that has escapes: an event log, or what a log says. r is behind its
 * first quote. */
static json_t *escaped_text(struct reader *r)
{
	struct buf b = BUF_INIT((size_t)(r->end - r->at));
	json_t *ret = NULL;
	char c;

	do {
		size_t n = plain_len(r->at, (size_t)(r->end - r->at));

		buf_add(&b, r->at, n);
		r->at += n;
		c = r->at < r->end ? *r->at++ : 0;
		if (c == '"')
			ret = json_stringn_nocheck(buf_str(&b), b.len);
		else if (c == '\\' && (c = unescaped(r)))
			buf_addc(&b, c);
		else
			c = 0;
	} while (c && !ret);
	buf_done(&b);
	return ret;
}

static json_t *text(struct reader *r)
{
	const char *from;
	size_t len;

	return chars(r, &from, &len) ? json_stringn_nocheck(from, len)
				     : escaped_text(r);
}

/* Over a number. */
static bool digits(struct reader *r)
{
	const char *from = r->at;
	size_t n;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9' &&
	       r->at - from < (ptrdiff_t)DIGITS_MAX)
		r->at++;
	n = (size_t)(r->at - from);
	/* What goes on is longer, or a fraction; none begins with a zero. */
	return n && (n == 1 || *from != '0') &&
	       !(r->at < r->end && strchr("0123456789.eE", *r->at));
}

static json_t *number(struct reader *r)
{
	const char *from = r->at;
	json_int_t v = 0;

	if (!digits(r))
		return NULL;
	while (from < r->at)
		v = 10 * v + (*from++ - '0');
	return json_integer(v);
}

/* Over that word. */
static bool letters(struct reader *r, const char *name)
{
	size_t len = strlen(name);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, name, len) != 0)
		return false;
	r->at += len;
	return true;
}

static json_t *word(struct reader *r, const char *name, json_t *take_value)
{
	if (letters(r, name))
		return take_value;
	json_decref(take_value);
	return NULL;
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
	size_t len, n = 0;

	r->at++;
	if (take(r, '}'))
		return TAKE(all);
	do {
		json_t *v;

		if (!chars(r, &key, &len) || !take(r, ':') || !(v = value(r)))
			return NULL;
		json_object_setn_new_nocheck(all, key, len, v);
		/* One that was there already took the other's place. */
		if (json_object_size(all) != ++n)
			return NULL;
	} while (take(r, ','));
	return take(r, '}') ? TAKE(all) : NULL;
}

/* An error's code, for one. */
static json_t *below_zero(struct reader *r)
{
	json_t *v;

	r->at++;
	v = number(r);
	if (v)
		json_integer_set(v, -json_integer_value(v));
	return v;
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
	case '-':
		v = below_zero(r);
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

json_t *json_plain_first(const char *text, size_t len)
{
	struct reader r = { .at = text, .end = text + len };

	return value(&r);
}

/* --- without a tree ---------------------------------------------------------- */

static bool pass(struct reader *r);

static bool pass_text(struct reader *r)
{
	char c;

	r->at++;
	do {
		r->at += plain_len(r->at, (size_t)(r->end - r->at));
		c = r->at < r->end ? *r->at++ : 0;
	} while (c == '\\' && unescaped(r));
	return c == '"';
}

/* What stands between brackets, each of which begins like @one passes. */
static bool pass_all(struct reader *r, char end, bool (*one)(struct reader *r))
{
	r->at++;
	if (take(r, end))
		return true;
	do {
		if (!one(r))
			return false;
	} while (take(r, ','));
	return take(r, end);
}

static bool pass_member(struct reader *r)
{
	const char *key;
	size_t len;

	return chars(r, &key, &len) && take(r, ':') && pass(r);
}

/* Over any value that value() takes, and those that name a member twice. */
static bool pass(struct reader *r)
{
	bool ok;

	if (++r->depth > DEPTH_MAX)
		return false;
	switch (next(r)) {
	case '{':
		ok = pass_all(r, '}', pass_member);
		break;
	case '[':
		ok = pass_all(r, ']', pass);
		break;
	case '"':
		ok = pass_text(r);
		break;
	case 't':
		ok = letters(r, "true");
		break;
	case 'f':
		ok = letters(r, "false");
		break;
	case 'n':
		ok = letters(r, "null");
		break;
	case '-':
		r->at++;
		ok = digits(r);
		break;
	default:
		ok = digits(r);
		break;
	}
	r->depth--;
	return ok;
}

/* The same, and what it was. */
static bool part(struct reader *r, struct json_part *ret)
{
	next(r);
	ret->at = r->at;
	if (!pass(r))
		return false;
	ret->len = (size_t)(r->at - ret->at);
	return true;
}

/* Where a member's value begins, which is looked for no further; *ret_found. */
static bool find(struct reader *r, const char *name, size_t name_len,
		 bool *ret_found)
{
	*ret_found = false;
	if (!take(r, '{'))
		return false;
	if (take(r, '}'))
		return true;
	do {
		const char *key;
		size_t len;

		if (!chars(r, &key, &len) || !take(r, ':'))
			return false;
		*ret_found = len == name_len && !memcmp(key, name, len);
		if (!*ret_found && !pass(r))
			return false;
	} while (!*ret_found && take(r, ','));
	return *ret_found || take(r, '}');
}

bool json_skim(struct json_part *ret, const char *text, size_t len,
	       const char *path)
{
	struct reader r = { .at = text, .end = text + len };
	struct json_part at = { 0 };
	bool found;

	for (;;) {
		size_t n = strcspn(path, ".");

		r.depth++;
		if (!find(&r, path, n, &found))
			return false;
		if (!found || !path[n])
			break;
		path += n + 1;
	}
	if (found && !part(&r, &at))
		return false;
	*ret = at;
	return true;
}

bool json_skim_list(struct json_part **ret, size_t *ret_n, const char *text,
		    size_t len)
{
	struct reader r = { .at = text, .end = text + len, .depth = 1 };
	CLEANUP(freep) struct json_part *all = NULL;
	size_t n = 0, cap = 0;

	if (!take(&r, '['))
		return false;
	if (!take(&r, ']')) {
		do {
			GROW(all, n, cap);
			if (!part(&r, &all[n++]))
				return false;
		} while (take(&r, ','));
		if (!take(&r, ']'))
			return false;
	}
	space(&r);
	if (r.at != r.end)
		return false;
	*ret = TAKE(all);
	*ret_n = n;
	return true;
}

/* --- writing --------------------------------------------------------------- */

static bool put(struct buf *b, const json_t *j, unsigned depth);

static bool put_list(struct buf *b, const json_t *j, unsigned depth)
{
	size_t n = json_array_size(j);

	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(b, ',');
		if (!put(b, json_array_get(j, i), depth))
			return false;
	}
	buf_addc(b, ']');
	return true;
}

static bool put_object(struct buf *b, const json_t *j, unsigned depth)
{
	/* Iterating changes nothing of what is borrowed. */
	json_t *all = (json_t *)(uintptr_t)j;
	bool first = true;

	buf_addc(b, '{');
	for (void *at = json_object_iter(all); at;
	     at = json_object_iter_next(all, at)) {
		if (!first)
			buf_addc(b, ',');
		first = false;
		buf_addjson(b, json_object_iter_key(at),
			    json_object_iter_key_len(at));
		buf_addc(b, ':');
		if (!put(b, json_object_iter_value(at), depth))
			return false;
	}
	buf_addc(b, '}');
	return true;
}

static void put_integer(struct buf *b, json_int_t v)
{
	if (v < 0)
		buf_addc(b, '-');
	buf_addu64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static bool put(struct buf *b, const json_t *j, unsigned depth)
{
	if (!j || ++depth > DEPTH_MAX)
		return false;
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return put_object(b, j, depth);
	case JSON_ARRAY:
		return put_list(b, j, depth);
	case JSON_STRING:
		buf_addjson(b, json_string_value(j), json_string_length(j));
		return true;
	case JSON_INTEGER:
		put_integer(b, json_integer_value(j));
		return true;
	case JSON_TRUE:
		buf_adds(b, "true");
		return true;
	case JSON_FALSE:
		buf_adds(b, "false");
		return true;
	case JSON_NULL:
		buf_adds(b, "null");
		return true;
	case JSON_REAL:
		break;
	}
	return false;
}

bool json_plain_write(struct buf *out, const json_t *j)
{
	size_t before = out->len;

	if (put(out, j, 0))
		return true;
	buf_cut(out, before);
	return false;
}
