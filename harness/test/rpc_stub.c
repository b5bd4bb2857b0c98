#include "test/rpc_stub.h"

#include <inttypes.h>

#include "test/kit.h"

#include "base/base.h"
#include "io/stream.h"

#define CLIENTS_MAX 8
#define METHODS_MAX 64

struct client {
	struct rpc_stub *stub;
	struct stream *stream; /* NULL: free slot */
};

struct rpc_stub {
	struct listener *listener;
	struct client clients[CLIENTS_MAX];
	rpc_stub_fn fn;
	void *arg;
	unsigned messages;
	bool no_batches, closes_on_batches;
	unsigned away; /* who connect are still closed */
	struct {
		char *name;
		unsigned n;
	} methods[METHODS_MAX];
};

static void count(struct rpc_stub *s, const char *method)
{
	for (size_t i = 0; i < METHODS_MAX; i++) {
		if (!s->methods[i].name)
			s->methods[i].name = xstrdup(method);
		if (!strcmp(s->methods[i].name, method)) {
			s->methods[i].n++;
			return;
		}
	}
	ASSERT(!"too many methods");
}

unsigned rpc_stub_calls(const struct rpc_stub *s, const char *method)
{
	unsigned n = 0;

	for (size_t i = 0; i < METHODS_MAX && s->methods[i].name; i++)
		if (!method || !strcmp(s->methods[i].name, method))
			n += s->methods[i].n;
	return n;
}

unsigned rpc_stub_messages(const struct rpc_stub *s)
{
	return s->messages;
}

void rpc_stub_no_batches(struct rpc_stub *s)
{
	s->no_batches = true;
}

void rpc_stub_closes_on_batches(struct rpc_stub *s)
{
	s->closes_on_batches = true;
}

void rpc_stub_away(struct rpc_stub *s, unsigned n)
{
	s->away = n;
}

/* What is answered to one request is appended to @out. */
static void answer_one(const struct client *c, const json_t *j,
		       struct buf *out)
{
	const char *method = json_string_value(json_object_get(j, "method"));
	CLEANUP(freep) char *members = NULL;

	ASSERT(method);
	count(c->stub, method);
	members =
	    c->stub->fn(c->stub->arg, method, json_object_get(j, "params"));
	if (!members)
		return;
	buf_addf(out, "%s{\"jsonrpc\":\"2.0\",\"id\":%" JSON_INTEGER_FORMAT
		      ",%s}",
		 out->len > 1 ? "," : "",
		 json_integer_value(json_object_get(j, "id")), members);
}

/* As a node does: a batch is answered by a batch. */
static void on_value(void *arg, const char *text, size_t len)
{
	struct client *c = arg;
	CLEANUP(json_decrefp) json_t *j = json_loadb(text, len, 0, NULL);
	struct buf out = BUF_INIT(STREAM_UNSENT_MAX);

	c->stub->messages++;
	if (json_is_array(j) && c->stub->closes_on_batches) {
		stream_free(TAKE(c->stream));
		return;
	}
	if (json_is_array(j) && c->stub->no_batches) {
		buf_adds(&out, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
			       "{\"code\":-32600,\"message\":\"no batch\"}}");
	} else if (json_is_array(j)) {
		buf_addc(&out, '[');
		for (size_t i = 0; i < json_array_size(j); i++)
			answer_one(c, json_array_get(j, i), &out);
		if (out.len > 1)
			buf_addc(&out, ']');
		else
			buf_clear(&out);
	} else {
		answer_one(c, j, &out);
	}
	if (out.len && c->stream)
		stream_write(c->stream, out.data, out.len);
	buf_done(&out);
}

static void on_closed(void *arg, const struct err *why)
{
	struct client *c = arg;

	(void)why;
	stream_free(TAKE(c->stream));
}

static void on_accept(void *arg, struct stream *stream)
{
	struct rpc_stub *s = arg;
	struct client *c = s->clients;

	if (s->away) {
		s->away--;
		stream_free(stream);
		return;
	}
	while (c->stream)
		ASSERT(++c < s->clients + CLIENTS_MAX);
	*c = (struct client){.stub = s, .stream = stream};
	stream_set_events(stream,
			  &(struct stream_events){.on_value = on_value,
						  .on_closed = on_closed,
						  .arg = c});
}

struct rpc_stub *rpc_stub_new(struct loop *l, const char *path, rpc_stub_fn fn,
			      void *arg)
{
	struct rpc_stub *s = xcalloc(1, sizeof(*s));
	struct err e;

	s->fn = fn;
	s->arg = arg;
	assert_ok(listener_new(&s->listener, l, path, on_accept, s, &e), &e);
	return s;
}

void rpc_stub_drop(struct rpc_stub *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		stream_free(TAKE(s->clients[i].stream));
}

void rpc_stub_free(struct rpc_stub *s)
{
	if (!s)
		return;
	rpc_stub_drop(s);
	listener_free(s->listener);
	for (size_t i = 0; i < METHODS_MAX; i++)
		free(s->methods[i].name);
	free(s);
}

void rpc_stub_write(struct rpc_stub *s, const char *text)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].stream)
			stream_write(s->clients[i].stream, text, strlen(text));
}

void rpc_stub_head(struct rpc_stub *s, uint64_t number)
{
	CLEANUP(freep)
	char *text =
	    xasprintf("{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\","
		      "\"params\":{\"subscription\":\"0x1\",\"result\":"
		      "{\"number\":\"0x%" PRIx64 "\",\"timestamp\":\"0x1\","
		      "\"gasUsed\":\"0x0\",\"gasLimit\":\"0x1\","
		      "\"baseFeePerGas\":\"0x7\",\"hash\":\"0x%064" PRIx64 "\","
		      "\"parentHash\":\"0x%064" PRIx64 "\"}}}",
		      number, number, number - 1);

	rpc_stub_write(s, text);
}
