/*
 * rpc_stub - a scripted JSON-RPC node on a UNIX socket, for tests.
 *
 * Not a room: linked with tests of rooms from eth on. It lives on the test's
 * own loop, so that a synchronous call of the code under test serves it.
 */
#ifndef TEST_RPC_STUB_H
#define TEST_RPC_STUB_H

#include "codec/json.h"
#include "io/loop.h"

struct rpc_stub;

/*
 * Returns what to answer with, to be freed: `"result":…` or `"error":{…}`.
 * NULL leaves the request without an answer.
 */
typedef char *(*rpc_stub_fn)(void *arg, const char *method,
			     const json_t *params);

/** rpc_stub_new - listen at @path; fails the test if that is impossible. */
struct rpc_stub *rpc_stub_new(struct loop *l, const char *path, rpc_stub_fn fn,
			      void *arg);
void rpc_stub_free(struct rpc_stub *s); /* NULL-safe */

/** rpc_stub_write - send these bytes to every client, as they are. */
void rpc_stub_write(struct rpc_stub *s, const char *text);

/** rpc_stub_head - notify every client of a head, as subscription 0x1. */
void rpc_stub_head(struct rpc_stub *s, uint64_t number);

/** rpc_stub_drop - close every connection. */
void rpc_stub_drop(struct rpc_stub *s);

/** rpc_stub_away - the next @n who connect are closed at once. */
void rpc_stub_away(struct rpc_stub *s, unsigned n);

/** rpc_stub_calls - how many requests of @method came; NULL: of all. */
unsigned rpc_stub_calls(const struct rpc_stub *s, const char *method);

/** rpc_stub_messages - how many texts they came in. */
unsigned rpc_stub_messages(const struct rpc_stub *s);

/** rpc_stub_no_batches - from now on each batch is refused as a whole. */
void rpc_stub_no_batches(struct rpc_stub *s);

/** rpc_stub_closes_on_batches - it says nothing to one, and is gone. */
void rpc_stub_closes_on_batches(struct rpc_stub *s);

#endif
