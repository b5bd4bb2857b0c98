#include "io/test/ground.h"

#include "crypto/ec.h"
#include "devnet/anvil.h"
#include "devnet/gateway.h"
#include "eth/chain.h"
#include "eth/node.h"
#include "eth/tx.h"

/* Two operators, each behind its own gateway, against the real node. */
struct side {
	struct gateway *gw;
	struct rpc *r;
	struct seckey key;
	struct addr20 address;
	bool sent, ok, head;
	struct hash32 hash; /* as computed here */
	char answer[80], error[ERR_TEXT_MAX];
};

static const char *program(void)
{
	static char path[4096];
	const char *root = getenv("AVSBED_ROOT");

	snprintf(path, sizeof(path), "%s/build/tools/anvil", root ? root : ".");
	return path;
}

static void side_open(struct side *s, struct ground *g, struct anvil *a,
		      const char *name)
{
	struct gateway_spec spec = {.actor = name, .upstream = anvil_ipc(a)};
	char *path = xstrdup(in_dir(g, name));
	struct err e;

	*s = (struct side){.key = devnet_key(name)};
	spec.ipc_path = path;
	assert_ok(secp_address(&s->address, &s->key, &e), &e);
	assert_ok(gateway_new(&s->gw, g->l, &spec, &e), &e);
	assert_ok(rpc_open_ipc(&s->r, g->l, path, &e), &e);
	assert_ok(node_set_balance(anvil_rpc(a), &s->address,
				   u256_from_u64(1000000000000000000), &e),
		  &e);
	free(path);
}

static void side_close(struct side *s)
{
	rpc_free(s->r);
	gateway_free(s->gw);
}

static void on_sent(void *arg, const json_t *result, const json_t *data,
		    const struct err *e)
{
	struct side *s = arg;

	(void)data;
	s->sent = true;
	s->ok = e == NULL;
	snprintf(s->answer, sizeof(s->answer), "%s",
		 e ? "" : json_string_value(result));
	snprintf(s->error, sizeof(s->error), "%s", e ? e->text : "");
}

static void send_tx(struct side *s, uint64_t nonce, const char *code)
{
	struct tx t = {.chain_id = 31337,
		       .nonce = nonce,
		       .gas = 100000,
		       .tip = u256_from_u64(1),
		       .max_fee = u256_from_u64(10000000000),
		       .create = true,
		       .data = (const uint8_t *)code,
		       .data_len = code ? strlen(code) : 0};
	struct buf raw = BUF_INIT(TX_DATA_MAX);
	CLEANUP(json_decrefp) json_t *params = json_array();
	struct err e;

	assert_ok(tx_sign(&raw, &s->hash, &t, &s->key, &e), &e);
	json_array_append_new(params, json_bytes(raw.data, raw.len));
	s->sent = false;
	rpc_send(s->r, "eth_sendRawTransaction", params, on_sent, s);
	buf_done(&raw);
}

static bool held(void *arg)
{
	return gateway_held_n(((struct side *)arg)->gw) == 1;
}

static uint64_t block_of(struct side *s)
{
	struct arena *a = arena_new();
	struct receipt r;
	bool found = false;
	uint64_t block;
	struct err e;

	/* At once: whoever has the answer can rely on it. */
	assert_ok(chain_receipt(s->r, a, &s->hash, &found, &r, &e), &e);
	assert_true(found);
	block = r.block;
	arena_free(a);
	return block;
}

static void the_owner_decides_the_order(void **state)
{
	struct ground *g = *state;
	struct anvil_spec spec = {.program = program(),
				  .version = "1.7.1",
				  .chain_id = 31337,
				  .height = 0,
				  .time = 1700000000};
	struct side alice, bob;
	const struct gateway_revert *v;
	struct anvil *a;
	struct err e;
	struct side *order[] = {&bob, &alice};

	assert_ok(anvil_new(&a, g->l, &spec, &e), &e);
	side_open(&alice, g, a, "alice");
	side_open(&bob, g, a, "bob");
	send_tx(&alice, 0, NULL);
	send_tx(&bob, 0, NULL);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct side *s = order[i];

		assert_ok(loop_run_until(g->l, held, s, SOON, "a send", &e),
			  &e);
		gateway_release(s->gw, gateway_held_at(s->gw, 0).number);
		await(g, s->sent, "its answer");
		assert_string_equal(s->error, "");
		assert_string_equal(s->answer, fmt_hash(&s->hash).s);
		assert_int_equal(block_of(s), i + 1);
		assert_null(gateway_last_revert(s->gw));
	}
	/* A nonce that was used: anvil's refusal, as it is; no revert. */
	send_tx(&alice, 0, NULL);
	assert_ok(loop_run_until(g->l, held, &alice, SOON, "a send", &e), &e);
	gateway_release(alice.gw, gateway_held_at(alice.gw, 0).number);
	await(g, alice.sent, "its refusal");
	assert_false(alice.ok);
	assert_non_null(strstr(alice.error, "nonce too low"));
	assert_null(gateway_last_revert(alice.gw));
	/* A creation that runs into 0xfe (INVALID): mined, and a failure. */
	send_tx(&alice, 1, "\xfe");
	assert_ok(loop_run_until(g->l, held, &alice, SOON, "a send", &e), &e);
	gateway_release(alice.gw, gateway_held_at(alice.gw, 0).number);
	await(g, alice.sent, "its answer");
	assert_true(alice.ok);
	v = gateway_last_revert(alice.gw);
	assert_non_null(v);
	assert_true(v->mined);
	assert_true(hash_eq(&v->tx, &alice.hash));
	side_close(&alice);
	side_close(&bob);
	anvil_free(a);
}

/* Shown, not judged: what a gateway adds to a call. */
static void what_a_gateway_costs(void **state)
{
	enum { CALLS = 2000 };
	struct ground *g = *state;
	struct anvil_spec spec = {.program = program(),
				  .version = "1.7.1",
				  .chain_id = 31337,
				  .time = 1700000000};
	struct side alice;
	struct anvil *a;
	struct err e;

	assert_ok(anvil_new(&a, g->l, &spec, &e), &e);
	side_open(&alice, g, a, "alice");
	for (int i = 0; i < 2; i++) {
		struct rpc *r = i ? alice.r : anvil_rpc(a);
		uint64_t start = clock_ns();

		for (int k = 0; k < CALLS; k++)
			assert_ok(rpc_call(r, "eth_blockNumber", NULL, NULL,
					   NULL, &e),
				  &e);
		print_message("eth_blockNumber %s: %.3f ms\n",
			      i ? "through a gateway" : "directly",
			      (double)(clock_ns() - start) / 1e6 / CALLS);
	}
	side_close(&alice);
	anvil_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(the_owner_decides_the_order),
	    test(what_a_gateway_costs),
	};

	if (access(program(), X_OK)) {
		print_message("SKIPPED, NOT TESTED: there is no %s; `make "
			      "setup` fetches it\n",
			      program());
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
