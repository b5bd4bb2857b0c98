/*
 * probe - what avsbed does, seen from inside: preloaded into it by bench.c.
 *
 * Writes $BENCH_OUT/use: the CPU time of each child and of avsbed, in all and up
 * to each verdict, and the most memory it had. With $BENCH_RPC also
 * $BENCH_OUT/rpc, each request to anvil's socket with its time, its connection
 * and its text, and when a transaction was answered, without text, and
 * $BENCH_OUT/anvil, the command line of that anvil. That is work, which counts
 * as avsbed's.
 *
 * Interposes connect, send, recv, close, fflush and waitpid, and does what they do.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h" /* avsbed's own clock_ns() */
#include "bench/record.h"

#define FDS 4096

static FILE *rpc, *use; /* @rpc: NULL: not wanted */
static pid_t self; /* the one of avsbed's processes that talks to anvil */
static uint32_t connections, connection_of[FDS];
static bool sent_on[FDS]; /* a transaction, which is not answered yet */

static long us_of(const struct rusage *u)
{
	return u->ru_utime.tv_sec * 1000000L + u->ru_utime.tv_usec +
	       u->ru_stime.tv_sec * 1000000L + u->ru_stime.tv_usec;
}

static FILE *create(const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("BENCH_OUT"), name);
	f = fopen(path, "we");
	if (!f)
		abort();
	return f;
}

__attribute__((destructor)) static void probe_end(void)
{
	char line[256];
	struct rusage u;
	FILE *f;

	if (getpid() != self)
		return;
	getrusage(RUSAGE_SELF, &u);
	fprintf(use, "avsbed %ld\n", us_of(&u));
	f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmHWM:", 6))
			fprintf(use, "memory%s", line + 6);
	if (f)
		fclose(f);
	if (rpc)
		fclose(rpc);
	fclose(use);
}

/* "anvil" and the arguments, each behind a NUL, as the kernel has them. */
static void note_anvil(int fd)
{
	char path[64], args[8192];
	socklen_t len = sizeof(struct ucred);
	struct ucred peer;
	size_t n;
	FILE *f, *out;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)peer.pid);
	f = fopen(path, "re");
	if (!f)
		return;
	n = fread(args, 1, sizeof(args), f);
	fclose(f);
	out = create("anvil");
	fwrite(args, 1, n, out);
	fclose(out);
}

static bool is_anvil(const struct sockaddr *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)a;
	const char *slash;

	if (a->sa_family != AF_UNIX || !strstr(un->sun_path, "/anvil."))
		return false;
	slash = strrchr(un->sun_path, '/');
	return slash && !strcmp(slash, "/rpc");
}

int connect(int fd, const struct sockaddr *a, socklen_t len)
{
	static int (*real)(int, const struct sockaddr *, socklen_t);
	int ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "connect");
	ret = real(fd, a, len);
	if (ret || fd >= FDS || !is_anvil(a))
		return ret;
	if (!self) {
		self = getpid();
		if (getenv("BENCH_RPC"))
			rpc = create("rpc");
		use = create("use");
	}
	if (rpc) {
		connection_of[fd] = ++connections;
		note_anvil(fd);
	}
	return ret;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	static ssize_t (*real)(int, const void *, size_t, int);
	struct record_head h;
	ssize_t ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "send");
	h.ns = rpc ? clock_ns() : 0;
	ret = real(fd, data, len, flags);
	if (ret <= 0 || fd >= FDS || !connection_of[fd] || getpid() != self)
		return ret;
	h.connection = connection_of[fd];
	h.len = (uint32_t)ret;
	fwrite(&h, sizeof(h), 1, rpc);
	fwrite(data, 1, (size_t)ret, rpc);
	sent_on[fd] = memmem(data, (size_t)ret, "sendRawTransaction", 18);
	return ret;
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
	static ssize_t (*real)(int, void *, size_t, int);
	struct record_head h = { 0 };
	ssize_t ret;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "recv");
	ret = real(fd, data, len, flags);
	if (ret <= 0 || fd >= FDS || !sent_on[fd] || getpid() != self)
		return ret;
	sent_on[fd] = false;
	h.ns = clock_ns();
	h.connection = connection_of[fd];
	fwrite(&h, sizeof(h), 1, rpc);
	return ret;
}

int close(int fd)
{
	static int (*real)(int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "close");
	if (fd >= 0 && fd < FDS) {
		connection_of[fd] = 0;
		sent_on[fd] = false;
	}
	return real(fd);
}

/* What is flushed there is a verdict, and at last how many there were. */
int fflush(FILE *f)
{
	static int (*real)(FILE *);
	struct rusage u;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fflush");
	if (f == stdout && self && getpid() == self && __fpending(f) &&
	    !getrusage(RUSAGE_SELF, &u))
		fprintf(use, "verdict %ld\n", us_of(&u));
	return real(f);
}

/* Its name is there until it is waited for. */
static void name_of(pid_t pid, char *ret, int size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (f && fgets(ret, size, f))
		ret[strcspn(ret, "\n")] = '\0';
	if (f)
		fclose(f);
}

pid_t waitpid(pid_t pid, int *status, int flags)
{
	siginfo_t ended = { 0 };
	char name[32] = "";
	struct rusage u;
	pid_t ret;

	if (pid > 0 && getpid() == self &&
	    !waitid(P_PID, (id_t)pid, &ended,
		    WEXITED | WNOWAIT | (flags & WNOHANG)) &&
	    ended.si_pid == pid)
		name_of(pid, name, sizeof(name));
	ret = wait4(pid, status, flags, &u);
	if (ret > 0 && name[0])
		fprintf(use, "%s %ld\n", name, us_of(&u));
	return ret;
}
