#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/child_priv.h"
#include "io/reaper.h"

#define READ_CHUNK 65536
/* What a pipe can still hold when its writers are dead, and some more. */
#define DRAIN_READS 32
/* Small enough to fit into an error's text with what went wrong. */
#define TAIL_MAX 600
#define TAIL_LINE_MAX 200

static const char CUT_MARK[] = "…";

struct output {
	struct child *child;
	enum child_stream which;
	int fd;
	struct watch *watch;
	struct buf line;
};

struct child {
	struct loop *loop;
	char *name;
	pid_t pid; /* also its group */
	int pidfd, stdin_fd, log_fd;
	size_t log_len;
	struct watch *watch;
	struct output out[2];
	char tail[TAIL_MAX + 1]; /* its last lines */
	size_t tail_len;
	struct buf *collect; /* of child_run */
	bool running;
	bool held; /* by our SIGSTOP, which it may not have seen yet */
	int status;
	void (*on_line)(void *arg, enum child_stream s, const char *line);
	void (*on_exit)(void *arg, int status);
	void *arg;
	unsigned inside; /* callbacks that are running */
	bool freed;	 /* by one of them */
};

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* A full disk must not end the run that it would explain. */
		if (n < 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void write_log(struct child *c, const char *data, size_t len)
{
	static const char cut[] = "\n[avsbed: the log ends here: too long]\n";

	if (c->log_fd < 0)
		return;
	c->log_len += len;
	if (c->log_len <= CHILD_LOG_MAX) {
		write_all(c->log_fd, data, len);
		return;
	}
	write_all(c->log_fd, cut, sizeof(cut) - 1);
	fd_close(&c->log_fd);
}

static void tail_add(struct child *c, const char *text, size_t len)
{
	memcpy(c->tail + c->tail_len, text, len);
	c->tail_len += len;
	c->tail[c->tail_len] = 0;
}

static void keep_tail(struct child *c, const char *line, size_t len)
{
	size_t shown = len > TAIL_LINE_MAX ? TAIL_LINE_MAX : len;
	const char *mark = len > shown ? CUT_MARK : "";
	size_t want = c->tail_len + 1 + shown + strlen(mark);

	if (want > TAIL_MAX) {
		const char *end =
		    strchr(c->tail + (want - TAIL_MAX) - 1, '\n');
		size_t gone = end ? (size_t)(end + 1 - c->tail) : c->tail_len;

		c->tail_len -= gone;
		memmove(c->tail, c->tail + gone, c->tail_len);
	}
	if (c->tail_len)
		tail_add(c, "\n", 1);
	tail_add(c, line, shown);
	tail_add(c, mark, strlen(mark));
}

/* @s: ends with a NUL. */
static void end_line(struct output *o, char *s, size_t len)
{
	struct child *c = o->child;

	for (size_t i = 0; i < len; i++)
		if (!s[i])
			s[i] = '?';
	keep_tail(c, s, len);
	if (c->on_line && !c->freed)
		c->on_line(c->arg, o->which, s);
}

/* What came of it in pieces. */
static void end_pieces(struct output *o)
{
	if (o->line.over) {
		o->line.over = false;
		o->line.len -= sizeof(CUT_MARK) - 1;
		buf_adds(&o->line, CUT_MARK);
	}
	end_line(o, (char *)o->line.data, o->line.len);
	buf_done(&o->line);
}

/* Most come whole, and are read where they are. */
static void split_lines(struct output *o, char *data, size_t len)
{
	while (len && !o->child->freed) {
		char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		if (end && !o->line.len) {
			*end = 0;
			end_line(o, data, n);
		} else {
			buf_add(&o->line, data, n);
			if (end)
				end_pieces(o);
		}
		n += end != NULL;
		data += n;
		len -= n;
	}
}

/* Returns whether there may be more. */
static bool read_output(struct output *o)
{
	static char chunk[READ_CHUNK];
	struct child *c = o->child;
	ssize_t n = o->fd < 0 ? 0 : read(o->fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR;
	if (!n) {
		watch_free(TAKE(o->watch));
		fd_close(&o->fd);
		return false;
	}
	write_log(c, chunk, (size_t)n);
	if (c->collect)
		buf_add(c->collect, chunk, (size_t)n);
	split_lines(o, chunk, (size_t)n);
	return true;
}

static void destroy(struct child *c)
{
	for (int i = 0; i < 2; i++) {
		watch_free(c->out[i].watch);
		fd_close(&c->out[i].fd);
		buf_done(&c->out[i].line);
	}
	watch_free(c->watch);
	fd_close(&c->pidfd);
	fd_close(&c->stdin_fd);
	fd_close(&c->log_fd);
	free(c->name);
	free(c);
}

static void leave(struct child *c)
{
	if (!--c->inside && c->freed)
		destroy(c);
}

/*
 * End what is left of the group and collect it. The leader is a zombie or
 * about to be one: until it is collected nobody else can have its number.
 */
static void collect_group(struct child *c)
{
	kill(-c->pid, SIGKILL);
	reaper_ungroup(c->pid);
	while (waitpid(c->pid, &c->status, 0) < 0)
		ASSERT(errno == EINTR);
	/* Its orphans are ours, if reaper_start() was called. */
	while (waitpid(-c->pid, NULL, 0) > 0 || errno == EINTR)
		;
	c->running = false;
	watch_free(TAKE(c->watch));
	fd_close(&c->stdin_fd);
}

static void on_output(void *arg, uint32_t events)
{
	struct output *o = arg;
	struct child *c = o->child;

	(void)events;
	c->inside++;
	read_output(o);
	leave(c);
}

static void on_end(void *arg, uint32_t events)
{
	struct child *c = arg;

	(void)events;
	c->inside++;
	collect_group(c);
	for (int i = 0; i < 2; i++) {
		struct output *o = &c->out[i];

		for (int n = 0; n < DRAIN_READS && read_output(o); n++)
			;
		if (o->line.len && !c->freed)
			end_pieces(o);
		watch_free(TAKE(o->watch));
		fd_close(&o->fd);
	}
	fd_close(&c->log_fd);
	if (c->on_exit && !c->freed)
		c->on_exit(c->arg, c->status);
	leave(c);
}

static void watch_child(struct child *c)
{
	c->running = true;
	c->watch = loop_watch(c->loop, c->pidfd, EPOLLIN, on_end, c);
	for (int i = 0; i < 2; i++)
		c->out[i].watch = loop_watch(c->loop, c->out[i].fd, EPOLLIN,
					     on_output, &c->out[i]);
}

static bool open_log(struct child *c, const char *path, struct err *e)
{
	if (!path)
		return true;
	/* Appended to: a process that is started again has one log. */
	c->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (c->log_fd < 0)
		return err_os(e, errno, "cannot write the log %s", path);
	return true;
}

static bool spawn(struct child **ret, struct loop *l,
		  const struct child_spec *spec, struct buf *collect,
		  struct err *e)
{
	CLEANUP(child_freep) struct child *c = xcalloc(1, sizeof(*c));
	struct started p;

	*c = (struct child){.loop = l,
			    .name = xstrdup(spec->name),
			    .pidfd = -1,
			    .stdin_fd = -1,
			    .log_fd = -1,
			    .collect = collect,
			    .on_line = spec->on_line,
			    .on_exit = spec->on_exit,
			    .arg = spec->arg};
	for (int i = 0; i < 2; i++)
		c->out[i] = (struct output){.child = c,
					    .which = (enum child_stream)i,
					    .fd = -1,
					    .line = BUF_INIT(CHILD_LINE_MAX)};
	if (!open_log(c, spec->log_path, e) || !child_start(&p, spec, e))
		return err_ctx(e, "starting %s", spec->name);
	c->pid = p.pid;
	c->pidfd = p.pidfd;
	c->stdin_fd = p.stdin_fd;
	c->out[CHILD_OUT].fd = p.out_fd;
	c->out[CHILD_ERR].fd = p.err_fd;
	watch_child(c);
	*ret = TAKE(c);
	return true;
}

bool child_spawn(struct child **ret, struct loop *l,
		 const struct child_spec *spec, struct err *e)
{
	return spawn(ret, l, spec, NULL, e);
}

void child_free(struct child *c)
{
	if (!c)
		return;
	if (c->running)
		collect_group(c);
	c->freed = true;
	if (!c->inside)
		destroy(c);
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}

bool child_running(const struct child *c)
{
	return c->running;
}

int child_status(const struct child *c)
{
	ASSERT(!c->running);
	return c->status;
}

const char *child_tail(const struct child *c)
{
	return c->tail_len ? c->tail : "nothing";
}

void child_signal(struct child *c, int signo)
{
	if (!c->running)
		return;
	kill(-c->pid, signo);
	if (signo == SIGSTOP || signo == SIGCONT)
		c->held = signo == SIGSTOP;
}

/* By whomever. */
static bool is_stopped(const struct child *c)
{
	siginfo_t info = {0};

	return c->running &&
	       (c->held || (!waitid(P_PID, (id_t)c->pid, &info,
				    WSTOPPED | WNOHANG | WNOWAIT) &&
			    info.si_pid));
}

void child_write(struct child *c, const char *text)
{
	const struct timespec now = { 0 };
	sigset_t pipe, old;

	if (c->stdin_fd < 0)
		return;
	/* Whoever reads our own output decides on SIGPIPE, no child. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, &old);
	if (write(c->stdin_fd, text, strlen(text)) < 0 && errno == EPIPE)
		sigtimedwait(&pipe, NULL, &now);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

void child_close_stdin(struct child *c)
{
	fd_close(&c->stdin_fd);
}

static bool ended(void *arg)
{
	return !((struct child *)arg)->running;
}

void child_stop(struct child *c, unsigned grace_ms, bool *ret_killed)
{
	struct err e;
	bool killed;

	child_signal(c, SIGTERM);
	/*
	 * One that is stopped would never see it. For any other it would come
	 * in the middle of its end, where it takes the SIGSTOP away by which
	 * LeakSanitizer, or a debugger, holds threads: both would wait for ever.
	 */
	if (is_stopped(c))
		child_signal(c, SIGCONT);
	killed =
	    !loop_finish(c->loop, ended, c, clock_ms() + grace_ms, c->name, &e);
	if (killed) {
		child_signal(c, SIGKILL);
		/* The kernel ends it; there is nothing to give up for. */
		ASSERT(loop_finish(c->loop, ended, c, UINT64_MAX, c->name, &e));
	}
	if (ret_killed)
		*ret_killed = killed;
}

bool child_wait(struct child *c, uint64_t deadline_ms, struct err *e)
{
	CLEANUP(freep) char *what = xasprintf("%s to end", c->name);

	return loop_run_until(c->loop, ended, c, deadline_ms, what, e);
}

bool child_run(struct loop *l, const struct child_spec *spec, struct buf *out,
	       unsigned timeout_ms, struct err *e)
{
	CLEANUP(child_freep) struct child *c = NULL;
	char status[64];

	if (!spawn(&c, l, spec, out, e) ||
	    !child_wait(c, clock_ms() + timeout_ms, e))
		return false;
	if (c->status)
		return err_set(e, ERR_CHILD, c->status, "%s: %s; it said: %s",
			       c->name, child_status_text(c->status, status),
			       child_tail(c));
	return buf_ok(out, c->name, e);
}

const char *child_status_text(int status, char ret[64])
{
	if (WIFEXITED(status)) {
		snprintf(ret, 64, "exit status %d", WEXITSTATUS(status));
	} else {
		const char *name = sigabbrev_np(WTERMSIG(status));

		snprintf(ret, 64, "killed by SIG%s", name ? name : "?");
	}
	return ret;
}
