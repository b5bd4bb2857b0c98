#include "devnet/gateway.h"

#include <inttypes.h>

#include "base/base.h"
#include "devnet/gateway_priv.h"

static void client_new(struct client **ret, struct gateway *g,
		       struct stream *down, struct http_exchange *x)
{
	struct client *c = xcalloc(1, sizeof(*c));

	*c = (struct client){.g = g, .next = g->clients, .down = down, .x = x};
	g->clients = c;
	*ret = c;
}

static void respond(struct http_exchange *x, int status, const char *text,
		    size_t len)
{
	http_respond(x, status, "application/json", text, len);
}

/* An HTTP request that has no answer by now gets @why for one. */
static void client_end(struct client *c, const char *why)
{
	struct client **at = &c->g->clients;

	calls_drop(c, why);
	late_drop(c);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (c->x) {
		CLEANUP(freep)
		char *text = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":null,"
				       "\"error\":{\"code\":-32000,"
				       "\"message\":\"%s\"}}",
				       why);

		respond(c->x, 502, text, strlen(text));
	}
	stream_free(c->up);
	stream_free(c->down);
	free(c);
}

void client_send(struct client *c, const char *text, size_t len)
{
	struct http_exchange *x = TAKE(c->x);

	if (!x) {
		stream_write(c->down, text, len);
		return;
	}
	client_end(c, "the HTTP request has ended");
	respond(x, len ? 200 : 204, text, len);
}

void client_bad(struct client *c, const struct err *why)
{
	static const char text[] =
	    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"
	    "\"message\":\"this is no JSON\"}}";
	struct gateway *g = c->g;
	bool http = c->x != NULL;

	client_send(c, text, sizeof(text) - 1);
	if (!http)
		client_end(c, "the client sent what is no JSON");
	if (g->ev.on_bad_client)
		g->ev.on_bad_client(g->ev.arg, g->actor, why);
}

void client_lost(struct client *c, const struct err *why)
{
	struct gateway *g = c->g;
	struct err e = *why;
	size_t waiting = gateway_in_flight(g);
	bool first = !g->lost;

	g->lost = true;
	while (g->clients)
		client_end(g->clients, "the chain is gone");
	err_ctx(&e, "%s's gateway lost the chain with %zu requests unanswered",
		g->actor, waiting);
	if (first && g->ev.on_lost)
		g->ev.on_lost(g->ev.arg, g->actor, &e);
}

void gateway_close_clients(struct gateway *g)
{
	while (g->clients) {
		const struct client *c = g->clients;

		g->cut |= c->down && g->daemon && c->group == g->daemon;
		client_end(g->clients, "the chain is out of reach");
	}
}

static void on_up_value(void *arg, const char *text, size_t len)
{
	calls_deliver(arg, text, len);
}

static void on_up_closed(void *arg, const struct err *why)
{
	client_lost(arg, why);
}

static void on_down_value(void *arg, const char *text, size_t len)
{
	calls_admit(arg, text, len);
}

static void on_down_closed(void *arg, const struct err *why)
{
	struct client *c = arg;
	struct gateway *g = c->g;

	client_end(c, "the client left before its answer");
	if (why->code != ERR_OS && g->ev.on_bad_client)
		g->ev.on_bad_client(g->ev.arg, g->actor, why);
}

/* Returns false when there is no chain to connect to; @c is gone then. */
static bool client_connect(struct client *c)
{
	struct stream_events ev = {on_up_value, on_up_closed, c};
	struct err e;

	if (stream_connect(&c->up, c->g->loop, c->g->upstream, &ev, &e))
		return true;
	client_lost(c, &e);
	return false;
}

static void on_accept(void *arg, struct stream *s)
{
	struct gateway *g = arg;
	struct stream_events ev = {on_down_value, on_down_closed, NULL};
	pid_t peer = stream_peer(s);
	struct client *c;

	if (g->fault.what == GATEWAY_UNREACHABLE) {
		stream_free(s);
		return;
	}
	client_new(&c, g, s, NULL);
	/* Who is gone already belongs to no group. */
	c->group = peer ? getpgid(peer) : 0;
	if (g->daemon && c->group == g->daemon) {
		g->daemon_requests = 0;
		g->cut = false;
	}
	ev.arg = c;
	stream_set_events(s, &ev);
	(void)!client_connect(c);
}

static void on_http_gone(void *arg)
{
	struct client *c = arg;

	c->x = NULL;
	client_end(c, "the client left before its answer");
}

static void on_http(void *arg, const struct http_in *in,
		    struct http_exchange *x)
{
	static const char post[] = "JSON-RPC is spoken by POST\n";
	struct gateway *g = arg;
	struct client *c;

	if (strcmp(in->method, "POST")) {
		http_respond(x, 405, "text/plain", post, sizeof(post) - 1);
		return;
	}
	if (g->fault.what == GATEWAY_UNREACHABLE) {
		http_respond(x, 503, "text/plain", "", 0);
		return;
	}
	client_new(&c, g, NULL, x);
	http_on_gone(x, on_http_gone, c);
	if (client_connect(c))
		calls_admit(c, in->body, in->body_len);
}

static bool open_endpoints(struct gateway *g, struct err *e)
{
	if (!listener_new(&g->listener, g->loop, g->ipc_path, on_accept, g,
			  e) ||
	    !http_server_new(&g->http, g->loop, NULL, 0, on_http, g, e))
		return false;
	g->url = xasprintf("http://127.0.0.1:%u",
			   (unsigned)http_server_port(g->http));
	return true;
}

bool gateway_new(struct gateway **ret, struct loop *l,
		 const struct gateway_spec *spec, struct err *e)
{
	CLEANUP(gateway_freep) struct gateway *g = xcalloc(1, sizeof(*g));

	g->loop = l;
	g->actor = xstrdup(spec->actor);
	g->upstream = xstrdup(spec->upstream);
	g->ipc_path = xstrdup(spec->ipc_path);
	g->ev = spec->events;
	if (!open_endpoints(g, e))
		return err_ctx(e, "%s's gateway", g->actor);
	*ret = TAKE(g);
	return true;
}

void gateway_free(struct gateway *g)
{
	if (!g)
		return;
	/* The owner ends it: nothing of that is news to the owner. */
	g->ev = (struct gateway_events){0};
	http_server_free(g->http);
	while (g->clients)
		client_end(g->clients, "the gateway is closed");
	listener_free(g->listener);
	free(g->revert_method);
	json_decref(g->receipt);
	free(g->revert_data);
	free(g->actor);
	free(g->upstream);
	free(g->ipc_path);
	free(g->url);
	free(g);
}

const char *gateway_ipc(const struct gateway *g)
{
	return g->ipc_path;
}

const char *gateway_url(const struct gateway *g)
{
	return g->url;
}

void gateway_daemon(struct gateway *g, pid_t group)
{
	g->daemon = group;
	g->daemon_requests = 0;
	g->told = 0;
	g->cut = false;
}

uint64_t gateway_daemon_requests(const struct gateway *g)
{
	return g->daemon_requests;
}

uint64_t gateway_calls(const struct gateway *g)
{
	return g->calls_n;
}
