/*
 * reply - an answer over HTTP, before it is sent: handlers are functions from
 * a request to one of these, and are tested without a socket.
 *
 * Layer: simulate. JSON is ASCII, whatever is in it: one published client
 * counts UTF-16 units against content-length and hangs on the rest.
 */
#ifndef SIMULATE_REPLY_H
#define SIMULATE_REPLY_H

#include "codec/json.h"
#include "io/http_server.h"

#define REPLY_HEADERS_MAX 6u

struct reply {
	int status;
	const char *type;
	char *text; /* owned; NUL-terminated */
	size_t len; /* of text, which may hold NULs */
	struct {
		const char *name;
		char *value; /* owned */
	} header[REPLY_HEADERS_MAX];
	unsigned header_n;
};

void reply_done(struct reply *r);

/** reply_json - status and the text of @take_j, which is freed. */
struct reply reply_json(int status, json_t *take_j);

/** reply_error - {"error": text}. */
struct reply reply_error(int status, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** reply_bytes - any body; @take_body is freed, and must not be over. */
struct reply reply_bytes(int status, const char *type, struct buf *take_body);

/** reply_header - a header besides the usual ones; @take_value is freed. */
void reply_header(struct reply *r, const char *name, char *take_value);

/** reply_send - answer @x, and be done with @take_r. */
void reply_send(struct http_exchange *x, struct reply *take_r);

/** json_hex - a JSON string of lower-case digits without 0x; the caller's. */
json_t *json_hex(const void *data, size_t len);

#endif
