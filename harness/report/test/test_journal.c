/* journal: what is written can be read, and damage is named by its line. */
#include "test/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/json_put.h"
#include "report/journal.h"

#include "base/base.h"

struct seen {
	size_t n;
	char last[256];
};

static void count(void *arg, const json_t *record)
{
	struct seen *s = arg;
	const char *scn = json_string_value(json_object_get(record, "scn"));

	s->n++;
	snprintf(s->last, sizeof(s->last), "%s@%s",
		 json_string_value(json_object_get(record, "ev")),
		 scn ? scn : "-");
}

static void writes_what_it_reads(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	struct journal *j = NULL;
	struct seen live = { 0 }, read = { 0 };
	struct err e;

	(void)state;
	assert_ok(journal_new(&j, path, &e), &e);
	journal_sink(j, count, NULL, &live);
	journal_write(j, "run.start", NULL);
	assert_string_equal(live.last, "run.start@-");
	journal_context(j, "sla/late");
	journal_write(j, "step.end",
		      json_pack("{s:s}", "text", "a \"quoted\"\nline"));
	assert_string_equal(live.last, "step.end@sla/late");
	assert_ok(journal_close(j, &e), &e);
	journal_free(j);
	assert_ok(journal_read(path, count, &read, &e), &e);
	assert_int_equal(read.n, 2);
	assert_string_equal(read.last, "step.end@sla/late");
	free(path);
	kit_tmpdir_free(dir);
}

/* Its time aside, which is a number. */
static char *lines_of(const char *path)
{
	struct buf raw = BUF_INIT(4096), b = BUF_INIT(4096);
	struct err e;

	assert_ok(buf_read_file(&raw, path, &e), &e);
	for (const char *s = buf_str(&raw); *s;) {
		static const char t[] = "\"t\":";

		buf_addc(&b, *s);
		if (strncmp(s++, t, strlen(t)) != 0)
			continue;
		buf_adds(&b, t + 1);
		s += strlen(t) - 1;
		assert_int_not_equal(strspn(s, "0123456789"), 0);
		s += strspn(s, "0123456789");
	}
	buf_done(&raw);
	return buf_take(&b);
}

static bool only_b(void *arg, const char *kind)
{
	(void)arg;
	return !strcmp(kind, "b");
}

/* Of kinds that nobody wants; without a file as with one. */
static void who_reads_has_what_it_wants(void **state)
{
	struct journal *j = NULL;
	struct seen all = { 0 }, some = { 0 };
	struct err e;

	(void)state;
	assert_ok(journal_new(&j, NULL, &e), &e);
	journal_sink(j, count, only_b, &some);
	journal_context(j, "s");
	for (unsigned i = 0; i < 2; i++) {
		journal_write(j, "a", NULL);
		(void)journal_begin(j, "a");
		journal_end(j);
		assert_int_equal(some.n, 2 * i);
		journal_write(j, "b", NULL);
		assert_string_equal(some.last, "b@s");
		assert_int_equal(some.n, 2 * i + 1);
		json_put_int(journal_begin(j, "b"), "n", 1);
		journal_end(j);
		assert_int_equal(some.n, 2 * i + 2);
		assert_int_equal(all.n, i * 4);
		if (!i)
			journal_sink(j, count, NULL, &all);
	}
	assert_string_equal(all.last, "b@s");
	journal_free(j);
}

/* Bytes are compared where a seed's journals are. */
static void what_every_record_has_comes_first(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	struct journal *j = NULL;
	struct err e;
	char *text;

	(void)state;
	assert_ok(journal_new(&j, path, &e), &e);
	journal_write(j, "run.start", NULL);
	journal_context(j, "a\"b");
	journal_write(j, "row.start", json_object());
	journal_copy(j, true);
	journal_write(j, "tx", json_pack("{s:b, s:s}", "ok", 1, "z", "é"));
	json_put_text(journal_begin(j, "event"), "x", "\"");
	journal_end(j);
	json_t *copies = journal_copies(j);

	assert_int_equal(json_array_size(copies), 2);
	journal_context(j, "c");
	journal_again(j, json_array_get(copies, 0));
	journal_again(j, json_array_get(copies, 1));
	json_decref(copies);
	journal_free(j);
	text = lines_of(path);
	assert_string_equal(
		text, "{\"ev\":\"run.start\",\"t\":}\n"
		      "{\"ev\":\"row.start\",\"t\":,\"scn\":\"a\\\"b\"}\n"
		      "{\"ev\":\"tx\",\"t\":,\"scn\":\"a\\\"b\",\"ok\":true,"
		      "\"z\":\"é\"}\n"
		      "{\"ev\":\"event\",\"t\":,\"scn\":\"a\\\"b\","
		      "\"x\":\"\\\"\"}\n"
		      "{\"ev\":\"tx\",\"t\":,\"scn\":\"c\",\"ok\":true,"
		      "\"z\":\"é\"}\n"
		      "{\"ev\":\"event\",\"t\":,\"scn\":\"c\","
		      "\"x\":\"\\\"\"}\n");
	free(text);
	free(path);
	kit_tmpdir_free(dir);
}

static size_t records_in(const char *path)
{
	struct seen seen = { 0 };
	struct err e;

	assert_ok(journal_read(path, count, &seen, &e), &e);
	return seen.n;
}

/* And not before, whatever it is that comes together. */
static void what_is_settled_is_in_the_file(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	struct journal *j = NULL;
	struct err e;

	(void)state;
	for (unsigned private = 0; private < 2; private++) {
		size_t n = 0;

		assert_ok(journal_new(&j, path, &e), &e);
		if (private)
			journal_private(j);
		journal_write(j, "tx", NULL);
		journal_write(j, "step.end", NULL);
		assert_int_equal(records_in(path), 0);
		journal_settle(j);
		assert_int_equal(records_in(path), private ? 0 : 2);
		/* Memory is no place for as many as there may be. */
		while (n++ < 4096)
			journal_write(j, "tx", NULL);
		assert_in_range(records_in(path), 3, 4097);
		if (private)
			assert_ok(journal_close(j, &e), &e);
		journal_free(j);
		assert_int_equal(records_in(path), 4098);
	}
	free(path);
	kit_tmpdir_free(dir);
}

static void damage_is_named_by_record(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	struct seen seen = { 0 };
	struct err e;
	static const char text[] = "{\"ev\":\"a\"}\n{\"ev\":\n";

	(void)state;
	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_err(journal_read(path, count, &seen, &e), &e, ERR_PARSE,
		   "record 2");
	assert_int_equal(seen.n, 1);
	assert_ok(file_write_atomic(path, "[1]\n", 4, &e), &e);
	assert_err(journal_read(path, count, &seen, &e), &e, ERR_SCHEMA,
		   ":1: a record must be an object");
	free(path);
	kit_tmpdir_free(dir);
}

static void a_line_without_end_is_refused(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	static const char text[] = "{\"ev\":\"a\"}\n{\"ev\":\"";
	struct buf line = BUF_INIT(16u << 20);
	struct seen seen = { 0 };
	struct err e;

	(void)state;
	buf_adds(&line, text);
	while (line.len < 9u << 20)
		buf_adds(&line, "0123456789abcdef");
	assert_ok(file_write_atomic(path, line.data, line.len, &e), &e);
	assert_err(journal_read(path, count, &seen, &e), &e, ERR_LIMIT,
		   ":2: a line of more than 8388608 bytes");
	assert_int_equal(seen.n, 1);
	buf_done(&line);
	free(path);
	kit_tmpdir_free(dir);
	/* Which has no end at all. */
	assert_err(journal_read("/dev/zero", count, &seen, &e), &e, ERR_PARSE,
		   "record 1");
}

static void full_disk_is_an_error_at_close(void **state)
{
	struct journal *j = NULL;
	struct err e;

	(void)state;
	assert_ok(journal_new(&j, "/dev/full", &e), &e);
	journal_write(j, "run.start", NULL);
	assert_err(journal_close(j, &e), &e, ERR_OS, "/dev/full");
	journal_free(j);
	assert_err(journal_new(&j, "/nowhere/j", &e), &e, ERR_OS,
		   "/nowhere/j");
}

/* Two runs at once in one checkout: neither spoils the other's journal. */
static void has_one_writer(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	struct journal *first = NULL, *second = NULL;
	struct seen seen = { 0 };
	struct err e;

	(void)state;
	assert_ok(journal_new(&first, path, &e), &e);
	journal_write(first, "run.start", NULL);
	assert_err(journal_new(&second, path, &e), &e, ERR_OS,
		   "another run writes the journal");
	assert_int_equal(e.sub, EWOULDBLOCK);
	assert_ok(journal_close(first, &e), &e);
	/* Its reports are still to be made. */
	assert_err(journal_new(&second, path, &e), &e, ERR_OS, path);
	assert_ok(journal_read(path, count, &seen, &e), &e);
	assert_int_equal(seen.n, 1);
	journal_free(first);
	assert_ok(journal_new(&second, path, &e), &e);
	journal_free(second);
	free(path);
	kit_tmpdir_free(dir);
}

static void verdicts_have_names(void **state)
{
	enum verdict v;

	(void)state;
	for (unsigned i = 0; i < VERDICT__COUNT; i++) {
		assert_true(verdict_parse(&v,
					  verdict_name((enum verdict)i)));
		assert_int_equal(v, i);
	}
	assert_false(verdict_parse(&v, "passed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(what_every_record_has_comes_first),
		cmocka_unit_test(who_reads_has_what_it_wants),
		cmocka_unit_test(what_is_settled_is_in_the_file),
		cmocka_unit_test(damage_is_named_by_record),
		cmocka_unit_test(a_line_without_end_is_refused),
		cmocka_unit_test(full_disk_is_an_error_at_close),
		cmocka_unit_test(has_one_writer),
		cmocka_unit_test(verdicts_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
