/*
 * loop - the one event loop of a program: descriptors, timers, signals.
 *
 * Layer: io. Single-threaded, on epoll. Callbacks never block and never run
 * the loop themselves; only straight-line code above does, by
 * loop_run_until(), which serves everything else meanwhile. A callback may
 * free any watch or timer, its own included.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <signal.h>
#include <sys/epoll.h>

#include "base/err.h"

struct loop;
struct watch;
struct timer;

MUST_USE bool loop_new(struct loop **ret, struct err *e);
/** loop_free - NULL-safe. Its watches and timers must be gone already. */
void loop_free(struct loop *l);
DEFINE_CLEANUP(struct loop, loop_free)

typedef void (*watch_fn)(void *arg, uint32_t events);
typedef void (*timer_fn)(void *arg);

/**
 * loop_watch - call @fn when @fd is ready for @events (EPOLLIN, EPOLLOUT).
 * The descriptor stays the caller's; free the watch before closing it.
 */
struct watch *loop_watch(struct loop *l, int fd, uint32_t events, watch_fn fn,
			 void *arg);
void watch_set(struct watch *w, uint32_t events);
void watch_free(struct watch *w); /* NULL-safe */

/** loop_timer - call @fn once at @at_ms on clock_ms(). */
struct timer *loop_timer(struct loop *l, uint64_t at_ms, timer_fn fn,
			 void *arg);
void timer_free(struct timer *t); /* NULL-safe; also after it fired */

/**
 * loop_signals - deliver @signals (blocked for the process from here on) as
 * calls of @fn with the signal's number.
 */
MUST_USE bool loop_signals(struct loop *l, const sigset_t *signals,
			   void (*fn)(void *arg, int signo), void *arg,
			   struct err *e);

/**
 * loop_run_until - serve events until @done(@arg) is true; it is asked first
 * and after every turn.
 * @deadline_ms: on clock_ms(); UINT64_MAX waits for ever.
 * @what:        what is awaited, for the error: "anvil's first answer".
 * Errors: ERR_TIMEOUT naming @what; ERR_OS [EINTR] with why, after loop_stop().
 */
MUST_USE bool loop_run_until(struct loop *l, bool (*done)(void *arg), void *arg,
			     uint64_t deadline_ms, const char *what,
			     struct err *e);

/**
 * loop_drain - serve what is ready now, and what that makes ready, without
 * waiting for anything.
 */
void loop_drain(struct loop *l);

/**
 * loop_limit - from now on every loop_run_until fails at @at_ms at the latest,
 * saying that it was @why; UINT64_MAX: no limit. loop_finish is not touched.
 * @why: copied; "the scenario's 30 s (--timeout)".
 */
void loop_limit(struct loop *l, uint64_t at_ms, const char *why);

/** loop_limit_passed - whether that is what ends every wait now. */
bool loop_limit_passed(const struct loop *l);

/** loop_stop - make every present and later loop_run_until fail (Ctrl-C). */
void loop_stop(struct loop *l, const char *why);
/** loop_go_on - forget loop_stop(): something orderly is left to be done. */
void loop_go_on(struct loop *l);
/** loop_stopped - why it was stopped, or NULL. Borrowed. */
const char *loop_stopped(const struct loop *l);

/**
 * loop_finish - as loop_run_until, but loop_stop() does not end it: for what
 * must still be done in order on the way out, such as ending children.
 */
MUST_USE bool loop_finish(struct loop *l, bool (*done)(void *arg), void *arg,
			  uint64_t deadline_ms, const char *what,
			  struct err *e);

/** fd_close - close *@fd if it is open, and set it to -1. */
void fd_close(int *fd);

#endif
