/*
 * Processes of a live world that are no operators: what they are given, and when
 * the world is at rest with them.
 */
#include "devnet/live.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/ec.h"
#include "devnet/test/core_world.h"
#include "devnet/test/stand_in.h"

/* It stays until it is told to end. */
#define STAYS "exec cat >/dev/null\n"
/* The same, but traps are taken at once. */
#define LISTENS "echo begins\nsleep 60 & while :; do wait; done\n"
#define READY SAYS_READY SAYS_HANDLED("1000")

static struct live_operator keeper(const char *program)
{
	return (struct live_operator){ .name = "keeper",
				       .program = program,
				       .other = true,
				       .process = true };
}

static json_t *config_of(struct live *w)
{
	struct err e = ERR_INIT;
	json_t *config;

	assert_ok(json_read_file(&config, live_config_path(w, "keeper"), &e),
		  &e);
	return config;
}

static void what_one_is_given(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = keeper(stand_in("given", READY STAYS));
	CLEANUP(json_decrefp) json_t *config = NULL, *keystore = NULL;
	const char *owner;
	struct addr20 carol;
	uint64_t n;
	struct err e = ERR_INIT;

	(void)state;
	op.key = "carol";
	op.settings = "{\"lookback\":7}";
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_true(live_running(w, "keeper"));
	config = config_of(w);
	assert_ok(json_u64_at(&n, config, "config.lookback", &e), &e);
	assert_int_equal(n, 7);
	assert_ok(json_u64_at(&n, config, "chain_id", &e), &e);
	assert_int_equal(n, live_chain_id(w));
	assert_non_null(json_object_get(json_object_get(config, "contracts"),
					"allocationManager"));
	/* It belongs to no AVS, and nobody prepares it. */
	assert_null(json_object_get(config, "avs"));
	assert_null(json_object_get(config, "stake"));
	assert_null(json_object_get(config, "prepare"));
	/* The key is carol's, and it has no account of its own. */
	assert_ok(json_read_file(&keystore,
				 json_string_value(
					 json_object_get(config, "keystore")),
				 &e),
		  &e);
	assert_ok(devnet_address(&carol, "carol", &e), &e);
	assert_ok(json_text_at(&owner, keystore, "address", &e), &e);
	assert_int_equal(strcasecmp(owner, fmt_addr(&carol).s + 2), 0);
	assert_null(book_by_name(live_book(w), "keeper"));
}

static void one_that_only_reads(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = keeper(stand_in("reads", READY STAYS));
	CLEANUP(json_decrefp) json_t *config = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	config = config_of(w);
	assert_null(json_object_get(config, "keystore"));
	assert_null(json_object_get(config, "config"));
	op.key = "carl";
	assert_err(live_begin(w, &op, 1, 1, &e), &e, ERR_SCHEMA,
		   "the key of keeper: the world has no account carl");
}

/* A chain of nobody's is the same chain beside a process: nothing is prepared,
 * and what it did is taken back. */
static void the_chain_is_the_same(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = keeper(stand_in("same", READY STAYS));
	struct block before, with;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_head(w, &before, &e), &e);
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_ok(live_head(w, &with, &e), &e);
	assert_true(hash_eq(&before.hash, &with.hash));
	assert_false(live_alone(w));
}

static bool is_busy(void *arg)
{
	return live_busy(arg);
}

static bool has_begun(void *arg)
{
	struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	bool yes;

	assert_ok(live_log(arg, "keeper", &out, &e), &e);
	yes = strstr(buf_str(&out), "begins");
	buf_done(&out);
	return yes;
}

/* Nobody waits for it, but its end is seen. */
static void one_that_says_nothing(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(freep) char *fifo = scratched("until");
	CLEANUP(freep) char *body =
		xasprintf("cat %s\necho 'so tired' >&2\nexit 4\n", fifo);
	struct live_operator op = keeper(stand_in("quiet", body));
	struct err e = ERR_INIT;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	op.process = false;
	op.unheard = true;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_string_equal(live_process_state(w, "keeper"), "stopped");
	assert_ok(live_process(w, "keeper", LIVE_START, &e), &e);
	assert_string_equal(live_process_state(w, "keeper"), "running");
	assert_ok(live_advance(w, 1100, 0, &e), &e);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	assert_ok(loop_run_until(loop, is_busy, w, clock_ms() + 10000,
				 "its end", &e),
		  &e);
	assert_err(live_rest(w, &e), &e, ERR_CHILD,
		   "process keeper ended untold: exit status 4");
	assert_non_null(strstr(e.text, "so tired"));
	live_bury(w);
	assert_ok(live_rest(w, &e), &e);
}

static void ends(const char *name, const char *body, const char *why)
{
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(freep) char *script = xasprintf("%s%s", body, LISTENS);
	struct live_operator op = keeper(stand_in(name, script));
	struct err e = ERR_INIT;

	op.unheard = true;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_ok(loop_run_until(loop, has_begun, w, clock_ms() + 10000,
				 "its first line", &e),
		  &e);
	if (why)
		assert_err(live_process(w, "keeper", LIVE_STOP, &e), &e,
			   ERR_CHILD, why);
	else
		assert_ok(live_process(w, "keeper", LIVE_STOP, &e), &e);
	assert_string_equal(live_process_state(w, "keeper"), "stopped");
}

/* Who knows nothing of us ends as any program does that is told to. */
static void how_one_ends_that_says_nothing(void **state)
{
	(void)state;
	ends("defaults", "", NULL);
	ends("shell's", "trap 'exit 143' TERM\n", NULL);
	ends("fails", "trap 'exit 5' TERM\n",
	     "process keeper did not end cleanly: exit status 5");
	ends("crashes", "trap 'kill -s SEGV $$' TERM\n",
	     "process keeper did not end cleanly: killed by SIGSEGV");
}

static void served_by(struct live *w, const char *says)
{
	struct http_answer answer;
	struct err e = ERR_INIT;

	assert_err(live_fetch(w, "keeper", LIVE_OTHER, "GET", "", NULL,
			      &answer, &e),
		   &e, ERR_HTTP, says);
}

static void one_that_serves_nothing(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = keeper(stand_in("serves", READY STAYS));
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	served_by(w, "keeper did not say that it serves its url");
	assert_ok(live_process(w, "keeper", LIVE_KILL, &e), &e);
	served_by(w, "keeper does not run, so nobody serves its url");
}

static void one_that_is_missed(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = keeper(stand_in(
		"missed", READY "read -r line\nexit 0\n"));
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	loop_limit(loop, clock_ms() + 300, "the test's patience is at an end");
	assert_err(live_advance(w, 1100, 0, &e), &e, ERR_TIMEOUT,
		   "keeper (handled block 1000 of 1100");
	loop_limit(loop, UINT64_MAX, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_is_given),
		cmocka_unit_test(one_that_only_reads),
		cmocka_unit_test(the_chain_is_the_same),
		cmocka_unit_test(one_that_says_nothing),
		cmocka_unit_test(how_one_ends_that_says_nothing),
		cmocka_unit_test(one_that_serves_nothing),
		cmocka_unit_test(one_that_is_missed),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
