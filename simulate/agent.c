#include "simulate/agent.h"

#include "base/base.h"
#include "base/hex.h"
#include "simulate/agent_call.h"

/*
 * The method's name in a path, NULL off the routes. Every service's methods
 * are served on every socket: clients ask tappd's socket for plain ones too.
 */
static const char *method_of(const char *path)
{
	const char *dot;

	if (*path != '/')
		return NULL;
	path++;
	if (!strncmp(path, "prpc/", 5)) {
		path += 5;
		dot = strchr(path, '.');
		if (dot)
			path = dot + 1;
	}
	return *path && !strchr(path, '/') ? path : NULL;
}

/* %41 and + as what they stand for; what is no such escape stays. */
static char *unescape(const char *text, size_t len)
{
	char *ret = xmalloc(len + 1), *to = ret;

	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
		int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;

		if (text[i] == '%' && high >= 0 && low >= 0) {
			*to++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*to++ = text[i] == '+' ? ' ' : text[i];
		}
	}
	*to = 0;
	return ret;
}

/* a=b&c=d as an object of strings. */
static json_t *query_args(const char *query)
{
	json_t *j = json_object();

	while (*query) {
		size_t len = strcspn(query, "&");
		const char *is = memchr(query, '=', len);

		if (is) {
			size_t name_len = (size_t)(is - query);
			char *name = unescape(query, name_len);
			char *text = unescape(is + 1, len - name_len - 1);
			json_t *v = json_string(text);

			/* What is no UTF-8 is nothing that is asked for. */
			if (v)
				json_object_set_new(j, name, v);
			free(name);
			free(text);
		}
		query += len + (query[len] == '&');
	}
	return j;
}

/*
 * The published JavaScript client counts UTF-16 units where Content-Length
 * counts bytes, so that a body with "é" arrives without its last brace. It has
 * as many units as it has bytes here; if those that are missing are just enough
 * to close what is open, they can be nothing else. False if not so.
 */
static bool complete(struct buf *ret, const char *body, size_t len)
{
	char closers[64];
	size_t units = 0, open = 0;
	bool text = false;

	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)body[i];

		/* A character's first byte; beyond the BMP it is two units. */
		units += (size_t)((ch & 0xc0) != 0x80) + (ch >= 0xf0);
		if (text && ch == '\\' && i + 1 < len) {
			units++;
			i++;
		} else if (ch == '"') {
			text = !text;
		} else if (!text && (ch == '{' || ch == '[')) {
			if (open == sizeof(closers))
				return false;
			closers[open++] = ch == '{' ? '}' : ']';
		} else if (!text && open && ch == closers[open - 1]) {
			open--;
		}
	}
	if (units >= len || len - units != open + text)
		return false;
	buf_add(ret, body, len);
	if (text)
		buf_addc(ret, '"');
	while (open)
		buf_addc(ret, closers[--open]);
	return !ret->over;
}

/* *ret is NULL for a body without anything in it. */
static bool body_args(json_t **ret, const struct http_in *in, struct err *e)
{
	const char *body = in->body;
	json_t *j CLEANUP(json_decrefp) = NULL;
	struct buf whole = BUF_INIT(in->body_len + 64);
	bool ok;

	*ret = NULL;
	if (!in->body_len)
		return true;
	if (complete(&whole, body, in->body_len))
		ok = json_parse(&j, buf_str(&whole), whole.len, "request", e);
	else
		ok = json_parse(&j, body, in->body_len, "request", e);
	buf_done(&whole);
	if (!ok)
		return false;
	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "request: not a JSON object");
	*ret = TAKE(j);
	return true;
}

static const struct agent_method *find(const char *name)
{
	static const struct agent_method *const all[] = {AGENT_QUOTES,
							 AGENT_KEYS, AGENT_TLS};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (const struct agent_method *m = all[i]; m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	return NULL;
}

struct reply agent_answer(const struct world *w, struct tee *t,
			  const struct http_in *in, struct agent_note *ret_note)
{
	const char *name = method_of(in->path);
	bool get = !strcmp(in->method, "GET");
	json_t *args CLEANUP(json_decrefp) = NULL;
	struct call c = {.world = w, .tee = t, .note = ret_note};
	const struct agent_method *m;
	struct err e = ERR_INIT;

	*ret_note = (struct agent_note){.quoted = false};
	if (!name)
		return reply_error(404, "no such path: %.200s", in->path);
	if (!get && strcmp(in->method, "POST"))
		return reply_error(405, "%.20s: use GET or POST", in->method);
	m = find(name);
	if (!m)
		return reply_error(400, "Service not found: %.200s", name);
	if (m->has_args && get)
		args = query_args(in->query);
	else if (m->has_args && !body_args(&args, in, &e))
		return bad(&e);
	c.args = args;
	return m->fn(&c);
}
