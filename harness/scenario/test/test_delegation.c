/* LINK: -Wl,--wrap=live_state -Wl,--wrap=live_returns -Wl,--wrap=live_rpc */
/* LINK: -Wl,--wrap=live_book -Wl,--wrap=observe_view */
/* LINK: -Wl,--wrap=views_again -Wl,--wrap=views_void */
/*
 * Whom actors delegated to: asked of each once in a wave, and what rows of
 * invariants are told about whether it changed. The chain is this test's.
 */
#include "test/kit.h"

#include "base/base.h"
#include "scenario/play.h"
#include "test/live_stub.h"

#define ACTORS 3

static const char *const names[ACTORS] = { "alice", "bob", "carol" };
static struct book *book;
static uint8_t operator_of[ACTORS]; /* the first byte of its address */
static unsigned asked;
static bool gone;
static bool alike; /* all views return what they did */
static bool defers; /* what is asked is put off */
static size_t voids; /* such as was */

struct book *__wrap_live_book(struct live *w);
bool __wrap_observe_view(struct play *p, const char *contract,
			 const char *function, const struct abi_val *args,
			 size_t n, const struct abi_entry **ret_fn,
			 struct abi_val *ret, struct err *e);

bool __wrap_views_again(struct play *p, const struct trail *trail);
size_t __wrap_views_void(const struct views *c);

size_t __wrap_views_void(const struct views *c)
{
	(void)c;
	return voids;
}

bool __wrap_views_again(struct play *p, const struct trail *trail)
{
	/* Nobody is told that these views were read. */
	assert_ptr_equal(trail, &p->delegations.trail);
	views_more(p->views);
	return alike && !trail->more;
}

struct book *__wrap_live_book(struct live *w)
{
	(void)w;
	return book;
}

static struct addr20 address(uint8_t first)
{
	return (struct addr20){ { first } };
}

bool __wrap_observe_view(struct play *p, const char *contract,
			 const char *function, const struct abi_val *args,
			 size_t n, const struct abi_entry **ret_fn,
			 struct abi_val *ret, struct err *e)
{
	struct abi_val *items = ARENA_ARRAY(p->arena, struct abi_val, 1);
	const struct addr20 staker = abi_addr(&args[0]);
	const struct addr20 to = address(operator_of[staker.b[0] - 1]);

	(void)contract, (void)ret_fn;
	assert_string_equal(function, "delegatedTo");
	assert_int_equal(n, 1);
	if (gone)
		return err_set(e, ERR_OS, 0, "the node is gone");
	asked++;
	voids += defers;
	items[0] = abi_val_addr(&to);
	*ret = abi_val_list(items, 1);
	return true;
}

/* --- a play of three ------------------------------------------------------------ */

struct test {
	struct world_operator operators[2];
	const char *roles[1];
	struct world world;
	struct scenario scn;
	struct play p;
};

static int setup(void **ret)
{
	struct test *t = xcalloc(1, sizeof(*t));
	struct err e;

	book = book_new();
	for (uint8_t i = 0; i < ACTORS; i++) {
		const struct addr20 a = address((uint8_t)(i + 1));

		assert_ok(book_bind(book, names[i], &a, NULL, &e), &e);
		operator_of[i] = 1;
	}
	t->operators[0].name = "alice";
	t->operators[1].name = "bob";
	t->roles[0] = "carol";
	t->world = (struct world){ .operators = t->operators,
				   .operators_n = 2,
				   .roles = t->roles,
				   .roles_n = 1 };
	t->scn.world = &t->world;
	t->p = (struct play){ .scn = &t->scn,
			      .arena = arena_new(),
			      .views = views_new() };
	live_stub_state = 1;
	asked = 0;
	gone = alike = defers = false;
	voids = 0;
	*ret = t;
	return 0;
}

static int teardown(void **ret)
{
	struct test *t = *ret;

	free(t->p.delegations.all);
	free(t->p.delegations.trail.views);
	views_free(t->p.views);
	arena_free(t->p.arena);
	book_free(book);
	free(t);
	return 0;
}

static uint8_t now(struct test *t, size_t i)
{
	const struct delegation *all;
	struct err e;
	size_t n;

	assert_ok(delegations_now(&t->p, &all, &n, &e), &e);
	assert_int_equal(n, ACTORS);
	assert_string_equal(all[i].who, names[i]);
	return all[i].to.b[0];
}

static void all_are_asked_once_in_a_state(void **arg)
{
	struct test *t = *arg;

	for (size_t i = 0; i < ACTORS; i++)
		assert_int_equal(now(t, i), 1);
	assert_int_equal(asked, ACTORS);
	operator_of[2] = 2;
	live_stub_state++;
	assert_int_equal(now(t, 2), 2);
	assert_int_equal(now(t, 0), 1);
	assert_int_equal(asked, 2 * ACTORS);
}

/* As views_same() of a view: since a turn, and with before() since the one
 * ahead of it, each of them looked at. */
static void a_change_is_told_from_none(void **arg)
{
	struct test *t = *arg;
	uint64_t turn;

	now(t, 0);
	turn = views_turn(t->p.views);
	assert_true(delegations_same(&t->p, turn, false));
	assert_false(delegations_same(&t->p, turn, true));
	live_stub_state++;
	assert_true(delegations_same(&t->p, turn, false));
	assert_true(delegations_same(&t->p, turn + 1, true));
	operator_of[1] = 2;
	live_stub_state++;
	assert_false(delegations_same(&t->p, turn + 1, false));
	assert_true(delegations_same(&t->p, turn + 2, false));
	assert_false(delegations_same(&t->p, turn + 2, true));
}

/* There and back while nobody looked: what it was meanwhile is not known. */
static void a_head_that_nobody_looked_at(void **arg)
{
	struct test *t = *arg;
	struct err e;
	uint64_t turn, wave;

	now(t, 0);
	turn = views_turn(t->p.views);
	live_stub_state++;
	assert_ok(views_wave(&t->p, &wave, &e), &e);
	live_stub_state++;
	assert_false(delegations_same(&t->p, turn, false));
	assert_true(delegations_same(&t->p, turn + 2, false));
}

static void an_error_is_no_sameness(void **arg)
{
	struct test *t = *arg;
	const struct delegation *all;
	struct err e;
	size_t n;

	now(t, 0);
	live_stub_state++;
	gone = true;
	assert_false(delegations_same(&t->p, 1, false));
	assert_err(delegations_now(&t->p, &all, &n, &e), &e, ERR_OS,
		   "the node is gone");
	gone = false;
	assert_int_equal(now(t, 0), 1);
}

/* In a block that is gone by it was otherwise: that is not kept. */
static void an_older_block_is_asked_by_itself(void **arg)
{
	struct test *t = *arg;
	struct reads r = { .arena = t->p.arena };

	now(t, 0);
	t->p.asked_at = 1;
	operator_of[0] = 2;
	views_record(t->p.views, &r);
	assert_int_equal(now(t, 0), 2);
	views_record(t->p.views, NULL);
	assert_true(r.more);
	t->p.asked_at = 0;
	operator_of[0] = 1;
	assert_int_equal(now(t, 0), 1);
}

/* Without a question, of who had it last; of another world nobody's is known. */
static void what_was_known_last_is_a_guess(void **arg)
{
	struct test *t = *arg;
	const struct addr20 first = address(1), second = address(2);
	struct world other = t->world;

	assert_false(delegated_lately(&t->p, 0, &first));
	operator_of[2] = 2;
	now(t, 0);
	operator_of[0] = 2;
	assert_true(delegated_lately(&t->p, 0, &first));
	assert_false(delegated_lately(&t->p, 0, &second));
	assert_true(delegated_lately(&t->p, 2, &second));
	assert_false(delegated_lately(&t->p, 3, &first));
	assert_int_equal(asked, ACTORS);
	t->scn.world = &other;
	assert_false(delegated_lately(&t->p, 0, &first));
}

static void who_reads_it_is_told_so_and_no_more(void **arg)
{
	struct test *t = *arg;
	struct reads r = { .arena = t->p.arena };

	assert_false(reads_any(&r));
	views_record(t->p.views, &r);
	now(t, 0);
	assert_ptr_equal(views_record(t->p.views, NULL), &r);
	assert_true(reads_any(&r));
	assert_true(r.delegations);
	assert_int_equal(r.views_n, 0);
}

/* Nothing was put off when the second one asked, who was given zeros too. */
static void who_is_given_what_was_put_off_is_told_so(void **arg)
{
	struct test *t = *arg;

	for (unsigned i = 0; i < 3; i++) {
		struct reads r = { .arena = t->p.arena };

		defers = i == 0;
		live_stub_state += i == 2;
		views_record(t->p.views, &r);
		now(t, 0);
		views_record(t->p.views, NULL);
		assert_int_equal(r.more, i < 2);
		assert_int_equal(asked, i == 2 ? 2 * ACTORS : ACTORS);
	}
}

static void nobody_is_asked_while_all_is_alike(void **arg)
{
	struct test *t = *arg;
	struct reads r = { .arena = t->p.arena };
	struct world other = t->world;
	uint64_t turn;

	alike = true;
	now(t, 0);
	assert_int_equal(asked, ACTORS);
	turn = views_turn(t->p.views);
	live_stub_state++;
	views_record(t->p.views, &r);
	assert_int_equal(now(t, 0), 1);
	views_record(t->p.views, NULL);
	assert_true(r.delegations);
	assert_false(r.more);
	assert_int_equal(asked, ACTORS);
	assert_true(delegations_same(&t->p, turn, false));
	alike = false;
	live_stub_state++;
	now(t, 0);
	assert_int_equal(asked, 2 * ACTORS);
	assert_true(delegations_same(&t->p, turn, false));
	/* Of another world it is another list. */
	alike = true;
	t->scn.world = &other;
	live_stub_state++;
	now(t, 0);
	assert_int_equal(asked, 3 * ACTORS);
	/* Of an older block, nothing is known. */
	t->p.asked_at = 1;
	now(t, 0);
	t->p.asked_at = 0;
	now(t, 0);
	assert_int_equal(asked, 5 * ACTORS);
	turn = views_turn(t->p.views);
	gone = true;
	live_stub_state++;
	assert_true(delegations_same(&t->p, turn, false));
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF(all_are_asked_once_in_a_state),
		OF(a_change_is_told_from_none),
		OF(a_head_that_nobody_looked_at),
		OF(an_error_is_no_sameness),
		OF(an_older_block_is_asked_by_itself),
		OF(what_was_known_last_is_a_guess),
		OF(who_reads_it_is_told_so_and_no_more),
		OF(who_is_given_what_was_put_off_is_told_so),
		OF(nobody_is_asked_while_all_is_alike),
	};

	return cmocka_run_group_tests_name("delegation", tests, NULL, NULL);
}
