#include "io/http_reader.h"

#include <ctype.h>

#include "base/base.h"
#include "base/hex.h"

enum state {
	STATUS_LINE,
	HEADERS,
	LENGTH, /* a body of so many bytes */
	UNTIL_END,
	CHUNK_SIZE,
	CHUNK,
	CHUNK_END, /* the line end behind it */
	TRAILERS,
	WHOLE,
};

struct http_reader http_reader_new(struct buf *body)
{
	return (struct http_reader){.line = BUF_INIT(HTTP_HEAD_MAX),
				    .body = body};
}

void http_reader_done(struct http_reader *r)
{
	buf_done(&r->line);
	free(TAKE(r->header));
}

static bool status_line(struct http_reader *r, const char *line, struct err *e)
{
	if (strncmp(line, "HTTP/1.", 7) || !isdigit((unsigned char)line[7]) ||
	    line[8] != ' ' || !isdigit((unsigned char)line[9]) ||
	    !isdigit((unsigned char)line[10]) ||
	    !isdigit((unsigned char)line[11]) ||
	    (line[12] && line[12] != ' '))
		return err_set(e, ERR_HTTP, 0,
			       "the answer is no HTTP/1.1: \"%.60s\"", line);
	r->status = 100 * (line[9] - '0') + 10 * (line[10] - '0') +
		    (line[11] - '0');
	r->state = HEADERS;
	return true;
}

/* The value of the header @name in @line, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

static bool content_length(struct http_reader *r, const char *value,
			   struct err *e)
{
	uint64_t n;

	if (!dec_u64(&n, value, e) || (r->has_length && n != r->left))
		return err_set(e, ERR_HTTP, 0,
			       "the answer's Content-Length is odd: \"%.60s\"",
			       value);
	r->has_length = true;
	r->left = n;
	return true;
}

static bool header(struct http_reader *r, const char *line, struct err *e)
{
	const char *value;

	if ((value = value_of(line, "Content-Length")))
		return content_length(r, value, e);
	if ((value = value_of(line, "Content-Type")))
		snprintf(r->content_type, sizeof(r->content_type), "%s",
			 value);
	if (r->wanted && (value = value_of(line, r->wanted))) {
		free(r->header);
		r->header = xstrdup(value);
	}
	if (!(value = value_of(line, "Transfer-Encoding")))
		return true;
	if (strcasecmp(value, "chunked"))
		return err_set(e, ERR_HTTP, 0,
			       "the answer's Transfer-Encoding is not known: "
			       "\"%.60s\"",
			       value);
	r->chunked = true;
	return true;
}

/* RFC 9112, 6.3: how long the body is. */
static void begin_body(struct http_reader *r)
{
	if (r->status < 200) {
		/* The answer is still to come, with headers of its own. */
		r->state = STATUS_LINE;
		r->has_length = r->chunked = false;
		return;
	}
	if (r->head || r->status == 204 || r->status == 304)
		r->state = WHOLE;
	else if (r->chunked)
		r->state = CHUNK_SIZE;
	else if (!r->has_length)
		r->state = UNTIL_END;
	else
		r->state = r->left ? LENGTH : WHOLE;
}

static bool chunk_size(struct http_reader *r, const char *line, struct err *e)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");

	if (!digits || digits > 15 || (line[digits] && line[digits] != ';' &&
				       line[digits] != ' '))
		return err_set(e, ERR_HTTP, 0,
			       "a chunk of the answer has the size \"%.60s\"",
			       line);
	r->left = 0;
	for (size_t i = 0; i < digits; i++)
		r->left = r->left << 4 | (uint64_t)hex_digit(line[i]);
	r->state = r->left ? CHUNK : TRAILERS;
	return true;
}

static bool one_line(struct http_reader *r, const char *line, struct err *e)
{
	switch ((enum state)r->state) {
	case STATUS_LINE:
		return status_line(r, line, e);
	case HEADERS:
		if (*line)
			return header(r, line, e);
		begin_body(r);
		return true;
	case CHUNK_SIZE:
		return chunk_size(r, line, e);
	case CHUNK_END:
		if (*line)
			return err_set(e, ERR_HTTP, 0,
				       "a chunk of the answer is longer than "
				       "it says");
		r->state = CHUNK_SIZE;
		return true;
	case TRAILERS:
		if (!*line)
			r->state = WHOLE;
		return true;
	case LENGTH:
	case UNTIL_END:
	case CHUNK:
	case WHOLE:
		break;
	}
	ASSERT(!"a line where there is none");
	return false;
}

static bool head_too_long(struct err *e)
{
	return err_set(e, ERR_LIMIT, 0,
		       "the answer's head is larger than %u bytes",
		       HTTP_HEAD_MAX);
}

/* Up to the end of a line, which CR LF is, and LF alone. Returns what of
 * @data was taken, 0 on failure. */
static size_t feed_line(struct http_reader *r, const char *data, size_t len,
			struct err *e)
{
	const char *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - data) + 1 : len;
	bool ok;

	r->head_len += n;
	if (r->head_len > HTTP_HEAD_MAX)
		return head_too_long(e), 0;
	/* A NUL ends a line for who looks at it as text: that is all right. */
	buf_add(&r->line, data, end ? n - 1 : n);
	if (!end)
		return n;
	if (r->line.len && buf_str(&r->line)[r->line.len - 1] == '\r')
		r->line.data[--r->line.len] = 0;
	ok = one_line(r, buf_str(&r->line), e);
	buf_clear(&r->line);
	return ok ? n : 0;
}

static size_t feed_body(struct http_reader *r, const char *data, size_t len,
			struct err *e)
{
	size_t n = r->state == UNTIL_END || len < r->left ? len
							  : (size_t)r->left;

	buf_add(r->body, data, n);
	if (r->body->over)
		return err_set(e, ERR_LIMIT, 0,
			       "the answer is larger than %zu bytes",
			       r->body->cap),
		       0;
	if (r->state == UNTIL_END)
		return n;
	r->left -= n;
	if (!r->left)
		r->state = r->state == CHUNK ? CHUNK_END : WHOLE;
	return n;
}

bool http_reader_feed(struct http_reader *r, const char *data, size_t len,
		      bool *ret_whole, struct err *e)
{
	r->any |= len > 0;
	while (len && r->state != WHOLE) {
		bool body = r->state == LENGTH || r->state == UNTIL_END ||
			    r->state == CHUNK;
		size_t n = (body ? feed_body : feed_line)(r, data, len, e);

		if (!n)
			return false;
		data += n;
		len -= n;
	}
	*ret_whole = r->state == WHOLE;
	return true;
}

bool http_reader_end(const struct http_reader *r, struct err *e)
{
	if (r->state == WHOLE || r->state == UNTIL_END)
		return true;
	if (!r->any)
		return err_set(e, ERR_HTTP, 0, "there was no answer");
	if (r->state == STATUS_LINE)
		return err_set(e, ERR_HTTP, 0, "the answer is no HTTP/1.1");
	return err_set(e, ERR_HTTP, 0, "the answer is truncated");
}
