/*
 * Heartbeats: an aggregator on the test's own loop, which reads each as the
 * published judge of typed data would, and answers what a test wants. Blocks of
 * the fake chain have the time 1, so an interval of 0 is over with every block.
 */
#include "operator/test/fake_chain.h"

#include "eth/heartbeat.h"
#include "operator/test/script.h"

#define BEATS_MAX 16

enum answers { ANSWER_GOOD, ANSWER_REFUSED, ANSWER_SEQUENCE, ANSWER_503, ANSWER_NO_JSON,
	       ANSWER_OTHER, ANSWER_EMPTY };

static struct aggregator {
	struct http_server *server;
	enum answers answers;
	const char *last; /* taken, as it says when it refuses a sequence */
	uint64_t mends_above; /* such a sequence; 0: none */
	struct heartbeat beats[BEATS_MAX];
	struct addr20 signers[BEATS_MAX];
	bool bound[BEATS_MAX]; /* the quote was over it */
	size_t n;
	char url[64];
} agg;

static void answer(struct http_exchange *x, uint64_t sequence)
{
	static const char refusal[] =
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32014,"
	    "\"message\":\"EigenLayer knows no operator alice\"}}";
	CLEANUP(freep)
	char *good = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":%llu,\"result\":"
			       "{\"sequence\":%llu}}",
			       (unsigned long long)sequence,
			       (unsigned long long)sequence +
				   (agg.answers == ANSWER_OTHER));
	CLEANUP(freep)
	char *counted = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":"
				  "{\"code\":-32013,\"message\":\"old\","
				  "\"data\":{\"last\":%s}}}",
				  agg.last);
	const char *text = agg.answers == ANSWER_REFUSED    ? refusal
			   : agg.answers == ANSWER_SEQUENCE ? counted
			   : agg.answers == ANSWER_NO_JSON ? "sorry"
			   : agg.answers == ANSWER_EMPTY   ? "{}"
							   : good;

	http_respond(x, agg.answers == ANSWER_503 ? 503 : 200,
		     "application/json", text, strlen(text));
}

static void on_beat(void *arg, const struct http_in *in,
		    struct http_exchange *x)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) uint8_t *quote = NULL;
	struct heartbeat *h = &agg.beats[agg.n];
	struct fake *f = arg;
	const json_t *params;
	const char *method;
	struct hash32 digest;
	struct sig65 sig;
	uint64_t id;
	size_t len;
	struct err e;

	assert_true(agg.n < BEATS_MAX);
	assert_string_equal(in->method, "POST");
	assert_string_equal(in->content_type, "application/json");
	assert_ok(json_parse(&j, in->body, in->body_len, "call", &e), &e);
	assert_ok(json_text_at(&method, j, "method", &e), &e);
	assert_string_equal(method, "avs_heartbeat");
	assert_ok(json_at(&params, j, "params[0]", &e), &e);
	assert_ok(heartbeat_read(h, &sig, &quote, &len, params, &e), &e);
	assert_ok(json_u64_at(&id, j, "id", &e), &e);
	assert_int_equal(id, h->sequence);
	digest = heartbeat_digest(h);
	assert_ok(secp_recover(&agg.signers[agg.n], &sig, &digest, &e), &e);
	agg.bound[agg.n++] =
	    !memcmp(f->last_report_data, digest.b, sizeof(digest.b));
	if (agg.mends_above && h->sequence > agg.mends_above)
		agg.answers = ANSWER_GOOD;
	answer(x, h->sequence);
}

static int set_up(void **state)
{
	struct fake *f;
	struct err e;

	assert_int_equal(fake_setup(state), 0);
	f = *state;
	f->pck_known = f->member = true;
	agg = (struct aggregator){.n = 0};
	assert_ok(
	    http_server_new(&agg.server, f->loop, NULL, 0, on_beat, f, &e), &e);
	snprintf(agg.url, sizeof(agg.url), "http://127.0.0.1:%u",
		 (unsigned)http_server_port(agg.server));
	f->cfg.aggregator = agg.url;
	f->cfg.heartbeat_seconds = 60;
	return 0;
}

static int tear_down(void **state)
{
	http_server_free(agg.server);
	return fake_teardown(state);
}

static void mine_to_205(struct fake *f, const char *line)
{
	if (says(line, "\"handled\"") && f->height == 205)
		end();
	else if (says(line, "\"handled\""))
		mine(f);
}

/* --- when, and what --------------------------------------------------------- */

static void test_one_at_the_start(void **state)
{
	struct fake *f = *state;
	const struct heartbeat *h = &agg.beats[0];

	run(f, mine_to_205);
	assert_int_equal(agg.n, 1);
	assert_int_equal(h->chain_id, 31337);
	assert_true(addr_eq(&h->avs, &f->cfg.avs));
	assert_true(addr_eq(&h->operator, &f->op.me));
	assert_true(addr_eq(&agg.signers[0], &f->op.me));
	assert_int_equal(h->set, 3);
	assert_int_equal(h->sequence, 1);
	assert_int_equal(h->block, 200);
	assert_true(agg.bound[0]);
	assert_true(fake_said(f, "{\"event\":\"heartbeat\",\"sequence\":1,"
				 "\"block\":200}"));
	assert_int_equal(f->op.metrics.heartbeats, 1);
	assert_int_equal(f->op.metrics.heartbeat_at, 1);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_UP);
	assert_string_equal(fake_sent(f), "");
}

static void test_one_in_an_interval(void **state)
{
	struct fake *f = *state;

	f->cfg.heartbeat_seconds = 0;
	run(f, mine_to_205);
	assert_int_equal(agg.n, 6);
	for (size_t i = 0; i < agg.n; i++) {
		assert_int_equal(agg.beats[i].sequence, i + 1);
		assert_int_equal(agg.beats[i].block, 200 + i);
		assert_true(agg.bound[i]);
	}
}

static void test_none_without_an_aggregator(void **state)
{
	struct fake *f = *state;

	f->cfg.aggregator = NULL;
	run(f, mine_to_205);
	assert_int_equal(agg.n, 0);
	assert_int_equal(f->quotes, 0);
}

static void test_none_of_who_is_in_no_set(void **state)
{
	struct fake *f = *state;

	f->member = false;
	run(f, mine_to_205);
	assert_int_equal(agg.n, 0);
	assert_int_equal(f->op.metrics.heartbeat_failures, 0);
	assert_false(fake_said(f, "\"silent\""));
}

static void test_the_sequence_is_in_the_state(void **state)
{
	struct fake *f = *state;
	CLEANUP(freep) char *path = xasprintf("%s/state.json", f->dir);
	struct err e;

	assert_ok(sent_open(&f->op.sent, path, 31337, &f->op.me, &e), &e);
	f->op.sent.heartbeat = 41;
	run(f, end_when_handled);
	assert_int_equal(agg.beats[0].sequence, 42);
	sent_done(&f->op.sent);
	assert_ok(sent_open(&f->op.sent, path, 31337, &f->op.me, &e), &e);
	assert_int_equal(f->op.sent.heartbeat, 42);
}

/* --- what fails -------------------------------------------------------------- */

static void failing(struct fake *f, const char *text)
{
	run(f, end_when_handled);
	if (!fake_said(f, text))
		fail_msg("%s does not say %s", buf_str(&f->out), text);
	assert_true(fake_said(f, "{\"event\":\"silent\",\"text\":\""));
	assert_int_equal(f->op.metrics.heartbeats, 0);
	assert_int_equal(f->op.metrics.heartbeat_failures, 1);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_DOWN);
}

static void test_tee_away(void **state)
{
	struct fake *f = *state;

	f->tee = TEE_REFUSES;
	failing(f, "answered 400: no TDX");
	assert_int_equal(agg.n, 0);
	assert_int_equal(f->op.sent.heartbeat, 0); /* nothing was used up */
}

static void test_no_tee(void **state)
{
	struct fake *f = *state;
	const char *tee = f->cfg.tee;

	f->cfg.tee = NULL;
	failing(f, "no TEE: set tee.socket");
	f->cfg.tee = tee;
}

static void test_refused(void **state)
{
	agg.answers = ANSWER_REFUSED;
	failing(*state, "refused: EigenLayer knows no operator alice (-32014)");
}

/* Refused while it is not above agg.last, as a real one would. */
static void test_a_lost_state_is_counted_on(void **state)
{
	struct fake *f = *state;

	agg.answers = ANSWER_SEQUENCE;
	agg.last = "7";
	agg.mends_above = 7;
	run(f, end_when_handled);
	assert_int_equal(agg.n, 2);
	assert_int_equal(agg.beats[0].sequence, 1);
	assert_int_equal(agg.beats[1].sequence, 8);
	assert_true(agg.bound[1]);
	assert_int_equal(f->op.sent.heartbeat, 8);
	assert_int_equal(f->op.metrics.heartbeats, 1);
	assert_int_equal(f->op.metrics.heartbeat_failures, 0);
	assert_false(fake_said(f, "\"silent\""));
}

/* Once in a try, whatever the aggregator goes on to say. */
static void test_who_says_more_and_more_is_not_followed(void **state)
{
	struct fake *f = *state;

	agg.answers = ANSWER_SEQUENCE;
	agg.last = "7";
	failing(f, "refused: old (-32013)");
	assert_int_equal(agg.n, 2);
	assert_int_equal(f->op.sent.heartbeat, 8);
}

static void not_followed(struct fake *f, const char *last)
{
	agg.answers = ANSWER_SEQUENCE;
	agg.last = last;
	failing(f, "refused: old (-32013)");
	assert_int_equal(agg.n, 1);
	assert_int_equal(f->op.sent.heartbeat, 1);
}

static void test_a_last_below_our_own_is_not_followed(void **state)
{
	not_followed(*state, "0");
}

static void test_a_last_that_cannot_be_passed(void **state)
{
	not_followed(*state, "9223372036854775807");
}

static void test_sequences_end(void **state)
{
	struct fake *f = *state;

	f->op.sent.heartbeat = INT64_MAX;
	failing(f, "the last sequence there is, 9223372036854775807, is used");
	assert_int_equal(agg.n, 0);
	assert_int_equal(f->quotes, 0);
}

static void state_of(struct fake *f, const char *heartbeat, const char *part)
{
	CLEANUP(freep) char *path = xasprintf("%s/state.json", f->dir);
	CLEANUP(freep)
	char *text = xasprintf("{\"address\":\"%s\",\"chain_id\":31337,"
			       "\"transactions\":[],\"heartbeat\":%s}",
			       fmt_addr(&f->op.me).s, heartbeat);
	struct sent s;
	struct err e;

	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_err(sent_open(&s, path, 31337, &f->op.me, &e), &e, ERR_RANGE,
		   part);
}

static void test_a_state_that_counted_too_far(void **state)
{
	state_of(*state, "\"0xffffffffffffffff\"",
		 "heartbeat: 18446744073709551615, over 9223372036854775807");
	state_of(*state, "\"0x8000000000000000\"",
		 "heartbeat: 9223372036854775808, over 9223372036854775807");
	state_of(*state, "-1", "heartbeat");
}

static void test_a_last_that_is_no_number(void **state)
{
	not_followed(*state, "\"7\"");
}

static void test_status(void **state)
{
	agg.answers = ANSWER_503;
	failing(*state, "answered 503");
}

static void test_no_json(void **state)
{
	agg.answers = ANSWER_NO_JSON;
	failing(*state, "aggregator at http://127.0.0.1:");
}

static void test_empty_answer(void **state)
{
	agg.answers = ANSWER_EMPTY;
	failing(*state, "id");
}

static void test_answer_to_another(void **state)
{
	agg.answers = ANSWER_OTHER;
	failing(*state, "answered another heartbeat");
}

static void test_nobody_there(void **state)
{
	struct fake *f = *state;

	http_server_free(agg.server);
	agg.server = NULL;
	failing(f, "aggregator at http://127.0.0.1:");
}

/* In growing distances, and five in an interval; each is a new one. */
static void test_tries_are_bounded(void **state)
{
	struct fake *f = *state;

	agg.answers = ANSWER_REFUSED;
	run(f, mine_to_260);
	assert_int_equal(agg.n, 5);
	for (size_t i = 1; i < agg.n; i++) {
		uint64_t rested = agg.beats[i].block - agg.beats[i - 1].block;

		assert_int_equal(agg.beats[i].sequence, i + 1);
		assert_in_range(rested, (1u << (i - 1)) / 2 + 1, 1u << (i - 1));
	}
	assert_int_equal(f->op.metrics.heartbeat_failures, 5);
}

static void mend_at_202(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":202"))
		agg.answers = ANSWER_GOOD;
	mine_to_205(f, line);
}

static void test_recovers(void **state)
{
	struct fake *f = *state;

	agg.answers = ANSWER_503;
	run(f, mend_at_202);
	assert_int_equal(f->op.metrics.heartbeats, 1);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_UP);
}

/* What failed was owed on a branch that is gone; on this one nothing is. */
static void reorg_from_201(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":201")) {
		f->cfg.heartbeat_seconds = 60;
		f->height = 200;
		rpc_stub_head(f->stub, f->height);
	} else if (says(line, "\"handled\"") && agg.answers == ANSWER_503) {
		end();
	} else if (says(line, "\"handled\"")) {
		agg.answers = ANSWER_503;
		mine(f);
	}
}

static void test_a_reorg_takes_the_debt_away(void **state)
{
	struct fake *f = *state;

	f->cfg.heartbeat_seconds = 0;
	run(f, reorg_from_201);
	assert_int_equal(agg.n, 2);
	assert_true(fake_said(f, "\"silent\""));
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_UP);
}

/* The aggregator is away, and a challenge is answered all the same, first. */
static void challenge_at_201(struct fake *f, const char *line)
{
	if (says(line, "\"handled\",\"block\":200")) {
		mine(f);
		fake_challenge(f, 220);
	} else if (says(line, "\"handled\"") && f->answered_n) {
		end();
	}
}

static void test_challenges_first(void **state)
{
	struct fake *f = *state;
	const char *answered, *silent;

	agg.answers = ANSWER_503;
	f->cfg.heartbeat_seconds = 0;
	run(f, challenge_at_201);
	assert_int_equal(f->answered_n, 1);
	answered = strstr(buf_str(&f->out), "\"answered\"");
	silent = strstr(buf_str(&f->out), "\"handled\",\"block\":200");
	assert_true(answered && silent && silent < answered);
	silent = strstr(silent, "\"silent\"");
	assert_true(silent && answered < silent);
}

/* --- what it does wrong when told ---------------------------------------------- */

static void test_silent(void **state)
{
	struct fake *f = *state;

	f->op.behave.heartbeat = BEAT_SILENT;
	run(f, mine_to_205);
	assert_int_equal(agg.n, 0);
	assert_int_equal(f->op.metrics.services[SERVICE_DUTIES], SERVICE_UP);
}

static void test_forged(void **state)
{
	struct fake *f = *state;

	f->op.behave.heartbeat = BEAT_FORGED;
	run(f, end_when_handled);
	assert_false(addr_eq(&agg.signers[0], &f->op.me));
	assert_true(addr_eq(&agg.beats[0].operator, &f->op.me));
}

static void test_stale(void **state)
{
	struct fake *f = *state;

	f->op.behave.heartbeat = BEAT_STALE;
	f->cfg.heartbeat_seconds = 0;
	run(f, mine_to_205);
	assert_int_equal(agg.n, 6);
	assert_int_equal(agg.beats[5].block, 200);
	assert_int_equal(agg.beats[5].sequence, 6);
}

static void test_replayed(void **state)
{
	struct fake *f = *state;

	f->op.behave.heartbeat = BEAT_REPLAYED;
	f->cfg.heartbeat_seconds = 0;
	run(f, mine_to_205);
	assert_int_equal(agg.n, 6);
	assert_int_equal(agg.beats[5].sequence, 1);
	assert_int_equal(agg.beats[5].block, 205);
}

static void test_unbound(void **state)
{
	struct fake *f = *state;

	f->op.behave.heartbeat = BEAT_UNBOUND;
	run(f, end_when_handled);
	assert_int_equal(agg.n, 1);
	assert_false(agg.bound[0]);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_one_at_the_start),
	    TEST(test_one_in_an_interval),
	    TEST(test_none_without_an_aggregator),
	    TEST(test_none_of_who_is_in_no_set),
	    TEST(test_the_sequence_is_in_the_state),
	    TEST(test_tee_away),
	    TEST(test_no_tee),
	    TEST(test_refused),
	    TEST(test_a_lost_state_is_counted_on),
	    TEST(test_who_says_more_and_more_is_not_followed),
	    TEST(test_a_last_below_our_own_is_not_followed),
	    TEST(test_a_last_that_cannot_be_passed),
	    TEST(test_sequences_end),
	    TEST(test_a_state_that_counted_too_far),
	    TEST(test_a_last_that_is_no_number),
	    TEST(test_status),
	    TEST(test_no_json),
	    TEST(test_empty_answer),
	    TEST(test_answer_to_another),
	    TEST(test_nobody_there),
	    TEST(test_tries_are_bounded),
	    TEST(test_recovers),
	    TEST(test_a_reorg_takes_the_debt_away),
	    TEST(test_challenges_first),
	    TEST(test_silent),
	    TEST(test_forged),
	    TEST(test_stale),
	    TEST(test_replayed),
	    TEST(test_unbound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
