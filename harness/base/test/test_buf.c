#include "test/kit.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/rng.h"

static void grows_and_ends_in_nul(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 100; i++)
		buf_addc(&b, 'a');
	buf_adds(&b, "bc");
	buf_addf(&b, "%d-%s", 42, "x");
	buf_addhex(&b, "\x00\xff\x1a", 3);
	assert_int_equal(b.len, 100 + 2 + 4 + 6);
	assert_string_equal(buf_str(&b) + 100, "bc42-x00ff1a");
	assert_int_equal(b.data[b.len], 0);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
	buf_done(&b);
	buf_clear(&b);
	assert_null(b.data);
}

static void stops_at_its_cap_and_remembers(void **state)
{
	struct buf b = BUF_INIT(8);
	struct err e = ERR_INIT;

	(void)state;
	buf_adds(&b, "12345678");
	assert_ok(buf_ok(&b, "answer", &e), &e);
	buf_addc(&b, '9');
	buf_addf(&b, "%d", 10);
	assert_string_equal(buf_str(&b), "12345678");
	assert_err(buf_ok(&b, "answer", &e), &e, ERR_LIMIT,
		   "answer is larger than 8 bytes");
	buf_clear(&b);
	assert_ok(buf_ok(&b, "answer", &e), &e);

	/* What still fits of a longer piece is kept: a prefix. */
	buf_addf(&b, "%s", "abcdefghijkl");
	assert_string_equal(buf_str(&b), "abcdefgh");
	assert_true(b.over);
	buf_done(&b);
	assert_int_equal(b.cap, 8);
}

static void never_passes_its_cap(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct buf b = BUF_INIT(rng_below(&r, 300));
	uint8_t part[64], whole[64 * 20];
	size_t want = 0;

	for (int i = 0; i < 20; i++) {
		size_t n = rng_below(&r, sizeof(part) + 1);

		rng_fill(&r, part, n);
		buf_add(&b, part, n);
		memcpy(whole + want, part, n);
		want += n;
	}
	assert_int_equal(b.len, want < b.cap ? want : b.cap);
	assert_int_equal(b.over, want > b.cap);
	if (b.len)
		assert_memory_equal(b.data, whole, b.len);
	if (b.data)
		assert_int_equal(b.data[b.len], 0);
	buf_done(&b);
}

static void caps_hold_for_all(void **state)
{
	(void)state;
	kit_property(1, 200, never_passes_its_cap);
}

/* Of what does not fit, digits are kept like any characters. */
static void hex_to_its_cap(void **state)
{
	struct buf b = BUF_INIT(7);

	(void)state;
	buf_addhex(&b, "", 0);
	assert_string_equal(buf_str(&b), "");
	buf_addhex(&b, "\x01\xff", 2);
	assert_string_equal(buf_str(&b), "01ff");
	assert_false(b.over);
	buf_addhex(&b, "\xab\xcd", 2);
	assert_string_equal(buf_str(&b), "01ffabc");
	assert_true(b.over);
	buf_addc(&b, 'd');
	assert_string_equal(buf_str(&b), "01ffabc");
	buf_done(&b);
}

static void json_strings_are_escaped(void **state)
{
	struct buf b = BUF_INIT(200);

	(void)state;
	buf_addjson(&b, "a\"\\\n\t\x01 é", 9);
	assert_string_equal(buf_str(&b), "\"a\\\"\\\\\\n\\t\\u0001 é\"");
	buf_clear(&b);
	buf_addjson(&b, "a\0b", 3);
	assert_string_equal(buf_str(&b), "\"a\\u0000b\"");
	buf_done(&b);
}

/* One that is put between its quotes at once is cut as any other. */
static void json_strings_to_their_cap(void **state)
{
	static const char *const texts[][2] = {
		{ "", "\"\"" },
		{ "abcdefgh", "\"abcdefgh\"" },
		{ "abc\"defg", "\"abc\\\"defg\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *whole = texts[i][1];
		size_t len = strlen(whole);

		for (size_t cap = 0; cap <= len + 3; cap++) {
			struct buf b = BUF_INIT(cap);
			size_t fit = cap < len + 1 ? cap : len + 1;

			buf_addc(&b, 'x');
			buf_addjson(&b, texts[i][0], strlen(texts[i][0]));
			assert_int_equal(b.len, fit);
			assert_int_equal(b.over, cap < len + 1);
			assert_int_equal(buf_str(&b)[fit], 0);
			if (fit)
				assert_memory_equal(buf_str(&b) + 1, whole,
						    fit - 1);
			buf_done(&b);
		}
	}
}

static void drops_from_the_front(void **state)
{
	struct buf b = BUF_INIT(20);

	(void)state;
	buf_drop(&b, 0);
	buf_adds(&b, "hello world");
	buf_drop(&b, 6);
	assert_string_equal(buf_str(&b), "world");
	buf_drop(&b, 5);
	assert_string_equal(buf_str(&b), "");
	buf_done(&b);
}

static void gives_its_text_away(void **state)
{
	struct buf b = BUF_INIT(20);
	char *s = buf_take(&b);

	(void)state;
	assert_string_equal(s, "");
	free(s);
	buf_adds(&b, "mine");
	s = buf_take(&b);
	assert_string_equal(s, "mine");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	free(s);
}

static void writes_and_reads_files(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/f", dir);
	struct buf b = BUF_INIT(100000), small = BUF_INIT(4);
	struct buf exact = BUF_INIT(50000), less = BUF_INIT(49999);
	struct err e = ERR_INIT;
	uint8_t *data = xmalloc(50000);
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 50000; i++)
		data[i] = (uint8_t)(i ^ i >> 8);
	assert_ok(file_write_atomic(path, "old", 3, &e), &e);
	assert_ok(file_write_atomic(path, data, 50000, &e), &e);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_ok(buf_read_file(&b, path, &e), &e);
	assert_int_equal(b.len, 50000);
	assert_memory_equal(b.data, data, 50000);
	/* Behind what is there already, as far as there is room. */
	assert_ok(buf_read_file(&b, path, &e), &e);
	assert_int_equal(b.len, 100000);
	assert_memory_equal(b.data + 50000, data, 50000);
	assert_ok(buf_read_file(&exact, path, &e), &e);
	assert_memory_equal(exact.data, data, 50000);
	assert_err(buf_read_file(&less, path, &e), &e, ERR_LIMIT, path);
	assert_err(buf_read_file(&small, path, &e), &e, ERR_LIMIT, path);
	buf_done(&exact);
	buf_done(&less);
	free(data);
	buf_done(&b);
	buf_done(&small);
	free(path);
	kit_tmpdir_free(dir);
}

static void writes_anew_whatever_is_there(void **state)
{
	CLEANUP(freep) char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/f", dir);
	CLEANUP(freep) char *to = xasprintf("%s/to", dir);
	struct buf b = BUF_INIT(100);
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_ok(file_write_new(to, "another's", 9, &e), &e);
	assert_int_equal(symlink(to, path), 0);
	assert_ok(file_write_new(path, "first", 5, &e), &e);
	assert_int_equal(chmod(path, 0400), 0);
	assert_ok(file_write_new(path, "new", 3, &e), &e);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_ok(buf_read_file(&b, path, &e), &e);
	assert_string_equal(buf_str(&b), "new");
	buf_clear(&b);
	assert_ok(buf_read_file(&b, to, &e), &e);
	assert_string_equal(buf_str(&b), "another's");
	buf_done(&b);
	kit_tmpdir_free(TAKE(dir));
}

static void endless_files_are_not_read_to_their_end(void **state)
{
	struct buf b = BUF_INIT(1 << 16);
	struct err e = ERR_INIT;

	(void)state;
	assert_err(buf_read_file(&b, "/dev/zero", &e), &e, ERR_LIMIT,
		   "/dev/zero is larger than 65536 bytes");
	buf_done(&b);
}

static void file_errors_name_the_path(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/no/f", dir);
	struct buf b = BUF_INIT(10);
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_err(buf_read_file(&b, path, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, ENOENT);
	assert_err(buf_read_file(&b, dir, &e), &e, ERR_OS, "cannot read");
	assert_int_equal(e.sub, EISDIR);
	assert_err(file_write_atomic(path, "x", 1, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, ENOENT);
	/* A directory stands where the file should go. */
	assert_err(file_write_atomic(dir, "x", 1, &e), &e, ERR_OS,
		   "cannot write");
	assert_err(file_write_new(path, "x", 1, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, ENOENT);
	assert_err(file_write_new(dir, "x", 1, &e), &e, ERR_OS,
		   "cannot write");
	/* A device stays one. */
	assert_err(file_write_atomic("/dev/full", "x", 1, &e), &e, ERR_OS,
		   "cannot write /dev/full");
	assert_int_equal(e.sub, ENOSPC);
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	buf_done(&b);
	free(path);
	kit_tmpdir_free(dir);
}

static bool three_parts(void *arg, struct buf *part)
{
	unsigned *n = arg;

	assert_int_equal(part->len, 0);
	buf_addf(part, "part %u\n", ++*n);
	return *n < 3;
}

static void writes_in_parts(void **state)
{
	CLEANUP(freep) char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/out", dir);
	CLEANUP(freep) char *nowhere = xasprintf("%s/not/there", dir);
	struct buf b = BUF_INIT(100);
	unsigned n = 0;
	struct err e;

	(void)state;
	assert_ok(file_write_parts(path, three_parts, &n, &e), &e);
	assert_ok(buf_read_file(&b, path, &e), &e);
	assert_string_equal(buf_str(&b), "part 1\npart 2\npart 3\n");
	n = 0;
	assert_err(file_write_parts(nowhere, three_parts, &n, &e), &e, ERR_OS,
		   nowhere);
	assert_int_equal(n, 0);
	assert_err(file_write_parts("/dev/full", three_parts, &n, &e), &e,
		   ERR_OS, "/dev/full");
	buf_done(&b);
	kit_tmpdir_free(TAKE(dir));
}

static void copies_files(void **state)
{
	char *dir = kit_tmpdir_new(), *from = xasprintf("%s/from", dir);
	char *to = xasprintf("%s/to", dir), *no = xasprintf("%s/no/f", dir);
	CLEANUP(freep) char *data = xmalloc(50000);
	struct buf b = BUF_INIT(100000);
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 50000; i++)
		data[i] = (char)(i * 7 + i / 256);
	assert_ok(file_write_atomic(from, data, 50000, &e), &e);
	assert_ok(file_write_atomic(to, "old", 3, &e), &e);
	assert_ok(file_copy(to, from, &e), &e);
	assert_ok(buf_read_file(&b, to, &e), &e);
	assert_int_equal(b.len, 50000);
	assert_memory_equal(b.data, data, 50000);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_err(file_copy(to, no, &e), &e, ERR_OS, "cannot open");
	assert_err(file_copy(no, from, &e), &e, ERR_OS, "cannot write");
	assert_int_equal(e.sub, ENOENT);
	assert_err(file_copy(to, dir, &e), &e, ERR_OS, "cannot read");
	assert_int_equal(e.sub, EISDIR);
	/* Where it failed, it left nothing beside the others. */
	assert_int_equal(unlink(from), 0);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	buf_done(&b);
	free(no);
	free(to);
	free(from);
	kit_tmpdir_free(dir);
}

static void words_of_a_shell(void **state)
{
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "build/bin/avsbed", "build/bin/avsbed" },
		{ "http://127.0.0.1:1", "http://127.0.0.1:1" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "it's", "'it'\\''s'" },
		{ "$x[1]", "'$x[1]'" },
		{ "\xc3\xbc", "'\xc3\xbc'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = BUF_INIT(100);

		buf_addsh(&b, cases[i].word);
		assert_string_equal(buf_str(&b), cases[i].want);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_of_a_shell),
	    cmocka_unit_test(grows_and_ends_in_nul),
	    cmocka_unit_test(stops_at_its_cap_and_remembers),
	    cmocka_unit_test(caps_hold_for_all),
	    cmocka_unit_test(hex_to_its_cap),
	    cmocka_unit_test(json_strings_are_escaped),
	    cmocka_unit_test(json_strings_to_their_cap),
	    cmocka_unit_test(drops_from_the_front),
	    cmocka_unit_test(gives_its_text_away),
	    cmocka_unit_test(writes_and_reads_files),
	    cmocka_unit_test(writes_anew_whatever_is_there),
	    cmocka_unit_test(endless_files_are_not_read_to_their_end),
	    cmocka_unit_test(file_errors_name_the_path),
	    cmocka_unit_test(writes_in_parts),
	    cmocka_unit_test(copies_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
