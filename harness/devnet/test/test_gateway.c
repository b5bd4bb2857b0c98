#include "devnet/test/fake_upstream.h"

#include <errno.h>
#include <inttypes.h>

#include "crypto/ec.h"
#include "devnet/gateway.h"
#include "eth/tx.h"
#include "io/http_client.h"
#include "io/jsonrpc.h"

/* --- a gateway, its owner, and clients ------------------------------------ */

struct scene {
	struct ground *g;
	struct chain chain;
	struct link links[16];
	struct gateway *gw;
	struct http_client *http;
	/* What the owner heard: "?METHOD@SOURCE " and "!METHOD=ANSWER ". */
	struct buf heard;
	struct err bad, lost;
	unsigned lost_n;
	bool answered, is_bad, is_lost, asked;
	bool release_at_once;
};

static void on_accept(void *arg, struct stream *s)
{
	struct scene *x = arg;
	struct link *k = &x->links[x->chain.n++];
	struct stream_events ev = {chain_asked, chain_left, k};

	assert_true(x->chain.n < ARRAY_LEN(x->links));
	*k = (struct link){&x->chain, s};
	stream_set_events(s, &ev);
}

static void on_request(void *arg, const char *actor,
		       const struct gateway_call *c)
{
	static const char *const sources[] = {"daemon", "command", "http"};
	struct scene *x = arg;

	assert_string_equal(actor, "alice");
	buf_addf(&x->heard, "?%s@%s ", c->method, sources[c->source]);
	assert_int_equal(c->number, gateway_calls(x->gw));
	x->asked = true;
	if (x->release_at_once &&
	    !strncmp(c->method, "eth_sendRaw", strlen("eth_sendRaw")))
		gateway_release(x->gw, c->number);
}

static void on_answer(void *arg, const char *actor,
		      const struct gateway_call *c, const json_t *result,
		      const json_t *error)
{
	struct scene *x = arg;
	const char *raw;
	const json_t *j = error ? json_object_get(error, "message") : result;

	assert_string_equal(actor, "alice");
	if (c->source != GATEWAY_DAEMON)
		assert_true(!result != !error);
	assert_false(result && error);
	/* Of a transaction, as it was sent. */
	raw = json_string_value(json_array_get(c->params, 0));
	if (result && strncmp(c->method, "eth_sendRaw", strlen("eth_sendRaw")))
		assert_null(c->params);
	else if (result && raw)
		assert_string_equal(raw, x->chain.raw);
	buf_addf(&x->heard, "!%s=%s%s ", c->method, error ? "error:" : "",
		 !j		     ? "unread"
		 : json_is_object(j) ? "receipt"
				     : json_string_value(j));
	x->answered = true;
}

static void on_bad(void *arg, const char *actor, const struct err *why)
{
	struct scene *x = arg;

	assert_string_equal(actor, "alice");
	x->bad = *why;
	x->is_bad = true;
}

static void on_lost(void *arg, const char *actor, const struct err *why)
{
	struct scene *x = arg;

	assert_string_equal(actor, "alice");
	x->lost = *why;
	x->lost_n++;
	x->is_lost = true;
}

static void scene_open(struct scene *x, struct ground *g)
{
	char *up = xstrdup(in_dir(g, "anvil"));
	char *path = xstrdup(in_dir(g, "alice"));
	struct gateway_spec spec = {
	    .actor = "alice",
	    .upstream = up,
	    .ipc_path = path,
	    .events = {on_request, on_answer, on_bad, on_lost, x},
	};
	struct err e;

	*x = (struct scene){.g = g,
			    .chain = {.got = BUF_INIT(65536), .status = "0x1"},
			    .heard = BUF_INIT(65536)};
	assert_ok(listener_new(&x->chain.li, g->l, up, on_accept, x, &e), &e);
	assert_ok(gateway_new(&x->gw, g->l, &spec, &e), &e);
	assert_ok(http_client_new(&x->http, g->l, &e), &e);
	assert_string_equal(gateway_ipc(x->gw), path);
	free(path);
	free(up);
}

static void scene_close(struct scene *x)
{
	gateway_free(x->gw);
	http_client_free(x->http);
	listener_free(x->chain.li);
	for (size_t i = 0; i < x->chain.n; i++)
		stream_free(x->links[i].s);
	buf_done(&x->chain.got);
	buf_done(&x->heard);
}

static struct rpc *ipc_client(struct scene *x)
{
	struct rpc *r = NULL;
	struct err e;

	assert_ok(rpc_open_ipc(&r, x->g->l, gateway_ipc(x->gw), &e), &e);
	return r;
}

static void call_gives(struct rpc *r, const char *method, json_t *params,
		       const char *want)
{
	CLEANUP(json_decrefp) json_t *result = NULL;
	struct err e;

	assert_ok(rpc_call(r, method, params, &result, NULL, &e), &e);
	assert_string_equal(json_string_value(result), want);
}

static void calls_are_passed_on_and_attributed(void **state)
{
	CLEANUP(json_decrefp) json_t *data = NULL;
	struct rpc *daemon, *other, *web = NULL;
	struct scene x;
	struct err e;

	scene_open(&x, *state);
	other = ipc_client(&x);
	call_gives(other, "eth_chainId", NULL, "eth_chainId");
	gateway_daemon(x.gw, getpgrp());
	daemon = ipc_client(&x);
	assert_ok(rpc_open_http(&web, x.http, gateway_url(x.gw), &e), &e);
	call_gives(daemon, "a", json_pack("[i]", 1), "a");
	call_gives(web, "b", NULL, "b");
	assert_err(rpc_call(daemon, "revert", NULL, NULL, &data, &e), &e,
		   ERR_RPC, "revert: execution reverted");
	assert_string_equal(json_string_value(data), "0x08c379a0");
	assert_string_equal(buf_str(&x.heard),
			    "?eth_chainId@command !eth_chainId=eth_chainId "
			    "?a@daemon !a=a ?b@http !b=b ?revert@daemon "
			    "!revert=error:execution reverted ");
	assert_int_equal(gateway_daemon_requests(x.gw), 2);
	assert_int_equal(gateway_daemon_requests(x.gw), rpc_sent(daemon));
	assert_int_equal(gateway_calls(x.gw), 4);
	assert_int_equal(gateway_in_flight(x.gw), 0);
	/* A process that was started again counts anew. */
	gateway_daemon(x.gw, getpgrp() + 100000);
	assert_int_equal(gateway_daemon_requests(x.gw), 0);
	call_gives(daemon, "c", NULL, "c");
	assert_int_equal(gateway_daemon_requests(x.gw), 0);
	rpc_free(daemon);
	rpc_free(other);
	rpc_free(web);
	scene_close(&x);
}

struct end {
	bool done, ok;
	char text[ERR_TEXT_MAX];
};

static void on_end(void *arg, const json_t *result, const json_t *data,
		   const struct err *e)
{
	struct end *x = arg;

	(void)data;
	x->done = true;
	x->ok = e == NULL;
	snprintf(x->text, sizeof(x->text), "%s",
		 e			  ? e->text
		 : json_is_object(result) ? json_string_value(json_object_get(
						result, "transactionHash"))
					  : json_string_value(result));
}

/* A signed transaction as params. */
static json_t *signed_tx(uint64_t nonce, struct addr20 *ret_from)
{
	struct tx t = {.chain_id = 31337, .nonce = nonce, .gas = 21000};
	struct buf raw = BUF_INIT(4096), hex = BUF_INIT(8192);
	struct seckey key = devnet_key("alice");
	struct hash32 hash;
	json_t *params;
	struct err e;

	memset(t.to.b, 0x22, sizeof(t.to.b));
	assert_ok(secp_address(ret_from, &key, &e), &e);
	assert_ok(tx_sign(&raw, &hash, &t, &key, &e), &e);
	buf_adds(&hex, "0x");
	buf_addhex(&hex, raw.data, raw.len);
	params = json_pack("[s]", buf_str(&hex));
	buf_done(&raw);
	buf_done(&hex);
	return params;
}

static void transactions_wait_for_their_release(void **state)
{
	struct end plain = {.done = false}, sync = {.done = false};
	struct gateway_held h;
	struct addr20 signer, from;
	struct scene x;
	struct rpc *r;
	json_t *params;

	scene_open(&x, *state);
	r = ipc_client(&x);
	params = signed_tx(5, &signer);
	rpc_send(r, "eth_sendRawTransaction", params, on_end, &plain);
	rpc_send(r, "eth_sendRawTransactionSync", params, on_end, &sync);
	/* What comes behind them is not held up. */
	call_gives(r, "eth_blockNumber", NULL, "eth_blockNumber");
	assert_string_equal(buf_str(&x.chain.got), "eth_blockNumber ");
	assert_int_equal(gateway_held_n(x.gw), 2);
	assert_int_equal(gateway_in_flight(x.gw), 0);
	h = gateway_held_at(x.gw, 0);
	assert_true(h.decoded);
	assert_false(h.create);
	assert_int_equal(h.number, 1);
	assert_int_equal(h.nonce, 5);
	assert_int_equal(h.source, GATEWAY_COMMAND);
	assert_true(gateway_held_from(x.gw, 0, &from));
	assert_true(addr_eq(&from, &signer));
	assert_int_equal(h.to.b[0], 0x22);
	/* In the owner's order, not in that of arrival. */
	gateway_release(x.gw, 2);
	assert_int_equal(gateway_held_n(x.gw), 1);
	assert_int_equal(gateway_in_flight(x.gw), 1);
	await(x.g, sync.done, "the receipt");
	assert_true(sync.ok);
	assert_string_equal(sync.text, HASH);
	assert_string_equal(x.chain.raw,
			    json_string_value(json_array_get(params, 0)));
	json_decref(params);
	assert_false(plain.done);
	gateway_release(x.gw, 1);
	await(x.g, plain.done, "the hash");
	assert_string_equal(plain.text, HASH);
	assert_string_equal(buf_str(&x.chain.got),
			    "eth_blockNumber eth_sendRawTransactionSync "
			    "eth_sendRawTransactionSync ");
	assert_non_null(
	    strstr(buf_str(&x.heard), "!eth_sendRawTransaction=receipt "));
	assert_int_equal(gateway_held_n(x.gw) + gateway_in_flight(x.gw), 0);
	rpc_free(r);
	scene_close(&x);
}

static void they_may_be_released_at_once(void **state)
{
	struct scene x;
	struct rpc *web = NULL;
	struct gateway_held h;
	struct addr20 from;
	struct end end = {.done = false};
	json_t *bad = json_pack("[s]", "0xzz");
	struct err e;

	scene_open(&x, *state);
	assert_ok(rpc_open_http(&web, x.http, gateway_url(x.gw), &e), &e);
	x.release_at_once = true;
	call_gives(web, "eth_sendRawTransaction", json_pack("[s]", "0x02"),
		   HASH);
	/* What cannot be decoded is held like any other, and said to be so. */
	x.release_at_once = false;
	x.asked = false;
	rpc_send(web, "eth_sendRawTransaction", bad, on_end, &end);
	await(x.g, x.asked, "the request");
	h = gateway_held_at(x.gw, 0);
	assert_false(h.decoded);
	assert_false(gateway_held_from(x.gw, 0, &from));
	assert_int_equal(h.source, GATEWAY_HTTP);
	gateway_release(x.gw, h.number);
	await(x.g, end.done, "its answer");
	assert_true(end.ok);
	json_decref(bad);
	rpc_free(web);
	scene_close(&x);
}

static void reverts_are_remembered(void **state)
{
	const struct gateway_revert *v;
	struct scene x;
	struct rpc *r;
	struct err e;

	scene_open(&x, *state);
	r = ipc_client(&x);
	call_gives(r, "fine", NULL, "fine");
	assert_null(gateway_last_revert(x.gw));
	assert_err(rpc_call(r, "revert", NULL, NULL, NULL, &e), &e, ERR_RPC,
		   "execution reverted");
	v = gateway_last_revert(x.gw);
	assert_non_null(v);
	assert_int_equal(v->number, 2);
	assert_string_equal(v->method, "revert");
	assert_false(v->mined);
	assert_hex(v->data, v->data_len, "08c379a0");
	x.release_at_once = true;
	call_gives(r, "eth_sendRawTransaction", NULL, HASH);
	assert_int_equal(gateway_last_revert(x.gw)->number, 2);
	x.chain.status = "0x0";
	call_gives(r, "eth_sendRawTransaction", NULL, HASH);
	v = gateway_last_revert(x.gw);
	assert_int_equal(v->number, 4);
	assert_string_equal(v->method, "eth_sendRawTransaction");
	assert_true(v->mined);
	assert_string_equal(fmt_hash(&v->tx).s, HASH);
	assert_int_equal(v->data_len, 0);
	/* What the daemon is refused meanwhile is not the command's. */
	gateway_daemon(x.gw, getpgrp());
	assert_err(rpc_call(r, "revert", NULL, NULL, NULL, &e), &e, ERR_RPC,
		   "execution reverted");
	assert_int_equal(gateway_last_revert(x.gw)->number, 4);
	rpc_free(r);
	scene_close(&x);
}

/* --- clients that are not ours ---------------------------------------------
 */

struct raw {
	struct stream *s;
	struct buf got;
	bool any, closed;
};

static void raw_value(void *arg, const char *text, size_t len)
{
	struct raw *r = arg;

	buf_add(&r->got, text, len);
	r->any = true;
}

static void raw_closed(void *arg, const struct err *why)
{
	struct raw *r = arg;

	(void)why;
	r->closed = true;
}

static void raw_open(struct raw *r, struct scene *x)
{
	struct stream_events ev = {raw_value, raw_closed, r};
	struct err e;

	*r = (struct raw){.got = BUF_INIT(65536)};
	assert_ok(stream_connect(&r->s, x->g->l, gateway_ipc(x->gw), &ev, &e),
		  &e);
}

static void raw_close(struct raw *r)
{
	stream_free(r->s);
	buf_done(&r->got);
}

/* What @text is answered with. */
static void raw_gives(struct scene *x, struct raw *r, const char *text,
		      const char *want)
{
	buf_clear(&r->got);
	r->any = false;
	stream_write(r->s, text, strlen(text));
	await(x->g, r->any, text);
	assert_string_equal(buf_str(&r->got), want);
}

static void ids_and_batches_of_any_kind(void **state)
{
	struct scene x;
	struct raw r;

	scene_open(&x, *state);
	gateway_daemon(x.gw, getpgrp());
	raw_open(&r, &x);
	raw_gives(&x, &r, "{\"id\":\"x\",\"method\":\"m\"}",
		  "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":\"m\"}");
	raw_gives(&x, &r, "{\"id\":null,\"method\":\"m\"}",
		  "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":\"m\"}");
	raw_gives(&x, &r, "{\"id\":[1],\"method\":\"m\"}",
		  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
		  "\"message\":\"a request's id is a number or a text\"}}");
	raw_gives(&x, &r, "{\"id\":1}",
		  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
		  "\"message\":\"a request needs a method\"}}");
	raw_gives(&x, &r, "[]",
		  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
		  "\"message\":\"a batch needs at least one request\"}}");
	assert_int_equal(gateway_daemon_requests(x.gw), 2);
	/* A subscription's items pass as they are, behind its answer. */
	r.any = false;
	raw_gives(&x, &r, "{\"id\":3,\"method\":\"subscribe\"}",
		  "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":"
		  "\"subscribe\"}" NOTIFICATION);
	/* One of them held, one without answer, one that is none. */
	x.release_at_once = true;
	raw_gives(&x, &r,
		  "[{\"id\":1,\"method\":\"a\"},"
		  "{\"id\":1,\"method\":\"eth_sendRawTransaction\"},"
		  "{\"method\":\"note\"},7,{\"id\":2,\"method\":\"b\"}]",
		  "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"a\"},"
		  "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"" HASH "\"},"
		  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
		  "\"message\":\"a request is a JSON object\"}},"
		  "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"b\"}]");
	assert_int_equal(gateway_daemon_requests(x.gw), 7);
	assert_int_equal(gateway_in_flight(x.gw), 0);
	/* What is not held went on together, and behind what came before. */
	assert_non_null(strstr(buf_str(&x.chain.got),
			       "[ a ] eth_sendRawTransactionSync [ note b ] "));
	raw_close(&r);
	scene_close(&x);
}

/* A daemon asks all day what only it wants to know; a command's reverts count. */
static void answers_of_a_batch_are_read_if_wanted(void **state)
{
	static const char asks[] =
	    "[{\"id\":1,\"method\":\"a\"},{\"id\":2,\"method\":\"revert\"},"
	    "{\"id\":3,\"method\":\"eth_sendRawTransaction\"}]";
	static const char wants[] =
	    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"a\"},"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":3,\"message\":"
	    "\"execution reverted\",\"data\":\"0x08c379a0\"}},"
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"" HASH "\"}]";
	struct raw daemon, command;
	struct scene x;

	scene_open(&x, *state);
	x.release_at_once = true;
	raw_open(&command, &x);
	raw_gives(&x, &command, asks, wants);
	assert_non_null(strstr(buf_str(&x.heard), "!a=a "));
	assert_non_null(strstr(buf_str(&x.heard),
			       "!revert=error:execution reverted "));
	assert_int_equal(gateway_last_revert(x.gw)->number, 2);
	raw_close(&command);
	buf_clear(&x.heard);
	gateway_daemon(x.gw, getpgrp());
	raw_open(&daemon, &x);
	raw_gives(&x, &daemon, asks, wants);
	assert_non_null(strstr(buf_str(&x.heard), "!a=unread "));
	assert_non_null(strstr(buf_str(&x.heard), "!revert=unread "));
	assert_non_null(strstr(buf_str(&x.heard),
			       "!eth_sendRawTransaction=receipt "));
	assert_int_equal(gateway_last_revert(x.gw)->number, 2);
	raw_close(&daemon);
	scene_close(&x);
}

static void what_is_no_request_ends_the_client(void **state)
{
	static const char *const texts[] = {"GET / HTTP/1.1\r\n",
					    "{\"id\":1,}"};
	struct scene x;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct raw r;

		scene_open(&x, *state);
		raw_open(&r, &x);
		stream_write(r.s, texts[i], strlen(texts[i]));
		await(x.g, r.closed, "the end");
		assert_true(x.is_bad);
		assert_int_equal(x.bad.code, ERR_PARSE);
		assert_false(x.is_lost);
		raw_close(&r);
		scene_close(&x);
	}
}

static void post(struct scene *x, const char *method, const char *body,
		 int status, const char *want)
{
	struct http_request q = {.method = method,
				 .url = gateway_url(x->gw),
				 .body = body,
				 .body_len = strlen(body),
				 .answer_max = 4096,
				 .timeout_ms = 5000};
	struct http_answer a;
	struct err e;

	assert_ok(http_fetch(x->http, &q, &a, &e), &e);
	assert_int_equal(a.status, status);
	assert_string_equal(buf_str(&a.body), want);
	http_answer_done(&a);
}

static void http_of_any_kind(void **state)
{
	struct scene x;

	scene_open(&x, *state);
	post(&x, "GET", "", 405, "JSON-RPC is spoken by POST\n");
	post(&x, "POST", "{\"id\":1,", 200,
	     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"
	     "\"message\":\"this is no JSON\"}}");
	assert_true(x.is_bad);
	post(&x, "POST", "{\"method\":\"note\"}", 204, "");
	post(&x, "POST", "[{\"method\":\"note\"}]", 204, "");
	post(&x, "POST", "[1,{\"method\":\"note\"}]", 200,
	     "[{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
	     "\"message\":\"a request is a JSON object\"}}]");
	post(&x, "POST", "[{\"id\":1,\"method\":\"m\"}]", 200,
	     "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"m\"}]");
	scene_close(&x);
}

static void clients_that_leave(void **state)
{
	struct http_request q = {.method = "POST",
				 .body = "{\"id\":1,\"method\":"
					 "\"eth_sendRawTransaction\"}",
				 .body_len = 42,
				 .answer_max = 100,
				 .timeout_ms = 5000};
	struct http_transfer *t;
	struct scene x;
	struct raw r;
	static const char batch[] =
	    "[{\"id\":1,\"method\":\"silent\"},"
	    "{\"id\":2,\"method\":\"eth_sendRawTransaction\"}]";

	scene_open(&x, *state);
	raw_open(&r, &x);
	stream_write(r.s, batch, sizeof(batch) - 1);
	x.asked = false;
	await(x.g, x.asked, "the request");
	assert_int_equal(gateway_in_flight(x.gw), 1);
	assert_int_equal(gateway_held_n(x.gw), 1);
	raw_close(&r);
	await(x.g, x.answered, "its end");
	assert_non_null(strstr(buf_str(&x.heard),
			       "!silent=error:the client left before its "
			       "answer !eth_sendRawTransaction=error:the "
			       "client left"));
	assert_int_equal(gateway_in_flight(x.gw), 0);
	assert_int_equal(gateway_held_n(x.gw), 0);
	/* The same over HTTP; and it was never sent. */
	q.url = gateway_url(x.gw);
	x.asked = x.answered = false;
	t = http_send(x.http, &q, NULL, NULL);
	await(x.g, x.asked, "the request");
	assert_int_equal(gateway_held_n(x.gw), 1);
	http_cancel(t);
	await(x.g, x.answered, "its end");
	assert_int_equal(gateway_held_n(x.gw), 0);
	assert_null(strstr(buf_str(&x.chain.got), "eth_sendRaw"));
	assert_false(x.is_lost);
	scene_close(&x);
}

static void a_chain_that_dies_is_said_once(void **state)
{
	static const char *const deaths[] = {"die", "garbage"};
	static const enum err_code codes[] = {ERR_OS, ERR_PARSE};

	for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
		struct end end = {.done = false}, web = {.done = false};
		struct rpc *r, *w = NULL, *late;
		struct scene x;
		struct err e;

		scene_open(&x, *state);
		r = ipc_client(&x);
		assert_ok(rpc_open_http(&w, x.http, gateway_url(x.gw), &e), &e);
		rpc_send(w, "silent", NULL, on_end, &web);
		await(x.g, x.asked, "the request by HTTP");
		rpc_send(r, deaths[i], NULL, on_end, &end);
		await(x.g, end.done, "the end");
		await(x.g, web.done, "the other's end");
		assert_int_equal(x.lost_n, 1);
		kit_err_is(&x.lost, codes[i],
			   "alice's gateway lost the chain with 2 requests "
			   "unanswered: socket ",
			   __FILE__, __LINE__);
		assert_non_null(strstr(end.text, "closed by the other side"));
		assert_non_null(strstr(web.text, "the chain is gone"));
		/* Who comes later is told by the end of the connection. */
		if (!i) {
			listener_free(TAKE(x.chain.li));
			late = ipc_client(&x);
			assert_err(rpc_call(late, "m", NULL, NULL, NULL, &e),
				   &e, ERR_OS, "m: socket ");
			assert_int_equal(x.lost_n, 1);
			rpc_free(late);
		}
		rpc_free(r);
		rpc_free(w);
		scene_close(&x);
	}
}

static void a_chain_that_is_not_there_is_said(void **state)
{
	struct scene x;
	struct rpc *r;
	struct err e;

	scene_open(&x, *state);
	listener_free(TAKE(x.chain.li));
	r = ipc_client(&x);
	assert_err(rpc_call(r, "m", NULL, NULL, NULL, &e), &e, ERR_OS,
		   "m: socket ");
	assert_int_equal(x.lost_n, 1);
	kit_err_is(&x.lost, ERR_OS,
		   "alice's gateway lost the chain with 0 requests unanswered: "
		   "cannot connect to socket ",
		   __FILE__, __LINE__);
	assert_int_equal(x.lost.sub, ENOENT);
	rpc_free(r);
	scene_close(&x);
}

static void it_cannot_start_without_its_socket(void **state)
{
	struct ground *g = *state;
	char *up = xstrdup(in_dir(g, "anvil"));
	char *path = xstrdup(in_dir(g, "alice"));
	struct gateway_spec spec = {
	    .actor = "alice", .upstream = up, .ipc_path = path};
	struct gateway *gw = NULL;
	struct listener *other;
	struct scene x = {.g = g};
	struct err e;

	assert_ok(listener_new(&other, g->l, path, on_accept, &x, &e), &e);
	assert_err(gateway_new(&gw, g->l, &spec, &e), &e, ERR_OS,
		   "alice's gateway: socket ");
	assert_int_equal(e.sub, EADDRINUSE);
	assert_null(gw);
	listener_free(other);
	free(up);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(calls_are_passed_on_and_attributed),
	    test(transactions_wait_for_their_release),
	    test(they_may_be_released_at_once),
	    test(reverts_are_remembered),
	    test(ids_and_batches_of_any_kind),
	    test(answers_of_a_batch_are_read_if_wanted),
	    test(what_is_no_request_ends_the_client),
	    test(http_of_any_kind),
	    test(clients_that_leave),
	    test(a_chain_that_dies_is_said_once),
	    test(a_chain_that_is_not_there_is_said),
	    test(it_cannot_start_without_its_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
