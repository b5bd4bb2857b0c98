#include "io/test/ground.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "io/http_client.h"
#include "io/http_server.h"

/* --- a client and a server that does as it is told ---------------------- */

static void fetch_fails(struct ground *g, struct fake *f, size_t max,
			unsigned timeout_ms, enum err_code want,
			const char *part)
{
	CLEANUP(http_client_freep) struct http_client *c = NULL;
	CLEANUP(freep)
	char *url = xasprintf("http://127.0.0.1:%u/x", (unsigned)f->port);
	struct http_request r = {.method = "POST",
				 .url = url,
				 .body = "{}",
				 .body_len = 2,
				 .answer_max = max,
				 .timeout_ms = timeout_ms};
	struct http_answer a = {0};
	struct err e;

	assert_ok(http_client_new(&c, g->l, &e), &e);
	assert_err(http_fetch(c, &r, &a, &e), &e, want, part);
	/* Each says what it was doing. */
	assert_non_null(strstr(e.text, "POST http://127.0.0.1:"));
	assert_null(a.body.data);
}

struct bad_server {
	const char *reply;
	enum fake_end end;
	enum err_code want;
	const char *part;
};

static void servers_that_fail(void **state)
{
	static const struct bad_server cases[] = {
	    {"", FAKE_CLOSES, ERR_HTTP,
	     "there was no answer"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", FAKE_CLOSES,
	     ERR_HTTP, "truncated"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
	     FAKE_CLOSES, ERR_HTTP, "truncated"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", FAKE_RESETS,
	     ERR_HTTP, "reset"},
	    {"{\"jsonrpc\":\"2.0\"}", FAKE_CLOSES, ERR_HTTP,
	     "is no HTTP/1.1"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", FAKE_CLOSES,
	     ERR_HTTP, "Content-Length"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nlate", FAKE_STAYS,
	     ERR_TIMEOUT, "no complete answer within 30 ms"},
	    {"", FAKE_STAYS, ERR_TIMEOUT, "no complete answer within 30 ms"},
	};
	struct ground *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct bad_server *b = &cases[i];
		struct fake f;

		fake_open(&f, g->l, NULL, b->reply, b->end);
		fetch_fails(g, &f, 1000, b->want == ERR_TIMEOUT ? 30 : 5000,
			    b->want, b->part);
		fake_close(&f);
	}
}

static void a_flood_ends_at_the_cap(void **state)
{
	static char chunk[65536];
	struct ground *g = *state;
	struct fake f;

	fake_open(&f, g->l, NULL, "HTTP/1.1 200 OK\r\n\r\n", FAKE_CLOSES);
	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, "HTTP/1.1 200 OK\r\n\r\n", 19);
	f.reply = chunk;
	f.len = sizeof(chunk);
	f.times = 160; /* 10 MB, as far as the socket takes it at once */
	fetch_fails(g, &f, 100000, 5000, ERR_LIMIT,
		    "the answer is larger than 100000 bytes");
	fake_close(&f);
}

static void nobody_listens(void **state)
{
	struct ground *g = *state;
	CLEANUP(http_client_freep) struct http_client *c = NULL;
	struct http_request r = {.method = "GET",
				 .url = "http://tee/Info",
				 .answer_max = 10,
				 .timeout_ms = 1000};
	struct http_answer a;
	struct fake f;
	struct err e;
	uint16_t port;

	fake_open(&f, g->l, NULL, "", FAKE_CLOSES);
	port = f.port;
	fake_close(&f);
	f.port = port;
	fetch_fails(g, &f, 10, 1000, ERR_HTTP, "nobody answers there");
	assert_ok(http_client_new(&c, g->l, &e), &e);
	r.unix_path = in_dir(g, "tee.sock");
	assert_err(http_fetch(c, &r, &a, &e), &e, ERR_HTTP,
		   "GET http://tee/Info at ");
	assert_non_null(strstr(e.text, "tee.sock: nobody answers there"));
	r.unix_path = NULL;
	r.url = "ftp://127.0.0.1/";
	assert_err(http_fetch(c, &r, &a, &e), &e, ERR_HTTP, "ftp");
}

static void the_environment_has_no_say(void **state)
{
	struct ground *g = *state;
	CLEANUP(http_client_freep) struct http_client *c = NULL;
	CLEANUP(freep) char *url = NULL;
	struct http_answer a;
	struct fake f;
	struct err e;

	fake_open(&f, g->l, NULL,
		  "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
		  "Content-Length: 0\r\n\r\n",
		  FAKE_CLOSES);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	assert_ok(http_client_new(&c, g->l, &e), &e);
	url = xasprintf("http://127.0.0.1:%u/", (unsigned)f.port);
	assert_ok(http_fetch(c,
			     &(struct http_request){.method = "GET",
						    .url = url,
						    .answer_max = 10,
						    .timeout_ms = 5000},
			     &a, &e),
		  &e);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	/* Nor is a redirection followed. */
	assert_int_equal(a.status, 302);
	assert_non_null(strstr(buf_str(&f.got), "GET / HTTP/1.1\r\n"));
	http_answer_done(&a);
	fake_close(&f);
}

/* --- a server and raw bytes, as odd clients send them ------------------- */

struct served {
	struct ground *g;
	struct http_server *s;
	struct http_exchange *held;
	char seen[512]; /* METHOD PATH QUERY TYPE BODY, by spaces */
	size_t body_len;
	bool asked, gone;
};

static void on_gone(void *arg)
{
	struct served *v = arg;

	v->gone = true;
	v->held = NULL;
}

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct served *v = arg;

	snprintf(v->seen, sizeof(v->seen), "%s %s %s %s %.100s", in->method,
		 in->path, in->query, in->content_type, (const char *)in->body);
	v->body_len = in->body_len;
	v->asked = true;
	if (!strcmp(in->path, "/late")) {
		v->held = x;
		http_on_gone(x, on_gone, v);
	} else if (!strcmp(in->path, "/deaf")) {
		v->held = x;
	} else {
		http_respond(x, strcmp(in->path, "/no") ? 200 : 400,
			     "application/json", "{\"ok\":1}", 8);
	}
}

static void serve(struct served *v, struct ground *g, const char *path)
{
	struct err e;

	*v = (struct served){.g = g};
	assert_ok(http_server_new(&v->s, g->l, path, 0, on_request, v, &e), &e);
}

/* A connection of a raw client. */
struct raw {
	int fd;
	struct watch *w;
	struct buf got;
	bool answered, ended;
};

static void raw_read(void *arg, uint32_t events)
{
	struct raw *r = arg;
	char data[4096];
	ssize_t n = recv(r->fd, data, sizeof(data), 0);

	(void)events;
	if (n <= 0) {
		r->ended = true;
		watch_free(TAKE(r->w));
		return;
	}
	buf_add(&r->got, data, (size_t)n);
	r->answered = strstr(buf_str(&r->got), "{\"ok\":1}") != NULL;
}

static void raw_open(struct raw *r, struct ground *g, const char *path)
{
	struct err e;

	*r = (struct raw){.got = BUF_INIT(1u << 20)};
	assert_ok(net_connect_unix(&r->fd, path, &e), &e);
	r->w = loop_watch(g->l, r->fd, EPOLLIN, raw_read, r);
}

static void raw_say(struct raw *r, const char *text)
{
	assert_int_equal(send(r->fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void raw_close(struct raw *r)
{
	watch_free(r->w);
	fd_close(&r->fd);
	buf_done(&r->got);
}

static void sdk_clients_are_served(void **state)
{
	struct ground *g = *state;
	char *path = xstrdup(in_dir(g, "tee.sock"));
	struct served v;
	struct stat st;
	struct raw r;

	serve(&v, g, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* The Rust client: an absolute target. */
	raw_open(&r, g, path);
	raw_say(&r, "POST http://unix.socket/Info?json HTTP/1.1\r\n"
		    "Host: unix.socket\r\nContent-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n{}");
	await(g, r.answered, "an answer");
	assert_string_equal(v.seen, "POST /Info json application/json {}");
	raw_close(&r);
	/* Its older one: no Host at all. */
	raw_open(&r, g, path);
	raw_say(&r, "POST http://unix.socket HTTP/1.1\r\n"
		    "Content-Length: 0\r\n\r\n");
	await(g, r.answered, "an answer");
	assert_string_equal(v.seen, "POST /   ");
	raw_close(&r);
	/* The JS client: in pieces; half-closes; waits for our end. */
	raw_open(&r, g, path);
	raw_say(&r, "POST /GetQuote HTTP/1.1\r\nHost: x\r\nContent-Len");
	raw_say(&r, "gth: 7\r\n\r\n{\"a\"");
	raw_say(&r, ":1}");
	await(g, r.answered, "an answer");
	assert_string_equal(v.seen, "POST /GetQuote   {\"a\":1}");
	assert_non_null(strstr(buf_str(&r.got), "\r\nContent-Length: 8\r\n"));
	assert_null(strstr(buf_str(&r.got), "chunked"));
	assert_false(r.ended);
	shutdown(r.fd, SHUT_WR);
	await(g, r.ended, "the server's end of the connection");
	raw_close(&r);
	/* The end right behind the request, in one event with it. */
	raw_open(&r, g, path);
	raw_say(&r, "POST /Info HTTP/1.1\r\nHost: x\r\n"
		    "Content-Length: 2\r\n\r\n{}");
	shutdown(r.fd, SHUT_WR);
	await(g, r.ended, "the server's end of the connection");
	assert_true(r.answered);
	raw_close(&r);
	http_server_free(v.s);
	assert_int_equal(stat(path, &st), -1);
	free(path);
}

static void requests_follow_on_one_connection(void **state)
{
	struct ground *g = *state;
	char *path = xstrdup(in_dir(g, "s"));
	struct served v;
	struct raw r;

	serve(&v, g, path);
	raw_open(&r, g, path);
	for (int i = 0; i < 3; i++) {
		raw_say(&r, "GET /a%20b?c=%20 HTTP/1.1\r\nHost: x\r\n\r\n");
		await(g, r.answered, "an answer");
		/* The target as it was sent: what it means is not ours. */
		assert_string_equal(v.seen, "GET /a%20b c=%20  ");
		buf_clear(&r.got);
		r.answered = false;
	}
	raw_close(&r);
	http_server_free(v.s);
	free(path);
}

static void an_answer_may_come_late_or_not_at_all(void **state)
{
	struct ground *g = *state;
	char *path = xstrdup(in_dir(g, "s"));
	struct served v;
	struct raw r, other;

	serve(&v, g, path);
	raw_open(&r, g, path);
	raw_say(&r, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
	await(g, v.asked, "the request");
	/* Others are served meanwhile. */
	raw_open(&other, g, path);
	raw_say(&other, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
	await(g, other.answered, "the other's answer");
	raw_close(&other);
	assert_false(r.answered);
	http_respond(v.held, 200, "application/json", "{\"ok\":1}", 8);
	await(g, r.answered, "the late answer");
	raw_close(&r);
	/* A client that leaves while it waits. */
	v.asked = false;
	raw_open(&r, g, path);
	raw_say(&r, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
	await(g, v.asked, "the request");
	raw_close(&r);
	await(g, v.gone, "the client's leaving");
	/* Nobody told: the answer goes nowhere. */
	v.asked = false;
	raw_open(&r, g, path);
	raw_say(&r, "GET /deaf HTTP/1.1\r\nHost: x\r\n\r\n");
	await(g, v.asked, "the request");
	raw_close(&r);
	raw_open(&r, g, path);
	raw_say(&r, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
	await(g, r.answered, "an answer to another");
	http_respond(v.held, 200, "text/plain", "x", 1);
	raw_close(&r);
	/* The server's end tells who still waits. */
	v.asked = v.gone = false;
	raw_open(&r, g, path);
	raw_say(&r, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
	await(g, v.asked, "the request");
	http_server_free(v.s);
	assert_true(v.gone);
	await(g, r.ended, "the end");
	raw_close(&r);
	free(path);
}

struct odd_request {
	const char *text, *answer;
};

static void odd_requests_get_an_answer(void **state)
{
	static const struct odd_request cases[] = {
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n"
	     "\r\n",
	     "HTTP/1.1 413 "},
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
	     "HTTP/1.1 400 "},
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
	     "HTTP/1.1 400 "},
	};
	struct ground *g = *state;
	char *path = xstrdup(in_dir(g, "s"));

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct served v;
		struct raw r;

		serve(&v, g, path);
		raw_open(&r, g, path);
		raw_say(&r, cases[i].text);
		shutdown(r.fd, SHUT_WR);
		await(g, r.ended, cases[i].text);
		assert_memory_equal(buf_str(&r.got), cases[i].answer,
				    strlen(cases[i].answer));
		assert_false(v.asked);
		raw_close(&r);
		http_server_free(v.s);
	}
	free(path);
}

static void an_endless_body_is_cut_off(void **state)
{
	struct ground *g = *state;
	char *path = xstrdup(in_dir(g, "s"));
	struct served v;
	struct raw r;

	serve(&v, g, path);
	raw_open(&r, g, path);
	raw_say(&r, "POST / HTTP/1.1\r\nHost: x\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n");
	while (!r.ended) {
		static const char chunk[] = "4\r\nabcd\r\n";
		struct buf b = BUF_INIT(1u << 20);
		bool turn = false;
		struct err e;

		while (b.len < 60000)
			buf_adds(&b, chunk);
		/* Only what fits; the rest of a chunk would be none. */
		if (send(r.fd, b.data, b.len, MSG_NOSIGNAL) != (ssize_t)b.len)
			assert_true(!loop_run_until(g->l, flag_set, &turn,
						    clock_ms() + 2, "", &e));
		buf_done(&b);
	}
	assert_false(v.asked);
	raw_close(&r);
	http_server_free(v.s);
	free(path);
}

/* --- our client and our server ------------------------------------------ */

static void one_fetch(struct ground *g, struct http_client *c, const char *url,
		      const char *unix_path, int status)
{
	struct http_request r = {.method = "POST",
				 .url = url,
				 .unix_path = unix_path,
				 .content_type = "application/json",
				 .body = "[1]",
				 .body_len = 3,
				 .answer_max = 8,
				 .timeout_ms = 5000};
	struct http_answer a;
	struct err e;

	(void)g;
	assert_ok(http_fetch(c, &r, &a, &e), &e);
	assert_int_equal(a.status, status);
	assert_string_equal(buf_str(&a.body), "{\"ok\":1}");
	assert_string_equal(a.content_type, "application/json");
	http_answer_done(&a);
}

static void both_ends_by_tcp_and_socket(void **state)
{
	struct ground *g = *state;
	char *path = xstrdup(in_dir(g, "s"));
	CLEANUP(http_client_freep) struct http_client *c = NULL;
	CLEANUP(freep) char *url = NULL;
	CLEANUP(freep) char *bad = NULL;
	struct served tcp, local;
	struct http_server *other = NULL;
	struct err e;

	serve(&local, g, path);
	serve(&tcp, g, NULL);
	assert_int_not_equal(http_server_port(tcp.s), 0);
	url = xasprintf("http://127.0.0.1:%u/x", http_server_port(tcp.s));
	bad = xasprintf("http://127.0.0.1:%u/no", http_server_port(tcp.s));
	assert_ok(http_client_new(&c, g->l, &e), &e);
	for (int i = 0; i < 5; i++) {
		one_fetch(g, c, url, NULL, 200);
		one_fetch(g, c, bad, NULL, 400);
		one_fetch(g, c, "http://tee/Info", path, 200);
	}
	assert_string_equal(local.seen, "POST /Info  application/json [1]");
	assert_err(http_server_new(&other, g->l, NULL, http_server_port(tcp.s),
				   on_request, NULL, &e),
		   &e, ERR_OS, "is in use");
	assert_int_equal(e.sub, EADDRINUSE);
	assert_err(http_server_new(&other, g->l, path, 0, on_request, NULL, &e),
		   &e, ERR_OS, "is in use by a running process");
	http_server_free(tcp.s);
	http_server_free(local.s);
	free(path);
}

static void not_called(void *arg, const struct http_answer *a,
		       const struct err *e)
{
	(void)arg;
	(void)a;
	(void)e;
	fail_msg("called after its end");
}

static void a_transfer_can_be_dropped(void **state)
{
	struct ground *g = *state;
	struct http_client *c = NULL;
	struct http_request r = {.method = "GET",
				 .url = "http://x/late",
				 .answer_max = 8,
				 .timeout_ms = 5000};
	struct http_transfer *t;
	struct served v;
	struct err e;

	serve(&v, g, in_dir(g, "s"));
	r.unix_path = in_dir(g, "s");
	assert_ok(http_client_new(&c, g->l, &e), &e);
	t = http_send(c, &r, not_called, NULL);
	await(g, v.asked, "the request");
	http_cancel(t);
	await(g, v.gone, "its end");
	http_send(c, &r, not_called, NULL);
	http_client_free(c);
	http_server_free(v.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(servers_that_fail),
	    test(a_flood_ends_at_the_cap),
	    test(nobody_listens),
	    test(the_environment_has_no_say),
	    test(sdk_clients_are_served),
	    test(requests_follow_on_one_connection),
	    test(an_answer_may_come_late_or_not_at_all),
	    test(odd_requests_get_an_answer),
	    test(an_endless_body_is_cut_off),
	    test(both_ends_by_tcp_and_socket),
	    test(a_transfer_can_be_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
