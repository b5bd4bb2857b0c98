/*
 * `avsbed run` as a process: which scenarios it plays, how, and what it says.
 */
#include "test/kit.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/hex.h"
#include "codec/json.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000
#define SUITE_MS 300000
#define SOON_MS 60000
#define JOURNAL_MAX (64u << 20)

#define WORLD                                                                  \
	"why: a run of it is looked at\n"                                     \
	"world: phala-cloud\n"                                                 \
	"operators:\n"                                                         \
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"

static const char PASSES[] = "scenario: It passes\n" WORLD
			     "tags: [quick]\n"
			     "steps:\n"
			     "  - check: head > 0\n";
static const char FAILS[] = "scenario: It fails\n" WORLD
			    "steps:\n"
			    "  - check: head == 0\n";
static const char SKIPPED[] = "scenario: It needs what is not there\n" WORLD
			      "needs: head == 0\n"
			      "steps:\n"
			      "  - check: head > 0\n";
static const char WAITS[] = "scenario: It waits for what never comes\n" WORLD
			    "steps:\n"
			    "  - pause: alice\n"
			    "  - check: head == 0\n"
			    "    within: 600 seconds\n";

static int warm(void **state)
{
	(void)state;
	farm_warm(PASSES);
	return 0;
}

/* --- which ------------------------------------------------------------------ */

static void test_which(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);

	farm_put(*state, "own/a.yaml", PASSES);
	farm_put(*state, "own/b.yaml", FAILS);
	farm_put(*state, "own/c.yaml", SKIPPED);
	farm_fails(*state, FARM_ARGS("run", dir), 1,
		   "1 passed, 1 failed, 1 skipped", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--tag", "quick"), 0,
		   "1 passed, 0 failed", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--filter", "c"), 77,
		   "skipped, not passed: needs head == 0", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--filter", "none"), 64,
		   "none of 3 scenarios has in its id or title none",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--list", "--filter", "it f"),
		   0, "It fails", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--plan"), 0,
		   "3 scenarios, 1 world, 1 cast in turn", QUICK_MS);
}

/* A line is the scenario's own: in line 9 of its file stands the verb's step,
 * too. */
static void test_fails_in_a_line(void **state)
{
	static const char in_a_verb[] =
		"scenario: It fails inside a verb\n"
		"why: its line is the verb's\n"
		"world: core\n"
		"fails: {line: 9}\n"
		"operators:\n"
		"  alice: {stake: 9 TOK, process: off}\n"
		"steps:\n"
		"  - check: head > 0\n"
		"  - check: head > 1\n"
		"  - slash: alice\n"
		"    set: test#0\n"
		"    token: TOK\n"
		"    wad: 10%\n"
		"    check: head > 0\n";
	CLEANUP(freep) char *dir = farm_own(*state);

	farm_put(*state, "own/slips.yaml", in_a_verb);
	farm_fails(*state, FARM_ARGS("run", dir), 1,
		   "it failed, but not where and how it should", QUICK_MS);
}

/* Needs are of the whole, and asked before its first step: who goes on from the
 * end of a beginning whose needs held has them, too. */
static void test_needs_of_a_beginning(void **state)
{
	static const char begins[] = "scenario: It gives once\n"
				     "world: core\n"
				     "operators: {alice: {process: off}}\n"
				     "needs: alice.balance.TOK == 0 TOK\n"
				     "steps:\n"
				     "  - grant: alice\n"
				     "    amount: 1 TOK\n"
				     "    check: alice.balance.TOK == 1 TOK\n";
	static const char never[] = "scenario: It never begins\n"
				    "world: core\n"
				    "needs: [head > 0, head == 0]\n"
				    "steps:\n"
				    "  - check: head > 0\n";
	CLEANUP(freep) char *dir = farm_own(*state);

	farm_put(*state, "own/begins.yaml", begins);
	farm_put(*state, "own/never.yaml", never);
	farm_put(*state, "own/a.yaml",
		 "scenario: It goes on\nfrom: begins\nsteps:\n"
		 "  - check: alice.balance.TOK == 1 TOK\n");
	farm_put(*state, "own/b.yaml",
		 "scenario: It goes on, too\nfrom: begins\nsteps:\n"
		 "  - check: count(TOK.Transfer) == 1\n");
	farm_put(*state, "own/c.yaml",
		 "scenario: It goes on from nothing\nfrom: never\nsteps:\n"
		 "  - check: head == 0\n");
	farm_fails(*state, FARM_ARGS("run", dir, "--jobs", "1"), 0,
		   "3 passed, 0 failed, 2 skipped", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--filter", "from nothing"), 77,
		   "skipped, not passed: needs head == 0", QUICK_MS);
}

static void test_fail_fast(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);

	farm_put(*state, "own/a.yaml", PASSES);
	farm_put(*state, "own/b.yaml", FAILS);
	farm_put(*state, "own/c.yaml", WAITS);
	farm_fails(*state, FARM_ARGS("run", dir, "--fail-fast", "--jobs", "1"),
		   1, "scenarios: 1 passed, 1 failed, 1 not played in", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--fail-fast", "--jobs", "3"),
		   1, "scenarios: 1 passed, 1 failed, 1 not played in", QUICK_MS);
}

/* Calls by name below the transaction, and what the operator asked. */
static void test_trace(void **state)
{
	static const char joins[] = "scenario: It joins\n" WORLD
				    "steps:\n"
				    "  - register: alice\n"
				    "  - check: head > 0\n";
	CLEANUP(freep) char *dir = farm_own(*state);

	farm_put(*state, "own/a.yaml", joins);
	farm_fails(*state, FARM_ARGS("run", dir, "--trace"), 0,
		   "  → PhalaServiceManager.registerOperator(operator: alice",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--trace", "--jobs", "1"), 0,
		   "alice asks eth_call PhalaServiceManager.", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--trace"), 0,
		   "✗ CollateralRegistry.", QUICK_MS);
}

static void test_timeout(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);

	farm_put(*state, "own/a.yaml", WAITS);
	farm_fails(*state, FARM_ARGS("run", dir, "--timeout", "2"), 1,
		   "the scenario's 2 s (--timeout) passed while waiting for "
		   "what the step expects",
		   QUICK_MS);
	farm_put(*state, "own/b.yaml", PASSES);
	farm_fails(*state, FARM_ARGS("run", dir, "--timeout", "2"), 1,
		   "1 passed, 1 failed in", QUICK_MS);
}

/* A blind one is named with its line, one that notices is not. */
static void test_audit(void **state)
{
	static const char blind[] = "scenario: It looks elsewhere\n" WORLD
				    "steps:\n"
				    "  - register: alice\n"
				    "  - advance: 1 blocks\n"
				    "  - check: head > 0\n"
				    "  - check: head > 1\n"
				    "    when: head == 0\n";
	static const char sharp[] = "scenario: It looks\n" WORLD
				    "steps:\n"
				    "  - let: {start: head}\n"
				    "  - advance: 1 blocks\n"
				    "  - check: head == $start + 1 blocks\n"
				    "  - pause: alice\n"
				    "    changes: {}\n";
	CLEANUP(freep) char *dir = farm_own(*state);
	struct farm_run r;
	int status;

	farm_put(*state, "own/blind.yaml", blind);
	farm_put(*state, "own/fails.yaml", FAILS);
	farm_put(*state, "own/sharp.yaml", sharp);
	farm_start(*state, &r, FARM_ARGS("run", dir, "--audit"));
	status = farm_wait(*state, &r, QUICK_MS);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(buf_str(&r.out), "blind.yaml:7  register: "
						"without it, everything holds "
						"as well"));
	assert_non_null(strstr(buf_str(&r.out), "blind.yaml:8  advance: "));
	assert_non_null(strstr(buf_str(&r.out),
			       "blind.yaml:10  check: no play comes here"));
	assert_non_null(strstr(buf_str(&r.out),
			       "2 scenarios, 3 acts dropped, 2 of them "
			       "unnoticed; 3 expectations negated, 0 of them "
			       "unnoticed; 1 steps that no play reaches; 1 "
			       "scenarios not audited"));
	assert_null(strstr(buf_str(&r.out), "sharp.yaml:"));
	farm_run_done(&r);
	farm_clean(*state, 0);
	farm_fails(*state, FARM_ARGS("run", dir, "--audit", "--filter",
				     "sharp"),
		   0, "notices", QUICK_MS);
}

static void test_pause(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	struct farm_run r;
	int status;

	/* The input of a farm's run is /dev/null. */
	farm_put(*state, "own/fails.yaml", FAILS);
	farm_put(*state, "own/passes.yaml", PASSES);
	farm_start(*state, &r, FARM_ARGS("run", dir, "--pause-on-failure"));
	status = farm_wait(*state, &r, QUICK_MS);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(buf_str(&r.out),
			       "fails.yaml:7: it does not hold: head == 0\n"
			       "export ETH_RPC_URL=http://127.0.0.1:"));
	assert_non_null(strstr(buf_str(&r.out),
			       "# nobody can press Enter here: it goes on"));
	assert_null(strstr(buf_str(&r.out), "paused: passes"));
	farm_run_done(&r);
	farm_clean(*state, 0);
	farm_fails(*state, FARM_ARGS("run", dir, "--keep"), 1,
		   "it is at its end\nexport ETH_RPC_URL=", QUICK_MS);
}

/* Lines 7 to 25, of which a failure shows 15. */
static void test_long_step(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	struct buf b = BUF_INIT(4096);

	buf_adds(&b, "scenario: It is long\n" WORLD "steps:\n  - check:\n");
	for (int i = 0; i < 18; i++)
		buf_adds(&b, "      - head == 0\n");
	farm_put(*state, "own/long.yaml", buf_str(&b));
	farm_fails(*state, FARM_ARGS("run", dir), 1,
		   "        21 |       - head == 0\n"
		   "        22 | …\n      check\n", QUICK_MS);
	buf_done(&b);
}

/* --- workers ------------------------------------------------------------------ */

/* A journal without what the clock says; free(). */
static char *timeless(struct farm *f, const char *name)
{
	CLEANUP(freep) char *path = farm_path(f, name);
	struct buf in = BUF_INIT(JOURNAL_MAX), out = BUF_INIT(JOURNAL_MAX);
	char *at, *line;
	struct err e;

	assert_ok(buf_read_file(&in, path, &e), &e);
	for (at = (char *)in.data; (line = strsep(&at, "\n")) && *line;) {
		CLEANUP(json_decrefp) json_t *j = NULL;
		CLEANUP(freep) char *text = NULL;

		assert_ok(json_parse(&j, line, strlen(line), path, &e), &e);
		json_object_del(j, "t");
		json_object_del(j, "ms");
		text = json_text(j);
		buf_addf(&out, "%s\n", text);
	}
	buf_done(&in);
	return buf_take(&out);
}

static void assert_same_lines(const char *a, const char *b)
{
	size_t same = 0, line = 0;

	for (; a[same] && a[same] == b[same]; same++)
		if (a[same] == '\n')
			line = same + 1;
	if (a[same] != b[same])
		fail_msg("the journals differ first in\n%.*s\n%.*s",
			 (int)strcspn(a + line, "\n"), a + line,
			 (int)strcspn(b + line, "\n"), b + line);
}

static void run_suite(struct farm *f, const char *jobs, const char *journal)
{
	CLEANUP(freep) char *suite = xasprintf("%s/scenarios", f->real);
	CLEANUP(freep) char *fails = farm_path(f, "fails.yaml");
	CLEANUP(freep) char *path = farm_path(f, journal);

	farm_fails(f,
		   FARM_ARGS("run", suite, fails, "--jobs", jobs, "--journal", path,
			     "--seed", "7"),
		   1, " 1 failed in", SUITE_MS);
}

/* The whole suite of the checkout, and a failure with all that explains it. */
static void test_same_journal(void **state)
{
	CLEANUP(freep) char *one = NULL, *four = NULL;

	farm_put(*state, "fails.yaml", FAILS);
	run_suite(*state, "1", "one.jsonl");
	run_suite(*state, "4", "four.jsonl");
	one = timeless(*state, "one.jsonl");
	four = timeless(*state, "four.jsonl");
	assert_non_null(strstr(one, "\"verdict\":\"fail\""));
	assert_non_null(strstr(one, "\"scn\":\"sla/challenge-missed-slashed"));
	assert_same_lines(one, four);
}

/* --- a beginning that is shared ------------------------------------------------ */

#define SENDS                                                                  \
	"  - each: {i: 1..80}\n"                                               \
	"    steps:\n"                                                         \
	"      - send: TOK.approve(mallory, $i)\n"                             \
	"        as: carol\n"                                                  \
	"        emits: [TOK.Approval]\n"
/* By an order that the seed draws. */
#define RACE(last)                                                             \
	"  - together:\n"                                                      \
	"      - send: TOK.approve(carol, 1)\n"                                \
	"        as: mallory\n"                                                \
	"      - send: TOK.approve(mallory, 2)\n"                              \
	"        as: carol\n"                                                  \
	"    check: count(Approval) > 80\n"                                    \
	"  - send: TOK.approve(mallory, 3)\n"                                  \
	"    as: carol\n"                                                      \
	"    save: " last "\n"                                                 \
	"    check: before(TOK.allowance(carol, mallory)) == 2\n"

struct tree_file {
	const char *name, *text;
};

static const struct tree_file tree[] = {
	{ "a", "scenario: The beginning of all\nworld: core\n"
	       "roles: [carol, mallory]\nsteps:\n" SENDS RACE("last") },
	{ "b", "scenario: Goes on, and is gone on from\nfrom: a\n"
	       "steps:\n" RACE("more") },
	{ "c", "scenario: Rows\nfrom: a\ncases: {x: [1, 2, 3]}\nsteps:\n"
	       "  - send: TOK.approve(carol, $x)\n"
	       "    as: mallory\n"
	       "    check:\n"
	       "      - count(Approval) == 84\n"
	       "      - txs(carol).0.block < $last.block\n" },
	{ "d", "scenario: Fails\nfrom: a\nsteps:\n"
	       "  - advance: 1000 blocks\n"
	       "  - check: head < $last.block\n" },
	{ "e", "scenario: Stands on more\nfrom: a\nroles: [dora]\nsteps:\n"
	       "  - check: dora.balance.TOK == 0\n" },
	{ "f", "scenario: Is the last\nfrom: a\nsteps:\n"
	       "  - send: TOK.approve(carol, 9)\n"
	       "    as: mallory\n"
	       "    changes: {}\n"
	       "    save: s\n"
	       "    check: $s.block == $last.block + 1\n" },
};

/* One scenario's lines, without the names of rows. */
static char *lines_of(const char *journal, const char *id)
{
	CLEANUP(freep) char *alone = xasprintf("\"scn\":\"%s\"", id);
	CLEANUP(freep) char *row = xasprintf("\"scn\":\"%s[", id);
	CLEANUP(freep) char *copy = xstrdup(journal);
	struct buf out = BUF_INIT(JOURNAL_MAX);
	char *at = copy, *line;

	while ((line = strsep(&at, "\n")))
		if (strstr(line, alone) || strstr(line, row))
			buf_addf(&out, "%s\n", line);
	assert_true(out.len > 0);
	return buf_take(&out);
}

static char *play_tree(struct farm *f, const char *what, const char *jobs,
		       const char *more, const char *journal)
{
	CLEANUP(freep) char *path = farm_path(f, what);
	CLEANUP(freep) char *to = farm_path(f, journal);
	struct farm_run r;

	farm_start(f, &r,
		   FARM_ARGS("run", path, "--seed", "7", "--jobs", jobs,
			     "--journal", to, more));
	(void)farm_wait(f, &r, QUICK_MS);
	farm_run_done(&r);
	return timeless(f, journal);
}

static uint64_t ms_of(struct farm *f, const char *journal, const char *what)
{
	CLEANUP(freep) char *path = farm_path(f, journal);
	struct buf in = BUF_INIT(JOURNAL_MAX);
	uint64_t least = UINT64_MAX;
	char *at, *line;
	struct err e;

	assert_ok(buf_read_file(&in, path, &e), &e);
	for (at = (char *)in.data; (line = strsep(&at, "\n")) && *line;) {
		CLEANUP(json_decrefp) json_t *j = NULL;
		uint64_t ms;

		if (!strstr(line, what))
			continue;
		assert_ok(json_parse(&j, line, strlen(line), path, &e), &e);
		assert_ok(json_u64_at(&ms, j, "ms", &e), &e);
		least = ms < least ? ms : least;
	}
	buf_done(&in);
	return least;
}

/* Whoever plays a beginning, the journal is as if each had played its own. */
static void test_shared_beginning(void **state)
{
	static const char *const went_on[] = { "c[1]", "c[2]", "c[3]", "f" };
	CLEANUP(freep) char *dir = farm_own(*state), *whole = NULL, *four = NULL;
	CLEANUP(freep) char *mixed = NULL;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_LEN(tree); i++) {
		CLEANUP(freep) char *path = xasprintf("own/%s.yaml",
						      tree[i].name);

		farm_put(*state, path, tree[i].text);
	}
	farm_fails(*state, FARM_ARGS("run", dir, "--plan"), 0,
		   "    a\n"
		   "      b (goes on from a)\n"
		   "      c[1] (goes on from a)\n"
		   "      c[2] (goes on from a)\n"
		   "      c[3] (goes on from a)\n"
		   "      d (goes on from a)\n"
		   "      f (goes on from a)\n", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--plan"), 0,
		   "    e (plays a again: its world is another)\n", QUICK_MS);
	whole = play_tree(*state, "own", "1", NULL, "whole.jsonl");
	four = play_tree(*state, "own", "4", NULL, "four.jsonl");
	mixed = play_tree(*state, "own", "1", "--shuffle", "mixed.jsonl");
	assert_non_null(strstr(whole, "\"passed\":7,\"failed\":1"));
	assert_same_lines(whole, four);
	for (size_t i = 0; i < ARRAY_LEN(tree); i++) {
		CLEANUP(freep) char *file = xasprintf("own/%s.yaml",
						      tree[i].name);
		CLEANUP(freep) char *alone = play_tree(*state, file, "1", NULL,
						       "alone.jsonl");
		CLEANUP(freep) char *its = lines_of(alone, tree[i].name);
		CLEANUP(freep) char *here = lines_of(whole, tree[i].name);

		assert_same_lines(here, its);
	}
	for (size_t i = 0; i < ARRAY_LEN(tree); i++) {
		CLEANUP(freep) char *there = NULL, *here = NULL;

		if (*tree[i].name == 'c')
			continue; /* its rows are in another order */
		there = lines_of(mixed, tree[i].name);
		here = lines_of(whole, tree[i].name);
		assert_same_lines(here, there);
	}
	/* And it was played once: of those who went on from it the quickest, on
	 * however busy a machine, had no time for it. */
	for (size_t i = 0; i < ARRAY_LEN(went_on); i++) {
		CLEANUP(freep) char *end = xasprintf(
			"\"scn\":\"%s\",\"verdict\":\"pass\"", went_on[i]);
		uint64_t ms = ms_of(*state, "whole.jsonl", end);

		least = ms < least ? ms : least;
	}
	assert_in_range(least, 0,
			ms_of(*state, "whole.jsonl", "\"text\":\"each\"") /
				2);
}

static const char UNREADABLE[] =
	"invariant: There is an eighth root\n"
	"each: {actor: every actor}\n"
	"check:\n"
	"  - $actor.balance.TOK < 1 TOK\n"
	"  - rewardsCoordinator.getDistributionRootAtIndex(7).activatedAt == 0\n";

/* What is asked together with others reverts as it would alone. */
static void test_invariant_reverts(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	/* The author's step, and what it is in the invariant. */
	CLEANUP(freep)
	char *told = xasprintf(
		"%s/a.yaml:6:5\n"
		"         6 |   - advance: 1 block\n"
		"      inside %s/invariants/unreadable.yaml:5:5\n"
		"         5 |   - rewardsCoordinator."
		"getDistributionRootAtIndex(7).activatedAt == 0\n"
		"      rewardsCoordinator.getDistributionRootAtIndex "
		"reverted: Panic(0x32)",
		dir, dir);

	farm_put(*state, "own/invariants/unreadable.yaml", UNREADABLE);
	farm_put(*state, "own/a.yaml",
		 "scenario: An invariant cannot be evaluated\n"
		 "why: a view of its reverts\n"
		 "world: core\n"
		 "invariants: [unreadable]\n"
		 "steps:\n"
		 "  - advance: 1 block\n"
		 "  - check: head > 0\n");
	farm_fails(*state, FARM_ARGS("run", dir), 2, told, QUICK_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, farm_setup, farm_teardown)
		T(test_which),
		T(test_fails_in_a_line),
		T(test_needs_of_a_beginning),
		T(test_fail_fast),
		T(test_trace),
		T(test_timeout),
		T(test_audit),
		T(test_pause),
		T(test_long_step),
		T(test_same_journal),
		T(test_shared_beginning),
		T(test_invariant_reverts),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
