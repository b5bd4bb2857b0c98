#include "io/reaper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/hex.h"
#include "io/loop.h"

#define GROUP_END_MS 500 /* how long a killed group's leader may take */
#define REAPER_NAME "avsbed-reaper"
#define REMOVE_TRIES 100
#define MARK_ROUNDS 20 /* whom we kill may just have forked */
#define ENVIRON_MAX (1u << 20)
#define SOCKET_LEN_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define TMPDIR_LEN_MAX (SOCKET_LEN_MAX - 24) /* "/alice/rpc.ipc" and the like */

/*
 * A file system that keeps its inodes in memory: ext4 searches long for one
 * that was not deleted just now, and each play makes and deletes a dozen for
 * each operator.
 */
#define MEMORY_DIR "/dev/shm"
#define MEMORY_FREE_MIN (32u << 20)

enum what { GROUP, UNGROUP, DIRECTORY, UNDIRECTORY };

/* One message; a record socket keeps its borders. */
struct record {
	enum what what;
	pid_t group;
	char path[PATH_MAX];
};

/* In the harness: */
static int to_reaper = -1;
static pid_t reaper_pid;
static char mark[sizeof(REAPER_MARK) + 40];

/* In the reaper: */
struct announced {
	pid_t *groups;
	size_t groups_n, groups_cap;
	char **dirs;
	size_t dirs_n, dirs_cap;
};

static void note(struct announced *a, const struct record *r)
{
	switch (r->what) {
	case GROUP:
		GROW(a->groups, a->groups_n, a->groups_cap);
		a->groups[a->groups_n++] = r->group;
		break;
	case UNGROUP:
		for (size_t i = 0; i < a->groups_n; i++)
			if (a->groups[i] == r->group)
				a->groups[i] = a->groups[--a->groups_n];
		break;
	case DIRECTORY:
		GROW(a->dirs, a->dirs_n, a->dirs_cap);
		a->dirs[a->dirs_n++] = xstrdup(r->path);
		break;
	case UNDIRECTORY:
		for (size_t i = 0; i < a->dirs_n; i++)
			if (!strcmp(a->dirs[i], r->path)) {
				free(a->dirs[i]);
				a->dirs[i] = a->dirs[--a->dirs_n];
			}
		break;
	}
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

/* Again where somebody who is just dying still makes files. */
static void remove_tree(const char *path)
{
	for (int i = 0; i < REMOVE_TRIES; i++)
		if (!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) ||
		    errno == ENOENT)
			return;
}

/* One of a worker's, or that we inherited: it has work to do, and ends then. */
static bool is_reaper(pid_t pid)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/comm", (int)pid);
	struct buf b = BUF_INIT(64);
	struct err e;
	bool yes = buf_read_file(&b, path, &e) &&
		   !strcmp(buf_str(&b), REAPER_NAME "\n");

	buf_done(&b);
	return yes;
}

static bool is_marked(pid_t pid)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/environ", (int)pid);
	struct buf b = BUF_INIT(ENVIRON_MAX);
	size_t len = strlen(mark) + 1;
	const char *at = NULL;
	struct err e;
	bool found;

	if (buf_read_file(&b, path, &e))
		at = memmem(buf_str(&b), b.len, mark, len);
	found = at && (at == buf_str(&b) || !at[-1]);
	buf_done(&b);
	return found;
}

/* Who has left its group, by setsid for one. Returns whether there was any. */
static bool kill_marked(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	bool any = false;
	struct err e;

	while (proc && (d = readdir(proc))) {
		uint64_t pid;

		if (!dec_u64(&pid, d->d_name, &e) || (pid_t)pid == getpid() ||
		    !is_marked((pid_t)pid) || is_reaper((pid_t)pid))
			continue;
		kill((pid_t)pid, SIGKILL);
		any = true;
	}
	if (proc)
		closedir(proc);
	return any;
}

static void end_all(struct announced *a)
{
	uint64_t deadline = clock_ms() + GROUP_END_MS;
	struct pollfd *p = xcalloc(a->groups_n + 1, sizeof(*p));

	for (size_t i = 0; i < a->groups_n; i++) {
		p[i] = (struct pollfd){.fd = pidfd_open(a->groups[i], 0),
				       .events = POLLIN};
		kill(-a->groups[i], SIGKILL);
	}
	for (size_t i = 0; i < a->groups_n; i++) {
		uint64_t now = clock_ms();

		if (p[i].fd >= 0 && now < deadline)
			poll(&p[i], 1, (int)(deadline - now));
	}
	for (int i = 0; i < MARK_ROUNDS && kill_marked(); i++)
		;
	for (size_t i = 0; i < a->dirs_n; i++)
		remove_tree(a->dirs[i]);
	free(p);
}

NORETURN static void reaper_main(int from_harness)
{
	struct announced a = {0};
	struct record r;
	char ready = 1;
	sigset_t none;
	ssize_t n;

	/* Out of reach of Ctrl-C and of whoever kills our group. */
	setsid();
	prctl(PR_SET_NAME, REAPER_NAME);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/*
	 * Everything inherited goes, stdio included: who reads our output to
	 * its end must not wait for this process.
	 */
	dup2(from_harness, STDIN_FILENO);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	/* Ready: until here a blow at the harness's group would hit us too. */
	(void)!send(STDIN_FILENO, &ready, 1, MSG_NOSIGNAL);
	while ((n = recv(STDIN_FILENO, &r, sizeof(r), 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		note(&a, &r);
	}
	end_all(&a);
	_exit(0);
}

bool reaper_start(struct err *e)
{
	int fds[2];
	char ready;

	ASSERT(!reaper_pid);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return err_os(e, errno, "cannot adopt orphans");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return err_os(e, errno, "cannot make the reaper's socket");
	snprintf(mark, sizeof(mark), "%s%d.%" PRIx64, REAPER_MARK,
		 (int)getpid(), clock_ns());
	reaper_pid = fork();
	if (!reaper_pid) {
		close(fds[1]);
		reaper_main(fds[0]);
	}
	fd_close(&fds[0]);
	/* After a failed fork this is the end of the socket, too. */
	if (recv(fds[1], &ready, 1, 0) != 1) {
		int errnum = errno;

		if (reaper_pid > 0)
			waitpid(reaper_pid, NULL, 0);
		reaper_pid = 0;
		fd_close(&fds[1]);
		return err_os(e, errnum, "cannot start the reaper");
	}
	to_reaper = fds[1];
	return true;
}

/* Async-signal-safe: child_spawn() calls it between fork and exec. */
static void tell(const struct record *r, size_t len)
{
	/* If somebody killed the reaper there is nobody to tell. */
	if (to_reaper >= 0)
		(void)!send(to_reaper, r, len, MSG_NOSIGNAL);
}

static void tell_group(enum what what, pid_t group)
{
	struct record r;

	r.what = what;
	r.group = group;
	tell(&r, offsetof(struct record, path));
}

static void tell_dir(enum what what, const char *path)
{
	struct record r = {.what = what};
	size_t len = strlen(path);

	ASSERT(len < sizeof(r.path) && path[0] == '/');
	memcpy(r.path, path, len + 1);
	tell(&r, offsetof(struct record, path) + len + 1);
}

void reaper_group(pid_t group)
{
	tell_group(GROUP, group);
}

void reaper_ungroup(pid_t group)
{
	tell_group(UNGROUP, group);
}

const char *reaper_mark(void)
{
	return reaper_pid ? mark : "";
}

void reaper_dir(const char *path)
{
	tell_dir(DIRECTORY, path);
}

void reaper_undir(const char *path)
{
	tell_dir(UNDIRECTORY, path);
}

/* One child of ours other than the reaper, or 0. */
static pid_t any_child(void)
{
	CLEANUP(freep)
	char *path = xasprintf("/proc/self/task/%d/children", (int)getpid());
	struct buf b = BUF_INIT(1u << 16);
	pid_t found = 0;
	struct err e;

	if (buf_read_file(&b, path, &e))
		for (const char *s = buf_str(&b); *s && !found;) {
			size_t n = strspn(s, "0123456789");
			CLEANUP(freep) char *text = xstrndup(s, n);
			uint64_t pid;

			if (dec_u64(&pid, text, &e) && (pid_t)pid != reaper_pid)
				found = (pid_t)pid;
			s += n;
			s += strspn(s, " ");
		}
	buf_done(&b);
	return found;
}

unsigned reaper_stop(void)
{
	unsigned left = 0;
	pid_t pid;

	if (!reaper_pid)
		return 0;
	/* Killing one may hand us its children: until there is none. */
	while ((pid = any_child())) {
		siginfo_t info = {0};

		/* What ended by itself was no leak, only an orphan. */
		if (!waitid(P_PID, (id_t)pid, &info,
			    WEXITED | WNOHANG | WNOWAIT) &&
		    !info.si_pid && !is_reaper(pid)) {
			left++;
			kill(pid, SIGKILL);
		}
		waitpid(pid, NULL, 0);
	}
	fd_close(&to_reaper);
	waitpid(reaper_pid, NULL, 0);
	reaper_pid = 0;
	return left;
}

const char *tmpdir_base(void)
{
	const char *base = getenv("TMPDIR");

	return base && *base == '/' ? base : "/tmp";
}

/* Where a few small files cost no disk, unless TMPDIR says where. */
static const char *memory_base(void)
{
	struct statfs fs;

	if (getenv("TMPDIR") || access(MEMORY_DIR, W_OK | X_OK) ||
	    statfs(MEMORY_DIR, &fs) || fs.f_type != TMPFS_MAGIC ||
	    fs.f_bavail < MEMORY_FREE_MIN / (uint64_t)fs.f_bsize)
		return tmpdir_base();
	return MEMORY_DIR;
}

static bool dir_new(char **ret, const char *base, const char *prefix,
		    struct err *e)
{
	/*
	 * Announced before it is made, so that no moment leaves it behind; by
	 * pid and time nobody else's can have the name.
	 */
	char *path = xasprintf("%s/%s.%d.%" PRIx64, base, prefix, (int)getpid(),
			       clock_ns());

	if (strlen(path) > TMPDIR_LEN_MAX) {
		err_set(e, ERR_LIMIT, 0,
			"%s is too long for sockets in it, whose paths have at "
			"most %zu bytes; set TMPDIR to a shorter one, such as "
			"/tmp",
			path, SOCKET_LEN_MAX);
		free(path);
		return false;
	}
	reaper_dir(path);
	if (mkdir(path, 0700)) {
		int errnum = errno;

		reaper_undir(path);
		err_os(e, errnum,
		       "cannot make directory %s (TMPDIR says where)", path);
		free(path);
		return false;
	}
	*ret = path;
	return true;
}

bool tmpdir_new(char **ret, const char *prefix, struct err *e)
{
	return dir_new(ret, tmpdir_base(), prefix, e);
}

bool tmpdir_new_small(char **ret, const char *prefix, struct err *e)
{
	return dir_new(ret, memory_base(), prefix, e);
}

void tmpdir_free(char *dir)
{
	if (!dir)
		return;
	remove_tree(dir);
	reaper_undir(dir);
	free(dir);
}
