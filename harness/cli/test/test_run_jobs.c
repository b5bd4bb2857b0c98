/*
 * The workers of `avsbed run`, as processes: where they run, and what becomes of
 * them and their turns when somebody is killed.
 */
#include "test/kit.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/hex.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000
#define SOON_MS 60000

#define WORLD                                                                  \
	"why: its worker is looked at\n"                                       \
	"world: phala-cloud\n"                                                 \
	"operators:\n"                                                         \
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"

static const char PASSES[] = "scenario: It passes\n" WORLD
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

/* The children of @of in whose command line @mark is. */
static size_t children(pid_t of, const char *mark, size_t len, pid_t *ret,
		       size_t max)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/task/%d/children",
					      (int)of, (int)of);
	struct buf b = BUF_INIT(4096);
	char *at, *word;
	size_t n = 0;
	struct err e;

	assert_ok(buf_read_file(&b, path, &e), &e);
	for (at = (char *)b.data; n < max && (word = strsep(&at, " "));) {
		CLEANUP(freep) char *file = xasprintf("/proc/%s/cmdline", word);
		struct buf line = BUF_INIT(4096);
		uint64_t pid;

		if (*word && buf_read_file(&line, file, &e) &&
		    memmem(buf_str(&line), line.len, mark, len) &&
		    dec_u64(&pid, word, &e))
			ret[n++] = (pid_t)pid;
		buf_done(&line);
	}
	buf_done(&b);
	return n;
}

static void await_anvil(struct farm *f)
{
	uint64_t deadline = clock_ms() + SOON_MS;

	while (!farm_process(f, "anvil")) {
		assert_true(clock_ms() < deadline);
		farm_sleep(f, 10);
	}
}

/* The two workers of a run, once each plays: one may not have begun when the
 * other one has its anvil. */
static void await_two(struct farm *f, const struct farm_run *r, pid_t ret[2])
{
	uint64_t deadline = clock_ms() + SOON_MS;
	pid_t anvil;

	while (children(child_pid(r->child), "\0worker", 8, ret, 2) < 2 ||
	       !children(ret[0], "/anvil", 6, &anvil, 1) ||
	       !children(ret[1], "/anvil", 6, &anvil, 1)) {
		assert_true(clock_ms() < deadline);
		farm_sleep(f, 10);
	}
}

static void test_dying_workers(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	struct farm_run r;
	pid_t pids[2];
	int status;

	farm_put(*state, "own/a.yaml", WAITS);
	farm_put(*state, "own/b.yaml", WAITS);
	farm_put(*state, "own/c.yaml", PASSES);
	farm_start(*state, &r, FARM_ARGS("run", dir, "--jobs", "2"));
	await_two(*state, &r, pids);
	kill(pids[0], SIGKILL);
	kill(pids[1], SIGKILL);
	/* Others come for what is left. */
	status = farm_wait(*state, &r, QUICK_MS);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_non_null(strstr(buf_str(&r.out),
			       "the worker that played it ended: killed by "
			       "SIGKILL"));
	assert_non_null(strstr(buf_str(&r.out),
			       "1 passed, 0 failed, 2 not run to their end"));
	farm_run_done(&r);
	farm_clean(*state, SOON_MS);
}

/* The only CPU that @pid may use; -1: several. */
static int only_cpu(pid_t pid)
{
	cpu_set_t set;
	size_t cpu = 0;

	assert_int_equal(sched_getaffinity(pid, sizeof(set), &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	return CPU_COUNT(&set) == 1 ? (int)cpu : -1;
}

/* Leaves this process, and what it starts, the first two of its CPUs. */
static bool two_cpus(void)
{
	cpu_set_t ours;

	assert_int_equal(sched_getaffinity(0, sizeof(ours), &ours), 0);
	for (size_t cpu = CPU_SETSIZE - 1; CPU_COUNT(&ours) > 2; cpu--)
		CPU_CLR(cpu, &ours);
	assert_int_equal(sched_setaffinity(0, sizeof(ours), &ours), 0);
	return cpu_count() == 2;
}

static void interrupt(struct farm *f, struct farm_run *r)
{
	kill(child_pid(r->child), SIGINT);
	(void)farm_wait(f, r, QUICK_MS);
	farm_run_done(r);
	farm_clean(f, SOON_MS);
}

/* What a worker starts wakes nobody on another CPU. */
static void test_a_cpu_for_each(void **state)
{
	CLEANUP(freep) char *dir = farm_own(*state);
	uint64_t deadline = clock_ms() + SOON_MS;
	struct farm_run r;
	pid_t pids[2];

	if (!two_cpus()) {
		print_message("one CPU: there is none to keep away from\n");
		skip();
	}
	farm_put(*state, "own/a.yaml", WAITS);
	farm_put(*state, "own/b.yaml", WAITS);
	farm_start(*state, &r, FARM_ARGS("run", dir, "--jobs", "2"));
	await_two(*state, &r, pids);
	assert_int_not_equal(only_cpu(farm_process(*state, "anvil")), -1);
	while (only_cpu(pids[0]) < 0 || only_cpu(pids[1]) < 0) {
		assert_true(clock_ms() < deadline);
		farm_sleep(*state, 10);
	}
	assert_int_not_equal(only_cpu(pids[0]), only_cpu(pids[1]));
	interrupt(*state, &r);

	/* Another run of as few would be on the same one. */
	farm_start(*state, &r, FARM_ARGS("run", dir, "--jobs", "1"));
	await_anvil(*state);
	assert_int_equal(only_cpu(farm_process(*state, "anvil")), -1);
	interrupt(*state, &r);
}

static void ends_clean(struct farm *f, int signo)
{
	CLEANUP(freep) char *dir = farm_own(f);
	struct farm_run r;

	farm_put(f, "own/a.yaml", WAITS);
	farm_put(f, "own/b.yaml", WAITS);
	farm_start(f, &r, FARM_ARGS("run", dir, "--jobs", "2"));
	await_anvil(f);
	kill(child_pid(r.child), signo);
	(void)farm_wait(f, &r, QUICK_MS);
	if (signo != SIGKILL)
		assert_non_null(strstr(buf_str(&r.out), "interrupted"));
	farm_run_done(&r);
	farm_clean(f, SOON_MS);
}

static void test_killed(void **state)
{
	ends_clean(*state, SIGKILL);
}

static void test_interrupted(void **state)
{
	ends_clean(*state, SIGINT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, farm_setup, farm_teardown)
		T(test_dying_workers),
		T(test_a_cpu_for_each),
		T(test_killed),
		T(test_interrupted),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
