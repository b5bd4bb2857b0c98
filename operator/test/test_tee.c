/* tee against a guest agent that says exactly these bytes, or nothing. */
#include "test/kit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/net.h"
#include "operator/tee.h"

/* One connection at a time: reads what comes, writes @says, then closes. */
struct agent {
	char *dir, *path;
	struct loop *loop;
	struct http_client *http;
	struct tee tee;
	int listener, peer;
	struct watch *accepts, *reads;
	const char *says; /* NULL: never answers */
	struct buf heard;
};

static void hang_up(struct agent *a)
{
	watch_free(TAKE(a->reads));
	fd_close(&a->peer);
}

static void on_request(void *arg, uint32_t events)
{
	struct agent *a = arg;
	char data[4096];
	ssize_t n = recv(a->peer, data, sizeof(data), 0);

	(void)events;
	if (n <= 0) {
		hang_up(a);
		return;
	}
	buf_add(&a->heard, data, (size_t)n);
	/* The body is the last to come, and ends with this. */
	if (!a->says || !strstr(buf_str(&a->heard), "\"}"))
		return;
	assert_int_equal(send(a->peer, a->says, strlen(a->says), MSG_NOSIGNAL),
			 strlen(a->says));
	hang_up(a);
}

static void on_connect(void *arg, uint32_t events)
{
	struct agent *a = arg;

	(void)events;
	hang_up(a);
	a->peer = accept(a->listener, NULL, NULL);
	assert_true(a->peer >= 0);
	a->reads = loop_watch(a->loop, a->peer, EPOLLIN, on_request, a);
}

static int setup(void **state)
{
	struct agent *a = xcalloc(1, sizeof(*a));
	struct err e;

	a->peer = -1;
	a->heard = BUF_INIT(65536);
	a->dir = kit_tmpdir_new();
	a->path = xasprintf("%s/tee.sock", a->dir);
	assert_ok(loop_new(&a->loop, &e), &e);
	assert_ok(http_client_new(&a->http, a->loop, &e), &e);
	assert_ok(net_listen_unix(&a->listener, a->path, &e), &e);
	a->accepts = loop_watch(a->loop, a->listener, EPOLLIN, on_connect, a);
	a->tee = (struct tee){
	    .http = a->http, .endpoint = a->path, .timeout_ms = 2000};
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct agent *a = *state;

	hang_up(a);
	watch_free(a->accepts);
	fd_close(&a->listener);
	http_client_free(a->http);
	loop_free(a->loop);
	kit_tmpdir_free(a->dir);
	free(a->path);
	buf_done(&a->heard);
	free(a);
	return 0;
}

struct waiting {
	bool done;
	uint8_t *quote;
	size_t len;
	struct err *e;
};

static void on_quote(void *arg, uint8_t *quote, size_t len,
		     const struct err *e)
{
	struct waiting *w = arg;

	w->done = true;
	w->quote = quote;
	w->len = len;
	if (e)
		*w->e = *e;
}

static bool waited(void *arg)
{
	return ((struct waiting *)arg)->done;
}

static bool ask(struct agent *a, const char *data, size_t n, uint8_t **ret,
		size_t *ret_len, struct err *e)
{
	struct waiting w = {.e = e};
	struct err late;

	tee_ask(&a->tee, data, n, on_quote, &w);
	assert_false(w.done);
	assert_ok(loop_run_until(a->loop, waited, &w, clock_ms() + 5000,
				 "a quote", &late),
		  &late);
	*ret = w.quote;
	*ret_len = w.len;
	return w.quote;
}

#define HTTP(status, length, body)                                             \
	"HTTP/1.1 " status "\r\nContent-Type: application/json\r\n"            \
	"Content-Length: " length "\r\n\r\n" body

static void test_good(void **state)
{
	struct agent *a = *state;
	uint8_t *quote;
	size_t len;
	struct err e;

	a->says = HTTP("200 OK", "35",
		       "{\"quote\":\"04ff00\",\"event_log\":"
		       "\"[]\"}");
	assert_ok(ask(a, "\x01\xab", 2, &quote, &len, &e), &e);
	assert_hex(quote, len, "04ff00");
	free(quote);
	assert_non_null(strstr(buf_str(&a->heard), "POST /GetQuote HTTP/1.1"));
	assert_non_null(
	    strstr(buf_str(&a->heard), "{\"report_data\":\"01ab\"}"));
}

static void test_bad_answers(void **state)
{
	static const struct {
		const char *says;
		enum err_code code;
		const char *part;
	} bad[] = {
	    {HTTP("400 Bad Request", "17", "{\"error\":\"no TD\"}"), ERR_HTTP,
	     "answered 400: no TD"},
	    {HTTP("500 Oops", "4", "oops"), ERR_HTTP,
	     "answered 500: without a reason"},
	    {HTTP("200 OK", "4", "oops"), ERR_PARSE, "answer:1:"},
	    {HTTP("200 OK", "2", "{}"), ERR_SCHEMA, "quote"},
	    {HTTP("200 OK", "14", "{\"quote\":null}"), ERR_SCHEMA,
	     "quote is null"},
	    {HTTP("200 OK", "12", "{\"quote\":\"\"}"), ERR_SCHEMA,
	     "empty quote"},
	    {HTTP("200 OK", "14", "{\"quote\":\"0g\"}"), ERR_PARSE,
	     "the quote it answered"},
	    {HTTP("200 OK", "13", "{\"quote\":\"0\"}"), ERR_PARSE,
	     "the quote it answered"},
	    {HTTP("200 OK", "1000", "{\"quote\":\"04"), ERR_HTTP, "tee.sock"},
	    {"SSH-2.0-OpenSSH\r\n", ERR_HTTP, "tee.sock"},
	    {"", ERR_HTTP, "tee.sock"},
	};
	struct agent *a = *state;
	uint8_t *quote;
	size_t len;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		print_message("  %.60s\n", bad[i].says);
		a->says = bad[i].says;
		buf_clear(&a->heard);
		assert_err(ask(a, "\x01", 1, &quote, &len, &e), &e,
			   bad[i].code, bad[i].part);
		assert_non_null(strstr(e.text, "TEE at "));
	}
}

static void test_too_large(void **state)
{
	struct agent *a = *state;
	struct buf b = BUF_INIT(1 << 20);
	uint8_t *quote;
	size_t len;
	struct err e;

	buf_addf(&b,
		 "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n"
		 "{\"quote\":\"",
		 QUOTE_MAX * 2 + 2 + 12);
	for (size_t i = 0; i <= QUOTE_MAX; i++)
		buf_adds(&b, "00");
	buf_adds(&b, "\"}");
	a->says = buf_str(&b);
	assert_err(ask(a, "\x01", 1, &quote, &len, &e), &e,
		   ERR_LIMIT, "a quote of 65537 bytes, over 65536");
	buf_done(&b);
}

static void test_slow(void **state)
{
	struct agent *a = *state;
	uint64_t begin = clock_ms();
	uint8_t *quote;
	size_t len;
	struct err e;

	a->tee.timeout_ms = 100;
	assert_err(ask(a, "\x01", 1, &quote, &len, &e), &e,
		   ERR_TIMEOUT, "TEE at ");
	assert_true(clock_ms() - begin < 1500);
}

static void test_gone(void **state)
{
	struct agent *a = *state;
	uint8_t *quote;
	size_t len;
	struct err e;

	a->tee.endpoint = "/nonexistent/tee.sock";
	assert_err(ask(a, "\x01", 1, &quote, &len, &e), &e,
		   ERR_HTTP, "TEE at /nonexistent/tee.sock");
	a->tee.endpoint = "http://127.0.0.1:1";
	assert_err(ask(a, "\x01", 1, &quote, &len, &e), &e,
		   ERR_HTTP, "TEE at http://127.0.0.1:1");
}

static void on_cancelled(void *arg, uint8_t *quote, size_t len,
			 const struct err *e)
{
	(void)arg;
	(void)quote;
	(void)len;
	(void)e;
	fail_msg("it was cancelled");
}

static void test_cancelled(void **state)
{
	struct agent *a = *state;

	tee_cancel(tee_ask(&a->tee, "\x01", 1, on_cancelled, NULL));
	tee_cancel(NULL);
	test_good(state);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_good), TEST(test_bad_answers), TEST(test_too_large),
	    TEST(test_slow), TEST(test_gone), TEST(test_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
