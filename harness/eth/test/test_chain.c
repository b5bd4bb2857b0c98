/* chain against a scripted node: what it asks, and what it makes of answers. */
#include "test/kit.h"

#include "base/base.h"
#include "eth/chain.h"
#include "eth/node.h"
#include "test/rpc_stub.h"

#define HASH_1                                                                 \
	"\"0x1111111111111111111111111111111111111111111111111111111111111111" \
	"\""
#define HASH_2                                                                 \
	"\"0x2222222222222222222222222222222222222222222222222222222222222222" \
	"\""
#define ADDR_A "\"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
#define ADDR_B "\"0xbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbBbB\""
#define LOG                                                                    \
	"{\"address\":" ADDR_A ",\"topics\":[" HASH_1 "," HASH_2 "]," LOG_REST
#define LOG_REST                                                               \
	"\"data\":\"0x0102\",\"blockNumber\":\"0x10\",\"logIndex\":\"0x3\","   \
	"\"transactionHash\":" HASH_2 "}"

/* One answer for whatever is asked, and what was asked. */
struct world {
	char *dir;
	struct loop *loop;
	struct rpc_stub *stub;
	struct rpc *rpc;
	const char *answer, *block; /* block: to eth_getBlockByNumber */
	char *method, *params;
};

static char *answer(void *arg, const char *method, const json_t *params)
{
	struct world *w = arg;

	free(w->method);
	free(w->params);
	w->method = xstrdup(method);
	w->params = json_text(params);
	return xstrdup(w->block && !strcmp(method, "eth_getBlockByNumber")
			       ? w->block
			       : w->answer);
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e;
	char *path;

	w->dir = kit_tmpdir_new();
	path = xasprintf("%s/node", w->dir);
	assert_ok(loop_new(&w->loop, &e), &e);
	w->stub = rpc_stub_new(w->loop, path, answer, w);
	assert_ok(rpc_open_ipc(&w->rpc, w->loop, path, &e), &e);
	rpc_timeout(w->rpc, 2000);
	free(path);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	rpc_free(w->rpc);
	rpc_stub_free(w->stub);
	loop_free(w->loop);
	kit_tmpdir_free(w->dir);
	free(w->method);
	free(w->params);
	free(w);
	return 0;
}

static void asked(const struct world *w, const char *method, const char *params)
{
	assert_string_equal(w->method, method);
	assert_string_equal(w->params, params);
}

static const struct addr20 A = { { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
				   0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
				   0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa } };

static void test_numbers(void **state)
{
	struct world *w = *state;
	struct u256 wei;
	uint64_t n;
	struct err e;

	w->answer = "\"result\":\"0x7a69\"";
	assert_ok(chain_id(w->rpc, &n, &e), &e);
	assert_int_equal(n, 31337);
	asked(w, "eth_chainId", "[]");
	assert_ok(chain_height(w->rpc, &n, &e), &e);
	asked(w, "eth_blockNumber", "[]");
	assert_ok(chain_tip(w->rpc, &wei, &e), &e);
	asked(w, "eth_maxPriorityFeePerGas", "[]");
	assert_ok(chain_nonce(w->rpc, &A, &n, &e), &e);
	asked(w, "eth_getTransactionCount", "[" ADDR_A ",\"latest\"]");
	w->answer = "\"result\":\"0x100000000000000000000000000000000\"";
	assert_ok(chain_balance(w->rpc, &A, &wei, &e), &e);
	asked(w, "eth_getBalance", "[" ADDR_A ",\"latest\"]");
	assert_string_equal(fmt_u256(wei).s,
			    "340282366920938463463374607431768211456");
}

static void test_numbers_refused(void **state)
{
	struct world *w = *state;
	uint64_t n = 42;
	struct err e;

	w->answer = "\"result\":\"0x10000000000000000\"";
	assert_err(chain_height(w->rpc, &n, &e), &e, ERR_RANGE,
		   "eth_blockNumber: 18446744073709551616 is over 64 bits");
	w->answer = "\"result\":12";
	assert_err(chain_height(w->rpc, &n, &e), &e, ERR_SCHEMA,
		   "eth_blockNumber: the answer is no quantity");
	w->answer = "\"result\":\"12\"";
	assert_err(chain_height(w->rpc, &n, &e), &e, ERR_SCHEMA, "\"12\"");
	w->answer = "\"result\":\"0xzz\"";
	assert_err(chain_height(w->rpc, &n, &e), &e, ERR_PARSE,
		   "eth_blockNumber");
	w->answer = "\"error\":{\"code\":-32601,\"message\":\"no such\"}";
	assert_err(chain_height(w->rpc, &n, &e), &e, ERR_RPC, "no such");
	assert_int_equal(e.sub, -32601);
	assert_int_equal(n, 42);
}

static void test_block(void **state)
{
	struct world *w = *state;
	struct block b = { .number = 1 };
	struct err e;

	w->answer = "\"result\":{\"number\":\"0x10\",\"timestamp\":\"0x20\","
		    "\"gasUsed\":\"0x3\",\"gasLimit\":\"0x4\","
		    "\"baseFeePerGas\":\"0x7\",\"hash\":" HASH_1
		    ",\"parentHash\":" HASH_2 "}";
	assert_ok(chain_block(w->rpc, CHAIN_HEAD, &b, &e), &e);
	asked(w, "eth_getBlockByNumber", "[\"latest\",false]");
	assert_int_equal(b.number, 16);
	assert_int_equal(b.time, 32);
	assert_int_equal(b.base_fee, 7);
	assert_int_equal(b.gas_used, 3);
	assert_int_equal(b.gas_limit, 4);
	assert_int_equal(b.hash.b[31], 0x11);
	assert_int_equal(b.parent.b[0], 0x22);
	w->answer = "\"result\":null";
	assert_err(chain_block(w->rpc, 99, &b, &e), &e, ERR_RANGE,
		   "no block 99");
	asked(w, "eth_getBlockByNumber", "[\"0x63\",false]");
	w->answer = "\"result\":{\"number\":\"0x11\"}";
	assert_err(chain_block(w->rpc, 99, &b, &e), &e, ERR_SCHEMA,
		   "timestamp");
	assert_int_equal(b.number, 16);
}

/* EIP-1559: by an eighth at most, and up by one at least. */
static void test_next_fee(void **state)
{
	static const struct {
		uint64_t fee, used, next;
	} all[] = {
		{ 800, 50, 800 }, { 800, 100, 900 }, { 800, 0, 700 },
		{ 800, 75, 850 }, { 1, 51, 2 },	     { 1, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct block b = { .base_fee = all[i].fee,
					 .gas_used = all[i].used,
					 .gas_limit = 100 };

		assert_int_equal(chain_next_fee(&b), all[i].next);
	}
}

static void test_block_above(void **state)
{
	static const char text[] =
		"{\"blockNumber\":\"0x10\",\"gasUsed\":\"0x5\","
		"\"cumulativeGasUsed\":\"0x5\",\"blockHash\":" HASH_1 "}";
	const struct block below = { .number = 15, .time = 9, .base_fee = 800,
				     .gas_used = 100, .gas_limit = 100 };
	CLEANUP(json_decrefp) json_t *receipt = NULL;
	struct block b = { .number = 1 };
	struct err e;

	(void)state;
	assert_ok(json_parse(&receipt, text, strlen(text), "a receipt", &e),
		  &e);
	assert_true(chain_block_above(&b, &below, receipt));
	assert_int_equal(b.number, 16);
	assert_int_equal(b.time, 10);
	assert_int_equal(b.base_fee, 900);
	assert_int_equal(b.gas_used, 5);
	assert_int_equal(b.gas_limit, 100);
	assert_int_equal(b.hash.b[31], 0x11);
	/* Another had been before it; it is further up. */
	json_object_set_new(receipt, "cumulativeGasUsed", json_string("0x6"));
	assert_false(chain_block_above(&b, &below, receipt));
	json_object_set_new(receipt, "cumulativeGasUsed", json_string("0x5"));
	json_object_set_new(receipt, "blockNumber", json_string("0x11"));
	assert_false(chain_block_above(&b, &below, receipt));
}

static void test_sender(void **state)
{
	struct world *w = *state;
	struct block b = { .number = 1 };
	struct u256 tip = U256_ZERO;
	uint64_t nonce = 9;
	struct err e;

	w->answer = "\"result\":\"0x5\"";
	w->block = "\"result\":{\"number\":\"0x10\",\"timestamp\":\"0x20\","
		   "\"gasUsed\":\"0x3\",\"gasLimit\":\"0x4\","
		   "\"baseFeePerGas\":\"0x7\",\"hash\":" HASH_1
		   ",\"parentHash\":" HASH_2 "}";
	assert_ok(chain_sender(w->rpc, &A, &nonce, &b, NULL, &e), &e);
	assert_int_equal(nonce, 5);
	assert_int_equal(b.base_fee, 7);
	asked(w, "eth_getBlockByNumber", "[\"latest\",false]");
	assert_ok(chain_sender(w->rpc, &A, &nonce, &b, &tip, &e), &e);
	asked(w, "eth_maxPriorityFeePerGas", "[]");
	assert_true(u256_eq(tip, u256_from_u64(5)));
	w->block = "\"error\":{\"code\":-1,\"message\":\"gone\"}";
	assert_err(chain_sender(w->rpc, &A, &nonce, &b, &tip, &e), &e, ERR_RPC,
		   "eth_getBlockByNumber: gone");
	w->block = NULL;
	w->answer = "\"result\":\"0x10000000000000000\"";
	assert_err(chain_sender(w->rpc, &A, &nonce, &b, &tip, &e), &e,
		   ERR_RANGE, "eth_getTransactionCount");
	assert_int_equal(nonce, 5);
}

static void test_call(void **state)
{
	struct world *w = *state;
	struct buf ret = BUF_INIT(1024);
	struct err e;

	w->answer = "\"result\":\"0x00ff\"";
	assert_ok(chain_call(w->rpc, NULL, &A, "\x01\x02", 2, CHAIN_HEAD, &ret,
			     &e),
		  &e);
	assert_hex(ret.data, ret.len, "00ff");
	asked(w, "eth_call",
	      "[{\"to\":" ADDR_A ",\"data\":\"0x0102\"},\"latest\"]");
	assert_ok(chain_call(w->rpc, &A, &A, NULL, 0, 5, &ret, &e), &e);
	asked(w, "eth_call",
	      "[{\"to\":" ADDR_A ",\"data\":\"0x\",\"from\":" ADDR_A
	      "},\"0x5\"]");
	buf_done(&ret);
}

/* Calls with this answer and demands this revert data. */
static void reverts(struct world *w, const char *answer_text, const char *hex)
{
	struct buf ret = BUF_INIT(1024);
	struct err e;

	w->answer = answer_text;
	assert_err(chain_call(w->rpc, NULL, &A, NULL, 0, CHAIN_HEAD, &ret, &e),
		   &e, ERR_REVERT, "reverted");
	assert_hex(ret.data, ret.len, hex);
	buf_clear(&ret);
	assert_err(chain_try(w->rpc, &A, &A, NULL, 0, 9, &ret, &e), &e,
		   ERR_REVERT, "reverted");
	assert_hex(ret.data, ret.len, hex);
	buf_done(&ret);
}

static void test_reverts(void **state)
{
	struct world *w = *state;
	struct buf ret = BUF_INIT(1024);
	struct err e;

	reverts(w,
		"\"error\":{\"code\":3,\"message\":\"execution reverted\","
		"\"data\":\"0x08c379a0ff\"}",
		"08c379a0ff");
	reverts(w,
		"\"error\":{\"code\":3,\"message\":\"execution reverted\","
		"\"data\":\"0x\"}",
		"");
	reverts(w, "\"error\":{\"code\":-32000,\"message\":\"VM: reverted\"}",
		"");
	reverts(w,
		"\"error\":{\"code\":3,\"message\":\"execution reverted\","
		"\"data\":{\"odd\":1}}",
		"");
	w->answer = "\"error\":{\"code\":-32000,\"message\":\"no funds\"}";
	assert_err(chain_call(w->rpc, NULL, &A, NULL, 0, CHAIN_HEAD, &ret, &e),
		   &e, ERR_RPC, "no funds");
	buf_done(&ret);
}

static void test_try(void **state)
{
	struct world *w = *state;
	struct buf revert = BUF_INIT(64);
	struct err e;

	w->answer = "\"result\":\"0x01\"";
	assert_ok(chain_try(w->rpc, &A, &A, NULL, 0, 21000, &revert, &e), &e);
	asked(w, "eth_call",
	      "[{\"to\":" ADDR_A ",\"data\":\"0x\",\"from\":" ADDR_A
	      ",\"gas\":\"0x5208\"},\"latest\"]");
	w->answer = "\"error\":{\"code\":-32003,\"message\":\"out of gas\"}";
	assert_err(chain_try(w->rpc, &A, &A, NULL, 0, 21000, &revert, &e), &e,
		   ERR_RPC, "out of gas");
	assert_int_equal(revert.len, 0);
}

static void test_code(void **state)
{
	struct world *w = *state;
	struct buf code = BUF_INIT(8);
	struct err e;

	w->answer = "\"result\":\"0x6001\"";
	assert_ok(chain_code(w->rpc, &A, &code, &e), &e);
	assert_hex(code.data, code.len, "6001");
	w->answer = "\"result\":\"0x600160016001600160\"";
	assert_err(chain_code(w->rpc, &A, &code, &e), &e, ERR_LIMIT,
		   "eth_getCode");
	w->answer = "\"result\":\"0x6\"";
	assert_err(chain_code(w->rpc, &A, &code, &e), &e, ERR_PARSE,
		   "eth_getCode");
	buf_done(&code);
}

static void test_send_raw(void **state)
{
	struct world *w = *state;
	struct hash32 h;
	struct err e;

	w->answer = "\"result\":" HASH_1;
	assert_ok(chain_send_raw(w->rpc, "\x02\xc0", 2, &h, &e), &e);
	assert_int_equal(h.b[0], 0x11);
	asked(w, "eth_sendRawTransaction", "[\"0x02c0\"]");
	w->answer = "\"result\":\"0x11\"";
	assert_err(chain_send_raw(w->rpc, "\x02\xc0", 2, &h, &e), &e,
		   ERR_SCHEMA, "no hash");
}

static void test_receipt(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct receipt r;
	struct hash32 h = { { 0x11 } };
	bool found = true;
	struct err e;

	w->answer = "\"result\":null";
	assert_ok(chain_receipt(w->rpc, a, &h, &found, &r, &e), &e);
	assert_false(found);
	w->answer = "\"result\":{\"transactionHash\":" HASH_1
		    ",\"blockNumber\":\"0x10\",\"transactionIndex\":\"0x3\","
		    "\"gasUsed\":\"0x5208\","
		    "\"status\":\"0x1\",\"from\":" ADDR_A ",\"to\":null,"
		    "\"contractAddress\":" ADDR_B ",\"logs\":[" LOG "]}";
	assert_ok(chain_receipt(w->rpc, a, &h, &found, &r, &e), &e);
	assert_true(found);
	assert_true(r.ok);
	assert_int_equal(r.block, 16);
	assert_int_equal(r.index, 3);
	assert_int_equal(r.gas_used, 21000);
	assert_true(addr_is_zero(&r.to));
	assert_int_equal(r.created.b[0], 0xbb);
	assert_int_equal(r.logs_n, 1);
	assert_int_equal(r.logs[0].topics_n, 2);
	assert_hex(r.logs[0].data, r.logs[0].data_len, "0102");
	w->answer = "\"result\":{\"transactionHash\":" HASH_1
		    ",\"blockNumber\":\"0x10\",\"transactionIndex\":\"0x3\","
		    "\"gasUsed\":\"0x5208\","
		    "\"status\":\"0x0\",\"from\":" ADDR_A ",\"to\":" ADDR_B
		    ",\"contractAddress\":null,\"logs\":[{}]}";
	assert_err(chain_receipt(w->rpc, a, &h, &found, &r, &e), &e, ERR_SCHEMA,
		   "receipt: logs[0]");
}

static void test_logs(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct log *logs;
	struct hash32 topic, topics[2];
	struct addr20 both[2];
	struct log_filter f = {3, 16, both, 2, topics, 2, NULL};
	size_t n;
	struct err e;

	memset(topic.b, 0x22, sizeof(topic.b));
	w->answer = "\"result\":[" LOG "," LOG "]";
	assert_ok(chain_logs(w->rpc, a, 3, 16, &A, &topic, &logs, &n, &e), &e);
	asked(w, "eth_getLogs",
	      "[{\"fromBlock\":\"0x3\",\"toBlock\":\"0x10\",\"address\":" ADDR_A
	      ",\"topics\":[" HASH_2 "]}]");
	assert_int_equal(n, 2);
	assert_int_equal(logs[1].block, 16);
	assert_int_equal(logs[1].index, 3);
	w->answer = "\"result\":[]";
	assert_ok(chain_logs(w->rpc, a, 3, 16, NULL, NULL, &logs, &n, &e), &e);
	asked(w, "eth_getLogs",
	      "[{\"fromBlock\":\"0x3\",\"toBlock\":\"0x10\"}]");
	assert_int_equal(n, 0);
	topics[0] = topics[1] = topic;
	both[0] = A;
	both[1] = A;
	assert_ok(chain_logs_any(w->rpc, a, &f, &logs, &n, &e), &e);
	asked(w, "eth_getLogs",
	      "[{\"fromBlock\":\"0x3\",\"toBlock\":\"0x10\",\"address\":"
	      "[" ADDR_A "," ADDR_A "],\"topics\":[[" HASH_2 "," HASH_2 "]]}]");
	f = (struct log_filter){.from = 3, .to = 16, .topic2 = &topic};
	assert_ok(chain_logs_any(w->rpc, a, &f, &logs, &n, &e), &e);
	asked(w, "eth_getLogs",
	      "[{\"fromBlock\":\"0x3\",\"toBlock\":\"0x10\",\"topics\":"
	      "[null,null," HASH_2 "]}]");
	w->answer = "\"result\":[{\"address\":" ADDR_A ",\"topics\":[" HASH_1
		    "," HASH_1 "," HASH_1 "," HASH_2 "]," LOG_REST "]";
	assert_ok(chain_logs(w->rpc, a, 3, 16, NULL, NULL, &logs, &n, &e), &e);
	assert_int_equal(logs[0].topics_n, 4);
	assert_int_equal(logs[0].topics[3].b[0], 0x22);
	w->answer = "\"result\":{}";
	assert_err(chain_logs(w->rpc, a, 3, 16, NULL, NULL, &logs, &n, &e), &e,
		   ERR_SCHEMA, "eth_getLogs: logs: no list");
	w->answer = "\"result\":[{\"address\":" ADDR_A ",\"topics\":[" HASH_1
		    "," HASH_1 "," HASH_1 "," HASH_1 "," HASH_1 "]}]";
	assert_err(chain_logs(w->rpc, a, 3, 16, NULL, NULL, &logs, &n, &e), &e,
		   ERR_SCHEMA, "logs[0]: a log with 5 topics");
}

/* Frames inside each other, so many: their kinds are a, b, c, a, … */
static char *nested(unsigned depth)
{
	struct buf b = BUF_INIT(1u << 20);

	buf_adds(&b, "\"result\":");
	for (unsigned i = 0; i < depth; i++)
		buf_addf(&b,
			 "{\"type\":\"%c\",\"from\":" ADDR_A
			 ",\"gasUsed\":\"0x%x\"%s",
			 (int)('a' + i % 3), i,
			 i + 1 < depth ? ",\"calls\":[" : "}");
	for (unsigned i = 1; i < depth; i++)
		buf_adds(&b, "]}");
	return buf_take(&b);
}

static void test_trace(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep) char *deep = nested(1000);
	CLEANUP(freep) char *deeper = nested(1026);
	const struct call_frame *f;
	struct call_frame all;
	struct hash32 h = { { 0x11 } };
	unsigned n = 0;
	struct err e;

	w->answer = deep;
	assert_ok(node_trace(w->rpc, a, &h, &all, &e), &e);
	asked(w, "debug_traceTransaction",
	      "[\"0x1100000000000000000000000000000000000000000000000000000000"
	      "000000\",{\"tracer\":\"callTracer\"}]");
	for (f = &all; f->calls_n; f = f->calls, n++) {
		assert_int_equal(f->calls_n, 1);
		assert_int_equal(f->kind[0], (int)('a' + n % 3));
		assert_int_equal(f->gas_used, n);
	}
	assert_int_equal(n, 999);
	w->answer = "\"result\":{\"type\":\"CALL\",\"from\":" ADDR_A
		    ",\"gasUsed\":\"0x1\",\"calls\":[{\"type\":\"CALL\"}]}";
	assert_err(
		node_trace(w->rpc, a, &h, &all, &e), &e, ERR_SCHEMA,
		"debug_traceTransaction: the JSON value has no member 'from'");
	w->answer = deeper;
	assert_err(node_trace(w->rpc, a, &h, &all, &e), &e, ERR_PARSE,
		   "debug_traceTransaction: ");
}

/* Of the first call alone; a revert is not traced for it. */
static void test_output(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct hash32 h = { { 0x11 } };
	const uint8_t *out;
	size_t len;
	struct err e;

	w->answer = "\"result\":{\"type\":\"CALL\",\"from\":" ADDR_A
		    ",\"gasUsed\":\"0x1\",\"output\":\"0x0203\"}";
	assert_ok(node_returned(w->rpc, a, &h, &out, &len, &e), &e);
	asked(w, "debug_traceTransaction",
	      "[\"0x1100000000000000000000000000000000000000000000000000000000"
	      "000000\",{\"tracer\":\"callTracer\",\"tracerConfig\":"
	      "{\"onlyTopCall\":true}}]");
	assert_hex(out, len, "0203");
	w->answer = "\"result\":\"0xaabb\"";
	assert_ok(node_reverted(w->rpc, a, &h, &out, &len, &e), &e);
	asked(w, "ots_getTransactionError",
	      "[\"0x1100000000000000000000000000000000000000000000000000000000"
	      "000000\"]");
	assert_hex(out, len, "aabb");
	w->answer = "\"result\":null";
	assert_err(node_reverted(w->rpc, a, &h, &out, &len, &e), &e, ERR_SCHEMA,
		   "ots_getTransactionError: ");
	w->answer = "\"error\":{\"code\":-32601,\"message\":\"no such\"}";
	assert_err(node_reverted(w->rpc, a, &h, &out, &len, &e), &e, ERR_RPC,
		   "ots_getTransactionError: no such");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),  TEST(test_numbers_refused),
		TEST(test_block),    TEST(test_sender),
		TEST(test_next_fee), TEST(test_block_above),
		TEST(test_call),     TEST(test_reverts),
		TEST(test_try),	     TEST(test_code),
		TEST(test_send_raw), TEST(test_receipt),
		TEST(test_logs),     TEST(test_trace),
		TEST(test_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
