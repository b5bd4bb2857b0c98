/* The node API and the metrics, asked over HTTP. */
#include "operator/test/fake_chain.h"

#include "operator/node.h"

struct asked {
	struct fake *f;
	struct http_client *http;
	struct node *node;
	unsigned rounds; /* that the node told of */
};

static void on_asked(void *arg)
{
	((struct asked *)arg)->rounds++;
}

static void open_node(struct asked *a, struct fake *f)
{
	struct err e;

	*a = (struct asked){.f = f};
	assert_ok(operator_connect(&f->op, NULL, &e), &e);
	assert_ok(node_new(&a->node, &f->op, on_asked, a, &e), &e);
	assert_ok(http_client_new(&a->http, f->loop, &e), &e);
	f->op.metrics.services[SERVICE_DUTIES] = SERVICE_UP;
}

static void close_node(struct asked *a)
{
	rpc_free(TAKE(a->f->op.rpc));
	node_free(a->node);
	http_client_free(a->http);
}

static struct http_answer fetch(struct asked *a, const char *method,
				const char *path)
{
	CLEANUP(freep)
	char *url = xasprintf("http://127.0.0.1:%u%s",
			      (unsigned)node_port(a->node), path);
	struct http_answer answer;
	struct err e;

	assert_ok(http_fetch(a->http,
			     &(struct http_request){.method = method,
						    .url = url,
						    .answer_max = 1u << 20,
						    .timeout_ms = 5000},
			     &answer, &e),
		  &e);
	return answer;
}

static void expect(struct asked *a, const char *path, int status,
		   const char *body)
{
	struct http_answer got = fetch(a, "GET", path);

	assert_int_equal(got.status, status);
	assert_string_equal(buf_str(&got.body), body);
	http_answer_done(&got);
}

#define NODE_JSON                                                              \
	"{\"node_name\":\"alice\",\"spec_version\":\"v0.0.1\","                \
	"\"node_version\":\"v0.1.0\"}"
#define NO_VERSION "{\"message\":\"API version not found\"}"
#define NOT_FOUND "{\"message\":\"Not found\"}"

static void test_every_path(void **state)
{
	struct http_answer got;
	struct asked a;

	open_node(&a, *state);
	expect(&a, "/eigen/node", 200, NODE_JSON);
	expect(&a, "/eigen/node?version=v0.0.1", 200, NODE_JSON);
	expect(&a, "/eigen/node?a=b&version=v0.0.1&c", 200, NODE_JSON);
	expect(&a, "/eigen/node?version=v9", 404, NO_VERSION);
	expect(&a, "/eigen/node?version=", 404, NO_VERSION);
	expect(&a, "/eigen/node?version=v0.0.1x", 404, NO_VERSION);
	expect(&a, "/eigen/node?x&version=v0.0.2", 404, NO_VERSION);
	expect(&a, "/eigen/node/health", 200, "");
	expect(&a, "/eigen/node/health?version=v1", 404, NO_VERSION);
	expect(&a, "/eigen/node/services/tee/health", 200, "");
	expect(&a, "/eigen/node/services/rpc/health", 200, "");
	expect(&a, "/eigen/node/services/duties/health", 200, "");
	expect(&a, "/eigen/node/services/db/health", 404, NOT_FOUND);
	expect(&a, "/eigen/node/services/tee", 404, NOT_FOUND);
	expect(&a, "/eigen/nothing", 404, NOT_FOUND);
	expect(&a, "/", 404, NOT_FOUND);
	got = fetch(&a, "POST", "/eigen/node");
	assert_int_equal(got.status, 405);
	http_answer_done(&got);
	close_node(&a);
}

static const char *services(struct asked *a)
{
	static char status[64];
	struct http_answer got = fetch(a, "GET", "/eigen/node/services");
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *list;
	size_t i, at = 0;
	json_t *v;
	struct err e;

	assert_int_equal(got.status, 200);
	assert_string_equal(got.content_type, "application/json");
	assert_ok(json_parse(&j, buf_str(&got.body), got.body.len, "", &e), &e);
	list = json_object_get(j, "services");
	json_array_foreach(list, i, v)
	{
		assert_true(json_is_string(json_object_get(v, "name")));
		assert_true(json_is_string(json_object_get(v, "description")));
		at += (size_t)snprintf(
		    status + at, sizeof(status) - at, "%s%s=%s", i ? " " : "",
		    json_string_value(json_object_get(v, "id")),
		    json_string_value(json_object_get(v, "status")));
	}
	http_answer_done(&got);
	return status;
}

static void test_health_follows(void **state)
{
	struct fake *f = *state;
	struct asked a;

	open_node(&a, f);
	assert_string_equal(services(&a), "rpc=Up tee=Up duties=Up");
	f->tee = TEE_REFUSES;
	expect(&a, "/eigen/node/health", 206, "");
	expect(&a, "/eigen/node/services/tee/health", 503, "");
	assert_string_equal(services(&a), "rpc=Up tee=Down duties=Up");
	f->tee = TEE_SILENT;
	expect(&a, "/eigen/node/health", 206, "");
	f->tee = TEE_GOOD;
	expect(&a, "/eigen/node/health", 200, "");
	f->break_method = "eth_blockNumber";
	expect(&a, "/eigen/node/health", 503, "");
	assert_string_equal(services(&a), "rpc=Down tee=Up duties=Up");
	f->break_method = NULL;
	expect(&a, "/eigen/node/health", 200, "");
	f->op.metrics.services[SERVICE_DUTIES] = SERVICE_INITIALIZING;
	expect(&a, "/eigen/node/health", 206, "");
	expect(&a, "/eigen/node/services/duties/health", 206, "");
	assert_string_equal(services(&a), "rpc=Up tee=Up duties=Initializing");
	assert_int_equal(a.rounds, 12);
	close_node(&a);
}

static void test_no_tee_configured(void **state)
{
	struct fake *f = *state;
	const char *tee = f->cfg.tee;
	struct asked a;

	f->cfg.tee = NULL;
	open_node(&a, f);
	expect(&a, "/eigen/node/health", 206, "");
	close_node(&a);
	f->cfg.tee = tee; /* owned by the set-up */
}

static void on_nothing(void *arg, const struct http_answer *a,
		       const struct err *e)
{
	(void)arg;
	(void)a;
	(void)e;
	fail_msg("the test has ended by then");
}

/* A client that leaves while its answer is being found out. */
static void test_client_leaves(void **state)
{
	struct fake *f = *state;
	struct http_answer got;
	struct http_client *hasty;
	CLEANUP(freep) char *url = NULL;
	struct asked a;
	struct err e;

	open_node(&a, f);
	f->tee = TEE_SILENT;
	assert_ok(http_client_new(&hasty, f->loop, &e), &e);
	url = xasprintf("http://127.0.0.1:%u/eigen/node/health",
			(unsigned)node_port(a.node));
	assert_err(http_fetch(hasty,
			      &(struct http_request){.method = "GET",
						     .url = url,
						     .answer_max = 10,
						     .timeout_ms = 50},
			      &got, &e),
		   &e, ERR_TIMEOUT, "50 ms");
	http_client_free(hasty);
	expect(&a, "/eigen/node/health", 206, "");
	/* And the node that ends before. */
	http_send(a.http,
		  &(struct http_request){.method = "GET",
					 .url = url,
					 .answer_max = 10,
					 .timeout_ms = 1000},
		  on_nothing, NULL);
	close_node(&a);
}

static bool was_asked(void *arg)
{
	const struct fake *f = arg;

	return f->answers;
}

static bool is_answered(void *arg)
{
	return *(const int *)arg;
}

static void on_status(void *arg, const struct http_answer *a,
		      const struct err *e)
{
	(void)e;
	*(int *)arg = a ? a->status : -1;
}

/* The connection goes while its answer is awaited: neither this one who asks
 * nor the next waits for it any longer. */
static void test_disconnected(void **state)
{
	struct fake *f = *state;
	CLEANUP(freep) char *url = NULL;
	struct http_request q = {
	    .method = "GET", .answer_max = 10, .timeout_ms = 60000};
	struct asked a;
	int status = 0;
	struct err e;

	open_node(&a, f);
	f->mute = true;
	f->answers = 0;
	q.url = url = xasprintf("http://127.0.0.1:%u/eigen/node/health",
				(unsigned)node_port(a.node));
	http_send(a.http, &q, on_status, &status);
	assert_ok(loop_run_until(f->loop, was_asked, f, clock_ms() + 60000,
				 "a question", &e),
		  &e);
	rpc_free(TAKE(f->op.rpc));
	node_disconnected(a.node);
	assert_ok(loop_run_until(f->loop, is_answered, &status,
				 clock_ms() + 60000, "the answer", &e),
		  &e);
	assert_int_equal(status, 503);
	expect(&a, "/eigen/node/health", 503, "");
	close_node(&a);
}

/* --- metrics ---------------------------------------------------------------- */

static void has(const struct http_answer *got, const char *line)
{
	if (!strstr(buf_str(&got->body), line))
		fail_msg("no line: %s\n%s", line, buf_str(&got->body));
}

#define AVS "avs_name=\"phala\""

static void test_metrics(void **state)
{
	struct fake *f = *state;
	struct http_answer got;
	struct asked a;

	f->cfg.rewards_coordinator = fake_address(0xaf);
	f->deposited = 1000;
	f->claimed = 77;
	open_node(&a, f);
	metrics_tx(&f->op.metrics, "deposit", true);
	metrics_tx(&f->op.metrics, "deposit", false);
	f->op.metrics.answered = 3;
	f->op.metrics.expired = 1;
	histogram_add(&f->op.metrics.answers, 2500000);
	histogram_add(&f->op.metrics.answers, 60000000000);
	got = fetch(&a, "GET", "/metrics");
	assert_string_equal(got.content_type,
			    "text/plain; version=0.0.4; charset=utf-8");
	has(&got, "\neigen_slashing_status 0\n");
	has(&got, "\neigen_performance_score{" AVS "} 75\n");
	has(&got, "\neigen_registered_stakes{" AVS ",quorum_name=\"set 3\","
		  "quorum_number=\"3\"} 1000\n");
	has(&got, "\neigen_fees_earned_total{" AVS ",token=\"0x");
	has(&got, "\"} 77\n");
	has(&got, "\neigen_rpc_request_total{" AVS ",client_version=\"fake/v1\","
		  "method=\"eth_chainId\"} 1\n");
	has(&got, "\neigen_rpc_request_duration_seconds_bucket{" AVS
		  ",client_version=\"fake/v1\",method=\"eth_chainId\",le=\"+Inf\"} "
		  "1\n");
	has(&got, "\navs_operator_transactions_total{outcome=\"reverted\","
		  "what=\"deposit\"} 1\n");
	has(&got, "_bucket{le=\"0.001\"} 0\n");
	has(&got, "_bucket{le=\"0.0025\"} 1\n");
	has(&got, "_bucket{le=\"10\"} 1\n");
	has(&got, "_bucket{le=\"+Inf\"} 2\n");
	has(&got, "_answer_duration_seconds_sum 60.002500000\n");
	http_answer_done(&got);
	/* A slash shows; what cannot be read any more stays as it was. */
	f->max_magnitude = 900000000000000000u;
	got = fetch(&a, "GET", "/metrics");
	has(&got, "\neigen_slashing_status 1\n");
	http_answer_done(&got);
	f->break_method = "eth_call";
	got = fetch(&a, "GET", "/metrics");
	has(&got, "\neigen_slashing_status 1\n");
	http_answer_done(&got);
	close_node(&a);
}

/* A label's value is text of others: it must not end the label. */
static void test_labels_are_escaped(void **state)
{
	struct fake *f = *state;
	struct http_answer got;
	struct asked a;

	f->cfg.avs_name = "a\"b\\c\nd";
	open_node(&a, f);
	got = fetch(&a, "GET", "/metrics");
	has(&got, "\neigen_performance_score{avs_name=\"a\\\"b\\\\c\\nd\"} "
		  "100\n");
	http_answer_done(&got);
	close_node(&a);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_every_path),
	    TEST(test_health_follows),
	    TEST(test_no_tee_configured),
	    TEST(test_client_leaves),
	    TEST(test_disconnected),
	    TEST(test_metrics),
	    TEST(test_labels_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
