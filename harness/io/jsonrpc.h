/*
 * jsonrpc - a JSON-RPC 2.0 client over HTTP or over anvil's UNIX socket.
 *
 * Layer: io.
 */
#ifndef IO_JSONRPC_H
#define IO_JSONRPC_H

#include "codec/json.h"
#include "io/http_client.h"
#include "io/loop.h"

struct rpc;

#define RPC_ANSWER_MAX (64u << 20)

/** rpc_open_ipc - over a UNIX socket. Errors: ERR_OS naming the path. */
MUST_USE bool rpc_open_ipc(struct rpc **ret, struct loop *l, const char *path,
			   struct err *e);
/** rpc_open_http - no connection is made yet. @url is copied. */
MUST_USE bool rpc_open_http(struct rpc **ret, struct http_client *http,
			    const char *url, struct err *e);
/** rpc_free - NULL-safe; also in callbacks. Pending calls end uncalled. */
void rpc_free(struct rpc *r);
DEFINE_CLEANUP(struct rpc, rpc_free)

/** rpc_timeout - how long each later call may take; 10,000 ms at first. */
void rpc_timeout(struct rpc *r, unsigned ms);

/**
 * rpc_pause - serve the loop for a millisecond: before a node is asked once more
 * what it may need our CPU for.
 */
void rpc_pause(struct rpc *r);

/* How many requests were sent so far, subscriptions included. */
uint64_t rpc_sent(const struct rpc *r);

/**
 * rpc_observe - @fn at the end of each call, answered or not: how long it took.
 */
void rpc_observe(struct rpc *r,
		 void (*fn)(void *arg, const char *method, uint64_t ns),
		 void *arg);

/**
 * rpc_send - call without waiting. @params: borrowed JSON array (or NULL: []).
 * @fn is called once, from the loop, never before rpc_send returns: with a
 * borrowed result, or NULL and the error:
 * ERR_RPC [code] "method: message"; @data is its error.data (borrowed) or NULL.
 * ERR_PARSE, ERR_SCHEMA, ERR_HTTP, ERR_LIMIT, ERR_TIMEOUT; ERR_OS when the
 * connection is lost. A lost connection stays lost: open another.
 */
typedef void (*rpc_done_fn)(void *arg, const json_t *result, const json_t *data,
			    const struct err *e);
void rpc_send(struct rpc *r, const char *method, const json_t *params,
	      rpc_done_fn fn, void *arg);

/**
 * rpc_batch, rpc_batch_end - the calls started between the two go out as one
 * JSON-RPC batch, which a node has whole or not at all. Nothing may be waited
 * for between them. Over HTTP each is a request of its own all the same, and on
 * a socket, once the node has refused one.
 */
void rpc_batch(struct rpc *r);
void rpc_batch_end(struct rpc *r);
/** rpc_one_by_one - from now on no batch goes out; each call is alone. */
void rpc_one_by_one(struct rpc *r);
/**
 * rpc_lost_batch - whether the connection was lost while a batch was unanswered:
 * some nodes, and what stands before them, close it rather than say no.
 */
bool rpc_lost_batch(const struct rpc *r);

/**
 * rpc_call - call and wait, serving the loop meanwhile.
 * @params: a JSON array whose reference is taken (even on failure), or NULL.
 * @ret:      new reference, owned by the caller; may be NULL.
 * @ret_data: error.data of an ERR_RPC as new reference, else NULL; may be NULL.
 */
MUST_USE bool rpc_call(struct rpc *r, const char *method, json_t *params,
		       json_t **ret, json_t **ret_data, struct err *e);

/**
 * rpc_call_text - the same without trees, for what is long and no more than one
 * text: @params is written already, a JSON array, and @ret is the result as the
 * node wrote it, owned by the caller. May be asked ahead.
 */
MUST_USE bool rpc_call_text(struct rpc *r, const char *method,
			    const struct buf *params, char **ret,
			    struct err *e);

/** A call of rpc_call_all(). */
struct rpc_ask {
	const char *method;
	json_t *params; /* as of rpc_call(), taken likewise */
	/* Not NULL: @params as JSON text, borrowed, for what would be long to
	 * make a tree of. Not to be asked ahead. */
	const struct buf *text;
	json_t *result; /* new reference, once all have succeeded */
	/* Not NULL: should it fail, that is told here and fails nothing else. */
	struct err *why;
};
/** rpc_asks_done - let go of the results, if there are any. */
void rpc_asks_done(struct rpc_ask *asks, size_t n);

/**
 * rpc_call_all - rpc_call() of several, as one rpc_batch(): one message each way
 * for all of them. A node begins with them in their order and need not wait for
 * one before it begins with the next, so that only what neither reads the
 * other's work nor is read by it goes together; node.c knows what more is true
 * of anvil.
 * Errors: that of the first one that failed.
 */
MUST_USE bool rpc_call_all(struct rpc *r, struct rpc_ask *asks, size_t n,
			   struct err *e);

/**
 * rpc_ahead, rpc_ahead_end - between the two, what rpc_call() and rpc_call_all()
 * are told is asked for, in one rpc_batch(), and not waited for: they fail at
 * once. The answer is for the next one who calls the same method with the same
 * parameters, once. So whoever knows which questions will come puts each of them
 * beforehand, by the same functions, and waits once. Nothing that changes the
 * chain may be asked so.
 */
void rpc_ahead(struct rpc *r);
void rpc_ahead_end(struct rpc *r);
/** rpc_forget - what was asked ahead and not taken: it may be old by now. */
void rpc_forget(struct rpc *r);

/**
 * rpc_subscribe - eth_subscribe to "newHeads"; IPC only. @fn gets each
 * params.result, borrowed, also if it came before the answer. Lasts until
 * rpc_free. May be asked ahead.
 */
MUST_USE bool rpc_subscribe(struct rpc *r, const char *kind,
			    void (*fn)(void *arg, const json_t *item),
			    void *arg, struct err *e);
/**
 * rpc_on_lost - @fn once when an IPC connection is lost unasked, after the
 * pending calls have failed with the same reason.
 */
void rpc_on_lost(struct rpc *r, void (*fn)(void *arg, const struct err *why),
		 void *arg);

#endif
