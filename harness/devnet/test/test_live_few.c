/* LINK: -Wl,--wrap=rpc_call */
/*
 * How little a world asks its chain: what it was told already is known.
 */
#include "devnet/live.h"

#include "devnet/test/core_world.h"

#include "devnet/live_priv.h"
#include "eth/tx.h"

bool __real_rpc_call(struct rpc *r, const char *method, json_t *params,
		     json_t **ret, json_t **ret_data, struct err *e);
bool __wrap_rpc_call(struct rpc *r, const char *method, json_t *params,
		     json_t **ret, json_t **ret_data, struct err *e);

/* What waits is mined as soon as somebody waits for it to be. */
static bool mines_late;

bool __wrap_rpc_call(struct rpc *r, const char *method, json_t *params,
		     json_t **ret, json_t **ret_data, struct err *e)
{
	if (mines_late && !strcmp(method, "txpool_status")) {
		mines_late = false;
		assert_ok(node_mine(r, 1, e), e);
	}
	return __real_rpc_call(r, method, params, ret, ret_data, e);
}

/* An account that logs one event each time somebody pays it. */
static const struct addr20 bell = { .b = { 0xbb } };

static void hang_bell(struct live *w)
{
	static const uint8_t code[] = { 0x5f, 0x5f, 0xa0 };
	struct err e = ERR_INIT;

	assert_ok(node_set_code(live_rpc(w), &bell, code, sizeof(code), &e),
		  &e);
}

static void ring(struct live *w)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err e = ERR_INIT;
	struct receipt rc;

	assert_ok(live_send(w, a, "carol", &bell, U256_ONE, NULL, 0, 0, &rc,
			    &e), &e);
	assert_true(rc.ok);
}

/* How many were logged from there on; the head is the chain's. */
static size_t heard(struct live *w, uint64_t from)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct log *logs = NULL;
	struct err e = ERR_INIT;
	struct block head;
	size_t n;

	assert_ok(live_logs(w, a, from, &logs, &n, &e), &e);
	assert_ok(live_head(w, &head, &e), &e);
	return n;
}

static struct block head_of(struct live *w)
{
	struct block known, real;
	struct err e = ERR_INIT;

	assert_ok(live_head(w, &known, &e), &e);
	assert_ok(chain_block(live_rpc(w), CHAIN_HEAD, &real, &e), &e);
	assert_memory_equal(&known, &real, sizeof(known));
	return known;
}

/* The jump and its blocks are all that is asked. */
static void an_advance_tells_what_it_did(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;
	uint64_t sent, from = head_of(w).number + 1;

	(void)state;
	hang_bell(w);
	assert_int_equal(heard(w, from), 0);
	for (int i = 0; i < 2; i++) {
		sent = rpc_sent(live_rpc(w));
		assert_ok(live_advance(w, from + 99, 0, &e), &e);
		assert_int_equal(heard(w, from), 0);
		assert_int_equal(rpc_sent(live_rpc(w)) - sent, 2);
		from += 100;
		assert_int_equal(head_of(w).number, from - 1);
	}
}

/* What came before and after a quiet way, or in the middle of several, too. */
static void what_was_logged_adds_up(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;
	uint64_t sent, from = head_of(w).number + 1;

	(void)state;
	hang_bell(w);
	assert_int_equal(heard(w, from), 0);
	ring(w);
	assert_int_equal(heard(w, from), 1);
	from++;
	sent = rpc_sent(live_rpc(w));
	assert_ok(live_advance(w, from + 9, 0, &e), &e);
	ring(w);
	assert_ok(live_advance(w, from + 19, 0, &e), &e);
	ring(w);
	ring(w);
	assert_int_equal(heard(w, from), 3);
	assert_int_equal(rpc_sent(live_rpc(w)) - sent, 2 + 1 + 2 + 1 + 1);
	/* And as the chain itself has them. */
	live_moved(w);
	assert_int_equal(heard(w, from), 3);
	assert_int_equal(heard(w, from + 11), 2);
	head_of(w);
}

/* What came along for somebody else's question is told to nobody twice. */
static void who_reads_elsewhere_hears_nothing_again(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;
	uint64_t from = head_of(w).number + 1;

	(void)state;
	hang_bell(w);
	ring(w);
	ring(w);
	assert_int_equal(heard(w, from + 1), 1);
	ring(w);
	assert_int_equal(heard(w, from + 2), 1);
	ring(w);
	assert_int_equal(heard(w, from), 4);
	assert_ok(live_advance(w, from + 9, 0, &e), &e);
	ring(w);
	assert_int_equal(heard(w, from + 4), 1);
}

/* Of carol's, and not mined. */
static void leave_one_waiting(struct live *w)
{
	struct buf raw = BUF_INIT(4096);
	struct seckey key = devnet_key("carol");
	struct tx t = { .chain_id = live_chain_id(w), .gas = 100000,
			.tip = u256_from_u64(1000000000u),
			.max_fee = u256_from_u64(4000000000u),
			.to = bell };
	const struct addr20 carol =
		book_by_name(live_book(w), "carol")->address;
	struct err e = ERR_INIT;
	struct hash32 tx;

	assert_ok(chain_nonce(live_rpc(w), &carol, &t.nonce, &e), &e);
	assert_ok(tx_sign(&raw, &tx, &t, &key, &e), &e);
	assert_ok(node_automine(live_rpc(w), false, &e), &e);
	assert_ok(chain_send_raw(live_rpc(w), raw.data, raw.len, &tx, &e), &e);
	buf_done(&raw);
}

/* Then they are asked for, and so is what was never read. */
static void what_was_waiting_is_not_missed(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	uint64_t from = head_of(w).number + 1;
	struct err e = ERR_INIT;

	(void)state;
	hang_bell(w);
	assert_int_equal(heard(w, from), 0);
	leave_one_waiting(w);
	live_moved(w);
	assert_ok(live_advance(w, from + 1, 0, &e), &e);
	assert_ok(node_automine(live_rpc(w), true, &e), &e);
	assert_int_equal(heard(w, from), 1);
	live_moved(w);
	ring(w);
	live_moved(w);
	assert_ok(live_advance(w, from + 50, 0, &e), &e);
	assert_int_equal(heard(w, from + 2), 1);
	assert_int_equal(heard(w, from), 2);
}

/*
 * Whoever did not end at rest: what is in the pool when the next scenario begins
 * is mined at the worst moment, and is nowhere in it.
 */
static void what_was_sent_last_is_not_in_the_next_one(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 carol =
		book_by_name(live_book(w), "carol")->address;
	const struct block first = head_of(w);
	struct live_point at;
	struct err e = ERR_INIT;
	struct block now;
	uint64_t nonce;

	(void)state;
	assert_ok(live_mark(w, &at, &e), &e);
	for (int i = 0; i < 4; i++) {
		leave_one_waiting(w);
		mines_late = true;
		assert_ok(live_begin_at(w, NULL, 0, 1, i < 2 ? &at : NULL, &e),
			  &e);
		assert_false(mines_late);
		now = head_of(w);
		assert_memory_equal(&now, &first, sizeof(now));
		assert_ok(chain_nonce(live_rpc(w), &carol, &nonce, &e), &e);
		assert_int_equal(nonce, 0);
		assert_ok(node_automine(live_rpc(w), true, &e), &e);
		ring(w);
		assert_int_equal(head_of(w).number, first.number + 1);
	}
}

/* All roles' first transactions are one message each, in every scenario. */
static void roles_are_known_from_the_start(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint64_t sent = rpc_sent(live_rpc(w));
		struct receipt rc;

		ring(w);
		assert_ok(live_send(w, a, "mallory", &bell, U256_ONE, NULL, 0,
				    0, &rc, &e), &e);
		ring(w);
		assert_int_equal(rpc_sent(live_rpc(w)) - sent, 3);
		head_of(w);
		assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_advance_tells_what_it_did),
		cmocka_unit_test(what_was_logged_adds_up),
		cmocka_unit_test(who_reads_elsewhere_hears_nothing_again),
		cmocka_unit_test(what_was_waiting_is_not_missed),
		cmocka_unit_test(what_was_sent_last_is_not_in_the_next_one),
		cmocka_unit_test(roles_are_known_from_the_start),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
