/*
 * child - child processes that cannot outlive us, and their output by lines.
 *
 * Layer: io. Every child leads a process group of its own; ending a child ends
 * its group. A reaper process (reaper.h) ends the groups if we die first.
 */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include <sys/types.h>

#include "base/buf.h"
#include "io/loop.h"

struct child;

enum child_stream { CHILD_OUT, CHILD_ERR };

#define CHILD_LINE_MAX 65536u	  /* longer lines are cut there, and marked */
#define CHILD_LOG_MAX (64u << 20) /* a flood beyond it is dropped, and said */

struct child_spec {
	const char *name;	 /* for messages: "anvil", "operator alice" */
	const char *const *argv; /* NULL-terminated; argv[0] is a path */
	const char *const *env;	 /* "K=V", NULL-terminated; NULL: ours */
	const char *cwd;	 /* NULL: ours */
	const char *log_path;	 /* all output, appended; NULL: none */
	bool hold_stdin; /* a pipe that reaches EOF when we die; else /dev/null
			  */
	/* May be NULL. Lines without their end, NUL-terminated, borrowed. */
	void (*on_line)(void *arg, enum child_stream s, const char *line);
	/*
	 * After the last line. @status as from waitpid(). The whole group has
	 * ended; like on_line it may free the child.
	 */
	void (*on_exit)(void *arg, int status);
	void *arg;
};

/**
 * child_spawn - start a program.
 * Errors: ERR_OS with errno of the failed exec (ENOENT: names argv[0]).
 */
MUST_USE bool child_spawn(struct child **ret, struct loop *l,
			  const struct child_spec *spec, struct err *e);

/** child_free - kills the group if it still runs, reaps it. NULL-safe. */
void child_free(struct child *c);
DEFINE_CLEANUP(struct child, child_free)

pid_t child_pid(const struct child *c);
bool child_running(const struct child *c);
/** child_status - as from waitpid(); only once it no longer runs. */
int child_status(const struct child *c);
/** child_tail - the last lines of its output, for error texts: "nothing" if
 * there are none. Borrowed. */
const char *child_tail(const struct child *c);

/** child_signal - to the whole group; nothing happens once it ended. */
void child_signal(struct child *c, int signo);
/**
 * child_write - to a child with hold_stdin; for lines shorter than PIPE_BUF
 * that it reads one by one, since a full pipe would block. What an ended child
 * no longer reads is dropped: its on_exit comes.
 */
void child_write(struct child *c, const char *text);
/** child_close_stdin - EOF for a child with hold_stdin. */
void child_close_stdin(struct child *c);

/**
 * child_stop - SIGTERM (and SIGCONT if it is stopped), wait up to @grace_ms,
 * then SIGKILL; waits until it is reaped.
 * *ret_killed (may be NULL): it took the SIGKILL.
 */
void child_stop(struct child *c, unsigned grace_ms, bool *ret_killed);

/** child_wait - run the loop until it ended. Errors: ERR_TIMEOUT. */
MUST_USE bool child_wait(struct child *c, uint64_t deadline_ms, struct err *e);

/**
 * child_run - spawn, wait, and collect all output (both streams) in @out.
 * Errors: as child_spawn; ERR_TIMEOUT; ERR_CHILD [status] with the tail of
 * the output when it did not exit with 0.
 */
MUST_USE bool child_run(struct loop *l, const struct child_spec *spec,
			struct buf *out, unsigned timeout_ms, struct err *e);

/** child_status_text - "exit status 3", "killed by SIGSEGV". */
const char *child_status_text(int status, char ret[64]);

#endif
