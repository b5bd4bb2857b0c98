#include "test/live_stub.h"

#include "base/base.h"
#include "base/err.h"

struct live;
struct rpc;

uint64_t live_stub_state;
bool live_stub_returns;

struct rpc *__wrap_live_rpc(struct live *w);
bool __wrap_live_state(struct live *w, uint64_t *ret, struct err *e);
bool __wrap_live_returns(const struct live *w, uint64_t of);

struct rpc *__wrap_live_rpc(struct live *w)
{
	(void)w;
	return NULL;
}

bool __wrap_live_state(struct live *w, uint64_t *ret, struct err *e)
{
	(void)w;
	(void)e;
	*ret = live_stub_state;
	return true;
}

bool __wrap_live_returns(const struct live *w, uint64_t of)
{
	(void)w;
	(void)of;
	return live_stub_returns;
}
