/* Renewal of attestation and collateral; and heads that nobody announces. */
#include "operator/test/fake_chain.h"

#include "operator/test/script.h"

/* Blocks have the time 1: of 100 seconds 25 are left at 26. */
static void renewal(struct fake *f, uint64_t until, const char *sent)
{
	f->pck_known = true;
	f->period = 100;
	f->attested_until = until;
	run(f, end_when_handled);
	assert_string_equal(fake_sent(f), sent);
	assert_int_equal(f->op.metrics.attested_until,
			 *sent ? 101 : until);
}

static void test_renewed_in_time(void **state)
{
	renewal(*state, 26, "reattest");
}

static void test_renewed_when_lapsed(void **state)
{
	renewal(*state, 1, "reattest");
}

static void test_not_renewed_yet(void **state)
{
	renewal(*state, 27, "");
}

static void test_nothing_to_renew(void **state)
{
	renewal(*state, 0, "");
}

/* Its collateral ends with it: no quote of today would make it longer. */
static void test_not_renewed_in_vain(void **state)
{
	struct fake *f = *state;

	f->collateral_until = 20;
	renewal(f, 20, "");
	assert_int_equal(f->op.metrics.collateral_until, 20);
}

/* Nobody brings new collateral, and it is over: told, and tried ever less. */
static void test_collateral_over(void **state)
{
	struct fake *f = *state;
	unsigned told;

	f->pck_known = true;
	f->period = 100;
	f->attested_until = f->collateral_until = 1;
	run(f, mine_to_260);
	told = times(f, "\"what\":\"renewal\",\"text\":\"collateral: no PCS: set "
			"tee.pcs");
	assert_in_range(told, 5, 7);
	assert_int_equal(f->op.metrics.collateral_failures, told);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_DOWN);
	assert_string_equal(fake_sent(f), "");
}

/* It is over: a list and a signer first, what they vouch for next. */
static void test_collateral_brought(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	f->period = 100;
	f->attested_until = f->collateral_until = 1;
	f->cfg.pcs = f->cfg.tee;
	run(f, mine_to_260);
	assert_string_equal(fake_sent(f), "putCrl putCrl addTcbSigner "
					  "putTcbInfo putQeIdentity reattest");
	assert_true(fake_said(f, "{\"event\":\"collateral\",\"updates\":5,"
				 "\"until\":1000}"));
	assert_int_equal(f->op.metrics.collateral_updates, 5);
	assert_int_equal(f->op.metrics.collateral_until, 1000);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_UP);
	assert_false(fake_said(f, "\"error\""));
}

/* What the PCS has is over, too: told, and no quote is sent in vain. */
static void test_collateral_not_newer(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	f->period = 100;
	f->attested_until = f->collateral_until = 1;
	f->nothing_newer = true;
	f->cfg.pcs = f->cfg.tee;
	run(f, mine_to_260);
	assert_in_range(times(f, "has nothing newer than what the registry "
				 "has"),
			5, 7);
	assert_null(strstr(fake_sent(f), "reattest"));
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_DOWN);
}

static void test_renewal_skipped(void **state)
{
	struct fake *f = *state;

	f->op.behave.skip_renewal = true;
	renewal(f, 2, "");
}

static void mend_tee_when_renewing(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200")) {
		assert_int_equal(f->op.metrics.services[SERVICE_DUTIES],
				 SERVICE_DOWN);
		f->tee = TEE_GOOD;
		mine(f);
	} else if (says(line, "\"handled\"")) {
		end();
	}
}

static void test_renewed_once_the_tee_is_back(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	f->period = 100;
	f->attested_until = 20;
	f->tee = TEE_REFUSES;
	run(f, mend_tee_when_renewing);
	assert_true(fake_said(f, "\"error\",\"what\":\"renewal\",\"text\":"
				 "\"attestation: TEE at "));
	assert_string_equal(fake_sent(f), "reattest");
}

/* --- over HTTP: nothing is announced there ----------------------------------- */

static void on_http_rpc(void *arg, const struct http_in *in,
			struct http_exchange *x)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) char *members = NULL;
	CLEANUP(freep) char *text = NULL;
	struct err e;

	assert_ok(json_parse(&j, in->body, in->body_len, "request", &e), &e);
	members = fake_answer(arg,
			      json_string_value(json_object_get(j, "method")),
			      json_object_get(j, "params"));
	text = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":%lld,%s}",
			 (long long)json_integer_value(
			     json_object_get(j, "id")),
			 members);
	http_respond(x, 200, "application/json", text, strlen(text));
}

static void challenge_then_end(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200") && !f->challenges_n) {
		f->height++; /* and nobody says so */
		fake_challenge(f, 220);
	}
	if (says(line, "\"answered\""))
		end();
}

static void test_heads_are_asked_for(void **state)
{
	struct fake *f = *state;
	const char *ipc = f->cfg.ipc;
	struct http_server *http;
	char url[64];
	struct err e;

	f->pck_known = true;
	assert_ok(
	    http_server_new(&http, f->loop, NULL, 0, on_http_rpc, f, &e), &e);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u",
		 (unsigned)http_server_port(http));
	f->cfg.http = url;
	f->cfg.ipc = "/nonexistent.sock";
	run(f, challenge_then_end);
	assert_int_equal(f->answered_n, 1);
	assert_false(fake_said(f, "\"requests\""));
	f->cfg.ipc = ipc;
	operator_disconnect(&f->op);
	http_server_free(http);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_renewed_in_time),
	    TEST(test_renewed_when_lapsed),
	    TEST(test_not_renewed_yet),
	    TEST(test_nothing_to_renew),
	    TEST(test_not_renewed_in_vain),
	    TEST(test_collateral_over),
	    TEST(test_collateral_brought),
	    TEST(test_collateral_not_newer),
	    TEST(test_renewal_skipped),
	    TEST(test_renewed_once_the_tee_is_back),
	    TEST(test_heads_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
