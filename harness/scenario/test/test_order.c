#include "test/kit.h"

#include "base/base.h"

#include "devnet/live.h"
#include "scenario/check.h"
#include "scenario/order.h"
#include "scenario/run.h"
#include "scenario/test/abis.h"

/* Scenarios from texts, checked, and an order made of them. */
struct ground {
	struct diags diags;
	struct library *lib;
	const char *paths[16];
	size_t n;
	struct run_options o;
	struct turns *turns;
	struct order order;
};

static int setup(void **state)
{
	struct ground *g = xcalloc(1, sizeof(*g));

	diags_init(&g->diags);
	g->lib = library_new(".", &g->diags);
	g->o = (struct run_options){ .root = ".", .seed = 1 };
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	struct ground *g = *state;

	order_done(&g->order);
	turns_free(g->turns);
	library_free(g->lib);
	diags_done(&g->diags);
	free(g);
	return 0;
}

static void add(struct ground *g, const char *id, const char *keys)
{
	CLEANUP(freep) char *text =
		xasprintf("scenario: About %s\n%s%s"
			  "steps:\n  - check: head > 0\n",
			  id, strstr(keys, "from: ") ? "" : "world: small\n",
			  keys);

	g->paths[g->n] = arena_printf(library_arena(g->lib), "./%s.yaml", id);
	assert_non_null(library_parse(g->lib, g->paths[g->n], text,
				      strlen(text)));
	assert_int_equal(g->diags.n, 0);
	g->n++;
}

static void add_file(struct ground *g, const char *path)
{
	g->paths[g->n++] = path;
}

/* Of all that was added so far. */
static bool try_make(struct ground *g, struct err *e)
{
	order_done(&g->order);
	turns_free(g->turns);
	g->turns = turns_new();
	for (size_t i = 0; i < g->n; i++)
		turns_add(g->turns, library_scenario(g->lib, g->paths[i]));
	return order_make(&g->order, g->lib, g->turns, &g->o, e);
}

static void make(struct ground *g)
{
	struct err e = ERR_INIT;

	assert_ok(try_make(g, &e), &e);
}

/* All ids in their order, with spaces between them. */
static void ids_are(struct ground *g, const char *want)
{
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < g->order.n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", g->order.turns[i]->id);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

#define ALICE "operators:\n  alice: {stake: 5 TOK, process: off}\n"
#define BOB "operators:\n  bob: {stake: 5 TOK, process: off}\n"
#define MAINNET "eigenlayer: {delays: mainnet}\n"

static void who_shares_a_chain_stands_together(void **state)
{
	struct ground *g = *state;

	add(g, "a", ALICE);
	add(g, "b", BOB);
	add(g, "c", "eigenlayer: {tamper: manager}\n" ALICE);
	add(g, "d", "");
	add(g, "e", ALICE);
	add(g, "f", BOB);
	make(g);
	ids_are(g, "a e b f d c");
	assert_true(hash_eq(&g->order.turns[0]->cast, &g->order.turns[1]->cast));
	assert_false(hash_eq(&g->order.turns[1]->cast,
			     &g->order.turns[2]->cast));
	assert_true(hash_eq(&g->order.turns[0]->world,
			    &g->order.turns[4]->world));
	assert_false(hash_eq(&g->order.turns[0]->world,
			     &g->order.turns[5]->world));
}

static void the_seed_decides_a_shuffle(void **state)
{
	struct ground *g = *state;
	struct buf first = BUF_INIT(4096), other = BUF_INIT(4096);

	for (char id[] = "a"; id[0] <= 'h'; id[0]++)
		add(g, id, "");
	g->o.shuffle = true;
	g->o.repeat = 2;
	make(g);
	assert_int_equal(g->order.n, 16);
	order_list(&first, &g->order);
	make(g);
	order_list(&other, &g->order);
	assert_string_equal(buf_str(&first), buf_str(&other));
	g->o.seed = 2;
	make(g);
	buf_clear(&other);
	order_list(&other, &g->order);
	assert_string_not_equal(buf_str(&first), buf_str(&other));
	buf_done(&first);
	buf_done(&other);
}

/* As many as a number can say would be none, or take all memory. */
static void repeated_too_often_is_refused(void **state)
{
	static const uint64_t much[] = { 500001, UINT64_MAX / 2 + 1,
					 UINT64_MAX };
	struct ground *g = *state;
	struct err e = ERR_INIT;

	add(g, "a", "");
	add(g, "b", "");
	for (size_t i = 0; i < ARRAY_LEN(much); i++) {
		g->o.repeat = much[i];
		assert_err(try_make(g, &e), &e, ERR_LIMIT,
			   "2 scenarios, each");
	}
	g->o.repeat = 500000;
	make(g);
	assert_int_equal(g->order.n, 1000000);
}

/* Each time by another seed, whatever the order and the part. */
static void each_repetition_has_its_seed(void **state)
{
	struct ground *g = *state;
	uint64_t sum = 0;

	add(g, "a", "");
	add(g, "b", "");
	g->o.repeat = 3;
	g->o.seed = 5;
	make(g);
	ids_are(g, "a b a b a b");
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(g->order.seeds[i], 5 + i / 2);
	order_part(&g->order, 2, 2);
	ids_are(g, "b a b");
	assert_int_equal(g->order.seeds[0], 6);
	assert_int_equal(g->order.seeds[2], 7);
	g->o.shuffle = true;
	make(g);
	for (size_t i = 0; i < 6; i++)
		if (!strcmp(g->order.turns[i]->id, g->order.turns[0]->id))
			sum += g->order.seeds[i];
	assert_int_equal(sum, 5 + 6 + 7);
}

static void filters_and_tags(void **state)
{
	struct ground *g = *state;
	struct err e;

	add(g, "slash", "tags: [slow, money]\n");
	add(g, "join", "tags: [slow]\n");
	add(g, "leave", "");
	g->o.tag = "slow";
	make(g);
	ids_are(g, "slash join");
	g->o.filter = "ABOUT j"; /* of a title, in any case of letters */
	make(g);
	ids_are(g, "join");
	g->o.tag = NULL;
	g->o.filter = "leave";
	make(g);
	ids_are(g, "leave");
	g->o.filter = NULL;
	g->o.tag = "mony";
	assert_err(try_make(g, &e), &e, ERR_SCHEMA,
		   "none of 3 scenarios has the tag mony; --list without them "
		   "shows all; nearest tag: money");
}

#define ROWS                                                                   \
	"cases:\n"                                                             \
	"  - [case, eigenlayer.delays, amount, part, place]\n"                 \
	"  - [short, fast, 7 TOK, 10%, tdx]\n"                                 \
	"  - [long, mainnet, 8 TOK, 20%, tdx]\n"                               \
	"operators:\n"                                                         \
	"  alice: {stake: {TOK: $amount}, allocate: $part, tee: $place,"       \
	" process: off}\n"

static void a_row_is_a_scenario_of_its_own(void **state)
{
	struct ground *g = *state;
	const struct scenario *whole;
	const struct world *w;
	const struct value *v;
	struct order *o = &g->order;
	struct err e = ERR_INIT;
	struct scene scene;

	add(g, "m", ROWS);
	make(g);
	ids_are(g, "m[short] m[long]");
	assert_ok(scene_open(&scene, g->lib, o->turns[1], &e), &e);
	assert_string_equal(scene.scn->id, "m[long]");
	w = scene.scn->world;
	assert_int_equal(w->delays, DELAYS_MAINNET);
	assert_string_equal(w->operators[0].tee, "tdx");
	v = scope_get(w->bound, "part");
	assert_true(u256_eq(v->num, u256_from_u64(200000000000000000)));
	assert_null(scope_get(w->bound, "eigenlayer.delays"));
	assert_false(hash_eq(&o->turns[0]->world, &o->turns[1]->world));
	assert_false(hash_eq(&o->turns[0]->cast, &o->turns[1]->cast));
	/* The scenario that was loaded is as it was. */
	scene_close(&scene);
	whole = library_scenario(g->lib, g->paths[0]);
	assert_int_equal(whole->world->delays, DELAYS_FAST);
	assert_string_equal(whole->id, "m");
	g->o.filter = "[long]";
	make(g);
	ids_are(g, "m[long]");
	assert_int_equal(o->turns[0]->row, 2);
}

static void rows_without_names_are_called_by_their_values(void **state)
{
	struct ground *g = *state;

	add(g, "m", "cases: {a: [1, 2], b: [x, y]}\n");
	add(g, "n", "cases:\n  - [case, a]\n  - [one, 1]\n  - [one, 2]\n");
	add(g, "o", "cases:\n  - [a]\n  - [[1, 2]]\n  - [[3]]\n");
	make(g);
	ids_are(g, "m[1,x] m[1,y] m[2,x] m[2,y] n[one #1] n[one #2] o[1] "
		   "o[2]");
}

static void the_plan_names_worlds_and_casts(void **state)
{
	struct ground *g = *state;
	struct buf b = BUF_INIT(4096);

	add(g, "a", ALICE);
	add(g, "b", MAINNET);
	g->paths[g->n++] = g->paths[0];
	make(g);
	order_plan(&b, &g->order);
	assert_string_equal(buf_str(&b),
			    "world: small, fast delays\n"
			    "  cast: alice (not joined)\n"
			    "    a\n"
			    "    a\n"
			    "\n"
			    "world: small, mainnet delays\n"
			    "  cast: nobody\n"
			    "    b\n"
			    "\n"
			    "3 scenarios, 2 worlds, 2 casts in turn\n");
	buf_done(&b);
}

static void who_continues_follows(void **state)
{
	struct ground *g = *state;
	struct buf b = BUF_INIT(4096);

	add_file(g, "./good/beginning.yaml");
	add(g, "other", "");
	add(g, "z", "from: good/beginning\n");
	add(g, "more", "from: good/beginning\nroles: [eve]\n");
	add(g, "picky", "from: good/beginning\nneeds: [head > 0]\n");
	add_file(g, "./good/continued.yaml");
	add(g, "x", "from: good/beginning\ncases: {n: [1, 2]}\n");
	add(g, "y", "from: good/continued\n");
	make(g);
	ids_are(g, "good/beginning z good/continued y x[1] x[2] other picky "
		   "more");
	assert_true(g->order.turns[0]->continued);
	assert_false(g->order.turns[1]->continued);
	assert_true(g->order.turns[2]->continued);
	assert_false(g->order.turns[6]->continued);
	order_plan(&b, &g->order);
	assert_non_null(strstr(
		buf_str(&b),
		"    good/beginning\n"
		"      z (goes on from good/beginning)\n"
		"      good/continued (goes on from good/beginning)\n"
		"        y (goes on from good/continued)\n"
		"      x[1] (goes on from good/beginning)\n"
		"      x[2] (goes on from good/beginning)\n"
		"    other\n"
		"    picky (plays good/beginning again: its needs are asked "
		"before the first step)\n"));
	assert_non_null(strstr(buf_str(&b),
			       "    more (plays good/beginning again: its "
			       "world is another)\n"));
	buf_done(&b);
}

static void parts_are_the_whole(void **state)
{
	struct ground *g = *state;

	for (char id[] = "a"; id[0] <= 'e'; id[0]++)
		add(g, id, "");
	make(g);
	order_part(&g->order, 1, 3);
	ids_are(g, "a");
	make(g);
	order_part(&g->order, 2, 3);
	ids_are(g, "b c");
	make(g);
	order_part(&g->order, 3, 3);
	ids_are(g, "d e");
	for (size_t of = 1; of <= 7; of++) {
		size_t sum = 0;

		for (size_t k = 1; k <= of; k++) {
			make(g);
			order_part(&g->order, k, of);
			sum += g->order.n;
		}
		assert_int_equal(sum, 5);
	}
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Its contract is asked, by its name in the world. */
static void worlds_differ_by_their_aggregator(void **state)
{
	const struct live_aggregator one = { .avs = "serviceManager",
					     .interval = 60,
					     .max_age = 5 };
	struct live_aggregator other = one;
	struct live_spec a = { .release = "1.8.1",
			       .profile = "fast",
			       .aggregator = &one };
	struct live_spec b = a;
	struct hash32 first = run_spec_key(&a), second;

	(void)state;
	b.aggregator = &other;
	second = run_spec_key(&b);
	assert_true(hash_eq(&first, &second));
	other.avs = "otherManager";
	second = run_spec_key(&b);
	assert_false(hash_eq(&first, &second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(who_shares_a_chain_stands_together),
		test(the_seed_decides_a_shuffle),
		test(repeated_too_often_is_refused),
		test(each_repetition_has_its_seed),
		test(filters_and_tags),
		test(a_row_is_a_scenario_of_its_own),
		test(rows_without_names_are_called_by_their_values),
		test(the_plan_names_worlds_and_casts),
		test(who_continues_follows),
		test(parts_are_the_whole),
		cmocka_unit_test(worlds_differ_by_their_aggregator),
	};

	if (chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
