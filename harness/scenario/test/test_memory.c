/*
 * What scenarios leave in memory, counted: nothing. Where a scenario is over,
 * the sanitizer's allocator is asked what is in use, to the byte; glibc's
 * counts what it keeps for later too, so without sanitizers nothing is counted.
 */
#include "test/kit.h"

#include "base/base.h"
#include "io/reaper.h"
#include "scenario/check.h"
#include "scenario/order.h"
#include "scenario/test/abis.h"

#define PLAYS 24
#define SETTLED 8  /* by then each buffer has had its largest line */
#define SLACK 1024 /* for buffers that hold a line more or less */

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

static size_t in_use(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	skip();
	return 0;
#endif
}

static char *checkout; /* absolute; tests run in fixtures/scenarios */

/* --- what is loaded and checked --------------------------------------------- */

/* One file again and again, as a thousand files would be. */
static void checked_and_forgotten(void **state)
{
	static const char file[] = "./good/everything.yaml";
	const char *const paths[] = { file };
	struct abis s = { .n = 0 };
	struct abi_source abis = abis_source(&s);
	struct library *lib;
	struct diags d;
	size_t first = in_use();

	(void)state;
	diags_init(&d);
	lib = library_new(".", &d);
	for (unsigned i = 0; i < 100; i++) {
		const struct turn t = { .pos.file = file };
		struct scene scene;
		struct err e;

		check_files(&d, lib, paths, 1, &abis, NULL);
		assert_ok(scene_open(&scene, lib, &t, &e), &e);
		scene_close(&scene);
		if (i == 1)
			first = in_use();
	}
	assert_int_equal(d.n, 0);
	assert_int_equal(in_use(), first);
	library_free(lib);
	diags_done(&d);
	arena_free(s.arena);
}

/* --- what is played ------------------------------------------------------------ */

struct counts {
	size_t at[PLAYS];
	size_t n;
};

static void count(void *arg, const json_t *record)
{
	const char *ev = json_string_value(json_object_get(record, "ev"));
	struct counts *c = arg;

	if (!ev || strcmp(ev, "scenario.end") != 0)
		return;
	assert_string_equal(
		json_string_value(json_object_get(record, "verdict")), "pass");
	assert_true(c->n < PLAYS);
	c->at[c->n++] = in_use();
}

static size_t least(const size_t *at, size_t n)
{
	size_t ret = at[0];

	for (size_t i = 1; i < n; i++)
		ret = at[i] < ret ? at[i] : ret;
	return ret;
}

/* Live operators, quotes, a transaction that reverts, a slash. */
static void played_and_forgotten(void **state)
{
	CLEANUP(freep) char *scenarios = xasprintf("%s/scenarios", checkout);
	CLEANUP(freep)
	char *path =
		xasprintf("%s/sla/challenge-missed-slashed.yaml", scenarios);
	CLEANUP(loop_freep) struct loop *loop = NULL;
	CLEANUP(journal_freep) struct journal *j = NULL;
	const struct run_options o = {
		.root = checkout, .seed = 1, .repeat = PLAYS, .jobs = 1
	};
	CLEANUP(turns_freep) struct turns *turns = turns_new();
	struct counts c = { .n = 0 };
	struct run_totals totals;
	struct library *lib;
	struct order order;
	struct diags d;
	struct err e;
	size_t early = in_use(), late;

	(void)state;
	assert_ok(reaper_start(&e), &e);
	assert_ok(loop_new(&loop, &e), &e);
	assert_ok(journal_new(&j, NULL, &e), &e);
	journal_sink(j, count, NULL, &c);
	diags_init(&d);
	lib = library_new(scenarios, &d);
	turns_add(turns, library_scenario(lib, path));
	library_forget(lib, path);
	assert_ok(order_make(&order, lib, turns, &o, &e), &e);
	assert_ok(run_suite(loop, &order, &o, j, &totals, &e), &e);
	assert_int_equal(totals.passed, PLAYS);
	assert_int_equal(c.n, PLAYS);
	early = least(c.at + SETTLED, (PLAYS - SETTLED) / 2);
	late = least(c.at + SETTLED + (PLAYS - SETTLED) / 2,
		     (PLAYS - SETTLED) / 2);
	if (late > early + SLACK)
		fail_msg("after %d plays %zu bytes are in use, some plays "
			 "before %zu",
			 PLAYS, late, early);
	order_done(&order);
	library_free(lib);
	diags_done(&d);
	reaper_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checked_and_forgotten),
		cmocka_unit_test(played_and_forgotten),
	};

	checkout = realpath(getenv("AVSBED_ROOT") ? getenv("AVSBED_ROOT") : ".",
			    NULL);
	if (!checkout || chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
