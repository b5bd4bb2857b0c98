#include "test/kit.h"

#include "base/base.h"

#include "scenario/check.h"
#include "scenario/reference.h"
#include "scenario/test/abis.h"
#include "scenario/verbs.h"

static void the_table_is_whole(void **state)
{
	(void)state;
	for (int v = 0; v < VERB__COUNT; v++) {
		const struct verb_spec *s = &verb_specs[v];

		assert_non_null(s->name);
		assert_non_null(s->doc);
		assert_non_null(s->main.name);
		assert_non_null(s->main.doc);
		assert_true(s->main.required);
		assert_int_equal(verb_find(s->name), v);
		for (int i = 0; s->params[i].name; i++) {
			assert_non_null(s->params[i].doc);
			assert_int_equal(verb_param((enum verb)v,
						    s->params[i].name),
					 i);
			for (int c = 0; c < COMMON__COUNT; c++)
				assert_string_not_equal(common_specs[c].name,
							s->params[i].name);
		}
		assert_int_equal(verb_param((enum verb)v, "nothing"), -1);
	}
	assert_int_equal(verb_find("nothing"), VERB__COUNT);
	for (int k = 0; k < WANT__COUNT; k++)
		assert_non_null(want_name((enum want_kind)k));
}

/* Each example as a step of a scenario, with what it takes for granted. */
static char *scenario_of(const struct verb_spec *s)
{
	struct buf b = BUF_INIT(10000);
	const char *line = s->example;

	buf_adds(&b, "scenario: an example\nworld: reference\n"
		     "operators:\n"
		     "  alice, bob: {tee: tdx, stake: 1 PHA}\n"
		     "steps:\n"
		     "  - challenge: alice\n"
		     "    save: c\n");
	while (*line) {
		size_t n = strcspn(line, "\n");

		buf_addf(&b, "  %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	buf_adds(&b, "  - check: head > 0\n");
	return buf_take(&b);
}

static void every_example_is_right(void **state)
{
	struct abis s = { .n = 0 };
	struct abi_source abis = abis_source(&s);

	(void)state;
	for (int v = 0; v < VERB__COUNT; v++) {
		char *text = scenario_of(&verb_specs[v]);
		struct buf out = BUF_INIT(100000);
		const struct scenario *x;
		struct library *lib;
		struct diags d;

		diags_init(&d);
		lib = library_new(".", &d);
		x = library_parse(lib, "example.yaml", text, strlen(text));
		if (x)
			check_scenario(&d, x, &abis);
		diags_format(&out, &d);
		if (d.n)
			fail_msg("%s", buf_str(&out));
		assert_int_equal(x->steps.steps[1]->verb, v);
		buf_done(&out);
		library_free(lib);
		diags_done(&d);
		free(text);
	}
	arena_free(s.arena);
}

static void the_page_is_fresh(void **state)
{
	struct buf page = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;

	(void)state;
	reference_verbs(&want);
	assert_ok(buf_read_file(&page, "../../docs/verbs.md", &e), &e);
	if (strcmp(buf_str(&page), buf_str(&want)) != 0)
		fail_msg("docs/verbs.md is not what the table says: "
			 "build/bin/avsbed verbs >docs/verbs.md");
	buf_done(&page);
	buf_done(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(every_example_is_right),
		cmocka_unit_test(the_page_is_fresh),
	};

	if (chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
