/*
 * What a run tells of a failure is of the step that failed, and told once.
 */
#include "test/kit.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000

/* A process for each line: they come one by one, and are looked at as often. */
#define CLOCK                                                                  \
	"#!/bin/sh\n"                                                          \
	"i=0\n"                                                                \
	"while [ $i -lt 200 ]; do i=$((i + 1)); /bin/echo $i said; done\n"     \
	"exec cat >/dev/null\n"

#define WAITS                                                                  \
	"scenario: A program is waited for\n"                                  \
	"why: what did not hold at first is no news\n"                         \
	"world: core\n"                                                        \
	"processes:\n"                                                         \
	"  clock: {program: %s, awaited: no}\n"                                \
	"steps:\n"                                                             \
	"  - grant: carol\n"                                                   \
	"    amount: 5 TOK\n"

/* How often @what is told of a run of @text, which also says @says. */
static size_t told(struct farm *f, const char *dir, const char *text,
		   const char *says, const char *what)
{
	struct farm_run r;
	size_t n = 0;

	farm_put(f, "own/waits.yaml", text);
	farm_start(f, &r, FARM_ARGS("run", dir));
	assert_int_equal(WEXITSTATUS(farm_wait(f, &r, QUICK_MS)), 1);
	if (!strstr(buf_str(&r.out), says))
		fail_msg("it does not say \"%s\": %s", says, buf_str(&r.out));
	for (const char *at = buf_str(&r.out); (at = strstr(at, what)); at++)
		n++;
	farm_run_done(&r);
	return n;
}

static void test_once(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	CLEANUP(freep) char *clock = farm_path(*state, "clock.sh");
	CLEANUP(freep) char *later = xasprintf(
		WAITS "    check: clock.log has \"200 said\"\n"
		      "    within: 20 seconds\n"
		      "  - check: head == 0\n",
		clock);
	CLEANUP(freep) char *never = xasprintf(
		WAITS "    check: clock.log has \"201 said\"\n"
		      "    within: 1 second\n",
		clock);

	farm_put(*state, "clock.sh", CLOCK);
	assert_int_equal(chmod(clock, 0755), 0);
	assert_int_equal(told(*state, dir, never,
			      "clock.log has \"201 said\"",
			      "carol.balance.TOK  0 TOK → 5 TOK"),
			 1);
	assert_int_equal(told(*state, dir, later, "does not hold: head == 0",
			      "carol.balance.TOK  0 TOK → 5 TOK"),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, farm_setup, farm_teardown),
	};

	return cmocka_run_group_tests(tests, farm_warm_core, NULL);
}
