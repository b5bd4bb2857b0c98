/*
 * `avsbed run --watch`: what a saved file touches is played again, and nothing
 * else.
 */
#include "test/kit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "cli/touched.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define LONG_MS 60000

/* Of EigenLayer alone: nothing to compile. */
#define PASSES(title)                                                          \
	"scenario: " title "\n"                                                \
	"world: eigenlayer\n"                                                  \
	"steps:\n"                                                             \
	"  - check: head > 0\n"

static int warm(void **state)
{
	(void)state;
	farm_warm(PASSES("warm"));
	return 0;
}

static int setup(void **state)
{
	*state = farm_new();
	farm_put(*state, "scenarios/one.yaml", PASSES("One"));
	farm_put(*state, "scenarios/two.yaml", PASSES("Two"));
	return 0;
}

static int teardown(void **state)
{
	farm_free(*state);
	return 0;
}

static void start(struct farm *f, struct farm_run *r)
{
	CLEANUP(freep) char *one = farm_path(f, "scenarios/one.yaml");
	CLEANUP(freep) char *two = farm_path(f, "scenarios/two.yaml");

	farm_start(f, r, FARM_ARGS("run", "--watch", one, two));
	farm_said(f, r, "2 passed, 0 failed", LONG_MS);
	farm_said(f, r, "watching; Ctrl-C ends", LONG_MS);
}

static void end(struct farm *f, struct farm_run *r)
{
	int status;

	kill(child_pid(r->child), SIGINT);
	status = farm_wait(f, r, LONG_MS);
	if (status)
		fail_msg("wait status 0x%x:\n%s", (unsigned)status,
			 buf_str(&r->out));
	farm_run_done(r);
	farm_clean(f, 0);
}

static void test_one_of_two(void **state)
{
	struct farm_run r;

	start(*state, &r);
	farm_put(*state, "scenarios/two.yaml", PASSES("Two, again"));
	farm_said(*state, &r, "1 passed, 0 failed", LONG_MS);
	end(*state, &r);
}

static void test_mistake_and_mended(void **state)
{
	struct farm_run r;

	start(*state, &r);
	farm_put(*state, "scenarios/two.yaml",
		 "scenario: Two\nworld: eigenlayer\nsteps:\n  - chek: true\n");
	farm_said(*state, &r, "nearest: check", LONG_MS);
	farm_put(*state, "scenarios/two.yaml", PASSES("Two"));
	farm_said(*state, &r, "1 passed, 0 failed", LONG_MS);
	end(*state, &r);
}

/* Then what it said is forgotten. */
static void says(struct farm *f, struct farm_run *r, const char *text)
{
	farm_said(f, r, text, LONG_MS);
	farm_said(f, r, "watching; Ctrl-C ends", LONG_MS);
	buf_clear(&r->out);
}

/* A program's source touches all, once it is built. */
static void test_program(void **state)
{
	struct farm_run r;

	farm_put(*state, "Makefile", "programs:\n\t@true\n");
	start(*state, &r);
	buf_clear(&r.out);
	farm_put(*state, "operator/daemon.c", "int x;\n");
	says(*state, &r, "2 passed, 0 failed");
	farm_put(*state, "Makefile",
		 "programs:\n\t@echo 'daemon.c: a slip'; false\n");
	farm_put(*state, "operator/daemon.c", "int;\n");
	farm_said(*state, &r, "daemon.c: a slip", LONG_MS);
	farm_said(*state, &r, "watching; Ctrl-C ends", LONG_MS);
	assert_null(strstr(buf_str(&r.out), "passed"));
	assert_non_null(strstr(buf_str(&r.out), "--- operator/daemon.c"));
	end(*state, &r);
}

static void test_interrupted_while_it_builds(void **state)
{
	struct farm_run r;

	farm_put(*state, "Makefile", "programs:\n\t@exec tail -f /dev/null\n");
	start(*state, &r);
	farm_put(*state, "operator/daemon.c", "int x;\n");
	farm_said(*state, &r, "--- operator/daemon.c", LONG_MS);
	end(*state, &r);
}

/* A folder that is new is watched, too; what nothing reads plays nothing. */
static void test_folder(void **state)
{
	CLEANUP(freep) char *folder = farm_path(*state, "scenarios");
	CLEANUP(freep) char *deep = farm_path(*state, "scenarios/deep");
	struct farm_run r;

	farm_start(*state, &r, FARM_ARGS("run", "--watch", "--", folder));
	says(*state, &r, "2 passed, 0 failed");
	assert_int_equal(mkdir(deep, 0700), 0);
	farm_put(*state, "scenarios/.two.yaml.swp", "");
	farm_put(*state, "scenarios/one.yaml", PASSES("One, again"));
	says(*state, &r, "1 passed, 0 failed");
	farm_put(*state, "scenarios/deep/three.yaml", PASSES("Three"));
	says(*state, &r, "1 passed, 0 failed");
	end(*state, &r);
}

/* What is in a folder before it can be watched is not missed. */
static void test_folder_with_files(void **state)
{
	CLEANUP(freep) char *folder = farm_path(*state, "scenarios");
	CLEANUP(freep) char *made = farm_path(*state, "made");
	CLEANUP(freep) char *there = farm_path(*state, "scenarios/made");
	struct farm_run r;

	farm_start(*state, &r, FARM_ARGS("run", "--watch", "--", folder));
	says(*state, &r, "2 passed, 0 failed");
	assert_int_equal(mkdir(made, 0700), 0);
	farm_put(*state, "made/three.yaml", PASSES("Three"));
	assert_int_equal(rename(made, there), 0);
	says(*state, &r, "1 passed, 0 failed");
	end(*state, &r);
}

/* An editor that removes before it writes: for a moment there is no file. */
static void test_replaced(void **state)
{
	struct farm_run r;

	start(*state, &r);
	buf_clear(&r.out);
	farm_remove(*state, "scenarios/two.yaml");
	farm_put(*state, "scenarios/one.yaml", PASSES("One, again"));
	says(*state, &r, "scenarios/two.yaml: No such file");
	farm_put(*state, "scenarios/two.yaml", PASSES("Two, again"));
	says(*state, &r, "2 passed, 0 failed");
	end(*state, &r);
}

/* One that cannot look meanwhile is told only so much. */
static void test_more_than_is_told(void **state)
{
	CLEANUP(freep) char *a = farm_path(*state, "scenarios/a.tmp");
	CLEANUP(freep) char *b = farm_path(*state, "scenarios/b.tmp");
	const char *const names[] = { a, b };
	struct buf limit = BUF_INIT(64);
	struct farm_run r;
	struct err e = ERR_INIT;
	unsigned long n;

	assert_ok(buf_read_file(&limit,
				"/proc/sys/fs/inotify/max_queued_events", &e),
		  &e);
	assert_int_equal(sscanf(buf_str(&limit), "%lu", &n), 1);
	buf_done(&limit);
	farm_put(*state, "Makefile", "programs:\n\t@true\n");
	start(*state, &r);
	buf_clear(&r.out);
	kill(child_pid(r.child), SIGSTOP);
	for (unsigned long i = 0; i <= n; i++) {
		int fd = open(names[i % 2], O_WRONLY | O_CREAT | O_CLOEXEC,
			      0600);

		assert_true(fd >= 0);
		fd_close(&fd);
	}
	farm_put(*state, "scenarios/two.yaml", PASSES("Two, again"));
	kill(child_pid(r.child), SIGCONT);
	farm_said(*state, &r, "--- more than could be told", LONG_MS);
	says(*state, &r, "2 passed, 0 failed");
	end(*state, &r);
}

static void test_of_nobody(void **state)
{
	struct farm_run r;

	start(*state, &r);
	farm_put(*state, "scenarios/three.yaml", PASSES("Three"));
	farm_said(*state, &r, "no scenario has to do with it", LONG_MS);
	end(*state, &r);
	farm_fails(*state, FARM_ARGS("run", "--watch", "/nowhere.yaml"), 2,
		   "/nowhere.yaml: No such file", LONG_MS);
}

static void test_killed(void **state)
{
	struct farm_run r;

	start(*state, &r);
	kill(child_pid(r.child), SIGKILL);
	farm_clean(*state, 1000);
	farm_run_done(&r);
}

static void test_touched(void **state)
{
	CLEANUP(freep) char *one = farm_path(*state, "scenarios/one.yaml");
	CLEANUP(freep) char *two = farm_path(*state, "scenarios/two.yaml");
	CLEANUP(freep) char *world =
		farm_path(*state, "scenarios/worlds/eigenlayer.yaml");
	CLEANUP(freep) char *other =
		farm_path(*state, "scenarios/worlds/phala-cloud.yaml");

	assert_true(touched(one, one));
	assert_false(touched(one, two));
	/* Worlds, by whatever path they are reached. */
	assert_true(touched(one, world));
	assert_false(touched(one, other));
	/* Nothing is deployed there. */
	assert_false(touched(one, "contracts/src/a.sol"));
	assert_true(touched(one, "operator/daemon.c"));
	assert_false(touched(one, "scenarios/.one.yaml.swp"));
	/* Who knows what it would have read. */
	farm_put(*state, "scenarios/two.yaml", "scenario: Two\n");
	assert_true(touched(two, world));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_one_of_two),
		T(test_mistake_and_mended),
		T(test_program),
		T(test_interrupted_while_it_builds),
		T(test_folder),
		T(test_folder_with_files),
		T(test_replaced),
		T(test_more_than_is_told),
		T(test_of_nobody),
		T(test_killed),
		T(test_touched),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
