/*
 * The daemon as a process of its own: sockets, journal, and how it ends.
 */
#include "simulate/test/daemon.h"

#include "io/jsonrpc.h"

static json_t *fetch(struct daemon *d, const char *socket, const char *method,
		     const char *path, const char *body, int status)
{
	char *url CLEANUP(freep) = xasprintf("http://tee%s", path);
	struct http_request r = {
	    .method = method,
	    .url = url,
	    .unix_path = socket,
	    .content_type = "application/json",
	    .body = body,
	    .body_len = strlen(body),
	    .answer_max = 1u << 20,
	    .timeout_ms = WAIT_MS,
	};
	struct http_answer a = {.status = 0};
	struct err e = ERR_INIT;
	json_t *j;

	assert_ok(http_fetch(d->http, &r, &a, &e), &e);
	assert_int_equal(a.status, status);
	assert_string_equal(a.content_type, "application/json");
	j = json_loads(buf_str(&a.body), 0, NULL);
	assert_non_null(j);
	http_answer_done(&a);
	return j;
}

/*
 * That a quote was given is told with its length, which is that of the quote
 * given: certificates are in it, and what they say has no promised length.
 */
static void expect_told(struct daemon *d, const json_t *quote,
			const char *faults)
{
	const char *hex =
	    json_string_value(json_object_get(quote, "quote"));
	char *told CLEANUP(freep) = NULL;

	assert_non_null(hex);
	told = xasprintf("\"bytes\":%zu,\"faults\":%s}", strlen(hex) / 2,
			 faults);
	expect_line(d, told);
}

static void serves(void **state)
{
	struct daemon *d = *state;
	json_t *good, *bad, *j;

	start(d);
	expect_line(d, "{\"event\":\"ready\",\"seed\":7,\"instances\":1,"
		       "\"control\":\"");
	good = fetch(d, d->alice, "POST", "/GetQuote",
		     "{\"report_data\":\"77\"}", 200);
	expect_line(d, "{\"event\":\"quote\",\"instance\":\"alice\","
		       "\"report_data\":\"7700");
	expect_told(d, good, "[]");
	json_decref(fetch(d, d->control, "POST", "/faults/alice",
			  "{\"fault\":\"td-debug\"}", 200));
	expect_line(d, "{\"event\":\"faults\",\"instance\":\"alice\","
		       "\"faults\":[{\"fault\":\"td-debug\"}]}");
	bad = fetch(d, d->alice, "POST", "/GetQuote",
		    "{\"report_data\":\"77\"}", 200);
	expect_told(d, bad, "[{\"fault\":\"td-debug\"}]");
	assert_false(json_equal(good, bad));
	json_decref(fetch(d, d->control, "DELETE", "/faults/alice", "", 200));
	j = fetch(d, d->alice, "POST", "/GetQuote", "{\"report_data\":\"77\"}",
		  200);
	assert_true(json_equal(good, j));
	json_decref(good);
	json_decref(bad);
	json_decref(j);
	json_decref(fetch(d, d->alice, "POST", "/Nope", "{}", 400));
	json_decref(fetch(d, d->control, "POST", "/faults/bob", "{}", 404));
	kill(d->pid, SIGTERM);
	expect_line(d, "{\"event\":\"stopped\",\"why\":\"SIGTERM\"}\n");
	expect_exit(d, 0);
}

static json_t *ask(struct rpc *r, const char *params, int status)
{
	json_t *all = json_loads(params, 0, NULL), *j;
	struct err e = ERR_INIT;
	json_t *result = NULL;

	assert_ok(rpc_call(r, "request", all, &result, NULL, &e), &e);
	assert_int_equal(json_integer_value(json_object_get(result, "status")),
			 status);
	j = json_incref(json_object_get(result, "body"));
	json_decref(result);
	return j;
}

/* The same handlers, the same bytes, whichever way a request comes. */
static void serves_by_rpc(void **state)
{
	static const char quote[] =
	    "[{\"to\":\"alice\",\"method\":\"POST\",\"path\":\"/GetQuote\","
	    "\"body\":{\"report_data\":\"77\"}}]";
	struct daemon *d = *state;
	json_t *here, *there;
	struct err e = ERR_INIT;
	struct rpc *r;

	start(d);
	expect_line(d, "\"ready\"");
	assert_ok(rpc_open_ipc(&r, d->loop, d->rpc, &e), &e);
	here = ask(r, quote, 200);
	expect_line(d, "{\"event\":\"quote\",\"instance\":\"alice\","
		       "\"report_data\":\"7700");
	there = fetch(d, d->alice, "POST", "/GetQuote",
		      "{\"report_data\":\"77\"}", 200);
	assert_true(json_equal(here, there));
	json_decref(here);
	json_decref(there);
	json_decref(ask(r,
			"[{\"method\":\"POST\",\"path\":\"/faults/alice\","
			"\"body\":{\"fault\":\"td-debug\"}}]",
			200));
	expect_line(d, "{\"event\":\"faults\",\"instance\":\"alice\","
		       "\"faults\":[{\"fault\":\"td-debug\"}]}");
	here = ask(r, "[{\"to\":\"bob\",\"path\":\"/Info\"}]", 404);
	assert_string_equal(json_string_value(json_object_get(here, "error")),
			    "unknown instance \"bob\"");
	json_decref(here);
	assert_err(rpc_call(r, "request", json_pack("[{}]"), NULL, NULL, &e),
		   &e, ERR_RPC, "path");
	assert_int_equal(e.sub, -32602);
	assert_err(rpc_call(r, "request", NULL, NULL, NULL, &e), &e, ERR_RPC,
		   "params must be a list of one object");
	assert_int_equal(e.sub, -32602);
	assert_err(rpc_call(r, "faults", NULL, NULL, NULL, &e), &e, ERR_RPC,
		   "the only method is \"request\"");
	assert_int_equal(e.sub, -32601);
	rpc_free(r);
	kill(d->pid, SIGTERM);
	expect_exit(d, 0);
}

/* All that alice and her world say, as one text. */
static char *all_said(struct rpc *r)
{
	static const char *const asks[] = {
	    "[{\"to\":\"alice\",\"method\":\"POST\",\"path\":\"/GetQuote\","
	    "\"body\":{\"report_data\":\"77\"}}]",
	    "[{\"to\":\"alice\",\"path\":\"/Info\"}]",
	    "[{\"to\":\"alice\",\"method\":\"POST\",\"path\":\"/GetTlsKey\","
	    "\"body\":{\"subject\":\"x\"}}]",
	    "[{\"path\":\"/faults\"}]",
	    "[{\"path\":\"/intel\"}]",
	    "[{\"path\":\"/collateral/alice\"}]",
	};
	struct buf b = BUF_INIT(1u << 20);

	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		json_t *j = ask(r, asks[i], 200);
		char *text = json_text(j);

		buf_addf(&b, "%s\n", text);
		free(text);
		json_decref(j);
	}
	return buf_take(&b);
}

static void put_world(struct daemon *d, struct rpc *r, int status,
		      const char *error)
{
	json_t *config = NULL, *j;
	struct err e = ERR_INIT;
	char *params CLEANUP(freep) = NULL, *text;

	assert_ok(json_read_file(&config, d->config, &e), &e);
	text = json_text(config);
	params = xasprintf(
	    "[{\"method\":\"PUT\",\"path\":\"/world\",\"body\":%s}]", text);
	j = ask(r, params, status);
	if (error)
		assert_non_null(strstr(
		    json_string_value(json_object_get(j, "error")), error));
	free(text);
	json_decref(config);
	json_decref(j);
}

/* Whatever was done to a world, the one after it is as new. */
static void world_after_world(void **state)
{
	static const char *const done[] = {
	    "[{\"method\":\"POST\",\"path\":\"/faults/alice\","
	    "\"body\":{\"fault\":\"td-debug\"}}]",
	    "[{\"method\":\"POST\",\"path\":\"/faults/alice\","
	    "\"body\":{\"fault\":\"host-restarted\"}}]",
	    "[{\"method\":\"POST\",\"path\":\"/intel\",\"body\":"
	    "{\"at\":1790000000,\"revoke\":[\"alice\"],\"bar\":1,"
	    "\"status\":{\"alice\":\"OutOfDate\"}}}]",
	    "[{\"to\":\"alice\",\"method\":\"POST\",\"path\":\"/EmitEvent\","
	    "\"body\":{\"event\":\"x\",\"payload\":\"00\"}}]",
	};
	char *fresh CLEANUP(freep) = NULL, *changed CLEANUP(freep) = NULL;
	char *again CLEANUP(freep) = NULL;
	struct daemon *d = *state;
	struct err e = ERR_INIT;
	struct rpc *r;

	start(d);
	expect_line(d, "\"ready\"");
	assert_ok(rpc_open_ipc(&r, d->loop, d->rpc, &e), &e);
	fresh = all_said(r);
	for (size_t i = 0; i < ARRAY_LEN(done); i++)
		json_decref(ask(r, done[i], 200));
	changed = all_said(r);
	assert_string_not_equal(fresh, changed);
	expect_line(d, "\"event\":\"quote\"");
	buf_clear(&d->lines);
	put_world(d, r, 200, NULL);
	expect_line(d, "{\"event\":\"ready\",\"seed\":7,\"instances\":1,"
		       "\"control\":\"");
	again = all_said(r);
	assert_string_equal(fresh, again);
	json_decref(fetch(d, d->alice, "POST", "/Info", "", 200));
	rpc_free(r);
	kill(d->pid, SIGTERM);
	expect_exit(d, 0);
}

/* Another name, another socket: who was there is gone. */
static void other_worlds(void **state)
{
	struct daemon *d = *state;
	char *alice CLEANUP(freep) = d->alice;
	struct err e = ERR_INIT;
	struct rpc *r;

	start(d);
	expect_line(d, "\"ready\"");
	assert_ok(rpc_open_ipc(&r, d->loop, d->rpc, &e), &e);
	json_decref(fetch(d, d->control, "POST", "/world", "{}", 405));
	json_decref(fetch(d, d->control, "PUT", "/world", "{}", 400));
	d->alice = xasprintf("%s/other.sock", d->dir);
	write_config(d);
	put_world(d, r, 200, NULL);
	assert_int_not_equal(access(alice, F_OK), 0);
	json_decref(fetch(d, d->alice, "POST", "/Info", "", 200));
	/* What is refused as text changes nothing; who cannot listen does. */
	d->control[strlen(d->control) - 1]++;
	write_config(d);
	put_world(d, r, 400, "control and rpc must stay where they are");
	d->control[strlen(d->control) - 1]--;
	json_decref(fetch(d, d->alice, "POST", "/Info", "", 200));
	free(d->alice);
	d->alice = xasprintf("%s/no/such/place", d->dir);
	write_config(d);
	put_world(d, r, 500, "instance alice");
	json_decref(ask(r, "[{\"to\":\"alice\",\"path\":\"/Info\"}]", 404));
	rpc_free(r);
	kill(d->pid, SIGTERM);
	expect_exit(d, 0);
}

/* Raw bytes over the socket; what comes back until it is closed. */
static char *raw(struct daemon *d, const char *text, uint64_t *ret_ms)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval tv = {.tv_sec = WAIT_MS / 1000};
	struct buf b = BUF_INIT(1u << 20);
	uint64_t since;
	char part[4096];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", d->alice);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	since = clock_ms();
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(&b, part, (size_t)n);
	assert_int_equal(n, 0);
	*ret_ms = clock_ms() - since;
	close(fd);
	return buf_take(&b);
}

/*
 * What published clients send: an absolute target without Host (Rust), and a
 * half-close after the request, which must be answered and closed at once,
 * since one of them (JavaScript) waits for that.
 */
static void speaks_to_clients(void **state)
{
	static const char *const requests[] = {
	    "POST http://unix.socket/Info HTTP/1.1\r\n"
	    "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
	    "POST /GetQuote HTTP/1.1\r\nHost: x\r\n"
	    "Content-Type: application/json\r\n"
	    "Accept-Encoding: gzip, deflate\r\n"
	    "Content-Length: 20\r\n\r\n{\"report_data\":\"77\"}",
	};
	struct daemon *d = *state;

	start(d);
	expect_line(d, "\"ready\"");
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		uint64_t ms;
		char *answer CLEANUP(freep) = raw(d, requests[i], &ms);
		const char *body = strstr(answer, "\r\n\r\n");
		const char *len = strcasestr(answer, "content-length: ");
		char *want CLEANUP(freep) = NULL;

		assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
		assert_non_null(body);
		assert_non_null(len);
		assert_null(strcasestr(answer, "content-encoding"));
		want = xasprintf("%zu\r\n", strlen(body + 4));
		assert_memory_equal(len + 16, want, strlen(want));
		assert_true(ms < 2000);
	}
	close(d->in);
	d->in = -1;
	expect_line(d, "{\"event\":\"stopped\",\"why\":\"stdin ended\"}\n");
	expect_exit(d, 0);
}

static void ends_when_nobody_reads(void **state)
{
	struct daemon *d = *state;

	start(d);
	expect_line(d, "\"ready\"");
	fd_close(&d->out);
	json_decref(fetch(d, d->alice, "POST", "/GetQuote", "{}", 200));
	expect_exit(d, 0);
}

static void read_some(struct daemon *d)
{
	char part[4096];
	ssize_t n = read(d->out, part, sizeof(part));

	assert_true(n > 0);
	buf_add(&d->lines, part, (size_t)n);
}

/* Answers do not wait for a reader; what it missed is counted. */
static void slow_reader(void **state)
{
	struct daemon *d = *state;
	unsigned asked = 500;
	size_t seen = 0;

	start(d);
	expect_line(d, "\"ready\"");
	for (unsigned i = 0; i < asked; i++)
		json_decref(fetch(d, d->alice, "POST", "/GetQuote", "", 200));
	while (!strstr(buf_str(&d->lines), "{\"event\":\"dropped\",")) {
		read_some(d);
		json_decref(fetch(d, d->alice, "POST", "/GetQuote", "", 200));
		asked++;
	}
	for (const char *at = buf_str(&d->lines);
	     (at = strstr(at, "\"event\":\"quote\"")); at++)
		seen++;
	assert_in_range(seen, 1, asked - 1);
	kill(d->pid, SIGTERM);
	expect_line(d, "\"why\":\"SIGTERM\"");
	expect_exit(d, 0);
}

static void socket_in_use(void **state)
{
	struct daemon *d = *state;
	struct daemon second = *d;

	start(d);
	expect_line(d, "\"ready\"");
	second.lines = BUF_INIT(1u << 16);
	start(&second);
	expect_line(&second, "in use");
	expect_line(&second, d->alice);
	assert_int_equal(waitpid(second.pid, NULL, 0), second.pid);
	fd_close(&second.in);
	fd_close(&second.out);
	buf_done(&second.lines);
	/* The first is still there, and so are its sockets. */
	json_decref(fetch(d, d->alice, "POST", "/Info", "", 200));
	kill(d->pid, SIGINT);
	expect_exit(d, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(serves, setup, teardown),
	    cmocka_unit_test_setup_teardown(serves_by_rpc, setup, teardown),
	    cmocka_unit_test_setup_teardown(world_after_world, setup, teardown),
	    cmocka_unit_test_setup_teardown(other_worlds, setup, teardown),
	    cmocka_unit_test_setup_teardown(speaks_to_clients, setup, teardown),
	    cmocka_unit_test_setup_teardown(ends_when_nobody_reads, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(slow_reader, setup, teardown),
	    cmocka_unit_test_setup_teardown(socket_in_use, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
