/*
 * stream - bytes both ways over a UNIX socket, and JSON values framed in them.
 *
 * Layer: io. Carries JSON-RPC as anvil's IPC does: values one after another
 * without any separator.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <sys/types.h>

#include "base/buf.h"
#include "io/loop.h"

struct stream;
struct listener;

#define STREAM_VALUE_MAX (64u << 20)  /* a longer value closes the stream */
#define STREAM_UNSENT_MAX (64u << 20) /* a peer that never reads, likewise */

struct stream_events {
	/* One whole JSON value, borrowed, NUL-terminated. */
	void (*on_value)(void *arg, const char *text, size_t len);
	/*
	 * No further call after it, and nothing is sent any more: ERR_OS
	 * [ECONNRESET] the peer left; ERR_PARSE it sent what is no JSON;
	 * ERR_LIMIT a value, or what it did not read, is too long.
	 */
	void (*on_closed)(void *arg, const struct err *why);
	void *arg;
};

/** stream_connect - Errors: ERR_OS naming the path. */
MUST_USE bool stream_connect(struct stream **ret, struct loop *l,
			     const char *path, const struct stream_events *ev,
			     struct err *e);
void stream_set_events(struct stream *s, const struct stream_events *ev);
/** stream_write - never blocks; what cannot be sent now is sent later. */
void stream_write(struct stream *s, const void *data, size_t len);
/** stream_hold - nothing is read until it is called with false: what comes
 * meanwhile waits with the kernel and the peer. */
void stream_hold(struct stream *s, bool hold);
/** stream_peer - the process at the other end; 0 if unknown. */
pid_t stream_peer(const struct stream *s);
void stream_free(struct stream *s); /* NULL-safe; also inside its callbacks */

/**
 * listener_new - a UNIX socket (mode 0600); @on_accept owns each new stream.
 * Errors: ERR_OS "in use" naming the path.
 */
MUST_USE bool listener_new(struct listener **ret, struct loop *l,
			   const char *path,
			   void (*on_accept)(void *arg, struct stream *s),
			   void *arg, struct err *e);
void listener_free(struct listener *li); /* NULL-safe; unlinks */

/**
 * json_frame - the length of the first whole JSON value in @data (leading
 * space included), 0 if it is not complete yet, -1 if it can be none. Only
 * objects and arrays: nothing else has an end of its own in a stream. Whether
 * what is inside is well-formed is the parser's to say.
 * @state: zeroed at a value's start, then kept: nothing is scanned twice.
 */
struct json_frame {
	size_t at;
	unsigned depth;
	bool in_text, escaped, started;
};
ssize_t json_frame(struct json_frame *state, const char *data, size_t len);

#endif
