#include "base/base.h"
#include "base/clock.h"
#include "devnet/gateway.h"
#include "io/stream.h"

int fuzz_one(const uint8_t *data, size_t n);

/*
 * An input is what a client sends, and after a zero byte what the chain sends
 * when it was asked for the first time. One of odd length is a daemon's.
 */
struct scene {
	struct loop *l;
	struct listener *li;
	struct stream *chain[2], *client; /* [0]: the gateway's own probe */
	size_t chain_n;
	struct gateway *gw;
	const char *up;
	size_t up_len;
	size_t requests, answers;
	bool ended;
};

static void on_asked(void *arg, const char *text, size_t len)
{
	struct scene *x = arg;

	(void)text;
	(void)len;
	if (x->chain[1])
		stream_write(x->chain[1], x->up, x->up_len);
	x->up_len = 0;
}

static void on_accept(void *arg, struct stream *s)
{
	struct scene *x = arg;
	struct stream_events ev = {.on_value = on_asked, .arg = x};

	ASSERT(x->chain_n < ARRAY_LEN(x->chain));
	x->chain[x->chain_n++] = s;
	stream_set_events(s, &ev);
}

static void on_request(void *arg, const char *actor,
		       const struct gateway_call *c)
{
	struct scene *x = arg;
	size_t held = gateway_held_n(x->gw);

	(void)actor;
	x->requests++;
	ASSERT(c->number == gateway_calls(x->gw) && c->method);
	if (held > 1)
		gateway_release(x->gw, gateway_held_at(x->gw, 0).number);
}

static void on_answer(void *arg, const char *actor,
		      const struct gateway_call *c, const json_t *result,
		      const json_t *error)
{
	struct scene *x = arg;

	(void)actor;
	(void)c;
	ASSERT(!result || !error);
	x->answers++;
}

static void on_end(void *arg, const struct err *why)
{
	struct scene *x = arg;

	(void)why;
	x->ended = true;
}

static bool ended(void *arg)
{
	return ((struct scene *)arg)->ended;
}

static void say(struct scene *x, const char *text, size_t len)
{
	/* What follows ends the connection, whatever came of the rest. */
	static const char end[] = "]}\"]}\nend";

	stream_write(x->client, text, len);
	stream_write(x->client, end, sizeof(end) - 1);
}

int fuzz_one(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data, *zero = memchr(text, 0, n);
	size_t down = zero ? (size_t)(zero - text) : n;
	struct scene x = {.up = zero ? zero + 1 : "",
			  .up_len = zero ? n - down - 1 : 0};
	struct gateway_spec spec = {.actor = "alice",
				    .events = {.on_request = on_request,
					       .on_answer = on_answer,
					       .arg = &x}};
	struct stream_events ev = {.on_closed = on_end, .arg = &x};
	char up[64], path[64];
	struct err e;

	snprintf(up, sizeof(up), "/tmp/avsbed-fuzz-chain.%d", (int)getpid());
	snprintf(path, sizeof(path), "/tmp/avsbed-fuzz-gw.%d", (int)getpid());
	spec.upstream = up;
	spec.ipc_path = path;
	ASSERT(loop_new(&x.l, &e));
	ASSERT(listener_new(&x.li, x.l, up, on_accept, &x, &e));
	ASSERT(gateway_new(&x.gw, x.l, &spec, &e));
	if (n % 2)
		gateway_daemon(x.gw, getpgrp());
	ASSERT(stream_connect(&x.client, x.l, path, &ev, &e));
	say(&x, text, down);
	/* It need not end: an open text swallows what was to end it. */
	(void)!loop_run_until(x.l, ended, &x, clock_ms() + 2, "an end", &e);
	ASSERT(x.answers <= x.requests);
	ASSERT(gateway_in_flight(x.gw) + gateway_held_n(x.gw) <= x.requests);
	stream_free(x.client);
	gateway_free(x.gw);
	for (size_t i = 0; i < x.chain_n; i++)
		stream_free(x.chain[i]);
	listener_free(x.li);
	loop_free(x.l);
	return 0;
}
