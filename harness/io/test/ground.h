/*
 * ground - what the tests of this room stand on: a loop, a directory, a count
 * of descriptors before and after, and a server that does as it is told.
 */
#ifndef IO_TEST_GROUND_H
#define IO_TEST_GROUND_H

#include "test/kit.h"

#include <dirent.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/loop.h"
#include "io/net.h"

#define SOON (clock_ms() + 60000) /* a deadline that only a bug reaches */

struct ground {
	struct loop *l;
	char *dir;
	size_t fds;	/* before the loop was made */
	size_t in_loop; /* descriptors that are the loop's own */
};

static inline size_t count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A path in the test's directory; static buffer. */
static inline const char *in_dir(const struct ground *g, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", g->dir, name);
	return path;
}

static inline int ground_setup(void **state)
{
	struct ground *g = xcalloc(1, sizeof(*g));
	struct err e;

	g->fds = count_fds();
	g->dir = kit_tmpdir_new();
	assert_ok(loop_new(&g->l, &e), &e);
	g->in_loop = 1;
	*state = g;
	return 0;
}

static inline int ground_teardown(void **state)
{
	struct ground *g = *state;

	kit_tmpdir_free(g->dir);
	/*
	 * Nothing may hold a descriptor any more. A test that failed halfway
	 * does: its loop is left alone, so that its own message is seen.
	 */
	assert_int_equal(count_fds(), g->fds + g->in_loop);
	loop_free(g->l);
	free(g);
	return 0;
}

#define test(name)                                                             \
	cmocka_unit_test_setup_teardown(name, ground_setup, ground_teardown)

static inline bool flag_set(void *arg)
{
	return *(const bool *)arg;
}

/* Serve the loop until @flag. */
#define await(g, flag, what)                                                   \
	do {                                                                   \
		struct err await_e;                                            \
		assert_ok(loop_run_until((g)->l, flag_set, &(flag), SOON,      \
					 what, &await_e),                      \
			  &await_e);                                           \
	} while (0)

enum fake_end { FAKE_STAYS, FAKE_CLOSES, FAKE_RESETS };

/*
 * A server of one connection after the other: to the first bytes that come it
 * sends @reply (of @len bytes, @times over), then does as @end says.
 */
struct fake {
	struct loop *l;
	int listener, client;
	uint16_t port;
	struct watch *on_listener, *on_client;
	const char *reply;
	size_t len, times;
	enum fake_end end;
	struct buf got; /* what clients sent */
};

static inline void fake_hang_up(struct fake *f)
{
	if (f->client < 0)
		return;
	watch_free(TAKE(f->on_client));
	fd_close(&f->client);
}

static inline void fake_answer(void *arg, uint32_t events)
{
	struct fake *f = arg;
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	char data[65536];
	ssize_t n = recv(f->client, data, sizeof(data), 0);

	(void)events;
	if (n <= 0) {
		fake_hang_up(f);
		return;
	}
	buf_add(&f->got, data, (size_t)n);
	for (size_t i = 0; i < f->times; i++)
		/* The client may give up in the middle. */
		if (send(f->client, f->reply, f->len, MSG_NOSIGNAL) < 0)
			break;
	if (f->end == FAKE_RESETS)
		setsockopt(f->client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (f->end != FAKE_STAYS)
		fake_hang_up(f);
}

static inline void fake_accept(void *arg, uint32_t events)
{
	struct fake *f = arg;

	(void)events;
	fake_hang_up(f);
	f->client =
	    accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(f->client >= 0);
	f->on_client = loop_watch(f->l, f->client, EPOLLIN, fake_answer, f);
}

/* On @path, or on loopback (f->port) if it is NULL. */
static inline void fake_open(struct fake *f, struct loop *l, const char *path,
			     const char *reply, enum fake_end end)
{
	struct err e;

	*f = (struct fake){.l = l,
			   .client = -1,
			   .reply = reply,
			   .len = strlen(reply),
			   .times = 1,
			   .end = end,
			   .got = BUF_INIT(1u << 24)};
	if (path)
		assert_ok(net_listen_unix(&f->listener, path, &e), &e);
	else
		assert_ok(net_listen_loopback(&f->listener, &f->port, 0, &e),
			  &e);
	f->on_listener = loop_watch(l, f->listener, EPOLLIN, fake_accept, f);
}

static inline void fake_close(struct fake *f)
{
	fake_hang_up(f);
	watch_free(f->on_listener);
	fd_close(&f->listener);
	buf_done(&f->got);
}

#endif
