/*
 * A world that is up, driven by other commands: steps, faults, time, snapshots,
 * logs, a prompt; and what each says to what it does not understand.
 */
#include "test/kit.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cli/desk.h"
#include "cli/words.h"
#include "io/child.h"
#include "io/stream.h"
#include "test/farm_stub.h"

#include "base/base.h"

#define UP_MS 60000
#define UP "Ctrl-C ends it and leaves nothing"
#define UP_KEPT "Ctrl-C ends it and keeps its state"

struct state {
	struct farm *f;
	struct farm_run up;
};

static void start(struct state *s, const char *option)
{
	farm_start(s->f, &s->up, FARM_ARGS("up", "phala-devnet", option));
	farm_said(s->f, &s->up, option ? UP_KEPT : UP, UP_MS);
}

static void end(struct state *s)
{
	int status;

	kill(child_pid(s->up.child), SIGINT);
	status = farm_wait(s->f, &s->up, UP_MS);
	if (status)
		fail_msg("up ended with wait status 0x%x:\n%s",
			 (unsigned)status, buf_str(&s->up.out));
	farm_run_done(&s->up);
}

static int setup(void **state)
{
	struct state *s = xcalloc(1, sizeof(*s));

	s->f = farm_new();
	farm_in_real(s->f);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	farm_free(s->f);
	free(s);
	return 0;
}

/* A command's whole output; it must end with @code. */
static char *says(struct state *s, int code, const char *const *args)
{
	struct farm_run r;
	char *out;
	int status;

	farm_start(s->f, &r, args);
	status = farm_wait(s->f, &r, UP_MS);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		fail_msg("avsbed %s: wait status 0x%x, wanted exit code %d; "
			 "it said:\n%s",
			 args[0], (unsigned)status, code, buf_str(&r.out));
	out = xstrdup(buf_str(&r.out));
	farm_run_done(&r);
	return out;
}

static void expect(struct state *s, int code, const char *text,
		   const char *const *args)
{
	CLEANUP(freep) char *out = says(s, code, args);

	if (!strstr(out, text))
		fail_msg("avsbed %s: \"%s\" is not in what it said:\n%s",
			 args[0], text, out);
}

static void test_steps(void **state)
{
	struct state *s = *state;

	start(s, NULL);
	expect(s, 0, "slaOracle.SlaChallengeResponded(challengeId: 1",
	       FARM_ARGS("do", "challenge", "alice", "save: c"));
	/* What one command saved the next one knows. */
	expect(s, 0, "holds", FARM_ARGS("do", "check: $c.id == 1"));
	expect(s, 0, "$c.id = 2", FARM_ARGS("do", "challenge: bob", "save: c"));
	expect(s, 1, "challengeCounter",
	       FARM_ARGS("do", "check: slaOracle.challengeCounter() == 7"));
	expect(s, 64, "nearest: challenge", FARM_ARGS("do", "chalenge", "bob"));
	expect(s, 64, "there is no $nothing",
	       FARM_ARGS("do", "check: $nothing == 1"));
	expect(s, 2, "cannot be put back",
	       FARM_ARGS("do", "cases: [[n], [1]]\n"
			       "steps: [{check: '$n == 1'}]"));
	/* The world outlives all of that. */
	expect(s, 0, "alice     running  1000 PHA", FARM_ARGS("status"));
	end(s);
	farm_clean(s->f, 0);
}

/*
 * The table without its last column: an operator that is started again tells
 * the aggregator at once that it lives, and that is on no chain.
 */
static void drop_heartbeats(char *table)
{
	char *to = table;

	for (const char *at = table; *at;) {
		if (!strncmp(at, "     block(", 11))
			at += strcspn(at, "\n");
		else
			*to++ = *at++;
	}
	*to = 0;
}

static void test_time_and_faults(void **state)
{
	struct state *s = *state;
	CLEANUP(freep) char *before = NULL;
	CLEANUP(freep) char *after = NULL;

	start(s, NULL);
	expect(s, 0, "holds",
	       FARM_ARGS("do", "- let: {start: head}\n"
			       "- advance: 7 blocks\n"
			       "- check: head == $start + 7 blocks"));
	expect(s, 64, "blocks, a time", FARM_ARGS("advance", "10 PHA"));
	expect(s, 0, "alice: wrong-version",
	       FARM_ARGS("fault", "alice", "wrong-version"));
	expect(s, 0, "alice: mended", FARM_ARGS("fault", "alice"));
	expect(s, 64, "nonsense is no fault of a TEE",
	       FARM_ARGS("fault", "alice", "nonsense"));
	expect(s, 0, "", FARM_ARGS("snapshot", "save", "one"));
	before = says(s, 0, FARM_ARGS("status"));
	expect(s, 0, "SlaChallengeResponded",
	       FARM_ARGS("do", "challenge", "alice"));
	expect(s, 64, "nearest: one", FARM_ARGS("snapshot", "load", "onne"));
	expect(s, 0, "", FARM_ARGS("snapshot", "load", "one"));
	after = says(s, 0, FARM_ARGS("status"));
	drop_heartbeats(before);
	drop_heartbeats(after);
	assert_string_equal(before, after);
	/* What happened beside `do` is counted, and still known later. */
	assert_non_null(strstr(before, "alice     running  1000 PHA   0 vPHA"
				       "      true      0\n"));
	/* The operators found their state on the chain again. */
	expect(s, 0, "SlaChallengeResponded(challengeId: 1",
	       FARM_ARGS("do", "challenge", "alice"));
	end(s);
}

/* What is on the chain after going back is known, and nothing else. */
static void test_back(void **state)
{
	static const char once[] =
		"check: length(txs(alice)) == 1 and "
		"count(slaOracle.SlaChallengeResponded) == 1";
	struct state *s = *state;

	start(s, NULL);
	expect(s, 0, "challengeId: 1", FARM_ARGS("do", "challenge", "alice"));
	expect(s, 0, "holds", FARM_ARGS("do", once));
	expect(s, 0, "", FARM_ARGS("snapshot", "save", "one"));
	expect(s, 0, "challengeId: 2", FARM_ARGS("do", "challenge", "alice"));
	expect(s, 1, "", FARM_ARGS("do", once));
	expect(s, 0, "", FARM_ARGS("snapshot", "load", "one"));
	expect(s, 0, "holds", FARM_ARGS("do", once));
	expect(s, 0, "challengeId: 2", FARM_ARGS("do", "challenge", "alice"));
	expect(s, 0, "holds",
	       FARM_ARGS("do", "check: length(txs(alice)) == 2"));
	end(s);
}

static void test_logs_and_env(void **state)
{
	struct state *s = *state;
	CLEANUP(freep) char *alices = NULL;

	start(s, NULL);
	expect(s, 0, "SlaChallengeResponded",
	       FARM_ARGS("do", "challenge", "alice"));
	expect(s, 0, "export ETH_RPC_URL=http://127.0.0.1:", FARM_ARGS("env"));
	expect(s, 0, "answered", FARM_ARGS("logs"));
	alices = says(s, 0, FARM_ARGS("logs", "alice"));
	assert_non_null(strstr(alices, "answered"));
	assert_null(strstr(alices, "\nbob "));
	expect(s, 64, "carol has no process", FARM_ARGS("logs", "carol"));
	expect(s, 2, "the world phala-cloud is not up",
	       FARM_ARGS("env", "--world", "phala-cloud"));
	/* One of a name. */
	expect(s, 2, "phala-devnet is up already",
	       FARM_ARGS("up", "phala-devnet"));
	end(s);
	expect(s, 2, "no world is up here", FARM_ARGS("status"));
}

/* --- what no command of ours asks -------------------------------------------- */

struct asking {
	struct buf said;
	unsigned exits;
	bool left;
};

static void on_value(void *arg, const char *text, size_t len)
{
	struct asking *a = arg;

	(void)len;
	buf_addf(&a->said, "%s\n", text);
	a->exits += strstr(text, "\"exit\"") != NULL;
}

static void on_closed(void *arg, const struct err *why)
{
	struct asking *a = arg;

	(void)why;
	a->left = true;
}

static bool answered(void *arg)
{
	const struct asking *a = arg;

	return a->exits || a->left;
}

static char *desk_path(struct state *s)
{
	const char *known = getenv("TMPDIR");
	CLEANUP(freep) char *before = known ? xstrdup(known) : NULL;
	CLEANUP(json_decrefp) json_t *up = NULL;
	const char *path;

	setenv("TMPDIR", s->f->tmp, 1);
	up = desk_list(s->f->loop, s->f->real);
	if (before)
		setenv("TMPDIR", before, 1);
	else
		unsetenv("TMPDIR");
	path = json_string_value(json_object_get(up, "phala-devnet"));
	assert_non_null(path);
	return xstrdup(path);
}

/* Asks on a connection of its own; the whole answer must hold @want. */
static void asks(struct state *s, const char *desk, const char *question,
		 const char *want)
{
	struct asking a = { .said = BUF_INIT(1u << 20) };
	const struct stream_events ev = { .on_value = on_value,
					  .on_closed = on_closed,
					  .arg = &a };
	struct stream *c;
	struct err e = ERR_INIT;

	assert_ok(stream_connect(&c, s->f->loop, desk, &ev, &e), &e);
	stream_write(c, question, strlen(question));
	assert_ok(loop_run_until(s->f->loop, answered, &a, clock_ms() + UP_MS,
				 question, &e), &e);
	if (a.exits != 1 || !strstr(buf_str(&a.said), want))
		fail_msg("%s: wanted one answer with %s, not:\n%s", question,
			 want, buf_str(&a.said));
	stream_free(c);
	buf_done(&a.said);
}

#define SNAPSHOT(what, name)                                                   \
	"{\"ask\":\"snapshot\",\"what\":\"" what "\",\"name\":\"" name "\"}"

static void test_questions(void **state)
{
	static const char unknown[] = "does not know that question";
	static const char leaves[] =
		"{\"ask\":\"do\",\"text\":\"advance: 900 blocks\"}";
	static const struct stream_events none = { .on_value = NULL };
	struct state *s = *state;
	CLEANUP(freep) char *desk = NULL;
	struct stream *c;
	struct err e = ERR_INIT;

	start(s, NULL);
	desk = desk_path(s);
	asks(s, desk, "{\"ask\":\"weather\"}", unknown);
	asks(s, desk, "{\"ask\":7}", unknown);
	asks(s, desk, "{x}", "{\"exit\":64}");
	/* One connection, one question. */
	asks(s, desk, "{\"ask\":\"words\"}{\"ask\":\"weather\"}",
	     "challenge");
	for (int i = 0; i < 64; i++) {
		CLEANUP(freep) char *save = xasprintf(
			"{\"ask\":\"snapshot\",\"what\":\"save\",\"name\":"
			"\"at%d\"}", i);

		asks(s, desk, save, "{\"exit\":0}");
	}
	asks(s, desk, SNAPSHOT("save", "at64"),
	     "as many snapshots as can be kept");
	/* A name of them can be given another, which is then the last. */
	asks(s, desk, SNAPSHOT("save", "at3"), "{\"exit\":0}");
	asks(s, desk, SNAPSHOT("load", "at2"), "{\"exit\":0}");
	asks(s, desk, SNAPSHOT("load", "at3"),
	     "no snapshot at3 was saved; nearest: at");
	asks(s, desk, SNAPSHOT("load", "elsewhere"),
	     "no snapshot elsewhere was saved\\n");
	/* Who asks and leaves harms nobody. */
	assert_ok(stream_connect(&c, s->f->loop, desk, &none, &e), &e);
	stream_write(c, leaves, strlen(leaves));
	farm_sleep(s->f, 50);
	stream_free(c);
	expect(s, 0, "alice     running", FARM_ARGS("status"));
	end(s);
	farm_clean(s->f, 0);
}

static void test_follow(void **state)
{
	struct state *s = *state;
	CLEANUP(freep) char *file = farm_path(s->f, "steps.yaml");
	CLEANUP(freep) char *last = NULL;
	struct farm_run all, bobs;

	start(s, NULL);
	farm_start(s->f, &all, FARM_ARGS("logs", "--follow", "--lines", "1"));
	farm_start(s->f, &bobs, FARM_ARGS("logs", "bob", "--follow"));
	/* Who was told what is past is told what comes. */
	farm_said(s->f, &all, "{\"event\":\"", UP_MS);
	farm_said(s->f, &bobs, "bob        {\"event\":\"ready\"", UP_MS);
	farm_put(s->f, "steps.yaml",
		 "- challenge: alice\n- challenge: bob\n");
	expect(s, 0, "challengeId: 2", FARM_ARGS("do", "--file", file));
	farm_said(s->f, &all, "alice      {\"event\":\"answered\"", UP_MS);
	farm_said(s->f, &bobs, "\"event\":\"answered\"", UP_MS);
	assert_null(strstr(buf_str(&bobs.out), "alice   "));
	kill(child_pid(bobs.child), SIGINT);
	assert_int_equal(farm_wait(s->f, &bobs, UP_MS), 0);
	farm_run_done(&bobs);
	last = says(s, 0, FARM_ARGS("logs", "alice", "--lines", "1"));
	assert_string_equal(strchr(last, '\n'), "\n");
	free(last);
	last = says(s, 0, FARM_ARGS("logs", "--lines", "0"));
	assert_string_equal(last, "");
	expect(s, 0, "export AVS", FARM_ARGS("env", "alice"));
	expect(s, 64, "carol has no process", FARM_ARGS("env", "carol"));
	/* Who still follows when the world ends is told so. */
	end(s);
	assert_int_equal(WEXITSTATUS(farm_wait(s->f, &all, UP_MS)), 2);
	assert_non_null(strstr(buf_str(&all.out),
			       "the world ended before it had answered"));
	farm_run_done(&all);
}

#define ERIN "0x3561cD53bc987FA557d435515f4aB51008A7f65F"

static void test_fund(void **state)
{
	struct state *s = *state;
	CLEANUP(freep) char *env = NULL;

	start(s, NULL);
	/* keccak256("avsbed devnet key: erin"), by cast. */
	expect(s, 0,
	       "export KEY_erin=0x21c7808ade336d3b7cca3c7975aa67d61ff382aba398"
	       "3ebb7ae2c2605ee59f1f\n",
	       FARM_ARGS("fund", "erin", "7 PHA", "5 vPHA"));
	expect(s, 0, "holds",
	       FARM_ARGS("do", "check: PHA.balanceOf(0x3561cD53bc987FA557d4355"
			       "15f4aB51008A7f65F) == 7 PHA"));
	/* She sends, and is in the ledger, as the world's own do. */
	expect(s, 0, "PHA.Transfer(from: erin, to: carol",
	       FARM_ARGS("do", "send: PHA.transfer(carol, 2 PHA)", "as: erin",
			 "changes: {erin.balance.PHA: -2 PHA, "
			 "carol.balance.PHA: +2 PHA}"));
	expect(s, 0, "holds",
	       FARM_ARGS("do", "check: erin.balance.PHA == 5 PHA"));
	expect(s, 64, "nearest: erin",
	       FARM_ARGS("do", "check: erim.balance.PHA == 5 PHA"));
	expect(s, 0, "export ADDR_carol=0x", FARM_ARGS("fund", "carol"));
	expect(s, 64, "`FOO` is no token", FARM_ARGS("fund", "erin", "1 FOO"));
	expect(s, 64, "`FOO` is no token", FARM_ARGS("fund", "erin", "1", "FOO"));
	expect(s, 64, "its tokens: PHA", FARM_ARGS("fund", "erin", "1 FOO"));
	expect(s, 2, "phala/respond.yaml:5:22",
	       FARM_ARGS("do", "respond: {id: 99, operator: carol}"));
	expect(s, 2, "carol has no tee; it has: balance,",
	       FARM_ARGS("do", "respond: {id: 99, operator: carol}"));
	expect(s, 64, "there is no verb `explain`", FARM_ARGS("do", "explain"));
	expect(s, 64, "challenge wants a struct", FARM_ARGS("do", "respond"));
	expect(s, 64, "letters, digits and _", FARM_ARGS("fund", "er in"));
	expect(s, 64, "where 40 are wanted", FARM_ARGS("fund", "0x12"));
	expect(s, 64, "a name, or an address", FARM_ARGS("fund"));
	env = says(s, 0, FARM_ARGS("env"));
	assert_non_null(strstr(env, "export ADDR_erin=" ERIN));
	assert_non_null(strstr(env, "export AVS_METRICS_URL_dora=http://127."));
	assert_non_null(strstr(env, "export KEY_issuer=0x"));
	assert_null(strstr(env, "KEY_slaOracle"));
	expect(s, 0, "\"node\":\"http://127.0.0.1:",
	       FARM_ARGS("env", "--json"));
	end(s);
}

static void test_shell(void **state)
{
	struct state *s = *state;
	CLEANUP(freep) char *lines = farm_path(s->f, "lines");
	CLEANUP(freep) char *out = NULL;

	farm_put(s->f, "lines",
		 "challenge alice; save: c\n"
		 "= $c.id + 41\n"
		 "check: $c.id == \\\n"
		 "  1\n"
		 "status\n"
		 "fault alice wrong-version\n"
		 "fault alice\n"
		 "fund zoe 3 PHA\n"
		 "nonsense\n");
	start(s, NULL);
	out = says(s, 64, FARM_ARGS("shell", "--file", lines));
	assert_non_null(strstr(out, "$value = 42"));
	assert_non_null(strstr(out, "alice: wrong-version\nalice: mended\n"
				    "export ADDR_zoe=0x"));
	end(s);
}

/* An operator that crashes is no end of the world that it is developed in. */
static void test_crash(void **state)
{
	struct state *s = *state;

	start(s, NULL);
	kill(farm_process(s->f, "avs-operator"), SIGSEGV);
	farm_said(s->f, &s->up, "ended untold: killed by SIGSEGV", UP_MS);
	expect(s, 0, "     stopped  ", FARM_ARGS("status"));
	expect(s, 0, "ended untold: killed by SIGSEGV",
	       FARM_ARGS("logs"));
	end(s);
}

static void test_persist(void **state)
{
	struct state *s = *state;

	start(s, "--persist");
	expect(s, 0, "challengeId: 1", FARM_ARGS("do", "challenge", "alice"));
	expect(s, 0, "alice: stop", FARM_ARGS("do", "stop", "alice"));
	expect(s, 0, "challengeId: 2", FARM_ARGS("do", "challenge", "alice"));
	expect(s, 0, "alice     stopped  1000 PHA   0 vPHA      true      1",
	       FARM_ARGS("status"));
	expect(s, 0, "DistributionRootSubmitted",
	       FARM_ARGS("do", "publish rewards", "[[alice, PHA, 10 PHA]]",
			 "end: now - 1 second"));
	expect(s, 0, "export ADDR_erin=" ERIN, FARM_ARGS("fund", "erin", "5 PHA"));
	end(s);
	/* Her open challenge is found in the blocks that were, and answered. */
	start(s, "--persist");
	expect(s, 0, "alice     running  1000 PHA   0 vPHA      true      0",
	       FARM_ARGS("status"));
	expect(s, 0, "\"event\":\"answered\",\"id\":\"2\"",
	       FARM_ARGS("logs", "alice"));
	expect(s, 0, "challengeId: 3", FARM_ARGS("do", "challenge", "alice"));
	expect(s, 0, "export KEY_erin=", FARM_ARGS("env"));
	expect(s, 0, "5000000000000000000",
	       FARM_ARGS("do", "call", "PHA.balanceOf(erin)",
			 "returns: 5 PHA"));
	end(s);
	start(s, NULL);
	expect(s, 0, "challengeId: 1", FARM_ARGS("do", "challenge", "alice"));
	end(s);
}

static void test_words(void **state)
{
	static const struct {
		const char *words[6], *text;
	} cases[] = {
		{ { "challenge", "alice", "save: c" },
		  "challenge: alice\nsave: c\n" },
		{ { "advance", "10", "blocks" }, "advance: 10 blocks\n" },
		{ { "slash" }, "slash: ''\n" },
		{ { "slash", "wad: 5%" }, "slash: ''\nwad: 5%\n" },
		{ { "send", "o.f(alice, 0x)", "as: carol" },
		  "send: o.f(alice, 0x)\nas: carol\n" },
		{ { "publish earnings", "[$a]", "end: 5" },
		  "publish earnings: [$a]\nend: 5\n" },
		{ { "publish earnings: [$a]", "end: 5" },
		  "publish earnings: [$a]\nend: 5\n" },
		{ { "- let: {x: 1}\n- check: $x == 1" },
		  "- let: {x: 1}\n- check: $x == 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *text = words_steps(cases[i].words);

		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_steps),	      T(test_time_and_faults),
		T(test_back),
		T(test_logs_and_env), T(test_fund),
		T(test_questions),    T(test_follow),
		T(test_shell),	      T(test_crash),
		T(test_persist),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
