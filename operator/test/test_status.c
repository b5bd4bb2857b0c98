/* status: what the chain says, as JSON and as a table. */
#include "operator/test/fake_chain.h"

#include "operator/status.h"

static json_t *collected(struct fake *f)
{
	json_t *status;
	struct err e;

	assert_ok(operator_connect(&f->op, NULL, &e), &e);
	assert_ok(status_collect(&f->op, &status, &e), &e);
	return status;
}

static void test_nothing_yet(void **state)
{
	struct fake *f = *state;
	CLEANUP(json_decrefp) json_t *status = collected(f);
	struct buf table = BUF_INIT(65536);

	assert_true(json_is_false(json_object_get(status, "registered")));
	assert_true(json_is_null(json_object_get(status, "attestation")));
	assert_true(json_is_null(json_object_get(status, "allocation_delay")));
	status_print(&table, status);
	assert_non_null(strstr(buf_str(&table),
			       "chain                31337, at block 200\n"));
	assert_non_null(strstr(buf_str(&table), "registered           no\n"));
	assert_non_null(
	    strstr(buf_str(&table), "allocation delay     none in effect\n"));
	assert_non_null(strstr(buf_str(&table), "attestation          none\n"));
	assert_non_null(strstr(buf_str(&table), "open challenges      0\n"));
	buf_done(&table);
}

static void test_in_full(void **state)
{
	struct fake *f = *state;
	CLEANUP(json_decrefp) json_t *status = NULL;
	struct buf table = BUF_INIT(65536);
	const char *text;

	f->registered = f->member = true;
	f->delay_from = 1;
	f->deposited = 900;
	f->allocated = 400;
	f->pending = 100;
	fake_challenge(f, 230);
	fake_challenge(f, 231);
	f->challenges[0].responded = true;
	status = collected(f);
	text = json_string_value(json_object_get(
	    json_array_get(json_object_get(status, "stake"), 0), "deposited"));
	assert_string_equal(text, "900");
	status_print(&table, status);
	assert_non_null(strstr(buf_str(&table), "registered           yes\n"));
	assert_non_null(
	    strstr(buf_str(&table), "allocation delay     7 blocks\n"));
	assert_non_null(strstr(buf_str(&table),
			       "  allocated          400 of 1e18, 500 from "
			       "block 205\n"));
	assert_non_null(strstr(buf_str(&table),
			       "open challenges      1\n"
			       "  2                  until block 231\n"));
	buf_done(&table);
}

static void test_rpc_fails(void **state)
{
	struct fake *f = *state;
	json_t *status;
	struct err e;

	assert_ok(operator_connect(&f->op, NULL, &e), &e);
	f->break_method = "eth_getLogs";
	assert_err(status_collect(&f->op, &status, &e), &e, ERR_RPC,
		   "eth_getLogs: out of order");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_nothing_yet),
	    TEST(test_in_full),
	    TEST(test_rpc_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
