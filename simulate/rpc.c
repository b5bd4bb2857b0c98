#include "simulate/rpc.h"

#include "base/base.h"
#include "io/stream.h"

enum {
	NOT_JSON = -32700,
	NOT_A_REQUEST = -32600,
	NO_METHOD = -32601,
	BAD_PARAMS = -32602
};

struct client {
	struct rpc_door *door;
	struct client *next;
	struct stream *stream;
};

struct rpc_door {
	struct listener *listener;
	struct client *clients;
	rpc_handler_fn fn;
	void *arg;
};

/* --- a value and its answer --------------------------------------------------
 */

/* @value: JSON text. */
static char *answer(const json_t *id, const char *member, const char *value)
{
	struct reply r = reply_json(0, id ? json_deep_copy(id) : json_null());
	char *text = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"%s\":%s}",
			       r.text, member, value);

	reply_done(&r);
	return text;
}

static char *refuse(const json_t *id, int code, const char *why)
{
	struct reply r = reply_json(0, json_pack("{s:i, s:o}", "code", code,
						 "message", json_said(why)));
	char *text = answer(id, "error", r.text);

	reply_done(&r);
	return text;
}

/* @j's member as text; @absent where there is none. */
static bool optional_text(const char **ret, const json_t *j, const char *name,
			  const char *absent, struct err *e)
{
	*ret = absent;
	return !json_object_get(j, name) || json_text_at(ret, j, name, e);
}

static char *request(const json_t *id, const json_t *what, rpc_handler_fn fn,
		     void *arg)
{
	const json_t *body = json_object_get(what, "body");
	char *text CLEANUP(freep) = body ? json_text(body) : xstrdup("");
	char *result CLEANUP(freep) = NULL;
	struct http_in in = {.query = "",
			     .content_type = "application/json",
			     .body = text,
			     .body_len = strlen(text)};
	struct err e = ERR_INIT;
	const char *to;
	struct reply r;

	if (!optional_text(&to, what, "to", NULL, &e) ||
	    !optional_text(&in.method, what, "method", "GET", &e) ||
	    !json_text_at(&in.path, what, "path", &e))
		return refuse(id, BAD_PARAMS, e.text);
	r = fn(arg, to, &in);
	/* Whatever handlers say is JSON. */
	result = xasprintf("{\"status\":%d,\"body\":%s}", r.status, r.text);
	reply_done(&r);
	return answer(id, "result", result);
}

char *rpc_answer(const char *text, size_t len, rpc_handler_fn fn, void *arg)
{
	json_t *j CLEANUP(json_decrefp) = NULL;
	const json_t *id, *params;
	struct err e = ERR_INIT;
	const char *method;

	if (!json_parse(&j, text, len, "request", &e))
		return refuse(NULL, NOT_JSON, e.text);
	id = json_object_get(j, "id");
	if (!json_text_at(&method, j, "method", &e))
		return refuse(id, NOT_A_REQUEST, e.text);
	if (strcmp(method, "request"))
		return refuse(id, NO_METHOD, "the only method is \"request\"");
	params = json_object_get(j, "params");
	if (json_array_size(params) != 1)
		return refuse(id, BAD_PARAMS,
			      "params must be a list of one object");
	return request(id, json_array_get(params, 0), fn, arg);
}

/* --- the socket
 * ---------------------------------------------------------------- */

static void client_free(struct client *c)
{
	struct client **at = &c->door->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	stream_free(c->stream);
	free(c);
}

static void on_value(void *arg, const char *text, size_t len)
{
	struct client *c = arg;
	char *said CLEANUP(freep) =
	    rpc_answer(text, len, c->door->fn, c->door->arg);

	stream_write(c->stream, said, strlen(said));
}

static void on_closed(void *arg, UNUSED const struct err *why)
{
	client_free(arg);
}

static void on_accept(void *arg, struct stream *s)
{
	struct rpc_door *d = arg;
	struct client *c = xcalloc(1, sizeof(*c));

	*c = (struct client){.door = d, .next = d->clients, .stream = s};
	d->clients = c;
	stream_set_events(s, &(struct stream_events){on_value, on_closed, c});
}

bool rpc_door_new(struct rpc_door **ret, struct loop *l, const char *path,
		  rpc_handler_fn fn, void *arg, struct err *e)
{
	struct rpc_door *d = xcalloc(1, sizeof(*d));

	*d = (struct rpc_door){.fn = fn, .arg = arg};
	if (!listener_new(&d->listener, l, path, on_accept, d, e)) {
		free(d);
		return false;
	}
	*ret = d;
	return true;
}

void rpc_door_free(struct rpc_door *d)
{
	if (!d)
		return;
	while (d->clients)
		client_free(d->clients);
	listener_free(d->listener);
	free(d);
}
