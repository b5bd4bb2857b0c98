#include "test/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/clock.h"
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

/* Over what is there, as long as before, and as old as before. */
static void sees_through_an_old_time(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/a.json", dir);
	struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	struct shelved *a, *b;
	struct err e = ERR_INIT;
	struct stat st;
	FILE *f;

	(void)state;
	put(path, ABI("Old"));
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(stat(path, &st), 0);
	while (!clock_is_over(st.st_ctim))
		;
	assert_ok(shelf_take(&a, path, &e), &e);
	f = fopen(path, "r+e");
	assert_non_null(f);
	assert_true(fputs(ABI("New"), f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_ok(shelf_take(&b, path, &e), &e);
	assert_string_equal(first_error(a), "Old");
	assert_string_equal(first_error(b), "New");
	shelf_give(a);
	shelf_give(b);
	free(path);
	kit_tmpdir_free(dir);
}

/* The arena is everybody's: what was given up would stay in it, and be read
 * once more beside that, for each of a thousand worlds. */
static void come_back_to_while_another_is_used(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/a.json", dir);
	char *other = xasprintf("%s/b.json", dir);
	struct shelved *stays, *a;
	const struct abi *first;
	struct err e = ERR_INIT;

	(void)state;
	put(path, ABI("Often"));
	put(other, ABI("Stays"));
	assert_ok(shelf_take(&stays, other, &e), &e);
	assert_ok(shelf_take(&a, path, &e), &e);
	first = shelf_abi(a);
	shelf_give(a);
	assert_ok(shelf_take(&a, path, &e), &e);
	assert_ptr_equal(shelf_abi(a), first);
	assert_string_equal(first_error(a), "Often");
	shelf_give(stays);
	assert_string_equal(first_error(a), "Often");
	shelf_give(a);
	free(path);
	free(other);
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
	    cmocka_unit_test(sees_through_an_old_time),
	    cmocka_unit_test(come_back_to_while_another_is_used),
	    cmocka_unit_test(what_cannot_be_read_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
