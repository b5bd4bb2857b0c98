/*
 * A host's sockets, and what goes wrong there, as a client meets it.
 */
#include "test/kit.h"

#include "base/base.h"
#include "base/clock.h"
#include "io/http_client.h"
#include "simulate/host.h"

#define WAIT_MS 60000

struct fixture {
	char *dir, *socket;
	struct loop *loop;
	struct http_client *http;
	struct world world;
	struct host *host;
	unsigned events;
};

static void on_event(void *arg, json_t *take_event)
{
	struct fixture *f = arg;

	f->events++;
	json_decref(take_event);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct tee_spec tee = {.seed = 7, .name = "alice"};
	struct host_spec spec = {.world = &f->world,
				 .has_port = true,
				 .on_event = on_event,
				 .arg = f};
	struct err e = ERR_INIT;

	f->dir = kit_tmpdir_new();
	spec.socket = f->socket = xasprintf("%s/alice.sock", f->dir);
	f->world.tees = xcalloc(1, sizeof(struct tee *));
	f->world.n = 1;
	*state = f;
	return intel_init(&f->world.intel, INTEL_AT, &e) &&
		       tee_new(&f->world.tees[0], &tee, &e) &&
		       loop_new(&f->loop, &e) &&
		       http_client_new(&f->http, f->loop, &e) &&
		       host_new(&f->host, f->loop, &spec, &e)
		   ? 0
		   : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	http_client_free(f->http);
	host_free(f->host);
	tee_free(f->world.tees[0]);
	free(f->world.tees);
	intel_done(&f->world.intel);
	loop_free(f->loop);
	kit_tmpdir_free(f->dir);
	free(f->socket);
	free(f);
	return 0;
}

static void with(struct fixture *f, const char *fault)
{
	struct fault_set *s = &f->world.tees[0]->faults;
	struct err e = ERR_INIT;

	*s = (struct fault_set){.on = {false}};
	if (fault)
		assert_ok(fault_set_text(s, fault, &e), &e);
	assert_ok(host_settle(f->host, &e), &e);
}

/* @over: the socket, or NULL for the port. False if nothing answers. */
static bool ask(struct fixture *f, const char *over, uint64_t timeout_ms,
		struct http_answer *ret, struct err *e)
{
	char *url CLEANUP(freep) =
	    xasprintf("http://127.0.0.1:%u/GetQuote", host_port(f->host));
	struct http_request r = {
	    .method = "POST",
	    .url = url,
	    .unix_path = over,
	    .content_type = "application/json",
	    .body = "{}",
	    .body_len = 2,
	    .answer_max = 1u << 20,
	    .timeout_ms = (unsigned)timeout_ms,
	};

	*ret = (struct http_answer){.status = 0};
	return http_fetch(f->http, &r, ret, e);
}

/* What is answered, with this status; the caller's. */
static char *answer(struct fixture *f, const char *over, int status)
{
	struct http_answer a;
	struct err e = ERR_INIT;
	char *text;

	assert_ok(ask(f, over, WAIT_MS, &a, &e), &e);
	assert_int_equal(a.status, status);
	text = xstrdup(buf_str(&a.body));
	http_answer_done(&a);
	return text;
}

static void same_on_both(void **state)
{
	struct fixture *f = *state;
	char *one CLEANUP(freep) = answer(f, f->socket, 200);
	char *two CLEANUP(freep) = answer(f, NULL, 200);

	assert_string_equal(one, two);
	assert_int_equal(f->events, 2);
}

static void error_and_garbage(void **state)
{
	struct fixture *f = *state;
	json_t *j;
	char *text;

	with(f, "host-error:status=503");
	text = answer(f, f->socket, 503);
	assert_string_equal(text,
			    "{\"error\":\"SIMULATED: the host is broken\"}");
	free(text);
	with(f, "host-garbage");
	text = answer(f, f->socket, 200);
	j = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_null(j);
	free(text);
	assert_int_equal(f->events, 0);
	with(f, NULL);
	free(answer(f, f->socket, 200));
}

static void slow_and_silent(void **state)
{
	struct fixture *f = *state;
	uint64_t since = clock_ms();
	struct http_answer a;
	struct err e = ERR_INIT;

	with(f, "host-slow:ms=150");
	free(answer(f, f->socket, 200));
	assert_true(clock_ms() - since >= 150);
	with(f, "host-silent");
	assert_err(ask(f, f->socket, 100, &a, &e), &e, ERR_TIMEOUT, "");
	/* Who left is forgotten; and one still waits when the host ends. */
	with(f, "host-slow:ms=600000");
	assert_err(ask(f, NULL, 100, &a, &e), &e, ERR_TIMEOUT, "");
	with(f, NULL);
	free(answer(f, f->socket, 200));
}

static void gone(void **state)
{
	struct fixture *f = *state;
	uint16_t port = host_port(f->host);
	struct http_answer a;
	struct err e = ERR_INIT;

	with(f, "host-gone");
	assert_int_not_equal(access(f->socket, F_OK), 0);
	assert_false(ask(f, f->socket, WAIT_MS, &a, &e));
	assert_false(ask(f, NULL, WAIT_MS, &a, &e));
	with(f, NULL);
	free(answer(f, f->socket, 200));
	assert_int_equal(host_port(f->host), port);
	free(answer(f, NULL, 200));
}

/* Another machine, the same app; the first one comes back as it was. */
static void restarted(void **state)
{
	struct fixture *f = *state;
	struct hash32 measurement = f->world.tees[0]->measurement;
	char *first CLEANUP(freep) = answer(f, f->socket, 200);
	char *other CLEANUP(freep) = NULL, *third CLEANUP(freep) = NULL;
	char *again CLEANUP(freep) = NULL;

	tee_extend(f->world.tees[0], "app", "x", 1);
	with(f, "host-restarted");
	assert_true(hash_eq(&f->world.tees[0]->measurement, &measurement));
	other = answer(f, f->socket, 200);
	with(f, "host-restarted:times=2");
	third = answer(f, f->socket, 200);
	with(f, NULL);
	again = answer(f, f->socket, 200);
	assert_string_not_equal(first, other);
	assert_string_not_equal(other, third);
	assert_string_equal(first, again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(same_on_both, setup, teardown),
	    cmocka_unit_test_setup_teardown(error_and_garbage, setup, teardown),
	    cmocka_unit_test_setup_teardown(slow_and_silent, setup, teardown),
	    cmocka_unit_test_setup_teardown(gone, setup, teardown),
	    cmocka_unit_test_setup_teardown(restarted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
