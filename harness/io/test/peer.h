/* What the tests of JSON-RPC over IPC share: a peer that does as they say. */
#ifndef IO_TEST_PEER_H
#define IO_TEST_PEER_H

#include "io/jsonrpc.h"
#include "io/stream.h"
#include "io/test/ground.h"

struct peer {
	struct ground *g;
	struct listener *li;
	struct stream *s;
	struct rpc *r;
	const char *reply; /* to each request; NULL: none */
	struct buf got;	   /* all requests */
	size_t got_n, wanted;
	bool enough, hang_up;
	bool alone; /* it answers one by one, by the method, and no batch */
};

static inline void answer_alone(struct peer *p, const char *text, size_t len)
{
	json_t *j = json_loadb(text, len, 0, NULL);
	char *answer =
	    json_is_array(j)
		? xstrdup("{\"id\":null,\"error\":{\"code\":-32600,"
			  "\"message\":\"no batches here\"}}")
		: xasprintf("{\"id\":%lld,\"result\":\"%s\"}",
			    json_integer_value(json_object_get(j, "id")),
			    json_string_value(json_object_get(j, "method")));

	stream_write(p->s, answer, strlen(answer));
	free(answer);
	json_decref(j);
}

static inline void on_request(void *arg, const char *text, size_t len)
{
	struct peer *p = arg;

	buf_add(&p->got, text, len);
	p->enough = ++p->got_n >= p->wanted;
	if (p->alone)
		answer_alone(p, text, len);
	else if (p->reply)
		stream_write(p->s, p->reply, strlen(p->reply));
	if (p->hang_up)
		stream_free(TAKE(p->s));
}

static inline void on_left(void *arg, const struct err *why)
{
	struct peer *p = arg;

	(void)why;
	stream_free(TAKE(p->s));
}

static inline void on_accept(void *arg, struct stream *s)
{
	struct peer *p = arg;
	struct stream_events ev = {on_request, on_left, p};

	stream_free(p->s);
	p->s = s;
	stream_set_events(s, &ev);
}

static inline void peer_open(struct peer *p, struct ground *g, const char *reply)
{
	struct err e;

	*p = (struct peer){
	    .g = g, .reply = reply, .got = BUF_INIT(1u << 20), .wanted = 1};
	assert_ok(
	    listener_new(&p->li, g->l, in_dir(g, "ipc"), on_accept, p, &e), &e);
	assert_ok(rpc_open_ipc(&p->r, g->l, in_dir(g, "ipc"), &e), &e);
}

static inline void peer_close(struct peer *p)
{
	rpc_free(p->r);
	stream_free(p->s);
	listener_free(p->li);
	buf_done(&p->got);
}

#endif
