#include "test/kit.h"

#include "base/base.h"

#include "scenario/load.h"
#include "scenario/reference.h"
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

/* `make check` plays them (tools/check-examples); here, that each is its own
 * verb's. */
static void every_example_has_its_verb(void **state)
{
	(void)state;
	for (int v = 0; v < VERB__COUNT; v++) {
		CLEANUP(freep) char *step = xasprintf("\n  - %s:",
						      verb_specs[v].name);
		struct buf text = BUF_INIT(100000);

		reference_example(&text, (enum verb)v);
		assert_non_null(strstr(buf_str(&text), step));
		buf_done(&text);
	}
}

static void the_page_is_fresh(void **state)
{
	struct buf page = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
	const struct verb_def *const *defs;
	struct err e = ERR_INIT;
	struct library *lib;
	struct diags d;
	size_t n;

	(void)state;
	diags_init(&d);
	lib = library_new("../../scenarios", &d);
	defs = library_verbs(lib, &n);
	assert_int_equal(d.n, 0);
	reference_verbs(&want);
	reference_written(&want, defs, n);
	library_free(lib);
	diags_done(&d);
	assert_ok(buf_read_file(&page, "../../docs/verbs.md", &e), &e);
	if (strcmp(buf_str(&page), buf_str(&want)) != 0)
		fail_msg("docs/verbs.md is not what the table says: "
			 "build/bin/avsbed verbs >docs/verbs.md");
	buf_done(&page);
	buf_done(&want);
}

/* A folder's verbs may use those of another, whichever comes first: here
 * `atop` those of `common`. */
static void verbs_of_all_folders(void **state)
{
	const struct verb_def *const *defs;
	struct library *lib;
	bool found = false;
	struct diags d;
	size_t n;

	(void)state;
	diags_init(&d);
	lib = library_new(".", &d);
	defs = library_verbs(lib, &n);
	for (size_t i = 0; i < d.n; i++)
		assert_null(strstr(d.items[i].pos.file, "verbs/atop/"));
	for (size_t i = 0; i < n; i++)
		if (!strcmp(defs[i]->name, "ask twice")) {
			assert_int_equal(defs[i]->steps.n, 2);
			assert_string_equal(defs[i]->steps.steps[0]->def->name,
					    "ask");
			found = true;
		}
	assert_true(found);
	library_free(lib);
	diags_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(every_example_has_its_verb),
		cmocka_unit_test(the_page_is_fresh),
		cmocka_unit_test(verbs_of_all_folders),
	};

	if (chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
