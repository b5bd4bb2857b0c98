/* devnet/filesum.c: what changed is read again, whatever it looks like. */
#include "devnet/filesum.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/kit.h"

#include "base/base.h"

#include "base/clock.h"

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

/* The kernel's clock of files has, since @path was written. */
static bool has_ticked(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return clock_is_over(st.st_ctim);
}

/* It does every few milliseconds. */
static void let_tick(const char *path)
{
	while (!has_ticked(path))
		;
}

static void assert_sum(const char *path, const char *text)
{
	struct hash32 want = sha256(text, strlen(text)), have;
	struct err e = ERR_INIT;

	assert_ok(filesum(&have, path, MAX, &e), &e);
	assert_true(hash_eq(&have, &want));
}

/* As long as before and as old as before: only the ctime tells. */
static void sees_another_text(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/a", dir);
	struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	struct stat was, now;

	(void)state;
	write_over(path, "one");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	let_tick(path);
	assert_sum(path, "one");
	assert_int_equal(stat(path, &was), 0);
	write_over(path, "two");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(stat(path, &now), 0);
	assert_int_equal(now.st_ino, was.st_ino);
	assert_int_equal(now.st_size, was.st_size);
	assert_int_equal(now.st_mtim.tv_sec, was.st_mtim.tv_sec);
	assert_sum(path, "two");
}

/* What an old time was copied with, and what a linker renames over it. */
static void sees_another_file(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/b", dir);
	CLEANUP(freep) char *other = xasprintf("%s/c", dir);

	(void)state;
	write_over(path, "one");
	write_over(other, "two");
	let_tick(other);
	assert_sum(path, "one");
	assert_int_equal(rename(other, path), 0);
	assert_sum(path, "two");
}

static void assert_too_large(const char *path)
{
	struct err e = ERR_INIT;
	struct hash32 h;

	assert_false(filesum(&h, path, 1, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

/*
 * Written, read and written again within a tick, nothing may tell (of some
 * kernels and file systems): so what was read then is not remembered.
 */
static void reads_what_is_new_again(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/new", dir);
	bool in_a_tick = false;

	(void)state;
	while (!in_a_tick) {
		write_over(path, "one");
		assert_sum(path, "one");
		in_a_tick = !has_ticked(path);
		if (in_a_tick)
			assert_too_large(path);
		write_over(path, "two");
		assert_sum(path, "two");
	}
}

/* Of a file system that knows no more, this second is not over. */
static void whole_seconds_last_for_one(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/second", dir);
	struct stat before, after;
	bool over, last_over;

	(void)state;
	do {
		write_over(path, "one");
		assert_int_equal(stat(path, &before), 0);
		let_tick(path);
		over = clock_is_over((struct timespec){
			.tv_sec = before.st_ctim.tv_sec });
		last_over = clock_is_over((struct timespec){
			.tv_sec = before.st_ctim.tv_sec - 1 });
		write_over(path, "two");
		assert_int_equal(stat(path, &after), 0);
	} while (before.st_ctim.tv_sec != after.st_ctim.tv_sec);
	assert_false(over);
	assert_true(last_over);
}

/* What is not read again cannot be too large to be read. */
static void reads_once(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/d", dir);
	CLEANUP(freep) char *link_path = xasprintf("%s/link", dir);
	struct err e = ERR_INIT;
	struct hash32 h;

	(void)state;
	write_over(path, "one");
	assert_int_equal(symlink(path, link_path), 0);
	let_tick(path);
	assert_too_large(path);
	assert_sum(path, "one");
	assert_ok(filesum(&h, path, 1, &e), &e);
	assert_ok(filesum(&h, link_path, 1, &e), &e);
	write_over(path, "two");
	assert_too_large(path);
}

/* More files than are remembered: those read last are. */
static void forgets_the_first(void **state)
{
	CLEANUP(freep) char *first = xasprintf("%s/first", dir);
	CLEANUP(freep) char *last = NULL;
	struct err e = ERR_INIT;
	struct hash32 h;

	(void)state;
	write_over(first, "first");
	let_tick(first);
	assert_sum(first, "first");
	for (unsigned i = 0; i < 300; i++) {
		CLEANUP(freep) char *text = xasprintf("file %u", i);

		free(last);
		last = xasprintf("%s/many-%u", dir, i);
		write_over(last, text);
	}
	let_tick(last);
	for (unsigned i = 0; i < 300; i++) {
		CLEANUP(freep) char *path = xasprintf("%s/many-%u", dir, i);
		CLEANUP(freep) char *text = xasprintf("file %u", i);

		assert_sum(path, text);
	}
	assert_ok(filesum(&h, last, 1, &e), &e);
	assert_too_large(first);
	assert_sum(first, "first");
}

static void says_what_is_not_there(void **state)
{
	CLEANUP(freep) char *path = xasprintf("%s/none", dir);
	struct err e = ERR_INIT;
	struct hash32 h;

	(void)state;
	assert_false(filesum(&h, path, MAX, &e));
	assert_int_equal(e.code, ERR_OS);
	assert_int_equal(e.sub, ENOENT);
	assert_non_null(strstr(e.text, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_another_text),
		cmocka_unit_test(reads_what_is_new_again),
		cmocka_unit_test(whole_seconds_last_for_one),
		cmocka_unit_test(sees_another_file),
		cmocka_unit_test(reads_once),
		cmocka_unit_test(forgets_the_first),
		cmocka_unit_test(says_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
