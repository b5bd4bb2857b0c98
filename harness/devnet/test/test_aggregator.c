/*
 * aggregator*.c: every reason to refuse, by its code and its values, with a
 * chain on the test's own loop that says what a test wants. That genuine quotes
 * are told from others is for scenarios/misbehaviour/heartbeat-refused.yaml.
 */
#include "test/kit.h"

#include "base/base.h"
#include "base/clock.h"
#include "devnet/aggregator_priv.h"
#include "io/http_client.h"
#include "test/rpc_stub.h"

#define HASH "0x1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER_HASH                                                             \
	"0x2222222222222222222222222222222222222222222222222222222222222222"
#define YES "0x0000000000000000000000000000000000000000000000000000000000000001"
#define NO "0x0000000000000000000000000000000000000000000000000000000000000000"

static const char AVS_ABI[] =
	"{\"abi\":[{\"type\":\"function\",\"name\":\"checkLiveness\",\"inputs\":"
	"[{\"name\":\"q\",\"type\":\"bytes\"},{\"name\":\"d\",\"type\":"
	"\"bytes32\"},{\"name\":\"m\",\"type\":\"bytes32\"}],\"outputs\":[],"
	"\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":"
	"\"registeredMeasurement\",\"inputs\":[{\"name\":\"o\",\"type\":"
	"\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"}],"
	"\"stateMutability\":\"view\"},{\"type\":\"error\",\"name\":"
	"\"DebugTd\",\"inputs\":[]},{\"type\":\"error\",\"name\":"
	"\"ReportDataMismatch\",\"inputs\":[]}]}";
static const char DELEGATION_ABI[] =
	"{\"abi\":[{\"type\":\"function\",\"name\":\"isOperator\",\"inputs\":"
	"[{\"name\":\"o\",\"type\":\"address\"}],\"outputs\":[{\"name\":\"\","
	"\"type\":\"bool\"}],\"stateMutability\":\"view\"}]}";
static const char ALLOCATION_ABI[] =
	"{\"abi\":[{\"type\":\"function\",\"name\":\"isMemberOfOperatorSet\","
	"\"inputs\":[{\"name\":\"o\",\"type\":\"address\"},{\"name\":\"s\","
	"\"type\":\"tuple\",\"components\":[{\"name\":\"avs\",\"type\":"
	"\"address\"},{\"name\":\"id\",\"type\":\"uint32\"}]}],\"outputs\":"
	"[{\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\"}]}";

static const struct addr20 AVS = { { 0xa4 } }, DELEGATION = { { 0xa2 } },
			   ALLOCATION = { { 0xa1 } };

static struct {
	char *dir, *ipc;
	struct loop *loop;
	struct book *book;
	struct rpc_stub *stub;
	struct aggregator *a;
	struct http_client *http;

	/* What the chain says. */
	const char *block, *operator, *member;
	const char *revert; /* of checkLiveness; NULL: it is content */
	bool mute, slow; /* it refuses; it answers nothing */
	/* What was told of the last heartbeat. */
	char actor[64];
	json_t *record;
	unsigned told;
} t;

static char *answer_call(const json_t *params)
{
	const char *data = "";
	struct addr20 to;
	struct err e;

	assert_ok(json_addr_at(&to, params, "[0].to", &e), &e);
	assert_ok(json_text_at(&data, params, "[0].data", &e), &e);
	if (addr_eq(&to, &DELEGATION))
		return xasprintf("\"result\":\"%s\"", t.operator);
	if (addr_eq(&to, &ALLOCATION))
		return xasprintf("\"result\":\"%s\"", t.member);
	if (strlen(data) == 2 + 8 + 64) /* registeredMeasurement */
		return xasprintf("\"result\":\"%s\"", OTHER_HASH);
	/* checkLiveness, of the measurement that was registered. */
	assert_non_null(strstr(data, OTHER_HASH + 2));
	if (!t.revert)
		return xstrdup("\"result\":\"0x\"");
	return xasprintf("\"error\":{\"code\":3,\"message\":\"execution "
			 "reverted\",\"data\":\"%s\"}",
			 t.revert);
}

static char *node(void *arg, const char *method, const json_t *params)
{
	const char *tag = json_string_value(json_array_get(params, 0));

	(void)arg;
	if (t.slow)
		return NULL;
	if (t.mute)
		return xstrdup("\"error\":{\"code\":-32000,\"message\":"
			       "\"busy\"}");
	if (!strcmp(method, "eth_call"))
		return answer_call(params);
	assert_string_equal(method, "eth_getBlockByNumber");
	if (strcmp(tag, "latest") && !t.block)
		return xstrdup("\"result\":null");
	return xasprintf("\"result\":{\"number\":\"%s\",\"timestamp\":\"0x64\","
			 "\"hash\":\"%s\",\"parentHash\":\"" NO "\","
			 "\"baseFeePerGas\":\"0x7\",\"gasUsed\":\"0x0\","
			 "\"gasLimit\":\"0x1\"}",
			 strcmp(tag, "latest") ? tag : "0x28",
			 strcmp(tag, "latest") ? t.block : HASH);
}

static void told(void *arg, const char *actor, const json_t *record)
{
	(void)arg;
	snprintf(t.actor, sizeof(t.actor), "%s", actor);
	json_decref(t.record);
	t.record = json_deep_copy(record);
	t.told++;
}

static void bind(const char *name, const struct addr20 *at, const char *abi)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s.json", t.dir, name);
	struct err e;

	assert_ok(file_write_atomic(path, abi, strlen(abi), &e), &e);
	assert_ok(book_read_artifact(t.book, name, path, &e), &e);
	assert_ok(book_bind(t.book, name, at, name, &e), &e);
}

static struct aggregator_spec spec(void)
{
	return (struct aggregator_spec){ .ipc = t.ipc,
					 .book = t.book,
					 .avs = "phala",
					 .chain_id = 31337,
					 .max_age = 20,
					 .on_heartbeat = told };
}

static struct addr20 address(const char *name)
{
	struct seckey key = devnet_key(name);
	struct addr20 a;
	struct err e;

	assert_ok(secp_address(&a, &key, &e), &e);
	return a;
}

static int set_up(void **state)
{
	const struct addr20 alice = address("alice");
	struct aggregator_spec as;
	struct err e;

	(void)state;
	memset(&t, 0, sizeof(t));
	t.dir = kit_tmpdir_new();
	t.ipc = xasprintf("%s/node.ipc", t.dir);
	assert_ok(loop_new(&t.loop, &e), &e);
	assert_ok(http_client_new(&t.http, t.loop, &e), &e);
	t.stub = rpc_stub_new(t.loop, t.ipc, node, NULL);
	t.book = book_new();
	bind("phala", &AVS, AVS_ABI);
	bind("delegationManager", &DELEGATION, DELEGATION_ABI);
	bind("allocationManager", &ALLOCATION, ALLOCATION_ABI);
	assert_ok(book_bind(t.book, "alice", &alice, NULL, &e), &e);
	t.block = HASH;
	t.operator = t.member = YES;
	as = spec();
	assert_ok(aggregator_new(&t.a, t.loop, &as, &e), &e);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	aggregator_free(t.a);
	http_client_free(t.http);
	rpc_stub_free(t.stub);
	loop_free(t.loop);
	book_free(t.book);
	json_decref(t.record);
	kit_tmpdir_free(t.dir);
	free(t.ipc);
	return 0;
}

/* --- requests ------------------------------------------------------------------ */

static struct http_request request(const char *url, const char *method,
				   const char *body)
{
	return (struct http_request){ .method = method,
				      .url = url,
				      .content_type = "application/json",
				      .body = body,
				      .body_len = strlen(body),
				      .answer_max = 1 << 20,
				      .timeout_ms = 5000 };
}

static json_t *ask_at(const char *path, const char *method, const char *body,
		      int status)
{
	CLEANUP(freep) char *url = xasprintf("%s%s", aggregator_url(t.a), path);
	const struct http_request r = request(url, method, body);
	struct http_answer a;
	json_t *j = NULL;
	struct err e;

	assert_ok(http_fetch(t.http, &r, &a, &e), &e);
	assert_int_equal(a.status, status);
	if (status == 200)
		assert_ok(json_parse(&j, buf_str(&a.body), a.body.len,
				     "answer", &e), &e);
	http_answer_done(&a);
	return j;
}

static struct heartbeat good(void)
{
	struct heartbeat h = { .chain_id = 31337,
			       .avs = AVS,
			       .operator = address("alice"),
			       .sequence = 1,
			       .block = 30 };

	memset(h.block_hash.b, 0x11, sizeof(h.block_hash.b));
	return h;
}

static char *call_of(const struct heartbeat *h, const char *signer)
{
	const struct hash32 digest = heartbeat_digest(h);
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct seckey key = devnet_key(signer);
	struct sig65 sig;
	struct err e;

	assert_ok(secp_sign(&sig, &key, &digest, &e), &e);
	j = json_pack("{s:s, s:i, s:s, s:[o]}", "jsonrpc", "2.0", "id", 7,
		      "method", HEARTBEAT_METHOD, "params",
		      heartbeat_json(h, &sig, "quote", 5));
	return json_text(j);
}

static void says(json_t *take, int code, const char *part)
{
	CLEANUP(json_decrefp) json_t *j = take;
	const json_t *error = json_object_get(j, "error");
	const char *text =
		json_string_value(json_object_get(error, "message"));

	assert_int_equal(json_integer_value(json_object_get(error, "code")),
			 code);
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void refused(const struct heartbeat *h, const char *signer, int code,
		    const char *part)
{
	CLEANUP(freep) char *text = call_of(h, signer);
	uint64_t before = aggregator_of(t.a, "alice").refused;
	unsigned n = t.told;

	says(ask_at("/", "POST", text, 200), code, part);
	assert_int_equal(t.told, n + 1);
	assert_true(json_is_false(json_object_get(t.record, "ok")));
	assert_int_equal(json_integer_value(
				 json_object_get(t.record, "code")), code);
	if (strcmp(t.actor, "alice") != 0)
		return;
	assert_int_equal(aggregator_of(t.a, "alice").refused, before + 1);
	assert_int_equal(aggregator_of(t.a, "alice").code, code);
}

static void taken(const struct heartbeat *h, const char *signer)
{
	CLEANUP(freep) char *text = call_of(h, signer);
	CLEANUP(json_decrefp) json_t *j = ask_at("/", "POST", text, 200);
	uint64_t sequence, id;
	struct err e;

	assert_ok(json_u64_at(&sequence, j, "result.sequence", &e), &e);
	assert_ok(json_u64_at(&id, j, "id", &e), &e);
	assert_int_equal(sequence, h->sequence);
	assert_int_equal(id, 7);
	assert_true(json_is_true(json_object_get(t.record, "ok")));
}

/* --- what it says ---------------------------------------------------------------- */

static void test_taken(void **state)
{
	struct live_heartbeats known;
	struct heartbeat h = good();

	(void)state;
	taken(&h, "alice");
	assert_string_equal(t.actor, "alice");
	known = aggregator_of(t.a, "alice");
	assert_int_equal(known.taken, 1);
	assert_int_equal(known.sequence, 1);
	assert_int_equal(known.block, 30);
	assert_int_equal(known.head, 40);
	assert_int_equal(known.time, 100);
	assert_int_equal(known.refused, 0);
	h.sequence = 5; /* some may be missing */
	taken(&h, "alice");
	assert_int_equal(aggregator_of(t.a, "alice").taken, 2);
	assert_int_equal(aggregator_of(t.a, "bob").taken, 0);
}

/* Who has no name here has its heartbeats counted as well. */
static void test_a_stranger(void **state)
{
	struct heartbeat h = good();

	(void)state;
	h.operator = address("stranger");
	taken(&h, "stranger");
	assert_string_equal(t.actor, fmt_addr(&h.operator).s);
	refused(&h, "stranger", HEARTBEAT_SEQUENCE,
		"sequence 1 is not above 1, the last that was taken from 0x");
}

static void test_for_others(void **state)
{
	struct heartbeat h = good();

	(void)state;
	h.chain_id = 1;
	refused(&h, "alice", HEARTBEAT_CHAIN,
		"it is for chain 1, and this is chain 31337");
	h = good();
	h.avs.b[0] = 0xff;
	refused(&h, "alice", HEARTBEAT_AVS,
		"and this is the aggregator of phala, 0xA4");
}

static void test_signature(void **state)
{
	struct heartbeat h = good();
	CLEANUP(freep) char *text = call_of(&h, "alice");
	char *at = strstr(text, "\"signature\":\"0x") + 15;

	(void)state;
	refused(&h, "mallory", HEARTBEAT_SIGNATURE,
		"and not by the operator, ");
	memset(at, 'f', 128); /* on no curve */
	says(ask_at("/", "POST", text, 200), HEARTBEAT_SIGNATURE,
	     "the signature is none of anybody's");
	assert_int_equal(aggregator_of(t.a, "alice").taken, 0);
}

/* Only who signs as the operator is told its last sequence. */
static void says_last(const struct heartbeat *h, const char *signer,
		      json_int_t last)
{
	CLEANUP(freep) char *text = call_of(h, signer);
	CLEANUP(json_decrefp) json_t *j = ask_at("/", "POST", text, 200);
	const json_t *error = json_object_get(j, "error");
	const json_t *data = json_object_get(error, "data");

	assert_non_null(error);
	if (last < 0)
		assert_null(data);
	else
		assert_int_equal(json_integer_value(
					 json_object_get(data, "last")), last);
}

static void test_sequence(void **state)
{
	struct heartbeat h = good();

	(void)state;
	h.sequence = 0;
	refused(&h, "alice", HEARTBEAT_SEQUENCE, "sequence 0 is not above 0");
	says_last(&h, "alice", 0);
	h.sequence = 9;
	taken(&h, "alice");
	says_last(&h, "alice", 9);
	says_last(&h, "mallory", -1);
	refused(&h, "alice", HEARTBEAT_SEQUENCE, "sequence 9 is not above 9");
	h.sequence = 8;
	refused(&h, "alice", HEARTBEAT_SEQUENCE, "sequence 8 is not above 9");
}

/* Signed as it stands, so that nothing else is wrong with it. */
static void beyond(struct heartbeat h, const char *member, const char *part)
{
	CLEANUP(freep) char *text = call_of(&h, "alice"), *edge = NULL;
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *list;
	struct err e;

	assert_ok(json_parse(&j, text, strlen(text), "call", &e), &e);
	list = json_object_get(j, "params");
	json_object_set_new(json_array_get(list, 0), member,
			    json_string("0xffffffffffffffff"));
	edge = json_text(j);
	says(ask_at("/", "POST", edge, 200), -32602, part);
}

/* Block 2^64-1 is our name for the head; behind that sequence is none. */
static void test_beyond_all_numbers(void **state)
{
	struct heartbeat h = good();

	(void)state;
	h.block = UINT64_MAX;
	beyond(h, "blockNumber", "blockNumber: 18446744073709551615, over");
	h = good();
	h.sequence = UINT64_MAX;
	beyond(h, "sequence", "sequence: 18446744073709551615, over");
	h = good();
	taken(&h, "alice");
}

static void test_block(void **state)
{
	struct heartbeat h = good();

	(void)state;
	t.block = OTHER_HASH;
	refused(&h, "alice", HEARTBEAT_BLOCK,
		"block 30 is " OTHER_HASH ", and not " HASH);
	t.block = NULL;
	refused(&h, "alice", HEARTBEAT_BLOCK,
		"there is no block 30: the head is 40");
	t.block = HASH;
	h.block = 19;
	refused(&h, "alice", HEARTBEAT_STALE,
		"block 19 is 21 behind the head, 40, and 20 are allowed");
	h.block = 20;
	taken(&h, "alice");
}

static void test_membership(void **state)
{
	struct heartbeat h = good();

	(void)state;
	t.operator = t.member = NO;
	refused(&h, "alice", HEARTBEAT_UNKNOWN,
		"EigenLayer knows no operator alice (0x");
	t.operator = YES;
	h.set = 4;
	refused(&h, "alice", HEARTBEAT_MEMBER,
		"alice is not in operator set 4 of phala");
}

static const char *selector(const char *error)
{
	static char hex[11];
	struct hash32 hash = keccak256(error, strlen(error));

	snprintf(hex, sizeof(hex), "0x%02x%02x%02x%02x", hash.b[0], hash.b[1],
		 hash.b[2], hash.b[3]);
	return hex;
}

static void test_quote(void **state)
{
	struct heartbeat h = good();

	(void)state;
	t.revert = selector("ReportDataMismatch()");
	refused(&h, "alice", HEARTBEAT_UNBOUND,
		"the quote is not over this heartbeat: ");
	t.revert = selector("DebugTd()");
	refused(&h, "alice", HEARTBEAT_QUOTE, "the quote is refused: ");
	t.revert = "0x";
	refused(&h, "alice", HEARTBEAT_QUOTE, "the quote is refused: ");
	t.revert = NULL;
	taken(&h, "alice"); /* nothing of those was used up */
}

static void test_the_chain_is_away(void **state)
{
	struct heartbeat h = good();

	(void)state;
	t.mute = true;
	refused(&h, "alice", AGGREGATOR_INTERNAL,
		"the chain does not answer: ");
}

/* Both pass while the chain is asked; one is taken. */
struct both {
	unsigned good, bad, left;
};

static void on_both(void *arg, const struct http_answer *a,
		    const struct err *e)
{
	struct both *b = arg;

	if (!a)
		fail_msg("%s", e->text);
	if (strstr(buf_str(&a->body), "\"result\""))
		b->good++;
	else if (strstr(buf_str(&a->body), "-32013"))
		b->bad++;
	b->left--;
}

static bool none_left(void *arg)
{
	return !((struct both *)arg)->left;
}

static void test_two_at_once(void **state)
{
	struct heartbeat h = good();
	CLEANUP(freep) char *text = call_of(&h, "alice");
	const struct http_request r =
		request(aggregator_url(t.a), "POST", text);
	struct both b = { .left = 2 };
	struct err e;

	(void)state;
	http_send(t.http, &r, on_both, &b);
	http_send(t.http, &r, on_both, &b);
	assert_ok(loop_run_until(t.loop, none_left, &b, clock_ms() + 5000,
				 "both", &e), &e);
	assert_int_equal(b.good, 1);
	assert_int_equal(b.bad, 1);
	assert_int_equal(aggregator_of(t.a, "alice").taken, 1);
}

/* What one heartbeat asks the chain. */
#define QUESTIONS 5u

static bool asked(void *arg)
{
	return rpc_stub_calls(t.stub, NULL) >= *(unsigned *)arg;
}

/* One whose client has left, and one whose client waits: it ends with both. */
static void test_ends_while_asked(void **state)
{
	struct heartbeat h = good();
	CLEANUP(freep) char *text = call_of(&h, "alice");
	const struct http_request r =
		request(aggregator_url(t.a), "POST", text);
	unsigned one = QUESTIONS, two = 2 * QUESTIONS;
	struct both b = { .left = 1 };
	struct http_transfer *gone;
	struct err e;

	(void)state;
	t.slow = true;
	gone = http_send(t.http, &r, on_both, &b);
	assert_ok(loop_run_until(t.loop, asked, &one, clock_ms() + 5000,
				 "one", &e), &e);
	http_cancel(gone);
	http_send(t.http, &r, on_both, &b);
	assert_ok(loop_run_until(t.loop, asked, &two, clock_ms() + 5000,
				 "two", &e), &e);
	assert_int_equal(b.left, 1);
	assert_int_equal(t.told, 0);
}

static void test_requests(void **state)
{
	static const struct {
		const char *body;
		int code;
		const char *part;
	} bad[] = {
		{ "{", AGGREGATOR_PARSE, "request" },
		{ "[]", AGGREGATOR_REQUEST, "batches are not taken" },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"avs_heartbeat\"}",
		  AGGREGATOR_REQUEST, "id: wants" },
		{ "{\"id\":1,\"jsonrpc\":\"1.0\"}", AGGREGATOR_REQUEST,
		  "jsonrpc: wants \"2.0\"" },
		{ "{\"id\":1,\"jsonrpc\":\"2.0\"}", AGGREGATOR_REQUEST,
		  "method: wants" },
		{ "{\"id\":\"x\",\"jsonrpc\":\"2.0\",\"method\":\"eth_call\"}",
		  AGGREGATOR_METHOD,
		  "no method eth_call; there is: avs_heartbeat" },
		{ "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":"
		  "\"avs_heartbeat\",\"params\":{}}",
		  AGGREGATOR_PARAMS, "a list of one heartbeat" },
		{ "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":"
		  "\"avs_heartbeat\",\"params\":[{}]}",
		  AGGREGATOR_PARAMS, "chainId" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		says(ask_at("/", "POST", bad[i].body, 200), bad[i].code,
		     bad[i].part);
	assert_int_equal(t.told, 0);
	assert_null(ask_at("/", "GET", "", 405));
	assert_null(ask_at("/v1", "POST", "{}", 404));
}

static void test_away(void **state)
{
	struct heartbeat h = good();
	CLEANUP(freep) char *text = call_of(&h, "alice");

	(void)state;
	aggregator_away(t.a, true);
	assert_null(ask_at("/", "POST", text, 503));
	assert_int_equal(t.told, 0);
	aggregator_away(t.a, false);
	taken(&h, "alice");
}

static void test_contracts_are_wanted(void **state)
{
	struct aggregator_spec s = spec();
	struct aggregator *a = NULL;
	struct err e;

	(void)state;
	s.avs = "alice";
	assert_err(aggregator_new(&a, t.loop, &s, &e), &e, ERR_SCHEMA,
		   "a contract alice with checkLiveness(bytes,bytes32,");
	s.avs = "nobody";
	assert_err(aggregator_new(&a, t.loop, &s, &e), &e, ERR_SCHEMA,
		   "a contract nobody with checkLiveness");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_taken),	    TEST(test_a_stranger),
		TEST(test_for_others),	    TEST(test_signature),
		TEST(test_beyond_all_numbers),
		TEST(test_sequence),	    TEST(test_block),
		TEST(test_membership),	    TEST(test_quote),
		TEST(test_the_chain_is_away), TEST(test_two_at_once),
		TEST(test_ends_while_asked), TEST(test_requests),
		TEST(test_away),	    TEST(test_contracts_are_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
