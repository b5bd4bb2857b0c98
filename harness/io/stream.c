#include "io/stream.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/base.h"
#include "io/net.h"

#define READ_CHUNK 65536
#define READS_PER_TURN 16 /* so that one flood does not starve the others */

struct stream {
	struct watch *watch;
	int fd;
	char *name; /* for messages: "socket /run/x.sock" */
	struct stream_events ev;
	struct buf in, out;
	size_t out_sent; /* of out; it is dropped now and then */
	struct json_frame frame;
	bool held;	 /* by stream_hold() */
	bool closed;	 /* on_closed was called */
	unsigned inside; /* callbacks that are running */
	bool freed;	 /* by one of them */
};

static void stream_destroy(struct stream *s)
{
	watch_free(s->watch);
	fd_close(&s->fd);
	buf_done(&s->in);
	buf_done(&s->out);
	free(s->name);
	free(s);
}

static void enter(struct stream *s)
{
	s->inside++;
}

/* Whether the stream still exists. */
static bool leave(struct stream *s)
{
	if (--s->inside || !s->freed)
		return !s->freed;
	stream_destroy(s);
	return false;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	s->freed = true;
	if (!s->inside)
		stream_destroy(s);
}

static void closed(struct stream *s, const struct err *why)
{
	s->closed = true;
	/* Not closed yet: the number must not be reused while it is ours. */
	watch_free(TAKE(s->watch));
	shutdown(s->fd, SHUT_RDWR);
	if (s->ev.on_closed && !s->freed)
		s->ev.on_closed(s->ev.arg, why);
}

static void peer_left(struct stream *s, int errnum)
{
	struct err e;

	if (s->out.over)
		err_set(&e, ERR_LIMIT, 0,
			"%s does not read what it is sent: more than %u bytes "
			"wait for it",
			s->name, STREAM_UNSENT_MAX);
	else if (errnum)
		err_os(&e, errnum, "%s", s->name);
	else
		err_set(&e, ERR_OS, ECONNRESET,
			"%s was closed by the other side%s", s->name,
			s->in.len ? " in the middle of a message" : "");
	closed(s, &e);
}

/*
 * Hand on the whole values at the start of what came; the byte behind it is a
 * NUL. Returns how long they are.
 */
static size_t deliver(struct stream *s, char *data, size_t len)
{
	size_t from = 0;

	while (!s->closed && !s->freed && from < len) {
		ssize_t n = json_frame(&s->frame, data + from, len - from);
		char after;
		struct err e;

		if (n < 0) {
			err_set(&e, ERR_PARSE, 0,
				"%s sent what is no JSON object: %.40s",
				s->name, data + from);
			closed(s, &e);
			break;
		}
		if (!n && !s->frame.started) /* the blank behind the last one */
			from = len;
		if (!n)
			break;
		s->frame = (struct json_frame){0};
		after = data[from + (size_t)n];
		data[from + (size_t)n] = 0;
		if (s->ev.on_value)
			s->ev.on_value(s->ev.arg, data + from, (size_t)n);
		data[from + (size_t)n] = after;
		from += (size_t)n;
	}
	if (from == len)
		s->frame = (struct json_frame){0};
	return from;
}

/* What came, behind what waits for its end. */
static void take_in(struct stream *s, char *data, size_t len)
{
	size_t used;

	/* Most messages are whole, and handed on from where they were read. */
	if (!s->in.len) {
		used = deliver(s, data, len);
		if (used < len)
			buf_add(&s->in, data + used, len - used);
		return;
	}
	buf_add(&s->in, data, len);
	if (s->in.over)
		return;
	buf_drop(&s->in, deliver(s, (char *)s->in.data, s->in.len));
	/* As large as the largest message so far, of each of hundreds. */
	if (!s->in.len)
		buf_done(&s->in);
}

/* Returns whether there may be more to read. */
static bool read_some(struct stream *s)
{
	/* Its own until it returns: who is handed a value reads nothing. */
	static char chunk[READ_CHUNK + 1];
	ssize_t n = recv(s->fd, chunk, READ_CHUNK, 0);
	struct err e;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		peer_left(s, n < 0 ? errno : 0);
		return false;
	}
	chunk[n] = 0;
	take_in(s, chunk, (size_t)n);
	if (s->in.over) {
		err_set(&e, ERR_LIMIT, 0,
			"%s sent a message of more than %u "
			"bytes",
			s->name, STREAM_VALUE_MAX);
		closed(s, &e);
		return false;
	}
	return n == READ_CHUNK && !s->closed && !s->freed;
}

static size_t unsent(const struct stream *s)
{
	return s->out.len - s->out_sent;
}

static void watch_what_is_wanted(struct stream *s)
{
	if (s->watch)
		watch_set(s->watch, (s->held ? 0 : EPOLLIN) |
					(unsent(s) ? EPOLLOUT : 0));
}

static void flush_out(struct stream *s)
{
	while (unsent(s)) {
		ssize_t n = send(s->fd, s->out.data + s->out_sent, unsent(s),
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			/* Reading finds the same, and says so once. */
			s->out_sent = s->out.len;
		if (n < 0)
			break;
		s->out_sent += (size_t)n;
	}
	/* Half at a time: moving the rest must not cost more than sending. */
	if (s->out_sent >= s->out.len / 2) {
		buf_drop(&s->out, s->out_sent);
		s->out_sent = 0;
	}
	if (!s->out.len && !s->out.over)
		buf_done(&s->out);
	watch_what_is_wanted(s);
}

void stream_hold(struct stream *s, bool hold)
{
	if (s->held == hold)
		return;
	s->held = hold;
	watch_what_is_wanted(s);
}

static void on_ready(void *arg, uint32_t events)
{
	struct stream *s = arg;

	enter(s);
	if (events & EPOLLOUT)
		flush_out(s);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		for (int i = 0; i < READS_PER_TURN && read_some(s); i++)
			;
	leave(s);
}

static struct stream *stream_new(struct loop *l, int take_fd, char *take_name)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	*s = (struct stream){.fd = take_fd,
			     .name = take_name,
			     .in = BUF_INIT(STREAM_VALUE_MAX),
			     .out = BUF_INIT(STREAM_UNSENT_MAX)};
	s->watch = loop_watch(l, take_fd, EPOLLIN, on_ready, s);
	return s;
}

bool stream_connect(struct stream **ret, struct loop *l, const char *path,
		    const struct stream_events *ev, struct err *e)
{
	int fd;

	if (!net_connect_unix(&fd, path, e))
		return false;
	*ret = stream_new(l, fd, xasprintf("socket %s", path));
	(*ret)->ev = *ev;
	return true;
}

void stream_set_events(struct stream *s, const struct stream_events *ev)
{
	s->ev = *ev;
}

void stream_write(struct stream *s, const void *data, size_t len)
{
	bool idle = !unsent(s);

	if (s->closed || s->out.over)
		return;
	if (idle) {
		ssize_t n = send(s->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return; /* reading finds the same, and says so */
		if (n > 0) {
			data = (const char *)data + n;
			len -= (size_t)n;
		}
	}
	if (!len)
		return;
	buf_add(&s->out, data, len);
	if (s->out.over)
		shutdown(s->fd, SHUT_RDWR); /* seen as EOF in the loop */
	else if (idle)
		watch_what_is_wanted(s);
}

pid_t stream_peer(const struct stream *s)
{
	return net_peer(s->fd);
}

struct listener {
	struct loop *loop;
	struct watch *watch;
	int fd;
	char *path;
	void (*on_accept)(void *arg, struct stream *s);
	void *arg;
};

static void on_connection(void *arg, uint32_t events)
{
	struct listener *li = arg;
	int fd = accept4(li->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	/* A client that is gone again already, or no descriptor left for it. */
	if (fd < 0)
		return;
	li->on_accept(li->arg, stream_new(li->loop, fd,
					  xasprintf("client of %s", li->path)));
}

bool listener_new(struct listener **ret, struct loop *l, const char *path,
		  void (*on_accept)(void *arg, struct stream *s), void *arg,
		  struct err *e)
{
	struct listener *li;
	int fd;

	if (!net_listen_unix(&fd, path, e))
		return false;
	li = xcalloc(1, sizeof(*li));
	*li = (struct listener){.loop = l,
				.fd = fd,
				.path = xstrdup(path),
				.on_accept = on_accept,
				.arg = arg};
	li->watch = loop_watch(l, fd, EPOLLIN, on_connection, li);
	*ret = li;
	return true;
}

void listener_free(struct listener *li)
{
	if (!li)
		return;
	watch_free(li->watch);
	fd_close(&li->fd);
	unlink(li->path);
	free(li->path);
	free(li);
}
