#include "io/http_client.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/hex.h"
#include "io/http_reader.h"
#include "io/net.h"

#define READ_MAX 65536

struct http_transfer {
	struct http_client *client;
	struct http_transfer *next;
	char *name; /* "POST http://…", for messages */
	char *want_header;
	unsigned timeout_ms;
	int fd;
	struct watch *watch;
	struct timer *timer;
	bool connected;
	struct buf request;
	size_t sent;
	struct http_reader reader;
	struct http_answer answer;
	struct err failed; /* before anything could be sent */
	http_done_fn fn;
	void *arg;
};

struct http_client {
	struct loop *loop;
	struct http_transfer *transfers;
};

void http_answer_done(struct http_answer *a)
{
	buf_done(&a->body);
	free(TAKE(a->header));
}

static void transfer_free(struct http_transfer *t)
{
	struct http_transfer **at = &t->client->transfers;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	watch_free(t->watch);
	timer_free(t->timer);
	fd_close(&t->fd);
	http_reader_done(&t->reader);
	buf_done(&t->request);
	http_answer_done(&t->answer);
	free(t->name);
	free(t->want_header);
	free(t);
}

void http_cancel(struct http_transfer *t)
{
	if (t)
		transfer_free(t);
}

/* First gone, then called: the callback may do as it likes. */
static void fail(struct http_transfer *t, const struct err *why)
{
	http_done_fn fn = t->fn;
	void *arg = t->arg;
	struct err e = *why;

	err_ctx(&e, "%s", t->name);
	transfer_free(t);
	fn(arg, NULL, &e);
}

static void finish(struct http_transfer *t)
{
	http_done_fn fn = t->fn;
	void *arg = t->arg;
	struct http_answer a = t->answer;

	a.status = t->reader.status;
	memcpy(a.content_type, t->reader.content_type, sizeof(a.content_type));
	a.header = TAKE(t->reader.header);
	t->answer.body = BUF_INIT(a.body.cap);
	transfer_free(t);
	fn(arg, &a, NULL);
	http_answer_done(&a);
}

static void nobody(struct http_transfer *t, int errnum)
{
	struct err e;

	err_set(&e, ERR_HTTP, 0, "nobody answers there (%s)",
		strerror(errnum));
	fail(t, &e);
}

static void on_timer(void *arg)
{
	struct http_transfer *t = arg;
	struct err e;

	timer_free(TAKE(t->timer));
	if (t->failed.code) {
		fail(t, &t->failed);
		return;
	}
	err_set(&e, ERR_TIMEOUT, 0, "no complete answer within %u ms",
		t->timeout_ms);
	fail(t, &e);
}

/* An end of the connection is for reading to tell: an answer may be there. */
static void write_some(struct http_transfer *t)
{
	ssize_t n;

	while (t->sent < t->request.len) {
		n = send(t->fd, t->request.data + t->sent,
			 t->request.len - t->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;
		t->sent += (size_t)n;
	}
	watch_set(t->watch, EPOLLIN);
}

static void read_failed(struct http_transfer *t, int errnum)
{
	struct err e;

	err_set(&e, ERR_HTTP, 0,
		errnum == ECONNRESET ? "the connection was reset"
				     : "the connection broke: %s",
		strerror(errnum));
	fail(t, &e);
}

/* @t may be gone afterwards. */
static void read_some(struct http_transfer *t)
{
	/* Its own until it returns: who is handed an answer reads nothing. */
	static char data[READ_MAX];
	ssize_t n = recv(t->fd, data, sizeof(data), 0);
	bool whole = false;
	struct err e;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		read_failed(t, errno);
		return;
	}
	if (n ? !http_reader_feed(&t->reader, data, (size_t)n, &whole, &e)
	      : !http_reader_end(&t->reader, &e)) {
		fail(t, &e);
		return;
	}
	if (!n || whole)
		finish(t);
}

static void on_ready(void *arg, uint32_t events)
{
	struct http_transfer *t = arg;
	int errnum;

	if (!t->connected) {
		errnum = net_connected(t->fd);
		if (errnum) {
			nobody(t, errnum);
			return;
		}
		t->connected = true;
	}
	if (events & EPOLLOUT)
		write_some(t);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(t);
}

bool http_client_new(struct http_client **ret, struct loop *l, struct err *e)
{
	(void)e;
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->loop = l;
	return true;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	while (c->transfers)
		transfer_free(c->transfers);
	free(c);
}

struct loop *http_client_loop(const struct http_client *c)
{
	return c->loop;
}

/* --- a request ------------------------------------------------------------------ */

/* Where a URL of this machine leads; @ret_target borrows from it. */
struct place {
	char host[64]; /* "127.0.0.1:8545", for the header */
	uint16_t port;
	const char *target; /* "/x?y", or "" */
};

static bool parse_url(struct place *ret, const char *url, bool local,
		      struct err *e)
{
	const char *host = url + strlen("http://"), *port;
	char name[64];
	uint64_t n = 80;
	size_t len;

	if (strncmp(url, "http://", strlen("http://")))
		return err_set(e, ERR_HTTP, 0,
			       "only http:// is spoken here, not %.40s", url);
	len = strcspn(host, "/?#");
	if (len == 0 || len >= sizeof(ret->host))
		return err_set(e, ERR_HTTP, 0, "the URL's host is odd");
	memcpy(ret->host, host, len);
	ret->host[len] = 0;
	ret->target = host + len;
	if (local)
		return true;
	snprintf(name, sizeof(name), "%s", ret->host);
	port = strchr(name, ':');
	if (port && (!dec_u64(&n, port + 1, e) || n == 0 || n > 65535))
		return err_set(e, ERR_HTTP, 0, "the URL's port is odd");
	name[strcspn(name, ":")] = 0;
	if (strcmp(name, "127.0.0.1") && strcmp(name, "localhost"))
		return err_set(e, ERR_HTTP, 0,
			       "%s is not this machine: only 127.0.0.1 can be "
			       "reached",
			       name);
	ret->port = (uint16_t)n;
	return true;
}

/* A body of none has a length of 0 where there could be one. */
static void write_request(struct buf *b, const struct http_request *r,
			  const struct place *at)
{
	buf_addf(b, "%s %s%.*s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n",
		 r->method, *at->target == '/' ? "" : "/",
		 (int)strcspn(at->target, "#"), at->target, at->host);
	if (r->content_type)
		buf_addf(b, "Content-Type: %s\r\n", r->content_type);
	if (r->body || strcmp(r->method, "GET"))
		buf_addf(b, "Content-Length: %zu\r\n", r->body_len);
	buf_adds(b, "\r\n");
	buf_add(b, r->body, r->body_len);
}

static bool open_connection(struct http_transfer *t,
			    const struct http_request *r, struct err *e)
{
	struct place at;
	struct err why;

	if (!parse_url(&at, r->url, r->unix_path != NULL, e))
		return false;
	write_request(&t->request, r, &at);
	if (r->unix_path ? net_connect_unix(&t->fd, r->unix_path, &why)
			 : net_connect_loopback(&t->fd, at.port, &why))
		return true;
	if (why.code == ERR_OS)
		return err_set(e, ERR_HTTP, 0, "nobody answers there (%s)",
			       strerror(why.sub));
	*e = why;
	return false;
}

struct http_transfer *http_send(struct http_client *c,
				const struct http_request *r, http_done_fn fn,
				void *arg)
{
	struct http_transfer *t = xcalloc(1, sizeof(*t));

	ASSERT(r->timeout_ms && r->answer_max);
	*t = (struct http_transfer){
	    .client = c,
	    .next = c->transfers,
	    .name = xasprintf("%s %s%s%s", r->method, r->url,
			      r->unix_path ? " at " : "",
			      r->unix_path ? r->unix_path : ""),
	    .timeout_ms = r->timeout_ms,
	    .fd = -1,
	    .request = BUF_INIT(r->body_len + HTTP_HEAD_MAX),
	    .answer = {.body = BUF_INIT(r->answer_max)},
	    .fn = fn,
	    .arg = arg,
	};
	t->reader = http_reader_new(&t->answer.body);
	t->reader.head = !strcmp(r->method, "HEAD");
	if (r->want_header)
		t->reader.wanted = t->want_header = xstrdup(r->want_header);
	c->transfers = t;
	/* A failure is told from the loop, never before this returns. */
	t->timer = loop_timer(c->loop,
			      open_connection(t, r, &t->failed)
				  ? clock_ms() + r->timeout_ms
				  : 0,
			      on_timer, t);
	if (t->fd >= 0)
		t->watch = loop_watch(c->loop, t->fd, EPOLLIN | EPOLLOUT,
				      on_ready, t);
	return t;
}

struct fetch {
	bool done, ok;
	struct http_answer *ret;
	struct err *e;
};

static void on_fetched(void *arg, const struct http_answer *a,
		       const struct err *e)
{
	struct fetch *f = arg;

	f->done = true;
	f->ok = a != NULL;
	if (!a) {
		*f->e = *e;
		return;
	}
	*f->ret = *a;
	f->ret->body = BUF_INIT(a->body.cap);
	buf_add(&f->ret->body, a->body.data, a->body.len);
	f->ret->header = a->header ? xstrdup(a->header) : NULL;
}

static bool fetch_done(void *arg)
{
	return ((struct fetch *)arg)->done;
}

bool http_fetch(struct http_client *c, const struct http_request *r,
		struct http_answer *ret, struct err *e)
{
	struct fetch f = {.ret = ret, .e = e};
	struct http_transfer *t = http_send(c, r, on_fetched, &f);

	/* The transfer has a deadline of its own; the loop needs none. */
	if (loop_run_until(c->loop, fetch_done, &f, UINT64_MAX, r->url, e))
		return f.ok;
	/* The turn that stopped the loop may have answered, too. */
	if (!f.done)
		http_cancel(t);
	else if (f.ok)
		http_answer_done(ret);
	return false;
}
