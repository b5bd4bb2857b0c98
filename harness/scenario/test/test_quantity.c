/* LINK: -Wl,--wrap=live_book */
/*
 * The numbers that a play knows: each is one by its names, and another one in
 * another world, whose sets are counted anew.
 */
#include "test/kit.h"

#include "base/base.h"
#include "scenario/play.h"

static struct book *book;

struct book *__wrap_live_book(struct live *w);

struct book *__wrap_live_book(struct live *w)
{
	(void)w;
	return book;
}

struct test {
	struct world_avs avs, other_avs;
	struct world world, other;
	struct scenario scn;
	struct play p;
};

static int setup(void **ret)
{
	static const char *const names[] = { "alice", "bob", "PHA", "TOK" };
	struct test *t = xcalloc(1, sizeof(*t));
	struct err e;

	book = book_new();
	for (uint8_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct addr20 a = { { (uint8_t)(i + 1) } };

		assert_ok(book_bind(book, names[i], &a, NULL, &e), &e);
	}
	t->avs.name = "phala";
	t->other_avs.name = "test";
	t->world = (struct world){ .avs = &t->avs, .avs_n = 1 };
	t->other = (struct world){ .avs = &t->other_avs, .avs_n = 1 };
	t->scn.world = &t->world;
	t->p.scn = &t->scn;
	*ret = t;
	return 0;
}

static int teardown(void **ret)
{
	struct test *t = *ret;

	quantities_done(&t->p);
	book_free(book);
	free(t);
	return 0;
}

static struct known_quantity *known(struct test *t, struct quantity_of q)
{
	struct known_quantity *k;
	struct err e = ERR_INIT;

	assert_ok(quantity_known(&t->p, &q, &k, &e), &e);
	return k;
}

static const struct quantity_of allocated = { .kind = QUANTITY_ALLOCATED,
					      .actor = "alice",
					      .token = "PHA" };

static void one_by_its_names(void **arg)
{
	struct test *t = *arg;
	struct quantity_of q = allocated;
	char actor[] = "alice", token[] = "PHA";
	struct known_quantity *k;

	q.actor = actor;
	q.token = token;
	k = known(t, q);
	/* Who asked may have had them for that time only. */
	memset(actor, 'x', 5);
	memset(token, 'x', 3);
	assert_ptr_equal(known(t, allocated), k);
	assert_string_equal(quantity_name(&t->p, k),
			    "alice.allocated.PHA@phala#0");
	assert_int_equal(k->actor->address.b[0], 1);
	assert_int_equal(k->token->address.b[0], 3);
}

static void another_where_anything_differs(void **arg)
{
	struct test *t = *arg;
	struct quantity_of q[6] = { allocated, allocated, allocated,
				    allocated, allocated, allocated };
	struct known_quantity *k[ARRAY_LEN(q)];

	q[1].kind = QUANTITY_SLASHABLE;
	q[2].actor = "bob";
	q[3].token = "TOK";
	q[4].avs = 1;
	q[5].set = 1;
	for (size_t i = 0; i < ARRAY_LEN(q); i++)
		k[i] = known(t, q[i]);
	for (size_t i = 0; i < ARRAY_LEN(q); i++) {
		assert_ptr_equal(known(t, q[i]), k[i]);
		for (size_t j = 0; j < i; j++)
			assert_ptr_not_equal(k[j], k[i]);
	}
}

static void nobody_s(void **arg)
{
	const struct quantity_of q = { .kind = QUANTITY_BURNABLE,
				       .token = "PHA" };
	struct test *t = *arg;
	struct known_quantity *k = known(t, q);

	assert_ptr_equal(known(t, q), k);
	assert_null(k->actor);
	assert_string_equal(quantity_name(&t->p, k), "burnable.PHA");
}

static void another_in_another_world(void **arg)
{
	struct test *t = *arg;
	struct known_quantity *k = known(t, allocated), *other;
	const char *name = quantity_name(&t->p, k);

	t->scn.world = &t->other;
	other = known(t, allocated);
	assert_ptr_not_equal(other, k);
	assert_int_equal(other->trail.n, 0);
	assert_string_equal(quantity_name(&t->p, other),
			    "alice.allocated.PHA@test#0");
	/* A ledger that was read there has its names yet. */
	assert_string_equal(name, "alice.allocated.PHA@phala#0");
}

static void names_of_nothing(void **arg)
{
	struct test *t = *arg;
	struct quantity_of q = allocated;
	struct known_quantity *k;
	struct err e = ERR_INIT;

	q.actor = "mallory";
	assert_err(quantity_known(&t->p, &q, &k, &e), &e, ERR_SCHEMA,
		   "there is no actor mallory");
	q = allocated;
	q.token = "NONE";
	assert_err(quantity_known(&t->p, &q, &k, &e), &e, ERR_SCHEMA,
		   "there is no token NONE");
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF(one_by_its_names),
		OF(another_where_anything_differs),
		OF(nobody_s),
		OF(another_in_another_world),
		OF(names_of_nothing),
	};

	return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
