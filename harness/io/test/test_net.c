/* net: sockets that cannot be had, and why. */
#include "test/kit.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"
#include "io/loop.h"
#include "io/net.h"

static void unix_sockets(void **state)
{
	char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/s", dir);
	CLEANUP(freep) char *nowhere = xasprintf("%s/none/s", dir);
	char longer[200];
	struct stat st;
	int fd = -1, other = -1;
	struct err e;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	assert_err(net_listen_unix(&fd, longer, &e), &e, ERR_LIMIT,
		   "socket path of 199 bytes, at most 107 are possible");
	assert_err(net_connect_unix(&fd, longer, &e), &e, ERR_LIMIT,
		   "set TMPDIR to a shorter one");
	assert_err(net_listen_unix(&fd, nowhere, &e), &e, ERR_OS,
		   "cannot make socket");
	assert_int_equal(e.sub, ENOENT);
	assert_err(net_connect_unix(&fd, path, &e), &e, ERR_OS,
		   "cannot connect to socket");
	assert_ok(net_listen_unix(&fd, path, &e), &e);
	/* Whoever is no owner has no business with it. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_err(net_listen_unix(&other, path, &e), &e, ERR_OS,
		   "in use by a running process");
	assert_ok(net_connect_unix(&other, path, &e), &e);
	assert_int_equal(net_peer(other), getpid());
	fd_close(&other);
	fd_close(&fd);
	assert_err(net_listen_unix(&other, path, &e), &e, ERR_OS,
		   "something is left there that nobody serves; remove it");
	assert_int_equal(e.sub, EADDRINUSE);
	assert_int_equal(other, -1);
	kit_tmpdir_free(dir);
}

static void ports(void **state)
{
	int fd = -1, other = -1;
	uint16_t port, ignored;
	CLEANUP(freep) char *says = NULL;
	struct err e;

	(void)state;
	assert_ok(net_listen_loopback(&fd, &port, 0, &e), &e);
	assert_true(port);
	says = xasprintf("127.0.0.1:%u is in use; stop what listens there or "
			 "let the system choose a port", (unsigned)port);
	assert_err(net_listen_loopback(&other, &ignored, port, &e), &e, ERR_OS,
		   says);
	assert_int_equal(e.sub, EADDRINUSE);
	assert_ok(net_connect_loopback(&other, port, &e), &e);
	assert_int_equal(net_peer(fd), 0);
	fd_close(&other);
	fd_close(&fd);
	assert_int_equal(net_connected(-1), EBADF);
	assert_int_equal(net_peer(-1), 0);
}

/* With no descriptor left each says so, and has nothing to give back. */
static void no_descriptors(void **state)
{
	const int most = 1 << 16;
	CLEANUP(freep) int *taken = xcalloc((size_t)most, sizeof(*taken));
	int n = 0, fd = -1;
	uint16_t port;
	struct err e;

	(void)state;
	while (n < most && (taken[n] = dup(STDIN_FILENO)) >= 0)
		n++;
	assert_true(n < most);
	assert_err(net_listen_loopback(&fd, &port, 0, &e), &e, ERR_OS,
		   "cannot make a socket");
	assert_int_equal(e.sub, EMFILE);
	assert_err(net_connect_loopback(&fd, 1, &e), &e, ERR_OS,
		   "cannot make a socket");
	assert_err(net_connect_unix(&fd, "/s", &e), &e, ERR_OS,
		   "cannot make a socket");
	assert_err(net_listen_unix(&fd, "/s", &e), &e, ERR_OS,
		   "cannot make a socket");
	assert_int_equal(fd, -1);
	while (n--)
		close(taken[n]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unix_sockets),
		cmocka_unit_test(ports),
		cmocka_unit_test(no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
