/*
 * What never comes: every wait has a deadline, and says at its end what it
 * waited for. The cases are started together, for all of them wait and none
 * of them works.
 */
#include "test/kit.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define DEADLINE_MS 120000
#define SOON_MS 60000
#define SCENARIO "scenarios/one.yaml"

static const char ONE[] = "scenario: One operator\n"
			  "why: a world to be broken\n"
			  "world: phala-cloud\n"
			  "operators:\n"
			  "  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
			  "steps:\n"
			  "  - register: alice\n"
			  "  - check: head > 0\n";

static const char STOPPED[] =
	"scenario: The operator is told to end\n"
	"why: one that does not is a failure of its own\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"steps:\n"
	"  - stop: alice\n"
	"  - check: head > 0\n";

static const char LONG[] =
	"scenario: Many steps\n"
	"why: a chain to be stopped meanwhile\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"steps:\n"
	"  - register: alice\n"
	"  - each: {i: 1..1000}\n"
	"    steps:\n"
	"      - each: {j: 1..1000}\n"
	"        steps:\n"
	"          - advance: 1 block\n"
	"          - check: head > 0\n";

static const char SILENT[] = "#!/bin/sh\necho 'I think'\nexec sleep 1000\n";

struct wait_case {
	const char *name;
	const char *path, *script; /* what is put where */
	const char *scenario;
	const char *says;
	int exit_code;
	struct farm *farm;
	struct farm_run run;
	uint64_t ms;
};

/*
 * An operator that floods its log beside its work. On stdout lines must be
 * whole, as if it had written them itself: one write for each.
 */
#define FLOOD(command)                                                         \
	"#!/bin/sh\n"                                                          \
	"case $1 in run) " command " & ;; esac\n"                              \
	"exec %s/build/bin/avs-operator \"$@\"\n"

static struct wait_case cases[] = {
	{ .name = "an operator that is never ready",
	  .path = "build/bin/avs-operator",
	  .script = SILENT,
	  .scenario = ONE,
	  .says = "operator alice did not say within 30000 ms that it is ready",
	  .exit_code = 2 },
	{ .name = "a simulator that is never ready",
	  .path = "build/bin/tee-sim",
	  .script = "#!/bin/sh\n"
		    "[ \"$1\" = serve ] || exec %s/build/bin/tee-sim \"$@\"\n"
		    "echo 'I think'\nexec sleep 1000\n",
	  .scenario = ONE,
	  .says = "the TEE simulator did not say within 30000 ms that it is "
		  "ready; its last words: I think",
	  .exit_code = 2 },
	{ .name = "a chain that never listens",
	  .path = "build/tools/anvil",
	  .script = SILENT,
	  .scenario = ONE,
	  .says = "build/tools/anvil did not say within 30000 ms where it "
		  "listens; its last words: I think",
	  .exit_code = 2 },
	{ .name = "an operator that ignores SIGTERM",
	  .path = "build/bin/avs-operator",
	  .script = "#!/bin/sh\n"
		    "trap '' TERM\n"
		    "[ \"$1\" != run ] || sleep 1000 &\n"
		    "%s/build/bin/avs-operator \"$@\"\n"
		    "wait\n",
	  .scenario = STOPPED,
	  .says = "operator alice ignored SIGTERM for 10000 ms and was killed",
	  .exit_code = 2 },
	{ .name = "an operator that floods its log with text",
	  .path = "build/bin/avs-operator",
	  .script = FLOOD("yes 'the same line again and again' >&2"),
	  .scenario = ONE,
	  .says = "1 passed, 0 failed",
	  .exit_code = 0 },
	{ .name = "an operator that floods its log with events",
	  .path = "build/bin/avs-operator",
	  .script = FLOOD("while :; do echo '{\"event\":\"noise\"}'; done"),
	  .scenario = ONE,
	  .says = "1 passed, 0 failed",
	  .exit_code = 0 },
	{ .name = "a chain that stops answering in the middle",
	  .scenario = LONG,
	  .says = "runs and did not answer within 10000 ms when asked again",
	  .exit_code = 2 },
};

static int warm(void **state)
{
	(void)state;
	farm_warm(ONE);
	return 0;
}

static void start(struct wait_case *c)
{
	CLEANUP(freep) char *scenario = NULL;
	struct farm *f = c->farm = farm_new();

	scenario = farm_path(f, SCENARIO);
	farm_put(f, SCENARIO, c->scenario);
	if (c->script) {
		const char *at = strstr(c->script, "%s");
		CLEANUP(freep) char *script =
			at ? xasprintf("%.*s%s%s", (int)(at - c->script),
				       c->script, f->real, at + 2)
			   : xstrdup(c->script);

		farm_script(f, c->path, script);
	}
	farm_start(f, &c->run, FARM_ARGS("run", scenario, "--verbose"));
	if (!c->script) {
		pid_t anvil;

		farm_said(f, &c->run, "register", SOON_MS);
		anvil = farm_process(f, "anvil");
		if (!anvil)
			fail_msg("there is no anvil; it said:\n%s",
				 buf_str(&c->run.out));
		assert_int_equal(kill(anvil, SIGSTOP), 0);
	}
}

static void end(struct wait_case *c)
{
	int status = farm_wait(c->farm, &c->run, DEADLINE_MS);

	if (getenv("FARM_SHOW"))
		print_message("--- %s\n%s", c->name, buf_str(&c->run.out));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != c->exit_code ||
	    !strstr(buf_str(&c->run.out), c->says))
		fail_msg("%s: wait status 0x%x, wanted exit code %d and "
			 "\"%s\"; it said:\n%s",
			 c->name, (unsigned)status, c->exit_code, c->says,
			 buf_str(&c->run.out));
	farm_run_done(&c->run);
	farm_clean(c->farm, 0);
	farm_free(c->farm);
}

static void test_waits_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		start(&cases[i]);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		end(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_end),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
