/* eth/node.c against the real anvil. */
#include "eth/accounts.h"
#include "eth/node.h"

#include "devnet/test/ground.h"

#include "base/clock.h"
#include "crypto/ec.h"
#include "devnet/anvil.h"
#include "eth/many.h"
#include "eth/tx.h"

#define TIME 1767225600u
#define ETHER 1000000000000000000u

static struct anvil *node;

static int node_setup(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	struct anvil_spec spec = { .program = program,
				   .version = "1.7.1",
				   .chain_id = 31337,
				   .height = 200,
				   .time = TIME };
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(anvil_new(&node, loop, &spec, &e), &e);
	return 0;
}

static int node_teardown(void **state)
{
	(void)state;
	anvil_free(TAKE(node));
	return 0;
}

static struct rpc *r(void)
{
	return anvil_rpc(node);
}

static struct block head(void)
{
	struct err e = ERR_INIT;
	struct block b;

	assert_ok(chain_block(r(), CHAIN_HEAD, &b, &e), &e);
	return b;
}

static struct addr20 address_of(const char *name)
{
	struct seckey key = devnet_key(name);
	struct err e = ERR_INIT;
	struct addr20 a;

	assert_ok(secp_address(&a, &key, &e), &e);
	assert_ok(node_set_balance(r(), &a, u256_from_u64(ETHER), &e), &e);
	return a;
}

/* A transfer signed by @name. */
static struct hash32 signed_by(const char *name, uint64_t nonce,
			       struct buf *raw)
{
	struct seckey key = devnet_key(name);
	struct err e = ERR_INIT;
	struct tx t = { .chain_id = 31337, .nonce = nonce, .gas = 21000,
			.tip = u256_from_u64(1000000000u),
			.max_fee = u256_from_u64(4000000000u),
			.value = u256_from_u64(1) };
	struct hash32 id;

	t.to.b[19] = 0x77;
	assert_ok(tx_sign(raw, &id, &t, &key, &e), &e);
	return id;
}

/* The receipt must be there at once. */
static struct receipt pay(struct arena *a, const char *name, uint64_t nonce)
{
	struct buf raw = BUF_INIT(4096);
	struct err e = ERR_INIT;
	struct hash32 id = signed_by(name, nonce, &raw);
	struct receipt rc;

	assert_ok(node_send_sync(r(), a, raw.data, raw.len, &rc, NULL, &e),
		  &e);
	buf_done(&raw);
	assert_true(hash_eq(&rc.tx, &id));
	return rc;
}

static bool advance(uint64_t block, uint64_t time, struct err *e)
{
	struct block b = head(), now;
	bool quiet;

	if (!node_advance_to(r(), block, time, &b, &quiet, e))
		return false;
	now = head();
	assert_memory_equal(&b, &now, sizeof(b));
	assert_true(quiet);
	return true;
}

static void mines_a_second_apart(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(node_mine(r(), 3, &e), &e);
	assert_int_equal(head().number, 203);
	assert_int_equal(head().time, TIME + 3);
}

/* EigenLayer's allocation delay on mainnet, in blocks. */
static void jumps_126000_blocks(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct addr20 alice = address_of("alice");
	struct err e = ERR_INIT;
	struct block b;
	uint64_t found = 0;

	(void)state;
	(void)alice;
	assert_ok(advance(200 + 126000, 0, &e), &e);
	assert_int_equal(head().number, 126200);
	assert_int_equal(head().time, TIME + 126000);
	/* The last two are real, and a short way is so altogether. */
	for (uint64_t n = 126199; n <= 126200; n++) {
		assert_ok(chain_block(r(), n, &b, &e), &e);
		found += b.number == n;
	}
	assert_int_equal(found, 2);
	assert_err(chain_block(r(), 126198, &b, &e), &e, ERR_RANGE, "126198");
	assert_ok(advance(126204, 0, &e), &e);
	for (uint64_t n = 126201; n <= 126204; n++)
		assert_ok(chain_block(r(), n, &b, &e), &e);
	struct receipt rc = pay(a, "alice", 0);

	assert_true(rc.ok);
	assert_int_equal(rc.block, 126205);
	assert_int_equal(head().time, TIME + 126005);
}

static void the_gas_limit_survives_a_jump(void **state)
{
	CLEANUP(json_decrefp) json_t *b = NULL;
	struct err e = ERR_INIT;
	uint64_t limit;

	(void)state;
	assert_ok(advance(5000, 0, &e), &e);
	assert_ok(rpc_call(r(), "eth_getBlockByNumber",
			   json_pack("[s, b]", "latest", 0), &b, NULL, &e),
		  &e);
	assert_ok(json_u64_at(&limit, b, "gasLimit", &e), &e);
	assert_int_equal(limit, 30000000);
}

static void advances_to_a_time(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(advance(210, TIME + 1860, &e), &e);
	assert_int_equal(head().number, 210);
	assert_int_equal(head().time, TIME + 1860);
	/* Many blocks in few seconds: the real ones are as many as fit. */
	assert_ok(advance(1000, TIME + 1862, &e), &e);
	assert_int_equal(head().number, 1000);
	assert_int_equal(head().time, TIME + 1862);
	assert_ok(advance(1000, 0, &e), &e); /* no way to go */
	assert_int_equal(head().number, 1000);
}

/* Whoever's transaction is in the way's blocks, or before them. */
static void a_way_with_transactions_is_not_quiet(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf raw = BUF_INIT(4096);
	struct err e = ERR_INIT;
	struct block was, b, now;
	struct hash32 id;
	bool quiet = true;

	(void)state;
	(void)address_of("bob");
	assert_ok(node_automine(r(), false, &e), &e);
	(void)signed_by("bob", 0, &raw);
	assert_ok(chain_send_raw(r(), raw.data, raw.len, &id, &e), &e);
	b = head();
	assert_ok(node_advance_to(r(), 202, 0, &b, &quiet, &e), &e);
	assert_false(quiet);
	now = head();
	assert_memory_equal(&b, &now, sizeof(b));
	assert_ok(node_automine(r(), true, &e), &e);
	/* Sent when the way had been reckoned: 204 is not where it leads. */
	was = b;
	pay(a, "bob", 1);
	assert_err(node_advance_to(r(), 204, 0, &b, &quiet, &e), &e,
		   ERR_MISMATCH, "the chain says block 205");
	/* A jump goes there all the same. */
	b = was;
	assert_ok(node_advance_to(r(), 1000, 0, &b, &quiet, &e), &e);
	assert_int_equal(b.number, 1000);
	assert_false(quiet);
	assert_ok(advance(1010, 0, &e), &e);
	buf_done(&raw);
}

static void time_goes_forward_only(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_err(advance(199, 0, &e), &e, ERR_RANGE,
		   "cannot advance to block 199: the chain is at block 200");
	assert_err(advance(300, TIME, &e), &e, ERR_RANGE,
		   "cannot advance to time 1767225600: the chain is at time");
	assert_int_equal(head().number, 200);
}

/* A digit too many: anvil would be lost to everybody for minutes or for ever. */
static void what_is_too_far_is_refused_at_once(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_err(advance(9999999999, 0, &e), &e, ERR_RANGE,
		   "cannot advance by 9999999799 blocks: 20000000 at a time");
	assert_err(advance(UINT64_MAX, 0, &e), &e, ERR_RANGE, "at a time");
	assert_err(advance(201, UINT64_MAX, &e), &e, ERR_RANGE,
		   "a chain goes to 281474976710656 at most");
	assert_int_equal(head().number, 200);
	assert_ok(advance(20000200, 0, &e), &e);
	assert_int_equal(head().number, 20000200);
}

static void reverts_height_time_and_fee(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err e = ERR_INIT;
	struct u256 s, ether;
	struct hash32 first = { 0 };
	struct addr20 bob = address_of("bob");

	(void)state;
	pay(a, "bob", 0);
	struct block before = head();

	assert_ok(node_snapshot(r(), &s, &e), &e);
	for (int i = 0; i < 3; i++) {
		/* The same transaction at the same place is the same block. */
		pay(a, "bob", 1);
		struct block paid = head();

		if (i == 0)
			first = paid.hash;
		assert_true(hash_eq(&first, &paid.hash));
		assert_ok(advance(90000, 0, &e), &e);
		pay(a, "bob", 2);
		assert_ok(node_revert(r(), &s, &before, &e), &e);
		struct block now = head();

		assert_int_equal(now.number, before.number);
		assert_true(hash_eq(&before.hash, &now.hash));
	}
	assert_ok(chain_balance(r(), &bob, &ether, &e), &e);
	assert_true(u256_cmp(ether, u256_from_u64(ETHER - 1)) < 0);
}

/* anvil may forget what it mined when the chain has gone back already, but not
 * what was sent in its place. */
static void nothing_is_lost_behind_a_revert(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err e = ERR_INIT;
	struct block before, now;
	struct u256 s;

	(void)state;
	(void)address_of("bob");
	pay(a, "bob", 0);
	before = head();
	assert_ok(node_snapshot(r(), &s, &e), &e);
	for (int i = 0; i < 200; i++) {
		pay(a, "bob", 1);
		assert_ok(node_revert(r(), &s, &before, &e), &e);
	}
	now = head();
	assert_true(hash_eq(&before.hash, &now.hash));
}

/* It waits for one that never comes, and then it does. */
static void a_revert_drops_what_waits(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf raw = BUF_INIT(4096);
	struct err e = ERR_INIT;
	struct block before;
	struct hash32 id;
	struct u256 s;

	(void)state;
	(void)address_of("bob");
	pay(a, "bob", 0);
	before = head();
	assert_ok(node_snapshot(r(), &s, &e), &e);
	(void)signed_by("bob", 2, &raw);
	assert_ok(chain_send_raw(r(), raw.data, raw.len, &id, &e), &e);
	buf_done(&raw);
	assert_ok(node_revert(r(), &s, &before, &e), &e);
	pay(a, "bob", 1);
	assert_int_equal(head().number, before.number + 1);
	assert_ok(node_drained(r(), &e), &e);
	assert_int_equal(head().number, before.number + 1);
}

/* Who goes back from another head than it was told. */
static void a_revert_that_somebody_sends_behind(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf raw = BUF_INIT(4096);
	struct err e = ERR_INIT;
	struct block before, other;
	struct hash32 id;
	struct u256 s;

	(void)state;
	(void)address_of("bob");
	pay(a, "bob", 0);
	before = other = head();
	other.hash.b[0] ^= 1;
	assert_ok(node_snapshot(r(), &s, &e), &e);
	(void)signed_by("bob", 2, &raw);
	assert_ok(chain_send_raw(r(), raw.data, raw.len, &id, &e), &e);
	buf_done(&raw);
	assert_err(node_revert(r(), &s, &other, &e), &e, ERR_MISMATCH,
		   "somebody's transaction was mined meanwhile");
	assert_int_equal(head().number, before.number);
}

static void a_snapshot_serves_once(void **state)
{
	struct err e = ERR_INIT;
	struct u256 s, again;
	struct block at = head();

	(void)state;
	assert_ok(node_snapshot(r(), &s, &e), &e);
	again = s;
	assert_ok(node_revert(r(), &s, &at, &e), &e);
	assert_err(node_revert(r(), &again, &at, &e), &e, ERR_MISMATCH,
		   "knows no snapshot 0x");
}

/* Returns what it is called with. */
static const uint8_t ECHO[] = {
	0x36, 0x60, 0x00, 0x60, 0x00, 0x37, /* CALLDATACOPY(0, 0, size) */
	0x36, 0x60, 0x00, 0xf3,		    /* RETURN(0, size) */
};

static void sends_as_anybody_and_traces(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const uint8_t data[] = { 2, 3, 4 };
	struct err e = ERR_INIT;
	struct addr20 from = { .b = { 0xaa } }, to = { .b = { 0xbb } };
	struct call_frame f;
	struct receipt rc;
	const uint8_t *out;
	size_t out_len;

	(void)state;
	assert_ok(node_set_code(r(), &to, ECHO, sizeof(ECHO), &e), &e);
	assert_ok(node_set_balance(r(), &from, u256_from_u64(ETHER), &e), &e);
	assert_ok(node_send_as(r(), a, &from, &to, U256_ZERO, data,
			       sizeof(data), 0, &rc, NULL, &e), &e);
	assert_true(rc.ok);
	assert_true(addr_eq(&rc.from, &from));
	assert_ok(node_trace(r(), a, &rc.tx, &f, &e), &e);
	assert_string_equal(f.kind, "CALL");
	assert_true(addr_eq(&f.to, &to));
	assert_hex(f.input, f.input_len, "020304");
	assert_hex(f.output, f.output_len, "020304");
	assert_null(f.error);
	assert_int_equal(f.calls_n, 0);
	assert_ok(node_returned(r(), a, &rc.tx, &out, &out_len, &e), &e);
	assert_hex(out, out_len, "020304");
	assert_ok(node_reverted(r(), a, &rc.tx, &out, &out_len, &e), &e);
	assert_int_equal(out_len, 0);
}

/* anvil begins with a batch's requests in their order; those that others rely on
 * are done when it has begun. */
static void notes_before_it_mines(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct addr20 to = { .b = { 0xbb } };
	struct err e = ERR_INIT;

	(void)state;
	for (uint8_t i = 0; i < 50; i++) {
		const struct addr20 from = { .b = { 0xaa, i } };
		const struct block was = head();
		struct receipt rc;

		assert_ok(advance(was.number + 3, was.time + 30, &e), &e);
		assert_int_equal(head().time, was.time + 30);
		assert_ok(node_set_balance(r(), &from, u256_from_u64(ETHER),
					   &e), &e);
		assert_ok(node_send_as(r(), a, &from, &to, U256_ZERO, NULL, 0,
				       0, &rc, NULL, &e), &e);
		assert_true(addr_eq(&rc.from, &from));
		assert_int_equal(rc.block, was.number + 4);
	}
}

/* CALLER and the block's number, 64 bytes. */
static const uint8_t WHO[] = { 0x33, 0x5f, 0x52, 0x43, 0x60, 0x20,
			       0x52, 0x60, 0x40, 0x5f, 0xf3 };
static const uint8_t REVERTS[] = { 0x60, 0x07, 0x5f, 0x52, 0x60,
				   0x20, 0x5f, 0xfd };

/* With data, without, by running out of gas: as the trace has it. */
static void what_a_transaction_reverted_with(void **state)
{
	static const uint8_t empty[] = { 0x5f, 0x5f, 0xfd };
	static const uint8_t burns[] = { 0xfe };
	static const struct {
		const uint8_t *code;
		size_t len, out;
	} of[] = { { REVERTS, sizeof(REVERTS), 32 },
		   { empty, sizeof(empty), 0 },
		   { burns, sizeof(burns), 0 } };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct addr20 from = { .b = { 0xaa } }, to = { .b = { 0xbb } };
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(node_set_balance(r(), &from, u256_from_u64(ETHER), &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		const uint8_t *out;
		struct call_frame f;
		struct receipt rc;
		size_t len;

		assert_ok(node_set_code(r(), &to, of[i].code, of[i].len, &e),
			  &e);
		assert_ok(node_send_as(r(), a, &from, &to, U256_ZERO, NULL, 0,
				       100000, &rc, NULL, &e), &e);
		assert_false(rc.ok);
		assert_ok(node_reverted(r(), a, &rc.tx, &out, &len, &e), &e);
		assert_int_equal(len, of[i].out);
		if (len)
			assert_int_equal(out[31], 7);
		assert_ok(node_trace(r(), a, &rc.tx, &f, &e), &e);
		assert_int_equal(f.output_len, len);
		if (len)
			assert_memory_equal(f.output, out, len);
	}
}

/* Each is answered as chain_call answers it alone, whatever stands beside it,
 * in more than one request and in another block than the newest. */
static void asks_many_views_as_each_alone(void **state)
{
	enum { N = 2 * MANY_MAX + 3 };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct addr20 at[] = { { .b = { 0xbb } }, { .b = { 0xbc } },
				     { .b = { 0xbd } }, { .b = { 0xbe } } };
	struct many_call calls[N], *list[N];
	uint8_t data[N] = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(node_set_code(r(), &at[0], ECHO, sizeof(ECHO), &e), &e);
	assert_ok(node_set_code(r(), &at[1], WHO, sizeof(WHO), &e), &e);
	assert_ok(node_set_code(r(), &at[2], REVERTS, sizeof(REVERTS), &e),
		  &e);
	assert_ok(node_mine(r(), 5, &e), &e);
	for (size_t i = 0; i < N; i++) {
		data[i] = (uint8_t)i;
		calls[i] = (struct many_call){ .to = at[i % 4],
					       .data = data, .len = i };
		list[i] = &calls[i];
	}
	for (uint64_t block = 203; block < 206; block++) {
		uint64_t asked = block == 205 ? CHAIN_HEAD : block;

		assert_ok(chain_many(r(), a, asked, list, N, &e), &e);
		for (size_t i = 0; i < N; i++) {
			struct buf alone = BUF_INIT(4096);
			bool ok = chain_call(r(), NULL, &calls[i].to,
					     calls[i].data, calls[i].len,
					     asked, &alone, &e);

			assert_int_equal(calls[i].answered, ok);
			assert_int_equal(calls[i].answered, i % 4 != 2);
			if (ok) {
				assert_int_equal(calls[i].out_len, alone.len);
				assert_memory_equal(calls[i].out,
						    buf_str(&alone),
						    alone.len);
			}
			buf_done(&alone);
		}
		assert_int_equal(calls[1].out[63], block);
	}
}

/* They share a block's gas: who burns it takes no answer from the others. */
static void one_view_spoils_no_other(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const uint8_t burns[] = { 0x5b, 0x5f, 0x56 };
	struct many_call calls[] = { { .to = { .b = { 0xbb } } },
				     { .to = { .b = { 0xbc } } } };
	struct many_call *list[] = { &calls[0], &calls[0], &calls[0],
				     &calls[1] };
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(node_set_code(r(), &calls[0].to, burns, sizeof(burns), &e),
		  &e);
	assert_ok(node_set_code(r(), &calls[1].to, WHO, sizeof(WHO), &e), &e);
	assert_ok(chain_many(r(), a, CHAIN_HEAD, list, ARRAY_LEN(list), &e),
		  &e);
	assert_false(calls[0].answered);
	assert_true(calls[1].answered);
	assert_int_equal(calls[1].out_len, 64);
}

static bool load(json_t *alloc, uint64_t block, struct block *at, struct err *e)
{
	struct buf text = BUF_INIT(1u << 20);
	bool ok = accounts_text(&text, alloc, e) &&
		  node_load(r(), &text, block, 0, at, e);

	buf_done(&text);
	return ok;
}

static void loads_accounts(void **state)
{
	CLEANUP(json_decrefp) json_t *alloc = json_pack(
		"{s:{s:s, s:s, s:s, s:{s:s}}, s:{s:s}}",
		"0xcc00000000000000000000000000000000000000", "balance",
		"0x5", "nonce", "0x7", "code", "0x00", "storage",
		"0x0000000000000000000000000000000000000000000000000000000000000001",
		"0x0000000000000000000000000000000000000000000000000000000000000009",
		"0xcd00000000000000000000000000000000000000", "balance",
		"0x6");
	struct addr20 cc = { .b = { 0xcc } }, cd = { .b = { 0xcd } };
	struct err e = ERR_INIT;
	CLEANUP(json_decrefp) json_t *slot = NULL;
	struct block at = head();
	struct u256 wei;
	uint64_t nonce;

	(void)state;
	assert_ok(load(alloc, 200, &at, &e), &e);
	assert_int_equal(head().number, 200);
	assert_ok(chain_nonce(r(), &cc, &nonce, &e), &e);
	assert_int_equal(nonce, 7);
	assert_ok(rpc_call(r(), "eth_getStorageAt",
			   json_pack("[s, s, s]", fmt_addr(&cc).s, "0x1",
				     "latest"),
			   &slot, NULL, &e), &e);
	assert_string_equal(json_string_value(slot),
			    "0x000000000000000000000000000000000000000000000000"
			    "0000000000000009");
	assert_ok(chain_balance(r(), &cd, &wei, &e), &e);
	assert_true(u256_eq(wei, u256_from_u64(6)));
}

/* One batch, and each time the accounts are in before the first block is. */
static void loads_before_it_mines(void **state)
{
	CLEANUP(json_decrefp) json_t *alloc = json_pack(
		"{s:{s:s, s:s}}", "0xcc00000000000000000000000000000000000000",
		"balance", "0x5", "code", "0x00");
	struct block was, by_itself, at;
	struct err e = ERR_INIT;
	struct u256 s;
	bool quiet;

	(void)state;
	assert_ok(node_mine(r(), 1, &e), &e);
	was = by_itself = head();
	assert_ok(node_snapshot(r(), &s, &e), &e);
	assert_ok(load(alloc, was.number, &by_itself, &e), &e);
	assert_ok(node_advance_to(r(), 300, 0, &by_itself, &quiet, &e), &e);
	for (uint64_t i = 0; i < 50; i++) {
		assert_ok(node_revert(r(), &s, &was, &e), &e);
		at = was;
		assert_ok(load(alloc, 300, &at, &e), &e);
		assert_memory_equal(&at, &by_itself, sizeof(at));
	}
	at = head();
	assert_memory_equal(&at, &by_itself, sizeof(at));
	assert_err(load(alloc, 299, &at, &e), &e, ERR_RANGE,
		   "cannot advance to block 299");
}

/* Nobody sees whether the chain ever went away from there. */
static void a_start_is_as_if_gone_back_to(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct addr20 who[2];
	struct err e = ERR_INIT;
	struct block at, first, again;
	uint64_t nonces[2];
	struct u256 id, wei;

	(void)state;
	who[0] = address_of("bob");
	assert_ok(devnet_address(&who[1], "carol", &e), &e);
	pay(a, "bob", 0);
	assert_ok(advance(777, TIME + 9000, &e), &e);
	at = head();
	assert_ok(node_found(r(), &at, who, 2, u256_from_u64(ETHER), &id,
			     nonces, &e), &e);
	assert_int_equal(nonces[0], 1);
	assert_int_equal(nonces[1], 0);
	for (int i = 0; i < 3; i++) {
		pay(a, "bob", 1);
		again = head();
		if (i == 0)
			first = again;
		assert_memory_equal(&first, &again, sizeof(first));
		assert_int_equal(again.time, at.time + 1);
		assert_ok(node_revert(r(), &id, &at, &e), &e);
		assert_ok(chain_balance(r(), &who[i % 2], &wei, &e), &e);
		assert_true(u256_eq(wei, u256_from_u64(ETHER)));
	}
}

#define ON_A_NODE(f) cmocka_unit_test_setup_teardown(f, node_setup, node_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_NODE(mines_a_second_apart),
		ON_A_NODE(jumps_126000_blocks),
		ON_A_NODE(the_gas_limit_survives_a_jump),
		ON_A_NODE(advances_to_a_time),
		ON_A_NODE(a_way_with_transactions_is_not_quiet),
		ON_A_NODE(time_goes_forward_only),
		ON_A_NODE(what_is_too_far_is_refused_at_once),
		ON_A_NODE(reverts_height_time_and_fee),
		ON_A_NODE(nothing_is_lost_behind_a_revert),
		ON_A_NODE(a_revert_drops_what_waits),
		ON_A_NODE(a_revert_that_somebody_sends_behind),
		ON_A_NODE(a_snapshot_serves_once),
		ON_A_NODE(sends_as_anybody_and_traces),
		ON_A_NODE(notes_before_it_mines),
		ON_A_NODE(what_a_transaction_reverted_with),
		ON_A_NODE(asks_many_views_as_each_alone),
		ON_A_NODE(one_view_spoils_no_other),
		ON_A_NODE(loads_accounts),
		ON_A_NODE(loads_before_it_mines),
		ON_A_NODE(a_start_is_as_if_gone_back_to),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
