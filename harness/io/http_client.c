#include "io/http_client.h"

/* Its type checks are macros over the functions' names. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/late.h"

/* What is used of libcurl, by its own names. */
#define FUNCTIONS(X)                                                           \
	X(curl_global_init) \
	X(curl_easy_init) \
	X(curl_easy_cleanup) \
	X(curl_easy_getinfo) \
	X(curl_easy_setopt) \
	X(curl_easy_strerror) \
	X(curl_multi_init) \
	X(curl_multi_cleanup) \
	X(curl_multi_add_handle) \
	X(curl_multi_remove_handle) \
	X(curl_multi_assign) \
	X(curl_multi_info_read) \
	X(curl_multi_setopt) \
	X(curl_multi_socket_action) \
	X(curl_slist_append) \
	X(curl_slist_free_all)

static struct {
#define POINTER(f) __typeof__(f) *f;
	FUNCTIONS(POINTER)
} lib;

static void load(void)
{
	static bool loaded;
	void *so;

	if (loaded)
		return;
	so = late_library("libcurl.so.4");
#define FIND(f) *(void **)&lib.f = late_symbol(so, #f);
	FUNCTIONS(FIND)
	/* NOTHING: plain HTTP needs no TLS library to be started. */
	ASSERT(!lib.curl_global_init(CURL_GLOBAL_NOTHING));
	loaded = true;
}

struct http_transfer {
	struct http_client *client;
	struct http_transfer *next;
	CURL *easy;
	struct curl_slist *headers;
	char *name; /* "POST http://…", for messages */
	unsigned timeout_ms;
	char why[CURL_ERROR_SIZE];
	struct http_answer answer;
	http_done_fn fn;
	void *arg;
};

/* What curl wants to know of one of its sockets. */
struct http_socket {
	struct http_client *client;
	struct watch *watch;
	int fd;
	struct http_socket *next;
};

struct http_client {
	struct loop *loop;
	CURLM *multi;
	struct timer *timer;
	struct http_transfer *transfers;
	struct http_socket *sockets;
};

void http_answer_done(struct http_answer *a)
{
	buf_done(&a->body);
}

/* A failure of these means a bug of ours or no memory. */
static void curl_must(CURLcode rc)
{
	ASSERT(rc == CURLE_OK);
}

static void multi_must(CURLMcode rc)
{
	ASSERT(rc == CURLM_OK);
}

static void transfer_free(struct http_transfer *t)
{
	struct http_transfer **at = &t->client->transfers;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	multi_must(lib.curl_multi_remove_handle(t->client->multi, t->easy));
	lib.curl_easy_cleanup(t->easy);
	lib.curl_slist_free_all(t->headers);
	http_answer_done(&t->answer);
	free(t->name);
	free(t);
}

void http_cancel(struct http_transfer *t)
{
	if (t)
		transfer_free(t);
}

static void explain(struct http_transfer *t, CURLcode rc, struct err *e)
{
	const char *why = t->why[0] ? t->why : lib.curl_easy_strerror(rc);

	if (t->answer.body.over)
		err_set(e, ERR_LIMIT, 0,
			"%s: the answer is larger than %zu bytes", t->name,
			t->answer.body.cap);
	else if (rc == CURLE_OPERATION_TIMEDOUT)
		err_set(e, ERR_TIMEOUT, 0,
			"%s: no complete answer within %u ms (%s)", t->name,
			t->timeout_ms, why);
	else if (rc == CURLE_PARTIAL_FILE)
		err_set(e, ERR_HTTP, 0, "%s: the answer is truncated (%s)",
			t->name, why);
	else if (rc == CURLE_COULDNT_CONNECT)
		err_set(e, ERR_HTTP, 0, "%s: nobody answers there (%s)",
			t->name, why);
	else
		err_set(e, ERR_HTTP, 0, "%s: %s", t->name, why);
}

static void finish(struct http_transfer *t, CURLcode rc)
{
	http_done_fn fn = t->fn;
	void *arg = t->arg;
	const char *type = NULL;
	struct http_answer a;
	long status = 0;
	struct err e;

	if (rc != CURLE_OK) {
		explain(t, rc, &e);
		transfer_free(t);
		fn(arg, NULL, &e);
		return;
	}
	curl_must(lib.curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status));
	curl_must(lib.curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type));
	snprintf(t->answer.content_type, sizeof(t->answer.content_type), "%s",
		 type ? type : "");
	t->answer.status = (int)status;
	a = t->answer;
	t->answer.body = BUF_INIT(a.body.cap);
	/* First gone, then called: the callback may do as it likes. */
	transfer_free(t);
	fn(arg, &a, NULL);
	http_answer_done(&a);
}

static void finish_all(struct http_client *c)
{
	struct CURLMsg *m;
	int left;

	while ((m = lib.curl_multi_info_read(c->multi, &left))) {
		struct http_transfer *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_must(lib.curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
					    (char **)&t));
		finish(t, m->data.result);
	}
}

static void on_socket(void *arg, uint32_t events)
{
	struct http_socket *s = arg;
	struct http_client *c = s->client;
	int what = 0, running;

	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	multi_must(lib.curl_multi_socket_action(c->multi, s->fd, what, &running));
	finish_all(c);
}

static void on_timer(void *arg)
{
	struct http_client *c = arg;
	int running;

	timer_free(TAKE(c->timer));
	multi_must(lib.curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0,
					    &running));
	finish_all(c);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct http_client *c = arg;

	(void)multi;
	timer_free(TAKE(c->timer));
	if (ms >= 0)
		c->timer =
		    loop_timer(c->loop, clock_ms() + (uint64_t)ms, on_timer, c);
	return 0;
}

static void forget_socket(struct http_socket *s)
{
	struct http_socket **at = &s->client->sockets;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	watch_free(s->watch);
	free(s);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		      void *known)
{
	struct http_client *c = arg;
	struct http_socket *s = known;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			forget_socket(s);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (s) {
		watch_set(s->watch, events);
		return 0;
	}
	s = xcalloc(1, sizeof(*s));
	*s = (struct http_socket){.client = c, .fd = fd, .next = c->sockets};
	s->watch = loop_watch(c->loop, fd, events, on_socket, s);
	c->sockets = s;
	multi_must(lib.curl_multi_assign(c->multi, fd, s));
	return 0;
}

/* With the first request. */
static void start(struct http_client *c)
{
	if (c->multi)
		return;
	load();
	c->multi = lib.curl_multi_init();
	ASSERT(c->multi);
	multi_must(lib.curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION,
					 set_socket));
	multi_must(lib.curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c));
	multi_must(lib.curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION,
					 set_timer));
	multi_must(lib.curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c));
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
	if (c->multi)
		lib.curl_multi_cleanup(c->multi);
	while (c->sockets)
		forget_socket(c->sockets);
	timer_free(c->timer);
	free(c);
}

struct loop *http_client_loop(const struct http_client *c)
{
	return c->loop;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	buf_add(&t->answer.body, data, size * n);
	/* Less than all of it ends the transfer. */
	return t->answer.body.over ? 0 : size * n;
}

static void add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *all = lib.curl_slist_append(t->headers, line);

	ASSERT(all);
	t->headers = all;
}

static void set_headers(struct http_transfer *t, const struct http_request *r)
{
	/* No "100 Continue" round trip for bodies above 1 MB. */
	add_header(t, "Expect:");
	if (r->content_type) {
		CLEANUP(freep)
		char *line = xasprintf("Content-Type: %s", r->content_type);

		add_header(t, line);
	} else if (r->body) {
		add_header(t, "Content-Type:");
	}
	curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers));
}

static void set_body(struct http_transfer *t, const struct http_request *r)
{
	if (r->body) {
		curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
					   (curl_off_t)r->body_len));
		curl_must(
		    lib.curl_easy_setopt(t->easy, CURLOPT_COPYPOSTFIELDS, r->body));
	}
	curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method));
	curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body));
	curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t));
	curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->why));
	curl_must(lib.curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t));
}

/* What keeps a request on this machine and within its time. */
static void set_bounds(struct http_transfer *t, const struct http_request *r)
{
	CURL *h = t->easy;

	curl_must(lib.curl_easy_setopt(h, CURLOPT_URL, r->url));
	curl_must(lib.curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http"));
	curl_must(lib.curl_easy_setopt(h, CURLOPT_NOPROXY, "*"));
	curl_must(lib.curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L));
	curl_must(lib.curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L));
	curl_must(lib.curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms));
	curl_must(lib.curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
				   (long)r->timeout_ms));
	if (r->unix_path)
		curl_must(lib.curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH,
					   r->unix_path));
}

struct http_transfer *http_send(struct http_client *c,
				const struct http_request *r, http_done_fn fn,
				void *arg)
{
	struct http_transfer *t = xcalloc(1, sizeof(*t));

	start(c);
	ASSERT(r->timeout_ms && r->answer_max);
	*t = (struct http_transfer){
	    .client = c,
	    .next = c->transfers,
	    .easy = lib.curl_easy_init(),
	    .name = xasprintf("%s %s%s%s", r->method, r->url,
			      r->unix_path ? " at " : "",
			      r->unix_path ? r->unix_path : ""),
	    .timeout_ms = r->timeout_ms,
	    .answer = {.body = BUF_INIT(r->answer_max)},
	    .fn = fn,
	    .arg = arg,
	};
	ASSERT(t->easy);
	c->transfers = t;
	set_body(t, r);
	set_bounds(t, r);
	set_headers(t, r);
	multi_must(lib.curl_multi_add_handle(c->multi, t->easy));
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
