/* A gateway's faults, between a client and a node that answers with what it was
 * asked. */
#include "test/kit.h"

#include "base/base.h"
#include "base/clock.h"
#include "devnet/gateway_fault.h"
#include "eth/chain.h"
#include "io/jsonrpc.h"
#include "io/stream.h"
#include "test/rpc_stub.h"

struct scene {
	char *dir, *node, *socket;
	struct loop *loop;
	struct rpc_stub *stub;
	struct gateway *gw;
	struct rpc *rpc;
	char asked[512]; /* "method params", the last one */
	uint64_t heard;	 /* the last head */
	unsigned block;	 /* that blocks and logs are of; 0: neither is */
	bool lost;
};

static char *on_call(void *arg, const char *method, const json_t *params)
{
	struct scene *x = arg;
	CLEANUP(freep) char *text = json_text(params);

	snprintf(x->asked, sizeof(x->asked), "%s %s", method, text);
	if (!strcmp(method, "eth_subscribe") && json_array_size(params) > 1)
		return xstrdup("\"error\":{\"code\":-32602,\"message\":"
			       "\"of heads there are no filters\"}");
	if (!strcmp(method, "eth_subscribe"))
		return xstrdup("\"result\":\"0x1\"");
	if (!strcmp(method, "eth_blockNumber"))
		return xstrdup("\"result\":\"0x64\"");
	if (!strcmp(method, "eth_sendRawTransactionSync"))
		return xstrdup("\"result\":{\"transactionHash\":\"0x7\"}");
	if (!strcmp(method, "eth_getTransactionReceipt"))
		return xstrdup("\"result\":{\"blockNumber\":\"0x62\"}");
	if (!strncmp(method, "eth_getBlockBy", 14) && x->block)
		return xasprintf("\"result\":{\"number\":\"0x%x\"}", x->block);
	if (!strcmp(method, "eth_getLogs") && x->block)
		return xasprintf("\"result\":[{\"blockNumber\":\"0x%x\"}]",
				 x->block);
	return xstrdup("\"result\":\"done\"");
}

static void on_head(void *arg, const json_t *head)
{
	struct scene *x = arg;
	struct err e;

	assert_ok(json_u64_at(&x->heard, head, "number", &e), &e);
}

static void on_lost(void *arg, const struct err *why)
{
	(void)why;
	((struct scene *)arg)->lost = true;
}

static void connect_client(struct scene *x)
{
	struct err e;

	rpc_free(TAKE(x->rpc));
	x->lost = false;
	assert_ok(rpc_open_ipc(&x->rpc, x->loop, x->socket, &e), &e);
	rpc_on_lost(x->rpc, on_lost, x);
}

static int setup(void **state)
{
	struct scene *x = xcalloc(1, sizeof(*x));
	struct err e;

	x->dir = kit_tmpdir_new();
	x->node = xasprintf("%s/node.ipc", x->dir);
	x->socket = xasprintf("%s/rpc.ipc", x->dir);
	assert_ok(loop_new(&x->loop, &e), &e);
	x->stub = rpc_stub_new(x->loop, x->node, on_call, x);
	assert_ok(gateway_new(&x->gw, x->loop,
			      &(struct gateway_spec){.actor = "alice",
						     .upstream = x->node,
						     .ipc_path = x->socket},
			      &e),
		  &e);
	/* The test itself is the daemon. */
	gateway_daemon(x->gw, getpgid(0));
	gateway_head(x->gw, 100);
	connect_client(x);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct scene *x = *state;

	rpc_free(x->rpc);
	gateway_free(x->gw);
	rpc_stub_free(x->stub);
	loop_free(x->loop);
	kit_tmpdir_free(x->dir);
	free(x->node);
	free(x->socket);
	free(x);
	return 0;
}

static json_t *json_of(const char *text)
{
	json_t *j = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(j);
	return j;
}

static void break_by(struct scene *x, const char *text)
{
	CLEANUP(json_decrefp) json_t *j = json_of(text);
	struct gateway_fault f;
	struct err e;

	assert_ok(gateway_fault_read(&f, j, &e), &e);
	gateway_break(x->gw, &f);
}

static bool call(struct scene *x, const char *method, const char *params,
		 json_t **ret, struct err *e)
{
	*ret = NULL;
	return rpc_call(x->rpc, method, json_of(params), ret, NULL, e);
}

/* The answer, as text; the caller's until the next one. */
static const char *gives(struct scene *x, const char *method,
			 const char *params)
{
	static char text[256];
	CLEANUP(json_decrefp) json_t *j = NULL;
	char *all;
	struct err e;

	assert_ok(call(x, method, params, &j, &e), &e);
	all = json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT);
	snprintf(text, sizeof(text), "%s", all);
	free(all);
	return text;
}

static void test_as_it_is_written(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *part;
	} bad[] = {
	    {"\"unreachabel\"", ERR_SCHEMA, "nearest: unreachable"},
	    {"\"delay\"", ERR_SCHEMA, "{delay: N blocks}"},
	    {"5", ERR_SCHEMA, "this is no fault"},
	    {"{}", ERR_SCHEMA, "this is no fault"},
	    {"{\"delay\":1,\"stale\":1}", ERR_SCHEMA, "this is no fault"},
	    {"{\"dealy\":1}", ERR_SCHEMA, "nearest: delay"},
	    {"{\"delay\":0}", ERR_RANGE, "at least one block"},
	    {"{\"stale\":-3}", ERR_RANGE, "at least one block"},
	    {"{\"stale\":\"x\"}", ERR_SCHEMA, "stale: wants a number"},
	    {"{\"error\":5}", ERR_SCHEMA, "error: wants a map"},
	    {"{\"error\":{\"code\":\"x\"}}", ERR_SCHEMA, "error.code"},
	    {"{\"error\":{\"message\":7}}", ERR_SCHEMA, "error.message"},
	};
	struct gateway_fault f;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(json_decrefp)
		json_t *j = json_of(bad[i].text);

		assert_err(gateway_fault_read(&f, j, &e), &e, bad[i].code,
			   bad[i].part);
	}
}

static void test_error(void **state)
{
	struct scene *x = *state;
	json_t *j;
	struct err e;

	break_by(x, "{\"error\":{\"method\":\"eth_call\",\"times\":2,"
		    "\"code\":-5,\"message\":\"not now\"}}");
	assert_string_equal(gives(x, "eth_gasPrice", "[]"), "\"done\"");
	for (int i = 0; i < 2; i++) {
		assert_err(call(x, "eth_call", "[]", &j, &e), &e, ERR_RPC,
			   "eth_call: not now");
		assert_int_equal(e.sub, -5);
	}
	/* Two times are over. */
	assert_string_equal(gives(x, "eth_call", "[]"), "\"done\"");
	assert_int_equal(rpc_stub_calls(x->stub, "eth_call"), 1);
	/* A transaction is refused, not held. */
	break_by(x, "{\"error\":{}}");
	assert_err(call(x, "eth_sendRawTransaction", "[\"0x\"]", &j, &e), &e,
		   ERR_RPC, "busy");
	assert_int_equal(gateway_held_n(x->gw), 0);
	gateway_mend(x->gw);
	assert_string_equal(gives(x, "eth_call", "[]"), "\"done\"");
}

static bool five_held(void *arg)
{
	return gateway_held_n(arg) == 5;
}

/* Who sends several as one wants them in one block. */
static void test_held_batches(void **state)
{
	static const uint64_t batch[] = {1, 1, 0, 4, 4};
	struct scene *x = *state;
	struct err e;

	for (size_t i = 0; i < 5; i++) {
		if (i == 0 || i == 3)
			rpc_batch(x->rpc);
		rpc_send(x->rpc, "eth_sendRawTransaction", NULL, NULL, NULL);
		if (i == 1 || i == 4)
			rpc_batch_end(x->rpc);
	}
	assert_ok(loop_run_until(x->loop, five_held, x->gw, clock_ms() + 5000,
				 "transactions", &e),
		  &e);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(gateway_held_at(x->gw, i).batch, batch[i]);
}

static void on_refused(void *arg, const json_t *result, const json_t *data,
		       const struct err *e)
{
	(void)data;
	assert_null(result);
	assert_int_equal(e->code, ERR_RPC);
	++*(unsigned *)arg;
}

static bool four_refused(void *arg)
{
	return *(const unsigned *)arg == 4;
}

/* One time is one batch: who is too busy for it holds none of it. */
static void test_error_of_a_batch(void **state)
{
	struct scene *x = *state;
	unsigned refused = 0;
	struct err e;

	break_by(x, "{\"error\":{\"method\":\"eth_sendRawTransaction\","
		    "\"times\":2}}");
	for (unsigned i = 0; i < 2; i++) {
		rpc_batch(x->rpc);
		for (unsigned k = 0; k < 2; k++)
			rpc_send(x->rpc, "eth_sendRawTransaction", NULL,
				 on_refused, &refused);
		rpc_batch_end(x->rpc);
	}
	assert_ok(loop_run_until(x->loop, four_refused, &refused,
				 clock_ms() + 5000, "refusals", &e),
		  &e);
	assert_int_equal(gateway_held_n(x->gw), 0);
	assert_int_equal(gateway_troubled(x->gw), GATEWAY_SOUND);
}

static bool is_lost(void *arg)
{
	return ((struct scene *)arg)->lost;
}

static void test_unreachable(void **state)
{
	struct scene *x = *state;
	json_t *j;
	struct err e;

	assert_string_equal(gives(x, "eth_call", "[]"), "\"done\"");
	assert_false(gateway_cut(x->gw));
	break_by(x, "\"unreachable\"");
	assert_true(gateway_cut(x->gw));
	assert_ok(loop_run_until(x->loop, is_lost, x, clock_ms() + 1000, "",
				 &e),
		  &e);
	/* The next connection is closed at once. */
	connect_client(x);
	assert_err(call(x, "eth_call", "[]", &j, &e), &e, ERR_OS, "rpc.ipc");
	assert_true(gateway_cut(x->gw));
	gateway_mend(x->gw);
	connect_client(x);
	assert_string_equal(gives(x, "eth_call", "[]"), "\"done\"");
	assert_false(gateway_cut(x->gw));
	/* Its requests are counted for its connection. */
	assert_int_equal(gateway_daemon_requests(x->gw), 1);
}

struct late {
	struct scene *x;
	bool answered;
};

static void on_late(void *arg, const json_t *result, const json_t *data,
		    const struct err *why)
{
	(void)result;
	(void)data;
	assert_null(why);
	((struct late *)arg)->answered = true;
}

static bool is_kept(void *arg)
{
	return gateway_late_n(((struct late *)arg)->x->gw) == 1;
}

static bool is_answered(void *arg)
{
	return ((struct late *)arg)->answered;
}

static void await(struct scene *x, bool (*done)(void *), void *arg)
{
	struct err e;

	assert_ok(loop_run_until(x->loop, done, arg, clock_ms() + 1000, "",
				 &e),
		  &e);
}

static void test_delay(void **state)
{
	struct scene *x = *state;
	struct late l = {.x = x};

	break_by(x, "{\"delay\":3}");
	rpc_send(x->rpc, "eth_call", NULL, on_late, &l);
	await(x, is_kept, &l);
	assert_int_equal(gateway_in_flight(x->gw), 0);
	gateway_head(x->gw, 102);
	assert_int_equal(gateway_late_n(x->gw), 1);
	gateway_head(x->gw, 103);
	assert_int_equal(gateway_late_n(x->gw), 0);
	await(x, is_answered, &l);
	/* Mending brings the rest; leaving drops it. */
	l.answered = false;
	rpc_send(x->rpc, "eth_call", NULL, on_late, &l);
	await(x, is_kept, &l);
	gateway_mend(x->gw);
	await(x, is_answered, &l);
	break_by(x, "{\"delay\":3}");
	rpc_send(x->rpc, "eth_call", NULL, on_late, &l);
	await(x, is_kept, &l);
}

static bool heard_99(void *arg)
{
	return ((struct scene *)arg)->heard == 99;
}

/* While it is hushed questions are answered, and heads are kept in order. */
static void test_hush(void **state)
{
	struct scene *x = *state;
	struct err e;

	assert_ok(rpc_subscribe(x->rpc, "newHeads", on_head, x, &e), &e);
	gateway_hush(x->gw);
	rpc_stub_head(x->stub, 98);
	rpc_stub_head(x->stub, 99);
	assert_string_equal(gives(x, "eth_gasPrice", "[]"), "\"done\"");
	assert_int_equal(gateway_told(x->gw), 0);
	gateway_tell(x->gw);
	assert_int_equal(gateway_told(x->gw), 99);
	await(x, heard_99, x);
	/* What a fault delays comes no earlier for it. */
	break_by(x, "{\"stale\":3}");
	gateway_hush(x->gw);
	rpc_stub_head(x->stub, 100);
	assert_string_equal(gives(x, "eth_gasPrice", "[]"), "\"done\"");
	gateway_tell(x->gw);
	assert_int_equal(gateway_told(x->gw), 99);
}

static bool is_told_of_99(void *arg)
{
	return !gateway_awaits(((struct scene *)arg)->gw, 99);
}

static bool is_held(void *arg)
{
	return gateway_held_n(((struct scene *)arg)->gw) == 1;
}

/* Who waits with a transaction awaits no answer: its heads stay unread, too. */
static void test_hush_of_who_waits(void **state)
{
	struct scene *x = *state;
	struct rpc *first;
	struct err e;
	bool unread;

	assert_ok(rpc_subscribe(x->rpc, "newHeads", on_head, x, &e), &e);
	rpc_send(x->rpc, "eth_sendRawTransaction", NULL, on_late,
		 &(struct late){.x = x});
	await(x, is_held, x);
	gateway_rested(x->gw, 98);
	gateway_hush(x->gw);
	rpc_stub_head(x->stub, 99);
	/* Somebody else's answer comes behind it. */
	first = TAKE(x->rpc);
	connect_client(x);
	assert_string_equal(gives(x, "eth_gasPrice", "[]"), "\"done\"");
	unread = gateway_awaits(x->gw, 99);
	gateway_tell(x->gw);
	await(x, is_told_of_99, x);
	await(x, heard_99, x);
	rpc_free(first);
	assert_true(unread);
}

struct asked {
	struct rpc_stub *stub;
	unsigned before;
};

static bool is_asked(void *arg)
{
	const struct asked *a = arg;

	return rpc_stub_calls(a->stub, "eth_subscribe") > a->before;
}

/* Who asks for heads in such a way that no node answers; still connected. */
static struct stream *notifying(struct scene *x)
{
	static const char text[] = "{\"jsonrpc\":\"2.0\",\"method\":"
				   "\"eth_subscribe\",\"params\":[\"newHeads\"]}";
	static const struct stream_events ev;
	struct asked a = {.stub = x->stub,
			  .before = rpc_stub_calls(x->stub, "eth_subscribe")};
	struct stream *s;
	struct err e;

	assert_ok(stream_connect(&s, x->loop, x->socket, &ev, &e), &e);
	stream_write(s, text, sizeof(text) - 1);
	await(x, is_asked, &a);
	return s;
}

/* What came to the gateway counts, whether or not it went on. */
static void test_who_is_yet_to_be_told(void **state)
{
	CLEANUP(json_decrefp) json_t *newheads = json_of("[\"newHeads\"]");
	struct scene *x = *state;
	struct late l = {.x = x};
	struct stream *s;
	struct err e;
	bool awaits;
	json_t *j;

	/* Nobody asked; then it did, and 99 may have been there already. */
	gateway_rested(x->gw, 98);
	assert_false(gateway_awaits(x->gw, 99));
	assert_ok(rpc_subscribe(x->rpc, "newHeads", on_head, x, &e), &e);
	assert_false(gateway_awaits(x->gw, 99));
	gateway_rested(x->gw, 98);
	assert_false(gateway_awaits(x->gw, 98));
	assert_true(gateway_awaits(x->gw, 99));
	rpc_stub_head(x->stub, 98);
	gives(x, "eth_gasPrice", "[]");
	assert_true(gateway_awaits(x->gw, 99));
	break_by(x, "{\"delay\":3}");
	rpc_stub_head(x->stub, 99);
	await(x, is_told_of_99, x);
	assert_int_equal(gateway_told(x->gw), 98);
	gateway_mend(x->gw);
	/* A later one came already when the chain rested. */
	gateway_rested(x->gw, 98);
	assert_false(gateway_awaits(x->gw, 99));
	/* A person took it back: another 99 is to come. */
	gateway_rested(x->gw, 97);
	assert_true(gateway_awaits(x->gw, 99));
	rpc_stub_head(x->stub, 99);
	await(x, is_told_of_99, x);
	/* What takes the place of 99 is another block. */
	gateway_went_back(x->gw, 98);
	assert_true(gateway_awaits(x->gw, 99));
	rpc_stub_head(x->stub, 99);
	await(x, is_told_of_99, x);
	/* Who left hears no more. */
	assert_true(gateway_awaits(x->gw, 100));
	break_by(x, "\"unreachable\"");
	assert_false(gateway_awaits(x->gw, 100));
	gateway_mend(x->gw);
	/* Nor does whom the fault or the chain refused, who ended a
	 * subscription, or who wants no answer. */
	connect_client(x);
	assert_false(call(x, "eth_subscribe", "[\"newHeads\",{}]", &j, &e));
	gateway_rested(x->gw, 99);
	assert_false(gateway_awaits(x->gw, 100));
	s = notifying(x);
	gateway_rested(x->gw, 99);
	awaits = gateway_awaits(x->gw, 100);
	stream_free(s);
	assert_false(awaits);
	break_by(x, "{\"error\":{\"times\":1}}");
	assert_false(rpc_subscribe(x->rpc, "newHeads", on_head, x, &e));
	gateway_rested(x->gw, 99);
	assert_false(gateway_awaits(x->gw, 100));
	assert_ok(rpc_subscribe(x->rpc, "newHeads", on_head, x, &e), &e);
	gateway_rested(x->gw, 99);
	assert_true(gateway_awaits(x->gw, 100));
	assert_ok(call(x, "eth_unsubscribe", "[\"0x1\"]", &j, &e), &e);
	json_decref(j);
	assert_false(gateway_awaits(x->gw, 100));
	gateway_rested(x->gw, 99);
	assert_false(gateway_awaits(x->gw, 100));
	/* In a batch it is one all the same. */
	rpc_batch(x->rpc);
	rpc_send(x->rpc, "eth_gasPrice", NULL, NULL, NULL);
	rpc_send(x->rpc, "eth_subscribe", newheads, on_late, &l);
	rpc_batch_end(x->rpc);
	await(x, is_answered, &l);
	gateway_rested(x->gw, 99);
	assert_true(gateway_awaits(x->gw, 100));
	connect_client(x);
	/* Logs are no heads, and a command is waited for otherwise. */
	gives(x, "eth_subscribe", "[\"logs\"]");
	gateway_daemon(x->gw, 0);
	gives(x, "eth_subscribe", "[\"newHeads\"]");
	gateway_rested(x->gw, 99);
	assert_false(gateway_awaits(x->gw, 100));
}

static void test_stale(void **state)
{
	struct scene *x = *state;
	struct err e;

	assert_ok(rpc_subscribe(x->rpc, "newHeads", on_head, x, &e), &e);
	rpc_stub_head(x->stub, 99);
	await(x, heard_99, x);
	assert_int_equal(gateway_told(x->gw), 99);
	break_by(x, "{\"stale\":10}");
	assert_string_equal(gives(x, "eth_blockNumber", "[]"), "\"0x5a\"");
	gives(x, "eth_call", "[{},\"latest\"]");
	assert_string_equal(x->asked, "eth_call [{},\"0x5a\"]");
	gives(x, "eth_call", "[{}]");
	assert_string_equal(x->asked, "eth_call [{},\"0x5a\"]");
	gives(x, "eth_call", "[{},\"0x10\"]");
	assert_string_equal(x->asked, "eth_call [{},\"0x10\"]");
	gives(x, "eth_getLogs", "[{\"fromBlock\":\"0x63\"}]");
	assert_string_equal(x->asked, "eth_getLogs [{\"fromBlock\":\"0x5a\","
				      "\"toBlock\":\"0x5a\"}]");
	gives(x, "eth_getLogs",
	      "[{\"fromBlock\":\"earliest\",\"toBlock\":\"latest\"}]");
	assert_string_equal(x->asked,
			    "eth_getLogs [{\"fromBlock\":\"earliest\","
			    "\"toBlock\":\"0x5a\"}]");
	assert_string_equal(gives(x, "eth_getTransactionReceipt", "[]"),
			    "null");
	/* A head comes with the tenth after it. */
	rpc_stub_head(x->stub, 101);
	gives(x, "eth_gasPrice", "[]");
	assert_int_equal(gateway_told(x->gw), 99);
	gateway_head(x->gw, 110);
	assert_int_equal(gateway_told(x->gw), 101);
	gateway_mend(x->gw);
	assert_string_equal(gives(x, "eth_blockNumber", "[]"), "\"0x64\"");
}

struct told {
	bool done;
	int code;
};

static void on_told(void *arg, const json_t *result, const json_t *data,
		    const struct err *e)
{
	struct told *t = arg;

	t->done = true;
	t->code = e ? e->sub : 0;
	assert_string_equal(json_string_value(
				e ? data
				  : json_object_get(result, "transactionHash")),
			    "0x7");
}

static bool is_told(void *arg)
{
	return ((struct told *)arg)->done;
}

/* Who waits for the receipt has it; of a stale node, EIP-7966's error 4. */
static int sent_sync(struct scene *x)
{
	struct told t = {.done = false};
	struct err e;

	rpc_send(x->rpc, "eth_sendRawTransactionSync", NULL, on_told, &t);
	await(x, is_held, x);
	gateway_release(x->gw, gateway_held_at(x->gw, 0).number);
	assert_ok(loop_run_until(x->loop, is_told, &t, clock_ms() + 5000,
				 "the receipt", &e),
		  &e);
	return t.code;
}

static void test_stale_does_not_see_it_mined(void **state)
{
	struct scene *x = *state;

	assert_int_equal(sent_sync(x), 0);
	break_by(x, "{\"stale\":10}");
	assert_int_equal(sent_sync(x), 4);
}

/* Whoever names the plain form means transactions. */
static void test_transactions_of_either_form_are_refused(void **state)
{
	struct scene *x = *state;
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e;

	break_by(x, "{\"error\":{\"method\":\"eth_sendRawTransaction\"}}");
	assert_err(call(x, "eth_sendRawTransactionSync", "[\"0x\"]", &j, &e),
		   &e, ERR_RPC, "busy");
}

static void test_stale_by_hash_and_number(void **state)
{
	struct scene *x = *state;

	break_by(x, "{\"stale\":10}");
	gives(x, "eth_getLogs", "[{\"blockHash\":\"0x12\"}]");
	assert_string_equal(x->asked, "eth_getLogs [{\"blockHash\":\"0x12\"}]");
	gives(x, "eth_getBlockByNumber", "[\"latest\",false]");
	assert_string_equal(x->asked, "eth_getBlockByNumber [\"0x5a\",false]");
	gives(x, "eth_getBlockByNumber", "[\"0x5b\",false]");
	assert_string_equal(x->asked, "eth_getBlockByNumber [\"0x5b\",false]");
	x->block = 0x5b;
	assert_string_equal(gives(x, "eth_getBlockByNumber", "[\"0x5b\"]"),
			    "null");
	assert_string_equal(gives(x, "eth_getBlockByHash", "[\"0x12\"]"),
			    "null");
	assert_string_equal(gives(x, "eth_getLogs",
				  "[{\"blockHash\":\"0x12\"}]"), "[]");
	x->block = 0x5a;
	assert_string_equal(gives(x, "eth_getBlockByHash", "[\"0x12\"]"),
			    "{\"number\":\"0x5a\"}");
	assert_string_equal(gives(x, "eth_getLogs",
				  "[{\"blockHash\":\"0x12\"}]"),
			    "[{\"blockNumber\":\"0x5a\"}]");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_it_is_written),
	    TEST(test_error),
	    TEST(test_error_of_a_batch),
	    TEST(test_held_batches),
	    TEST(test_unreachable),
	    TEST(test_delay),
	    TEST(test_hush),
	    TEST(test_hush_of_who_waits),
	    TEST(test_who_is_yet_to_be_told),
	    TEST(test_stale),
	    TEST(test_stale_does_not_see_it_mined),
	    TEST(test_transactions_of_either_form_are_refused),
	    TEST(test_stale_by_hash_and_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
