/*
 * libcurl as the judge of our HTTP: what it makes of an answer our client makes
 * of it too, and it understands what our server sends.
 */
#include "io/test/ground.h"

#include <curl/curl.h>
#include <sys/wait.h>

#include "io/http_client.h"
#include "io/http_server.h"

#define BODY_MAX 65536u
#define NONE 0 /* status where there was no whole answer */

struct seen {
	long status;
	char body[4096];
};

/* --- libcurl, in a process of its own: it blocks -------------------------- */

static size_t take(char *data, size_t size, size_t n, void *arg)
{
	struct seen *s = arg;
	size_t have = strlen(s->body), len = size * n;

	if (have + len >= sizeof(s->body))
		return 0;
	memcpy(s->body + have, data, len);
	s->body[have + len] = 0;
	return len;
}

NORETURN static void ask_and_exit(int fd, const char *url, const char *socket)
{
	CURL *c = curl_easy_init();
	struct seen s = { .status = NONE };
	bool ok;

	curl_easy_setopt(c, CURLOPT_URL, url);
	if (socket)
		curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, "{}");
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &s);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 5000L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	ok = curl_easy_perform(c) == CURLE_OK;
	if (ok)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &s.status);
	else
		s = (struct seen){ .status = NONE };
	_exit(write(fd, &s, sizeof(s)) == (ssize_t)sizeof(s) ? 0 : 1);
}

struct asking {
	int fd;
	bool over;
	struct seen *ret;
};

static void on_result(void *arg, uint32_t events)
{
	struct asking *a = arg;

	(void)events;
	assert_int_equal(read(a->fd, a->ret, sizeof(*a->ret)), sizeof(*a->ret));
	a->over = true;
}

static struct seen by_curl(struct ground *g, const char *url,
			   const char *socket)
{
	struct seen s;
	struct asking a = { .ret = &s };
	struct watch *w;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		ask_and_exit(ends[1], url, socket);
	fd_close(&ends[1]);
	a.fd = ends[0];
	w = loop_watch(g->l, a.fd, EPOLLIN, on_result, &a);
	await(g, a.over, "libcurl");
	watch_free(w);
	fd_close(&ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return s;
}

/* --- the same by ours ----------------------------------------------------- */

static struct seen by_us(struct ground *g, const char *url)
{
	CLEANUP(http_client_freep) struct http_client *c = NULL;
	const struct http_request r = { .method = "POST",
					.url = url,
					.content_type =
						"application/x-www-form-"
						"urlencoded",
					.body = "{}",
					.body_len = 2,
					.answer_max = BODY_MAX,
					.timeout_ms = 5000 };
	struct seen s = { .status = NONE };
	struct http_answer a;
	struct err e;

	assert_ok(http_client_new(&c, g->l, &e), &e);
	if (!http_fetch(c, &r, &a, &e))
		return s;
	s.status = a.status;
	snprintf(s.body, sizeof(s.body), "%s", buf_str(&a.body));
	http_answer_done(&a);
	return s;
}

static void answers(void **state)
{
	static const char *const replies[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello",
		"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
		"HTTP/1.1 200 OK\r\n\r\nto the end",
		"HTTP/1.0 200 OK\r\n\r\nto the end",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
		"Content-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
		"5;name=value\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"A\r\n0123456789\r\n0\r\n\r\n",
		/* Broken ones: no whole answer for either. */
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"g\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
	};
	struct ground *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		CLEANUP(freep) char *url = NULL;
		struct seen judge, ours;
		struct fake f;

		fake_open(&f, g->l, NULL, replies[i], FAKE_CLOSES);
		url = xasprintf("http://127.0.0.1:%u/x", (unsigned)f.port);
		judge = by_curl(g, url, NULL);
		ours = by_us(g, url);
		fake_close(&f);
		if (judge.status != ours.status ||
		    strcmp(judge.body, ours.body) != 0)
			fail_msg("%s\nlibcurl: %ld \"%s\"\nours: %ld \"%s\"",
				 replies[i], judge.status, judge.body,
				 ours.status, ours.body);
	}
}

/* --- our server ------------------------------------------------------------ */

static void echo(void *arg, const struct http_in *in, struct http_exchange *x)
{
	CLEANUP(freep)
	char *text = xasprintf("%s %s %.*s", in->method, in->path,
			       (int)in->body_len, (const char *)in->body);

	(void)arg;
	http_header(x, "X-Test", "yes");
	http_respond(x, 418, "text/plain", text, strlen(text));
}

static void served(void **state)
{
	struct ground *g = *state;
	CLEANUP(http_server_freep) struct http_server *tcp = NULL;
	CLEANUP(http_server_freep) struct http_server *unix_end = NULL;
	CLEANUP(freep) char *path = xstrdup(in_dir(g, "s.sock"));
	CLEANUP(freep) char *url = NULL;
	struct seen s;
	struct err e;

	assert_ok(http_server_new(&tcp, g->l, NULL, 0, echo, NULL, &e), &e);
	assert_ok(http_server_new(&unix_end, g->l, path, 0, echo, NULL, &e),
		  &e);
	url = xasprintf("http://127.0.0.1:%u/a", http_server_port(tcp));
	s = by_curl(g, url, NULL);
	assert_int_equal(s.status, 418);
	assert_string_equal(s.body, "POST /a {}");
	s = by_curl(g, "http://tee/b", path);
	assert_int_equal(s.status, 418);
	assert_string_equal(s.body, "POST /b {}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(answers),
		test(served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
