/*
 * What is said to whoever asks for a thing that is not there, or in a way that
 * nothing is asked in: by every command, before anything is started.
 */
#include "test/kit.h"

#include <sys/stat.h>

#include "base/base.h"
#include "test/farm_stub.h"

#define QUICK_MS 60000

struct asked {
	const char *args[6]; /* NULL-ended */
	int code;
	const char *says;
};

static void each_says(struct farm *f, const struct asked *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		farm_fails(f, list[i].args, list[i].code, list[i].says,
			   QUICK_MS);
}

static void test_which_command(void **state)
{
	static const struct asked list[] = {
		{ { NULL }, 64, "usage: avsbed COMMAND" },
		{ { "help" }, 0, "usage: avsbed COMMAND" },
		{ { "--help" }, 0, "usage: avsbed COMMAND" },
		{ { "help", "shell" }, 0, "usage: avsbed shell" },
		{ { "help", "shel" }, 64, "no command shel; nearest: shell" },
		{ { "stauts" }, 64, "no command stauts; nearest: status" },
		{ { "xxxxxxxxxx" }, 64, "no command xxxxxxxxxx\n" },
		{ { "status", "--help" }, 0, "usage: avsbed status" },
		{ { "check", "--hlp" }, 64, "no option --hlp" },
		{ { "run", "-v" }, 64, "options are long here: -v" },
		{ { "quote", "--x" }, 64, "there is no action --x" },
		{ { "repro" }, 64, "which run and scenario?" },
		{ { "repro", "a", "b" }, 64, "which run and scenario?" },
		{ { "repro", ":x" }, 64, ":x names no run" },
		{ { "explain", ":x" }, 64, ":x names no run" },
		{ { "explain", "--x" }, 64, "no option --x" },
		{ { "repro", "--x" }, 64, "no option --x" },
		{ { "report", "--x" }, 64, "no option --x" },
		{ { "state" }, 64, "say build, check or pin" },
		{ { "state", "check", "/none/of.yaml" },
		  2,
		  "avsbed: cannot open /none/of.yaml: No such file" },
		{ { "worker" }, 64, "run --jobs starts it, nobody else" },
		{ { "worker", "--x" }, 64, "no option --x" },
	};

	each_says(*state, list, ARRAY_LEN(list));
}

/* --- a world by hand -------------------------------------------------------------- */

static void test_nothing_is_up(void **state)
{
	static const char says[] = "no world is up here: `avsbed up` brings "
				   "one up";
	static const struct asked list[] = {
		{ { "do", "check: head > 0" }, 2, says },
		{ { "do", "--world", "core", "stop", "alice" }, 2, says },
		{ { "advance", "5", "blocks" }, 2, says },
		{ { "fault", "alice.tee", "debug" }, 2, says },
		{ { "fault", "alice" }, 2, says },
		{ { "fund", "alice" }, 2, says },
		{ { "env" }, 2, says },
		{ { "status" }, 2, says },
		{ { "logs", "alice" }, 2, says },
		{ { "shell" }, 2, says },
	};

	each_says(*state, list, ARRAY_LEN(list));
}

static void test_what_is_asked_of_a_world(void **state)
{
	static const struct asked list[] = {
		{ { "do" }, 64, "a step is wanted" },
		{ { "do", "--file", "x", "stop" }, 64,
		  "steps or --file, not both" },
		{ { "do", "--file", "/nowhere/x.yaml" }, 2,
		  "cannot open /nowhere/x.yaml: No such file" },
		{ { "do", "--wrld", "x" }, 64, "nearest: --world" },
		{ { "advance" }, 64, "how far is wanted" },
		{ { "fault" }, 64, "whose fault it is is wanted" },
		{ { "fault", "alice", "b", "c" }, 64, "one fault at a time" },
		{ { "fund" }, 64, "who is wanted: a name, or an address" },
		{ { "fault", "--wrld", "x" }, 64, "nearest: --world" },
		{ { "advance", "--file", "x" }, 64, "no option --file" },
		{ { "fund", "--wrld", "x" }, 64, "nearest: --world" },
		{ { "env", "--jsn" }, 64, "nearest: --json" },
		{ { "env", "a", "b" }, 64, "b is one word too many" },
		{ { "env", "alice", "--json" }, 64,
		  "--json has everybody's, with no name" },
		{ { "status", "alice" }, 64, "alice is one word too many" },
		{ { "logs", "a", "b" }, 64, "b is one word too many" },
		{ { "logs", "--lines", "many" }, 64, "--lines" },
		{ { "snapshot" }, 64, "`save NAME` or `load NAME`" },
		{ { "snapshot", "save" }, 64, "`save NAME` or `load NAME`" },
		{ { "snapshot", "keep", "x" }, 64,
		  "`save NAME` or `load NAME`" },
		{ { "snapshot", "save", "a", "b" }, 64,
		  "b is one word too many" },
		{ { "shell", "--fil", "x" }, 64, "nearest: --file" },
		{ { "up", "nobody" }, 64,
		  "there is no world of this name" },
		{ { "up", "--timeout" }, 64, "--timeout" },
	};

	each_says(*state, list, ARRAY_LEN(list));
}

/* --- states, schemas, verbs ------------------------------------------------------- */

static void test_state(void **state)
{
	static const struct asked list[] = {
		{ { "state" }, 64, "say build, check or pin" },
		{ { "state", "chek" }, 64, "say build, check or pin" },
		{ { "state", "build", "a", "b" }, 64, "at most one recipe" },
		{ { "state", "--profil", "x" }, 64, "nearest: --profile" },
		{ { "state", "pin", "none.yaml" }, 2,
		  "none.yaml: No such file" },
		{ { "state", "check", "none.yaml" }, 2,
		  "none.yaml: No such file" },
		{ { "state", "check", "--profile", "slow" }, 2,
		  "no profile `slow`; it has fast, mainnet" },
	};

	each_says(*state, list, ARRAY_LEN(list));
}

static void test_language(void **state)
{
	CLEANUP(freep) char *dir = farm_path(*state, "own");
	CLEANUP(freep) char *at = farm_path(*state, "own/verbs");
	CLEANUP(freep) char *folder = farm_path(*state, "own/verbs/bad");
	const struct asked list[] = {
		{ { "schema", dir }, 64, "there is no type `amont`" },
		{ { "schema", "/nowhere" }, 2,
		  "cannot open /nowhere: No such file" },
		{ { "verbs", "--examples", "/nowhere/x" }, 2,
		  "/nowhere/x/send.yaml: No such file" },
		{ { "verbs", "--examples", dir }, 0, "" },
		{ { "verbs", "--exampels", "x" }, 64, "nearest: --examples" },
		{ { "schema", "--x" }, 64, "no option --x" },
		{ { "verbs", "core" }, 64, "it takes no arguments, and here is core" },
		{ { "verbs" }, 0, "# The verbs of the language" },
		{ { "schema" }, 0, "json-schema.org/draft-07" },
	};

	assert_int_equal(mkdir(dir, 0700) | mkdir(at, 0700) |
			 mkdir(folder, 0700), 0);
	farm_put(*state, "own/verbs/bad/bad.yaml",
		 "verb: bad\ntakes: {x: amont}\nsteps:\n  - check: head > 0\n");
	each_says(*state, list, ARRAY_LEN(list));
}

/* The reference is of all verbs, or there is none. */
static void test_own_verbs(void **state)
{
	CLEANUP(freep) char *verbs = farm_path(*state, "scenarios/verbs");
	CLEANUP(freep) char *bad = farm_path(*state, "scenarios/verbs/bad");

	farm_remove(*state, "scenarios/verbs");
	assert_int_equal(mkdir(verbs, 0700) | mkdir(bad, 0700), 0);
	farm_put(*state, "scenarios/verbs/bad/bad.yaml",
		 "verb: bad\ntakes: {x: amont}\nsteps:\n  - check: head > 0\n");
	farm_fails(*state, FARM_ARGS("verbs"), 2,
		   "/scenarios are not right; avsbed check says why", QUICK_MS);
}

/* --- journals ----------------------------------------------------------------------- */

static void test_journals(void **state)
{
	static const struct asked list[] = {
		{ { "report" }, 64, "of which run?" },
		{ { "report", "merge" }, 64, "of which run?" },
		{ { "report", "merg", "x" }, 64,
		  "several runs become one by `avsbed report merge RUN…`" },
		{ { "report", "/nowhere" }, 2,
		  "cannot open the journal /nowhere" },
		{ { "report", "merge", "/nowhere", "/there" }, 2,
		  "cannot open the journal /nowhere" },
		{ { "explain" }, 64, "which run and scenario?" },
		{ { "explain", "a", "b" }, 64, "which run and scenario?" },
		{ { "explain", "/nowhere" }, 64,
		  "cannot open the journal /nowhere" },
	};

	each_says(*state, list, ARRAY_LEN(list));
}

/* GitHub's summary and annotations, of a journal with a failure in it. */
static void test_github(void **state)
{
	CLEANUP(freep) char *journal = xstrdup(kit_fixture("fuzz/journal/fail"));
	CLEANUP(freep) char *out = farm_path(*state, "out");
	CLEANUP(freep) char *summary = farm_path(*state, "summary.md");
	struct farm *f;
	struct buf text = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;

	assert_int_equal(setenv("GITHUB_STEP_SUMMARY", "/nowhere/x.md", 1), 0);
	f = farm_new();
	farm_fails(f, FARM_ARGS("report", journal, "--out", out), 2,
		   "cannot open GITHUB_STEP_SUMMARY, /nowhere/x.md",
		   QUICK_MS);
	farm_free(f);
	assert_int_equal(setenv("GITHUB_STEP_SUMMARY", "/dev/full", 1), 0);
	f = farm_new();
	farm_fails(f, FARM_ARGS("report", journal, "--out", out), 2,
		   "cannot write GITHUB_STEP_SUMMARY, /dev/full: No space left",
		   QUICK_MS);
	farm_free(f);
	/* Actions that want annotations and no summary. */
	assert_int_equal(setenv("GITHUB_STEP_SUMMARY", "", 1), 0);
	assert_int_equal(setenv("GITHUB_ACTIONS", "true", 1), 0);
	f = farm_new();
	assert_int_equal(unsetenv("GITHUB_ACTIONS"), 0);
	farm_fails(f, FARM_ARGS("report", journal, "--out", out), 0,
		   "::error file=", QUICK_MS);
	farm_free(f);
	assert_int_equal(setenv("GITHUB_STEP_SUMMARY", summary, 1), 0);
	f = farm_new();
	assert_int_equal(unsetenv("GITHUB_STEP_SUMMARY"), 0);
	farm_fails(f, FARM_ARGS("report", journal, "--out", out, "--github"),
		   0, "::error file=", QUICK_MS);
	farm_fails(f, FARM_ARGS("report", journal, "--out", "/proc/none"), 2,
		   "/proc/none", QUICK_MS);
	farm_free(f);
	assert_ok(buf_read_file(&text, summary, &e), &e);
	assert_non_null(strstr(buf_str(&text), "fail"));
	buf_done(&text);
}

/* --- findings as editors and CI read them -------------------------------------------- */

static void test_findings(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *path = farm_path(*state, "own/slip.yaml");
	CLEANUP(freep) char *json =
		xasprintf("{\"file\":\"%s\",\"line\":4,\"column\":5,"
			  "\"width\":5,\"text\":\"there is no verb `chekc`\","
			  "\"nearest\":\"check\"}", path);
	CLEANUP(freep) char *github =
		xasprintf("::error file=%s,line=4,col=5::there is no verb "
			  "`chekc` (nearest: check)", path);
	const struct asked list[] = {
		{ { "check", "--json", path }, 64, json },
		{ { "check", "--github", path }, 64, github },
		{ { "check", "--json", "--github", "/nowhere.yaml" }, 64,
		  "cannot read /nowhere.yaml" },
	};

	farm_put(*state, "own/slip.yaml",
		 "scenario: A slip\nworld: core\nsteps:\n"
		 "  - chekc: head > 0\n");
	each_says(*state, list, ARRAY_LEN(list));
}

/* Its verdict would be in no report. */
static void test_name_that_is_no_text(void **state)
{
	CLEANUP(freep) char *dir = farm_path(*state, "own");
	const struct asked list[] = {
		{ { "check", dir }, 64,
		  "own/caf?.yaml: this name is no UTF-8" },
		{ { "run", "--list", dir }, 64, "rename the file or its" },
	};

	assert_int_equal(mkdir(dir, 0700), 0);
	farm_put(*state, "own/caf\xe9.yaml",
		 "scenario: A look\nworld: core\nsteps:\n"
		 "  - check: head > 0\n");
	each_says(*state, list, ARRAY_LEN(list));
}

/*
 * A file that is an invariant and given as a scenario is refused as one, and
 * stays what it is to the scenarios after it.
 */
static void test_named_for_what_it_is_not(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *first = farm_path(*state, "own/a.yaml");
	CLEANUP(freep) char *inv =
		farm_path(*state, "own/invariants/eigenlayer-slashed.yaml");
	CLEANUP(freep) char *last = farm_path(*state, "own/b.yaml");
	static const char story[] = "scenario: A look\nworld: core\nsteps:\n"
				    "  - check: head > 0\n";
	const struct asked list[] = {
		{ { "check", first, inv, last }, 64,
		  "1 error in 1 file; nothing was started" },
		{ { "check", first, inv, last }, 64,
		  "this is the file of an invariant" },
	};

	farm_put(*state, "own/a.yaml", story);
	farm_put(*state, "own/b.yaml", story);
	each_says(*state, list, ARRAY_LEN(list));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, farm_setup, farm_teardown)
	const struct CMUnitTest tests[] = {
		T(test_which_command), T(test_own_verbs),
		T(test_nothing_is_up), T(test_what_is_asked_of_a_world),
		T(test_state),	       T(test_language),
		T(test_journals),      T(test_github),
		T(test_findings),      T(test_named_for_what_it_is_not),
		T(test_name_that_is_no_text),
	};

	return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
