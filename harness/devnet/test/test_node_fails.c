/* LINK: -Wl,--wrap=rpc_call -Wl,--wrap=rpc_call_all */
/*
 * A node that refuses one request: whichever it is, the world says so, and what
 * comes next is as if nothing had been.
 */
#include "devnet/live.h"

#include <dirent.h>
#include <sys/stat.h>

#include "devnet/test/ground.h"
#include "devnet/test/refusal.h"

#include "base/hex.h"
#include "devnet/judge.h"
#include "devnet/state.h"

/* --- a world ----------------------------------------------------------------- */

static const char *const tokens[] = { "LUCK" };
static const char *const roles[] = { "carol", "mallory", "test" };
static const struct plain_token plain[] = { { "LUCK", 18 } };
static const struct plain_set sets[] = { { tokens, 1 } };
static const struct plain_avs accounts[] = { { "test", sets, 1 } };
static const struct live_spec spec = { .release = "1.8.1",
				       .profile = "fast",
				       .tokens = tokens,
				       .tokens_n = 1,
				       .plain = plain,
				       .plain_n = 1,
				       .accounts = accounts,
				       .accounts_n = 1,
				       .roles = roles,
				       .roles_n = ARRAY_LEN(roles) };
static const struct live_events nothing;

static bool world(struct live **ret, struct err *e)
{
	struct live_spec s = spec;

	s.root = root();
	return live_new(ret, loop, &s, &nothing, e);
}

/* One whom the harness prepares, and somebody's program with a TEE. */
static bool begin(struct live *w, struct err *e)
{
	const struct live_stake stake = { .token = "LUCK",
					  .amount = u256_from_u64(1000000),
					  .magnitude = 500000000000000000u };
	CLEANUP(freep) char *program = scratched("program");
	const struct live_operator ops[] = {
		{ .name = "erin",
		  .stake = &stake,
		  .stake_n = 1,
		  .avs = "test",
		  .by_hand = true,
		  .ready = LIVE_JOINED },
		{ .name = "alice",
		  .program = program,
		  .tee = "tdx",
		  .avs = "allocationManager",
		  .process = true },
	};

	return live_begin(w, ops, ARRAY_LEN(ops), 1, e);
}

static bool make_world(void *arg, struct err *e)
{
	CLEANUP(live_freep) struct live *w = NULL;

	(void)arg;
	return world(&w, e);
}

static bool make_ready(void *arg, struct err *e)
{
	return begin(arg, e);
}

/* A cache in which nobody has made this world ready. */
static void own_cache(void)
{
	CLEANUP(freep) char *real = NULL;
	CLEANUP(freep) char *own = scratched("cache");
	CLEANUP(freep) char *from = NULL;
	CLEANUP(freep) char *to = xasprintf("%s/state", own);
	struct err e = ERR_INIT;

	assert_ok(state_cache(&real, &e), &e);
	from = xasprintf("%s/state", real);
	assert_int_equal(mkdir(own, 0700) | mkdir(to, 0700), 0);
	DIR *d = opendir(from);

	assert_non_null(d);
	for (struct dirent *x; (x = readdir(d));) {
		CLEANUP(freep)
		char *there = xasprintf("%s/%s", from, x->d_name);
		CLEANUP(freep) char *here = xasprintf("%s/%s", to, x->d_name);

		if (x->d_name[0] != '.')
			assert_int_equal(symlink(there, here), 0);
	}
	closedir(d);
	setenv("AVSBED_CACHE", own, 1);
}

static int prepare(void **state)
{
	CLEANUP(freep) char *program = NULL;
	int rc = ground_setup(state);

	program = scratched("program");
	put(program,
	    "#!/bin/sh\n"
	    "echo '{\"event\":\"ready\"}'\n"
	    "for b in $(seq 1000 1100); do\n"
	    "echo '{\"event\":\"handled\",\"block\":'$b',\"requests\":0}'\n"
	    "done\n"
	    "exec cat >/dev/null\n");
	assert_int_equal(chmod(program, 0755), 0);
	own_cache();
	return rc;
}

static void a_world_is_made(void **state)
{
	size_t n = 0;

	(void)state;
	while (another(n, make_world, NULL, "live_new"))
		n++;
}

static void its_operators_are_made_ready(void **state)
{
	CLEANUP(live_freep) struct live *w = NULL;
	struct err e = ERR_INIT;
	size_t n = 0;

	(void)state;
	assert_ok(world(&w, &e), &e);
	while (another(n, make_ready, w, "live_begin"))
		n++;
}

/* --- what is done in it ------------------------------------------------------- */

struct doing {
	struct live *w;
	struct arena *a;
};

static const struct addr20 stranger = { .b = { 0xaa } };

static bool pay(const struct doing *d, const char *who, struct err *e)
{
	struct receipt r;

	return live_send(d->w, d->a, who, &stranger, U256_ONE, "", 0, 0, &r, e);
}

static bool send(void *arg, struct err *e)
{
	return pay(arg, "carol", e);
}

/* Whose account is a contract, which has no key. */
static bool send_as(void *arg, struct err *e)
{
	struct doing *d = arg;
	struct receipt r;

	return live_send(d->w, d->a, "delegationManager", &stranger, U256_ZERO,
			 "", 0, 0, &r, e);
}

static bool create(void *arg, struct err *e)
{
	struct doing *d = arg;
	struct receipt r;

	return live_send(d->w, d->a, "carol", NULL, U256_ZERO, "\0", 1, 0, &r,
			 e);
}

static bool block(void *arg, struct err *e)
{
	struct doing *d = arg;
	const size_t order[] = { 1, 0 };
	struct live_tx txs[] = {
		{ .actor = "carol", .to = stranger, .value = U256_ONE },
		{ .actor = "nobody's",
		  .keyless = true,
		  .from = stranger,
		  .to = stranger,
		  .value = U256_ONE },
	};

	return live_fund(d->w, &stranger, e) &&
	       live_block(d->w, d->a, txs, order, 2, e);
}

static bool there_and_back(void *arg, struct err *e)
{
	struct doing *d = arg;
	struct live_point at;

	return live_snapshot(d->w, &at, e) && pay(d, "carol", e) &&
	       live_restore(d->w, &at, e);
}

static bool advance(void *arg, struct err *e)
{
	struct doing *d = arg;

	return live_advance(d->w, 5000, 0, e);
}

static bool reorg(void *arg, struct err *e)
{
	struct doing *d = arg;
	uint64_t fork;

	return pay(d, "carol", e) && pay(d, "mallory", e) &&
	       live_reorg(d->w, 1, &fork, e) && pay(d, "carol", e) &&
	       live_reorg_done(d->w, e);
}

static bool fund(void *arg, struct err *e)
{
	struct doing *d = arg;
	struct addr20 frank;

	return live_account(d->w, "frank", &frank, e) &&
	       live_fund(d->w, &frank, e);
}

static bool relay(void *arg, struct err *e)
{
	struct doing *d = arg;
	struct buf data = BUF_INIT(4096);
	struct addr20 at;
	bool ok = live_relay(d->w, &at, &stranger, "", 0, &data, e);

	buf_done(&data);
	return ok;
}

static void what_is_done(void **state)
{
	static const struct {
		const char *name;
		bool (*fn)(void *arg, struct err *e);
	} all[] = {
		{ "live_send", send },
		{ "live_send of a contract", send_as },
		{ "live_send of a creation", create },
		{ "live_block", block },
		{ "live_restore", there_and_back },
		{ "live_advance", advance },
		{ "live_reorg", reorg },
		{ "live_fund", fund },
		{ "live_relay", relay },
	};
	CLEANUP(live_freep) struct live *w = NULL;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct doing d = { .a = a };
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(world(&w, &e), &e);
	d.w = w;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		bool more = true;

		for (size_t n = 0; more; n++) {
			assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
			more = another(n, all[i].fn, &d, all[i].name);
		}
	}
}

/* What was mined is not sent again, however little its sender has left: only the
 * end of impersonating it, the last request, is refused. */
static void what_was_mined_is_not_sent_again(void **state)
{
	CLEANUP(live_freep) struct live *w = NULL;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct addr20 poor = { .b = { 0xcc } }, to = { .b = { 0xbb } };
	struct err e = ERR_INIT;
	struct receipt rc;
	struct u256 has;
	bool ok;

	(void)state;
	assert_ok(world(&w, &e), &e);
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	assert_ok(live_send_as(w, a, &poor, &to, U256_ONE, "", 0, 0, &rc, &e),
		  &e);
	assert_ok(live_head(w, &(struct block){ 0 }, &e), &e);
	memset(&refusal, 0, sizeof(refusal));
	refusal.left = 2;
	refusal.armed = true;
	ok = live_send_as(w, a, &poor, &to, U256_ONE, "", 0, 0, &rc, &e);
	refusal.armed = false;
	assert_true(refusal.fired);
	assert_string_equal(refusal.what, "anvil_stopImpersonatingAccount");
	assert_ok(chain_balance(live_rpc(w), &to, &has, &(struct err){ 0 }),
		  &e);
	assert_true(u256_eq(has, u256_from_u64(2)));
	assert_false(ok);
	assert_non_null(strstr(e.text, REFUSED));
}

/* --- a quote that is judged -------------------------------------------------- */

#define AT 1767225600u

struct quoted {
	uint8_t *data;
	size_t len;
	json_t *collateral;
	struct p256_pub root;
};

static void quoted_done(struct quoted *q)
{
	free(q->data);
	json_decref(q->collateral);
}

static void read_quote(struct quoted *q, const char *name)
{
	CLEANUP(freep) char *quote = rooted(name);
	CLEANUP(freep)
	char *collateral = rooted("fixtures/quotes/collateral.json");
	CLEANUP(freep)
	char *measured = rooted("fixtures/quotes/measurement.json");
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct buf text = BUF_INIT(1u << 20);
	struct hash32 x, y;
	struct err e = ERR_INIT;

	assert_ok(buf_read_file(&text, quote, &e) &&
			  hex_decode_alloc(&q->data, &q->len, buf_str(&text),
					   strcspn(buf_str(&text), "\n"), &e) &&
			  json_read_file(&q->collateral, collateral, &e) &&
			  json_read_file(&j, measured, &e) &&
			  json_hash_at(&x, j, "root_x", &e) &&
			  json_hash_at(&y, j, "root_y", &e),
		  &e);
	memcpy(q->root.x, x.b, sizeof(x.b));
	memcpy(q->root.y, y.b, sizeof(y.b));
	buf_done(&text);
}

static bool judge(void *arg, struct err *e)
{
	CLEANUP(judge_freep) struct judge *j = NULL;
	struct quoted *q = arg;
	struct verdict v;

	if (!judge_new(&j, loop, root(), &q->root, e) ||
	    !judge_quote(j, &v, q->data, q->len, q->collateral, AT, e))
		return false;
	assert_true(v.accepted);
	assert_string_equal(v.tcb_status, "UpToDate");
	verdict_done(&v);
	return true;
}

static void a_quote_is_judged(void **state)
{
	struct quoted q = { .len = 0 };
	size_t n = 0;

	(void)state;
	read_quote(&q, "fixtures/quotes/valid.hex");
	while (another(n, judge, &q, "judge_quote"))
		n++;
	assert_true(n > 5);
	quoted_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_world_is_made),
		cmocka_unit_test(its_operators_are_made_ready),
		cmocka_unit_test(what_is_done),
		cmocka_unit_test(what_was_mined_is_not_sent_again),
		cmocka_unit_test(a_quote_is_judged),
	};

	return cmocka_run_group_tests(tests, prepare, ground_teardown);
}
