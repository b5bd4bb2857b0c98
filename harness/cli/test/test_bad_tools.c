/*
 * Tools and programs that are missing, of another version, or die: each run
 * says which, where and what to do, and leaves nothing behind.
 */
#include "test/kit.h"

#include "base/base.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000

#define SCENARIO "scenarios/one.yaml"
static const char ONE[] = "scenario: One operator\n"
			  "why: a world to be broken\n"
			  "world: phala-cloud\n"
			  "operators:\n"
			  "  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
			  "steps:\n"
			  "  - check: head > 0\n";

static char *scenario; /* where it is in the present farm */

static int warm(void **state)
{
	(void)state;
	farm_warm(ONE);
	return 0;
}

static int setup(void **state)
{
	struct farm *f = farm_new();

	farm_put(f, SCENARIO, ONE);
	scenario = farm_path(f, SCENARIO);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(scenario);
	farm_free(*state);
	return 0;
}

static void fails(struct farm *f, const char *text)
{
	farm_fails(f, FARM_ARGS("run", scenario), 2, text, QUICK_MS);
}

static void test_nothing_broken(void **state)
{
	farm_fails(*state, FARM_ARGS("run", scenario), 0, "1 passed",
		   QUICK_MS);
}

static void test_anvil_missing(void **state)
{
	farm_remove(*state, "build/tools/anvil");
	fails(*state, "build/tools/anvil: No such file or directory");
}

static void test_anvil_is_no_program(void **state)
{
	farm_put(*state, "build/tools/anvil", "not a program\n");
	fails(*state, "build/tools/anvil: Permission denied");
}

static void test_forge_missing(void **state)
{
	farm_remove(*state, "build/tools/forge");
	/* Where nothing is to be compiled, nobody misses it. */
	farm_fails(*state, FARM_ARGS("run", scenario), 0, "1 passed",
		   QUICK_MS);
	farm_put(*state, "contracts/out/.avsbed-sources", "of other sources");
	fails(*state, "`make setup` installs forge: starting forge --version: "
		      "cannot execute");
}

static void test_forge_of_another_version(void **state)
{
	farm_script(*state, "build/tools/forge",
		    "#!/bin/sh\necho 'forge Version: 1.6.0'\n");
	farm_put(*state, "contracts/out/.avsbed-sources", "of other sources");
	fails(*state, "build/tools/forge says it is 1.6.0, and "
		      "contracts/package.json pins 1.7.1; `make setup` "
		      "installs that one");
}

/* One error, not a finding for each use of a contract; of `check` as well. */
static void test_eigenlayer_missing(void **state)
{
	static const char text[] =
		"avsbed: `make setup` fetches EigenLayer 1.8.1, whose "
		"contracts scenarios are checked against and run on: ";

	farm_remove(*state, "build/artifacts");
	fails(*state, text);
	farm_fails(*state, FARM_ARGS("check"), 2, text, QUICK_MS);
}

static void test_eigenlayer_damaged(void **state)
{
	static const char file[] =
		"build/artifacts/eigenlayer-v1.8.1/AllocationManager.json";

	farm_copy(*state, "build/artifacts");
	farm_put(*state, file, "{\"abi\": [");
	farm_fails(*state, FARM_ARGS("check"), 2,
		   "AllocationManager.json: member 'abi': ']' expected near "
		   "end of file",
		   QUICK_MS);
}

static void test_operator_missing(void **state)
{
	farm_remove(*state, "build/bin/avs-operator");
	fails(*state, "build/bin/avs-operator: No such file or directory");
}

static void test_simulator_missing(void **state)
{
	farm_remove(*state, "build/bin/tee-sim");
	fails(*state, "`make` builds the TEE simulator: starting tee-sim: "
		      "cannot execute");
}

static void test_operator_exits_at_once(void **state)
{
	farm_script(*state, "build/bin/avs-operator",
		    "#!/bin/sh\necho 'no such option' >&2\nexit 3\n");
	fails(*state, "operator alice ended before it was ready: exit status "
		      "3; its last words: no such option");
}

static void test_operator_dies_of_garbage(void **state)
{
	farm_script(*state, "build/bin/avs-operator",
		    "#!/bin/sh\nprintf 'bytes \\377\\376\\033[1m\\n' >&2\n"
		    "kill -SEGV $$\n");
	fails(*state, "operator alice ended before it was ready: killed by "
		      "SIGSEGV; its last words: bytes ??");
}

static void test_simulator_exits_at_once(void **state)
{
	farm_script(*state, "build/bin/tee-sim",
		    "#!/bin/sh\necho 'bad luck' >&2\nexit 4\n");
	fails(*state, "exit status 4; it said: bad luck");
}

static void test_anvil_dies_at_start(void **state)
{
	farm_script(*state, "build/tools/anvil",
		    "#!/bin/sh\necho 'illegal instruction' >&2\nexit 70\n");
	fails(*state, "build/tools/anvil ended at start (exit status 70); its "
		      "last words: illegal instruction");
}

/* Its children hold its output open; they end with it. */
static void test_anvil_dies_and_leaves_children(void **state)
{
	farm_script(*state, "build/tools/anvil",
		    "#!/bin/sh\nsleep 1000 &\nsleep 1000 &\nexit 1\n");
	fails(*state, "build/tools/anvil ended at start (exit status 1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_nothing_broken),
		T(test_anvil_missing),
		T(test_anvil_is_no_program),
		T(test_forge_missing),
		T(test_forge_of_another_version),
		T(test_eigenlayer_missing),
		T(test_eigenlayer_damaged),
		T(test_operator_missing),
		T(test_simulator_missing),
		T(test_operator_exits_at_once),
		T(test_operator_dies_of_garbage),
		T(test_simulator_exits_at_once),
		T(test_anvil_dies_at_start),
		T(test_anvil_dies_and_leaves_children),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
