/* tee.c: a simulator that does not start again when it should. */
#include "devnet/tee.h"

#include <sys/stat.h>

#include "base/contract.h"
#include "devnet/test/ground.h"

/* Ready at once, and nobody serves. */
static char *program_that_is_ready(void)
{
	char *path = scratched("tee-sim");
	CLEANUP(freep)
	char *text = xasprintf("#!/bin/sh\n"
			       "echo '{\"event\":\"ready\",\"contract\":%u}'\n"
			       "while read -r line; do :; done\n",
			       CONTRACT_TEE);

	put(path, text);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

/* The next world finds that nobody serves, and nothing to start again. */
static void one_that_is_gone_is_told(void **state)
{
	CLEANUP(freep) char *program = program_that_is_ready();
	CLEANUP(tee_freep) struct tee *t = NULL;
	const struct tee_spec spec = { .program = program, .dir = scratch };
	struct err e = ERR_INIT, kept;

	(void)state;
	assert_ok(tee_new(&t, loop, &spec, &e), &e);
	assert_ok(tee_ready(t, &e), &e);
	assert_true(tee_alive(t));
	assert_int_equal(unlink(program), 0);
	tee_again(t, &spec);
	assert_err(tee_ready(t, &e), &e, ERR_OS,
		   "`make` builds the TEE simulator");
	assert_false(tee_alive(t));
	/* Why is known already. */
	kept = e;
	assert_false(tee_blame(t, &e));
	assert_string_equal(e.text, kept.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_gone_is_told),
	};

	return cmocka_run_group_tests_name("tee", tests, ground_setup,
					   ground_teardown);
}
