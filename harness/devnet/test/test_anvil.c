/* anvil.c against the real one, and against programs that are not. */
#include "devnet/anvil.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "devnet/test/ground.h"

#include "base/clock.h"
#include "eth/chain.h"
#include "io/http_server.h"

#define TIME 1767225600u

static struct anvil_spec spec_of(const char *program)
{
	return (struct anvil_spec){ .program = program,
				    .version = "1.7.1",
				    .chain_id = 31337,
				    .height = 200,
				    .time = TIME };
}

static void serves_on_loopback(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct anvil_spec spec = spec_of(program);
	struct err e = ERR_INIT;
	struct block b;

	(void)state;
	assert_ok(anvil_new(&a, loop, &spec, &e), &e);
	assert_ok(chain_block(anvil_rpc(a), CHAIN_HEAD, &b, &e), &e);
	assert_int_equal(b.number, 200);
	assert_int_equal(b.time, TIME);
	assert_int_equal(strncmp(anvil_url(a), "http://127.0.0.1:", 17), 0);
	assert_int_not_equal(strcmp(anvil_url(a), "http://127.0.0.1:0"), 0);
}

static void leaves_nothing(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(freep) char *ipc = NULL;
	struct anvil *a = NULL;
	struct anvil_spec spec = spec_of(program);
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_ok(anvil_new(&a, loop, &spec, &e), &e);
	pid_t pid = anvil_pid(a);

	ipc = xstrdup(anvil_ipc(a));
	anvil_free(a);
	assert_int_not_equal(kill(pid, 0), 0);
	assert_int_not_equal(stat(ipc, &st), 0);
	*strrchr(ipc, '/') = '\0'; /* its home */
	assert_int_not_equal(stat(ipc, &st), 0);
}

static void wrong_programs(void **state)
{
	static const struct {
		const char *name, *text;
		enum err_code code;
		const char *says;
	} cases[] = {
		{ "gone", "#!/bin/sh\necho 'no such flag'; exit 3\n", ERR_CHILD,
		  "ended at start (exit status 3); its last words: no such "
		  "flag" },
		{ "killed", "#!/bin/sh\nkill -9 $$\n", ERR_CHILD, "SIGKILL" },
	};
	struct err e = ERR_INIT;
	struct anvil *a = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *path = scratched(cases[i].name);
		struct anvil_spec spec = spec_of(path);

		put(path, cases[i].text);
		assert_int_equal(chmod(path, 0755), 0);
		assert_err(anvil_new(&a, loop, &spec, &e), &e, cases[i].code,
			   cases[i].says);
	}
	struct anvil_spec spec = spec_of("/nonexistent/anvil");

	assert_err(anvil_new(&a, loop, &spec, &e), &e, ERR_OS,
		   "/nonexistent/anvil");
	assert_non_null(strstr(e.text, "`make setup` installs it"));
	assert_null(a);
}

static void wrong_version(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	struct anvil_spec spec = spec_of(program);
	struct anvil *a = NULL;
	struct err e = ERR_INIT;

	(void)state;
	spec.version = "1.4.4";
	assert_err(anvil_new(&a, loop, &spec, &e), &e, ERR_MISMATCH,
		   "says it is anvil/v1.7.1, not anvil/v1.4.4");
}

static void nobody(void *arg, const struct http_in *in,
		   struct http_exchange *x)
{
	(void)arg;
	(void)in;
	http_respond(x, 200, "text/plain", "", 0);
}

static void port_in_use(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(http_server_freep) struct http_server *s = NULL;
	CLEANUP(freep) char *says = NULL;
	struct anvil_spec spec = spec_of(program);
	struct anvil *a = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(http_server_new(&s, loop, NULL, 0, nobody, NULL, &e), &e);
	spec.port = http_server_port(s);
	says = xasprintf("port %u is in use", spec.port);
	assert_err(anvil_new(&a, loop, &spec, &e), &e, ERR_CHILD, says);
}

static void genesis_refused(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(freep) char *genesis = scratched("bad.json");
	struct anvil_spec spec = spec_of(program);
	struct anvil *a = NULL;
	struct err e = ERR_INIT;

	(void)state;
	put(genesis, "{\"alloc\": {\"0x11\": 5}}");
	spec.genesis = genesis;
	assert_err(anvil_new(&a, loop, &spec, &e), &e, ERR_CHILD,
		   "refuses the genesis");
	assert_non_null(strstr(e.text, genesis));
	assert_non_null(strstr(e.text, "`make state` builds it anew"));
}

static void dies_in_the_middle(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct anvil_spec spec = spec_of(program);
	struct err e = ERR_INIT;
	uint64_t height;

	(void)state;
	assert_ok(anvil_new(&a, loop, &spec, &e), &e);
	assert_int_equal(kill(anvil_pid(a), SIGKILL), 0);
	assert_false(chain_height(anvil_rpc(a), &height, &e));
	assert_true(anvil_blame(a, &e));
	assert_int_equal(e.code, ERR_CHILD);
	assert_int_equal(WTERMSIG(e.sub), SIGKILL);
	assert_non_null(strstr(e.text, "anvil died (killed by SIGKILL)"));
	assert_false(anvil_alive(a));
}

/* An end that was asked for is no death. */
static void dumps_its_state(void **state)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(json_decrefp) json_t *dump = NULL;
	struct anvil_spec spec = spec_of(program);
	struct err e = ERR_INIT;
	uint64_t best;

	(void)state;
	spec.dump = true;
	assert_ok(anvil_new(&a, loop, &spec, &e), &e);
	assert_ok(anvil_dump(a, &dump, &e), &e);
	assert_ok(json_u64_at(&best, dump, "best_block_number", &e), &e);
	assert_int_equal(best, 200);
	assert_false(anvil_blame(a, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_on_loopback),
		cmocka_unit_test(leaves_nothing),
		cmocka_unit_test(wrong_programs),
		cmocka_unit_test(wrong_version),
		cmocka_unit_test(port_in_use),
		cmocka_unit_test(genesis_refused),
		cmocka_unit_test(dies_in_the_middle),
		cmocka_unit_test(dumps_its_state),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
