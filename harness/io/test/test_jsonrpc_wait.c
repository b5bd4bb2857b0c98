#include "io/test/peer.h"

/* What a run through some calls asks for. */
static bool ask_two(struct rpc *r, json_t **ret, struct err *e)
{
	return rpc_call(r, "a", json_pack("[i]", 1), &ret[0], NULL, e) &&
	       rpc_call(r, "b", NULL, &ret[1], NULL, e);
}

static void asked_ahead(void **state)
{
	json_t *got[2] = {NULL, NULL};
	struct rpc_ask all[] = {{.method = "a", .params = json_pack("[i]", 1)},
				{.method = "c"}};
	struct ground *g = *state;
	struct peer p;
	struct err e;

	peer_open(&p, g,
		  "[{\"id\":1,\"result\":\"A\"},"
		  "{\"id\":2,\"error\":{\"code\":3,\"message\":\"no\"}},"
		  "{\"id\":3,\"result\":\"C\"}]");
	rpc_ahead(p.r);
	assert_err(ask_two(p.r, got, &e), &e, ERR_UNSUPPORTED, "asked ahead");
	assert_false(rpc_call(p.r, "b", NULL, NULL, NULL, &e));
	assert_false(rpc_call_all(p.r, all, 2, &e)); /* one of them again */
	rpc_ahead_end(p.r);
	assert_int_equal(rpc_sent(p.r), 3);
	/* In whatever order, and each failure is its caller's. */
	assert_err(rpc_call(p.r, "b", NULL, NULL, NULL, &e), &e, ERR_RPC,
		   "b: no");
	all[0].params = json_pack("[i]", 1);
	assert_ok(rpc_call_all(p.r, all, 2, &e), &e);
	assert_string_equal(json_string_value(all[0].result), "A");
	assert_string_equal(json_string_value(all[1].result), "C");
	rpc_asks_done(all, 2);
	assert_int_equal(p.got_n, 1);
	/* It was taken: who asks again asks the node. */
	p.reply = "{\"id\":4,\"result\":\"new\"}";
	assert_ok(rpc_call(p.r, "b", NULL, &got[1], NULL, &e), &e);
	assert_string_equal(json_string_value(got[1]), "new");
	json_decref(got[1]);
	peer_close(&p);
}

/* What of it a tree would have told, too: an error, or no result. */
static void texts(void **state)
{
	struct buf params = BUF_INIT(100), other = BUF_INIT(100);
	struct ground *g = *state;
	char *got = NULL;
	struct peer p;
	struct err e;

	buf_adds(&params, "[\"0x1\"]");
	buf_adds(&other, "[\"0x2\"]");
	peer_open(&p, g, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0xab\"}\n");
	assert_ok(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e);
	assert_string_equal(got, "\"0xab\"");
	free(TAKE(got));
	assert_string_equal(buf_str(&p.got),
			    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
			    "\"eth_call\",\"params\":[\"0x1\"]}");
	p.reply = "{\"id\":2,\"error\":{\"code\":3,\"message\":\"no\"}}";
	assert_err(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e,
		   ERR_RPC, "eth_call: no");
	assert_int_equal(e.sub, 3);
	p.reply = "{\"id\":3,\"result\":\"0x\",\"error\":{\"code\":3,"
		  "\"message\":\"no\"}}";
	assert_err(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e,
		   ERR_SCHEMA, "either a result or an error");
	p.reply = "{\"id\":4,\"error\":{\"code\":3,\"message\":\"no\"},"
		  "\"result\":\"0x\"}";
	assert_err(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e,
		   ERR_SCHEMA, "either a result or an error");
	p.reply = "{\"id\":5}";
	assert_err(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e,
		   ERR_SCHEMA, "either a result or an error");
	/* As JSON-RPC 1.0 has it. */
	p.reply = "{\"id\":6,\"result\":\"0xcd\",\"error\":null}";
	assert_ok(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e);
	assert_string_equal(got, "\"0xcd\"");
	free(TAKE(got));
	/* Asked ahead, in a batch and alone, and told apart by what they say. */
	p.reply = "[{\"id\":7,\"result\":\"0xa\"},{\"id\":8,\"result\":\"0xb\"}]";
	rpc_ahead(p.r);
	assert_false(rpc_call_text(p.r, "eth_call", &params, &got, &e));
	assert_false(rpc_call_text(p.r, "eth_call", &other, &got, &e));
	assert_false(rpc_call_text(p.r, "eth_call", &params, &got, &e));
	rpc_ahead_end(p.r);
	assert_int_equal(rpc_sent(p.r), 8);
	assert_ok(rpc_call_text(p.r, "eth_call", &other, &got, &e), &e);
	assert_string_equal(got, "\"0xb\"");
	free(TAKE(got));
	assert_ok(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e);
	assert_string_equal(got, "\"0xa\"");
	free(TAKE(got));
	p.reply = "{\"id\":9,\"result\":\"0xc\"}";
	rpc_ahead(p.r);
	assert_false(rpc_call_text(p.r, "eth_call", &params, &got, &e));
	rpc_ahead_end(p.r);
	assert_ok(rpc_call_text(p.r, "eth_call", &params, &got, &e), &e);
	assert_string_equal(got, "\"0xc\"");
	free(TAKE(got));
	buf_done(&params);
	buf_done(&other);
	peer_close(&p);
}

static void forgotten(void **state)
{
	struct ground *g = *state;
	json_t *got = NULL;
	struct peer p;
	struct err e;

	peer_open(&p, g, "{\"id\":1,\"result\":\"old\"}");
	rpc_ahead(p.r);
	assert_false(rpc_call(p.r, "a", NULL, NULL, NULL, &e));
	rpc_ahead_end(p.r);
	rpc_forget(p.r);
	/* The answer comes nevertheless, and is nobody's. */
	await(g, p.enough, "the question");
	p.reply = "{\"id\":2,\"result\":\"new\"}";
	assert_ok(rpc_call(p.r, "a", NULL, &got, NULL, &e), &e);
	assert_string_equal(json_string_value(got), "new");
	json_decref(got);
	/* A connection that goes takes what it owes along. */
	p.reply = NULL;
	p.hang_up = true;
	rpc_ahead(p.r);
	assert_false(rpc_call(p.r, "a", NULL, NULL, NULL, &e));
	assert_false(rpc_call(p.r, "b", NULL, NULL, NULL, &e));
	rpc_ahead_end(p.r);
	assert_err(rpc_call(p.r, "a", NULL, NULL, NULL, &e), &e, ERR_OS, "a");
	peer_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(asked_ahead),
	    test(texts),
	    test(forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
