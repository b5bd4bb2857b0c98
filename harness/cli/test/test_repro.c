/*
 * `avsbed repro`: it comes to the step that failed, in the row that failed, and
 * stops before it; what names no step is told what there is.
 */
#include "test/kit.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "cli/target.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000

#define WORLD                                                                  \
	"why: a run of it is looked at\n"                                     \
	"world: phala-cloud\n"                                                 \
	"operators:\n"                                                         \
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"

static const char PASSES[] = "scenario: It passes\n" WORLD
			     "steps:\n"
			     "  - check: head > 0\n";

/* Its second round of the second row fails; processes run. */
static const char ROWS[] = "scenario: One row fails\n" WORLD
			   "steps:\n"
			   "  - let: {start: head}\n"
			   "  - cases:\n"
			   "      - [n]\n"
			   "      - [1 blocks]\n"
			   "      - [6 blocks]\n"
			   "    steps:\n"
			   "      - each: {i: 1..2}\n"
			   "        steps:\n"
			   "          - advance: $n\n"
			   "          - check: head < $start + 10 blocks\n";

/* Behind the rows: what they named is known there, so they are played first. */
static const char BEHIND[] = "scenario: It fails behind the rows\n" WORLD
			     "steps:\n"
			     "  - cases:\n"
			     "      - [case, n]\n"
			     "      - [few, 1 blocks]\n"
			     "      - [many, 6 blocks]\n"
			     "    steps:\n"
			     "      - advance: $n\n"
			     "      - let: {at: head}\n"
			     "    save: c\n"
			     "    check: head >= before(head) + 1 blocks\n"
			     "  - check: $c.many.at == $c.few.at + 6 blocks\n";

static int warm(void **state)
{
	(void)state;
	farm_warm(PASSES);
	return 0;
}

/* Each time has its seed, which its line, its failure and `again:` say. */
static void test_repetition(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *run = farm_path(*state, "run");
	CLEANUP(freep) char *first = xasprintf("%s:rows", run);

	farm_put(*state, "own/rows.yaml", ROWS);
	farm_fails(*state,
		   FARM_ARGS("run", dir, "--reports", run, "--repeat", "3",
			     "--seed", "7", "--jobs", "2"),
		   1, "/run:rows:2.1.2 --seed 8\n", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", first, "--seed", "9"), 1,
		   "rows with seed 9, up to step 2.1.2", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", first), 1,
		   "rows with seed 7, up to step 2.1.2", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", first, "--seed", "3"), 64,
		   "this run did not play rows by seed 3", QUICK_MS);
}

/* Without options it is the step that failed, and the round in which it did:
 * three lines of the same number passed before. */
static void test_row(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *run = farm_path(*state, "run");
	CLEANUP(freep) char *named = xasprintf("%s:rows:2.1.1", run);
	const char *passed;
	struct farm_run r;
	int status;

	farm_put(*state, "own/rows.yaml", ROWS);
	farm_put(*state, "own/passes.yaml", PASSES);
	farm_fails(*state, FARM_ARGS("run", dir, "--reports", run), 1,
		   "/run:rows:2.1.2\n", QUICK_MS);

	farm_start(*state, &r, FARM_ARGS("repro", run));
	status = farm_wait(*state, &r, QUICK_MS);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(buf_str(&r.out), "rows.yaml:16: before step "
						"2.1.2: check"));
	assert_non_null(strstr(buf_str(&r.out), "export ETH_RPC_URL="));
	assert_non_null(strstr(buf_str(&r.out), "0 passed, 1 failed"));
	/* Its first round came before. */
	passed = strstr(buf_str(&r.out), "rows.yaml:16  check\n");
	assert_non_null(passed);
	assert_true(passed < strstr(buf_str(&r.out), "# paused"));
	farm_run_done(&r);

	/* A step that passed is the first of its number, in the row that failed. */
	farm_fails(*state, FARM_ARGS("repro", named), 1,
		   "rows.yaml:15: before step 2.1.1: advance", QUICK_MS);
}

static void test_behind_rows(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *run = farm_path(*state, "run");
	struct farm_run r;
	int status;

	farm_put(*state, "own/behind.yaml", BEHIND);
	farm_fails(*state, FARM_ARGS("run", dir, "--reports", run), 1,
		   "/run:behind:2\n", QUICK_MS);
	farm_start(*state, &r, FARM_ARGS("repro", run));
	status = farm_wait(*state, &r, QUICK_MS);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(buf_str(&r.out), "behind.yaml:16: before step "
						"2: check"));
	/* It fails by what the rows gave, not for want of it. */
	assert_non_null(strstr(buf_str(&r.out), "0 passed, 1 failed in "));
	assert_null(strstr(strstr(buf_str(&r.out), "# paused") + 1,
			   "# paused"));
	farm_run_done(&r);
}

/* With another's program it comes to the same step by the same program. */
static void test_operator(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *run = farm_path(*state, "run");

	farm_put(*state, "own/rows.yaml", ROWS);
	farm_fails(*state,
		   FARM_ARGS("run", dir, "--reports", run, "--operator",
			     "build/bin/avs-operator"),
		   1, "1 failed", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", run), 1,
		   "rows with seed 1 and build/bin/avs-operator, up to step",
		   QUICK_MS);
}

static void test_slips(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *run = farm_path(*state, "run");
	CLEANUP(freep) char *near = xasprintf("%s:row", run);
	CLEANUP(freep) char *far = xasprintf("%s:rows:7", run);
	CLEANUP(freep) char *passed = xasprintf("%s:passes", run);
	CLEANUP(freep) char *rows = NULL;
	char *gone;

	farm_put(*state, "own/rows.yaml", ROWS);
	farm_put(*state, "own/passes.yaml", PASSES);
	farm_fails(*state, FARM_ARGS("run", dir, "--reports", run), 1,
		   "1 passed, 1 failed", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro"), 64, "RUN:SCENARIO:STEP",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", "/nowhere:x"), 64,
		   "cannot open the journal /nowhere", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", near), 64,
		   "no scenario row; nearest: rows", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", far), 64,
		   "no step 7 was played in rows", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", passed), 0,
		   "paused: passes", QUICK_MS);
	/* The row that failed is not there any more. */
	rows = xstrdup(ROWS);
	gone = strstr(rows, "      - [6 blocks]\n");
	assert_non_null(gone);
	memmove(gone, gone + strlen("      - [6 blocks]\n"),
		strlen(gone + strlen("      - [6 blocks]\n")) + 1);
	farm_put(*state, "own/rows.yaml", rows);
	farm_fails(*state, FARM_ARGS("repro", run), 1,
		   "there is no row 2 any more, only 1 of them", QUICK_MS);
	farm_remove(*state, "own/rows.yaml");
	farm_fails(*state, FARM_ARGS("repro", run), 64, "rows.yaml",
		   QUICK_MS);
}

static void append(struct farm *f, const char *path, const char *was,
		   const char *more)
{
	CLEANUP(freep) char *text = xasprintf("%s%s", was, more);

	farm_put(f, path, text);
}

/* Of its file, and of what its world shares with others: what differs from the
 * run's is said, and nothing where nothing does. */
static void test_changed(void **state)
{
	static const char invariant[] = "invariant: Time goes on\n"
					"check: head > 0\n";
	static const char one[] = "scenario: It fails\n" WORLD
				  "invariants: [time]\n"
				  "steps:\n"
				  "  - check: head < 0\n";
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *run = farm_path(*state, "run");
	CLEANUP(freep) char *file = farm_path(*state, "own/one.yaml");
	CLEANUP(freep) char *shared =
		farm_path(*state, "own/invariants/time.yaml");
	CLEANUP(freep) char *says_one =
		xasprintf("%s was changed since that run", file);
	CLEANUP(freep) char *says_shared =
		xasprintf("%s was changed since that run", shared);
	struct farm_run r;

	farm_put(*state, "own/one.yaml", one);
	farm_put(*state, "own/invariants/time.yaml", invariant);
	farm_fails(*state, FARM_ARGS("run", dir, "--reports", run), 1,
		   "/run:one:1\n", QUICK_MS);

	farm_start(*state, &r, FARM_ARGS("repro", run));
	(void)farm_wait(*state, &r, QUICK_MS);
	assert_non_null(strstr(buf_str(&r.out), "before step 1: check"));
	assert_null(strstr(buf_str(&r.out), "since that run"));
	farm_run_done(&r);

	append(*state, "own/one.yaml", one, "# more\n");
	farm_fails(*state, FARM_ARGS("repro", run), 1, says_one, QUICK_MS);
	append(*state, "own/invariants/time.yaml", invariant, "# more\n");
	farm_fails(*state, FARM_ARGS("repro", run), 1, says_shared, QUICK_MS);
	/* Where it cannot be played any more, that is why. */
	append(*state, "own/one.yaml", one, "  - chekc: head > 0\n");
	farm_fails(*state, FARM_ARGS("repro", run), 64, says_one, QUICK_MS);
}

/* Nobody asked for a journal: it is kept where something failed. */
static void test_kept(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *reports = farm_path(*state, "reports");
	struct farm_run r;
	char *again, *end;

	farm_put(*state, "own/passes.yaml", PASSES);
	farm_fails(*state, FARM_ARGS("run", dir), 0, "1 passed", QUICK_MS);
	assert_int_not_equal(access(reports, F_OK), 0);
	farm_put(*state, "own/rows.yaml", ROWS);
	farm_start(*state, &r, FARM_ARGS("run", dir));
	(void)farm_wait(*state, &r, QUICK_MS);
	again = strstr(buf_str(&r.out), " repro ");
	assert_non_null(again);
	again = xstrdup(again + strlen(" repro "));
	end = strchr(again, '\n');
	assert_non_null(end);
	*end = 0;
	farm_run_done(&r);
	farm_fails(*state, FARM_ARGS("repro", again), 1,
		   "before step 2.1.2: check", QUICK_MS);
	free(again);
}

/* GitHub is told of a run that was told no folder, once: not by who comes back
 * to it. */
static void test_github(void **state)
{
	CLEANUP(freep) char *summary = farm_path(*state, "summary.md");
	CLEANUP(freep) char *dir = NULL;
	CLEANUP(freep) char *run = NULL;
	struct farm *f;
	struct farm_run r;
	struct buf text = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	const char *again;

	assert_int_equal(setenv("GITHUB_ACTIONS", "true", 1), 0);
	assert_int_equal(setenv("GITHUB_STEP_SUMMARY", summary, 1), 0);
	f = farm_new();
	assert_int_equal(unsetenv("GITHUB_ACTIONS"), 0);
	assert_int_equal(unsetenv("GITHUB_STEP_SUMMARY"), 0);
	dir = farm_own(f);
	farm_put(f, "own/rows.yaml", ROWS);
	farm_start(f, &r, FARM_ARGS("run", dir));
	(void)farm_wait(f, &r, QUICK_MS);
	assert_non_null(strstr(buf_str(&r.out), "\n::error file="));
	again = strstr(buf_str(&r.out), " repro ");
	assert_non_null(again);
	again += strlen(" repro ");
	run = xstrndup(again, strcspn(again, "\n"));
	farm_run_done(&r);
	farm_fails(f, FARM_ARGS("repro", run), 1, "before step 2.1.2: check",
		   QUICK_MS);
	farm_free(f);
	assert_ok(buf_read_file(&text, summary, &e), &e);
	again = strstr(buf_str(&text), "## avsbed");
	assert_non_null(again);
	assert_null(strstr(again + 1, "## avsbed"));
	buf_done(&text);
}

/* Two parts become one run, in which the failure is found. */
static void test_merged(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *a = farm_path(*state, "a");
	CLEANUP(freep) char *b = farm_path(*state, "b");
	CLEANUP(freep) char *all = farm_path(*state, "all");

	farm_put(*state, "own/passes.yaml", PASSES);
	farm_put(*state, "own/rows.yaml", ROWS);
	farm_fails(*state, FARM_ARGS("run", dir, "--shard", "1/2", "--reports",
				     a), 0, "1 passed, 0 failed", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", dir, "--shard", "2/2", "--reports",
				     b), 1, "0 passed, 1 failed", QUICK_MS);
	farm_fails(*state, FARM_ARGS("report", a, b), 64, "report merge RUN",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("report", "merge", a, b, "--out", all), 0,
		   "/all/index.html", QUICK_MS);
	farm_fails(*state, FARM_ARGS("explain", all), 0,
		   "/all:rows:2.1.2\n", QUICK_MS);
	farm_fails(*state, FARM_ARGS("repro", all), 1,
		   "before step 2.1.2: check", QUICK_MS);
}

static void test_target(void **state)
{
	static const struct {
		const char *text, *run, *scenario, *step;
	} cases[] = {
		{ "reports", "reports", NULL, NULL },
		{ "a/j.jsonl:sla/x", "a/j.jsonl", "sla/x", NULL },
		{ "r:sla/x:5.2", "r", "sla/x", "5.2" },
		{ "r:x[a:b]", "r", "x[a:b]", NULL },
		{ "r:x[a:b]:1", "r", "x[a:b]", "1" },
		{ "r::3", "r", NULL, "3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct target t;
		struct err e;

		assert_ok(target_parse(&t, cases[i].text, &e), &e);
		assert_string_equal(t.run, cases[i].run);
		assert_true(cases[i].scenario
				    ? !strcmp(t.scenario, cases[i].scenario)
				    : !t.scenario);
		assert_true(cases[i].step ? !strcmp(t.step, cases[i].step)
					  : !t.step);
		target_done(&t);
	}
}

static void test_no_target(void **state)
{
	struct target t;
	struct err e;

	(void)state;
	assert_err(target_parse(&t, ":x", &e), &e, ERR_SCHEMA, "names no run");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_no_target),
		cmocka_unit_test_setup_teardown(test_row, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_repetition, farm_setup,
						farm_teardown),
		cmocka_unit_test_setup_teardown(test_behind_rows, farm_setup,
						farm_teardown),
		cmocka_unit_test_setup_teardown(test_operator, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_slips, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_changed, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_kept, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_github, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_merged, farm_setup, farm_teardown),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
