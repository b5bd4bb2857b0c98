#include "io/http_server.h"

#include <microhttpd.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/late.h"
#include "base/hex.h"
#include "io/net.h"

/* Clients who connect and say nothing must be many to be in the way. */
#define CONNECTIONS_MAX 16384u

/* What is used of libmicrohttpd, by its own names. */
#define FUNCTIONS(X)                                                           \
	X(MHD_add_response_header) \
	X(MHD_create_response_from_buffer) \
	X(MHD_destroy_response) \
	X(MHD_get_connection_info) \
	X(MHD_get_daemon_info) \
	X(MHD_get_timeout) \
	X(MHD_lookup_connection_value) \
	X(MHD_queue_response) \
	X(MHD_resume_connection) \
	X(MHD_run) \
	X(MHD_start_daemon) \
	X(MHD_stop_daemon) \
	X(MHD_suspend_connection)

static struct {
#define POINTER(f) __typeof__(f) *f;
	FUNCTIONS(POINTER)
} lib;

/* A program that is started hundreds of times has it linked in (mk/build.mk); in
 * others nothing of it is there. */
#define WEAK(f) extern __typeof__(f) f __attribute__((weak));
FUNCTIONS(WEAK)

static bool is_linked(void)
{
	bool all = true;

#define LINKED(f) all &= (lib.f = f) != NULL;
	FUNCTIONS(LINKED)
	return all;
}

/* What stands for all of TLS then; at its start it is asked to begin, and 0 is
 * well done. */
int no_tls(void);
int no_tls(void)
{
	return 0;
}

static bool load(struct err *e)
{
	void *so;

	if (lib.MHD_run || is_linked())
		return true;
	if (!late_library(&so, "libmicrohttpd.so.12", "libmicrohttpd12", e))
		return false;
#define FIND(f) *(void **)&lib.f = late_symbol(so, #f);
	FUNCTIONS(FIND)
	return true;
}

enum phase {
	HEADERS,  /* the request has begun */
	READING,  /* its body comes in */
	WAITING,  /* the handler has it */
	ANSWERED, /* the answer is ready to be queued */
	QUEUED,	  /* libmicrohttpd has it */
};

/* One connection, with one exchange after the other. */
struct link {
	struct http_server *server;
	int fd;		     /* libmicrohttpd's */
	struct watch *watch; /* for the client's end; NULL once it was seen */
	struct http_exchange *suspended; /* or NULL */
};

struct header {
	struct header *next;
	char *name, *value; /* owned */
};

struct http_exchange {
	struct http_server *server;
	struct link *link;
	struct http_exchange *next;
	struct MHD_Connection *connection; /* NULL once the client left */
	enum phase phase;
	struct buf body;
	char *path, *query;
	struct MHD_Response *answer;
	struct header *headers; /* of it; owned */
	unsigned status;
	void (*on_gone)(void *arg);
	void *on_gone_arg;
};

struct http_server {
	struct loop *loop;
	struct MHD_Daemon *daemon; /* NULL until the first client comes */
	int fd;			   /* listening; the daemon's once there is one */
	struct watch *watch;
	struct timer *timer;
	char *unix_path;
	uint16_t port;
	http_handler_fn fn;
	void *arg;
	struct http_exchange *exchanges;
};

static void exchange_free(struct http_exchange *x)
{
	struct http_exchange **at = &x->server->exchanges;

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	if (x->answer)
		lib.MHD_destroy_response(x->answer);
	buf_done(&x->body);
	while (x->headers) {
		struct header *h = x->headers;

		x->headers = h->next;
		free(h->name);
		free(h->value);
		free(h);
	}
	free(x->path);
	free(x->query);
	free(x);
}

static void serve(struct http_server *s);

static void on_timer(void *arg)
{
	struct http_server *s = arg;

	timer_free(TAKE(s->timer));
	serve(s);
}

/* Let libmicrohttpd do what it can; ask when it wants to be called again. */
static void serve(struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	ASSERT(lib.MHD_run(s->daemon) == MHD_YES);
	timer_free(TAKE(s->timer));
	if (lib.MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		s->timer = loop_timer(s->loop, clock_ms() + ms, on_timer, s);
}

static void on_ready(void *arg, uint32_t events)
{
	(void)events;
	serve(arg);
}

/*
 * The target: "/path?query", or "http://host/path?query" as RFC 9112, 3.2.2
 * has it for proxies and some clients send it on UNIX sockets.
 */
static void split_target(struct http_exchange *x, const char *target)
{
	const char *query;

	if (!strncasecmp(target, "http://", 7)) {
		target += 7;
		target += strcspn(target, "/?");
	}
	query = strchr(target, '?');
	x->query = xstrdup(query ? query + 1 : "");
	x->path = query ? xstrndup(target, (size_t)(query - target))
			: xstrdup(target);
	if (!*x->path) {
		free(x->path);
		x->path = xstrdup("/");
	}
}

/* First called with the target as it stands, before anything is decoded. */
static void *on_target(void *arg, const char *target,
		       struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = lib.MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_server *s = arg;
	struct http_exchange *x = xcalloc(1, sizeof(*x));

	*x = (struct http_exchange){.server = s,
				    .link = info->socket_context,
				    .next = s->exchanges,
				    .connection = connection,
				    .body = BUF_INIT(HTTP_BODY_MAX)};
	split_target(x, target);
	s->exchanges = x;
	return x;
}

/* Whoever waits for an answer that can reach nobody any more is told. */
static void gone(struct http_exchange *x)
{
	void (*fn)(void *) = x->on_gone;

	x->on_gone = NULL;
	x->connection = NULL;
	x->link = NULL;
	if (fn) {
		void *arg = x->on_gone_arg;

		exchange_free(x);
		fn(arg);
	}
	/* else it lives until http_respond(), which drops the answer. */
}

static void on_completed(void *arg, struct MHD_Connection *connection,
			 void **state, enum MHD_RequestTerminationCode why)
{
	struct http_exchange *x = *state;

	(void)arg;
	(void)connection;
	(void)why;
	*state = NULL;
	if (!x)
		return;
	if (x->phase == WAITING)
		gone(x);
	else
		exchange_free(x);
}

/* Without threads libmicrohttpd does not wake itself for this. */
static void resume(struct http_exchange *x)
{
	struct http_server *s = x->server;

	x->link->suspended = NULL;
	lib.MHD_resume_connection(x->connection);
	timer_free(s->timer);
	s->timer = loop_timer(s->loop, 0, on_timer, s);
}

/* False if the client has left already. */
static bool suspend(struct http_exchange *x)
{
	if (!x->link->watch)
		return false;
	x->link->suspended = x;
	lib.MHD_suspend_connection(x->connection);
	return true;
}

/*
 * The client will send no more. libmicrohttpd may not see that: it does not
 * read while suspended, and it waits edge-triggered, so that an end right
 * behind a request is one event with it. Shutting down our side, too, makes
 * a new event; what was sent before can still be read.
 */
static void on_hangup(void *arg, uint32_t events)
{
	struct link *k = arg;

	(void)events;
	watch_free(TAKE(k->watch));
	if (k->suspended)
		resume(k->suspended);
	else
		shutdown(k->fd, SHUT_RD);
}

static void on_connection(void *arg, struct MHD_Connection *connection,
			  void **context, enum MHD_ConnectionNotificationCode n)
{
	const union MHD_ConnectionInfo *info;
	struct http_server *s = arg;
	struct link *k = *context;

	if (n == MHD_CONNECTION_NOTIFY_CLOSED) {
		watch_free(k->watch);
		free(k);
		return;
	}
	info = lib.MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	k = xcalloc(1, sizeof(*k));
	*k = (struct link){.server = s, .fd = info->connect_fd};
	k->watch = loop_watch(s->loop, k->fd, EPOLLRDHUP, on_hangup, k);
	*context = k;
}

static const char *header(struct http_exchange *x, const char *name)
{
	return lib.MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND,
					   name);
}

static void make_answer(struct http_exchange *x, int status,
			const char *content_type, const void *body, size_t len)
{
	x->answer = lib.MHD_create_response_from_buffer(
	    len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
	ASSERT(x->answer);
	ASSERT(lib.MHD_add_response_header(x->answer, MHD_HTTP_HEADER_CONTENT_TYPE,
				       content_type) == MHD_YES);
	for (const struct header *h = x->headers; h; h = h->next)
		ASSERT(lib.MHD_add_response_header(x->answer, h->name,
						   h->value) == MHD_YES);
	x->status = (unsigned)status;
	x->phase = ANSWERED;
}

static enum MHD_Result queue(struct http_exchange *x)
{
	x->phase = QUEUED;
	return lib.MHD_queue_response(x->connection, x->status, x->answer);
}

static enum MHD_Result too_large(struct http_exchange *x)
{
	static const char text[] = "the request's body is too large\n";

	make_answer(x, MHD_HTTP_CONTENT_TOO_LARGE, "text/plain", text,
		    sizeof(text) - 1);
	return queue(x);
}

static enum MHD_Result handle(struct http_exchange *x, const char *method)
{
	const char *type = header(x, MHD_HTTP_HEADER_CONTENT_TYPE);
	struct http_in in = {.method = method,
			     .path = x->path,
			     .query = x->query,
			     .content_type = type ? type : "",
			     .body = buf_str(&x->body),
			     .body_len = x->body.len};

	x->phase = WAITING;
	x->server->fn(x->server->arg, &in, x);
	if (x->phase == ANSWERED)
		return queue(x);
	return suspend(x) ? MHD_YES : MHD_NO;
}

/* Whether the request says beforehand that it will be too large. */
static bool announced_too_large(struct http_exchange *x)
{
	const char *text = header(x, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct err e;
	uint64_t n;

	/* libmicrohttpd has refused what is no number by now. */
	return text && dec_u64(&n, text, &e) && n > HTTP_BODY_MAX;
}

/* Called when the headers are there, for each part of the body, at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *len, void **state)
{
	struct http_exchange *x = *state;

	(void)arg;
	(void)connection;
	(void)url;
	(void)version;
	switch (x->phase) {
	case HEADERS:
		x->phase = READING;
		return announced_too_large(x) ? too_large(x) : MHD_YES;
	case READING:
		if (!*len)
			return handle(x, method);
		buf_add(&x->body, data, *len);
		*len = 0;
		/* Without announcement: no answer is possible, only an end. */
		return x->body.over ? MHD_NO : MHD_YES;
	case WAITING: /* resumed because the client left */
		return MHD_NO;
	case ANSWERED:
		return queue(x);
	case QUEUED:
		return MHD_YES;
	}
	return MHD_NO;
}

void http_respond(struct http_exchange *x, int status, const char *content_type,
		  const void *body, size_t len)
{
	ASSERT(x->phase == WAITING);
	if (!x->connection) {
		exchange_free(x);
		return;
	}
	make_answer(x, status, content_type, body, len);
	if (x->link->suspended) /* else the handler is answering at once */
		resume(x);
}

void http_header(struct http_exchange *x, const char *name, const char *value)
{
	struct header *h = xcalloc(1, sizeof(*h));

	*h = (struct header){x->headers, xstrdup(name), xstrdup(value)};
	x->headers = h;
}

void http_on_gone(struct http_exchange *x, void (*fn)(void *arg), void *arg)
{
	x->on_gone = fn;
	x->on_gone_arg = arg;
}

uint16_t http_server_port(const struct http_server *s)
{
	return s->port;
}

/* The first client is at the door: from here on the socket is the daemon's. */
static void on_first(void *arg, uint32_t events)
{
	struct http_server *s = arg;
	const union MHD_DaemonInfo *info;
	struct err e = ERR_INIT;

	(void)events;
	watch_free(TAKE(s->watch));
	if (!load(&e)) {
		loop_stop(s->loop, e.text);
		return;
	}
	s->daemon = lib.MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
	    s, MHD_OPTION_LISTEN_SOCKET, s->fd, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_STRICT_FOR_CLIENT, -1, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS_MAX, MHD_OPTION_END);
	/* A socket that listens and memory are all that it needs. */
	ASSERT(s->daemon);
	s->fd = -1;
	info = lib.MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	ASSERT(info);
	s->watch = loop_watch(s->loop, info->epoll_fd, EPOLLIN, on_ready, s);
	serve(s);
}

bool http_server_new(struct http_server **ret, struct loop *l,
		     const char *unix_path, uint16_t port, http_handler_fn fn,
		     void *arg, struct err *e)
{
	struct http_server *s;
	uint16_t got = 0;
	int fd;

	if (unix_path ? !net_listen_unix(&fd, unix_path, e)
		      : !net_listen_loopback(&fd, &got, port, e))
		return false;
	s = xcalloc(1, sizeof(*s));
	*s = (struct http_server){.loop = l,
				  .fd = fd,
				  .unix_path =
				      unix_path ? xstrdup(unix_path) : NULL,
				  .port = got,
				  .fn = fn,
				  .arg = arg};
	s->watch = loop_watch(l, fd, EPOLLIN, on_first, s);
	*ret = s;
	return true;
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	/* libmicrohttpd does not end while a connection is suspended. */
	for (struct http_exchange *x = s->exchanges; x; x = x->next)
		if (x->link && x->link->suspended == x)
			resume(x);
	watch_free(s->watch);
	timer_free(s->timer);
	if (s->daemon)
		lib.MHD_stop_daemon(s->daemon);
	fd_close(&s->fd);
	while (s->exchanges)
		exchange_free(s->exchanges);
	if (s->unix_path)
		unlink(s->unix_path);
	free(s->unix_path);
	free(s);
}
