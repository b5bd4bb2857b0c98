/* JSON-RPC over HTTP, against a server that does as the test says. */
#include "io/test/ground.h"

#include "io/http_server.h"
#include "io/jsonrpc.h"

struct web {
	struct http_server *s;
	struct http_client *c;
	struct rpc *r;
	const char *reply; /* NULL: none */
	int status;
	char got[256];
};

static void on_http(void *arg, const struct http_in *in,
		    struct http_exchange *x)
{
	struct web *w = arg;

	snprintf(w->got, sizeof(w->got), "%s %s", in->content_type,
		 (const char *)in->body);
	if (w->reply)
		http_respond(x, w->status, "application/json", w->reply,
			     strlen(w->reply));
}

static void web_open(struct web *w, struct ground *g)
{
	CLEANUP(freep) char *url = NULL;
	struct err e;

	*w = (struct web){.status = 200};
	assert_ok(http_server_new(&w->s, g->l, NULL, 0, on_http, w, &e), &e);
	assert_ok(http_client_new(&w->c, g->l, &e), &e);
	url = xasprintf("http://127.0.0.1:%u", http_server_port(w->s));
	assert_ok(rpc_open_http(&w->r, w->c, url, &e), &e);
}

static void web_close(struct web *w)
{
	rpc_free(w->r);
	http_client_free(w->c);
	http_server_free(w->s);
}

static void calls_over_http(void **state)
{
	static const struct {
		int status;
		const char *reply;
		enum err_code code;
		const char *part;
	} cases[] = {
	    {200, "{\"id\":2,\"error\":{\"code\":-3,\"message\":\"m\"}}",
	     ERR_RPC, "eth_call: m"},
	    {500, "{\"id\":3,\"error\":{\"code\":-4,\"message\":\"n\"}}",
	     ERR_RPC, "eth_call: n"},
	    {200, "{\"id\":3,\"result\":1}", ERR_SCHEMA,
	     "answered request 4 with the id 3"},
	    {200, "[]", ERR_SCHEMA, "with the id missing"},
	    {200, "<html>", ERR_PARSE, "eth_call: "},
	    {502, "<html>bad gateway", ERR_HTTP,
	     "HTTP status 502: <html>bad gateway"},
	    {200,
	     "{\"id\":null,\"error\":{\"code\":-32700,"
	     "\"message\":\"Parse error\"}}",
	     ERR_RPC, "Parse error"},
	};
	struct ground *g = *state;
	CLEANUP(json_decrefp) json_t *result = NULL;
	struct web w;
	struct err e;

	web_open(&w, g);
	w.reply = "{\"id\":1,\"result\":\"0x7a69\"}";
	assert_ok(rpc_call(w.r, "eth_chainId", json_array(), &result, NULL, &e),
		  &e);
	assert_string_equal(json_string_value(result), "0x7a69");
	assert_string_equal(w.got, "application/json {\"jsonrpc\":\"2.0\","
				   "\"id\":1,\"method\":\"eth_chainId\","
				   "\"params\":[]}");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		w.status = cases[i].status;
		w.reply = cases[i].reply;
		assert_err(rpc_call(w.r, "eth_call", NULL, NULL, NULL, &e), &e,
			   cases[i].code, cases[i].part);
	}
	assert_err(rpc_subscribe(w.r, "newHeads", NULL, NULL, &e), &e,
		   ERR_UNSUPPORTED, "needs the UNIX socket");
	web_close(&w);
}

static void never_called(void *arg, const json_t *result, const json_t *data,
			 const struct err *e)
{
	(void)arg;
	(void)result;
	(void)data;
	(void)e;
	fail();
}

static void http_calls_end_in_time(void **state)
{
	struct ground *g = *state;
	struct rpc *r = NULL;
	struct web w;
	struct err e;

	web_open(&w, g);
	rpc_timeout(w.r, 20);
	assert_err(rpc_call(w.r, "eth_call", NULL, NULL, NULL, &e), &e,
		   ERR_TIMEOUT, "eth_call: POST http://127.0.0.1:");
	assert_non_null(strstr(e.text, "within 20 ms"));
	/* Pending ones end with the client, uncalled. */
	rpc_send(w.r, "x", NULL, never_called, NULL);
	http_server_free(w.s);
	w.s = NULL;
	rpc_timeout(w.r, 5000);
	assert_err(rpc_open_http(&r, w.c, "https://x", &e), &e, ERR_UNSUPPORTED,
		   "only http:// addresses");
	loop_stop(g->l, "SIGINT");
	assert_err(rpc_call(w.r, "y", NULL, NULL, NULL, &e), &e, ERR_OS,
		   "SIGINT");
	web_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(calls_over_http),
	    test(http_calls_end_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
