/* The daemon and its SLA duty, driven by what it says of itself. */
#include "operator/test/fake_chain.h"

#include <errno.h>

#include "operator/lifecycle.h"
#include "operator/test/script.h"

static void test_ready_then_handled(void **state)
{
	struct fake *f = *state;
	char *want, *ready;

	run(f, end_when_handled);
	ready = xasprintf("{\"event\":\"ready\",\"name\":\"alice\","
			  "\"address\":\"%s\",\"node\":\"http://127.0.0.1:",
			  fmt_addr(&f->op.me).s);
	assert_memory_equal(buf_str(&f->out), ready, strlen(ready));
	free(ready);
	assert_true(fake_said(f, "/metrics\",\"contract\":1}\n"
			     "{\"event\":\"handled\""));
	want = xasprintf("{\"event\":\"handled\",\"block\":200,"
			 "\"hash\":\"0x%064x\",\"requests\":%u}\n"
			 "{\"event\":\"stopping\"}\n",
			 200u, rpc_stub_calls(f->stub, NULL));
	assert_string_equal(strchr(buf_str(&f->out), '\n') + 1, want);
	free(want);
}

/* Challenges it in the block after the first one; ends at rest, answered. */
static void challenge_at_201(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200")) {
		f->height++;
		fake_challenge(f, 230);
		rpc_stub_head(f->stub, f->height);
	} else if (says(line, "\"handled\"") && f->answered_n) {
		end();
	}
}

static void announce(struct fake *f, const struct bloom *b)
{
	struct buf text = BUF_INIT(4096);

	buf_addf(&text,
		 "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\","
		 "\"params\":{\"subscription\":\"0x1\",\"result\":"
		 "{\"number\":\"0x%llx\",\"timestamp\":\"0x1\","
		 "\"hash\":\"0x%064llx\",\"parentHash\":\"0x%064llx\","
		 "\"logsBloom\":\"0x",
		 (unsigned long long)f->height, (unsigned long long)f->height,
		 (unsigned long long)f->height - 1);
	buf_addhex(&text, b->b, sizeof(b->b));
	buf_adds(&text, "\"}}}");
	rpc_stub_write(f->stub, buf_str(&text));
	buf_done(&text);
}

/* A block with nothing, then one that challenges, and takes nobody out. */
static void quiet_201_challenge_202(struct fake *f, const char *line)
{
	static const char removed[] =
	    "OperatorRemovedFromOperatorSet(address,(address,uint32))";
	struct hash32 topic = keccak256(removed, strlen(removed));
	struct hash32 h = keccak256(topic.b, sizeof(topic.b));
	struct bloom none = {0}, most = bloom_of_anything();

	if (says(line, "\"handled\",\"block\":200")) {
		f->height++;
		announce(f, &none);
	} else if (says(line, "\"handled\",\"block\":201")) {
		assert_int_equal(rpc_stub_calls(f->stub, "eth_getLogs"), 1);
		f->height++;
		fake_challenge(f, 230);
		most.b[255 - ((h.b[0] & 7u) << 8 | h.b[1]) / 8] = 0;
		announce(f, &most);
	} else if (says(line, "\"handled\"") && f->answered_n) {
		end();
	}
}

static void test_asks_only_where_there_may_be_news(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	run(f, quiet_201_challenge_202);
	assert_int_equal(f->answered_n, 1);
	assert_true(f->asked_for_me);
}

static void test_challenge_answered(void **state)
{
	struct fake *f = *state;
	const char *out;

	run(f, challenge_at_201);
	assert_int_equal(f->answered_n, 1);
	assert_int_equal(f->last_report_data[31], 0x11);
	out = strstr(buf_str(&f->out), "\"block\":200");
	assert_non_null(out);
	out = strstr(out, "{\"event\":\"challenge\",\"id\":\"1\",\"end\":230}");
	assert_non_null(out);
	out = strstr(out, "{\"event\":\"tx\",\"what\":\"add-ca\"");
	assert_non_null(out);
	out = strstr(out, "{\"event\":\"tx\",\"what\":\"respond\"");
	assert_non_null(out);
	assert_non_null(strstr(out, "{\"event\":\"answered\",\"id\":\"1\","
				    "\"block\":204}"));
}

/* What is wanted together is one message. */
static void test_asks_together(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	f->sync = SYNC_GOOD;
	run(f, challenge_at_201);
	assert_int_equal(f->answered_n, 1);
	/*
	 * The subscription, chain and head with what the first head needs; what
	 * 201 needs with the challenge that it may be, the platform with what
	 * an answer needs, the answer, the attestation, which was asked for
	 * before that and may be another now; and what its own block needs.
	 */
	assert_int_equal(rpc_stub_messages(f->stub), 6);
	assert_int_equal(rpc_stub_calls(f->stub, "eth_getTransactionCount"), 1);
}

/* Between others' challenges the next one is not the next of ours. */
static void others_then_ours(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200")) {
		fake_challenge(f, 230);
		f->challenges[0].whom = fake_address(TOKEN);
	}
	challenge_at_201(f, line);
}

static void test_the_next_challenge_is_not_ours(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	run(f, others_then_ours);
	assert_int_equal(f->answered_n, 1);
	assert_int_equal(f->answered[0], 2);
	assert_int_equal(f->last_report_data[31], 0x12);
}

/* A node may refuse batches: then it is asked one by one. */
static void test_node_without_batches(void **state)
{
	struct fake *f = *state;

	rpc_stub_no_batches(f->stub);
	run(f, challenge_at_201);
	assert_int_equal(f->answered_n, 1);
	assert_false(fake_said(f, "\"error\""));
	assert_false(fake_said(f, "\"lost\""));
}

/* It may close the connection on one instead: that is asked once. */
static void test_node_that_closes_on_batches(void **state)
{
	struct fake *f = *state;

	rpc_stub_closes_on_batches(f->stub);
	run(f, challenge_at_201);
	assert_int_equal(f->answered_n, 1);
	assert_false(fake_said(f, "\"error\""));
	assert_false(fake_said(f, "\"lost\""));
	/* One batch, which nobody looked into, and then each alone. */
	assert_int_equal(rpc_stub_messages(f->stub),
			 rpc_stub_calls(f->stub, NULL) + 1);
}

static void begin_to_close(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200"))
		rpc_stub_closes_on_batches(f->stub);
	challenge_at_201(f, line);
}

/* Also in the midst of things, as behind another proxy. */
static void test_node_that_begins_to_close_on_batches(void **state)
{
	struct fake *f = *state;

	run(f, begin_to_close);
	assert_int_equal(f->answered_n, 1);
	assert_int_equal(times(f, "\"lost\""), 1);
	assert_int_equal(times(f, "\"connected\""), 1);
}

static void lost_on_a_batch(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200"))
		f->drop_at = f->answers + 2;
	rpc_stub_away(f->stub, says(line, "\"lost\"") ? 4 : 0);
	challenge_at_201(f, line);
}

/* By chance: that it is away for a while is no matter of batches. */
static void test_node_that_was_only_away(void **state)
{
	struct fake *f = *state;

	run(f, lost_on_a_batch);
	assert_int_equal(times(f, "\"connected\""), 1);
	assert_false(f->op.one_by_one);
}

static void test_nothing_is_in_flight_when_handled(void **state)
{
	struct fake *f = *state;
	char *want;

	run(f, challenge_at_201);
	want = xasprintf("\"requests\":%u}", rpc_stub_calls(f->stub, NULL));
	assert_true(fake_said(f, want));
	free(want);
}

/* All are there before it starts, as after a crash. */
static void test_most_urgent_first(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	fake_challenge(f, 230);
	fake_challenge(f, 210);
	fake_challenge(f, 220);
	fake_challenge(f, 210);
	f->height += 3;
	run(f, end_when_handled);
	assert_int_equal(f->answered_n, 4);
	assert_int_equal(f->answered[0], 2);
	assert_int_equal(f->answered[1], 4);
	assert_int_equal(f->answered[2], 3);
	assert_int_equal(f->answered[3], 1);
}

static void test_what_is_not_to_be_answered(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	fake_challenge(f, 230); /* somebody else's */
	f->challenges[0].whom = fake_address(TOKEN);
	fake_challenge(f, 230); /* answered before the crash */
	f->challenges[1].responded = true;
	fake_challenge(f, 205); /* its last block is the head */
	fake_challenge(f, 206); /* the next block is its last */
	f->height = 205;
	run(f, end_when_handled);
	assert_int_equal(f->quotes, 1);
	assert_int_equal(f->answered_n, 1);
	assert_int_equal(f->answered[0], 4);
	assert_false(fake_said(f, "expired"));
}

static void mend_tee_at_202(struct fake *f, const char *line)
{
	challenge_at_201(f, line);
	if (says(line, "\"handled\",\"block\":201")) {
		f->tee = TEE_GOOD;
		mine(f);
	}
}

static void without_tee(struct fake *f, enum fake_tee tee, const char *why)
{
	f->pck_known = true;
	f->tee = tee;
	f->cfg.tee_timeout_ms = 50;
	run(f, mend_tee_at_202);
	assert_true(fake_said(f, "{\"event\":\"withheld\",\"id\":\"1\","
				 "\"text\":\"challenge 1: "));
	assert_true(fake_said(f, why));
	/* Told once, tried twice. */
	assert_null(strstr(strstr(buf_str(&f->out), "\"challenge\"") + 1,
			   "\"challenge\""));
	assert_int_equal(f->quotes, 2);
	assert_int_equal(f->answered_n, 1);
}

static void test_tee_refuses_once(void **state)
{
	without_tee(*state, TEE_REFUSES, "answered 400: no TDX");
}

static void test_tee_is_silent_once(void **state)
{
	without_tee(*state, TEE_SILENT, "tee.sock");
}

static void keep_mining(struct fake *f, const char *line)
{
	if (says(line, "\"event\":\"expired\",\"id\":\"1\",\"end\":203"))
		end();
	else if (says(line, "\"handled\""))
		mine(f);
}

static void test_expired_is_told(void **state)
{
	struct fake *f = *state;

	f->tee = TEE_REFUSES;
	fake_challenge(f, 203);
	run(f, keep_mining);
	/* At 200, 201 and 202 the next block could hold the answer. */
	assert_int_equal(f->quotes, 3);
	assert_int_equal(f->sent_n, 0);
}

static void allow_at_202(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200"))
		mine(f);
	if (says(line, "\"handled\",\"block\":201")) {
		f->refuse = NULL;
		mine(f);
	}
	if (says(line, "\"answered\""))
		end();
}

static void test_chain_refuses(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	fake_challenge(f, 230);
	f->refuse = "respondToSlaChallenge";
	f->revert = "0xe28b7053"; /* cast sig 'OraclePaused()' */
	run(f, allow_at_202);
	assert_true(fake_said(f, "challenge 1: respond: refused: "
				 "OraclePaused()"));
	assert_int_equal(f->answered_n, 1);
	assert_int_equal(f->sent_n, 1);
}

/* Blocks whose logs could not be read are read with the next head. */
static void break_logs_at_201(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200"))
		f->break_method = "eth_getLogs";
	if (says(line, "\"handled\",\"block\":201")) {
		f->break_method = NULL;
		mine(f);
	}
	challenge_at_201(f, line);
}

static void test_rpc_fails_for_a_block(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	run(f, break_logs_at_201);
	assert_true(fake_said(f, "eth_getLogs: out of order"));
	assert_int_equal(f->answered_n, 1);
}

static void reorg_at_205(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":205")) {
		f->height = 202;
		fake_challenge(f, 230);
		rpc_stub_head(f->stub, f->height);
	}
	if (says(line, "\"answered\""))
		end();
}

/* A reorg takes the challenge away again: nothing is left to answer. */
static void vanish_at_202(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200"))
		mine(f);
	if (says(line, "\"handled\",\"block\":201")) {
		f->challenges_n = 0;
		mine(f);
	}
	if (says(line, "\"handled\",\"block\":202"))
		end();
}

static void test_challenge_vanishes(void **state)
{
	struct fake *f = *state;

	f->tee = TEE_REFUSES;
	fake_challenge(f, 230);
	run(f, vanish_at_202);
	assert_int_equal(f->quotes, 2);
	assert_false(fake_said(f, "expired"));
}

/* A head that is none is told, and the next good one handled. */
static void garble_at_200(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200")) {
		rpc_stub_write(f->stub, "{\"jsonrpc\":\"2.0\",\"method\":"
					"\"eth_subscription\",\"params\":{"
					"\"subscription\":\"0x1\",\"result\":"
					"{\"number\":\"two\"}}}");
		mine(f);
	} else if (says(line, "\"handled\"")) {
		end();
	}
}

static void test_odd_head(void **state)
{
	struct fake *f = *state;

	run(f, garble_at_200);
	assert_true(fake_said(f, "\"what\":\"newHeads\",\"text\":\"number"));
	assert_true(fake_said(f, "\"handled\",\"block\":201"));
}

static void test_reorg(void **state)
{
	struct fake *f = *state;

	f->height = 205;
	f->pck_known = true;
	run(f, reorg_at_205);
	assert_int_equal(f->answered[0], 1);
}

static void test_prepares_itself(void **state)
{
	struct fake *f = *state;

	f->delay_from = 1;
	f->cfg.prepare = (1u << STEP__COUNT) - 1;
	run(f, end_when_handled);
	assert_true(f->registered && f->member);
	assert_int_equal(f->deposited, 1000);
	/* Its own blocks came meanwhile: handled once, for the last of them. */
	assert_true(fake_said(f, "\"handled\",\"block\":207"));
	assert_false(fake_said(f, "\"handled\",\"block\":206"));
}

static void mine_once_then_end(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200")) {
		f->refuse = NULL;
		mine(f);
	} else if (says(line, "\"handled\"")) {
		end();
	}
}

static void test_prepare_refused_then_allowed(void **state)
{
	struct fake *f = *state;

	f->cfg.prepare = 1u << STEP_REGISTER;
	f->refuse = "registerAsOperator";
	f->revert = "0x840a48d5"; /* cast sig 'CurrentlyPaused()' */
	run(f, mine_once_then_end);
	assert_true(fake_said(f, "\"what\":\"prepare\",\"text\":\"register: "
				 "refused: CurrentlyPaused()\""));
	assert_true(f->registered);
}

/* Out of its set in the block behind the one in which it joined; it may join
 * again from block 206 on. */
static void leave_at_202(struct fake *f, const char *line)
{
	if (!says(line, "\"handled\""))
		return;
	if (f->sent_n == 1 && !f->removed_at) {
		f->member = false;
		f->removed_at = f->height + 1;
		f->slashable_to = 205;
	} else if (f->height > 206) {
		end();
		return;
	}
	mine(f);
}

static void test_rejoins(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	f->cfg.prepare = 1u << STEP_OPT_IN;
	run(f, leave_at_202);
	assert_true(fake_said(f, "\"removed\",\"block\":202"));
	/* It waited for it, and was refused nothing. */
	assert_string_equal(fake_sent(f), "registerForOperatorSets "
					  "registerForOperatorSets");
	assert_false(fake_said(f, "\"error\""));
	assert_true(f->member);
}

static void test_stays_out_if_told_to(void **state)
{
	struct fake *f = *state;

	f->pck_known = true;
	f->cfg.prepare = 1u << STEP_OPT_IN;
	f->removed_itself = true;
	run(f, leave_at_202);
	assert_false(fake_said(f, "\"removed\""));
	assert_false(f->member);
}

static void test_prepares_ever_more_rarely(void **state)
{
	struct fake *f = *state;
	unsigned tries;

	f->cfg.prepare = 1u << STEP_REGISTER;
	f->refuse = "registerAsOperator";
	f->revert = "0x840a48d5"; /* cast sig 'CurrentlyPaused()' */
	run(f, mine_to_260);
	tries = times(f, "\"what\":\"prepare\"");
	/* After 1, 2, 3 or 4, 5 to 8, 9 to 16 and 17 to 32 blocks. */
	assert_in_range(tries, 6, 7);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_DOWN);
}

/* The connection goes; what came meanwhile is answered over the next one. */
static void drop_at_200(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200"))
		rpc_stub_drop(f->stub);
	if (says(line, "\"lost\"")) {
		f->height++;
		fake_challenge(f, 230);
	}
	if (says(line, "\"handled\"") && f->answered_n)
		end();
}

static void test_rpc_lost(void **state)
{
	struct fake *f = *state;
	const char *out;

	f->pck_known = true;
	run(f, drop_at_200);
	out = strstr(buf_str(&f->out), "{\"event\":\"lost\",\"text\":\"");
	assert_non_null(out);
	out = strstr(out, "node.ipc");
	assert_non_null(out);
	out = strstr(out, "{\"event\":\"connected\"}\n");
	assert_non_null(out);
	assert_non_null(strstr(out, "{\"event\":\"answered\",\"id\":\"1\""));
	assert_int_equal(f->op.metrics.services[SERVICE_RPC], SERVICE_UP);
	assert_int_equal(f->answered_n, 1);
}

/* In the middle of its work, at every request there is. */
static bool lost_at(unsigned n, bool done, bool sync)
{
	struct fake *f;
	void *state;
	struct err e;
	bool lost;

	fake_setup(&state);
	f = state;
	f->pck_known = true;
	fake_challenge(f, 230);
	f->sync = sync ? SYNC_GOOD : SYNC_NONE;
	f->drop_at = n;
	f->drops_answer = done;
	f->on_event = end_when_handled;
	assert_ok(daemon_run(&f->op, &e), &e);
	assert_int_equal(f->answered_n, 1);
	/* Never two of a nonce: the fake chain would have refused. */
	assert_int_equal(f->sent_n, 1);
	lost = fake_said(f, "\"lost\"");
	fake_teardown(&state);
	return lost;
}

static void test_rpc_lost_at_any_moment(void **state)
{
	unsigned lost = 0;

	(void)state;
	/* From the first request after the connection is there. */
	for (unsigned n = 4; n < 24; n++)
		for (unsigned how = 0; how < 4; how++)
			lost += (unsigned)lost_at(n, how & 1, how & 2);
	assert_true(lost > 40);
}

static void test_stdin_closed(void **state)
{
	struct fake *f = *state;
	int was = dup(STDIN_FILENO), ends[2];
	struct err e;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	assert_ok(daemon_run(&f->op, &e), &e);
	assert_true(fake_said(f, "stopping"));
	if (was >= 0) {
		dup2(was, STDIN_FILENO);
		close(was);
	} else {
		close(STDIN_FILENO);
	}
}

/*
 * SIGTERM at the n-th answer, of chain or TEE, for every n there is in a whole
 * life, instead of the answer or together with it: the end is clean each time.
 */
static bool ended_at(unsigned n, bool answers, bool sync)
{
	struct fake *f;
	void *state;
	struct err e;
	bool early;

	fake_setup(&state);
	f = state;
	f->delay_from = 1;
	f->cfg.prepare = (1u << STEP__COUNT) - 1;
	fake_challenge(f, 230);
	f->sync = sync ? SYNC_GOOD : SYNC_NONE;
	f->kill_at = n;
	f->answers_killed = answers;
	f->on_event = end_when_handled;
	assert_ok(daemon_run(&f->op, &e), &e);
	assert_true(fake_said(f, "{\"event\":\"stopping\"}\n"));
	assert_false(fake_said(f, "\"error\""));
	early = !fake_said(f, "\"handled\"");
	fake_teardown(&state);
	return early;
}

static void test_sigterm_at_any_moment(void **state)
{
	unsigned n = 1;
	uint64_t begin;

	(void)state;
	do
		begin = clock_ms();
	while (ended_at(n, false, n % 2) && ended_at(n, true, n % 2) &&
	       /* None waited for an answer's deadline, the shortest of all. */
	       clock_ms() - begin < 10000 && n++);
	assert_true(n > 50);
	assert_true(clock_ms() - begin < 10000);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_ready_then_handled),
	    TEST(test_asks_only_where_there_may_be_news),
	    TEST(test_challenge_answered),
	    TEST(test_asks_together),
	    TEST(test_the_next_challenge_is_not_ours),
	    TEST(test_node_without_batches),
	    TEST(test_node_that_closes_on_batches),
	    TEST(test_node_that_begins_to_close_on_batches),
	    TEST(test_node_that_was_only_away),
	    TEST(test_nothing_is_in_flight_when_handled),
	    TEST(test_most_urgent_first),
	    TEST(test_what_is_not_to_be_answered),
	    TEST(test_tee_refuses_once),
	    TEST(test_tee_is_silent_once),
	    TEST(test_expired_is_told),
	    TEST(test_chain_refuses),
	    TEST(test_rpc_fails_for_a_block),
	    TEST(test_challenge_vanishes),
	    TEST(test_odd_head),
	    TEST(test_reorg),
	    TEST(test_prepares_itself),
	    TEST(test_prepare_refused_then_allowed),
	    TEST(test_rejoins),
	    TEST(test_stays_out_if_told_to),
	    TEST(test_prepares_ever_more_rarely),
	    TEST(test_rpc_lost),
	    TEST(test_stdin_closed),
	    cmocka_unit_test(test_rpc_lost_at_any_moment),
	    cmocka_unit_test(test_sigterm_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
