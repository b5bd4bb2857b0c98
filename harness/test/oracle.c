#include "test/oracle.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "test/kit.h"

#include "base/base.h"

#define ANSWER_MAX (1u << 20)

static const char *cast_path(void)
{
	static char path[4096];
	const char *root = getenv("AVSBED_ROOT");

	snprintf(path, sizeof(path), "%s/build/tools/cast", root ? root : ".");
	return path;
}

void oracle_need(void)
{
	if (!access(cast_path(), X_OK))
		return;
	print_message("SKIP: nothing to compare with: no %s (make setup)\n",
		      cast_path());
	skip();
}

/* argv of spawn is not const for historical reasons only. */
static pid_t spawn(const char *const *args, int out)
{
	const char *argv[32] = {"cast"};
	posix_spawn_file_actions_t fds;
	size_t n = 0;
	pid_t pid;
	int rc;

	for (; args[n]; n++) {
		assert_true(n + 2 < ARRAY_LEN(argv));
		argv[n + 1] = args[n];
	}
	assert_int_equal(posix_spawn_file_actions_init(&fds), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&fds, out, 1), 0);
	rc = posix_spawn(&pid, cast_path(), &fds, NULL,
			 (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&fds);
	if (rc)
		fail_msg("cannot start %s: %s", cast_path(), strerror(rc));
	return pid;
}

char *oracle_ask(const char *const *args)
{
	struct buf answer = BUF_INIT(ANSWER_MAX);
	char chunk[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = spawn(args, fds[1]);
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(&answer, chunk, (size_t)n);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	if (status)
		fail_msg("cast %s ended with wait status %d", args[0], status);
	while (answer.len && answer.data[answer.len - 1] == '\n')
		answer.data[--answer.len] = 0;
	return buf_take(&answer);
}
