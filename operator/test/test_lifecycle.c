/* lifecycle: what is done, in which order, and what is left alone. */
#include "operator/test/fake_chain.h"

#include "operator/lifecycle.h"

static struct fake *connected(void **state)
{
	struct fake *f = *state;
	struct err e;

	assert_ok(operator_connect(&f->op, NULL, &e), &e);
	return f;
}

static void done(struct fake *f, enum lifecycle_step step,
		 enum lifecycle_mode mode)
{
	bool ok = false;
	struct err e;

	assert_ok(lifecycle_do(&f->op, step, mode, &ok, &e), &e);
	assert_true(ok);
}

static void test_whole_life(void **state)
{
	struct fake *f = connected(state);

	f->delay_from = 1;
	for (unsigned i = 0; i < STEP__COUNT; i++)
		done(f, (enum lifecycle_step)i, LIFECYCLE_EXACT);
	assert_string_equal(fake_sent(f),
			    "registerAsOperator approve depositIntoStrategy "
			    "modifyAllocations addCa registerPck "
			    "registerForOperatorSets");
	assert_int_equal(f->deposited, 1000);
	/* The quote was asked for what the AVS wants, and no more. */
	assert_int_equal(f->quotes, 1);
	assert_int_equal(f->last_report_data[0], 0xd0);
	assert_true(fake_said(f, "{\"event\":\"tx\",\"what\":\"deposit\""));
}

static void test_nothing_twice(void **state)
{
	struct fake *f = connected(state);

	f->delay_from = 1;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < STEP__COUNT; i++)
			done(f, (enum lifecycle_step)i, LIFECYCLE_EXACT);
	assert_int_equal(f->sent_n, 7);
	assert_int_equal(f->quotes, 1);
}

static void test_exact_or_if_none(void **state)
{
	struct fake *f = connected(state);

	f->delay_from = 1;
	f->deposited = 400;
	f->allowance = 600; /* just enough */
	f->allocated = 475; /* a slash took some */
	done(f, STEP_DEPOSIT, LIFECYCLE_IF_NONE);
	done(f, STEP_ALLOCATE, LIFECYCLE_IF_NONE);
	assert_int_equal(f->sent_n, 0);
	done(f, STEP_DEPOSIT, LIFECYCLE_EXACT);
	done(f, STEP_ALLOCATE, LIFECYCLE_EXACT);
	assert_string_equal(fake_sent(f),
			    "depositIntoStrategy modifyAllocations");
	assert_int_equal(f->deposited, 1000);
}

static void test_more_than_configured_is_left(void **state)
{
	struct fake *f = connected(state);

	f->deposited = 1001;
	done(f, STEP_DEPOSIT, LIFECYCLE_EXACT);
	assert_int_equal(f->sent_n, 0);
}

static void test_pending_allocation_counts(void **state)
{
	struct fake *f = connected(state);

	f->pending = 500;
	done(f, STEP_ALLOCATE, LIFECYCLE_EXACT);
	done(f, STEP_ALLOCATE, LIFECYCLE_IF_NONE);
	assert_int_equal(f->sent_n, 0);
}

/* Nothing is sent before the delay is in effect, and joining waits too. */
static void test_allocation_delay(void **state)
{
	struct fake *f = connected(state);
	bool ok = true;
	struct err e;

	f->cfg.prepare = (1u << STEP__COUNT) - 1;
	f->delay_from = 210;
	assert_ok(lifecycle_prepare(&f->op, &ok, &e), &e);
	assert_false(ok);
	assert_string_equal(fake_sent(f),
			    "registerAsOperator approve depositIntoStrategy");
	f->height = 209;
	assert_ok(lifecycle_prepare(&f->op, &ok, &e), &e);
	assert_false(ok);
	assert_int_equal(f->sent_n, 3);
	f->height = 210;
	assert_ok(lifecycle_prepare(&f->op, &ok, &e), &e);
	assert_true(ok);
	assert_true(f->member);
}

static void test_prepare_only_what_is_listed(void **state)
{
	struct fake *f = connected(state);
	bool ok = false;
	struct err e;

	f->cfg.prepare = 1u << STEP_REGISTER | 1u << STEP_OPT_IN;
	assert_ok(lifecycle_prepare(&f->op, &ok, &e), &e);
	assert_true(ok);
	assert_string_equal(fake_sent(f),
			    "registerAsOperator addCa registerPck "
			    "registerForOperatorSets");
}

static void test_known_platform(void **state)
{
	struct fake *f = connected(state);

	f->ca_known = true;
	done(f, STEP_OPT_IN, LIFECYCLE_EXACT);
	assert_string_equal(fake_sent(f),
			    "registerPck registerForOperatorSets");
	f->member = false;
	f->sent_n = 0;
	done(f, STEP_OPT_IN, LIFECYCLE_EXACT);
	assert_string_equal(fake_sent(f), "registerForOperatorSets");
}

static void test_renewed_ca(void **state)
{
	struct fake *f = connected(state);

	f->pck_known = f->old_ca = true;
	done(f, STEP_OPT_IN, LIFECYCLE_EXACT);
	assert_string_equal(fake_sent(f),
			    "addCa registerPck registerForOperatorSets");
	/* A chain of the old CA is sent on as it is. */
	f->member = false;
	f->old_ca = true;
	f->sent_n = 0;
	done(f, STEP_OPT_IN, LIFECYCLE_EXACT);
	assert_string_equal(fake_sent(f), "registerForOperatorSets");
}

/* A quote that makes no sense goes to the chain, whose error then counts. */
static void test_odd_quote(void **state)
{
	struct fake *f = connected(state);
	bool ok;
	struct err e;

	f->tee = TEE_ODD_QUOTE;
	f->refuse = "registerForOperatorSets";
	f->revert = "0x932d94f7"; /* cast sig 'InvalidPermissions()' */
	assert_err(lifecycle_do(&f->op, STEP_OPT_IN, LIFECYCLE_EXACT, &ok, &e),
		   &e, ERR_REVERT, "opt-in: refused: InvalidPermissions()");
	assert_int_equal(f->sent_n, 0);
}

static void test_refused(void **state)
{
	struct fake *f = connected(state);
	bool ok;
	struct err e;

	f->refuse = "registerAsOperator";
	f->revert = "0x77e56a06"; /* cast sig 'ActivelyDelegated()' */
	assert_err(
	    lifecycle_do(&f->op, STEP_REGISTER, LIFECYCLE_EXACT, &ok, &e), &e,
	    ERR_REVERT, "register: refused: ActivelyDelegated()");
	f->refuse = "approve";
	f->revert = "0x";
	assert_err(lifecycle_do(&f->op, STEP_DEPOSIT, LIFECYCLE_EXACT, &ok, &e),
		   &e, ERR_REVERT, "approve: refused: no reason given");
	assert_int_equal(f->sent_n, 0);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_sendRawTransaction"), 0);
}

static void test_reverted_when_mined(void **state)
{
	struct fake *f = connected(state);
	bool ok;
	struct err e;

	f->fails_when_mined = true;
	assert_err(
	    lifecycle_do(&f->op, STEP_REGISTER, LIFECYCLE_EXACT, &ok, &e), &e,
	    ERR_REVERT, "reverted in block 201");
	assert_true(fake_said(f, "\"ok\":false,\"block\":201"));
}

static void test_no_tee(void **state)
{
	struct fake *f = connected(state);
	bool ok;
	struct err e;

	f->tee = TEE_REFUSES;
	assert_err(lifecycle_do(&f->op, STEP_OPT_IN, LIFECYCLE_EXACT, &ok, &e),
		   &e, ERR_HTTP, "answered 400: no TDX");
	assert_int_equal(f->sent_n, 0);
}

static void test_receipt_comes_later(void **state)
{
	struct fake *f = connected(state);

	f->hide_receipts = true;
	done(f, STEP_REGISTER, LIFECYCLE_EXACT);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_getTransactionReceipt"),
			 2);
}

static void test_leave(void **state)
{
	struct fake *f = connected(state);
	struct err e;

	assert_ok(lifecycle_leave(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 0);
	f->member = true;
	assert_ok(lifecycle_leave(&f->op, &e), &e);
	assert_string_equal(fake_sent(f), "deregisterFromOperatorSets");
}

static void test_deregister(void **state)
{
	struct fake *f = connected(state);
	struct err e;

	f->member = true;
	f->allocated = 500;
	f->delay_from = 1;
	assert_ok(lifecycle_deregister(&f->op, &e), &e);
	assert_string_equal(fake_sent(f),
			    "deregisterFromOperatorSets modifyAllocations");
	assert_int_equal(f->allocated, 0);
	/* Once is enough. */
	assert_ok(lifecycle_deregister(&f->op, &e), &e);
	assert_int_equal(f->sent_n, 2);
}

static void over_http(void *arg, const struct http_in *in,
		      struct http_exchange *x)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) char *members = NULL;
	CLEANUP(freep) char *body = NULL;
	const char *method;
	struct err e;

	assert_ok(json_parse(&j, in->body, in->body_len, "request", &e), &e);
	assert_ok(json_text_at(&method, j, "method", &e), &e);
	members = fake_answer(arg, method, json_object_get(j, "params"));
	body = xasprintf(
	    "{\"jsonrpc\":\"2.0\",\"id\":%lld,%s}",
	    (long long)json_integer_value(json_object_get(j, "id")), members);
	http_respond(x, 200, "application/json", body, strlen(body));
}

/* Without a socket there are no heads: it asks for the receipt again. */
static void test_over_http(void **state)
{
	struct fake *f = *state;
	CLEANUP(http_server_freep) struct http_server *server = NULL;
	CLEANUP(freep) char *url = NULL;
	const char *ipc = f->cfg.ipc;
	struct err e;

	assert_ok(http_server_new(&server, f->loop, NULL, 0, over_http, f, &e),
		  &e);
	url = xasprintf("http://127.0.0.1:%u", http_server_port(server));
	f->cfg.ipc = NULL;
	f->cfg.http = url;
	assert_ok(operator_connect(&f->op, NULL, &e), &e);
	f->hide_receipts = true;
	done(f, STEP_REGISTER, LIFECYCLE_EXACT);
	assert_true(f->registered);
	operator_done(&f->op);
	f->cfg.ipc = ipc;
}

static void test_wrong_chain(void **state)
{
	struct fake *f = *state;
	struct err e;

	f->chain_id = 1;
	assert_err(operator_connect(&f->op, NULL, &e), &e, ERR_MISMATCH,
		   "this is chain 1, and the configuration is for 31337");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_whole_life),
	    TEST(test_nothing_twice),
	    TEST(test_exact_or_if_none),
	    TEST(test_more_than_configured_is_left),
	    TEST(test_pending_allocation_counts),
	    TEST(test_allocation_delay),
	    TEST(test_prepare_only_what_is_listed),
	    TEST(test_known_platform),
	    TEST(test_renewed_ca),
	    TEST(test_odd_quote),
	    TEST(test_refused),
	    TEST(test_reverted_when_mined),
	    TEST(test_no_tee),
	    TEST(test_receipt_comes_later),
	    TEST(test_leave),
	    TEST(test_deregister),
	    TEST(test_over_http),
	    TEST(test_wrong_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
