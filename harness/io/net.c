#include "io/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/base.h"
#include "io/loop.h"

static bool unix_address(struct sockaddr_un *ret, const char *path,
			 struct err *e)
{
	size_t len = strlen(path);

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len >= sizeof(ret->sun_path))
		return err_set(e, ERR_LIMIT, 0,
			       "socket path of %zu bytes, at most %zu are "
			       "possible: %s (set TMPDIR to a shorter one)",
			       len, sizeof(ret->sun_path) - 1, path);
	memcpy(ret->sun_path, path, len + 1);
	return true;
}

static bool socket_new(int *ret, int family, struct err *e)
{
	*ret = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*ret < 0)
		return err_os(e, errno, "cannot make a socket");
	return true;
}

bool net_connect_unix(int *ret_fd, const char *path, struct err *e)
{
	struct sockaddr_un a;
	int fd;

	if (!unix_address(&a, path, e) || !socket_new(&fd, AF_UNIX, e))
		return false;
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a))) {
		int errnum = errno;

		fd_close(&fd);
		return err_os(e, errnum, "cannot connect to socket %s", path);
	}
	*ret_fd = fd;
	return true;
}

static bool in_use(const char *path, struct err *e)
{
	struct err none;
	int fd;

	if (!net_connect_unix(&fd, path, &none))
		return err_set(e, ERR_OS, EADDRINUSE,
			       "socket %s is in use: something is left there "
			       "that nobody serves; remove it",
			       path);
	fd_close(&fd);
	return err_set(e, ERR_OS, EADDRINUSE,
		       "socket %s is in use by a running process; stop it or "
		       "choose another path",
		       path);
}

bool net_listen_unix(int *ret_fd, const char *path, struct err *e)
{
	struct sockaddr_un a;
	int fd;

	if (!unix_address(&a, path, e) || !socket_new(&fd, AF_UNIX, e))
		return false;
	/* Linux gives the path the mode that the socket has when bound. */
	if (fchmod(fd, 0600) ||
	    bind(fd, (const struct sockaddr *)&a, sizeof(a))) {
		int errnum = errno;

		fd_close(&fd);
		if (errnum == EADDRINUSE)
			return in_use(path, e);
		return err_os(e, errnum, "cannot make socket %s", path);
	}
	if (listen(fd, SOMAXCONN)) {
		int errnum = errno;

		fd_close(&fd);
		unlink(path);
		return err_os(e, errnum, "cannot listen on socket %s", path);
	}
	*ret_fd = fd;
	return true;
}

bool net_listen_loopback(int *ret_fd, uint16_t *ret_port, uint16_t port,
			 struct err *e)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd, one = 1;

	if (!socket_new(&fd, AF_INET, e))
		return false;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (const struct sockaddr *)&a, sizeof(a)) ||
	    listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)&a, &len)) {
		int errnum = errno;

		fd_close(&fd);
		if (errnum == EADDRINUSE)
			return err_set(e, ERR_OS, errnum,
				       "127.0.0.1:%u is in use; stop what "
				       "listens there or let the system choose "
				       "a port",
				       (unsigned)port);
		return err_os(e, errnum, "cannot listen on 127.0.0.1:%u",
			      (unsigned)port);
	}
	*ret_fd = fd;
	*ret_port = ntohs(a.sin_port);
	return true;
}

bool net_connect_loopback(int *ret_fd, uint16_t port, struct err *e)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd, one = 1;

	if (!socket_new(&fd, AF_INET, e))
		return false;
	/* A request goes out as it is written, not when more comes. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) &&
	    errno != EINPROGRESS) {
		int errnum = errno;

		fd_close(&fd);
		return err_os(e, errnum, "cannot connect to 127.0.0.1:%u",
			      (unsigned)port);
	}
	*ret_fd = fd;
	return true;
}

int net_connected(int fd)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len))
		return errno;
	return errnum;
}

pid_t net_peer(int fd)
{
	struct ucred c = {0};
	socklen_t len = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len))
		return 0;
	return c.pid;
}
