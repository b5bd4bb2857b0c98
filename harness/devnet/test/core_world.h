/*
 * core_world - a world of EigenLayer alone, with two roles, begun.
 *
 * Not a room: for tests of live worlds only.
 */
#ifndef DEVNET_TEST_CORE_WORLD_H
#define DEVNET_TEST_CORE_WORLD_H

#include "devnet/live.h"

#include "devnet/test/ground.h"

static const struct live_events nothing;

static inline struct live_spec core_spec(void)
{
	static const char *const roles[] = { "carol", "mallory" };

	return (struct live_spec){ .root = root(),
				   .release = "1.8.1",
				   .profile = "fast",
				   .roles = roles,
				   .roles_n = 2 };
}

static inline struct live *core_world(void)
{
	struct live_spec spec = core_spec();
	struct live *w = NULL;
	struct err e = ERR_INIT;

	assert_ok(live_new(&w, loop, &spec, &nothing, &e), &e);
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	return w;
}

#endif
