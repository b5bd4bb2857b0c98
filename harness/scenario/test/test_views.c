/* LINK: -Wl,--wrap=chain_many -Wl,--wrap=chain_call -Wl,--wrap=live_rpc */
/* LINK: -Wl,--wrap=live_state -Wl,--wrap=live_returns */
/*
 * What views asks a chain for, counted, and what it makes of the answers. The
 * chain is this test's: a view is a number N, which returns N + 1 and the
 * state; some revert.
 */
#include "test/kit.h"

#include "base/base.h"
#include "eth/many.h"
#include "scenario/play.h"
#include "test/live_stub.h"

#define NOBODY UINT64_MAX

/* --- the chain ---------------------------------------------------------------- */

static unsigned asked_many, asked_in_many, asked_alone;
static uint64_t reverts; /* this number does */
static bool gone;	 /* the node is */
static bool steady;	 /* all states are alike */

bool __wrap_chain_many(struct rpc *r, struct arena *a, uint64_t block,
		       struct many_call *const *calls, size_t n,
		       struct err *e);
bool __wrap_chain_call(struct rpc *r, const struct addr20 *from,
		       const struct addr20 *to, const void *data, size_t len,
		       uint64_t block, struct buf *ret, struct err *e);

static void answer(struct buf *out, uint64_t number)
{
	uint8_t words[64] = { 0 };

	words[31] = (uint8_t)(number + 1);
	words[63] = steady ? 0 : (uint8_t)live_stub_state;
	buf_add(out, words, sizeof(words));
}

static uint64_t number_of(const void *data)
{
	return *(const uint8_t *)data;
}

bool __wrap_chain_many(struct rpc *r, struct arena *a, uint64_t block,
		       struct many_call *const *calls, size_t n, struct err *e)
{
	(void)r;
	assert_int_equal(block, CHAIN_HEAD);
	if (gone && n)
		return err_set(e, ERR_OS, 0, "the node is gone");
	asked_many += n > 0;
	asked_in_many += (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT(64);

		answer(&out, number_of(calls[i]->data));
		calls[i]->answered = number_of(calls[i]->data) != reverts;
		calls[i]->out = arena_memdup(a, out.data, out.len);
		calls[i]->out_len = out.len;
		buf_done(&out);
	}
	return true;
}

bool __wrap_chain_call(struct rpc *r, const struct addr20 *from,
		       const struct addr20 *to, const void *data, size_t len,
		       uint64_t block, struct buf *ret, struct err *e)
{
	(void)r;
	(void)from;
	(void)to;
	(void)block;
	assert_int_equal(len, 1);
	asked_alone++;
	if (number_of(data) == reverts)
		return err_set(e, ERR_REVERT, 0, "number %d reverts",
			       (int)reverts);
	answer(ret, number_of(data));
	return true;
}

/* --- a play that evaluates ------------------------------------------------------- */

struct test {
	struct play p;
	/* What is evaluated: each of @n numbers from @from, or, @chained, as
	 * many as lead from one to the next. */
	uint64_t from, n;
	bool chained;
	bool settles; /* before the last of them */
	bool strays;  /* where nothing is there, to a number that is nobody's */
	unsigned times;
	uint64_t last; /* that an answer gave */
};

static int setup(void **ret)
{
	struct test *t = xcalloc(1, sizeof(*t));

	t->p.arena = arena_new();
	t->p.views = views_new();
	t->n = 3;
	t->from = 1;
	live_stub_state = 1;
	asked_many = asked_in_many = asked_alone = 0;
	reverts = NOBODY;
	gone = steady = live_stub_returns = false;
	*ret = t;
	return 0;
}

static int teardown(void **ret)
{
	struct test *t = *ret;

	views_free(t->p.views);
	arena_free(t->p.arena);
	free(t);
	return 0;
}

static bool ask(struct play *p, uint64_t number, uint64_t *ret, struct err *e)
{
	static const struct addr20 at = { { 0xaa } };
	struct buf data = BUF_INIT(1);
	const uint8_t byte = (uint8_t)number, *out;
	size_t len;
	bool ok;

	buf_add(&data, &byte, 1);
	ok = views_ask(p, &at, &data, &out, &len, e);
	buf_done(&data);
	if (!ok)
		return false;
	assert_true(len >= 64);
	*ret = out[31];
	if (*ret && !steady && out[63] != live_stub_state)
		return err_set(e, ERR_MISMATCH, 0, "an answer of state %u",
			       out[63]);
	return true;
}

/* No amount is an error, as a division by it would be. */
static bool evaluate(struct play *p, void *arg, struct err *e)
{
	struct test *t = arg;
	uint64_t at = t->from;
	bool ok = true;

	t->times++;
	for (uint64_t i = 0; i < t->n; i++) {
		if (t->settles && i + 1 == t->n && !views_void(p->views))
			views_settle(p->views);
		if (!ask(p, t->chained ? at : t->from + i, &at, e))
			return false;
		ok = ok && at;
		if (!at && t->strays && !ask(p, 99, &at, e))
			return false;
		if (t->chained && !at)
			break;
		t->last = at;
	}
	return ok || err_set(e, ERR_RANGE, 0, "nothing is there");
}

static void hold(struct test *t, enum views_for purpose)
{
	struct err e = ERR_INIT;

	t->times = 0;
	assert_ok(views_hold(&t->p, purpose, evaluate, t, &e), &e);
	assert_int_equal(e.code, ERR_NONE); /* of what was void, nothing */
	assert_int_equal(t->last, t->from + t->n);
	assert_false(views_void(t->p.views));
}

static void assert_asked(unsigned many, unsigned in_many, unsigned alone)
{
	assert_int_equal(asked_many, many);
	assert_int_equal(asked_in_many, in_many);
	assert_int_equal(asked_alone, alone);
	asked_many = asked_in_many = asked_alone = 0;
}

/* What is new is one request; what was asked once is one ahead. */
static void what_is_new_is_one_request(void **arg)
{
	struct test *t = *arg;

	hold(t, VIEWS_LEDGER);
	assert_asked(1, 3, 0);
	assert_int_equal(t->times, 2);
	hold(t, VIEWS_LEDGER);
	assert_asked(0, 0, 0);
	assert_int_equal(t->times, 1);
	live_stub_state++;
	hold(t, VIEWS_LEDGER);
	assert_asked(1, 3, 0);
	assert_int_equal(t->times, 1);
	live_stub_state++;
	t->n = 5;
	hold(t, VIEWS_LEDGER);
	assert_asked(2, 5, 0);
	assert_int_equal(t->times, 2);
}

/* What follows from an answer is asked for once that is there. */
static void a_wave_for_each_depth(void **arg)
{
	struct test *t = *arg;

	t->chained = true;
	hold(t, VIEWS_INVARIANTS);
	assert_asked(3, 3, 0);
	assert_int_equal(t->times, 4);
	live_stub_state++;
	hold(t, VIEWS_INVARIANTS);
	assert_asked(1, 3, 0);
	assert_int_equal(t->times, 1);
}

static void expect(struct test *t, uint8_t number)
{
	static const struct addr20 at = { { 0xaa } };
	struct buf data = BUF_INIT(1);

	buf_add(&data, &number, 1);
	views_expect(&t->p, &at, &data);
	buf_done(&data);
}

/* At another head, nobody asks any more. */
static void what_is_expected_needs_no_wave(void **arg)
{
	struct test *t = *arg;

	t->chained = true;
	for (uint8_t i = 1; i < 4; i++)
		expect(t, i);
	hold(t, VIEWS_INVARIANTS);
	assert_asked(1, 3, 0);
	assert_int_equal(t->times, 1);
	live_stub_state++;
	expect(t, 9);
	live_stub_state++;
	hold(t, VIEWS_INVARIANTS);
	assert_asked(1, 3, 0);
	expect(t, 1);
	hold(t, VIEWS_INVARIANTS);
	assert_asked(0, 0, 0);
}

static void waves_come_to_an_end(void **arg)
{
	struct test *t = *arg;

	t->chained = true;
	t->n = 3 * VIEWS_WAVES;
	hold(t, VIEWS_INVARIANTS);
	assert_asked(VIEWS_WAVES, VIEWS_WAVES, 2 * VIEWS_WAVES);
	assert_int_equal(t->times, VIEWS_WAVES + 1);
}

/* Told as if it had been asked alone, which it is; the others are not. */
static void a_view_that_reverts_in_a_wave(void **arg)
{
	struct test *t = *arg;

	reverts = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct err e = ERR_INIT;

		assert_err(views_hold(&t->p, VIEWS_LEDGER, evaluate, t, &e),
			   &e, ERR_REVERT, "number 2 reverts");
		assert_asked(i == 0, i == 0 ? 3 : 0, 1);
	}
	reverts = NOBODY;
	hold(t, VIEWS_LEDGER);
	assert_asked(0, 0, 1);
}

static void an_error_that_is_no_void_one(void **arg)
{
	struct test *t = *arg;
	struct err e = ERR_INIT;

	t->from = 254; /* 255 gives 0 */
	assert_err(views_hold(&t->p, VIEWS_LEDGER, evaluate, t, &e), &e,
		   ERR_RANGE, "nothing is there");
	assert_int_equal(t->times, 2);
	assert_asked(1, 3, 0);
}

static void a_wave_without_a_node(void **arg)
{
	struct test *t = *arg;
	struct err e = ERR_INIT;

	gone = true;
	assert_err(views_hold(&t->p, VIEWS_LEDGER, evaluate, t, &e), &e,
		   ERR_OS, "the node is gone");
	assert_int_equal(t->times, 1);
	gone = false;
	hold(t, VIEWS_LEDGER);
	assert_asked(1, 3, 0);
}

/* While a verdict is told nothing is put off any more. */
static void what_is_told_is_asked_at_once(void **arg)
{
	struct test *t = *arg;

	hold(t, VIEWS_INVARIANTS);
	assert_asked(1, 3, 0);
	t->n = 4;
	t->settles = true;
	hold(t, VIEWS_INVARIANTS);
	assert_asked(0, 0, 1);
	assert_int_equal(t->times, 1);
}

/* Invariants come behind a ledger, and where the play says so it does behind
 * them. */
static void one_head_is_asked_once(void **arg)
{
	struct test *t = *arg;
	struct test *ledger = &(struct test){ .from = 11, .n = 2 };

	ledger->p = t->p;
	hold(ledger, VIEWS_LEDGER);
	hold(t, VIEWS_INVARIANTS);
	assert_asked(2, 5, 0);
	live_stub_state++;
	hold(ledger, VIEWS_LEDGER);
	hold(t, VIEWS_INVARIANTS);
	assert_asked(1, 5, 0);
	live_stub_state++;
	hold(t, VIEWS_INVARIANTS);
	assert_asked(1, 3, 0);
	hold(ledger, VIEWS_LEDGER);
	assert_asked(1, 2, 0);
	live_stub_state++;
	t->p.compares_next = true;
	hold(t, VIEWS_INVARIANTS);
	hold(ledger, VIEWS_LEDGER);
	assert_asked(1, 5, 0);
}

/* Only zeros led to it: it is in a wave, and soon forgotten. */
static void what_is_void_is_not_read(void **arg)
{
	struct test *t = *arg;
	struct reads r = { .arena = t->p.arena };
	uint64_t turn;

	t->strays = true;
	views_record(t->p.views, &r);
	hold(t, VIEWS_INVARIANTS);
	views_record(t->p.views, NULL);
	assert_asked(1, 4, 0);
	assert_int_equal(r.views_n, 3);
	turn = views_turn(t->p.views);
	for (unsigned i = 0; i < 8; i++) {
		assert_true(views_same(t->p.views, &r, turn + i, false));
		live_stub_state++;
		hold(t, VIEWS_INVARIANTS);
		assert_asked(1, 3, 0);
		/* The state is in every answer. */
		assert_false(views_same(t->p.views, &r, turn + i, false));
	}
}

/* A view in so many states, and no other one. */
static void pass_through(struct test *t, uint64_t from, uint64_t n)
{
	for (live_stub_state = from; live_stub_state < from + n;
	     live_stub_state++)
		hold(t, VIEWS_INVARIANTS);
	asked_many = asked_in_many = asked_alone = 0;
}

/*
 * More states are come back to than are kept: what was answered in one of them
 * is given up, also of a view that nobody asks for meanwhile, and once it is
 * asked for again it is kept again.
 */
static void what_was_given_up_is_kept_again(void **arg)
{
	struct test *t = *arg;
	struct test *other = &(struct test){ .from = 11, .n = 2 };

	other->p = t->p;
	live_stub_returns = true;
	for (uint64_t i = 0; i < 3; i++) {
		live_stub_state = 1;
		hold(t, VIEWS_LEDGER);
		assert_int_equal(asked_in_many > 0, i < 2);
		pass_through(other, 20, i ? 1 : 7);
	}
}

/* --- a trail of views --------------------------------------------------------------- */

static void follow(struct test *t, struct trail *trail)
{
	static struct view *views[4];

	*trail = (struct trail){ .views = views, .max = ARRAY_LEN(views) };
	views_follow(t->p.views, trail);
	hold(t, VIEWS_LEDGER);
	views_follow(t->p.views, NULL);
}

static void a_trail_is_good_while_no_answer_changes(void **arg)
{
	struct test *t = *arg;
	struct reads r = { .arena = t->p.arena };
	struct trail trail;

	steady = true;
	follow(t, &trail); /* put off first: it is not whole */
	assert_false(views_again(&t->p, &trail));
	follow(t, &trail);
	assert_true(views_again(&t->p, &trail));
	live_stub_state++;
	assert_false(views_again(&t->p, &trail)); /* nobody asked here */
	hold(t, VIEWS_LEDGER);
	views_record(t->p.views, &r);
	assert_true(views_again(&t->p, &trail));
	views_record(t->p.views, NULL);
	assert_int_equal(r.views_n, t->n);
	steady = false;
	live_stub_state++;
	hold(t, VIEWS_LEDGER);
	assert_false(views_again(&t->p, &trail));
	follow(t, &trail);
	assert_true(views_again(&t->p, &trail));
	t->p.asked_at = 7;
	assert_false(views_again(&t->p, &trail));
}

static bool ask_again(struct play *p, void *trail, struct err *e)
{
	(void)e;
	return views_again(p, trail);
}

/* Who follows one is as good as who asks: it is asked ahead the next time. */
static void a_trail_counts_as_asked(void **arg)
{
	struct test *t = *arg;
	struct trail trail;

	steady = true;
	hold(t, VIEWS_LEDGER);
	follow(t, &trail);
	for (unsigned i = 0; i < 8; i++) {
		struct err e = ERR_INIT;

		live_stub_state++;
		asked_many = asked_in_many = 0;
		assert_ok(views_hold(&t->p, VIEWS_LEDGER, ask_again, &trail,
				     &e),
			  &e);
		assert_asked(1, 3, 0);
	}
}

static void a_trail_of_more_than_views(void **arg)
{
	struct test *t = *arg;
	struct trail trail;
	void (*const more[])(struct views *) = { views_more,
						 views_delegations };

	hold(t, VIEWS_LEDGER);
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		follow(t, &trail);
		assert_true(views_again(&t->p, &trail));
		trail_clear(&trail);
		views_follow(t->p.views, &trail);
		hold(t, VIEWS_LEDGER);
		more[i](t->p.views);
		views_follow(t->p.views, NULL);
		assert_false(views_again(&t->p, &trail));
	}
	t->n = trail.max + 1;
	hold(t, VIEWS_LEDGER);
	follow(t, &trail);
	assert_false(views_again(&t->p, &trail));
}

/* What a trail leads to may be gone, and other views where it was. */
static void a_trail_to_what_is_forgotten(void **arg)
{
	struct test *t = *arg;
	struct test *other = &(struct test){ .from = 11, .n = 40 };
	struct trail trail;

	other->p = t->p;
	steady = true;
	hold(t, VIEWS_LEDGER);
	follow(t, &trail);
	/* Of the others as many are forgotten as it takes. */
	for (unsigned i = 0; i < 16; i++) {
		live_stub_state++;
		other->n = i < 8 ? 40 : 2;
		hold(other, VIEWS_LEDGER);
	}
	assert_false(views_again(&t->p, &trail));
	hold(t, VIEWS_LEDGER);
	assert_false(views_again(&t->p, &trail));
	follow(t, &trail);
	views_free(t->p.views);
	t->p.views = views_new();
	hold(t, VIEWS_LEDGER);
	assert_false(views_again(&t->p, &trail));
}

/* A view that was asked once is not wanted for long; that alone does not make
 * what is known of others void. */
static void a_trail_while_few_are_forgotten(void **arg)
{
	struct test *t = *arg;
	struct trail trail;

	steady = true;
	hold(t, VIEWS_LEDGER);
	follow(t, &trail);
	for (uint8_t i = 0; i < 8; i++) {
		struct err e = ERR_INIT;
		uint64_t is;

		live_stub_state++;
		hold(t, VIEWS_LEDGER);
		assert_ok(ask(&t->p, 100u + i, &is, &e), &e);
		assert_true(views_again(&t->p, &trail));
	}
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF(what_is_new_is_one_request),
		OF(a_wave_for_each_depth),
		OF(what_is_expected_needs_no_wave),
		OF(waves_come_to_an_end),
		OF(a_view_that_reverts_in_a_wave),
		OF(an_error_that_is_no_void_one),
		OF(a_wave_without_a_node),
		OF(what_is_told_is_asked_at_once),
		OF(one_head_is_asked_once),
		OF(what_is_void_is_not_read),
		OF(what_was_given_up_is_kept_again),
		OF(a_trail_is_good_while_no_answer_changes),
		OF(a_trail_counts_as_asked),
		OF(a_trail_of_more_than_views),
		OF(a_trail_to_what_is_forgotten),
		OF(a_trail_while_few_are_forgotten),
	};

	return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
