/*
 * http_server - an HTTP/1.1 server on loopback or a UNIX socket.
 *
 * Layer: io, on libmicrohttpd inside the loop, no threads. Loopback only.
 */
#ifndef IO_HTTP_SERVER_H
#define IO_HTTP_SERVER_H

#include "io/loop.h"

struct http_server;
struct http_exchange; /* one request that waits for its answer */

#define HTTP_BODY_MAX (10u << 20)

struct http_in {
	const char *method, *path, *query,
	    *content_type; /* query: "" or a=b&c */
	const void *body;
	size_t body_len;
};

/**
 * A handler answers by http_respond(), now or later, exactly once. @in is
 * borrowed until the handler returns.
 */
typedef void (*http_handler_fn)(void *arg, const struct http_in *in,
				struct http_exchange *x);

/**
 * http_server_new - listen and serve.
 * @unix_path: a socket to create (mode 0600), or NULL for 127.0.0.1.
 * @port:      with NULL @unix_path: a port, 0 lets the system choose.
 * Errors: ERR_OS "in use" naming the address.
 */
MUST_USE bool http_server_new(struct http_server **ret, struct loop *l,
			      const char *unix_path, uint16_t port,
			      http_handler_fn fn, void *arg, struct err *e);
/**
 * http_server_free - NULL-safe; unlinks the socket; not inside the handler.
 * Exchanges that still wait are told by http_on_gone() and are gone.
 */
void http_server_free(struct http_server *s);
DEFINE_CLEANUP(struct http_server, http_server_free)
uint16_t http_server_port(const struct http_server *s);

/** http_header - one more header of the answer, before it; copies both. */
void http_header(struct http_exchange *x, const char *name, const char *value);
/** http_respond - copies @body; @x is gone afterwards. */
void http_respond(struct http_exchange *x, int status, const char *content_type,
		  const void *body, size_t len);
/**
 * http_on_gone - @fn(@arg) if the client leaves before the answer; @x is gone
 * by then. Without it, @x waits for its http_respond(), which does nothing.
 */
void http_on_gone(struct http_exchange *x, void (*fn)(void *arg), void *arg);

#endif
