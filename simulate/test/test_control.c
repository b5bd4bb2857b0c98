#include "test/kit.h"

#include "base/base.h"
#include "simulate/control.h"

struct world {
	struct tee *tees[2];
	const struct tee *changed;
};

static int setup(void **state)
{
	static const char *const names[] = {"alice", "bob"};
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = ERR_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct tee_spec spec = {.seed = 1, .name = names[i]};

		if (!tee_new(&w->tees[i], &spec, &e))
			return -1;
	}
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	tee_free(w->tees[0]);
	tee_free(w->tees[1]);
	free(w);
	return 0;
}

/* Ask, and expect this status and exactly this text. */
static void expect(struct world *w, const char *method, const char *path,
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
	struct reply r = control_answer(w->tees, 2, &in, &w->changed);

	if (r.status != status || strcmp(r.text, text))
		fail_msg("%s %s: %d %s", method, path, r.status, r.text);
	if (status != 200)
		assert_null(w->changed);
	reply_done(&r);
}

static void break_and_mend(void **state)
{
	struct world *w = *state;

	expect(w, "GET", "/faults", "", 200, "{\"alice\":[],\"bob\":[]}");
	assert_null(w->changed);
	expect(
	    w, "POST", "/faults/alice", "{\"fault\":\"td-debug\"}", 200,
	    "{\"instance\":\"alice\",\"faults\":[{\"fault\":\"td-debug\"}]}");
	assert_ptr_equal(w->changed, w->tees[0]);
	expect(w, "POST", "/faults/alice",
	       "{\"fault\":\"truncated\",\"bytes\":2}", 200,
	       "{\"instance\":\"alice\",\"faults\":[{\"fault\":\"truncated\","
	       "\"bytes\":2},{\"fault\":\"td-debug\"}]}");
	expect(w, "GET", "/faults/bob", "", 200,
	       "{\"instance\":\"bob\",\"faults\":[]}");
	assert_null(w->changed);
	expect(
	    w, "DELETE", "/faults/alice/truncated", "", 200,
	    "{\"instance\":\"alice\",\"faults\":[{\"fault\":\"td-debug\"}]}");
	assert_ptr_equal(w->changed, w->tees[0]);
	expect(w, "GET", "/faults", "", 200,
	       "{\"alice\":[{\"fault\":\"td-debug\"}],\"bob\":[]}");
	expect(w, "DELETE", "/faults/alice", "", 200,
	       "{\"instance\":\"alice\",\"faults\":[]}");
	assert_true(fault_set_empty(&w->tees[0]->faults));
	/* Mending what is whole is no error. */
	expect(w, "DELETE", "/faults/bob/td-debug", "", 200,
	       "{\"instance\":\"bob\",\"faults\":[]}");
}

static void refuses(void **state)
{
	struct world *w = *state;

	expect(w, "POST", "/faults/alice", "{\"fault\":\"tcb-expired\"}", 400,
	       "{\"error\":\"a fault of collateral, which the daemon does "
	       "not serve; `tee-sim collateral --fault` does\"}");
	expect(w, "POST", "/faults/alice", "{\"fault\":\"service-td\"}", 400,
	       "{\"error\":\"fault service-td is one of TDX version 5 with TD "
	       "report 1.5 only; this quote is TDX version 4\"}");
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
	       "{\"error\":\"no such path: /; try /faults\"}");
	expect(w, "POST", "/faults", "{}", 404,
	       "{\"error\":\"no such path: /faults; try /faults\"}");
	expect(w, "PUT", "/faults/alice", "", 405,
	       "{\"error\":\"PUT is not for /faults/alice\"}");
	assert_true(fault_set_empty(&w->tees[0]->faults));
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
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_in in = {
		    .method = "POST",
		    .path = "/faults/bob",
		    .query = "",
		    .content_type = "",
		    .body = cases[i].body,
		    .body_len = strlen(cases[i].body),
		};
		struct reply r = control_answer(w->tees, 2, &in, &w->changed);

		assert_int_equal(r.status, 400);
		if (!strstr(r.text, cases[i].text))
			fail_msg("\"%s\": %s", cases[i].body, r.text);
		reply_done(&r);
	}
	assert_true(fault_set_empty(&w->tees[1]->faults));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(break_and_mend),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(refuses_bodies),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
