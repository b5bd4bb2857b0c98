#include <sys/socket.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/http_server.h"
#include "io/net.h"

int fuzz_one(const uint8_t *data, size_t n);

struct client {
	int fd;
	struct watch *watch;
	bool ended;
};

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	(void)arg;
	ASSERT(in->path[0] && !strchr(in->path, '?'));
	ASSERT(strlen(in->query) < SIZE_MAX && in->method[0]);
	ASSERT(in->body_len <= HTTP_BODY_MAX);
	http_respond(x, 200, "text/plain", in->body, in->body_len);
}

static void on_readable(void *arg, uint32_t events)
{
	struct client *c = arg;
	char data[4096];

	(void)events;
	c->ended = recv(c->fd, data, sizeof(data), 0) <= 0;
}

static bool ended(void *arg)
{
	return ((struct client *)arg)->ended;
}

/* Any bytes get an answer or an end of the connection, and soon. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct http_server *s;
	struct client c = {.fd = -1};
	struct loop *l;
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "/tmp/avsbed-fuzz-http.%d", (int)getpid());
	ASSERT(loop_new(&l, &e));
	ASSERT(http_server_new(&s, l, path, 0, on_request, NULL, &e));
	ASSERT(net_connect_unix(&c.fd, path, &e));
	c.watch = loop_watch(l, c.fd, EPOLLIN, on_readable, &c);
	/* More than the socket holds at once is nothing new. */
	(void)!send(c.fd, data, n, MSG_NOSIGNAL);
	shutdown(c.fd, SHUT_WR);
	ASSERT(loop_run_until(l, ended, &c, clock_ms() + 9000, "an end", &e));
	watch_free(c.watch);
	fd_close(&c.fd);
	http_server_free(s);
	loop_free(l);
	return 0;
}
