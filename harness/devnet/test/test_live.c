/*
 * live*.c without operators: chains, roles, what is refused. Worlds with
 * operators, contracts and TEEs are what scenarios/ plays.
 */
#include "devnet/live.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "devnet/test/core_world.h"
#include "devnet/test/stand_in.h"

#include "base/clock.h"
#include "devnet/live_priv.h"

static struct block head_of(struct live *w)
{
	struct err e = ERR_INIT;
	struct block b;

	assert_ok(chain_block(live_rpc(w), CHAIN_HEAD, &b, &e), &e);
	return b;
}

static void names_are_bound(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	const struct book_entry *am, *carol;

	(void)state;
	am = book_by_name(live_book(w), "allocationManager");
	carol = book_by_name(live_book(w), "carol");
	assert_non_null(am);
	assert_string_equal(am->artifact, "AllocationManager");
	assert_non_null(abi_function(am->abi, "slashOperator", NULL));
	assert_non_null(carol);
	assert_null(carol->artifact);
	assert_int_equal(live_chain_id(w), 31337);
}

static void roles_can_send(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct book_entry *mallory =
		book_by_name(live_book(w), "mallory");
	struct err e = ERR_INIT;
	struct receipt rc;

	(void)state;
	assert_ok(live_send(w, a, "carol", &mallory->address,
			    u256_from_u64(7), NULL, 0, 0, &rc, &e), &e);
	assert_true(rc.ok);
	assert_int_equal(rc.block, 1001);
	assert_err(live_send(w, a, "nobody", &mallory->address, U256_ZERO,
			     NULL, 0, 0, &rc, &e), &e, ERR_SCHEMA,
		   "nobody is no actor");
}

/* Also behind our back, if only we are told. */
static void nonces_are_kept_up(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 carol =
		book_by_name(live_book(w), "carol")->address;
	struct err e = ERR_INIT;
	struct receipt rc;

	(void)state;
	for (uint64_t block = 1001; block < 1007; block += 3) {
		assert_ok(live_send(w, a, "carol", &carol, U256_ONE, NULL, 0, 0,
				    &rc, &e), &e);
		assert_ok(live_send(w, a, "carol", &carol, U256_ONE, NULL, 0, 0,
				    &rc, &e), &e);
		assert_ok(node_send_as(live_rpc(w), a, &carol, &carol, U256_ONE,
				       NULL, 0, 0, &rc, NULL, &e), &e);
		live_moved(w);
		assert_int_equal(rc.block, block + 2);
	}
}

static uint64_t state_of(struct live *w)
{
	struct err e = ERR_INIT;
	uint64_t state = 0;

	assert_ok(live_state(w, &state, &e), &e);
	return state;
}

/* There and back: the head, nonces, and whether anything changed. */
static void what_is_known_is_not_asked(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 carol =
		book_by_name(live_book(w), "carol")->address;
	struct err e = ERR_INIT;
	struct live_point at;
	struct block head, real;
	struct receipt rc;
	uint64_t sent, was = state_of(w);

	(void)state;
	assert_ok(live_mark(w, &at, &e), &e);
	assert_true(live_returns(w, was));
	for (uint64_t i = 0; i < 5; i++) {
		w->open = i == 4; /* then its block may be shared */
		sent = rpc_sent(live_rpc(w));
		assert_ok(live_send(w, a, "carol", &carol, U256_ONE, NULL, 0, 0,
				    &rc, &e), &e);
		assert_ok(live_head(w, &head, &e), &e);
		sent = rpc_sent(live_rpc(w)) - sent;
		assert_int_equal(sent, w->open ? 3 : 1);
		real = head_of(w);
		assert_memory_equal(&head, &real, sizeof(head));
		assert_int_not_equal(state_of(w), was);
		assert_ok(live_back(w, &at, &e), &e);
		assert_int_equal(state_of(w), was);
	}
	/* Who sends without our counting is asked for again, also back there. */
	assert_ok(live_send_as(w, a, &carol, &carol, U256_ONE, NULL, 0, 0, &rc,
			       &e), &e);
	assert_ok(live_send(w, a, "carol", &carol, U256_ONE, NULL, 0, 0, &rc,
			    &e), &e);
	assert_ok(live_back(w, &at, &e), &e);
	assert_ok(live_send(w, a, "carol", &carol, U256_ONE, NULL, 0, 0, &rc,
			    &e), &e);
	/* A balance is a change without a block. */
	was = state_of(w);
	assert_ok(live_fund(w, &carol, &e), &e);
	assert_int_not_equal(state_of(w), was);
	/* And so may be what others did. */
	was = state_of(w);
	live_moved(w);
	assert_int_not_equal(state_of(w), was);
	assert_int_equal(state_of(w), state_of(w));
}

/* Only who cannot pay for gas is given 1 ETH for it; nobody else's is asked. */
static void who_cannot_pay_is_given_ether(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 poor = { .b = { 0xaa } }, to = { .b = { 0xbb } };
	const struct u256 ether = u256_from_u64(1000000000000000000);
	struct u256 left, more;
	struct err e = ERR_INIT;
	struct receipt rc;
	uint64_t was, sent;
	bool fits;

	(void)state;
	was = state_of(w);
	assert_ok(live_send_as(w, a, &poor, &to, u256_from_u64(7), NULL, 0, 0,
			       &rc, &e), &e);
	assert_true(rc.ok);
	assert_int_not_equal(state_of(w), was);
	assert_ok(chain_balance(live_rpc(w), &poor, &left, &e), &e);
	assert_true(u256_cmp(left, ether) < 0);
	assert_false(u256_is_zero(left));
	/* What is left of it is enough for the next one. */
	assert_ok(live_head(w, &(struct block){ 0 }, &e), &e);
	sent = rpc_sent(live_rpc(w));
	assert_ok(live_send_as(w, a, &poor, &to, u256_from_u64(7), NULL, 0, 0,
			       &rc, &e), &e);
	assert_int_equal(rpc_sent(live_rpc(w)) - sent, 3);
	assert_ok(chain_balance(live_rpc(w), &poor, &more, &e), &e);
	assert_true(u256_cmp(more, left) < 0);
	/* No more than that is given. */
	fits = u256_add(&more, ether, u256_from_u64(1));
	assert_true(fits);
	assert_err(live_send_as(w, a, &poor, &to, more, NULL, 0, 0, &rc, &e),
		   &e, ERR_RPC, "Insufficient funds");
}

/* The time that is set is the next block's. */
static void a_set_time_is_the_next_ones(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 to = { .b = { 0xbb } };
	const uint64_t time = head_of(w).time;
	struct err e = ERR_INIT;
	struct block head;
	struct receipt rc;

	(void)state;
	assert_ok(live_next_time(w, time + 100, &e), &e);
	for (uint64_t i = 0; i < 2; i++) {
		assert_ok(live_send(w, a, "carol", &to, U256_ONE, NULL, 0, 0,
				    &rc, &e), &e);
		assert_ok(live_head(w, &head, &e), &e);
		assert_int_equal(head.time, time + 100 + i);
	}
}

static size_t logged(struct live *w, uint64_t from, uint64_t last)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct log *logs = NULL;
	struct err e = ERR_INIT;
	size_t n;

	assert_ok(live_logs(w, a, from, &logs, &n, &e), &e);
	if (n)
		assert_int_equal(logs[n - 1].block, last);
	return n;
}

/* Whether or not they came along with the head. */
static void logs_are_told_once_and_again(void **state)
{
	static const uint8_t logs[] = { 0x5f, 0x5f, 0xa0 };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 to = { .b = { 0xbb } };
	struct err e = ERR_INIT;
	struct receipt rc;

	(void)state;
	assert_ok(node_set_code(live_rpc(w), &to, logs, sizeof(logs), &e), &e);
	for (uint64_t block = 1001; block < 1004; block++) {
		assert_ok(live_send(w, a, "carol", &to, U256_ONE, NULL, 0, 0,
				    &rc, &e), &e);
		assert_int_equal(logged(w, block, block), 1);
		live_moved(w);
		assert_int_equal(logged(w, block + 1, 0), 0);
	}
	assert_int_equal(logged(w, 1001, 1003), 3);
	assert_ok(live_advance(w, 1010, 0, &e), &e);
	assert_ok(live_send(w, a, "carol", &to, U256_ONE, NULL, 0, 0, &rc, &e),
		  &e);
	assert_int_equal(logged(w, 1002, 1011), 3);
	assert_int_equal(logged(w, 1004, 1011), 1);
}

/* Mined by somebody else between the head's answer and the logs': not yet. */
static void logs_beyond_the_head_are_told_with_it(void **state)
{
	static const uint8_t code[] = { 0x5f, 0x5f, 0xa0 };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct addr20 to = { .b = { 0xbb } };
	struct err e = ERR_INIT;
	struct block head = { .number = 0 };
	struct receipt rc;

	(void)state;
	assert_ok(node_set_code(live_rpc(w), &to, code, sizeof(code), &e), &e);
	for (int i = 0; i < 2; i++) {
		assert_ok(live_send(w, a, "carol", &to, U256_ONE, NULL, 0, 0,
				    &rc, &e), &e);
		if (i == 0)
			head = head_of(w);
	}
	live_moved(w);
	w->head.next = 1001;
	assert_ok(live_head(w, &(struct block){ .number = 0 }, &e), &e);
	assert_int_equal(json_array_size(w->head.logs), 2);
	w->head.block = head;
	assert_int_equal(logged(w, 1001, 1001), 1);
	live_moved(w);
	assert_int_equal(logged(w, 1002, 1002), 1);
}

/* Scenarios on one world do not see each other. */
static void every_scenario_starts_alike(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(live_freep) struct live *w = core_world();
	const struct book_entry *carol = book_by_name(live_book(w), "carol");
	struct block first = head_of(w), sent, again;
	struct err e = ERR_INIT;
	struct receipt rc;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
		again = head_of(w);
		assert_true(hash_eq(&first.hash, &again.hash));
		assert_ok(live_send(w, a, "mallory", &carol->address,
				    U256_ONE, NULL, 0, 0, &rc, &e), &e);
		again = head_of(w);
		if (i == 0)
			sent = again;
		assert_true(hash_eq(&sent.hash, &again.hash));
		assert_ok(live_advance(w, 100000, 0, &e), &e);
	}
}

/* A world that keeps its state in a folder of this test's. */
static bool keeping(struct live **ret, struct err *e)
{
	struct live_spec spec = core_spec();

	spec.keeps = true;
	assert_ok(live_new(ret, loop, &spec, &nothing, e), e);
	free((*ret)->kept);
	(*ret)->kept = scratched("kept");
	return live_begin(*ret, NULL, 0, 1, e);
}

/* The file that says which of the kept states counts. */
static char *latest_kept(void)
{
	CLEANUP(freep) char *dir = scratched("kept");
	char *found = NULL;
	DIR *d = opendir(dir);

	assert_non_null(d);
	for (struct dirent *x; (x = readdir(d));)
		if (strstr(x->d_name, ".latest")) {
			assert_null(found);
			found = xasprintf("%s/%s", dir, x->d_name);
		}
	closedir(d);
	assert_non_null(found);
	return found;
}

static struct u256 balance_kept(const struct addr20 *of)
{
	CLEANUP(live_freep) struct live *w = NULL;
	struct err e = ERR_INIT;
	struct u256 balance;

	assert_ok(keeping(&w, &e), &e);
	assert_ok(chain_balance(live_rpc(w), of, &balance, &e), &e);
	return balance;
}

/* Two states of one height, time and predecessor, one after the other. */
static void what_is_kept_is_the_last(void **state)
{
	const struct addr20 to = { .b = { 0xcc } };
	CLEANUP(freep) char *latest = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (uint64_t wei = 7; wei <= 9; wei += 2) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		CLEANUP(live_freep) struct live *w = NULL;
		struct receipt rc;

		assert_ok(keeping(&w, &e), &e);
		assert_ok(live_send(w, a, "carol", &to, u256_from_u64(wei),
				    NULL, 0, 0, &rc, &e), &e);
		assert_int_equal(rc.block, 1001);
		assert_ok(live_keep(w, &e), &e);
		free(latest);
		latest = latest_kept();
		assert_true(u256_eq(balance_kept(&to), u256_from_u64(wei)));
		if (wei == 7)
			assert_int_equal(unlink(latest), 0);
	}
}

static void a_dead_chain_is_replaced(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kill(anvil_pid(w->now->anvil), SIGKILL), 0);
	assert_err(live_advance(w, 2000, 0, &e), &e, ERR_CHILD,
		   "anvil died (killed by SIGKILL)");
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	assert_ok(live_advance(w, 2000, 0, &e), &e);
	assert_int_equal(head_of(w).number, 2000);
}

/* What alice's TEE says in a world that has just begun. */
static json_t *first_quote(struct live *w)
{
	const struct live_operator alice = { .name = "alice",
					     .avs = "test",
					     .tee = "tdx",
					     .by_hand = true };
	struct err e = ERR_INIT;
	json_t *quote;

	assert_ok(live_begin(w, &alice, 1, 1, &e), &e);
	assert_ok(live_quote(w, "alice", "x", 1, &quote, &e), &e);
	return quote;
}

static bool is_dead(void *tee)
{
	return !tee_alive(tee);
}

/* One simulator after the other world: nothing of that is left in it. */
static void worlds_share_a_simulator(void **state)
{
	static const char *const tokens[] = { "TOK" };
	static const struct plain_token plain = { "TOK", 18 };
	static const struct plain_set set = { tokens, 1 };
	static const struct plain_avs avs = { "test", &set, 1 };
	static const char *const role = "test";
	CLEANUP(json_decrefp) json_t *want = NULL, *broken = NULL;
	struct live_chains *chains = live_chains_new();
	struct live_spec spec = core_spec();
	struct live *w[2] = { NULL, NULL };
	struct err e = ERR_INIT;
	pid_t first;

	(void)state;
	spec.chains = chains;
	spec.tokens = tokens;
	spec.plain = &plain;
	spec.accounts = &avs;
	spec.roles = &role;
	spec.tokens_n = spec.plain_n = spec.roles_n = 1;
	spec.accounts_n = 1;
	for (size_t i = 0; i < 2; i++)
		assert_ok(live_new(&w[i], loop, &spec, &nothing, &e), &e);
	want = first_quote(w[0]);
	first = tee_pid(w[0]->tee);
	for (size_t i = 0; i < 4; i++) {
		struct live *now = w[i % 2];
		CLEANUP(json_decrefp) json_t *got = first_quote(now);

		assert_true(json_equal(got, want));
		assert_int_equal(tee_pid(now->tee), first);
		/* Whose it was has none. */
		assert_null(w[(i + 1) % 2]->tee);
		assert_ok(live_break(now, "alice", "td-debug", &e), &e);
		assert_ok(live_issue(now, json_pack("{s:i}", "bar", 1), &e),
			  &e);
		json_decref(TAKE(broken));
		assert_ok(live_quote(now, "alice", "x", 1, &broken, &e), &e);
		assert_false(json_equal(broken, want));
	}
	/* One that died in between is replaced. */
	assert_int_equal(kill(first, SIGKILL), 0);
	assert_ok(loop_run_until(loop, is_dead, w[1]->tee, clock_ms() + 10000,
				 "the simulator to die", &e), &e);
	json_decref(TAKE(broken));
	broken = first_quote(w[0]);
	assert_true(json_equal(broken, want));
	assert_int_not_equal(tee_pid(w[0]->tee), first);
	live_free(w[0]);
	live_free(w[1]);
	live_chains_free(chains);
}

static void what_is_not_there_is_said(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_command c;
	const char *args[] = { "status", NULL };
	struct err e = ERR_INIT;
	struct addr20 a;
	uint64_t n;

	(void)state;
	assert_err(live_run(w, "alice", args, &c, &e), &e, ERR_SCHEMA,
		   "alice is no operator or process of this "
		   "scenario");
	assert_err(live_process(w, "alice", LIVE_PAUSE, &e), &e, ERR_SCHEMA,
		   "alice is no operator");
	assert_err(live_break(w, "alice", "td-debug", &e), &e, ERR_SCHEMA,
		   "alice is no operator");
	assert_err(live_strategy(w, "PHA", &a, &e), &e, ERR_SCHEMA,
		   "PHA is no token of this world");
	assert_false(live_running(w, "alice"));
	assert_ok(live_constant(w, "DEALLOCATION_DELAY", &n, &e), &e);
	assert_int_equal(n, 50);
}

/* An AVS is any contract to a daemon that asks for nothing. */
static struct live_operator alice(const char *program)
{
	return (struct live_operator){ .name = "alice",
				       .program = program,
				       .avs = "allocationManager",
				       .process = true };
}

static void a_stand_in_plays(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = alice(stand_in(
		"plays", SAYS_READY SAYS_HANDLED("1000") "exec cat >/dev/null\n"));
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_true(live_running(w, "alice"));
	assert_ok(live_process(w, "alice", LIVE_PAUSE, &e), &e);
	assert_false(live_running(w, "alice"));
	/* A paused one is not waited for. */
	assert_ok(live_advance(w, 1100, 0, &e), &e);
	assert_ok(live_process(w, "alice", LIVE_KILL, &e), &e);
	assert_err(live_process(w, "alice", LIVE_PAUSE, &e), &e, ERR_SCHEMA,
		   "no process of it runs");
	assert_err(live_process(w, "alic", LIVE_START, &e), &e, ERR_SCHEMA,
		   "nearest: alice");
}

static pid_t pid_in(const char *path)
{
	struct buf text = BUF_INIT(64);
	struct err e = ERR_INIT;
	long pid;

	assert_ok(buf_read_file(&text, path, &e), &e);
	assert_int_equal(sscanf(buf_str(&text), "%ld", &pid), 1);
	buf_done(&text);
	return (pid_t)pid;
}

/* A command that does not end is over with the wait for it. */
static void one_whose_command_goes_on(void **state)
{
	static const char *const args[] = { "wait", NULL };
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(freep) char *path = scratched("waits.pid");
	CLEANUP(freep) char *body = xasprintf(
		"if [ $1 = wait ]; then echo $$ >%s; exec cat >/dev/null; fi\n"
		SAYS_READY SAYS_HANDLED("1000") "exec cat >/dev/null\n", path);
	struct live_operator op = alice(stand_in("waits", body));
	struct live_command c;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	loop_limit(loop, clock_ms() + 500, "the test's patience is at an end");
	assert_err(live_run(w, "alice", args, &c, &e), &e, ERR_TIMEOUT,
		   "the test's patience is at an end");
	assert_non_null(strstr(e.text, "a command runs"));
	assert_int_equal(kill(pid_in(path), 0), -1);
	assert_int_equal(errno, ESRCH);
	loop_limit(loop, clock_ms() + 5000, "it is still waited for");
	assert_ok(live_rest(w, &e), &e);
	loop_limit(loop, UINT64_MAX, "");
}

static void one_that_ends_untold(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = alice(stand_in(
		"ends", SAYS_READY "echo 'out of luck' >&2\nexit 3\n"));
	struct err e = ERR_INIT;

	(void)state;
	assert_err(live_begin(w, &op, 1, 1, &e), &e, ERR_CHILD,
		   "operator alice ended untold: exit status 3");
	assert_non_null(strstr(e.text, "out of luck"));
	/* The world goes on without it. */
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
}

static void one_that_is_missing(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = alice("/nonexistent/operator");
	struct err e = ERR_INIT;

	(void)state;
	assert_err(live_begin(w, &op, 1, 1, &e), &e, ERR_OS,
		   "/nonexistent/operator");
}

/* More than is kept, in one line, and many short ones, before it is ready. */
static void one_that_floods(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = alice(stand_in(
		"floods", "head -c 80000000 /dev/zero\n"
			  "yes | head -c 400000\n"
			  "echo\n" SAYS_READY SAYS_HANDLED("1000")
			  "exec cat >/dev/null\n"));
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(live_begin(w, &op, 1, 1, &e), &e);
	assert_true(live_running(w, "alice"));
}

/* Of another build than ours: told at once, whatever it does otherwise. */
static void one_of_another_contract(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = alice(stand_in(
		"other", "echo '{\"event\":\"ready\",\"contract\":4711}'\n"
		SAYS_HANDLED("1000") "exec cat >/dev/null\n"));
	struct err e = ERR_INIT;

	(void)state;
	assert_err(live_begin(w, &op, 1, 1, &e), &e, ERR_UNSUPPORTED,
		   "operator alice speaks version 4711 of the contract");
	assert_non_null(strstr(e.text, op.program));
}

/*
 * Holds 300 transactions at once, which the node will refuse: as one whom each
 * block makes send another, but at no time without one.
 */
static void one_that_sends_on(void **state)
{
	static const char script[] =
		"exec node -e '\n"
		"const config = JSON.parse(require(\"fs\")"
		".readFileSync(process.env.AVS_OPERATOR_CONFIG));\n"
		"const s = require(\"net\").connect(config.rpc.ipc);\n"
		"for (let id = 1; id <= 300; id++) s.write(JSON.stringify("
		"{jsonrpc: \"2.0\", id, method: \"eth_sendRawTransaction\", "
		"params: [\"0x00\"]}));\n"
		"for (const o of [{event: \"ready\"}, {event: \"handled\", "
		"block: 1000, requests: 300}]) console.log(JSON.stringify(o));\n"
		"s.resume(); process.stdin.on(\"end\", () => process.exit(0))"
		".resume();'\n";
	CLEANUP(live_freep) struct live *w = core_world();
	struct live_operator op = alice(stand_in("sends", script));
	struct err e = ERR_INIT;

	(void)state;
	assert_err(live_begin(w, &op, 1, 1, &e), &e, ERR_LIMIT,
		   "operator alice does not come to rest: it has sent 256 "
		   "times");
}

static void another_release_is_refused(void **state)
{
	struct live_spec spec = core_spec();
	struct live *w = NULL;
	struct err e = ERR_INIT;

	(void)state;
	spec.release = "1.4.1";
	assert_err(live_new(&w, loop, &spec, &nothing, &e), &e,
		   ERR_UNSUPPORTED, "the world wants EigenLayer 1.4.1");
	spec = core_spec();
	spec.profile = "slow";
	assert_err(live_new(&w, loop, &spec, &nothing, &e), &e, ERR_SCHEMA,
		   "has no profile `slow`; it has fast, mainnet");
	assert_null(w);
}

static void a_tampered_world_does_not_start(void **state)
{
	CLEANUP(live_freep) struct live *w = NULL;
	struct live_spec spec = core_spec();
	struct err e = ERR_INIT;

	(void)state;
	spec.tamper = "delegationManager";
	assert_ok(live_new(&w, loop, &spec, &nothing, &e), &e);
	assert_err(live_begin(w, NULL, 0, 1, &e), &e, ERR_MISMATCH,
		   "delegationManager (its address");
}

static void mainnet_delays(void **state)
{
	CLEANUP(live_freep) struct live *w = NULL;
	struct live_spec spec = core_spec();
	struct err e = ERR_INIT;
	uint64_t n;

	(void)state;
	spec.profile = "mainnet";
	assert_ok(live_new(&w, loop, &spec, &nothing, &e), &e);
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	assert_ok(live_constant(w, "ALLOCATION_CONFIGURATION_DELAY", &n, &e),
		  &e);
	assert_int_equal(n, 126000);
	assert_int_equal(head_of(w).number, 200000);
	assert_ok(live_advance(w, 200000 + n, 0, &e), &e);
	assert_int_equal(head_of(w).number, 326000);
}

int main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(names_are_bound), T(roles_can_send), T(nonces_are_kept_up),
		T(what_is_known_is_not_asked),
		T(who_cannot_pay_is_given_ether), T(a_set_time_is_the_next_ones),
		T(logs_are_told_once_and_again),
		T(logs_beyond_the_head_are_told_with_it),
		T(every_scenario_starts_alike), T(what_is_kept_is_the_last),
		T(a_dead_chain_is_replaced), T(worlds_share_a_simulator),
		T(what_is_not_there_is_said), T(a_stand_in_plays),
		T(one_whose_command_goes_on), T(one_that_ends_untold),
		T(one_that_is_missing), T(one_that_floods),
		T(one_of_another_contract), T(one_that_sends_on),
		T(another_release_is_refused),
		T(a_tampered_world_does_not_start), T(mainnet_delays),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
