#include "test/kit.h"

#include <dirent.h>

#include "base/base.h"

#include "scenario/check.h"
#include "scenario/test/abis.h"

/* The findings of one file, as the terminal would show them; free(). */
static char *findings_in(const char *path, const char *root)
{
	struct abis s = { .n = 0 };
	struct abi_source abis = abis_source(&s);
	struct buf out = BUF_INIT(1 << 20);
	struct library *lib;
	struct diags d;
	char *text;

	abis.root = root;
	diags_init(&d);
	lib = library_new(".", &d);
	check_files(&d, lib, &path, 1, &abis, NULL);
	diags_format(&out, &d);
	text = xstrdup(buf_str(&out));
	buf_done(&out);
	library_free(lib);
	diags_done(&d);
	arena_free(s.arena);
	return text;
}

static char *findings(const char *path)
{
	return findings_in(path, NULL);
}

static int is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && !strcmp(d->d_name + n - 5, ".yaml");
}

/* Each file of bad/ says exactly what stands beside it. */
static void each_mistake_has_its_message(void **state)
{
	struct dirent **files = NULL;
	int n = scandir("bad", &files, is_yaml, alphasort), wrong = 0;

	(void)state;
	assert_true(n >= 40);
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("bad/%s", files[i]->d_name);
		char *beside = xasprintf("%.*s.expect",
					 (int)strlen(path) - 5, path);
		struct buf want = BUF_INIT(1 << 16);
		struct err e = ERR_INIT;
		char *got = findings(path);

		assert_ok(buf_read_file(&want, beside, &e), &e);
		if (strcmp(got, buf_str(&want)) != 0) {
			/* cmocka's own printing ends at 1024 characters. */
			fprintf(stderr, "%s says\n%swanted\n%s", path, got,
				buf_str(&want));
			wrong++;
		}
		free(got);
		free(beside);
		free(path);
		buf_done(&want);
		free(files[i]);
	}
	free(files);
	assert_int_equal(wrong, 0);
}

/* Programs and scripts that worlds name, in a checkout: one of the scenario's
 * own, one that is no program, and the script of the world that it continues. */
static void files_that_are_named_are_there(void **state)
{
	struct buf want = BUF_INIT(1 << 16);
	struct err e = ERR_INIT;
	char *got = findings_in("files/named.yaml", ".");

	(void)state;
	assert_ok(buf_read_file(&want, "files/named.expect", &e), &e);
	assert_string_equal(got, buf_str(&want));
	buf_done(&want);
	free(got);
}

static void what_is_right_is_silent(void **state)
{
	char *got = findings("good/everything.yaml");
	char *cases = findings("good/of-cases.yaml");

	(void)state;
	assert_string_equal(got, "");
	assert_string_equal(cases, "");
	free(got);
	free(cases);
}

static void a_file_that_is_not_there(void **state)
{
	char *got = findings("bad/nowhere.yaml");

	(void)state;
	assert_non_null(strstr(got, "bad/nowhere.yaml: "));
	assert_non_null(strstr(got, "No such file"));
	assert_non_null(strstr(got, "1 error in 1 file; nothing was started"));
	free(got);
}

/* All files at once, and each finding once however often a verb is used. */
static void findings_of_several_files(void **state)
{
	static const char *const paths[] = { "bad/unknown-verb.yaml",
					     "good/everything.yaml",
					     "bad/unknown-actor.yaml" };
	struct abis s = { .n = 0 };
	struct abi_source abis = abis_source(&s);
	struct library *lib;
	struct diags d;

	(void)state;
	diags_init(&d);
	lib = library_new(".", &d);
	check_files(&d, lib, paths, ARRAY_LEN(paths), &abis, NULL);
	assert_int_equal(d.n, 2);
	assert_string_equal(d.items[0].pos.file, "bad/unknown-actor.yaml");
	assert_string_equal(d.items[1].pos.file, "bad/unknown-verb.yaml");
	assert_string_equal(d.items[1].nearest, "report");
	library_free(lib);
	diags_done(&d);
	arena_free(s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_its_message),
		cmocka_unit_test(files_that_are_named_are_there),
		cmocka_unit_test(what_is_right_is_silent),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(findings_of_several_files),
	};

	if (chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
