/*
 * rpc - what instances and control answer over HTTP, as JSON-RPC 2.0 on one
 * UNIX socket, for a client that holds no HTTP library.
 *
 * Layer: simulate. One method, "request", with one parameter:
 *   {"to": INSTANCE, "method": "POST", "path": "/GetQuote", "body": {…}}
 * Without "to" it is for control; body and method ("GET") may be left out. The
 * result is {"status": 200, "body": …}. Values follow each other in both
 * directions without any separator, as on anvil's socket.
 */
#ifndef SIMULATE_RPC_H
#define SIMULATE_RPC_H

#include "io/http_server.h"
#include "simulate/reply.h"

/* @to: NULL for control. */
typedef struct reply (*rpc_handler_fn)(void *arg, const char *to,
				       const struct http_in *in);

/**
 * rpc_answer - the answer to one value of a client; the caller's. Never fails:
 * what is wrong with the value is its answer, in JSON-RPC's codes.
 */
char *rpc_answer(const char *text, size_t len, rpc_handler_fn fn, void *arg);

/** rpc_door_new - Errors: ERR_OS "in use" naming the path. */
struct rpc_door;
MUST_USE bool rpc_door_new(struct rpc_door **ret, struct loop *l,
			   const char *path, rpc_handler_fn fn, void *arg,
			   struct err *e);
void rpc_door_free(struct rpc_door *d); /* NULL-safe; unlinks */

#endif
