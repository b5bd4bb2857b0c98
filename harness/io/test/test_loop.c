#include "io/test/ground.h"

#include <errno.h>
#include <fcntl.h>

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void deadline_names_what_was_awaited(void **state)
{
	struct ground *g = *state;
	uint64_t start = clock_ms();
	struct err e;

	assert_err(loop_run_until(g->l, never, NULL, start + 20,
				  "anvil's first answer", &e),
		   &e, ERR_TIMEOUT, "waiting for anvil's first answer");
	assert_true(clock_ms() >= start + 20);
}

static void done_is_asked_first(void **state)
{
	struct ground *g = *state;
	bool yes = true;
	struct err e;

	/* Even with a deadline that has passed. */
	assert_ok(loop_run_until(g->l, flag_set, &yes, 0, "nothing", &e), &e);
}

static void stop_ends_present_and_later_waits(void **state)
{
	struct ground *g = *state;
	bool yes = true;
	struct err e;

	loop_stop(g->l, "SIGINT");
	loop_stop(g->l, "again");
	assert_err(loop_run_until(g->l, never, NULL, SOON, "a block", &e), &e,
		   ERR_OS, "SIGINT while waiting for a block");
	assert_int_equal(e.sub, EINTR);
	assert_ok(loop_finish(g->l, flag_set, &yes, SOON, "the end", &e), &e);
}

struct order {
	struct loop *l;
	struct timer *timers[4];
	char seen[8];
	bool done;
};

static void add(struct order *o, char c)
{
	o->seen[strlen(o->seen)] = c;
}

static void on_a(void *arg)
{
	add(arg, 'a');
}

static void on_b(void *arg)
{
	struct order *o = arg;

	add(o, 'b');
	/* Frees itself, and one that would have been next. */
	timer_free(TAKE(o->timers[1]));
	timer_free(TAKE(o->timers[2]));
}

static void on_c(void *arg)
{
	add(arg, 'c');
}

static void on_d(void *arg)
{
	struct order *o = arg;

	add(o, 'd');
	o->done = true;
}

static void timers_fire_in_order_and_may_free_others(void **state)
{
	struct ground *g = *state;
	struct order o = {.l = g->l};
	uint64_t now = clock_ms();

	o.timers[3] = loop_timer(g->l, now + 3, on_d, &o);
	o.timers[1] = loop_timer(g->l, now + 1, on_b, &o);
	o.timers[2] = loop_timer(g->l, now + 2, on_c, &o);
	o.timers[0] = loop_timer(g->l, now, on_a, &o);
	await(g, o.done, "the timers");
	assert_string_equal(o.seen, "abd");
	timer_free(o.timers[0]);
	timer_free(o.timers[3]);
}

struct again {
	struct loop *l;
	struct timer *t;
	unsigned n;
	int pipe[2];
	bool got;
	struct watch *w, *other;
};

static void renew(void *arg)
{
	struct again *a = arg;

	timer_free(a->t);
	a->n++;
	a->t = loop_timer(a->l, 0, renew, a);
}

static void on_pipe(void *arg, uint32_t events)
{
	struct again *a = arg;

	assert_true(events & EPOLLIN);
	a->got = true;
	/* Both are ready in this turn; only one of them may be called. */
	watch_free(TAKE(a->w));
	watch_free(TAKE(a->other));
}

static void a_timer_that_renews_itself_starves_nobody(void **state)
{
	struct ground *g = *state;
	struct again a = {.l = g->l};
	int twin;

	assert_int_equal(pipe2(a.pipe, O_CLOEXEC), 0);
	twin = dup(a.pipe[0]);
	a.t = loop_timer(g->l, 0, renew, &a);
	a.w = loop_watch(g->l, a.pipe[0], EPOLLIN, on_pipe, &a);
	a.other = loop_watch(g->l, twin, EPOLLIN, on_pipe, &a);
	assert_int_equal(write(a.pipe[1], "x", 1), 1);
	await(g, a.got, "the pipe");
	assert_null(a.w);
	assert_true(a.n >= 1);
	timer_free(a.t);
	fd_close(&twin);
	fd_close(&a.pipe[0]);
	fd_close(&a.pipe[1]);
}

static void a_limit_ends_longer_waits_and_names_itself(void **state)
{
	struct ground *g = *state;
	uint64_t soon = clock_ms() + 20;
	struct err e;

	loop_limit(g->l, soon, "the whole test's time");
	assert_err(loop_run_until(g->l, never, NULL, soon + 60000, "a miracle",
				  &e),
		   &e, ERR_TIMEOUT,
		   "the whole test's time passed while waiting for a miracle");
	assert_true(clock_ms() < soon + 30000);
	/* What has a sooner end of its own still says so. */
	loop_limit(g->l, clock_ms() + 60000, "an hour");
	assert_err(loop_run_until(g->l, never, NULL, clock_ms(), "a miracle",
				  &e),
		   &e, ERR_TIMEOUT, "the deadline passed");
	loop_limit(g->l, UINT64_MAX, "");
	assert_err(loop_run_until(g->l, never, NULL, clock_ms() + 5, "a miracle",
				  &e),
		   &e, ERR_TIMEOUT, "the deadline passed");
}

static int last_signal;
static bool signalled;

static void on_signal(void *arg, int signo)
{
	(void)arg;
	last_signal = signo;
	signalled = true;
}

static void signals_come_as_events(void **state)
{
	struct ground *g = *state;
	sigset_t set, old;
	struct err e;

	sigprocmask(SIG_SETMASK, NULL, &old);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_ok(loop_signals(g->l, &set, on_signal, NULL, &e), &e);
	g->in_loop++;
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	await(g, signalled, "the signal");
	assert_int_equal(last_signal, SIGUSR1);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(deadline_names_what_was_awaited),
	    test(done_is_asked_first),
	    test(stop_ends_present_and_later_waits),
	    test(timers_fire_in_order_and_may_free_others),
	    test(a_timer_that_renews_itself_starves_nobody),
	    test(a_limit_ends_longer_waits_and_names_itself),
	    test(signals_come_as_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
