#include "io/test/ground.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "base/hex.h"
#include "io/child.h"
#include "io/reaper.h"
#include "io/stream.h"

/* A process that does as the harness does, then waits to be killed. */
enum stage { REAPER_UP, DIR_MADE, CHILD_RUNS, ALL_UP, STAGES };

struct machine {
	pid_t pid;
	int said; /* what it says about itself, line by line */
};

static void on_line(void *arg, enum child_stream s, const char *line)
{
	(void)s;
	dprintf(*(int *)arg, "grandchild %s\n", line);
}

static void ignore_stream(void *arg, struct stream *s)
{
	(void)arg;
	stream_free(s);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* Aborts where it fails: the test then misses what it should have said. */
NORETURN static void be_harness(enum stage until, int say)
{
	const char *argv[] = {"/bin/sh", "-c",
			      "trap '' TERM HUP INT; tail -f /dev/null & "
			      "echo $!; setsid tail -f /dev/null & "
			      "echo $!; wait",
			      NULL};
	struct child_spec spec = {
	    .name = "child", .argv = argv, .on_line = on_line, .arg = &say};
	struct listener *li;
	struct child *c;
	struct loop *l;
	struct err e;
	char *dir;

	ASSERT(reaper_start(&e));
	ASSERT(loop_new(&l, &e));
	if (until >= DIR_MADE) {
		CLEANUP(freep) char *path = NULL;

		ASSERT(tmpdir_new(&dir, "avsbed", &e));
		path = xasprintf("%s/socket", dir);
		ASSERT(listener_new(&li, l, path, ignore_stream, NULL, &e));
		dprintf(say, "dir %s\n", dir);
	}
	if (until >= CHILD_RUNS) {
		ASSERT(child_spawn(&c, l, &spec, &e));
		dprintf(say, "child %d\n", (int)child_pid(c));
	}
	dprintf(say, "there\n");
	ASSERT(
	    !loop_run_until(l, never, NULL, SOON + 20000, "being killed", &e));
	_exit(1);
}

static void machine_start(struct machine *m, enum stage until)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	m->pid = fork();
	assert_true(m->pid >= 0);
	if (!m->pid) {
		setpgid(0, 0);
		close(p[0]);
		be_harness(until, p[1]);
	}
	close(p[1]);
	m->said = p[0];
}

/* The next line that begins with @word; what follows it in @ret. */
static void hear(struct machine *m, const char *word, char ret[256])
{
	size_t n = 0;

	for (;;) {
		struct pollfd p = {.fd = m->said, .events = POLLIN};

		assert_int_equal(poll(&p, 1, 5000), 1);
		assert_int_equal(read(m->said, ret + n, 1), 1);
		if (ret[n] != '\n') {
			assert_true(++n < 255);
			continue;
		}
		ret[n] = 0;
		if (!strncmp(ret, word, strlen(word)))
			break;
		n = 0;
	}
	memmove(ret, ret + strlen(word), n + 1 - strlen(word));
}

static int process(const char *text)
{
	uint64_t pid;
	struct err e;
	int fd;

	assert_ok(dec_u64(&pid, text, &e), &e);
	fd = pidfd_open((pid_t)pid, 0);
	assert_true(fd >= 0);
	return fd;
}

/* The machine's first child. */
static int reaper_of(const struct machine *m)
{
	CLEANUP(freep)
	char *path =
	    xasprintf("/proc/%d/task/%d/children", (int)m->pid, (int)m->pid);
	struct buf b = BUF_INIT(4096);
	struct err e;
	int fd;

	assert_ok(buf_read_file(&b, path, &e), &e);
	b.data[strcspn(buf_str(&b), " ")] = 0;
	fd = process(buf_str(&b));
	buf_done(&b);
	return fd;
}

/* It ended, or does so by @deadline. Takes @fd. */
static void must_end(int fd, uint64_t deadline)
{
	uint64_t now = clock_ms();
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(
	    poll(&p, 1, deadline > now ? (int)(deadline - now) : 0), 1);
	close(fd);
}

/* Killed at @until, as a process or with its whole group: nothing is left. */
static void kill_at(struct ground *g, enum stage until, bool group)
{
	char dir[256] = "", text[256];
	int child = -1, grandchild = -1, gone = -1, reaper;
	struct machine m;
	uint64_t deadline;

	setenv("TMPDIR", g->dir, 1);
	machine_start(&m, until);
	unsetenv("TMPDIR");
	if (until >= DIR_MADE) {
		hear(&m, "dir ", dir);
		assert_int_equal(access(dir, F_OK), 0);
	}
	if (until >= CHILD_RUNS) {
		hear(&m, "child ", text);
		child = process(text);
	}
	if (until >= ALL_UP) {
		hear(&m, "grandchild ", text);
		grandchild = process(text);
		/* This one leaves the group. */
		hear(&m, "grandchild ", text);
		gone = process(text);
	} else {
		hear(&m, "there", text);
	}
	reaper = reaper_of(&m);
	deadline = clock_ms() + 1000;
	assert_int_equal(kill(group ? -m.pid : m.pid, SIGKILL), 0);
	if (child >= 0)
		must_end(child, deadline);
	if (grandchild >= 0)
		must_end(grandchild, deadline);
	if (gone >= 0)
		must_end(gone, deadline);
	must_end(reaper, deadline);
	if (*dir) {
		assert_int_equal(access(dir, F_OK), -1);
		assert_int_equal(errno, ENOENT);
	}
	assert_int_equal(waitpid(m.pid, NULL, 0), m.pid);
	close(m.said);
}

static void kill_minus_nine_leaves_nothing(void **state)
{
	for (enum stage s = REAPER_UP; s < STAGES; s++) {
		kill_at(*state, s, false);
		kill_at(*state, s, true);
	}
}

static void an_orderly_end_leaves_nothing_to_do(void **state)
{
	struct ground *g = *state;
	const char *argv[] = {"/bin/true", NULL};
	struct child_spec spec = {.name = "true", .argv = argv};
	struct buf b = BUF_INIT(64);
	char *dir, *file;
	struct stat st;
	struct err e;

	setenv("TMPDIR", g->dir, 1);
	assert_ok(reaper_start(&e), &e);
	assert_ok(tmpdir_new(&dir, "avsbed", &e), &e);
	unsetenv("TMPDIR");
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	file = xasprintf("%s/sub", dir);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_ok(child_run(g->l, &spec, &b, 5000, &e), &e);
	tmpdir_free(dir);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(reaper_stop(), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	free(file);
	buf_done(&b);
}

struct heard {
	char line[64];
	bool any;
};

static void get_line(void *arg, enum child_stream s, const char *line)
{
	struct heard *h = arg;

	(void)s;
	snprintf(h->line, sizeof(h->line), "%s", line);
	h->any = true;
}

static void who_left_the_group_is_found_at_the_end(void **state)
{
	struct ground *g = *state;
	struct heard h = {.any = false};
	const char *argv[] = {"/bin/sh", "-c",
			      "setsid sh -c 'echo $$; exec tail -f /dev/null "
			      ">/dev/null 2>&1' & read x",
			      NULL};
	struct child_spec spec = {.name = "sh",
				  .argv = argv,
				  .hold_stdin = true,
				  .on_line = get_line,
				  .arg = &h};
	struct child *c;
	struct err e;
	int fd;

	assert_ok(reaper_start(&e), &e);
	assert_ok(child_spawn(&c, g->l, &spec, &e), &e);
	await(g, h.any, "who left");
	fd = process(h.line);
	child_close_stdin(c);
	assert_ok(child_wait(c, SOON, &e), &e);
	child_free(c);
	assert_int_equal(reaper_stop(), 1);
	must_end(fd, clock_ms());
}

static void what_was_taken_back_stays(void **state)
{
	struct ground *g = *state;
	char *keep = xstrdup(in_dir(g, "keep"));
	char *drop = xstrdup(in_dir(g, "drop"));
	struct machine m;
	char text[256];
	struct err e;
	int p[2], reaper;

	assert_int_equal(mkdir(keep, 0700), 0);
	assert_int_equal(mkdir(drop, 0700), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	m = (struct machine){.pid = fork(), .said = p[0]};
	if (!m.pid) {
		ASSERT(reaper_start(&e));
		reaper_dir(keep);
		reaper_dir(drop);
		reaper_undir(keep);
		dprintf(p[1], "there\n");
		pause();
	}
	close(p[1]);
	hear(&m, "there", text);
	reaper = reaper_of(&m);
	assert_int_equal(kill(m.pid, SIGKILL), 0);
	must_end(reaper, clock_ms() + 1000);
	assert_int_equal(waitpid(m.pid, NULL, 0), m.pid);
	close(m.said);
	assert_int_equal(access(drop, F_OK), -1);
	assert_int_equal(access(keep, F_OK), 0);
	free(keep);
	free(drop);
}

static void a_bad_tmpdir_is_named(void **state)
{
	char *dir = NULL;
	struct err e;

	(void)state;
	setenv("TMPDIR", "/nowhere", 1);
	assert_err(tmpdir_new(&dir, "avsbed", &e), &e, ERR_OS,
		   "cannot make directory /nowhere/avsbed.");
	unsetenv("TMPDIR");
	assert_non_null(strstr(e.text, "TMPDIR says where"));
	tmpdir_free(NULL);
}

/* As the caller says; else in memory where the machine has that. */
static void small_ones_are_in_memory_unless_told(void **state)
{
	char *home = kit_tmpdir_new(), *dir = NULL;
	struct statfs fs;
	struct err e;

	(void)state;
	setenv("TMPDIR", home, 1);
	assert_ok(tmpdir_new_small(&dir, "small", &e), &e);
	assert_memory_equal(dir, home, strlen(home));
	tmpdir_free(TAKE(dir));
	unsetenv("TMPDIR");

	assert_ok(tmpdir_new_small(&dir, "small", &e), &e);
	if (!statfs("/dev/shm", &fs) && fs.f_type == TMPFS_MAGIC &&
	    fs.f_bavail * (uint64_t)fs.f_bsize > 64u << 20 &&
	    !access("/dev/shm", W_OK | X_OK))
		assert_memory_equal(dir, "/dev/shm/small.", 15);
	else
		assert_memory_equal(dir, "/tmp/small.", 11);
	assert_int_equal(access(dir, W_OK), 0);
	tmpdir_free(dir);
	kit_tmpdir_free(home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(kill_minus_nine_leaves_nothing),
	    test(an_orderly_end_leaves_nothing_to_do),
	    test(who_left_the_group_is_found_at_the_end),
	    test(what_was_taken_back_stays),
	    test(a_bad_tmpdir_is_named),
	    test(small_ones_are_in_memory_unless_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
