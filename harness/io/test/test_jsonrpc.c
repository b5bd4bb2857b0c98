#include "io/test/peer.h"

#include <errno.h>
#include <inttypes.h>

static void a_call_and_its_answer(void **state)
{
	CLEANUP(json_decrefp) json_t *result = NULL;
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x10\"}");
	assert_ok(rpc_call(p.r, "eth_getBalance",
			   json_pack("[ss]", "0xab\"", "latest"), &result, NULL,
			   &e),
		  &e);
	assert_string_equal(json_string_value(result), "0x10");
	assert_string_equal(buf_str(&p.got),
			    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
			    "\"eth_getBalance\",\"params\":[\"0xab\\\"\","
			    "\"latest\"]}");
	assert_int_equal(rpc_sent(p.r), 1);
	buf_clear(&p.got);
	p.reply = "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}";
	assert_ok(rpc_call(p.r, "evm_mine", NULL, NULL, NULL, &e), &e);
	assert_non_null(strstr(buf_str(&p.got), "\"params\":[]"));
	peer_close(&p);
}

/* All are sent before one is waited for; answers come in any order. */
static void calls_that_are_waited_for_together(void **state)
{
	struct buf text = BUF_INIT(64);
	struct rpc_ask asks[] = {{.method = "a", .params = json_pack("[i]", 7)},
				 {.method = "b", .text = &text},
				 {.method = "c"}};
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g,
		  "[{\"id\":3,\"result\":\"C\"},{\"id\":1,\"result\":\"A\"},"
		  "{\"id\":2,\"result\":\"B\"}]");
	buf_adds(&text, "[ \"as it stands\" ]");
	assert_ok(rpc_call_all(p.r, asks, 3, &e), &e);
	buf_done(&text);
	for (size_t i = 0; i < 3; i++) {
		const char want[] = {(char)('A' + i), 0};

		assert_string_equal(json_string_value(asks[i].result), want);
		json_decref(asks[i].result);
	}
	assert_non_null(strstr(buf_str(&p.got), "\"params\":[7]"));
	assert_non_null(strstr(buf_str(&p.got), "\"method\":\"b\",\"params\":"
						"[ \"as it stands\" ]}"));
	peer_close(&p);
}

/* The first that failed is told, and nothing is given. */
static void one_of_them_fails(void **state)
{
	struct rpc_ask asks[] = {{.method = "a"}, {.method = "b"},
				 {.method = "c"}};
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g,
		  "[{\"id\":3,\"error\":{\"code\":-3,\"message\":\"third\"}},"
		  "{\"id\":1,\"result\":1},"
		  "{\"id\":2,\"error\":{\"code\":-2,\"message\":\"second\"}}]");
	assert_err(rpc_call_all(p.r, asks, 3, &e), &e, ERR_RPC, "b: second");
	assert_int_equal(e.sub, -2);
	for (size_t i = 0; i < 3; i++)
		assert_null(asks[i].result);
	peer_close(&p);
}

/* Who wants to know its failure alone is told it, and the others go on. */
static void one_of_them_may_fail(void **state)
{
	struct err why[3] = {ERR_INIT, ERR_INIT, ERR_INIT};
	struct rpc_ask asks[] = {{.method = "a", .why = &why[0]},
				 {.method = "b", .why = &why[1]},
				 {.method = "c", .why = &why[2]}};
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g,
		  "[{\"id\":1,\"result\":1},"
		  "{\"id\":2,\"error\":{\"code\":-2,\"message\":\"second\"}},"
		  "{\"id\":3,\"result\":3}]");
	assert_ok(rpc_call_all(p.r, asks, 3, &e), &e);
	assert_int_equal(json_integer_value(asks[0].result), 1);
	assert_null(asks[1].result);
	assert_int_equal(why[1].code, ERR_RPC);
	assert_string_equal(why[1].text, "b: second");
	assert_int_equal(json_integer_value(asks[2].result), 3);
	assert_int_equal(why[0].code, ERR_NONE);
	rpc_asks_done(asks, 3);
	/* They were one message. */
	assert_int_equal(buf_str(&p.got)[0], '[');
	peer_close(&p);
}

static void an_error_answer(void **state)
{
	CLEANUP(json_decrefp) json_t *data = NULL;
	struct ground *g = *state;
	json_t *result = NULL;
	struct peer p;
	struct err e;

	peer_open(&p, g,
		  "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":3,"
		  "\"message\":\"execution reverted\",\"data\":\"0x08\"}}");
	assert_err(rpc_call(p.r, "eth_call", NULL, &result, &data, &e), &e,
		   ERR_RPC, "eth_call: execution reverted");
	assert_int_equal(e.sub, 3);
	assert_null(result);
	assert_string_equal(json_string_value(data), "0x08");
	/* The connection is as good as before. */
	p.reply = "{\"id\":2,\"result\":true}";
	assert_ok(rpc_call(p.r, "net_listening", NULL, NULL, NULL, &e), &e);
	/* Both members, as JSON-RPC 1.0 has them. */
	p.reply = "{\"id\":3,\"result\":true,\"error\":null}";
	assert_ok(rpc_call(p.r, "net_listening", NULL, NULL, NULL, &e), &e);
	p.reply = "{\"id\":4,\"result\":null,\"error\":null}";
	assert_ok(rpc_call(p.r, "net_listening", NULL, NULL, NULL, &e), &e);
	peer_close(&p);
}

struct bad_reply {
	const char *text;
	enum err_code code;
	const char *part;
};

static void replies_that_are_none(void **state)
{
	static const struct bad_reply cases[] = {
	    {"HTTP/1.1 400 Bad Request\r\n", ERR_PARSE, "eth_call: socket "},
	    {"{\"id\":1,\"result\":tru}", ERR_PARSE, "eth_call: "},
	    {"{\"id\":1,\"result\":1,\"result\":2}", ERR_PARSE, "duplicate"},
	    {"{\"id\":7,\"result\":1}", ERR_SCHEMA,
	     "answered a request that was never sent (id 7)"},
	    {"{\"id\":\"1\",\"result\":1}", ERR_SCHEMA,
	     "never sent (id \"1\")"},
	    {"{\"result\":1}", ERR_SCHEMA, "never sent (id missing)"},
	    {"{\"id\":0,\"result\":1}", ERR_SCHEMA, "(id 0)"},
	    {"[{\"id\":2,\"result\":1}]", ERR_SCHEMA, "(id 2)"},
	    {"[1]", ERR_SCHEMA, "(id missing)"},
	    {"{\"id\":1}", ERR_SCHEMA,
	     "eth_call: the answer needs either a result or an error"},
	    {"{\"id\":1,\"result\":1,\"error\":{}}", ERR_SCHEMA,
	     "needs either a result or an error"},
	    {"{\"id\":1,\"error\":null}", ERR_SCHEMA,
	     "needs either a result or an error"},
	    {"{\"id\":1,\"result\":null,\"error\":{\"code\":3,"
	     "\"message\":\"m\"}}",
	     ERR_RPC, "eth_call: m"},
	    {"{\"id\":1,\"error\":\"no\"}", ERR_SCHEMA,
	     "needs either a result or an error"},
	    {"{\"id\":1,\"error\":{\"code\":\"3\",\"message\":\"m\"}}",
	     ERR_SCHEMA, "lacks code or message"},
	    {"{\"id\":null,\"error\":{\"code\":-32700,\"message\":"
	     "\"Parse error\"}}",
	     ERR_RPC, "eth_call: Parse error"},
	};
	struct ground *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct peer p;
		struct err e;

		peer_open(&p, g, cases[i].text);
		assert_err(rpc_call(p.r, "eth_call", NULL, NULL, NULL, &e), &e,
			   cases[i].code, cases[i].part);
		peer_close(&p);
	}
}

static void late_is_said_and_the_answer_is_dropped(void **state)
{
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g, NULL);
	rpc_timeout(p.r, 20);
	assert_err(rpc_call(p.r, "eth_blockNumber", NULL, NULL, NULL, &e), &e,
		   ERR_TIMEOUT, "eth_blockNumber: ");
	assert_non_null(strstr(e.text, "ipc did not answer within 20 ms"));
	/* The late answer comes before the next one, and disturbs nobody. */
	rpc_timeout(p.r, 5000);
	p.reply = "{\"id\":1,\"result\":\"late\"}{\"id\":2,\"result\":\"now\"}";
	{
		CLEANUP(json_decrefp) json_t *result = NULL;

		assert_ok(rpc_call(p.r, "x", NULL, &result, NULL, &e), &e);
		assert_string_equal(json_string_value(result), "now");
	}
	peer_close(&p);
}

/* What asynchronous calls came to, in order. */
struct ends {
	char text[512];
	size_t n;
	size_t wanted;
	bool enough;
	struct rpc **free_here, *again;
};

static void on_end(void *arg, const json_t *result, const json_t *data,
		   const struct err *e)
{
	struct ends *x = arg;
	size_t len = strlen(x->text);

	(void)data;
	snprintf(x->text + len, sizeof(x->text) - len, "%s|",
		 e ? err_code_name(e->code) : json_string_value(result));
	x->enough = ++x->n >= x->wanted;
	if (x->free_here)
		rpc_free(TAKE(*x->free_here));
	if (x->again)
		rpc_send(TAKE(x->again), "again", NULL, on_end, x);
}

static void answers_in_any_order(void **state)
{
	struct ground *g = *state;
	struct ends x = {.wanted = 4};
	struct peer p;

	peer_open(&p, g, NULL);
	p.wanted = 4;
	for (int i = 0; i < 4; i++)
		rpc_send(p.r, "m", NULL, on_end, &x);
	await(g, p.enough, "four requests");
	assert_string_equal(x.text, "");
	p.reply = "{\"id\":3,\"result\":\"c\"}[{\"id\":4,\"result\":\"d\"},"
		  "{\"id\":1,\"result\":\"a\"}]{\"id\":2,\"error\":{\"code\":1,"
		  "\"message\":\"no\"}}";
	stream_write(p.s, p.reply, strlen(p.reply));
	await(g, x.enough, "four answers");
	assert_string_equal(x.text, "c|d|a|rpc|");
	peer_close(&p);
}

static void a_batch_goes_out_as_one(void **state)
{
	struct ground *g = *state;
	struct ends x = {.wanted = 3};
	struct peer p;

	peer_open(&p, g, NULL);
	p.wanted = 2;
	rpc_batch(p.r);
	rpc_batch_end(p.r); /* of none: nothing is sent */
	rpc_batch(p.r);
	rpc_send(p.r, "alone", NULL, on_end, &x);
	rpc_batch_end(p.r);
	rpc_batch(p.r);
	rpc_send(p.r, "a", NULL, on_end, &x);
	rpc_send(p.r, "b", NULL, on_end, &x);
	rpc_batch_end(p.r);
	await(g, p.enough, "two texts");
	assert_string_equal(
	    buf_str(&p.got),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"alone\","
	    "\"params\":[]}"
	    "[{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"a\","
	    "\"params\":[]},"
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"b\","
	    "\"params\":[]}]");
	assert_int_equal(rpc_sent(p.r), 3);
	p.reply = "[{\"id\":3,\"result\":\"z\"},"
		  "{\"id\":2,\"result\":\"y\"}]{\"id\":1,\"result\":\"x\"}";
	stream_write(p.s, p.reply, strlen(p.reply));
	await(g, x.enough, "three answers");
	assert_string_equal(x.text, "z|y|x|");
	peer_close(&p);
}

static void a_node_without_batches(void **state)
{
	struct rpc_ask asks[] = {{.method = "a"}, {.method = "b"}};
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g, NULL);
	p.alone = true;
	for (unsigned i = 0; i < 2; i++) {
		assert_ok(rpc_call_all(p.r, asks, 2, &e), &e);
		assert_string_equal(json_string_value(asks[0].result), "a");
		assert_string_equal(json_string_value(asks[1].result), "b");
		rpc_asks_done(asks, 2);
	}
	/* One batch, both alone, and then no batch any more. */
	assert_int_equal(p.got_n, 5);
	assert_int_equal(rpc_sent(p.r), 4);
	peer_close(&p);
}

static void a_node_that_closes_on_batches(void **state)
{
	struct rpc_ask asks[] = {{.method = "a"}, {.method = "b"}};
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g, NULL);
	p.hang_up = true;
	assert_err(rpc_call_all(p.r, asks, 2, &e), &e, ERR_OS, "closed");
	assert_true(rpc_lost_batch(p.r));
	peer_close(&p);
	/* One call alone is no batch, whoever asked for one. */
	peer_open(&p, g, NULL);
	p.hang_up = true;
	assert_err(rpc_call_all(p.r, asks, 1, &e), &e, ERR_OS, "closed");
	assert_false(rpc_lost_batch(p.r));
	peer_close(&p);
	peer_open(&p, g, NULL);
	p.alone = true;
	rpc_one_by_one(p.r);
	assert_ok(rpc_call_all(p.r, asks, 2, &e), &e);
	assert_int_equal(p.got_n, 2);
	rpc_asks_done(asks, 2);
	peer_close(&p);
}

static void on_lost(void *arg, const struct err *why)
{
	struct ends *x = arg;
	size_t len = strlen(x->text);

	snprintf(x->text + len, sizeof(x->text) - len, "lost:%d|", why->sub);
}

static void lost_is_said_once_to_everyone(void **state)
{
	struct ground *g = *state;
	struct ends x = {.wanted = 3};
	struct peer p;
	struct err e;

	peer_open(&p, g, "{\"id\":1,");
	p.hang_up = true;
	rpc_on_lost(p.r, on_lost, &x);
	rpc_send(p.r, "m", NULL, on_end, &x);
	rpc_send(p.r, "m", NULL, on_end, &x);
	/* One that calls again from its failure does not go round for ever. */
	x.again = p.r;
	await(g, x.enough, "two ends and one more");
	assert_string_equal(x.text, "os|os|lost:104|os|");
	assert_err(rpc_call(p.r, "later", NULL, NULL, NULL, &e), &e, ERR_OS,
		   "in the middle of a message");
	assert_non_null(strstr(e.text, "later: "));
	peer_close(&p);
}

static void a_client_may_be_freed_in_its_callback(void **state)
{
	struct ground *g = *state;
	struct ends x = {.wanted = 1};
	struct peer p;

	peer_open(&p, g,
		  "[{\"id\":1,\"result\":\"a\"},"
		  "{\"id\":2,\"result\":\"b\"}]");
	x.free_here = &p.r;
	rpc_send(p.r, "m", NULL, on_end, &x);
	rpc_send(p.r, "m", NULL, on_end, &x);
	await(g, x.enough, "the first answer");
	assert_string_equal(x.text, "a|");
	assert_null(p.r);
	peer_close(&p);
}

static void interrupted_calls_leave_nothing(void **state)
{
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g, NULL);
	loop_stop(g->l, "SIGINT");
	assert_err(rpc_call(p.r, "eth_chainId", json_array(), NULL, NULL, &e),
		   &e, ERR_OS,
		   "SIGINT while waiting for "
		   "eth_chainId");
	peer_close(&p);
}

struct items {
	char text[64];
	bool enough;
};

static void on_item(void *arg, const json_t *item)
{
	struct items *x = arg;
	size_t len = strlen(x->text);

	snprintf(x->text + len, sizeof(x->text) - len, "%s|",
		 json_string_value(item));
	x->enough = strlen(x->text) >= 4;
}

static void subscriptions(void **state)
{
	struct ground *g = *state;
	struct items x = {.enough = false};
	struct peer p;
	struct err e;
	const char *more = "{\"method\":\"eth_subscription\",\"params\":{"
			   "\"subscription\":\"0x1\",\"result\":\"b\"}}";

	/* The first item is right behind the answer; another's is ignored. */
	peer_open(&p, g,
		  "{\"id\":1,\"result\":\"0x1\"}"
		  "{\"method\":\"eth_subscription\",\"params\":{"
		  "\"subscription\":\"0x1\",\"result\":\"a\"}}"
		  "{\"method\":\"eth_subscription\",\"params\":{"
		  "\"subscription\":\"0x2\",\"result\":\"x\"}}"
		  "{\"method\":\"eth_subscription\"}{\"method\":\"other\"}");
	assert_ok(rpc_subscribe(p.r, "newHeads", on_item, &x, &e), &e);
	assert_non_null(strstr(buf_str(&p.got), "\"eth_subscribe\""));
	assert_non_null(strstr(buf_str(&p.got), "[\"newHeads\"]"));
	stream_write(p.s, more, strlen(more));
	await(g, x.enough, "the second item");
	assert_string_equal(x.text, "a|b|");
	p.reply = "{\"id\":2,\"result\":7}";
	assert_err(rpc_subscribe(p.r, "logs", on_item, &x, &e), &e, ERR_SCHEMA,
		   "gave no subscription id");
	p.reply = "{\"id\":3,\"error\":{\"code\":-32602,\"message\":\"no\"}}";
	assert_err(rpc_subscribe(p.r, "x", on_item, &x, &e), &e, ERR_RPC,
		   "eth_subscribe: no");
	peer_close(&p);
}

/* In a batch its answer waits for others, and a node may tell before that. */
static void item_before_its_subscription(void **state)
{
	struct ground *g = *state;
	struct items x = {.enough = false};
	json_t *got = NULL;
	struct peer p;
	struct err e;

	peer_open(&p, g,
		  "{\"method\":\"eth_subscription\"}"
		  "{\"method\":\"eth_subscription\",\"params\":{"
		  "\"subscription\":\"0x2\",\"result\":\"x\"}}"
		  "{\"method\":\"eth_subscription\",\"params\":{"
		  "\"subscription\":\"0x1\",\"result\":\"a\"}}"
		  "[{\"id\":2,\"result\":\"c\"},{\"id\":1,\"result\":\"0x1\"}]");
	rpc_ahead(p.r);
	assert_err(rpc_subscribe(p.r, "newHeads", on_item, &x, &e), &e,
		   ERR_UNSUPPORTED, "asked ahead");
	assert_err(rpc_call(p.r, "b", NULL, NULL, NULL, &e), &e,
		   ERR_UNSUPPORTED, "asked ahead");
	rpc_ahead_end(p.r);
	assert_ok(rpc_subscribe(p.r, "newHeads", on_item, &x, &e), &e);
	assert_string_equal(x.text, "a|");
	assert_ok(rpc_call(p.r, "b", NULL, &got, NULL, &e), &e);
	assert_string_equal(json_string_value(got), "c");
	assert_int_equal(p.got_n, 1);
	json_decref(got);
	peer_close(&p);
}

static void no_such_socket(void **state)
{
	struct ground *g = *state;
	struct rpc *r = NULL;
	struct err e;

	assert_err(rpc_open_ipc(&r, g->l, in_dir(g, "none"), &e), &e, ERR_OS,
		   "/none: No such file");
	assert_int_equal(e.sub, ENOENT);
	assert_null(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(a_call_and_its_answer),
	    test(calls_that_are_waited_for_together),
	    test(one_of_them_fails),
	    test(one_of_them_may_fail),
	    test(an_error_answer),
	    test(replies_that_are_none),
	    test(late_is_said_and_the_answer_is_dropped),
	    test(answers_in_any_order),
	    test(a_batch_goes_out_as_one),
	    test(a_node_without_batches),
	    test(a_node_that_closes_on_batches),
	    test(lost_is_said_once_to_everyone),
	    test(a_client_may_be_freed_in_its_callback),
	    test(interrupted_calls_leave_nothing),
	    test(subscriptions),
	    test(item_before_its_subscription),
	    test(no_such_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
