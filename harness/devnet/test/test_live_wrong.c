/*
 * What nobody can be, have or do in a world, and what is said of it: operators,
 * their stake, their files, their TEEs.
 */
#include "devnet/live.h"

#include <sys/stat.h>

#include "devnet/test/ground.h"

static const struct live_events nothing;

static const char *const tokens[] = { "TOK", "OTHER" };
static const char *const roles[] = { "carol", "mallory", "test" };
static const struct plain_token plain[] = { { "TOK", 18 }, { "OTHER", 18 } };
static const struct plain_set sets[] = { { tokens, 2 }, { tokens, 1 } };
static const struct plain_avs accounts[] = { { "test", sets, 2 } };

/* That of scenarios/worlds/core.yaml. */
static struct live_spec core_spec(void)
{
	return (struct live_spec){ .root = root(),
				   .release = "1.8.1",
				   .profile = "fast",
				   .tokens = tokens,
				   .tokens_n = 2,
				   .plain = plain,
				   .plain_n = 2,
				   .accounts = accounts,
				   .accounts_n = 1,
				   .roles = roles,
				   .roles_n = ARRAY_LEN(roles) };
}

static struct live *core_world(void)
{
	struct live_spec spec = core_spec();
	struct live *w = NULL;
	struct err e = ERR_INIT;

	assert_ok(live_new(&w, loop, &spec, &nothing, &e), &e);
	return w;
}

/* A program that plays an operator who does nothing. */
static char *idle_program(void)
{
	CLEANUP(freep) char *path = scratched("idle");

	put(path,
	    "#!/bin/sh\n"
	    "echo '{\"event\":\"ready\"}'\n"
	    "for b in $(seq 1000 1100); do\n"
	    "echo '{\"event\":\"handled\",\"block\":'$b',\"requests\":0}'\n"
	    "done\n"
	    "exec cat >/dev/null\n");
	assert_int_equal(chmod(path, 0755), 0);
	return TAKE(path);
}

static void who_cannot_be(void **state)
{
	const struct live_stake nope = { .token = "NOPE", .amount = U256_ONE },
				too_much = { .token = "TOK",
					     .amount = U256_ONE,
					     .magnitude = UINT64_MAX },
				much = { .token = "TOK",
					 .amount = u256_from_u64(1000) };
	CLEANUP(freep) char *idle = idle_program();
	const struct {
		struct live_operator op;
		enum err_code code;
		const char *says;
	} cases[] = {
		{ { .program = idle, .process = true },
		  ERR_SCHEMA,
		  "operator alice belongs to the AVS (none), which is no "
		  "contract of this world" },
		{ { .program = idle, .avs = "nobody", .process = true },
		  ERR_SCHEMA,
		  "belongs to the AVS nobody, which is no contract" },
		{ { .program = idle,
		    .avs = "test",
		    .stake = &nope,
		    .stake_n = 1 },
		  ERR_SCHEMA,
		  "NOPE" },
		{ { .avs = "test",
		    .by_hand = true,
		    .stake = &nope,
		    .stake_n = 1,
		    .ready = LIVE_STAKED },
		  ERR_SCHEMA,
		  "NOPE" },
		{ { .avs = "test",
		    .by_hand = true,
		    .stake = &too_much,
		    .stake_n = 1,
		    .ready = LIVE_STAKED },
		  ERR_REVERT,
		  "allocationManager.modifyAllocations of alice reverted: "
		  "AllocationManager.InsufficientMagnitude()" },
		{ { .avs = "test",
		    .by_hand = true,
		    .set = 7,
		    .stake = &much,
		    .stake_n = 1,
		    .ready = LIVE_JOINED },
		  ERR_REVERT,
		  "allocationManager.registerForOperatorSets of alice "
		  "reverted: AllocationManager.InvalidOperatorSet()" },
		{ { .name = "allocationManager",
		    .avs = "test",
		    .by_hand = true },
		  ERR_SCHEMA,
		  "`allocationManager` is a contract of this world, and cannot "
		  "be an operator too" },
		{ { .program = idle,
		    .avs = "test",
		    .process = true,
		    .behaviour = "{" },
		  ERR_PARSE,
		  "operator alice: behaviour" },
		{ { .program = idle,
		    .avs = "test",
		    .process = true,
		    .prepare = "[" },
		  ERR_PARSE,
		  "operator alice: prepare" },
		{ { .program = idle,
		    .avs = "test",
		    .tee = "tdx",
		    .platform = "{" },
		  ERR_PARSE,
		  "tdx" },
		{ { .program = idle, .avs = "test", .ready = LIVE_REGISTERED },
		  ERR_CHILD,
		  "operator alice ended before it was ready: exit status 64; "
		  "its last words: " },
	};
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct live_operator op = cases[i].op;

		if (!op.name)
			op.name = "alice";
		assert_err(live_begin(w, &op, 1, 1, &e), &e, cases[i].code,
			   cases[i].says);
	}
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
}

static void what_it_has_not(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep) char *idle = idle_program();
	CLEANUP(json_decrefp) json_t *j = NULL;
	const struct live_operator ops[] = {
		{ .name = "alice",
		  .program = idle,
		  .avs = "test",
		  .process = true },
		{ .name = "erin", .avs = "test", .by_hand = true },
	};
	const size_t first[] = { 0 };
	struct live_tx tx = { .actor = "nobody" };
	struct http_answer answer;
	struct live_heartbeats beats;
	struct err e = ERR_INIT;
	struct addr20 at;

	(void)state;
	assert_ok(live_begin(w, ops, 2, 1, &e), &e);
	assert_err(live_fetch(w, "alice", LIVE_NODE, "GET", "eigen/node", NULL,
			      &answer, &e),
		   &e, ERR_HTTP, "alice did not say that it serves");
	assert_err(live_fetch(w, "alice", LIVE_TEE, "GET", "Info", NULL,
			      &answer, &e),
		   &e, ERR_SCHEMA, "operator alice has no TEE");
	assert_err(live_fetch(w, "erin", LIVE_METRICS, "GET", "metrics", NULL,
			      &answer, &e),
		   &e, ERR_SCHEMA, "erin has no program");
	/* Which may be an account, or a contract of the author's own. */
	assert_err(live_process(w, "erin", LIVE_START, &e), &e, ERR_SCHEMA,
		   "erin has no program: ours does not know the AVS test; name "
		   "a `program:` that does");
	assert_err(live_quote(w, "alice", "", 0, &j, &e), &e, ERR_SCHEMA,
		   "operator alice has no TEE");
	assert_err(live_collateral(w, "erin", &j, &e), &e, ERR_SCHEMA,
		   "operator erin has no TEE");
	assert_err(live_break(w, "alice", "td-debug", &e), &e, ERR_SCHEMA,
		   "operator alice has no TEE");
	assert_err(live_issue(w, json_object(), &e), &e, ERR_SCHEMA,
		   "no operator of this scenario has a TEE");
	assert_err(live_block(w, a, &tx, first, 1, &e), &e, ERR_SCHEMA,
		   "nobody is no actor of this world");
	assert_err(live_account(w, "a b", &at, &e), &e, ERR_SCHEMA,
		   "a b is neither an address nor a name");
	assert_err(live_account(w, "0x12", &at, &e), &e, ERR_PARSE,
		   "the address 0x12");
	assert_err(live_heartbeats(w, "alice", &beats, &e), &e, ERR_SCHEMA,
		   "this world has no aggregator");
	assert_err(live_aggregator_away(w, true, &e), &e, ERR_SCHEMA,
		   "say `aggregator: {interval: 60 seconds}`");
	assert_null(live_aggregator_url(w));
	assert_string_equal(live_process_state(w, "erin"), "none");
	assert_null(live_config_path(w, "erin"));
	assert_null(live_operator_env(w, "nobody"));
	assert_null(live_operator_url(w, "nobody", "node"));
	/* The world has heard nothing of it. */
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
}

static void files_that_are_none(void **state)
{
	static const char *const none[] = { "", "/etc/passwd", "../x",
					    "a/../../x", "a/" };
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(freep) char *idle = idle_program(), *pipe = NULL;
	const struct live_operator ops[] = {
		{ .name = "alice", .program = idle, .avs = "test" },
		{ .name = "erin", .avs = "test", .by_hand = true },
	};
	struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	char long_path[8192];
	bool there = true;

	(void)state;
	memset(long_path, 'a', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_ok(live_begin(w, ops, 2, 1, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		assert_err(live_put(w, "alice", none[i], "x", 1, &e), &e,
			   ERR_SCHEMA, "is no file of alice's directory");
		assert_err(live_file(w, "alice", none[i], &out, &there, &e), &e,
			   ERR_SCHEMA, "is no file of alice's directory");
	}
	assert_err(live_put(w, "alice", long_path, "x", 1, &e), &e, ERR_SCHEMA,
		   "characters long");
	assert_err(live_put(w, "erin", "a", "x", 1, &e), &e, ERR_SCHEMA,
		   "erin has no program");
	assert_err(live_log(w, "erin", &out, &e), &e, ERR_SCHEMA,
		   "erin has no program");
	assert_err(live_configure(w, "erin", NULL, &e), &e, ERR_SCHEMA,
		   "erin has no program");
	/* What is not there is no error; a folder in the place of a file is. */
	assert_ok(live_put(w, "alice", "gone", NULL, 0, &e), &e);
	assert_ok(live_file(w, "alice", "gone", &out, &there, &e), &e);
	assert_false(there);
	assert_ok(live_put(w, "alice", "deep/er/file", "x", 1, &e), &e);
	assert_ok(live_file(w, "alice", "deep/er/file", &out, &there, &e), &e);
	assert_true(there);
	assert_string_equal(buf_str(&out), "x");
	assert_err(live_put(w, "alice", "deep/er", NULL, 0, &e), &e, ERR_OS,
		   "cannot remove ");
	/* Nor is one waited for that an operator never writes. */
	pipe = xasprintf("%s/alice/pipe", live_dir(w));
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_err(live_file(w, "alice", "pipe", &out, &there, &e), &e,
		   ERR_SCHEMA, "`pipe` of alice is no file");
	assert_err(live_file(w, "alice", "deep", &out, &there, &e), &e,
		   ERR_SCHEMA, "`deep` of alice is no file");
	assert_err(live_put(w, "alice", "deep/er/file/more", "x", 1, &e), &e,
		   ERR_OS, "deep/er/file");
	buf_done(&out);
}

static void worlds_that_cannot_be(void **state)
{
	static const char *const other[] = { "NOPE" };
	static const struct plain_set wrong[] = { { other, 1 } };
	static const struct plain_avs avs[] = { { "test", wrong, 1 } };
	CLEANUP(freep) char *file = scratched("file");
	CLEANUP(freep) char *below = xasprintf("%s/logs", file);
	struct live_spec spec = core_spec();
	struct err e = ERR_INIT;
	struct live *w = NULL;

	(void)state;
	put(file, "");
	spec.accounts = avs;
	assert_err(live_new(&w, loop, &spec, &nothing, &e), &e, ERR_SCHEMA,
		   "set test#0 has the token NOPE, which is none of this "
		   "world");
	spec = core_spec();
	spec.log_dir = below;
	assert_err(live_new(&w, loop, &spec, &nothing, &e), &e, ERR_OS, below);
	spec = core_spec();
	spec.root = "/nonexistent";
	assert_err(live_new(&w, loop, &spec, &nothing, &e), &e, ERR_OS,
		   "/nonexistent");
	assert_null(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_cannot_be),
		cmocka_unit_test(what_it_has_not),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(worlds_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
