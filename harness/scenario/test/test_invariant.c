/* LINK: -Wl,--wrap=chain_many -Wl,--wrap=chain_call -Wl,--wrap=live_rpc */
/* LINK: -Wl,--wrap=live_state -Wl,--wrap=live_head -Wl,--wrap=live_returns */
/* LINK: -Wl,--wrap=eval_true -Wl,--wrap=explain_failure */
/* LINK: -Wl,--wrap=judge_condition_row */
/*
 * Which invariants are evaluated at a head. Each of this test's asks one view
 * of a chain that is this test's too, and holds if it is not the broken one.
 */
#include "test/kit.h"

#include "base/base.h"
#include "eth/many.h"
#include "scenario/expr.h"
#include "scenario/play.h"

#define INVARIANTS 3

static uint64_t head;
static int broken; /* which one; -1: none */
static unsigned evaluated[INVARIANTS];
static const struct expr checks[INVARIANTS];

struct rpc *__wrap_live_rpc(struct live *w);
bool __wrap_live_state(struct live *w, uint64_t *ret, struct err *e);
bool __wrap_live_head(struct live *w, struct block *ret, struct err *e);
bool __wrap_live_returns(const struct live *w, uint64_t of);
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

struct rpc *__wrap_live_rpc(struct live *w)
{
	(void)w;
	return NULL;
}

bool __wrap_live_state(struct live *w, uint64_t *ret, struct err *e)
{
	(void)w;
	(void)e;
	*ret = head;
	return true;
}

bool __wrap_live_head(struct live *w, struct block *ret, struct err *e)
{
	(void)w;
	(void)e;
	*ret = (struct block){ .number = head };
	return true;
}

bool __wrap_live_returns(const struct live *w, uint64_t of)
{
	(void)w;
	(void)of;
	return false;
}

/* What the first one asks is something else at each head. */
static void answer(struct buf *out, const uint8_t *data)
{
	buf_addc(out, *data ? '=' : (char)head);
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
	struct buf data = BUF_INIT(1);
	size_t len;
	bool ok;

	(void)scope;
	buf_add(&data, &which, 1);
	ok = views_ask(env->ctx, &at, &data, &out, &len, e);
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

/*
 * What is behind one that is broken is looked at again as soon as that holds, as
 * in a world that is up: also when what it reads was forgotten meanwhile.
 */
static void what_is_behind_a_broken_one_is_looked_at_again(void **state)
{
	static const struct yaml_doc file = { .file = "invariants" };
	const struct expr *const each[INVARIANTS] = { &checks[0], &checks[1],
						      &checks[2] };
	struct invariant all[INVARIANTS];
	const struct invariant *list[INVARIANTS];
	struct world world = { .invariants = list,
			       .invariants_n = INVARIANTS };
	struct scenario scn = { .world = &world };
	struct step s = { .verb = VERB_CHECK };
	struct play p = { .scn = &scn,
			  .arena = arena_new(),
			  .views = views_new() };

	(void)state;
	for (size_t i = 0; i < INVARIANTS; i++) {
		all[i] = (struct invariant){ .title = "",
					     .file = &file,
					     .checks = &each[i],
					     .checks_n = 1 };
		list[i] = &all[i];
	}
	p.env = (struct eval_env){ .ctx = &p, .arena = p.arena };
	broken = -1;
	head = 1;
	assert_int_equal(invariants_before(&p, &s), PLAY_ON);
	for (head = 2; head < 20; head++) {
		broken = head > 5 && head < 15 ? 0 : -1;
		memset(evaluated, 0, sizeof(evaluated));
		assert_int_equal(invariants_after(&p, &s, NULL),
				 broken < 0 ? PLAY_ON : PLAY_FAILED);
		assert_true(evaluated[0] > 0);
		/* Twice: before and after its view is asked for. */
		assert_int_equal(evaluated[2],
				 head == 2 || head == 15 ? 2 : 0);
	}
	views_free(p.views);
	arena_free(p.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_behind_a_broken_one_is_looked_at_again),
	};

	return cmocka_run_group_tests_name("invariant", tests, NULL, NULL);
}
