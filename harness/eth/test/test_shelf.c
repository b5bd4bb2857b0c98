#include "test/kit.h"

#include <errno.h>

#include "base/base.h"
#include "eth/shelf.h"

#define ABI(name)                                                              \
	"{\"abi\":[{\"type\":\"error\",\"name\":\"" name "\",\"inputs\":[]}]}"

static void put(const char *path, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
}

static const char *first_error(const struct shelved *s)
{
	return shelf_abi(s)->errors[0].name;
}

static void read_once_until_it_changes(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/a.json", dir);
	struct shelved *a, *b, *c;
	struct err e = ERR_INIT;

	(void)state;
	put(path, ABI("Old"));
	assert_ok(shelf_take(&a, path, &e), &e);
	assert_ok(shelf_take(&b, path, &e), &e);
	assert_ptr_equal(a, b);
	put(path, ABI("New"));
	assert_ok(shelf_take(&c, path, &e), &e);
	assert_ptr_not_equal(a, c);
	assert_string_equal(first_error(c), "New");
	/* Whoever had the old one has it still. */
	shelf_give(a);
	assert_string_equal(first_error(b), "Old");
	shelf_give(b);
	shelf_give(c);
	shelf_give(NULL);
	free(path);
	kit_tmpdir_free(dir);
}

static void what_cannot_be_read_is_not_kept(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/a.json", dir);
	struct err e = ERR_INIT;
	struct shelved *s;

	(void)state;
	assert_err(shelf_take(&s, path, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, ENOENT);
	put(path, "{\"abi\":7}");
	assert_err(shelf_take(&s, path, &e), &e, ERR_SCHEMA, path);
	put(path, ABI("Mended"));
	assert_ok(shelf_take(&s, path, &e), &e);
	assert_string_equal(first_error(s), "Mended");
	shelf_give(s);
	free(path);
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(read_once_until_it_changes),
	    cmocka_unit_test(what_cannot_be_read_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
