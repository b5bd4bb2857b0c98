/* options: what is parsed, and what a slip is told. */
#include "test/kit.h"

#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

#include "base/base.h"

struct opts {
	bool keep;
	const char *junit;
	uint64_t seed, times;
	struct option_list faults;
};

static const struct option_spec table[] = {
	{ "keep", OPTION_FLAG, NULL, "keep it", offsetof(struct opts, keep) },
	{ "junit", OPTION_TEXT, "FILE", "write it",
	  offsetof(struct opts, junit) },
	{ "seed", OPTION_U64, "N", "the seed", offsetof(struct opts, seed) },
	{ "times", OPTION_COUNT, "N", "how often",
	  offsetof(struct opts, times) },
	{ "fault", OPTION_LIST, "NAME", "one more",
	  offsetof(struct opts, faults) },
	{ .name = NULL },
};

static void reads_every_form(void **state)
{
	const char *argv[] = { "a.yaml",  "--seed=7", "--junit", "x.xml",
			       "--keep",  "--",       "--b",	 NULL };
	struct opts o = { 0 };
	const char **rest;
	struct err e;

	(void)state;
	assert_ok(options_parse(table, &o, argv, &rest, &e), &e);
	assert_true(o.keep);
	assert_string_equal(o.junit, "x.xml");
	assert_int_equal(o.seed, 7);
	assert_string_equal(rest[0], "a.yaml");
	assert_string_equal(rest[1], "--b");
	assert_null(rest[2]);
	free(rest);
}

/* As often as there is room, in their order. */
static void lists_grow(void **state)
{
	const char *argv[OPTION_LIST_MAX + 2] = { "--fault=first" };
	struct opts o = { 0 };
	const char **rest;
	struct err e;

	(void)state;
	for (size_t i = 1; i < OPTION_LIST_MAX; i++)
		argv[i] = "--fault=more";
	assert_ok(options_parse(table, &o, argv, &rest, &e), &e);
	assert_int_equal(o.faults.n, OPTION_LIST_MAX);
	assert_string_equal(o.faults.v[0], "first");
	assert_string_equal(o.faults.v[1], "more");
	free(rest);
	argv[OPTION_LIST_MAX] = "--fault=last";
	o = (struct opts){ 0 };
	assert_err(options_parse(table, &o, argv, &rest, &e), &e, ERR_LIMIT,
		   "--fault is given more than 32 times");
}

static void slips_are_named(void **state)
{
	static const struct {
		const char *argv[3];
		enum err_code code;
		const char *text;
	} cases[] = {
		{ { "--sed=7" }, ERR_SCHEMA, "no option --sed; nearest: --seed" },
		{ { "--seed" }, ERR_SCHEMA, "--seed needs a N" },
		{ { "--seed", "7x" }, ERR_PARSE, "--seed: '7x'" },
		{ { "--seed", "99999999999999999999" }, ERR_RANGE, "--seed" },
		{ { "--times", "0" }, ERR_RANGE, "--times is of 1 to 100000" },
		{ { "--times=99999999999" }, ERR_RANGE, "100000, not 99999" },
		{ { "--times=x" }, ERR_PARSE, "--times: 'x'" },
		{ { "--keep=1" }, ERR_SCHEMA, "--keep takes no value" },
		{ { "-k" }, ERR_SCHEMA, "options are long here: -k" },
	};
	struct opts o = { 0 };
	const char **rest;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_err(options_parse(table, &o, cases[i].argv, &rest, &e),
			   &e, cases[i].code, cases[i].text);
}

static void usage_lists_every_option(void **state)
{
	const struct command c = { "run",  "[FILE…]", "Runs.", "At once.\n",
				   table, NULL };
	struct buf b = BUF_INIT(4096);

	(void)state;
	command_usage(&b, &c);
	assert_non_null(strstr(buf_str(&b), "avsbed run [options] [FILE…]"));
	assert_non_null(strstr(buf_str(&b), "\n\nAt once.\n"));
	for (const struct option_spec *o = table; o->name; o++)
		assert_non_null(strstr(buf_str(&b), o->name));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(slips_are_named),
		cmocka_unit_test(usage_lists_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
