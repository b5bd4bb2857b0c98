#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/base.h"
#include "io/child_priv.h"
#include "io/reaper.h"

/* Where the child's side failed, if it did, and why. */
enum stage { STAGE_NONE, STAGE_STDIO, STAGE_CWD, STAGE_EXEC };

/* Written by the child, in memory that it borrows; so it is volatile. */
struct failure {
	enum stage stage;
	int errnum;
};

/* Both ends of what the child inherits; [0] is read from, [1] written to. */
struct pipes {
	int in[2], out[2], err[2];
};

#define PIPES_NONE ((struct pipes){{-1, -1}, {-1, -1}, {-1, -1}})

static void close_both(int p[2])
{
	fd_close(&p[0]);
	fd_close(&p[1]);
}

static void pipes_close(struct pipes *p)
{
	close_both(p->in);
	close_both(p->out);
	close_both(p->err);
}

/* Above stdio, so that the child's dup2() cannot overwrite one of them. */
static bool above_stdio(int *fd)
{
	int up;

	if (*fd > STDERR_FILENO)
		return true;
	up = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	fd_close(fd);
	*fd = up;
	return up >= 0;
}

static bool pipe_new(int p[2])
{
	return !pipe2(p, O_CLOEXEC) && above_stdio(&p[0]) && above_stdio(&p[1]);
}

static bool pipes_open(struct pipes *p, const struct child_spec *spec,
		       struct err *e)
{
	bool ok = pipe_new(p->out) && pipe_new(p->err);

	if (ok && spec->hold_stdin) {
		ok = pipe_new(p->in);
	} else if (ok) {
		p->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ok = p->in[0] >= 0 && above_stdio(&p->in[0]);
	}
	if (ok)
		ok = !fcntl(p->out[0], F_SETFL, O_NONBLOCK) &&
		     !fcntl(p->err[0], F_SETFL, O_NONBLOCK);
	return ok || err_os(e, errno, "cannot make its pipes");
}

/*
 * From here to exec only async-signal-safe calls. The group exists and the
 * reaper knows it before the program can do anything.
 */
NORETURN static void child_side(const struct child_spec *spec,
				const struct pipes *p, pid_t parent,
				char *const *argv, char *const *env,
				volatile struct failure *f)
{
	enum stage stage = STAGE_STDIO;
	sigset_t none;

	/* The second line, should parent and reaper die together. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0);
	reaper_group(getpid());
	/* What we block or ignore is no business of the program. */
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(p->in[0], STDIN_FILENO) < 0 ||
	    dup2(p->out[1], STDOUT_FILENO) < 0 ||
	    dup2(p->err[1], STDERR_FILENO) < 0)
		goto failed;
	/* Ours are CLOEXEC one by one; this is for those of libraries. */
	close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
	stage = STAGE_CWD;
	if (spec->cwd && chdir(spec->cwd))
		goto failed;
	stage = STAGE_EXEC;
	execve(argv[0], argv, env);
failed:
	f->errnum = errno;
	f->stage = stage;
	_exit(127);
}

static bool explain(const volatile struct failure *f,
		    const struct child_spec *spec, struct err *e)
{
	switch (f->stage) {
	case STAGE_STDIO:
		return err_os(e, f->errnum, "cannot connect its output");
	case STAGE_CWD:
		return err_os(e, f->errnum, "cannot enter its directory %s",
			      spec->cwd);
	case STAGE_NONE:
	case STAGE_EXEC:
		break;
	}
	return err_os(e, f->errnum, "cannot execute %s", spec->argv[0]);
}

/* Of a child that executes its program, or has failed to. */
static bool exec_done(pid_t pid, const volatile struct failure *f,
		      const struct child_spec *spec, struct err *e)
{
	if (f->stage == STAGE_NONE)
		return true;
	reaper_ungroup(pid);
	while (waitpid(pid, NULL, 0) < 0)
		ASSERT(errno == EINTR);
	return explain(f, spec, e);
}

static int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* The environment with our reaper's mark in place of any other's. Borrows. */
static char **marked(char *const *env)
{
	size_t n = 0, len = sizeof(REAPER_MARK) - 1;
	const char *mark = reaper_mark();
	char **ret;

	while (env[n])
		n++;
	ret = xcalloc(n + 2, sizeof(*ret));
	n = 0;
	if (*mark)
		ret[n++] = (char *)(uintptr_t)mark;
	for (; *env; env++)
		if (!*mark || strncmp(*env, REAPER_MARK, len))
			ret[n++] = *env;
	return ret;
}

bool child_start(struct started *ret, const struct child_spec *spec,
		 struct err *e)
{
	/* exec's prototype predates const; it changes neither. */
	char *const *argv = (char *const *)(uintptr_t)spec->argv;
	CLEANUP(freep)
	char **env = marked(spec->env ? (char *const *)(uintptr_t)spec->env
				      : environ);
	CLEANUP(pipes_close) struct pipes p = PIPES_NONE;
	volatile struct failure f = {.stage = STAGE_NONE};
	pid_t parent = getpid(), pid;
	int pidfd;

	if (!pipes_open(&p, spec, e))
		return false;
	/*
	 * vfork costs the same however large we are. The child borrows our
	 * memory until exec, which we wait for, and changes nothing in it but
	 * its own frames and why it failed.
	 */
	pid = vfork();
	if (pid < 0)
		return err_os(e, errno, "cannot fork");
	if (!pid)
		child_side(spec, &p, parent, argv, env, &f);
	/* Valgrind's vfork is a fork, and its child may not have come to make
	 * its group; one that has executed its program has. */
	(void)setpgid(pid, pid);
	if (!exec_done(pid, &f, spec, e))
		return false;
	pidfd = pidfd_open(pid, 0); /* CLOEXEC by itself */
	if (pidfd < 0) {
		int errnum = errno;

		kill(-pid, SIGKILL);
		reaper_ungroup(pid);
		waitpid(pid, NULL, 0);
		return err_os(e, errnum, "cannot watch it");
	}
	*ret = (struct started){.pid = pid,
				.pidfd = pidfd,
				.stdin_fd = fd_take(&p.in[1]),
				.out_fd = fd_take(&p.out[0]),
				.err_fd = fd_take(&p.err[0])};
	return true;
}
