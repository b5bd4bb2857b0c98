#include "io/test/ground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/hex.h"
#include "io/child.h"

/* What a child did, as its callbacks saw it. */
struct seen {
	struct child *c;
	char lines[2][4096]; /* each followed by '|' */
	size_t longest, lines_n;
	bool said, exited, free_in_exit;
	int status;
};

static void on_line(void *arg, enum child_stream s, const char *line)
{
	struct seen *x = arg;
	size_t len = strlen(x->lines[s]);

	assert_false(x->exited);
	snprintf(x->lines[s] + len, sizeof(x->lines[s]) - len, "%s|", line);
	if (strlen(line) > x->longest)
		x->longest = strlen(line);
	x->lines_n++;
	x->said = true;
}

static void on_exit_(void *arg, int status)
{
	struct seen *x = arg;

	assert_false(x->exited);
	x->exited = true;
	x->status = status;
	if (x->free_in_exit)
		child_free(TAKE(x->c));
}

/* Runs @script in a shell. */
static void start(struct seen *x, struct ground *g, const char *script,
		  bool hold_stdin, const char *log)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct child_spec spec = {.name = "operator alice",
				  .argv = argv,
				  .hold_stdin = hold_stdin,
				  .log_path = log,
				  .on_line = on_line,
				  .on_exit = on_exit_,
				  .arg = x};
	struct err e;

	*x = (struct seen){0};
	assert_ok(child_spawn(&x->c, g->l, &spec, &e), &e);
}

static void output_comes_by_lines_and_before_the_end(void **state)
{
	struct ground *g = *state;
	char *log = xstrdup(in_dir(g, "log"));
	struct buf b = BUF_INIT(4096);
	struct seen x;
	struct err e;

	start(&x, g, "echo one; echo two >&2; printf 'a\\0b'; exit 3", false,
	      log);
	assert_true(child_running(x.c));
	assert_ok(child_wait(x.c, SOON, &e), &e);
	assert_true(x.exited);
	assert_false(child_running(x.c));
	assert_string_equal(x.lines[CHILD_OUT], "one|a?b|");
	assert_string_equal(x.lines[CHILD_ERR], "two|");
	assert_int_equal(WEXITSTATUS(x.status), 3);
	assert_int_equal(child_status(x.c), x.status);
	assert_non_null(strstr(child_tail(x.c), "two"));
	/* The log has the bytes, order of the two streams aside. */
	assert_ok(buf_read_file(&b, log, &e), &e);
	assert_int_equal(b.len, strlen("one\ntwo\na?b"));
	assert_non_null(memmem(b.data, b.len, "a\0b", 3));
	/* A second run's output follows the first's. */
	child_free(x.c);
	start(&x, g, "echo again", false, log);
	assert_ok(child_wait(x.c, SOON, &e), &e);
	buf_clear(&b);
	assert_ok(buf_read_file(&b, log, &e), &e);
	assert_int_equal(b.len, strlen("one\ntwo\na?bagain\n"));
	child_free(x.c);
	buf_done(&b);
	free(log);
}

static void a_program_that_cannot_start_is_named(void **state)
{
	struct ground *g = *state;
	const char *argv[] = {"/nowhere/anvil", NULL};
	struct child_spec spec = {.name = "anvil", .argv = argv};
	struct child *c = NULL;
	struct err e;

	assert_err(child_spawn(&c, g->l, &spec, &e), &e, ERR_OS,
		   "starting anvil: cannot execute /nowhere/anvil");
	assert_int_equal(e.sub, ENOENT);
	argv[0] = g->dir;
	assert_err(child_spawn(&c, g->l, &spec, &e), &e, ERR_OS,
		   "cannot execute");
	assert_int_equal(e.sub, EACCES);
	argv[0] = "/bin/true";
	spec.cwd = "/nowhere";
	assert_err(child_spawn(&c, g->l, &spec, &e), &e, ERR_OS,
		   "cannot enter its directory /nowhere");
	spec.cwd = NULL;
	spec.log_path = "/nowhere/log";
	assert_err(child_spawn(&c, g->l, &spec, &e), &e, ERR_OS,
		   "cannot write the log /nowhere/log");
	assert_null(c);
	/* None of them left a process behind. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void it_starts_clean(void **state)
{
	struct ground *g = *state;
	/* By /proc, since a shell has signals and descriptors of its own. */
	const char *argv[] = {"/bin/grep", "-E", "^Sig(Blk|Ign)",
			      "/proc/self/status", NULL};
	const char *list[] = {"/bin/ls", "/proc/self/fd", NULL};
	const char *env[] = {"ONLY=this", NULL};
	const char *printenv[] = {"/usr/bin/env", NULL};
	struct child_spec spec = {.name = "grep", .argv = argv};
	struct buf b = BUF_INIT(4096);
	sigset_t set, old;
	struct err e;
	int leaked = dup(2); /* as a careless library would */

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGPIPE, SIG_IGN);
	assert_ok(child_run(g->l, &spec, &b, 5000, &e), &e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* 32 and 33 are the C library's own, and as whoever started us left
	 * them: nobody can change them through it. */
	static const char ignored[] = "SigBlk:\t0000000000000000\nSigIgn:\t";
	uint64_t mask = 0;

	assert_memory_equal(buf_str(&b), ignored, strlen(ignored));
	assert_int_equal(b.len, strlen(ignored) + 16 + 1);
	for (size_t i = strlen(ignored); i < b.len - 1; i++)
		mask = mask << 4 | (uint64_t)hex_digit((char)b.data[i]);
	assert_int_equal(mask & ~(UINT64_C(3) << 31), 0);
	buf_clear(&b);
	spec.argv = list;
	assert_ok(child_run(g->l, &spec, &b, 5000, &e), &e);
	fd_close(&leaked);
	assert_string_equal(buf_str(&b), "0\n1\n2\n3\n"); /* 3: ls's own */
	buf_clear(&b);
	spec.argv = printenv;
	spec.env = env;
	assert_ok(child_run(g->l, &spec, &b, 5000, &e), &e);
	assert_string_equal(buf_str(&b), "ONLY=this\n");
	buf_done(&b);
}

static bool has_closed(void *arg)
{
	return strstr(((struct seen *)arg)->lines[CHILD_OUT], "closed|");
}

static void what_is_written_arrives_or_is_dropped(void **state)
{
	struct ground *g = *state;
	struct seen x;
	struct err e;

	start(&x, g, "read a; echo got $a; read b; echo got $b; exec <&-; "
		     "echo closed; sleep 60",
	      true, NULL);
	child_write(x.c, "one\n");
	child_write(x.c, "two\n");
	assert_ok(loop_run_until(g->l, has_closed, &x, SOON, "lines", &e), &e);
	assert_string_equal(x.lines[CHILD_OUT], "got one|got two|closed|");
	/* Nobody reads any more, and SIGPIPE would end this test. */
	child_write(x.c, "three\n");
	child_stop(x.c, 1000, NULL);
	child_write(x.c, "four\n");
	assert_true(x.exited);
	child_free(x.c);
}

static void run_says_how_it_failed(void **state)
{
	struct ground *g = *state;
	const char *argv[] = {"/bin/sh", "-c",
			      "echo fine; echo 'no such contract' >&2; exit 7",
			      NULL};
	const char *hang[] = {"/usr/bin/tail", "-f", "/dev/null", NULL};
	const char *yes[] = {"/bin/sh", "-c", "yes | head -c 100000", NULL};
	const char *kill_self[] = {"/bin/sh", "-c", "kill -SEGV $$", NULL};
	struct child_spec spec = {.name = "forge", .argv = argv};
	struct buf b = BUF_INIT(4096);
	struct err e;

	assert_err(child_run(g->l, &spec, &b, 5000, &e), &e, ERR_CHILD,
		   "forge: exit status 7; it said: ");
	assert_non_null(strstr(e.text, "no such contract"));
	assert_int_equal(WEXITSTATUS(e.sub), 7);
	spec.argv = kill_self;
	assert_err(child_run(g->l, &spec, &b, 5000, &e), &e, ERR_CHILD,
		   "forge: killed by SIGSEGV; it said: nothing");
	spec.argv = hang;
	assert_err(child_run(g->l, &spec, &b, 20, &e), &e, ERR_TIMEOUT,
		   "waiting for forge to end");
	spec.argv = yes;
	assert_err(child_run(g->l, &spec, &b, 5000, &e), &e, ERR_LIMIT,
		   "forge is larger than 4096 bytes");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	buf_done(&b);
}

static void a_flood_is_cut(void **state)
{
	struct ground *g = *state;
	char *log = xstrdup(in_dir(g, "log"));
	off_t size;
	struct seen x;
	struct err e;
	int fd;

	/* One line of 70 MB. */
	start(&x, g, "head -c 70000000 /dev/zero | tr '\\0' x; echo; echo end",
	      false, log);
	assert_ok(child_wait(x.c, SOON + 20000, &e), &e);
	assert_int_equal(x.lines_n, 2);
	assert_int_equal(x.longest, CHILD_LINE_MAX);
	assert_string_equal(child_tail(x.c) + strlen(child_tail(x.c)) - 7,
			    "…\nend");
	fd = open(log, O_RDONLY | O_CLOEXEC);
	size = lseek(fd, 0, SEEK_END);
	fd_close(&fd);
	assert_true(size <= (off_t)CHILD_LOG_MAX + 100);
	assert_true(size > (off_t)CHILD_LOG_MAX - 100000);
	child_free(x.c);
	free(log);
}

static void who_ignores_term_is_killed_at_the_deadline(void **state)
{
	struct ground *g = *state;
	struct seen x;
	bool killed = false;

	start(&x, g, "trap '' TERM; echo ready; exec cat", true, NULL);
	await(g, x.said, "ready");
	child_stop(x.c, 30, &killed);
	assert_true(killed);
	assert_int_equal(WTERMSIG(child_status(x.c)), SIGKILL);
	child_free(x.c);
	/* One that obeys is not killed, even if it was stopped. */
	start(&x, g, "echo ready; exec cat", true, NULL);
	await(g, x.said, "ready");
	child_signal(x.c, SIGSTOP);
	child_stop(x.c, 5000, &killed);
	assert_false(killed);
	assert_int_equal(WTERMSIG(child_status(x.c)), SIGTERM);
	child_signal(x.c, SIGKILL); /* nobody is there: nothing happens */
	child_free(x.c);
}

/* A debugger's SIGSTOP, by which it holds a thread, would be taken away. */
static void only_who_is_stopped_is_continued(void **state)
{
	struct ground *g = *state;
	siginfo_t info;
	struct seen x;
	bool killed = true;

	start(&x, g,
	      "trap 'end=1' TERM; trap 'echo continued' CONT; echo ready;"
	      "while [ -z \"$end\" ]; do :; done;"
	      /* Its end takes a while: what comes meanwhile is seen. */
	      "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done",
	      true, NULL);
	await(g, x.said, "ready");
	child_stop(x.c, 20000, &killed);
	assert_false(killed);
	assert_string_equal(x.lines[CHILD_OUT], "ready|");
	child_free(x.c);
	/* Whoever stopped it. */
	start(&x, g, "echo ready; exec cat", true, NULL);
	await(g, x.said, "ready");
	kill(child_pid(x.c), SIGSTOP);
	assert_int_equal(waitid(P_PID, (id_t)child_pid(x.c), &info,
				WSTOPPED | WNOWAIT), 0);
	child_stop(x.c, 5000, &killed);
	assert_false(killed);
	child_free(x.c);
}

static void the_end_of_stdin_ends_it(void **state)
{
	struct ground *g = *state;
	struct seen x;
	struct err e;

	start(&x, g, "echo ready; cat; echo bye", true, NULL);
	await(g, x.said, "ready");
	child_close_stdin(x.c);
	assert_ok(child_wait(x.c, SOON, &e), &e);
	assert_string_equal(x.lines[CHILD_OUT], "ready|bye|");
	child_free(x.c);
}

/* The first line that @x said, as a process. */
static int process_of(const struct seen *x)
{
	char text[32];
	uint64_t pid;
	struct err e;
	int fd;

	snprintf(text, sizeof(text), "%.*s",
		 (int)strcspn(x->lines[CHILD_OUT], "|"), x->lines[CHILD_OUT]);
	assert_ok(dec_u64(&pid, text, &e), &e);
	fd = pidfd_open((pid_t)pid, 0);
	assert_true(fd >= 0);
	return fd;
}

static bool ended_within(int pidfd, int ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

static void grandchildren_end_with_it(void **state)
{
	struct ground *g = *state;
	struct seen x;
	struct err e;
	int fd;

	/* It leaves one behind that holds its output open. */
	start(&x, g, "tail -f /dev/null & echo $!; read x", true, NULL);
	await(g, x.said, "the grandchild");
	fd = process_of(&x);
	assert_false(ended_within(fd, 0));
	child_close_stdin(x.c);
	assert_ok(child_wait(x.c, SOON, &e), &e);
	assert_true(ended_within(fd, 0)); /* before on_exit, not after */
	fd_close(&fd);
	child_free(x.c);
	/* The same when we end it. */
	start(&x, g, "tail -f /dev/null & echo $!; wait", true, NULL);
	await(g, x.said, "the grandchild");
	fd = process_of(&x);
	child_free(x.c);
	assert_true(ended_within(fd, 0));
	fd_close(&fd);
	/* None is left to be collected: we adopt orphans. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void it_may_be_freed_in_its_callback(void **state)
{
	struct ground *g = *state;
	struct seen x;

	start(&x, g, "echo a; echo b", false, NULL);
	x.free_in_exit = true;
	await(g, x.exited, "the end");
	assert_null(x.c);
	assert_string_equal(x.lines[CHILD_OUT], "a|b|");
}

static void exits_at_once_and_many_at_a_time(void **state)
{
	struct ground *g = *state;
	struct seen x[20];
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		start(&x[i], g, "exit 0", false, NULL);
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		assert_ok(child_wait(x[i].c, SOON, &e), &e);
		child_free(x[i].c);
	}
}

static int adopt(void **state)
{
	(void)state;
	return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(output_comes_by_lines_and_before_the_end),
	    test(a_program_that_cannot_start_is_named),
	    test(it_starts_clean),
	    test(what_is_written_arrives_or_is_dropped),
	    test(run_says_how_it_failed),
	    test(a_flood_is_cut),
	    test(who_ignores_term_is_killed_at_the_deadline),
	    test(only_who_is_stopped_is_continued),
	    test(the_end_of_stdin_ends_it),
	    test(grandchildren_end_with_it),
	    test(it_may_be_freed_in_its_callback),
	    test(exits_at_once_and_many_at_a_time),
	};

	return cmocka_run_group_tests(tests, adopt, NULL);
}
