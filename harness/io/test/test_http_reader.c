/* http_reader: answers whole, in pieces of every size, and broken ones. */
#include "test/kit.h"

#include "base/base.h"
#include "io/http_reader.h"

struct good {
	const char *text;
	int status;
	const char *type, *body;
	bool at_end; /* only the end of the connection ends it */
	bool head;   /* what HEAD was answered */
};

static const struct good GOOD[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "", "hello",
     false, false},
    {"HTTP/1.0 200\r\ncontent-type:text/plain\r\n\r\nall of it", 200,
     "text/plain", "all of it", true, false},
    {"HTTP/1.1 404 Not Found\nContent-Length: 0\n\n", 404, "", "", false, false},
    {"HTTP/1.1 204 \r\n\r\n", 204, "", "", false, false},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", "",
     false, false},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
     "\r\nx",
     200, "", "x", false, false},
    {"HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
     200, "", "x", false, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: a/b\r\n\r\n", 200,
     "a/b", "", false, true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", "",
     false, true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n"
     "\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\n",
     200, "a/b", "abc0123456789", false, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
     200, "", "ab", false, false},
};

/* Fed in pieces of @step bytes. */
static void read_good(const struct good *g, size_t step)
{
	struct buf body = BUF_INIT(1000);
	struct http_reader r = http_reader_new(&body);
	size_t len = strlen(g->text);
	bool whole = false;
	struct err e;

	r.head = g->head;
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;

		assert_false(whole);
		assert_ok(http_reader_feed(&r, g->text + at, n, &whole, &e),
			  &e);
	}
	assert_int_equal(whole, !g->at_end);
	assert_ok(http_reader_end(&r, &e), &e);
	assert_int_equal(r.status, g->status);
	assert_string_equal(r.content_type, g->type);
	assert_string_equal(buf_str(&body), g->body);
	http_reader_done(&r);
	buf_done(&body);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
		for (size_t step = 1; step < 70; step++)
			read_good(&GOOD[i], step);
}

static void test_what_follows_is_nobodys(void **state)
{
	struct buf body = BUF_INIT(1000);
	struct http_reader r = http_reader_new(&body);
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
				   "\r\nxHTTP/1.1 500 \r\n\r\n";
	bool whole;
	struct err e;

	(void)state;
	assert_ok(http_reader_feed(&r, text, strlen(text), &whole, &e), &e);
	assert_true(whole);
	assert_int_equal(r.status, 200);
	assert_string_equal(buf_str(&body), "x");
	http_reader_done(&r);
	buf_done(&body);
}

#define OK_ "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_ "Transfer-Encoding: chunked\r\n\r\n"

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *part;
	} bad[] = {
	    {"", ERR_HTTP, "there was no answer"},
	    {"HTTP/1.1 200", ERR_HTTP, "no HTTP/1.1"},
	    {"HTTP/2 200 OK\r\n", ERR_HTTP, "no HTTP/1.1: \"HTTP/2 200 OK\""},
	    {"HTTP/1.1 20 OK\r\n", ERR_HTTP, "no HTTP/1.1"},
	    {"HTTP/1.1 2000 OK\r\n", ERR_HTTP, "no HTTP/1.1"},
	    {"SSH-2.0-OpenSSH\r\n", ERR_HTTP, "SSH-2.0"},
	    {OK_ "Content-Length: 5", ERR_HTTP, "truncated"},
	    {OK_ "Content-Length: 5\r\n\r\nab", ERR_HTTP, "truncated"},
	    {OK_ "Content-Length: 0x5\r\n", ERR_HTTP, "Content-Length"},
	    {OK_ "Content-Length: -1\r\n", ERR_HTTP, "Content-Length"},
	    {OK_ "Content-Length: 1\r\nContent-Length: 2\r\n", ERR_HTTP,
	     "Content-Length"},
	    {OK_ "Content-Length: 99999999999999999999\r\n", ERR_HTTP,
	     "Content-Length"},
	    {OK_ "Content-Length: 2000\r\n\r\n", ERR_HTTP, "truncated"},
	    {OK_ "Transfer-Encoding: gzip\r\n", ERR_HTTP, "\"gzip\""},
	    {CHUNKED "5\r\nab", ERR_HTTP, "truncated"},
	    {CHUNKED "x\r\n", ERR_HTTP, "has the size \"x\""},
	    {CHUNKED "\r\n", ERR_HTTP, "has the size"},
	    {CHUNKED "1111111111111111\r\n", ERR_HTTP, "has the size"},
	    {CHUNKED "2\r\nabc\r\n", ERR_HTTP, "longer than it says"},
	    {CHUNKED "0\r\n", ERR_HTTP, "truncated"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf body = BUF_INIT(1000);
		struct http_reader r = http_reader_new(&body);
		struct err e;
		bool whole;

		assert_err(http_reader_feed(&r, bad[i].text,
					    strlen(bad[i].text), &whole, &e) &&
			       http_reader_end(&r, &e),
			   &e, bad[i].code, bad[i].part);
		http_reader_done(&r);
		buf_done(&body);
	}
}

/* Endless heads and bodies end at their caps. */
static void flood(const char *head, const char *more, const char *part)
{
	struct buf body = BUF_INIT(1000);
	struct http_reader r = http_reader_new(&body);
	struct err e;
	bool whole;

	assert_ok(http_reader_feed(&r, head, strlen(head), &whole, &e), &e);
	for (size_t n = 0; n < HTTP_HEAD_MAX; n++)
		if (!http_reader_feed(&r, more, strlen(more), &whole, &e)) {
			assert_int_equal(e.code, ERR_LIMIT);
			assert_non_null(strstr(e.text, part));
			http_reader_done(&r);
			buf_done(&body);
			return;
		}
	fail_msg("%s: goes on for ever", part);
}

static void test_floods(void **state)
{
	(void)state;
	flood(OK_ "\r\n", "0123456789abcdef", "larger than 1000 bytes");
	flood(CHUNKED, "4\r\nabcd\r\n", "larger than 1000 bytes");
	flood(OK_, "X: y\r\n", "head is larger than 65536 bytes");
	flood(OK_, "no end of this line", "head is larger than 65536 bytes");
	flood("", "HTTP/1.1 100 \r\n\r\n", "head is larger than 65536 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_what_follows_is_nobodys),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
