/*
 * stand_in - programs for a test's world: shell scripts in its scratch folder.
 *
 * Not a room: for tests of live worlds only.
 */
#ifndef DEVNET_TEST_STAND_IN_H
#define DEVNET_TEST_STAND_IN_H

#include <sys/stat.h>

#include "devnet/test/ground.h"

/* Somebody else's operator, as a shell script. Borrowed until the test ends. */
static inline const char *stand_in(const char *name, const char *body)
{
	static char path[4096];
	CLEANUP(freep) char *at = scratched(name);
	CLEANUP(freep) char *text = xasprintf("#!/bin/sh\n%s", body);

	put(at, text);
	assert_int_equal(chmod(at, 0755), 0);
	snprintf(path, sizeof(path), "%s", at);
	return path;
}

#define SAYS_READY "echo '{\"event\":\"ready\"}'\n"
#define SAYS_HANDLED(n)                                                        \
	"echo '{\"event\":\"handled\",\"block\":" n ",\"requests\":0}'\n"

#endif
