/*
 * reply - an answer over HTTP, before it is sent: handlers are functions from
 * a request to one of these, and are tested without a socket.
 *
 * Layer: simulate. Bodies are JSON in ASCII, whatever is in them: one published
 * client counts UTF-16 units against content-length and hangs on the rest.
 */
#ifndef SIMULATE_REPLY_H
#define SIMULATE_REPLY_H

#include "codec/json.h"

struct reply {
	int status;
	char *text; /* owned; NUL-terminated */
};

void reply_done(struct reply *r);

/** reply_json - status and the text of @take_j, which is freed. */
struct reply reply_json(int status, json_t *take_j);

/** reply_error - {"error": text}. */
struct reply reply_error(int status, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** json_hex - a JSON string of lower-case digits without 0x; the caller's. */
json_t *json_hex(const void *data, size_t len);

#endif
