/*
 * coverage - counters of processes that do not exit as others do.
 *
 * gcov writes its counters at exit. _exit() and SIGKILL leave no time for it, and
 * a world that is over kills its operators and its TEEs. Linked into what
 * `make cov` builds, and nothing else, with --wrap: whoever calls _exit() writes
 * them before, and whoever is to be killed and has this, too, is asked to write
 * them and to kill itself.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gcov.h>

#define DUMP (SIGRTMAX - 1)
#define DUMP_MS 2000 /* then it dies without */

int __real_kill(pid_t pid, int signo);
int __wrap_kill(pid_t pid, int signo);
int __real_raise(int signo);
int __wrap_raise(int signo);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

static void dump_and_die(int signo)
{
	(void)signo;
	__gcov_dump();
	__real_raise(SIGKILL);
}

__attribute__((constructor)) static void catch_dump(void)
{
	signal(DUMP, dump_and_die);
}

/* One line of its status in /proc, behind the name. */
static bool says(pid_t pid, const char *name, char *ret, int len)
{
	size_t n = strlen(name);
	char path[64], line[128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, name, n);
	if (f)
		fclose(f);
	if (found)
		snprintf(ret, (size_t)len, "%s", line + n);
	return found;
}

/* Whether it could hear and write: one that is stopped could not. */
static bool can_dump(pid_t pid)
{
	char caught[64], state[64];
	unsigned long long bits = 0;

	return says(pid, "State:\t", state, sizeof(state)) &&
	       !strchr("TtZX", state[0]) &&
	       says(pid, "SigCgt:\t", caught, sizeof(caught)) &&
	       sscanf(caught, "%llx", &bits) == 1 && bits >> (DUMP - 1) & 1;
}

int __wrap_kill(pid_t pid, int signo)
{
	pid_t leader = pid < -1 ? -pid : pid;

	if (signo == SIGKILL && leader > 0 && can_dump(leader)) {
		struct pollfd gone = {.events = POLLIN};

		gone.fd = (int)syscall(SYS_pidfd_open, leader, 0);
		if (gone.fd >= 0) {
			__real_kill(leader, DUMP);
			poll(&gone, 1, DUMP_MS);
			close(gone.fd);
		}
	}
	return __real_kill(pid, signo);
}

int __wrap_raise(int signo)
{
	if (signo == SIGKILL)
		__gcov_dump();
	return __real_raise(signo);
}

/* A child of vfork() counts in its parent's memory, who goes on from zero. */
void __wrap__exit(int status)
{
	__gcov_dump();
	__gcov_reset();
	__real__exit(status);
}
