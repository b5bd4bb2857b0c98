/* LINK: -Wl,--wrap=chain_many -Wl,--wrap=chain_call -Wl,--wrap=live_rpc */
/* LINK: -Wl,--wrap=live_state -Wl,--wrap=live_head -Wl,--wrap=live_returns */
/* LINK: -Wl,--wrap=eval_true -Wl,--wrap=explain_failure */
/* LINK: -Wl,--wrap=judge_condition_row -Wl,--wrap=branch_bind */
/*
 * Which invariants are evaluated at a head. Each of this test's asks one view
 * of a chain that is this test's too, and holds if it is not the broken one.
 */
#include "test/kit.h"

#include "base/base.h"
#include "eth/many.h"
#include "scenario/expr.h"
#include "scenario/play.h"
#include "test/live_stub.h"

#define INVARIANTS 3

static int broken; /* which one; -1: none */
static unsigned evaluated[INVARIANTS];
static uint8_t wanderer; /* who reads another view, too: wanders() */
static size_t rows; /* that the last one is about, where it has any */
static bool rows_stay;
static unsigned bound; /* so many times */
static const struct expr checks[INVARIANTS];

bool __wrap_live_head(struct live *w, struct block *ret, struct err *e);
bool __wrap_chain_many(struct rpc *r, struct arena *a, uint64_t block,
		       struct many_call *const *calls, size_t n,
		       struct err *e);
bool __wrap_chain_call(struct rpc *r, const struct addr20 *from,
		       const struct addr20 *to, const void *data, size_t len,
		       uint64_t block, struct buf *ret, struct err *e);
bool __wrap_eval_true(bool *ret, struct eval_env *env,
		      const struct scope *scope, const struct expr *x,
		      struct err *e);
enum play_end __wrap_explain_failure(struct play *p, const struct step *s,
				     const struct outcome *o, const char *fmt,
				     ...) PRINTF_LIKE(4, 5);
void __wrap_judge_condition_row(struct play *p, const struct scope *scope,
				const struct expr *x);
bool __wrap_branch_bind(struct play *p, const struct bindings *b,
			const struct scope *scope, struct branch_rows *ret,
			struct err *e);

bool __wrap_live_head(struct live *w, struct block *ret, struct err *e)
{
	(void)w;
	(void)e;
	*ret = (struct block){ .number = live_stub_state };
	return true;
}

/* Behind a head like 10 or 20 one of them reads another view, too. */
static bool wanders(void)
{
	return live_stub_state > 10 && live_stub_state % 10 == 1;
}

/* What the first one asks is something else at each head. */
static void answer(struct buf *out, const uint8_t *data)
{
	buf_addc(out, !*data || (*data == 2 && wanders())
			      ? (char)live_stub_state
			      : '=');
}

bool __wrap_chain_many(struct rpc *r, struct arena *a, uint64_t block,
		       struct many_call *const *calls, size_t n, struct err *e)
{
	(void)r;
	(void)block;
	(void)e;
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT(1);

		answer(&out, calls[i]->data);
		calls[i]->answered = true;
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
	(void)e;
	assert_int_equal(len, 1);
	answer(ret, data);
	return true;
}

bool __wrap_eval_true(bool *ret, struct eval_env *env,
		      const struct scope *scope, const struct expr *x,
		      struct err *e)
{
	static const struct addr20 at = { { 0xaa } };
	const uint8_t which = (uint8_t)(x - checks), *out;
	/* Each of its rows has a view of its own. */
	const uint8_t row = scope ? (uint8_t)scope->vars[0].value.index : 0;
	const uint8_t reads[] = { (uint8_t)live_stub_state,
				  (uint8_t)(which + row) };
	struct buf data = BUF_INIT(1);
	bool ok = true;
	size_t len;

	for (size_t i = which == wanderer && wanders() ? 0 : 1; i < 2; i++) {
		buf_clear(&data);
		buf_add(&data, &reads[i], 1);
		ok = ok && views_ask(env->ctx, &at, &data, &out, &len, e);
	}
	buf_done(&data);
	evaluated[which]++;
	*ret = which != broken;
	return ok;
}

enum play_end __wrap_explain_failure(struct play *p, const struct step *s,
				     const struct outcome *o, const char *fmt,
				     ...)
{
	(void)p;
	(void)s;
	(void)o;
	(void)fmt;
	return PLAY_FAILED;
}

void __wrap_judge_condition_row(struct play *p, const struct scope *scope,
				const struct expr *x)
{
	(void)p;
	(void)scope;
	(void)x;
}

/* How many there are is told by what is no view, unless they stay. */
bool __wrap_branch_bind(struct play *p, const struct bindings *b,
			const struct scope *scope, struct branch_rows *ret,
			struct err *e)
{
	static const char *const columns[] = { "row" };

	(void)b;
	(void)scope;
	(void)e;
	bound++;
	if (!rows_stay)
		views_more(p->views);
	*ret = (struct branch_rows){
		.columns = columns,
		.columns_n = 1,
		.rows = ARENA_ARRAY(p->arena, const struct value *, rows),
		.n = rows,
	};
	for (size_t r = 0; r < rows; r++) {
		const struct value v = value_ref(REF_ROLE, "row", r, 0);

		ret->rows[r] = arena_memdup(p->arena, &v, sizeof(v));
	}
	return true;
}

/* --- a play --------------------------------------------------------------------- */

struct test {
	struct invariant all[INVARIANTS];
	const struct invariant *list[INVARIANTS];
	const struct expr *each[INVARIANTS];
	struct world world;
	struct scenario scn;
	struct play p;
};

static int setup(void **ret)
{
	static const struct yaml_doc file = { .file = "invariants" };
	struct test *t = xcalloc(1, sizeof(*t));

	for (size_t i = 0; i < INVARIANTS; i++) {
		t->each[i] = &checks[i];
		t->all[i] = (struct invariant){ .title = "",
						.file = &file,
						.checks = &t->each[i],
						.checks_n = 1 };
		t->list[i] = &t->all[i];
	}
	t->world = (struct world){ .invariants = t->list,
				   .invariants_n = INVARIANTS };
	t->scn = (struct scenario){ .world = &t->world };
	t->p = (struct play){ .scn = &t->scn,
			      .arena = arena_new(),
			      .views = views_new() };
	t->p.env = (struct eval_env){ .ctx = &t->p, .arena = t->p.arena };
	broken = -1;
	wanderer = INVARIANTS - 1;
	live_stub_returns = false;
	rows_stay = false;
	bound = 0;
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

static void step_to(struct test *t, uint64_t to)
{
	const struct step s = { .verb = VERB_CHECK };

	live_stub_state = to;
	memset(evaluated, 0, sizeof(evaluated));
	assert_int_equal(invariants_before(&t->p, &s), PLAY_ON);
	assert_int_equal(invariants_after(&t->p, &s, NULL),
			 broken < 0 ? PLAY_ON : PLAY_FAILED);
}

/*
 * What is behind one that is broken is looked at again as soon as that holds, as
 * in a world that is up: also when what it reads was forgotten meanwhile.
 */
static void what_is_behind_a_broken_one_is_looked_at_again(void **state)
{
	struct test *t = *state;

	step_to(t, 1);
	for (uint64_t to = 2; to < 20; to++) {
		broken = to > 5 && to < 15 ? 0 : -1;
		step_to(t, to);
		assert_true(evaluated[0] > 0);
		/* Twice: before and after its view is asked for. */
		assert_int_equal(evaluated[2], to == 2 || to == 15 ? 2 : 0);
	}
}

/*
 * The first one asks for what is new. What the last one asks for is known, and
 * another than at the head before: it is not looked at again in the next wave.
 */
static void what_holds_in_a_void_wave_is_not_looked_at_again(void **state)
{
	struct test *t = *state;

	wanderer = 0;
	t->all[2].before = true;
	for (uint64_t to = 1; to <= 10; to++)
		step_to(t, to);
	step_to(t, 11);
	assert_int_equal(evaluated[0], 2);
	assert_int_equal(evaluated[2], 1);
	step_to(t, 12);
	assert_int_equal(evaluated[2], 1);
	step_to(t, 13);
	assert_int_equal(evaluated[2], 1);
	step_to(t, 14);
	assert_int_equal(evaluated[2], 0);
}

/* It is told once nothing is put off, which the one ahead of it did. */
static void what_does_not_hold_in_a_void_wave_is_told(void **state)
{
	struct test *t = *state;

	wanderer = 0;
	for (uint64_t to = 1; to <= 10; to++)
		step_to(t, to);
	broken = 2;
	step_to(t, 11);
	assert_int_equal(evaluated[0], 2);
	assert_int_equal(evaluated[2], 2);
}

static void come_back(struct test *t, uint64_t to, const struct held *held)
{
	struct err e = ERR_INIT;

	live_stub_state = to;
	assert_ok(held_back(&t->p, held, &e), &e);
}

/*
 * Back where they were seen to hold: those whose views are another's now are
 * looked at, and what asks of before. The rows in between read other views, for
 * so long that those of the start would have been forgotten.
 */
static void what_held_where_the_chain_is_back_holds(void **state)
{
	struct test *t = *state;
	struct err e = ERR_INIT;
	struct held held;

	t->all[1].before = true;
	live_stub_returns = true;
	for (uint64_t to = 1; to < 4; to++)
		step_to(t, to);
	assert_ok(held_keep(&t->p, &held, &e), &e);
	for (unsigned row = 0; row < 3; row++) {
		const uint64_t first = 10 * (row + 1);

		step_to(t, first);
		assert_true(evaluated[0] > 0);
		assert_int_equal(evaluated[1] > 0, row > 0);
		assert_int_equal(evaluated[2], 0);
		step_to(t, first + 1);
		assert_true(evaluated[2] > 0);
		broken = 0;
		live_stub_returns = false;
		for (uint64_t to = first + 2; to < first + 9; to++)
			step_to(t, to);
		broken = -1;
		live_stub_returns = true;
		come_back(t, 3, &held);
	}
}

/* More states were come back to meanwhile than are kept. */
static void what_was_given_up_is_looked_at_again(void **state)
{
	struct test *t = *state;
	struct err e = ERR_INIT;
	struct held held;

	live_stub_returns = true;
	step_to(t, 1);
	step_to(t, 2);
	assert_ok(held_keep(&t->p, &held, &e), &e);
	for (unsigned row = 0; row < 2; row++) {
		broken = 0;
		for (uint64_t to = 10; to < 20; to++)
			step_to(t, to);
		broken = -1;
		come_back(t, 2, &held);
		step_to(t, 3);
		assert_true(evaluated[2] > 0);
	}
}

/* What the rows read that are no more is forgotten, and not looked at where the
 * chain will come back. */
static void rows_that_are_no_more_are_not_kept(void **state)
{
	static const struct bindings each = { .columns_n = 1 };
	struct test *t = *state;
	struct err e = ERR_INIT;
	struct held held;

	t->all[2].each = &each;
	rows = 3;
	for (uint64_t to = 1; to < 3; to++)
		step_to(t, to);
	assert_true(evaluated[2] >= rows);
	rows = 1;
	for (uint64_t to = 3; to < 10; to++)
		step_to(t, to);
	assert_ok(held_keep(&t->p, &held, &e), &e);
	assert_true(held.of[2].rows[0].turn > 0);
	for (size_t r = 1; r < held.of[2].cap; r++)
		assert_int_equal(t->p.held.of[2].rows[r].turn, 0);
	come_back(t, 9, &held);
	rows = 3;
	step_to(t, 10);
	assert_true(evaluated[2] >= rows);
}

/* Also behind a row of the play, at whose end its memory goes. */
static void rows_that_stay_are_bound_once(void **state)
{
	static const struct bindings each = { .columns_n = 1 };
	struct test *t = *state;
	struct err e = ERR_INIT;
	struct arena *outer;
	struct held held;

	t->all[2].each = &each;
	rows_stay = true;
	rows = 3;
	for (uint64_t to = 1; to < 6; to++)
		step_to(t, to);
	/* Aside, to see that they stay, and then where they do. */
	assert_int_equal(bound, 2);
	assert_ok(held_keep(&t->p, &held, &e), &e);
	outer = play_aside(&t->p);
	step_to(t, 6);
	play_aside_end(&t->p, outer, false);
	come_back(t, 5, &held);
	broken = 0; /* behind it nothing is trusted */
	step_to(t, 7);
	broken = -1;
	step_to(t, 8);
	assert_true(evaluated[2] >= rows);
	assert_int_equal(bound, 2);
}

/* Those of a world that the play was not in before are its own. */
static void rows_of_another_world_are_bound_anew(void **state)
{
	static const struct bindings each = { .columns_n = 1 };
	struct test *t = *state;
	struct world other = t->world;

	t->all[2].each = &each;
	rows_stay = true;
	rows = 1;
	step_to(t, 1);
	step_to(t, 2);
	t->scn.world = &other;
	rows = 3;
	step_to(t, 3);
	step_to(t, 4);
	assert_true(evaluated[2] >= rows);
	assert_int_equal(bound, 4);
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF(what_is_behind_a_broken_one_is_looked_at_again),
		OF(what_holds_in_a_void_wave_is_not_looked_at_again),
		OF(what_does_not_hold_in_a_void_wave_is_told),
		OF(what_held_where_the_chain_is_back_holds),
		OF(what_was_given_up_is_looked_at_again),
		OF(rows_that_are_no_more_are_not_kept),
		OF(rows_that_stay_are_bound_once),
		OF(rows_of_another_world_are_bound_anew),
	};

	return cmocka_run_group_tests_name("invariant", tests, NULL, NULL);
}
