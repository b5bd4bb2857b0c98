/* Blocks taken back, the relay, and what is refused of an operator's files. */
#include "devnet/live_priv.h"

#include "devnet/test/core_world.h"
#include "devnet/test/stand_in.h"

static struct block head_of(struct live *w)
{
	struct err e = ERR_INIT;
	struct block b;

	assert_ok(chain_block(live_rpc(w), CHAIN_HEAD, &b, &e), &e);
	return b;
}

static struct u256 balance(struct live *w, const struct addr20 *a)
{
	struct err e = ERR_INIT;
	struct u256 v;

	assert_ok(chain_balance(live_rpc(w), a, &v, &e), &e);
	return v;
}

/* A wei from carol to whom nobody knows; in its own block. */
static const struct addr20 stranger = { .b = { 0xaa } };

static void pay(struct live *w)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err e = ERR_INIT;
	struct receipt r;

	assert_ok(live_send(w, a, "carol", &stranger, U256_ONE, "", 0, 0, &r,
			    &e), &e);
	assert_true(r.ok);
}

static void blocks_come_in_the_place_of_blocks(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;
	struct block old, new;
	uint64_t fork;

	(void)state;
	pay(w);
	pay(w);
	old = head_of(w);
	assert_true(u256_eq(balance(w, &stranger), u256_from_u64(2)));
	assert_ok(live_reorg(w, 1, &fork, &e), &e);
	assert_int_equal(fork, old.number - 1);
	assert_true(u256_eq(balance(w, &stranger), U256_ONE));
	assert_ok(live_reorg_done(w, &e), &e);
	new = head_of(w);
	assert_int_equal(new.number, old.number);
	assert_false(hash_eq(&new.hash, &old.hash));
	assert_true(hash_eq(&new.parent, &old.parent));
	assert_true(u256_eq(balance(w, &stranger), U256_ONE));
	pay(w); /* its nonce is free again */
	assert_true(u256_eq(balance(w, &stranger), u256_from_u64(2)));
}

/* anvil would go back to a block that is none any more, and have no head. */
static void snapshots_go_with_their_blocks(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_point early, late, last;
	struct err e = ERR_INIT;
	struct block head;
	uint64_t fork;

	(void)state;
	pay(w);
	assert_ok(live_snapshot(w, &early, &e), &e);
	head = head_of(w);
	pay(w);
	assert_ok(live_snapshot(w, &late, &e), &e);
	assert_ok(live_reorg(w, 1, &fork, &e), &e);
	assert_ok(live_reorg_done(w, &e), &e);
	assert_err(live_restore(w, &late, &e), &e, ERR_SCHEMA,
		   "taken back by a reorg");
	/* Nothing came of it: the one before, and its renewal, are good. */
	for (int i = 0; i < 2; i++) {
		pay(w);
		assert_ok(live_snapshot(w, &last, &e), &e);
		assert_ok(live_restore(w, &early, &e), &e);
		assert_int_equal(head_of(w).number, head.number);
		assert_true(u256_eq(balance(w, &stranger), U256_ONE));
	}
}

/* Two empty blocks of the same height and time are different ones too. */
static void empty_blocks_differ(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;
	struct block old, once, twice;
	uint64_t fork;

	(void)state;
	assert_ok(node_mine(live_rpc(w), 3, &e), &e);
	live_moved(w);
	old = head_of(w);
	assert_ok(live_reorg(w, 2, &fork, &e) && live_reorg_done(w, &e), &e);
	once = head_of(w);
	assert_ok(live_reorg(w, 2, &fork, &e) && live_reorg_done(w, &e), &e);
	twice = head_of(w);
	assert_int_equal(once.number, old.number);
	assert_int_equal(once.time, old.time);
	assert_false(hash_eq(&old.hash, &once.hash));
	assert_false(hash_eq(&once.hash, &twice.hash));
	assert_false(hash_eq(&old.hash, &twice.hash));
}

static void ignore_head(void *arg, const json_t *head)
{
	(void)arg;
	(void)head;
}

/* It hears of each later: of a block that goes before anvil told of it, never. */
static void who_is_paused_has_been_told(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(rpc_freep) struct rpc *rpc = NULL;
	const struct live_operator op = {
		.name = "keeper",
		.program = stand_in("paused", SAYS_READY SAYS_HANDLED("1000")
					      "exec cat >/dev/null\n"),
		.other = true,
		.process = true,
	};
	struct gateway *g;
	struct live_point mark;
	struct err e = ERR_INIT;
	struct block old;
	uint64_t fork;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_ok(live_process(w, "keeper", LIVE_PAUSE, &e), &e);
	g = operator_gateway(w->cast.members[0].op);
	gateway_daemon(g, getpgrp()); /* the test asks in its name */
	assert_ok(rpc_open_ipc(&rpc, loop, gateway_ipc(g), &e), &e);
	assert_ok(rpc_subscribe(rpc, "newHeads", ignore_head, NULL, &e), &e);
	assert_ok(live_rest(w, &e), &e);
	pay(w);
	assert_ok(live_rest(w, &e), &e);
	old = head_of(w);
	assert_true(gateway_awaits(g, old.number + 1));
	assert_false(gateway_awaits(g, old.number));
	/* Of the block in its place, too; and of the one behind a snapshot. */
	assert_ok(live_reorg(w, 1, &fork, &e), &e);
	assert_true(gateway_awaits(g, old.number));
	assert_ok(live_reorg_done(w, &e), &e);
	assert_ok(live_snapshot(w, &mark, &e), &e);
	pay(w);
	assert_ok(live_restore(w, &mark, &e), &e);
	assert_false(gateway_awaits(g, old.number));
	assert_true(gateway_awaits(g, old.number + 1));
	pay(w);
	assert_ok(live_rest(w, &e), &e);
}

static void what_cannot_be_taken_back(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;
	uint64_t fork;
	struct block before, after;

	(void)state;
	assert_ok(live_advance(w, head_of(w).number + 100, 0, &e), &e);
	before = head_of(w);
	assert_false(live_reorg(w, 0, &fork, &e));
	assert_int_equal(e.code, ERR_RANGE);
	assert_false(live_reorg(w, 50, &fork, &e));
	assert_int_equal(e.code, ERR_RANGE);
	assert_non_null(strstr(e.text, "was jumped over, so at most 1 can be"));
	after = head_of(w);
	assert_true(hash_eq(&before.hash, &after.hash));
}

/* Whoever reverts: what comes back is what the called contract said. */
static void the_relay_passes_on(void **state)
{
	static const uint8_t pause_all[] = { 0x59, 0x5c, 0x6a, 0x67 };
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct book_entry *am =
		book_by_name(live_book(w), "allocationManager");
	struct buf data = BUF_INIT(1000), out = BUF_INIT(1000);
	struct decoded why;
	struct err e = ERR_INIT;
	struct addr20 at;

	(void)state;
	assert_non_null(am);
	assert_ok(live_relay(w, &at, &am->address, pause_all,
			     sizeof(pause_all), &data, &e), &e);
	assert_false(chain_call(live_rpc(w), NULL, &at, data.data, data.len,
				CHAIN_HEAD, &out, &e));
	assert_int_equal(e.code, ERR_REVERT);
	why = book_decode_error(live_book(w), a, &am->address, out.data,
				out.len);
	assert_non_null(why.entry);
	assert_string_equal(why.entry->name, "OnlyPauser");
	buf_done(&data);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_in_the_place_of_blocks),
		cmocka_unit_test(snapshots_go_with_their_blocks),
		cmocka_unit_test(empty_blocks_differ),
		cmocka_unit_test(who_is_paused_has_been_told),
		cmocka_unit_test(what_cannot_be_taken_back),
		cmocka_unit_test(the_relay_passes_on),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
