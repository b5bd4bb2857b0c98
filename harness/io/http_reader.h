/*
 * http_reader - an HTTP/1.1 answer, out of the bytes of a connection as they
 * come.
 *
 * Layer: io. Pure. RFC 9112 as far as a client needs it that asks one question
 * on each connection: a body by its length, in chunks, or up to the end.
 */
#ifndef IO_HTTP_READER_H
#define IO_HTTP_READER_H

#include "base/buf.h"

#define HTTP_HEAD_MAX 65536u /* status line, headers, trailers */

struct http_reader {
	int state;	 /* zeroed at first */
	struct buf line; /* of what is not a body: one that is not whole yet */
	size_t head_len; /* of all lines so far */
	bool any, chunked, has_length;
	uint64_t left; /* of the body, or of its chunk */
	bool head; /* the caller's: HEAD was asked, there is no body */

	int status;
	char content_type[128];
	const char *wanted; /* a header's name, the caller's; NULL: none */
	char *header;	    /* its value, or NULL */
	struct buf *body;   /* the caller's; its cap is the answer's */
};

/** http_reader_new - @body: where the answer's goes; borrowed. */
struct http_reader http_reader_new(struct buf *body);
void http_reader_done(struct http_reader *r);

/**
 * http_reader_feed - the next bytes. *ret_whole: the answer is there; what may
 * follow is nobody's.
 * Errors: ERR_HTTP that is no answer; ERR_LIMIT a body over its cap, or a head
 * over HTTP_HEAD_MAX.
 */
MUST_USE bool http_reader_feed(struct http_reader *r, const char *data,
			       size_t len, bool *ret_whole, struct err *e);
/** http_reader_end - no more will come. Errors: ERR_HTTP it was not whole. */
MUST_USE bool http_reader_end(const struct http_reader *r, struct err *e);

#endif
