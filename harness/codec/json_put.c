#include "codec/json_put.h"

#include "base/base.h"
#include "base/plain.h"

/* What stands there last is an opening bracket, or the end of a value. */
static void comma(struct buf *b)
{
	if (b->len && b->data[b->len - 1] != '{' && b->data[b->len - 1] != '[')
		buf_addc(b, ',');
}

static void begin(struct buf *b, const char *key)
{
	comma(b);
	if (key) {
		buf_addjson(b, key, strlen(key));
		buf_addc(b, ':');
	}
}

void json_put_text(struct buf *b, const char *key, const char *text)
{
	size_t len = strlen(text);

	begin(b, key);
	if (plain_len(text, len) == len) {
		buf_addjson(b, text, len);
	} else {
		CLEANUP(json_decrefp) json_t *said = json_said(text);

		json_write(b, said);
	}
}

void json_put_int(struct buf *b, const char *key, json_int_t v)
{
	begin(b, key);
	if (v < 0)
		buf_addc(b, '-');
	buf_addu64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void json_put_bool(struct buf *b, const char *key, bool v)
{
	begin(b, key);
	buf_adds(b, v ? "true" : "false");
}

void json_put_json(struct buf *b, const char *key, const json_t *v)
{
	begin(b, key);
	json_write(b, v);
}

void json_put_open(struct buf *b, const char *key, char bracket)
{
	begin(b, key);
	buf_addc(b, bracket);
}

void json_put_close(struct buf *b, char bracket)
{
	buf_addc(b, bracket);
}

void json_put_all(struct buf *b, const char *all, size_t len)
{
	if (!len)
		return;
	comma(b);
	buf_add(b, all, len);
}
