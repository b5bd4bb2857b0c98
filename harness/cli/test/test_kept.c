/* Which runs reports/ keeps: the newest few, and whatever is not ours. */
#include "test/kit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "cli/kept.h"

static bool there(const char *folder, const char *name)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", folder, name);

	return !access(path, F_OK);
}

static void put(const char *folder, const char *name, const char *file)
{
	CLEANUP(freep) char *dir = xasprintf("%s/%s", folder, name);
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, file);
	struct err e = ERR_INIT;

	(void)mkdir(dir, 0700);
	assert_ok(file_write_atomic(path, "{}\n", 3, &e), &e);
}

/* As old as @minutes say. */
static void put_run(const char *folder, const char *name, time_t minutes)
{
	const struct timespec at[2] = { { .tv_sec = 1000000 - minutes * 60 },
					{ .tv_sec = 1000000 - minutes * 60 } };
	CLEANUP(freep) char *path = xasprintf("%s/%s/journal.jsonl", folder,
					      name);

	put(folder, name, "journal.jsonl");
	assert_int_equal(utimensat(AT_FDCWD, path, at, 0), 0);
}

static void the_newest_stay(void **state)
{
	char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *folder = xasprintf("%s/reports", dir);
	CLEANUP(freep) char *journal = xasprintf("%s/j", dir);
	char name[16];
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(file_write_atomic(journal, "{}\n", 3, &e), &e);
	assert_ok(kept_add(folder, "run-ffffff", journal, &e), &e);
	for (int i = 0; i < KEPT_MAX + 2; i++) {
		snprintf(name, sizeof(name), "run-%06x", (unsigned)i);
		put_run(folder, name, i);
	}
	/* The user's: another name, a report beside the journal, no journal. */
	put_run(folder, "run-older", 1000);
	put_run(folder, "run-abcdeg", 1000);
	put_run(folder, "run-aaaaaa", 1000);
	put(folder, "run-aaaaaa", "index.html");
	put(folder, "run-bbbbbb", "notes.txt");
	put(folder, "mine", "journal.jsonl");

	assert_ok(kept_add(folder, "run-eeeeee", journal, &e), &e);
	assert_true(there(folder, "run-eeeeee/journal.jsonl"));
	assert_true(there(folder, "run-ffffff/journal.jsonl"));
	assert_true(there(folder, "run-000007/journal.jsonl"));
	for (int i = KEPT_MAX - 2; i < KEPT_MAX + 2; i++) {
		snprintf(name, sizeof(name), "run-%06x", (unsigned)i);
		assert_false(there(folder, name));
	}
	assert_true(there(folder, "run-older/journal.jsonl"));
	assert_true(there(folder, "run-abcdeg/journal.jsonl"));
	assert_true(there(folder, "run-aaaaaa/journal.jsonl"));
	assert_true(there(folder, "run-bbbbbb/notes.txt"));
	assert_true(there(folder, "mine/journal.jsonl"));
	kit_tmpdir_free(dir);
}

/* The same run again is the newest. */
static void the_same_again(void **state)
{
	char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *journal = xasprintf("%s/j", dir);
	struct err e = ERR_INIT;
	char name[16];

	(void)state;
	assert_ok(file_write_atomic(journal, "{}\n", 3, &e), &e);
	put_run(dir, "run-abcdef", 1000);
	for (int i = 0; i < KEPT_MAX; i++) {
		snprintf(name, sizeof(name), "run-%06x", (unsigned)i);
		put_run(dir, name, i);
	}
	assert_ok(kept_add(dir, "run-abcdef", journal, &e), &e);
	assert_true(there(dir, "run-abcdef/journal.jsonl"));
	assert_false(there(dir, "run-000009"));
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_stay),
		cmocka_unit_test(the_same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
