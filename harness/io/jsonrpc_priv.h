/*
 * jsonrpc_priv - what jsonrpc.c (calls and their answers) and jsonrpc_wait.c
 * (who waits for them) share.
 *
 * Layer: io.
 */
#ifndef IO_JSONRPC_PRIV_H
#define IO_JSONRPC_PRIV_H

#include "io/jsonrpc.h"
#include "io/stream.h"

/* A tree, or as they are written, or neither: []. */
struct params {
	const json_t *tree;
	const struct buf *text;
	bool answer_text; /* the answer is wanted as it is written, too */
};

/* @text: the result, as the node wrote it. */
typedef void (*rpc_text_fn)(void *arg, const char *text, size_t len);

struct call {
	struct rpc *rpc;
	struct call *next;
	uint64_t id;
	char *method;
	unsigned timeout_ms;
	uint64_t begun;			/* on clock_ns() */
	struct timer *timer;		/* IPC; HTTP has its own */
	uint64_t batch;			/* the id of its first; 0: none */
	char *text;			/* as written, if it is of one */
	struct http_transfer *transfer; /* HTTP */
	rpc_done_fn fn;
	rpc_text_fn text_fn; /* instead, if the answer came alone; or NULL */
	void *arg;
};

struct sub {
	struct rpc *rpc;
	struct sub *next;
	char *id; /* NULL until the node named it */
	void (*fn)(void *arg, const json_t *item);
	void *arg;
};

struct rpc {
	struct loop *loop;
	char *name; /* path or URL */
	struct stream *stream;
	struct http_client *http;
	unsigned timeout_ms;
	uint64_t sent;
	bool batching, no_batches; /* the node takes none */
	uint64_t batch_first;	   /* the id of its first call */
	size_t batch_n;
	struct buf batch; /* "[…,…", to be written yet */
	struct call *calls, **calls_end; /* oldest first */
	struct sub *subs;
	json_t *early; /* items of a subscription that has no name yet */
	bool lost, lost_batch;
	struct err lost_why;
	void (*on_lost)(void *arg, const struct err *why);
	void *on_lost_arg;
	void (*observe)(void *arg, const char *method, uint64_t ns);
	void *observe_arg;
	bool asking_ahead;
	struct ahead *ahead; /* answers for rpc_call() to take */
	unsigned inside; /* callbacks that are running */
	bool freed;	 /* by one of them */
};

/** call_new - on its way, or into the batch that is being made. */
struct call *call_new(struct rpc *r, const char *method,
		      const struct params *params, rpc_done_fn fn, void *arg);
/** sub_named - the node calls it so; what came early is passed on. */
void sub_named(struct sub *s, const char *id);
/** sub_drop - take it out of its rpc. */
void sub_drop(struct sub *s);
/** call_drop - take it out of its rpc and end it without a word. */
void call_drop(struct call *c);

#endif
