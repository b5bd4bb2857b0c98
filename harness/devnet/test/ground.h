/*
 * ground - what tests with a real anvil stand on: a loop, the reaper, paths.
 *
 * Not a room: for devnet's tests only.
 */
#ifndef DEVNET_TEST_GROUND_H
#define DEVNET_TEST_GROUND_H

#include "test/kit.h"

#include "base/base.h"

#include "io/loop.h"
#include "io/reaper.h"

static struct loop *loop;
static char *scratch; /* removed at the end */

static inline UNUSED const char *root(void)
{
	const char *r = getenv("AVSBED_ROOT");

	return r ? r : ".";
}

/* An absolute path in the checkout. Owned by the caller. */
static inline UNUSED char *rooted(const char *path)
{
	CLEANUP(freep) char *all = xasprintf("%s/%s", root(), path);
	char *full = realpath(all, NULL);

	if (!full)
		fail_msg("%s is not there; run make", all);
	return full;
}

static inline UNUSED char *scratched(const char *name)
{
	return xasprintf("%s/%s", scratch, name);
}

static inline UNUSED void put(const char *path, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
}

static inline UNUSED int ground_setup(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(reaper_start(&e), &e);
	assert_ok(loop_new(&loop, &e), &e);
	scratch = kit_tmpdir_new();
	return 0;
}

static inline UNUSED int ground_teardown(void **state)
{
	(void)state;
	kit_tmpdir_free(scratch);
	loop_free(loop);
	reaper_stop();
	return 0;
}

#endif
