#include "test/kit.h"

#include "base/base.h"

#include "cli/shard.h"

/* "NAME=value", NULL-terminated: what the environment has. */
static const char *const *vars;

static char *env(const char *name)
{
	size_t len = strlen(name);

	for (const char *const *v = vars; v && *v; v++)
		if (!strncmp(*v, name, len) && (*v)[len] == '=')
			return (char *)(uintptr_t)*v + len + 1;
	return NULL;
}

#define ENV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void is(const char *text, uint64_t index, uint64_t of)
{
	struct shard s;
	struct err e;

	assert_ok(shard_parse(&s, text, env, &e), &e);
	assert_int_equal(s.index, index);
	assert_int_equal(s.of, of);
}

static void fails(const char *text, const char *why)
{
	struct shard s;
	struct err e;

	assert_err(shard_parse(&s, text, env, &e), &e, ERR_SCHEMA, why);
}

static void given_by_hand(void **state)
{
	(void)state;
	vars = ENV("CI_NODE_INDEX=3", "CI_NODE_TOTAL=3");
	is("1/1", 1, 1);
	is("2/5", 2, 5);
	is("5/5", 5, 5);
	fails("6/5", "there is no part 6 of 5");
	fails("0/5", "parts count from 1");
	fails("2", "--shard wants K/N (the K-th of N parts), auto or auto/N, "
		   "not 2");
	fails("2/", "not 2/");
	fails("-1/2", "not -1/2");
	fails("1/100000", "at most 10000");
}

static void told_by_whoever_started_us(void **state)
{
	(void)state;
	vars = NULL;
	fails("auto", "one of CI_NODE_INDEX, CIRCLE_NODE_INDEX, "
		      "BUILDKITE_PARALLEL_JOB, BITBUCKET_PARALLEL_STEP, "
		      "SEMAPHORE_JOB_INDEX, SYSTEM_JOBPOSITIONINPHASE, "
		      "JOB_COMPLETION_INDEX would");
	vars = ENV("CI_NODE_INDEX=3", "CI_NODE_TOTAL=3");
	is("auto", 3, 3);
	vars = ENV("CIRCLE_NODE_INDEX=0", "CIRCLE_NODE_TOTAL=4");
	is("auto", 1, 4);
	vars = ENV("BUILDKITE_PARALLEL_JOB=3", "BUILDKITE_PARALLEL_JOB_COUNT=4");
	is("auto", 4, 4);
	vars = ENV("BITBUCKET_PARALLEL_STEP=0",
		   "BITBUCKET_PARALLEL_STEP_COUNT=2");
	is("auto", 1, 2);
	vars = ENV("SEMAPHORE_JOB_INDEX=1", "SEMAPHORE_JOB_COUNT=2");
	is("auto", 1, 2);
	vars = ENV("SYSTEM_JOBPOSITIONINPHASE=2", "SYSTEM_TOTALJOBSINPHASE=2");
	is("auto", 2, 2);
	vars = ENV("JOB_COMPLETION_INDEX=6");
	is("auto/8", 7, 8);
	fails("auto", "JOB_COMPLETION_INDEX is set, but nothing tells how many "
		      "there are: --shard auto/N");
	fails("auto/6", "there is no part 7 of 6");
	vars = ENV("CI_NODE_INDEX=3");
	fails("auto", "CI_NODE_INDEX is set, and CI_NODE_TOTAL is not");
	vars = ENV("CI_NODE_INDEX=x", "CI_NODE_TOTAL=3");
	{
		struct shard s;
		struct err e;

		assert_err(shard_parse(&s, "auto", env, &e), &e, ERR_PARSE,
			   "CI_NODE_INDEX");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(given_by_hand),
		cmocka_unit_test(told_by_whoever_started_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
