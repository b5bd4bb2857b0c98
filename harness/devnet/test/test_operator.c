/*
 * operator.c: what other people's programs do and say, from the first line of
 * JSON to the last signal. Each is a shell script; none asks the chain.
 */
#include "devnet/operator.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "devnet/test/ground.h"
#include "io/jsonrpc.h"
#include "io/stream.h"
#include "test/rpc_stub.h"

#define READY "echo '{\"event\":\"ready\",\"node\":\"http://x\"}'\n"
/* Until its input ends. */
#define WAIT "while read -r line; do :; done\n"
/* For a minute, in which traps are taken at once. */
#define LISTEN "sleep 60 & while :; do wait; done\n"

static const struct live_events nothing;
static unsigned made; /* each has a folder of its own */
static struct rpc_stub *stub;
static char *chain; /* the stub's socket */

static struct operator_spec spec_of(const char *program, const char *dir,
				    const json_t *config)
{
	return (struct operator_spec){ .name = "alice",
				       .program = program,
				       .dir = dir,
				       .upstream = chain,
				       .config = config,
				       .events = &nothing };
}

static struct operator *operator_of(const char *script)
{
	CLEANUP(json_decrefp) json_t *config = json_object();
	CLEANUP(freep) char *name = xasprintf("%u", ++made);
	CLEANUP(freep) char *dir = scratched(name);
	CLEANUP(freep) char *program = xasprintf("%s.sh", dir);
	CLEANUP(freep) char *text = xasprintf("#!/bin/sh\n%s", script);
	struct operator_spec spec = spec_of(program, dir, config);
	struct operator *o = NULL;
	struct err e = ERR_INIT;

	put(program, text);
	assert_int_equal(chmod(program, 0755), 0);
	assert_ok(operator_new(&o, loop, &spec, &e), &e);
	return o;
}

static struct operator *running(const char *script)
{
	struct operator *o = operator_of(script);
	struct err e = ERR_INIT;

	assert_ok(operator_launch(o, &e), &e);
	assert_ok(operator_await(o, &e), &e);
	assert_true(operator_running(o));
	return o;
}

/* --- how it starts ----------------------------------------------------------- */

static void starts(const char *script, enum err_code code, const char *says)
{
	CLEANUP(operator_freep) struct operator *o = operator_of(script);
	struct err e = ERR_INIT;

	assert_ok(operator_launch(o, &e), &e);
	assert_err(operator_await(o, &e), &e, code, says);
}

static void who_does_not_start(void **state)
{
	const char *why = NULL;
	CLEANUP(operator_freep) struct operator *o = operator_of("exit 0");
	struct err e = ERR_INIT;

	(void)state;
	starts("echo no key >&2; exit 3", ERR_CHILD,
	       "operator alice ended before it was ready: exit");
	starts("echo no key >&2; exit 3", ERR_CHILD, "its last words: no key");
	starts("echo '{\"event\":\"ready\",\"contract\":7}'\n" WAIT,
	       ERR_UNSUPPORTED, "operator alice speaks version 7");
	assert_false(operator_died(o, &why));
	assert_ok(operator_launch(o, &e), &e);
	assert_err(operator_await(o, &e), &e, ERR_CHILD, "before it was ready");
	assert_true(operator_died(o, &why));
	assert_non_null(strstr(why, "its last words"));
	operator_bury(o);
	assert_false(operator_died(o, &why));
}

/* Another program than an operator's is called what it is. */
static void who_is_no_operator(void **state)
{
	CLEANUP(json_decrefp) json_t *config = json_object();
	CLEANUP(freep) char *dir = scratched("keeper");
	struct operator_spec spec = spec_of("/nonexistent", dir, config);
	struct operator *o = NULL;
	struct err e = ERR_INIT;

	(void)state;
	spec.name = "keeper";
	spec.other = true;
	assert_ok(operator_new(&o, loop, &spec, &e), &e);
	assert_err(operator_stop(o, &e), &e, ERR_SCHEMA,
		   "cannot stop process keeper: no process of it runs");
	operator_free(o);
}

/* The same text for all of a cast, but for who has contracts of its own. */
static void contracts_are_in_its_configuration(void **state)
{
	CLEANUP(json_decrefp) json_t *config = json_pack("{s:i}", "seed", 7);
	CLEANUP(freep) char *dir = scratched("told");
	struct operator_spec spec = spec_of("/nonexistent", dir, config);
	static const char *const wants[] = { "0x11", "0x22" };
	struct err e = ERR_INIT;

	(void)state;
	spec.contracts = "{\"avs\":\"0x11\",\"token\":\"0x33\"}";
	for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
		CLEANUP(operator_freep) struct operator *o = NULL;
		CLEANUP(json_decrefp) json_t *have = NULL;
		const char *at;
		uint64_t seed;

		assert_ok(operator_new(&o, loop, &spec, &e), &e);
		assert_ok(json_read_file(&have, operator_config_path(o), &e),
			  &e);
		assert_ok(json_u64_at(&seed, have, "seed", &e), &e);
		assert_int_equal(seed, 7);
		assert_ok(json_text_at(&at, have, "contracts.avs", &e), &e);
		assert_string_equal(at, wants[i]);
		json_object_set_new(config, "contracts",
				    json_pack("{s:s}", "avs", "0x22"));
	}
}

static void what_cannot_be_made(void **state)
{
	CLEANUP(json_decrefp) json_t *config = json_object();
	CLEANUP(freep) char *file = scratched("file");
	CLEANUP(freep) char *inside = scratched("file/alice");
	CLEANUP(freep) char *dir = scratched("none");
	CLEANUP(freep) char *socket = scratched("none/rpc.ipc");
	struct operator_spec spec = spec_of("/nonexistent", inside, config);
	struct operator *o = NULL;
	struct err e = ERR_INIT;

	(void)state;
	put(file, "");
	assert_err(operator_new(&o, loop, &spec, &e), &e, ERR_OS,
		   "operator alice: cannot make ");
	spec.dir = dir;
	assert_int_equal(mkdir(dir, 0700), 0);
	put(socket, "");
	assert_err(operator_new(&o, loop, &spec, &e), &e, ERR_OS,
		   "operator alice: alice's gateway: socket ");
	assert_int_equal(unlink(socket), 0);
	assert_ok(operator_new(&o, loop, &spec, &e), &e);
	assert_err(operator_launch(o, &e), &e, ERR_OS,
		   "cannot start operator alice");
	operator_free(o);
}

/* Who has the folder next begins anew, whatever was written there. */
static void what_is_left_of_another(void **state)
{
	CLEANUP(json_decrefp) json_t *config = json_object();
	CLEANUP(freep) char *dir = scratched("left");
	CLEANUP(freep) char *inside = scratched("left/data");
	CLEANUP(freep) char *db = scratched("left/data/blocks.db");
	CLEANUP(freep) char *state_path = scratched("left/state.json");
	CLEANUP(freep) char *key = scratched("left/keystore.json");
	CLEANUP(freep) char *log = scratched("left/log");
	struct operator_spec spec = spec_of("/nonexistent", dir, config);
	struct operator *o = NULL;
	struct err e = ERR_INIT;

	(void)state;
	spec.key = "alice";
	assert_ok(operator_new(&o, loop, &spec, &e), &e);
	assert_int_equal(access(key, F_OK), 0);
	assert_int_equal(mkdir(inside, 0700), 0);
	put(db, "");
	put(state_path, "{}");
	put(log, "");
	operator_free(o);
	spec.key = NULL;
	assert_ok(operator_new(&o, loop, &spec, &e), &e);
	assert_int_equal(access(inside, F_OK), -1);
	assert_int_equal(access(state_path, F_OK), -1);
	assert_int_equal(access(key, F_OK), -1);
	assert_int_equal(access(log, F_OK), 0);
	operator_free(o);
}

/* What a link leads to is not its owner's, and stays. */
static void a_link_where_its_folder_was(void **state)
{
	CLEANUP(json_decrefp) json_t *config = json_object();
	CLEANUP(freep) char *dir = scratched("link");
	CLEANUP(freep) char *other = scratched("other");
	CLEANUP(freep) char *file = scratched("other/dear");
	struct operator_spec spec = spec_of("/nonexistent", dir, config);
	struct operator *o = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(mkdir(other, 0700), 0);
	put(file, "");
	assert_int_equal(symlink(other, dir), 0);
	assert_err(operator_new(&o, loop, &spec, &e), &e, ERR_OS,
		   "link: Not a directory");
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(unlink(dir), 0);
}

/* What is no JSON, no event, or no event of ours is for people. */
static void who_says_odd_things(void **state)
{
	CLEANUP(operator_freep)
	struct operator *o = running(
		"trap 'exit 0' TERM; echo hello; echo '{'; echo '{\"a\":1}'\n"
		"echo '{\"event\":\"error\",\"what\":\"tea\"}'\n"
		"echo '{\"event\":\"error\"}'; echo '{\"event\":\"handled\"}'\n"
		"echo '{\"event\":\"lost\"}'\n" READY LISTEN);
	struct err e = ERR_INIT;

	(void)state;
	assert_err(operator_launch(o, &e), &e, ERR_SCHEMA,
		   "operator alice runs already");
	assert_string_equal(operator_url(o, "node"), "http://x");
	assert_ok(operator_stop(o, &e), &e);
	assert_null(operator_url(o, "node"));
}

static void count_events(void *arg, const char *actor, enum child_stream s,
			 const char *line, const json_t *event)
{
	(void)actor;
	(void)s;
	(void)line;
	*(unsigned *)arg += event != NULL;
}

/* What it says becomes a part of a record, which has to be read again: one that
 * json_parse() just takes is not taken there. */
static void who_says_deep_things(void **state)
{
	static const size_t depths[] = { 20, 2047 };
	CLEANUP(json_decrefp) json_t *config = json_object();
	CLEANUP(freep) char *dir = scratched("deep");
	CLEANUP(freep) char *program = xasprintf("%s.sh", dir);
	struct buf text = BUF_INIT(1u << 16);
	unsigned events = 0;
	struct live_events ev = { .on_line = count_events, .arg = &events };
	struct operator_spec spec = spec_of(program, dir, config);
	CLEANUP(operator_freep) struct operator *o = NULL;
	struct err e = ERR_INIT;

	(void)state;
	spec.events = &ev;
	buf_adds(&text, "#!/bin/sh\n");
	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		buf_adds(&text, "echo '{\"event\":");
		for (size_t k = 0; k < depths[i]; k++)
			buf_addc(&text, '[');
		for (size_t k = 0; k < depths[i]; k++)
			buf_addc(&text, ']');
		buf_adds(&text, "}'\n");
	}
	buf_adds(&text, READY WAIT);
	put(program, buf_str(&text));
	buf_done(&text);
	assert_int_equal(chmod(program, 0755), 0);
	assert_ok(operator_new(&o, loop, &spec, &e), &e);
	assert_ok(operator_launch(o, &e), &e);
	assert_ok(operator_await(o, &e), &e);
	assert_int_equal(events, 2); /* and that it is ready */
}

static void where_it_serves(void **state)
{
	CLEANUP(operator_freep) struct operator *o = running(READY WAIT);

	(void)state;
	assert_string_equal(operator_url(o, "node"), "http://x");
	assert_null(operator_url(o, "metrics"));
}

/* --- SIGHUP ------------------------------------------------------------------ */

static void configures(const char *script, enum err_code code, const char *says)
{
	CLEANUP(json_decrefp) json_t *deaf = json_pack("{s:b}", "deaf", 1);
	CLEANUP(operator_freep) struct operator *o = running(script);
	struct err e = ERR_INIT;

	assert_err(operator_configure(o, deaf, &e), &e, code, says);
}

static void has_behaviour(const struct operator *o, const char *key, bool want)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *b;
	struct err e = ERR_INIT;

	assert_ok(json_read_file(&j, operator_config_path(o), &e), &e);
	b = json_object_get(j, "behaviour");
	assert_true(json_is_object(b));
	assert_int_equal(json_object_get(b, key) != NULL, want);
}

static void what_is_configured(void **state)
{
	CLEANUP(json_decrefp) json_t *deaf = json_pack("{s:b}", "deaf", 1);
	CLEANUP(json_decrefp) json_t *not_deaf = json_pack("{s:n}", "deaf");
	CLEANUP(operator_freep)
	struct operator *o = operator_of(
		"trap 'echo \"{\\\"event\\\":\\\"configured\\\"}\"' HUP\n" READY
		LISTEN);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(operator_configure(o, deaf, &e), &e); /* nobody to be told */
	has_behaviour(o, "deaf", true);
	assert_ok(operator_launch(o, &e), &e);
	assert_ok(operator_await(o, &e), &e);
	assert_ok(operator_configure(o, not_deaf, &e), &e);
	has_behaviour(o, "deaf", false);
	assert_ok(operator_pause(o, &e), &e);
	assert_true(operator_paused(o));
	assert_err(operator_configure(o, deaf, &e), &e, ERR_SCHEMA,
		   "is paused and cannot read its configuration");
	has_behaviour(o, "deaf", false);
	assert_ok(operator_resume(o, &e), &e);
	assert_false(operator_paused(o));
}

static void who_takes_no_configuration(void **state)
{
	(void)state;
	configures("trap 'echo \"{\\\"event\\\":\\\"error\\\",\\\"what\\\":"
		   "\\\"configure\\\",\\\"text\\\":\\\"no such fault\\\"}\"' "
		   "HUP\n" READY
		   LISTEN,
		   ERR_SCHEMA, "operator alice: no such fault");
	configures(READY WAIT, ERR_CHILD,
		   "operator alice ended untold: killed by SIGHUP");
}

/* --- how it ends --------------------------------------------------------------- */

static void who_does_not_run(void **state)
{
	CLEANUP(operator_freep) struct operator *o = operator_of("exit 0");
	CLEANUP(freep) char *log = xasprintf("%s/log", operator_dir(o));
	struct buf out = BUF_INIT(100);
	struct err e = ERR_INIT;

	(void)state;
	assert_err(operator_stop(o, &e), &e, ERR_SCHEMA,
		   "cannot stop operator alice: no process of it runs");
	assert_err(operator_kill(o, &e), &e, ERR_SCHEMA, "cannot kill");
	assert_err(operator_pause(o, &e), &e, ERR_SCHEMA, "cannot pause");
	assert_err(operator_resume(o, &e), &e, ERR_SCHEMA, "cannot resume");
	assert_false(operator_running(o));
	assert_false(operator_paused(o));
	assert_ok(operator_log(o, &out, &e), &e); /* it wrote none */
	assert_int_equal(out.len, 0);
	assert_int_equal(symlink("log", log), 0);
	assert_err(operator_log(o, &out, &e), &e, ERR_OS, "/log");
	buf_done(&out);
}

static void who_ends_badly(void **state)
{
	CLEANUP(operator_freep)
	struct operator *o = running("trap 'echo oh >&2; exit 5' TERM\n" READY
				     LISTEN);
	CLEANUP(operator_freep) struct operator *other = running(READY WAIT);
	struct err e = ERR_INIT;
	const char *why;

	(void)state;
	assert_err(operator_stop(o, &e), &e, ERR_CHILD,
		   "operator alice did not end cleanly: exit");
	assert_ok(operator_kill(other, &e), &e);
	assert_false(operator_running(other));
	assert_false(operator_died(other, &why)); /* it was told to */
}

/* --- commands, and who is waited for --------------------------------------------- */

static bool command_done(void *arg)
{
	return operator_command_done(arg);
}

static void what_a_command_says(void **state)
{
	static const char *const words[] = { "opt-in", NULL };
	CLEANUP(operator_freep)
	struct operator *o = operator_of("echo \"$1 $2\"; exit 4");
	struct hash32 tx;
	const char *out;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(operator_command(o, words, &e), &e);
	assert_ok(loop_run_until(loop, command_done, o, clock_ms() + 10000,
				 "the command", &e), &e);
	assert_int_equal(WEXITSTATUS(operator_command_result(o, &out)), 4);
	assert_string_equal(out, "opt-in --config\n");
	assert_false(operator_last_tx(o, &tx));
	assert_null(operator_reverted(o));
}

/* Whoever runs us may have those of another world. */
static void what_it_knows_of_its_world(void **state)
{
	static const char *const names[] = {
		"AVS_OPERATOR_PASSWORD", "AVS_OPERATOR_CONFIG",
		"AVS_AGGREGATOR_URL",	 "AVS_NODE_URL_alice",
		"PCCS_URL",		 "DSTACK_SIMULATOR_ENDPOINT"
	};
	static const char *const words[] = { "env", NULL };
	CLEANUP(operator_freep) struct operator *o = NULL;
	CLEANUP(freep) char *want = NULL;
	struct err e = ERR_INIT;
	const char *out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		setenv(names[i], "another's", 1);
	setenv("AVSISH", "mine", 1);
	o = operator_of("env | grep -e '^AVS_' -e '^AVSISH=' -e '^PCCS_' "
			"-e '^DSTACK_' | LC_ALL=C sort");
	assert_ok(operator_command(o, words, &e), &e);
	assert_ok(loop_run_until(loop, command_done, o, clock_ms() + 10000,
				 "the command", &e), &e);
	assert_int_equal(operator_command_result(o, &out), 0);
	want = xasprintf("AVSISH=mine\n"
			 "AVS_OPERATOR_CONFIG=%s\n"
			 "AVS_OPERATOR_PASSWORD=devnet only\n",
			 operator_config_path(o));
	assert_string_equal(out, want);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	unsetenv("AVSISH");
}

static void says_awaited(const struct operator *o, const struct awaited *x,
			 const char *part)
{
	struct buf out = BUF_INIT(1000);

	operator_awaited(o, x, &out);
	if (!strstr(buf_str(&out), part))
		fail_msg("\"%s\" does not say \"%s\"", buf_str(&out), part);
	buf_done(&out);
}

static bool has_handled(void *arg)
{
	struct buf out = BUF_INIT(1000);
	const struct awaited x = { .head = { .number = 9 } };
	bool yes;

	operator_awaited(arg, &x, &out);
	yes = strstr(buf_str(&out), "block 7 of 9");
	buf_done(&out);
	return yes;
}

/* Settled is who handled the head, by its hash if one was said. */
static void who_is_awaited(void **state)
{
	struct awaited x = { .head = { .number = 7 } };
	CLEANUP(operator_freep)
	struct operator *o = running(READY
		"echo '{\"event\":\"handled\",\"block\":7,\"requests\":2,"
		"\"hash\":\"0x1111111111111111111111111111111111111111111111"
		"111111111111111111\"}'\n" WAIT);
	CLEANUP(operator_freep)
	struct operator *plain = running(READY
		"echo '{\"event\":\"handled\",\"block\":7}'\n" WAIT);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(loop_run_until(loop, has_handled, o, clock_ms() + 10000,
				 "block 7", &e), &e);
	assert_ok(loop_run_until(loop, has_handled, plain, clock_ms() + 10000,
				 "block 7", &e), &e);
	says_awaited(o, &x, "block 7 of 7 on a branch that is gone, 2 requests "
			    "sent, 0 seen, 0 in flight");
	says_awaited(plain, &x, "block 7 of 7, 0 requests sent");
	assert_false(operator_settled(o, &x));
	memset(x.head.hash.b, 0x11, sizeof(x.head.hash.b));
	says_awaited(o, &x, "block 7 of 7, 2 requests sent");
	assert_ok(operator_pause(o, &e), &e);
	assert_true(operator_settled(o, &x)); /* who is paused does nothing */
	assert_ok(operator_resume(o, &e), &e);
	x.head.number = 8;
	assert_false(operator_settled(plain, &x));
}

static void ignore_head(void *arg, const json_t *head)
{
	(void)arg;
	(void)head;
}

static bool is_settled(void *arg)
{
	const struct awaited x = { .head = { .number = 9 } };

	return operator_settled(arg, &x);
}

/* It does nothing, but has to find later what happened meanwhile: a reorg may
 * take away the block that it was not told of yet. */
static void who_is_paused(void **state)
{
	const struct awaited x = { .head = { .number = 9 } };
	CLEANUP(operator_freep) struct operator *o = running(READY WAIT);
	CLEANUP(rpc_freep) struct rpc *rpc = NULL;
	struct gateway *g = operator_gateway(o);
	struct err e = ERR_INIT;

	(void)state;
	gateway_daemon(g, getpgrp()); /* who asks in its name */
	assert_ok(rpc_open_ipc(&rpc, loop, gateway_ipc(g), &e), &e);
	assert_ok(rpc_subscribe(rpc, "newHeads", ignore_head, NULL, &e), &e);
	gateway_rested(g, 8);
	assert_ok(operator_pause(o, &e), &e);
	assert_false(operator_settled(o, &x));
	says_awaited(o, &x, "block 0 of 9, not told of it, 0 requests sent");
	rpc_stub_head(stub, 9);
	assert_ok(loop_run_until(loop, is_settled, o, clock_ms() + 10000,
				 "block 9", &e), &e);
	says_awaited(o, &x, "block 0 of 9, 0 requests sent");
	assert_ok(operator_resume(o, &e), &e);
}

#define HASH "0x22222222222222222222222222222222" \
	     "22222222222222222222222222222222"

static char *receipts(void *arg, const char *method, const json_t *params)
{
	(void)arg;
	(void)params;
	if (!strcmp(method, "eth_subscribe"))
		return xstrdup("\"result\":\"0x1\"");
	return strcmp(method, "eth_getTransactionReceipt") ?
		       NULL :
		       xstrdup("\"result\":{\"transactionHash\":\"" HASH "\"}");
}

static void note_answer(void *arg, const char *text, size_t len)
{
	bool *came = arg;

	(void)len;
	assert_non_null(strstr(text, HASH));
	*came = true;
}

static bool is_there(void *arg)
{
	return *(bool *)arg;
}

static void ask(const struct operator *o, const char *text)
{
	bool came = false;
	struct stream_events ev = { note_answer, NULL, &came };
	struct stream *s;
	struct err e = ERR_INIT;

	assert_ok(stream_connect(&s, loop, gateway_ipc(operator_gateway(o)),
				 &ev, &e), &e);
	stream_write(s, text, strlen(text));
	assert_ok(loop_run_until(loop, is_there, &came, clock_ms() + 10000,
				 "an answer", &e), &e);
	stream_free(s);
}

/* However a daemon asks for a receipt, a command sent nothing by that. */
static void which_is_the_last_transaction(void **state)
{
	static const char one[] =
		"{\"id\":1,\"method\":\"eth_getTransactionReceipt\"}";
	CLEANUP(freep) char *several = xasprintf("[%s]", one);
	CLEANUP(operator_freep) struct operator *o = operator_of("exit 0");
	struct hash32 tx;

	(void)state;
	gateway_daemon(operator_gateway(o), getpgrp());
	ask(o, several);
	assert_false(operator_last_tx(o, &tx));
	ask(o, one);
	assert_false(operator_last_tx(o, &tx));
	/* Nobody of the daemon's. */
	gateway_daemon(operator_gateway(o), 0);
	ask(o, several);
	assert_true(operator_last_tx(o, &tx));
	assert_int_equal(tx.b[0], 0x22);
}

static int set_up(void **state)
{
	if (ground_setup(state))
		return -1;
	chain = scratched("chain.ipc");
	stub = rpc_stub_new(loop, chain, receipts, NULL);
	return 0;
}

static int tear_down(void **state)
{
	rpc_stub_free(stub);
	free(chain);
	return ground_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_does_not_start),
		cmocka_unit_test(who_is_no_operator),
		cmocka_unit_test(contracts_are_in_its_configuration),
		cmocka_unit_test(what_cannot_be_made),
		cmocka_unit_test(what_is_left_of_another),
		cmocka_unit_test(a_link_where_its_folder_was),
		cmocka_unit_test(who_says_odd_things),
		cmocka_unit_test(who_says_deep_things),
		cmocka_unit_test(where_it_serves),
		cmocka_unit_test(what_is_configured),
		cmocka_unit_test(who_takes_no_configuration),
		cmocka_unit_test(who_does_not_run),
		cmocka_unit_test(who_ends_badly),
		cmocka_unit_test(what_a_command_says),
		cmocka_unit_test(what_it_knows_of_its_world),
		cmocka_unit_test(who_is_awaited),
		cmocka_unit_test(who_is_paused),
		cmocka_unit_test(which_is_the_last_transaction),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
