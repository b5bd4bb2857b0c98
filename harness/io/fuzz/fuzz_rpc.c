/*
 * Whatever a node sends, each call ends once, as an answer or as an error. An
 * input is sent when the first request has come.
 */
#include "base/base.h"
#include "base/clock.h"
#include "io/jsonrpc.h"
#include "io/stream.h"

int fuzz_one(const uint8_t *data, size_t n);

#define CALLS 3u

struct scene {
	struct loop *l;
	struct stream *node;
	const uint8_t *data;
	size_t n;
	unsigned ended; /* calls */
};

static void on_asked(void *arg, const char *text, size_t len)
{
	struct scene *x = arg;

	(void)text, (void)len;
	stream_write(x->node, x->data, x->n);
	/* What was sent is read before the end is. */
	stream_free(TAKE(x->node));
}

static void on_accept(void *arg, struct stream *s)
{
	struct scene *x = arg;

	x->node = s;
	stream_set_events(s, &(struct stream_events){.on_value = on_asked,
						     .arg = x});
}

static void on_done(void *arg, const json_t *result, const json_t *data,
		    const struct err *e)
{
	struct scene *x = arg;

	ASSERT(!result == !!e);
	ASSERT(!data || e->code == ERR_RPC);
	ASSERT(!e || *e->text);
	x->ended++;
}

static void on_head(void *arg, const json_t *item)
{
	(void)arg;
	ASSERT(item);
}

static bool all_ended(void *arg)
{
	return ((struct scene *)arg)->ended == CALLS;
}

int fuzz_one(const uint8_t *data, size_t n)
{
	struct scene x = {.data = data, .n = n};
	struct listener *li;
	struct rpc *r;
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "/tmp/avsbed-fuzz-rpc.%d", (int)getpid());
	ASSERT(loop_new(&x.l, &e));
	ASSERT(listener_new(&li, x.l, path, on_accept, &x, &e));
	ASSERT(rpc_open_ipc(&r, x.l, path, &e));
	for (unsigned i = 0; i < CALLS; i++)
		rpc_send(r, "eth_blockNumber", NULL, on_done, &x);
	(void)!rpc_subscribe(r, "newHeads", on_head, NULL, &e);
	ASSERT(loop_run_until(x.l, all_ended, &x, clock_ms() + 9000,
			      "the calls to end", &e));
	rpc_free(r);
	stream_free(x.node);
	listener_free(li);
	loop_free(x.l);
	return 0;
}
