#include "simulate/reply.h"

#include "base/base.h"
#include "base/hex.h"

void reply_done(struct reply *r)
{
	free(r->text);
	for (unsigned i = 0; i < r->header_n; i++)
		free(r->header[i].value);
	*r = (struct reply){.text = NULL};
}

struct reply reply_json(int status, json_t *take_j)
{
	char *text = json_dumps(take_j, JSON_COMPACT | JSON_ENSURE_ASCII |
					    JSON_ENCODE_ANY);

	ASSERT(text);
	json_decref(take_j);
	return (struct reply){.status = status,
			      .type = "application/json",
			      .text = text,
			      .len = strlen(text)};
}

struct reply reply_bytes(int status, const char *type, struct buf *take_body)
{
	size_t len = take_body->len;

	ASSERT(!take_body->over);
	return (struct reply){.status = status,
			      .type = type,
			      .len = len,
			      .text = buf_take(take_body)};
}

void reply_header(struct reply *r, const char *name, char *take_value)
{
	ASSERT(r->header_n < REPLY_HEADERS_MAX);
	r->header[r->header_n].name = name;
	r->header[r->header_n++].value = take_value;
}

void reply_send(struct http_exchange *x, struct reply *take_r)
{
	for (unsigned i = 0; i < take_r->header_n; i++)
		http_header(x, take_r->header[i].name, take_r->header[i].value);
	http_respond(x, take_r->status, take_r->type, take_r->text,
		     take_r->len);
	reply_done(take_r);
}

struct reply reply_error(int status, const char *fmt, ...)
{
	struct buf text = BUF_INIT(2ul * ERR_TEXT_MAX);
	json_t *j = json_object();
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	/* What a client sent may be quoted here, and be no UTF-8. */
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] >= 0x80)
			text.data[i] = '?';
	json_object_set_new(j, "error", json_string(buf_str(&text)));
	buf_done(&text);
	return reply_json(status, j);
}

json_t *json_hex(const void *data, size_t len)
{
	char *text CLEANUP(freep) = xmalloc(2 * len + 1);
	json_t *j;

	hex_encode(text, data, len);
	j = json_stringn(text, 2 * len);
	ASSERT(j);
	return j;
}
