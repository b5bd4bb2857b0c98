#include "io/loop.h"

#include <errno.h>
#include <limits.h>
#include <sys/signalfd.h>

#include "base/base.h"
#include "base/clock.h"

#define DRAIN_TURNS 1000 /* whoever never stops talking is not waited for */
#define TURN_EVENTS 64

struct watch {
	struct loop *loop;
	int fd;
	bool dead; /* freed during a turn whose events may still name it */
	watch_fn fn;
	void *arg;
	struct watch *next_dead;
};

struct timer {
	struct loop *loop;
	uint64_t at_ms;
	uint64_t turn; /* in which it was made: it fires in a later one */
	timer_fn fn;
	void *arg;
	bool pending;
	struct timer *next; /* sorted by at_ms */
};

struct signals {
	struct watch *watch;
	int fd;
	void (*fn)(void *arg, int signo);
	void *arg;
	struct signals *next;
};

struct loop {
	int epoll;
	size_t watches_n;
	struct watch *dead;
	struct timer *timers;
	struct signals *signals;
	uint64_t turn;
	bool running;
	char *stopped; /* why, or NULL */
	uint64_t limit_ms; /* of every wait */
	char *limit_why;
};

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool loop_new(struct loop **ret, struct err *e)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct loop *l;

	if (fd < 0)
		return err_os(e, errno, "cannot make an event loop");
	l = xcalloc(1, sizeof(*l));
	l->epoll = fd;
	l->limit_ms = UINT64_MAX;
	*ret = l;
	return true;
}

static void sweep(struct loop *l)
{
	while (l->dead) {
		struct watch *w = l->dead;

		l->dead = w->next_dead;
		free(w);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	ASSERT(!l->running);
	while (l->signals) {
		struct signals *s = l->signals;

		l->signals = s->next;
		watch_free(s->watch);
		fd_close(&s->fd);
		free(s);
	}
	ASSERT(!l->watches_n && !l->timers);
	sweep(l);
	fd_close(&l->epoll);
	free(l->stopped);
	free(l->limit_why);
	free(l);
}

struct watch *loop_watch(struct loop *l, int fd, uint32_t events, watch_fn fn,
			 void *arg)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	struct epoll_event ev = {.events = events, .data.ptr = w};

	*w = (struct watch){.loop = l, .fd = fd, .fn = fn, .arg = arg};
	ASSERT(!epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev));
	l->watches_n++;
	return w;
}

void watch_set(struct watch *w, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};

	ASSERT(!epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &ev));
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	ASSERT(!w->dead);
	ASSERT(!epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL));
	w->dead = true;
	w->next_dead = w->loop->dead;
	w->loop->dead = w;
	w->loop->watches_n--;
	if (!w->loop->running)
		sweep(w->loop);
}

struct timer *loop_timer(struct loop *l, uint64_t at_ms, timer_fn fn, void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t));
	struct timer **at = &l->timers;

	while (*at && (*at)->at_ms <= at_ms)
		at = &(*at)->next;
	*t = (struct timer){.loop = l,
			    .at_ms = at_ms,
			    .turn = l->turn,
			    .fn = fn,
			    .arg = arg,
			    .pending = true,
			    .next = *at};
	*at = t;
	return t;
}

static void timer_unlink(struct timer *t)
{
	struct timer **at = &t->loop->timers;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->pending = false;
}

void timer_free(struct timer *t)
{
	if (t && t->pending)
		timer_unlink(t);
	free(t);
}

static void on_signal(void *arg, uint32_t events)
{
	struct signals *s = arg;
	struct signalfd_siginfo info;

	(void)events;
	/* One a call: the callback may end the watch. */
	if (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		s->fn(s->arg, (int)info.ssi_signo);
}

bool loop_signals(struct loop *l, const sigset_t *signals,
		  void (*fn)(void *arg, int signo), void *arg, struct err *e)
{
	struct signals *s;
	int fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return err_os(e, errno, "cannot watch signals");
	if (sigprocmask(SIG_BLOCK, signals, NULL)) {
		int errnum = errno;

		fd_close(&fd);
		return err_os(e, errnum, "cannot block signals");
	}
	s = xcalloc(1, sizeof(*s));
	*s = (struct signals){
	    .fd = fd, .fn = fn, .arg = arg, .next = l->signals};
	s->watch = loop_watch(l, fd, EPOLLIN, on_signal, s);
	l->signals = s;
	return true;
}

/* How long epoll may wait, in its own terms. */
static int wait_ms(const struct loop *l, uint64_t deadline_ms, uint64_t now)
{
	uint64_t at = deadline_ms;

	if (l->timers && l->timers->at_ms < at)
		at = l->timers->at_ms;
	if (at == UINT64_MAX)
		return -1;
	if (at <= now)
		return 0;
	return at - now > INT_MAX ? INT_MAX : (int)(at - now);
}

static void fire_timers(struct loop *l, uint64_t now)
{
	/*
	 * From the start after each call, since a callback may change the
	 * list; a timer made in this turn waits for the next one, so that
	 * a callback that renews itself cannot keep us here.
	 */
	for (struct timer *t = l->timers; t && t->at_ms <= now;) {
		if (t->turn == l->turn) {
			t = t->next;
			continue;
		}
		timer_unlink(t);
		t->fn(t->arg);
		t = l->timers;
	}
}

/*
 * Returns whether something was ready. @now: when it is, and was: the clock is
 * looked at once a turn, of which there are tens of thousands.
 */
static bool turn(struct loop *l, uint64_t deadline_ms, uint64_t *now)
{
	struct epoll_event ev[TURN_EVENTS];
	int n = epoll_wait(l->epoll, ev, TURN_EVENTS,
			   wait_ms(l, deadline_ms, *now));

	ASSERT(n >= 0 || errno == EINTR);
	l->running = true;
	l->turn++;
	for (int i = 0; i < n; i++) {
		struct watch *w = ev[i].data.ptr;

		if (!w->dead)
			w->fn(w->arg, ev[i].events);
	}
	*now = clock_ms();
	fire_timers(l, *now);
	l->running = false;
	sweep(l);
	return n > 0;
}

void loop_drain(struct loop *l)
{
	uint64_t now = clock_ms();

	ASSERT(!l->running);
	for (int i = 0; i < DRAIN_TURNS && turn(l, 0, &now); i++)
		;
}

bool loop_finish(struct loop *l, bool (*done)(void *arg), void *arg,
		 uint64_t deadline_ms, const char *what, struct err *e)
{
	uint64_t now = clock_ms();

	/* Callbacks must not wait: what they wait for could not be served. */
	ASSERT(!l->running);
	while (!done(arg)) {
		if (now >= deadline_ms)
			return err_set(e, ERR_TIMEOUT, 0,
				       "the deadline passed while waiting "
				       "for %s",
				       what);
		(void)turn(l, deadline_ms, &now);
	}
	return true;
}

struct until {
	const struct loop *l;
	bool (*done)(void *arg);
	void *arg;
};

static bool done_or_stopped(void *arg)
{
	struct until *u = arg;

	return u->l->stopped || u->done(u->arg);
}

bool loop_run_until(struct loop *l, bool (*done)(void *arg), void *arg,
		    uint64_t deadline_ms, const char *what, struct err *e)
{
	struct until u = {l, done, arg};
	bool limited = l->limit_ms < deadline_ms;

	if (!loop_finish(l, done_or_stopped, &u,
			 limited ? l->limit_ms : deadline_ms, what, e))
		return limited ? err_set(e, ERR_TIMEOUT, 0,
					 "%s passed while waiting for %s",
					 l->limit_why, what)
			       : false;
	if (l->stopped)
		return err_set(e, ERR_OS, EINTR,
			       "%s while waiting for %s",
			       l->stopped, what);
	return true;
}

void loop_limit(struct loop *l, uint64_t at_ms, const char *why)
{
	free(l->limit_why);
	l->limit_why = xstrdup(why);
	l->limit_ms = at_ms;
}

bool loop_limit_passed(const struct loop *l)
{
	return clock_ms() >= l->limit_ms;
}

void loop_stop(struct loop *l, const char *why)
{
	if (!l->stopped)
		l->stopped = xstrdup(why);
}

void loop_go_on(struct loop *l)
{
	free(TAKE(l->stopped));
}

const char *loop_stopped(const struct loop *l)
{
	return l->stopped;
}
