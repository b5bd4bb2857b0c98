/* devnet/filesum.c: what changed is read again, whatever it looks like. */
#include "devnet/filesum.h"

#include <errno.h>
#include <fcntl.h>

#include "test/kit.h"

#include "base/base.h"

#define MAX 1000u

static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = kit_tmpdir_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_tmpdir_free(dir);
	return 0;
}

/* Over what is there, so that the file stays the same one. */
static void write_over(const char *path, const char *text)
{
	FILE *f = fopen(path, "r+e");

	if (!f)
		f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void assert_sum(struct filesum *f, const char *path, const char *text)
{
	struct hash32 want = sha256(text, strlen(text));
	struct err e = ERR_INIT;

	assert_ok(filesum_now(f, path, MAX, &e), &e);
	assert_true(hash_eq(&f->sum, &want));
}

/* As long as before and as old as before: only the ctime tells. */
static void sees_another_text(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/a", dir);
	struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	struct filesum f = { 0 };
	struct stat was, now;

	(void)state;
	write_over(path, "one");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_sum(&f, path, "one");
	was = f.st;
	/* The kernel's clock of files ticks every few milliseconds. */
	do {
		write_over(path, "two");
		assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
		assert_int_equal(stat(path, &now), 0);
	} while (now.st_ctim.tv_nsec == was.st_ctim.tv_nsec);
	assert_int_equal(now.st_ino, was.st_ino);
	assert_int_equal(now.st_mtim.tv_sec, was.st_mtim.tv_sec);
	assert_sum(&f, path, "two");
}

/* What an old time was copied with, and what a linker renames over it. */
static void sees_another_file(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/b", dir);
	CLEANUP(freep) char *other = xasprintf("%s/c", dir);
	struct filesum f = { 0 };

	(void)state;
	write_over(path, "one");
	write_over(other, "two");
	assert_sum(&f, path, "one");
	assert_int_equal(rename(other, path), 0);
	assert_sum(&f, path, "two");
}

/* What is not read again cannot be known to be unreadable. */
static void reads_once(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/d", dir);
	struct filesum f = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	write_over(path, "one");
	assert_sum(&f, path, "one");
	assert_ok(filesum_now(&f, path, 1, &e), &e);
	f.known = false;
	assert_false(filesum_now(&f, path, 1, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

static void says_what_is_not_there(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/none", dir);
	struct filesum f = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_false(filesum_now(&f, path, MAX, &e));
	assert_int_equal(e.code, ERR_OS);
	assert_int_equal(e.sub, ENOENT);
	assert_non_null(strstr(e.text, path));
	assert_false(f.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_another_text),
		cmocka_unit_test(sees_another_file),
		cmocka_unit_test(reads_once),
		cmocka_unit_test(says_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
