/*
 * http_client - HTTP/1.1 requests over TCP on loopback or a UNIX socket.
 *
 * Layer: io. One request on each connection; no redirects, no proxies, no
 * other protocol: what a real library has besides costs each operator 8 MiB.
 */
#ifndef IO_HTTP_CLIENT_H
#define IO_HTTP_CLIENT_H

#include "base/buf.h"
#include "io/loop.h"

struct http_client;

struct http_request {
	const char *method;    /* "GET", "POST" */
	const char *url;       /* "http://127.0.0.1:8545/", "http://tee/Info" */
	const char *unix_path; /* connect there instead, or NULL */
	const char *content_type; /* of the body, or NULL */
	const void *body;
	size_t body_len;
	size_t answer_max; /* cap of the answer's body */
	const char *want_header; /* to be had with the answer; or NULL */
	unsigned timeout_ms;
};

struct http_answer {
	int status;
	struct buf body; /* owned by whoever holds the answer */
	char content_type[128];
	char *header; /* the one that was wanted; NULL: it did not come */
};
void http_answer_done(struct http_answer *a);

MUST_USE bool http_client_new(struct http_client **ret, struct loop *l,
			      struct err *e);
void http_client_free(struct http_client *c); /* NULL-safe; not in callbacks */
DEFINE_CLEANUP(struct http_client, http_client_free)
struct loop *http_client_loop(const struct http_client *c);

/**
 * http_send - start a request; everything in @r is copied. @fn is called once,
 * from the loop: with an answer of any status (borrowed), or with NULL and
 * why none came.
 * Returns a handle for http_cancel, gone once @fn was called. http_client_free
 * drops what is under way without a call.
 */
struct http_transfer;
typedef void (*http_done_fn)(void *arg, const struct http_answer *a,
			     const struct err *e);
struct http_transfer *http_send(struct http_client *c,
				const struct http_request *r, http_done_fn fn,
				void *arg);
/** http_cancel - @fn is not called any more. NULL-safe. */
void http_cancel(struct http_transfer *t);

/**
 * http_fetch - http_send and wait. Any status is success.
 * Errors: ERR_HTTP refused, reset, malformed; ERR_TIMEOUT; ERR_LIMIT; each
 * names method and address.
 */
MUST_USE bool http_fetch(struct http_client *c, const struct http_request *r,
			 struct http_answer *ret, struct err *e);

#endif
