/* Transactions: tries, batches, and what a former life left behind. */
#include "operator/test/fake_chain.h"

#include <sys/stat.h>

#include "operator/account.h"

static void connect_to(struct fake *f)
{
	struct err e;

	assert_ok(operator_connect(&f->op, NULL, &e), &e);
}

static struct order an_order(const struct fake *f, bool insist)
{
	static const struct fn approve = {"approve", "(address,uint256)", NULL};
	struct order o = {.what = "approve",
			  .to = fake_address(TOKEN),
			  .data = BUF_INIT(1024),
			  .insist = insist};
	struct abi_val args[] = {abi_val_addr(&f->op.me), abi_val_u64(7)};
	struct err e;

	assert_ok(fn_encode(&o.data, &approve, args, 2, &e), &e);
	return o;
}

static void test_batch(void **state)
{
	struct fake *f = *state;
	struct order orders[40];
	struct err e;

	connect_to(f);
	for (size_t i = 0; i < 30; i++)
		orders[i] = an_order(f, i % 2);
	assert_ok(account_send_all(&f->op, orders, 30, &e), &e);
	for (size_t i = 0; i < 30; i++) {
		assert_true(orders[i].ok);
		buf_done(&orders[i].data);
	}
	assert_int_equal(f->sent_n, 30);
	assert_int_equal(f->op.sent.n, 0);
}

static unsigned receipts_asked(struct fake *f, unsigned sync, const char *broken)
{
	struct order o;
	struct err e;
	unsigned before;

	f->sync = sync;
	f->break_method = broken;
	f->break_times = 1;
	connect_to(f);
	before = rpc_stub_calls(f->stub, "eth_getTransactionReceipt");
	o = an_order(f, false);
	assert_ok(account_send_all(&f->op, &o, 1, &e), &e);
	assert_true(o.ok);
	assert_int_equal(o.block, f->height);
	assert_int_equal(f->sent_n, 1);
	assert_int_equal(f->op.sent.n, 0);
	buf_done(&o.data);
	return rpc_stub_calls(f->stub, "eth_getTransactionReceipt") - before;
}

static void test_answered_by_the_receipt(void **state)
{
	struct fake *f = *state;

	assert_int_equal(receipts_asked(f, SYNC_GOOD, NULL), 0);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_sendRawTransaction"), 0);
}

/* The node gave up waiting, and has it. */
static void test_taken_and_not_mined_yet(void **state)
{
	struct fake *f = *state;

	assert_int_equal(receipts_asked(f, SYNC_LATE, NULL), 1);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_sendRawTransaction"), 0);
}

/* It is asked for that once. */
static void test_node_without_sync(void **state)
{
	struct fake *f = *state;
	struct order o;
	struct err e;

	assert_int_equal(receipts_asked(f, SYNC_NONE, NULL), 1);
	o = an_order(f, false);
	assert_ok(account_send_all(&f->op, &o, 1, &e), &e);
	buf_done(&o.data);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_sendRawTransaction"), 2);
	assert_int_equal(
	    rpc_stub_calls(f->stub, "eth_sendRawTransactionSync"), 1);
}

/* Whoever does not know it may say so in other words: then it is sent plainly. */
static void test_sync_refused(void **state)
{
	struct fake *f = *state;

	assert_int_equal(
	    receipts_asked(f, SYNC_GOOD, "eth_sendRawTransactionSync"), 1);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_sendRawTransaction"), 1);
}

/* It hangs up on it: the same is sent plainly, and what comes later, too. */
static void sent_after_hanging_up(struct fake *f, bool anew)
{
	struct order o;
	struct err e;

	f->sync = SYNC_CLOSES;
	connect_to(f);
	o = an_order(f, false);
	assert_err(account_send_all(&f->op, &o, 1, &e), &e, ERR_OS, "closed");
	assert_int_equal(f->sent_n, 0);
	assert_int_equal(f->op.sent.n, 1);
	operator_disconnect(&f->op);
	if (anew) /* as another process, which knows the file only */
		f->op.no_sync = false;
	connect_to(f);
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 1);
	assert_int_equal(f->op.sent.n, 0);
	if (!anew) {
		assert_ok(account_send_all(&f->op, &o, 1, &e), &e);
		assert_true(o.ok);
		assert_int_equal(f->sent_n, 2);
	}
	assert_int_equal(
	    rpc_stub_calls(f->stub, "eth_sendRawTransactionSync"), 1);
	buf_done(&o.data);
}

static void test_sync_hangs_up(void **state)
{
	sent_after_hanging_up(*state, false);
}

static void test_sync_hangs_up_on_a_command(void **state)
{
	sent_after_hanging_up(*state, true);
}

/* What the chain refuses takes no nonce from the others. */
static void test_refused_among_others(void **state)
{
	struct fake *f = *state;
	struct order orders[3];
	struct err e;

	connect_to(f);
	f->refuse = "approve";
	f->revert = "0x840a48d5"; /* cast sig 'CurrentlyPaused()' */
	for (size_t i = 0; i < 3; i++)
		orders[i] = an_order(f, i != 1);
	assert_ok(account_send_all(&f->op, orders, 3, &e), &e);
	assert_true(orders[0].ok && orders[2].ok);
	assert_false(orders[1].ok);
	assert_int_equal(orders[1].why.code, ERR_REVERT);
	assert_string_equal(orders[1].why.text,
			    "approve: refused: CurrentlyPaused()");
	assert_int_equal(f->sent_n, 2);
	for (size_t i = 0; i < 3; i++)
		buf_done(&orders[i].data);
}

/* A node that refuses all: three tries of each, then nothing is kept. */
static void test_node_refuses(void **state)
{
	struct fake *f = *state;
	struct order orders[2];
	struct err e;

	connect_to(f);
	f->break_method = "eth_sendRawTransaction";
	orders[0] = an_order(f, false);
	orders[1] = an_order(f, false);
	assert_ok(account_send_all(&f->op, orders, 2, &e), &e);
	for (size_t i = 0; i < 2; i++) {
		assert_false(orders[i].ok);
		assert_int_equal(orders[i].why.code, ERR_RPC);
		assert_string_equal(orders[i].why.text,
				    "approve: eth_sendRawTransaction: "
				    "out of order");
	}
	assert_int_equal(rpc_stub_calls(f->stub, "eth_sendRawTransaction"), 6);
	assert_int_equal(f->op.sent.n, 0);
	f->break_method = NULL;
	assert_ok(account_send_all(&f->op, orders, 2, &e), &e);
	assert_true(orders[0].ok && orders[1].ok);
	for (size_t i = 0; i < 2; i++)
		buf_done(&orders[i].data);
}

/*
 * It takes the second and refuses the first, for longer than we try: both are
 * kept, and sent again in their order before anything new.
 */
static void test_node_refuses_the_first(void **state)
{
	struct fake *f = *state;
	struct order orders[2];
	struct err e;

	connect_to(f);
	f->break_method = "eth_sendRawTransaction";
	f->break_times = 1;
	orders[0] = an_order(f, false);
	orders[1] = an_order(f, false);
	/* One refusal is mended by the second try. */
	assert_ok(account_send_all(&f->op, orders, 2, &e), &e);
	assert_true(orders[0].ok && orders[1].ok);
	assert_int_equal(f->op.sent.n, 0);
	f->broken = f->break_times = 0;
	f->break_spares = 2;
	assert_ok(account_send_all(&f->op, orders, 2, &e), &e);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(orders[i].why.code, ERR_RPC);
		assert_string_equal(orders[i].why.text,
				    "approve: eth_sendRawTransaction: "
				    "out of order");
	}
	assert_int_equal(f->op.sent.n, 2);
	assert_int_equal(f->sent_n, 2);
	f->break_method = NULL;
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->op.sent.n, 0);
	assert_int_equal(f->sent_n, 4);
	for (size_t i = 0; i < 2; i++)
		buf_done(&orders[i].data);
}

/* --- the file ----------------------------------------------------------------- */

static char *state_path(const struct fake *f)
{
	return xasprintf("%s/state.json", f->dir);
}

static bool reopen(struct fake *f, struct err *e)
{
	CLEANUP(freep) char *path = state_path(f);

	sent_done(&f->op.sent);
	return sent_open(&f->op.sent, path, f->chain_id, &f->op.me, e);
}

/* As a crash between signing and sending leaves it. */
static void sign_only(struct fake *f, uint64_t nonce, uint64_t max_fee)
{
	struct order o = an_order(f, true);
	struct buf raw = BUF_INIT(4096);
	struct tx t = {.chain_id = f->chain_id,
		       .nonce = nonce,
		       .gas = 4000000,
		       .tip = u256_from_u64(1),
		       .max_fee = u256_from_u64(max_fee),
		       .to = o.to,
		       .data = o.data.data,
		       .data_len = o.data.len};
	struct hash32 hash;
	struct err e;

	assert_ok(tx_sign(&raw, &hash, &t, &f->op.key, &e), &e);
	sent_add(&f->op.sent, "approve", nonce, &hash, &raw);
	assert_ok(sent_save(&f->op.sent, &e), &e);
	f->tried_gas = 4000000;
	buf_done(&o.data);
	buf_done(&raw);
	assert_ok(reopen(f, &e), &e);
}

static void test_sent_after_a_crash(void **state)
{
	struct fake *f = *state;
	struct err e;

	connect_to(f);
	assert_ok(reopen(f, &e), &e);
	sign_only(f, 1, 15);
	sign_only(f, 0, 15);
	assert_int_equal(f->op.sent.n, 2);
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 2);
	assert_ok(reopen(f, &e), &e);
	assert_int_equal(f->op.sent.n, 0);
}

static void test_was_mined_before_the_crash(void **state)
{
	struct fake *f = *state;
	struct err e;

	connect_to(f);
	assert_ok(reopen(f, &e), &e);
	sign_only(f, 0, 15);
	f->mined[0] = f->op.sent.items[0].hash;
	f->sent_n = 1;
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 1);
	assert_int_equal(f->op.sent.n, 0);
	assert_true(fake_said(f, "\"what\":\"approve\""));
}

static void test_another_took_its_nonce(void **state)
{
	struct fake *f = *state;
	struct err e;

	connect_to(f);
	assert_ok(reopen(f, &e), &e);
	sign_only(f, 0, 15);
	f->nonce = 1;
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 0);
	assert_int_equal(f->op.sent.n, 0);
}

static void test_no_longer_wanted(void **state)
{
	struct fake *f = *state;
	struct err e;

	connect_to(f);
	assert_ok(reopen(f, &e), &e);
	sign_only(f, 0, 15);
	f->refuse = "approve";
	f->revert = "0x840a48d5";
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 0);
	assert_int_equal(f->op.sent.n, 0);
}

/* The base fee has risen over what it would pay: same nonce, other bytes. */
static void test_priced_anew(void **state)
{
	struct fake *f = *state;
	struct err e;

	connect_to(f);
	assert_ok(reopen(f, &e), &e);
	sign_only(f, 0, 6);
	assert_ok(account_resume(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 1);
	assert_int_equal(f->op.sent.n, 0);
}

/* The file of somebody else, or a damaged one, is told and left alone. */
static void test_bad_files(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *part;
	} bad[] = {
	    {"", ERR_PARSE, "state.json"},
	    {"{\"addr", ERR_PARSE, "state.json:1:"},
	    {"{}", ERR_SCHEMA, "chain_id"},
	    {"{\"chain_id\":31337,\"address\":"
	     "\"0x0000000000000000000000000000000000000001\"}",
	     ERR_MISMATCH, "give each its own `state`"},
	};
	struct fake *f = *state;
	CLEANUP(freep) char *path = state_path(f);
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf now = BUF_INIT(4096);

		assert_ok(file_write_atomic(path, bad[i].text,
					    strlen(bad[i].text), &e),
			  &e);
		assert_err(reopen(f, &e), &e, bad[i].code, bad[i].part);
		assert_ok(buf_read_file(&now, path, &e), &e);
		assert_string_equal(buf_str(&now), bad[i].text);
		buf_done(&now);
	}
	unlink(path);
	assert_ok(reopen(f, &e), &e);
	assert_int_equal(f->op.sent.n, 0);
}

static void test_cannot_be_written(void **state)
{
	struct fake *f = *state;
	struct order o = an_order(f, true);
	struct err e;

	connect_to(f);
	f->op.sent = (struct sent){.path = xstrdup("/nonexistent/state"),
				   .chain_id = f->chain_id,
				   .who = f->op.me};
	assert_err(account_send_all(&f->op, &o, 1, &e), &e, ERR_OS,
		   "/nonexistent/state");
	/* What could not be written down was not sent. */
	assert_int_equal(f->sent_n, 0);
	buf_done(&o.data);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_batch),
	    TEST(test_answered_by_the_receipt),
	    TEST(test_taken_and_not_mined_yet),
	    TEST(test_node_without_sync),
	    TEST(test_sync_refused),
	    TEST(test_sync_hangs_up),
	    TEST(test_sync_hangs_up_on_a_command),
	    TEST(test_refused_among_others),
	    TEST(test_node_refuses),
	    TEST(test_node_refuses_the_first),
	    TEST(test_sent_after_a_crash),
	    TEST(test_was_mined_before_the_crash),
	    TEST(test_another_took_its_nonce),
	    TEST(test_no_longer_wanted),
	    TEST(test_priced_anew),
	    TEST(test_bad_files),
	    TEST(test_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
