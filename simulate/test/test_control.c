#include "test/kit.h"

#include <openssl/x509v3.h>

#include "base/base.h"
#include "base/hex.h"
#include "simulate/control.h"

struct fixture {
	struct world world;
	struct control_note note;
};

static int setup(void **state)
{
	static const char *const names[] = {"alice", "bob"};
	struct fixture *w = xcalloc(1, sizeof(*w));
	struct err e = ERR_INIT;

	if (!intel_init(&w->world.intel, INTEL_AT, &e))
		return -1;
	w->world.tees = xcalloc(2, sizeof(struct tee *));
	for (; w->world.n < 2; w->world.n++) {
		struct tee_spec spec = {.seed = 1, .name = names[w->world.n]};

		if (!tee_new(&w->world.tees[w->world.n], &spec, &e))
			return -1;
	}
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *w = *state;

	tee_free(w->world.tees[0]);
	tee_free(w->world.tees[1]);
	free(w->world.tees);
	intel_done(&w->world.intel);
	free(w);
	return 0;
}

/* Ask, and expect this status and exactly this text. */
static void expect(struct fixture *w, const char *method, const char *path,
		   const char *body, int status, const char *text)
{
	struct http_in in = {
	    .method = method,
	    .path = path,
	    .query = "",
	    .content_type = "",
	    .body = body,
	    .body_len = strlen(body),
	};
	struct reply r = control_answer(&w->world, &in, &w->note);

	if (r.status != status || strcmp(r.text, text))
		fail_msg("%s %s: %d %s", method, path, r.status, r.text);
	if (status != 200)
		assert_null(w->note.faults_of);
	reply_done(&r);
}

static bool is_sound(const struct fixture *w, size_t i)
{
	CLEANUP(json_decrefp)
	json_t *faults = fault_set_json(&w->world.tees[i]->faults);

	return json_array_size(faults) == 0;
}

static void break_and_mend(void **state)
{
	struct fixture *w = *state;

	expect(w, "GET", "/faults", "", 200, "{\"alice\":[],\"bob\":[]}");
	assert_null(w->note.faults_of);
	expect(w, "POST", "/faults/alice", "{\"fault\":\"td-debug\"}", 200,
	       "{\"instance\":\"alice\",\"faults\":[{\"fault\":\"td-debug\"}]"
	       "}");
	assert_ptr_equal(w->note.faults_of, w->world.tees[0]);
	expect(w, "POST", "/faults/alice",
	       "{\"fault\":\"truncated\",\"bytes\":2}", 200,
	       "{\"instance\":\"alice\",\"faults\":[{\"fault\":\"truncated\","
	       "\"bytes\":2},{\"fault\":\"td-debug\"}]}");
	expect(w, "GET", "/faults/bob", "", 200,
	       "{\"instance\":\"bob\",\"faults\":[]}");
	assert_null(w->note.faults_of);
	expect(w, "DELETE", "/faults/alice/truncated", "", 200,
	       "{\"instance\":\"alice\",\"faults\":[{\"fault\":\"td-debug\"}]"
	       "}");
	assert_ptr_equal(w->note.faults_of, w->world.tees[0]);
	expect(w, "GET", "/faults", "", 200,
	       "{\"alice\":[{\"fault\":\"td-debug\"}],\"bob\":[]}");
	expect(w, "DELETE", "/faults/alice", "", 200,
	       "{\"instance\":\"alice\",\"faults\":[]}");
	assert_true(is_sound(w, 0));
	/* Mending what is whole is no error. */
	expect(w, "DELETE", "/faults/bob/td-debug", "", 200,
	       "{\"instance\":\"bob\",\"faults\":[]}");
}

static void refuses(void **state)
{
	struct fixture *w = *state;

	expect(w, "POST", "/faults/alice", "{\"fault\":\"service-td\"}", 400,
	       "{\"error\":\"fault service-td is one of TDX version 5 with TD "
	       "report 1.5 or 1.5ex only; this quote is TDX version 4\"}");
	expect(w, "POST", "/faults/alice", "{\"fault\":\"td-debgu\"}", 400,
	       "{\"error\":\"unknown fault \\\"td-debgu\\\"; nearest: "
	       "td-debug\"}");
	expect(w, "DELETE", "/faults/alice/truncate", "", 400,
	       "{\"error\":\"unknown fault \\\"truncate\\\"; nearest: "
	       "truncated\"}");
	expect(w, "POST", "/faults/alise", "{\"fault\":\"td-debug\"}", 404,
	       "{\"error\":\"unknown instance \\\"alise\\\"; nearest: "
	       "alice\"}");
	expect(w, "POST", "/faults/", "{\"fault\":\"td-debug\"}", 404,
	       "{\"error\":\"unknown instance \\\"\\\"\"}");
	expect(w, "GET", "/", "", 404,
	       "{\"error\":\"no such path: /; there are /faults, "
	       "/intel, /collateral/INSTANCE and /world\"}");
	expect(w, "POST", "/faults", "{}", 405,
	       "{\"error\":\"POST is not for /faults\"}");
	expect(w, "PUT", "/faults/alice", "", 405,
	       "{\"error\":\"PUT is not for /faults/alice\"}");
	assert_true(is_sound(w, 0));
}

static void refuses_bodies(void **state)
{
	static const struct {
		const char *body, *text;
	} cases[] = {
	    {"", "request"},
	    {"{", "request"},
	    {"[]", "fault"},
	    {"{}", "fault"},
	    {"{\"fault\":\"td-debug\",\"x\":1}", "takes no parameter"},
	};
	struct fixture *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_in in = {
		    .method = "POST",
		    .path = "/faults/bob",
		    .query = "",
		    .content_type = "",
		    .body = cases[i].body,
		    .body_len = strlen(cases[i].body),
		};
		struct reply r = control_answer(&w->world, &in, &w->note);

		assert_int_equal(r.status, 400);
		if (!strstr(r.text, cases[i].text))
			fail_msg("\"%s\": %s", cases[i].body, r.text);
		reply_done(&r);
	}
	assert_true(is_sound(w, 1));
}

/* A list's number, out of the collateral of an instance. */
static void numbers(struct fixture *w, const char *who, uint64_t *ret_number,
		    int *ret_revoked, char **ret_status)
{
	char *path CLEANUP(freep) = xasprintf("/collateral/%s", who);
	struct http_in in = {.method = "GET", .path = path, .query = ""};
	struct reply r = control_answer(&w->world, &in, &w->note);
	json_t *j CLEANUP(json_decrefp) = json_loads(r.text, 0, NULL);
	json_t *tcb CLEANUP(json_decrefp) = NULL;
	uint8_t *der CLEANUP(freep) = NULL;
	const char *hex;
	const uint8_t *p;
	struct err e = ERR_INIT;
	ASN1_INTEGER *number;
	X509_CRL *crl;
	size_t len;

	assert_int_equal(r.status, 200);
	reply_done(&r);
	hex = json_string_value(json_object_get(j, "pck_crl"));
	assert_ok(hex_decode_alloc(&der, &len, hex, strlen(hex), &e), &e);
	p = der;
	crl = d2i_X509_CRL(NULL, &p, (long)len);
	assert_non_null(crl);
	number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	*ret_number = (uint64_t)ASN1_INTEGER_get(number);
	*ret_revoked = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
	ASN1_INTEGER_free(number);
	X509_CRL_free(crl);
	tcb = json_loads(json_string_value(json_object_get(j, "tcb_info")), 0,
			 NULL);
	*ret_status =
	    xasprintf("%s %d",
		      json_string_value(json_object_get(
			  json_array_get(json_object_get(tcb, "tcbLevels"), 0),
			  "tcbStatus")),
		      (int)json_array_size(json_object_get(tcb, "tcbLevels")));
}

static void says(struct fixture *w, const char *who, uint64_t number,
		 int revoked, const char *status)
{
	char *got_status = NULL;
	uint64_t got;
	int n;

	numbers(w, who, &got, &n, &got_status);
	assert_int_equal(got, number);
	assert_int_equal(n, revoked);
	assert_string_equal(got_status, status);
	free(got_status);
}

/* Days since 2024-01-01 number a list, then every issue counts one up. */
static void intel_speaks(void **state)
{
	struct fixture *w = *state;

	expect(w, "GET", "/intel", "", 200,
	       "{\"at\":1767225600,\"issue\":0,\"bar\":0,\"revoked\":[],"
	       "\"status\":{}}");
	says(w, "alice", 731, -1, "UpToDate 2");
	expect(w, "POST", "/intel", "{\"revoke\":[\"alice\"]}", 200,
	       "{\"at\":1767225600,\"issue\":1,\"bar\":0,\"revoked\":["
	       "\"alice\"],\"status\":{}}");
	assert_true(w->note.intel);
	says(w, "bob", 732, 1, "UpToDate 2");
	expect(w, "POST", "/intel",
	       "{\"at\":1767312000,\"restore\":[\"alice\"],"
	       "\"status\":{\"bob\":\"OutOfDate\"}}",
	       200,
	       "{\"at\":1767312000,\"issue\":2,\"bar\":0,\"revoked\":[],"
	       "\"status\":{\"102030405060\":\"OutOfDate\"}}");
	says(w, "alice", 734, -1, "OutOfDate 2");
	expect(w, "POST", "/intel", "{\"bar\":1}", 200,
	       "{\"at\":1767312000,\"issue\":3,\"bar\":1,\"revoked\":[],"
	       "\"status\":{\"102030405060\":\"OutOfDate\"}}");
	says(w, "alice", 735, -1, "UpToDate 3");
	expect(w, "DELETE", "/intel", "", 200,
	       "{\"at\":1767312000,\"issue\":4,\"bar\":0,\"revoked\":[],"
	       "\"status\":{}}");
	says(w, "alice", 736, -1, "UpToDate 2");
}

static void intel_refuses(void **state)
{
	static const char *const cases[][2] = {
	    {"{\"att\":1}", "unknown member \\\"att\\\"; nearest: at"},
	    {"{\"at\":1}", "collateral at 1: the simulated PKI is of"},
	    {"{\"at\":9223372036854775807}",
	     "collateral at 9223372036854775807"},
	    {"{\"at\":\"0xffffffffffffffff\"}", "collateral at 92"},
	    {"{\"revoke\":\"bob\"}", "revoke must be a list"},
	    {"{\"revoke\":[7]}", "revoke must be a list"},
	    {"{\"revoke\":[\"bob\",\"bobb\"]}",
	     "revoke: unknown instance \\\"bobb\\\"; nearest: bob"},
	    {"{\"status\":[]}", "status must be an object"},
	    {"{\"status\":{\"bob\":\"OutOfdate\"}}", "nearest: OutOfDate"},
	    {"{\"bar\":9}", "bar is 9; it must be 0 to 8"},
	    {"[]", "request must be an object"},
	};
	struct fixture *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_in in = {
		    .method = "POST",
		    .path = "/intel",
		    .query = "",
		    .body = cases[i][0],
		    .body_len = strlen(cases[i][0]),
		};
		struct reply r = control_answer(&w->world, &in, &w->note);

		assert_int_equal(r.status, 400);
		if (!strstr(r.text, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], r.text);
		assert_false(w->note.intel);
		reply_done(&r);
	}
	assert_int_equal(w->world.intel.revoked_n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(break_and_mend), cmocka_unit_test(refuses),
	    cmocka_unit_test(refuses_bodies), cmocka_unit_test(intel_speaks),
	    cmocka_unit_test(intel_refuses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
