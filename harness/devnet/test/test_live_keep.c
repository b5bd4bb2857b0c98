/*
 * live_keep.c: a world that goes on where it ended, and what is said of one
 * that cannot, in a cache of its own.
 */
#include "devnet/live.h"

#include <glob.h>

#include "devnet/test/ground.h"
#include "eth/chain.h"

static const struct live_events nothing;

static struct live *world(void)
{
	static const char *const roles[] = { "carol" };
	const struct live_spec spec = { .root = root(),
					.release = "1.8.1",
					.profile = "fast",
					.roles = roles,
					.roles_n = 1,
					.keeps = true };
	struct live *w = NULL;
	struct err e = ERR_INIT;

	assert_ok(live_new(&w, loop, &spec, &nothing, &e), &e);
	return w;
}

static uint64_t height(struct live *w)
{
	struct err e = ERR_INIT;
	struct block b;

	assert_ok(live_head(w, &b, &e), &e);
	return b.number;
}

/* Goes on by @blocks, with an account @name; returns the height. */
static uint64_t lives(const char *name, uint64_t blocks, uint64_t *ret_from)
{
	CLEANUP(live_freep) struct live *w = world();
	struct err e = ERR_INIT;
	struct addr20 ignored;

	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	*ret_from = height(w);
	assert_ok(live_account(w, name, &ignored, &e), &e);
	assert_ok(live_advance(w, *ret_from + blocks, 0, &e), &e);
	assert_ok(live_keep(w, &e), &e);
	return *ret_from + blocks;
}

/* The one file that says which state is the latest. */
static char *latest(void)
{
	CLEANUP(freep) char *all = scratched("cache/kept/*.latest");
	glob_t found;
	char *path;

	assert_int_equal(glob(all, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	path = xstrdup(found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static void goes_on(void **state)
{
	uint64_t from, first, second;
	struct err e = ERR_INIT;

	(void)state;
	first = lives("erin", 7, &from);
	second = lives("frank", 1, &from);
	assert_in_range(from, first, first + 1); /* the restart is a block */
	CLEANUP(live_freep) struct live *w = world();
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	assert_in_range(height(w), second, second + 1);
	assert_non_null(book_by_name(live_book(w), "erin"));
	assert_non_null(book_by_name(live_book(w), "frank"));
	assert_null(book_by_name(live_book(w), "grace"));
}

static void what_was_kept_is_damaged(void **state)
{
	CLEANUP(freep) char *path = latest();
	CLEANUP(live_freep) struct live *w = world();
	CLEANUP(live_freep) struct live *other = NULL;
	CLEANUP(live_freep) struct live *last = NULL;
	struct err e = ERR_INIT;

	(void)state;
	put(path, "0xzz");
	assert_err(live_begin(w, NULL, 0, 1, &e), &e, ERR_PARSE,
		   ".latest (remove it to start anew)");
	/* Of a state that is not there any more: whoever wants that says so. */
	put(path, "0x11111111111111111111111111111111111111111111111111111111"
		  "11111111");
	other = world();
	e = ERR_INIT;
	assert_err(live_begin(other, NULL, 0, 1, &e), &e, ERR_OS,
		   "names the state 11111111111111111111111111111111, which");
	assert_int_equal(unlink(path), 0);
	last = world();
	assert_ok(live_begin(last, NULL, 0, 1, &e), &e);
	assert_null(book_by_name(live_book(last), "erin"));
}

static int set_up(void **state)
{
	if (ground_setup(state))
		return -1;
	CLEANUP(freep) char *cache = scratched("cache");
	return setenv("AVSBED_CACHE", cache, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),
		cmocka_unit_test(what_was_kept_is_damaged),
	};

	return cmocka_run_group_tests(tests, set_up, ground_teardown);
}
