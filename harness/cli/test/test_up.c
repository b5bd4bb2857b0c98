/*
 * A world that stays up for a developer: it ends by Ctrl-C, or with the reason
 * why it cannot go on, and leaves nothing behind.
 */
#include "test/kit.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define UP_MS 60000
#define UP "Ctrl-C ends it and leaves nothing"

static int setup(void **state)
{
	struct farm *f = farm_new();

	farm_in_real(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	farm_free(*state);
	return 0;
}

static void up(struct farm *f, struct farm_run *r)
{
	farm_start(f, r, FARM_ARGS("up"));
	farm_said(f, r, UP, UP_MS);
}

static void ends(struct farm *f, struct farm_run *r, int code,
		 const char *says)
{
	int status = farm_wait(f, r, UP_MS);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != code ||
	    !strstr(buf_str(&r->out), says))
		fail_msg("wait status 0x%x, wanted exit code %d and \"%s\"; "
			 "it said:\n%s",
			 (unsigned)status, code, says, buf_str(&r->out));
	farm_run_done(r);
	farm_clean(f, 0);
}

static void test_ctrl_c(void **state)
{
	struct farm_run r;

	up(*state, &r);
	assert_int_not_equal(farm_process(*state, "anvil"), 0);
	assert_int_not_equal(farm_process(*state, "avs-operator"), 0);
	kill(child_pid(r.child), SIGINT);
	ends(*state, &r, 0, "export ETH_RPC_URL=http://127.0.0.1:");
}

static void test_killed(void **state)
{
	struct farm_run r;

	up(*state, &r);
	kill(child_pid(r.child), SIGKILL);
	farm_clean(*state, FARM_GONE_MS);
	farm_run_done(&r);
}

static void test_anvil_dies(void **state)
{
	struct farm_run r;

	up(*state, &r);
	kill(farm_process(*state, "anvil"), SIGKILL);
	ends(*state, &r, 2, "avsbed: anvil died (killed by SIGKILL)");
}

/* Of its operators it outlives any. */
static void test_operator_dies(void **state)
{
	struct farm_run r;

	up(*state, &r);
	kill(farm_process(*state, "avs-operator"), SIGKILL);
	farm_said(*state, &r, " ended untold: killed by SIGKILL", UP_MS);
	kill(child_pid(r.child), SIGINT);
	ends(*state, &r, 0, " ended untold: killed by SIGKILL");
}

static void test_simulator_dies(void **state)
{
	struct farm_run r;

	up(*state, &r);
	kill(farm_process(*state, "tee-sim"), SIGKILL);
	ends(*state, &r, 2, "the TEE simulator ended untold: killed by SIGKILL");
}

static void test_no_such_world(void **state)
{
	farm_fails(*state, FARM_ARGS("up", "phala-clod"), 64,
		   "nearest: phala-cloud", UP_MS);
	farm_fails(*state, FARM_ARGS("up", "core", "phala-cloud"), 64,
		   "one world, not phala-cloud as well", UP_MS);
	farm_fails(*state, FARM_ARGS("up", "--jsn"), 64, "nearest: --json",
		   UP_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_ctrl_c),
		T(test_killed),
		T(test_anvil_dies),
		T(test_operator_dies),
		T(test_simulator_dies),
		T(test_no_such_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
