/*
 * refusal - a node that refuses one request.
 *
 * Not a room: for devnet's tests only, linked with
 * -Wl,--wrap=rpc_call -Wl,--wrap=rpc_call_all
 */
#ifndef DEVNET_TEST_REFUSAL_H
#define DEVNET_TEST_REFUSAL_H

#include "test/kit.h"

#include "base/base.h"
#include "io/jsonrpc.h"

#define REFUSED "out of luck"

bool __real_rpc_call(struct rpc *r, const char *method, json_t *params,
		     json_t **ret, json_t **ret_data, struct err *e);
bool __wrap_rpc_call(struct rpc *r, const char *method, json_t *params,
		     json_t **ret, json_t **ret_data, struct err *e);
bool __real_rpc_call_all(struct rpc *r, struct rpc_ask *asks, size_t n,
			 struct err *e);
bool __wrap_rpc_call_all(struct rpc *r, struct rpc_ask *asks, size_t n,
			 struct err *e);

/* Which of the requests from now on is refused. */
static struct {
	bool armed, fired;
	size_t left;
	char what[64];
} refusal;

static bool refused(const char *method, struct err *e)
{
	if (!refusal.armed || refusal.fired || refusal.left--)
		return false;
	refusal.fired = true;
	snprintf(refusal.what, sizeof(refusal.what), "%s", method);
	err_set(e, ERR_RPC, -32000, "%s: " REFUSED, method);
	return true;
}

bool __wrap_rpc_call(struct rpc *r, const char *method, json_t *params,
		     json_t **ret, json_t **ret_data, struct err *e)
{
	if (!refused(method, e))
		return __real_rpc_call(r, method, params, ret, ret_data, e);
	json_decref(params);
	if (ret_data)
		*ret_data = NULL;
	return false;
}

bool __wrap_rpc_call_all(struct rpc *r, struct rpc_ask *asks, size_t n,
			 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!refused(asks[i].method, e))
			continue;
		for (i = 0; i < n; i++)
			json_decref(asks[i].params);
		return false;
	}
	return __real_rpc_call_all(r, asks, n, e);
}

/* Whether there is another request: then it was refused, and that was told. */
static inline UNUSED bool another(size_t at,
				  bool (*fn)(void *arg, struct err *e),
				  void *arg, const char *name)
{
	struct err e = ERR_INIT;
	bool ok;

	memset(&refusal, 0, sizeof(refusal));
	refusal.left = at;
	refusal.armed = true;
	ok = fn(arg, &e);
	refusal.armed = false;
	if (!refusal.fired) {
		assert_ok(ok, &e);
		return false;
	}
	/* What a jump's answer says counts only where the height is wrong. */
	if (ok || !strstr(e.text, REFUSED) ||
	    (e.code != ERR_RPC && strcmp(refusal.what, "anvil_loadState")))
		fail_msg("%s: its request %zu, %s, was refused, and %s%s", name,
			 at, refusal.what, ok ? "nobody said so" : "said was: ",
			 ok ? "" : e.text);
	return true;
}

#endif
