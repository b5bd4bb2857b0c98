#include "devnet/test/ground.h"

#include "base/clock.h"
#include "devnet/live_priv.h"
#include "eth/tx.h"

#define SOON_MS 20000u
#define CROWD 3

/* Operators without processes: their transactions come from here. */
struct crowd {
	struct anvil *anvil;
	struct live_chain chain;
	struct live w;
	struct live_member members[CROWD];
	struct addr20 addresses[CROWD];
	struct rpc *rpcs[CROWD];
	struct sent {
		bool done;
		char error[ERR_TEXT_MAX];
	} sent[8];
	size_t sent_n;
};

static const char *const NAMES[CROWD] = { "alice", "bob", "dora" };
static const struct live_events NOBODY_LISTENS;

static char *program(void)
{
	return xasprintf("%s/build/tools/anvil", root());
}

static void crowd_open(struct crowd *c, uint64_t seed)
{
	CLEANUP(freep) char *path = program();
	CLEANUP(json_decrefp) json_t *config = json_object();
	struct err e = ERR_INIT;

	*c = (struct crowd){ 0 };
	assert_ok(anvil_new(&c->anvil, loop,
			    &(struct anvil_spec){ .program = path,
						  .version = "1.7.1",
						  .chain_id = 31337,
						  .time = 1700000000 },
			    &e),
		  &e);
	c->chain.anvil = c->anvil;
	c->w = (struct live){ .loop = loop,
			      .now = &c->chain,
			      .cast = { .members = c->members, .n = CROWD },
			      .rng = RNG_INIT(seed) };
	for (size_t i = 0; i < CROWD; i++) {
		CLEANUP(freep) char *dir = scratched(NAMES[i]);

		c->members[i].spec.name = NAMES[i];
		assert_ok(devnet_address(&c->addresses[i], NAMES[i], &e), &e);
		assert_ok(operator_new(&c->members[i].op, loop,
				       &(struct operator_spec){
					       .name = NAMES[i],
					       .address = c->addresses[i],
					       .program = "/bin/true",
					       .dir = dir,
					       .upstream = anvil_ipc(c->anvil),
					       .config = config,
					       .events = &NOBODY_LISTENS },
				       &e),
			  &e);
		assert_ok(rpc_open_ipc(&c->rpcs[i], loop,
				       gateway_ipc(operator_gateway(
					       c->members[i].op)),
				       &e),
			  &e);
		assert_ok(node_set_balance(anvil_rpc(c->anvil),
					   &c->addresses[i],
					   u256_from_u64(UINT64_MAX), &e),
			  &e);
	}
}

static void crowd_close(struct crowd *c)
{
	for (size_t i = 0; i < CROWD; i++) {
		rpc_free(c->rpcs[i]);
		operator_free(c->members[i].op);
	}
	anvil_free(c->anvil);
	free(c->w.nonces.items);
	json_decref(c->w.head.logs);
}

static void on_sent(void *arg, const json_t *result, const json_t *data,
		    const struct err *e)
{
	struct sent *s = arg;

	(void)data;
	(void)result;
	s->done = true;
	if (e)
		snprintf(s->error, sizeof(s->error), "%s", e->text);
}

struct waiting {
	struct crowd *c;
	size_t held;
};

static bool are_held(void *arg)
{
	const struct waiting *x = arg;
	size_t n = 0;

	for (size_t i = 0; i < CROWD; i++)
		n += gateway_held_n(operator_gateway(x->c->members[i].op));
	return n == x->held;
}

static void await_held(struct crowd *c, size_t n)
{
	struct waiting x = { c, n };
	struct err e = ERR_INIT;

	assert_ok(loop_run_until(loop, are_held, &x, clock_ms() + SOON_MS,
				 "transactions to be held", &e),
		  &e);
}

static void send_raw(struct crowd *c, size_t who, const void *raw, size_t len)
{
	CLEANUP(json_decrefp) json_t *params =
		json_pack("[o]", json_bytes(raw, len));

	ASSERT(c->sent_n < ARRAY_LEN(c->sent));
	rpc_send(c->rpcs[who], "eth_sendRawTransaction", params, on_sent,
		 &c->sent[c->sent_n++]);
}

/* @key_of signs it, @who sends it. */
static void send_tx_by(struct crowd *c, size_t who, size_t key_of,
		       uint64_t nonce, uint64_t gas)
{
	struct tx t = { .chain_id = 31337,
			.nonce = nonce,
			.gas = gas,
			.tip = u256_from_u64(1),
			.max_fee = u256_from_u64(10000000000) };
	struct seckey key = devnet_key(NAMES[key_of]);
	struct buf raw = BUF_INIT(TX_DATA_MAX);
	struct hash32 id;
	struct err e = ERR_INIT;

	assert_ok(tx_sign(&raw, &id, &t, &key, &e), &e);
	send_raw(c, who, raw.data, raw.len);
	buf_done(&raw);
}

static void send_tx(struct crowd *c, size_t who, uint64_t nonce, uint64_t gas)
{
	send_tx_by(c, who, who, nonce, gas);
}

static bool all_done(void *arg)
{
	const struct waiting *x = arg;
	size_t n = 0;

	for (size_t i = 0; i < x->c->sent_n; i++)
		n += x->c->sent[i].done;
	return n == x->held;
}

/* @left: how many are still held then. */
static void release(struct crowd *c, size_t left)
{
	struct waiting x = { c, c->sent_n - left };
	struct err e = ERR_INIT;

	assert_true(live_holds(&c->w));
	assert_ok(live_release(&c->w, &e), &e);
	assert_ok(loop_run_until(loop, all_done, &x, clock_ms() + SOON_MS,
				 "answers", &e),
		  &e);
	await_held(c, left);
}

static uint64_t height(struct crowd *c)
{
	struct err e = ERR_INIT;
	uint64_t h = 0;

	assert_ok(chain_height(anvil_rpc(c->anvil), &h, &e), &e);
	return h;
}

/* The senders of a block, as letters: "adb". */
static void senders(struct crowd *c, uint64_t block, char ret[8])
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *list;
	struct err e = ERR_INIT;
	size_t n;

	assert_ok(rpc_call(anvil_rpc(c->anvil), "eth_getBlockByNumber",
			   json_pack("[o, b]", json_quantity(block), 1), &j,
			   NULL, &e),
		  &e);
	list = json_object_get(j, "transactions");
	n = json_array_size(list);
	assert_true(n < 8);
	for (size_t i = 0; i < n; i++) {
		struct addr20 from;

		assert_ok(json_addr_at(&from, json_array_get(list, i), "from",
				       &e),
			  &e);
		ret[i] = '?';
		for (size_t k = 0; k < CROWD; k++)
			if (addr_eq(&c->addresses[k], &from))
				ret[i] = NAMES[k][0];
	}
	ret[n] = 0;
}

/* Two of alice, one of bob, one of dora: in one block, alice's as she sent
 * them, or the second would not be mined. */
static void order_of(uint64_t seed, char ret[8])
{
	struct crowd c;

	crowd_open(&c, seed);
	send_tx(&c, 0, 0, 100000);
	send_tx(&c, 0, 1, 100000);
	send_tx(&c, 1, 0, 100000);
	send_tx(&c, 2, 0, 100000);
	await_held(&c, 4);
	release(&c, 0);
	assert_int_equal(height(&c), 1);
	senders(&c, 1, ret);
	assert_int_equal(strlen(ret), 4);
	crowd_close(&c);
}

static void all_share_a_block_in_the_seeds_order(void **state)
{
	char first[8], again[8], other[8];
	bool differs = false;

	(void)state;
	order_of(1, first);
	order_of(1, again);
	assert_string_equal(first, again);
	for (uint64_t seed = 2; !differs && seed < 10; seed++) {
		order_of(seed, other);
		differs = strcmp(first, other) != 0;
	}
	assert_true(differs);
}

static void what_does_not_fit_waits(void **state)
{
	struct crowd c;
	char text[8];

	(void)state;
	crowd_open(&c, 1);
	for (size_t i = 0; i < CROWD; i++)
		send_tx(&c, i, 0, 12000000); /* of 30 */
	await_held(&c, CROWD);
	release(&c, 1);
	assert_int_equal(height(&c), 1);
	senders(&c, 1, text);
	assert_int_equal(strlen(text), 2);
	release(&c, 0);
	assert_int_equal(height(&c), 2);
	assert_false(live_holds(&c.w));
	crowd_close(&c);
}

static void a_number_is_once_in_a_block(void **state)
{
	struct crowd c;

	(void)state;
	crowd_open(&c, 1);
	send_tx(&c, 0, 0, 100000);
	send_tx(&c, 0, 0, 200000);
	await_held(&c, 2);
	release(&c, 1);
	assert_int_equal(height(&c), 1);
	assert_string_equal(c.sent[0].error, "");
	release(&c, 0);
	assert_non_null(strstr(c.sent[1].error, "nonce too low"));
	crowd_close(&c);
}

/* A keeper may have an operator's key; or its own, which has sent as often. */
static void a_number_is_once_for_who_shares_a_key(void **state)
{
	(void)state;
	for (size_t key = 0; key < 2; key++) {
		struct crowd c;

		crowd_open(&c, 1);
		c.members[1].spec.other = true;
		send_tx(&c, 0, 0, 100000);
		send_tx_by(&c, 1, key, 0, 200000);
		await_held(&c, 2);
		release(&c, key == 0);
		assert_int_equal(height(&c), 1);
		crowd_close(&c);
	}
}

static void what_the_node_refuses_holds_up_nobody(void **state)
{
	struct crowd c;
	char text[8];

	(void)state;
	crowd_open(&c, 1);
	send_raw(&c, 0, "\x02\x01", 2);
	send_tx(&c, 1, 0, 100000);
	send_tx(&c, 2, 1, 100000); /* waits for her first one */
	send_tx(&c, 2, 0, 100000);
	await_held(&c, 4);
	release(&c, 0);
	assert_string_not_equal(c.sent[0].error, "");
	assert_int_equal(height(&c), 1);
	senders(&c, 1, text);
	assert_int_equal(strlen(text), 3);
	crowd_close(&c);
}

/* What it takes to know the head, which is the chain's. */
static uint64_t asked_for_head(struct crowd *c)
{
	uint64_t sent = rpc_sent(anvil_rpc(c->anvil));
	struct block head, real;
	struct err e = ERR_INIT;

	assert_ok(live_head(&c->w, &head, &e), &e);
	sent = rpc_sent(anvil_rpc(c->anvil)) - sent;
	assert_ok(chain_block(anvil_rpc(c->anvil), CHAIN_HEAD, &real, &e), &e);
	assert_memory_equal(&head, &real, sizeof(head));
	return sent;
}

/* The receipt says what its block is, if nobody else's came before. */
static void one_alone_tells_of_its_block(void **state)
{
	struct err e = ERR_INIT;
	struct crowd c;

	(void)state;
	crowd_open(&c, 1);
	assert_ok(node_mine(anvil_rpc(c.anvil), 1, &e), &e);
	for (uint64_t nonce = 0; nonce < 4; nonce++) {
		const bool behind_our_back = nonce == 2;

		if (behind_our_back)
			assert_ok(node_mine(anvil_rpc(c.anvil), 1, &e), &e);
		send_tx(&c, 0, nonce, 100000);
		await_held(&c, 1);
		release(&c, 0);
		assert_int_equal(asked_for_head(&c), behind_our_back);
	}
	assert_int_equal(height(&c), 6);
	send_tx(&c, 0, 0, 100000);
	await_held(&c, 1);
	release(&c, 0);
	assert_non_null(strstr(c.sent[4].error, "nonce too low"));
	assert_int_equal(asked_for_head(&c), 1);
	crowd_close(&c);
}

static void knows_nonce(struct crowd *c, size_t who, uint64_t nonce,
			uint64_t asked)
{
	uint64_t sent = rpc_sent(anvil_rpc(c->anvil)), *next;
	struct err e = ERR_INIT;

	assert_ok(live_nonce(&c->w, &c->addresses[who], &next, &e), &e);
	assert_int_equal(*next, nonce);
	assert_int_equal(rpc_sent(anvil_rpc(c->anvil)) - sent, asked);
}

/* Of one alone its receipt says who: what is known of the others is true as
 * before. */
static void whoever_sent_has_another_nonce(void **state)
{
	struct crowd c;

	(void)state;
	crowd_open(&c, 1);
	knows_nonce(&c, 0, 0, 1);
	knows_nonce(&c, 1, 0, 1);
	/* One alone, from another's gateway. */
	send_tx_by(&c, 0, 1, 0, 100000);
	await_held(&c, 1);
	release(&c, 0);
	knows_nonce(&c, 0, 0, 0);
	knows_nonce(&c, 1, 1, 1);
	/* Several, in one block. */
	send_tx(&c, 0, 0, 100000);
	send_tx(&c, 1, 1, 100000);
	await_held(&c, 2);
	release(&c, 0);
	knows_nonce(&c, 0, 1, 1);
	knows_nonce(&c, 1, 2, 1);
	/* One that is refused. */
	send_tx(&c, 0, 0, 100000);
	await_held(&c, 1);
	release(&c, 0);
	knows_nonce(&c, 0, 1, 1);
	crowd_close(&c);
}

static void leave(void *arg)
{
	struct crowd *c = arg;

	rpc_free(TAKE(c->rpcs[1]));
}

static bool has_left(void *arg)
{
	return !((struct crowd *)arg)->rpcs[1];
}

/* Bob's second, and alice's beside it or not; then he goes, and comes again. */
static void leave_second_in_pool(struct crowd *c, bool alone)
{
	struct timer *t = NULL;
	struct err e = ERR_INIT;

	send_tx(c, 1, 1, 100000);
	if (!alone)
		send_tx(c, 0, 0, 100000);
	await_held(c, alone ? 1 : 2);
	t = loop_timer(loop, clock_ms() + 100, leave, c);
	assert_ok(live_release(&c->w, &e), &e);
	assert_ok(loop_run_until(loop, has_left, c, clock_ms() + SOON_MS,
				 "bob to leave", &e),
		  &e);
	timer_free(t);
	assert_ok(rpc_open_ipc(&c->rpcs[1], loop,
			       gateway_ipc(operator_gateway(c->members[1].op)),
			       &e),
		  &e);
}

/* It is mined with the first one, whose receipt does not tell of it. */
static void who_waits_in_the_pool_comes_too(void **state)
{
	(void)state;
	for (int alone = 0; alone < 2; alone++) {
		struct err e = ERR_INIT;
		struct crowd c;

		crowd_open(&c, 1);
		assert_ok(node_mine(anvil_rpc(c.anvil), 1, &e), &e);
		leave_second_in_pool(&c, alone);
		send_tx(&c, 1, 0, 100000);
		await_held(&c, 1);
		assert_ok(live_release(&c.w, &e), &e);
		assert_ok(node_drained(anvil_rpc(c.anvil), &e), &e);
		assert_int_equal(asked_for_head(&c), 1);
		crowd_close(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_share_a_block_in_the_seeds_order),
		cmocka_unit_test(what_does_not_fit_waits),
		cmocka_unit_test(a_number_is_once_in_a_block),
		cmocka_unit_test(a_number_is_once_for_who_shares_a_key),
		cmocka_unit_test(what_the_node_refuses_holds_up_nobody),
		cmocka_unit_test(one_alone_tells_of_its_block),
		cmocka_unit_test(whoever_sent_has_another_nonce),
		cmocka_unit_test(who_waits_in_the_pool_comes_too),
	};
	CLEANUP(freep) char *path = program();

	if (access(path, X_OK)) {
		print_message("SKIPPED, NOT TESTED: there is no %s; `make "
			      "setup` fetches it\n",
			      path);
		return 0;
	}
	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
