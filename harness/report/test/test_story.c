/* story: what a run was to play and did not is in every report of it. */
#include "test/kit.h"

#include <stdlib.h>
#include <string.h>

#include "report/junit.h"
#include "report/markdown.h"

#include "base/base.h"

/* A run of @wanted scenarios of which one was played, with @verdict. */
static void add_run(struct buf *b, int wanted, const char *verdict)
{
	buf_addf(b,
		 "{\"ev\":\"run.start\",\"t\":0,\"version\":3,\"seed\":\"1\","
		 "\"scenarios\":%d}\n"
		 "{\"ev\":\"scenario.start\",\"t\":1,\"scn\":\"sla/a\"}\n"
		 "{\"ev\":\"scenario.end\",\"t\":2,\"scn\":\"sla/a\","
		 "\"verdict\":\"%s\",\"reason\":\"\",\"ms\":1}\n",
		 wanted, verdict);
}

/* Of a journal with the text in @b, which is taken. */
static bool read_text(struct story *s, struct buf *b, struct err *e)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/j", dir);
	bool ok;

	assert_ok(file_write_atomic(path, b->data, b->len, e), e);
	ok = story_read(s, (const char *const *)&path, 1, e);
	free(path);
	kit_tmpdir_free(dir);
	buf_done(b);
	return ok;
}

static char *junit_text(const struct story *s)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/x", dir);
	struct buf b = BUF_INIT(1 << 20);
	struct err e;

	assert_ok(junit_write(s, path, &e), &e);
	assert_ok(buf_read_file(&b, path, &e), &e);
	free(path);
	kit_tmpdir_free(dir);
	return buf_take(&b);
}

static void a_run_that_was_killed_is_not_green(void **state)
{
	struct buf b = BUF_INIT(1 << 16), summary = BUF_INIT(1 << 16);
	struct story s;
	struct err e;
	char *xml;

	(void)state;
	add_run(&b, 35, "pass");
	assert_ok(read_text(&s, &b, &e), &e);
	assert_int_equal(s.count[VERDICT_ERROR], 1);
	xml = junit_text(&s);
	assert_non_null(strstr(xml, "tests=\"2\" failures=\"0\" errors=\"1\""));
	assert_non_null(strstr(xml, "message=\"34 of 35 scenarios were not "
				    "played"));
	markdown_add(&summary, &s);
	assert_non_null(strstr(buf_str(&summary), "34 of 35 scenarios"));
	buf_done(&summary);
	free(xml);
	story_done(&s);
}

/* As --fail-fast ends one. */
static void after_a_failure_the_rest_is_skipped(void **state)
{
	struct buf b = BUF_INIT(1 << 16);
	struct story s;
	struct err e;

	(void)state;
	add_run(&b, 3, "fail");
	assert_ok(read_text(&s, &b, &e), &e);
	assert_int_equal(s.count[VERDICT_FAIL], 1);
	assert_int_equal(s.count[VERDICT_SKIP], 1);
	assert_int_equal(s.count[VERDICT_ERROR], 0);
	assert_string_equal(s.scenarios[1].id, STORY_NOT_PLAYED);
	story_done(&s);
}

static void each_run_of_a_journal_is_counted_alone(void **state)
{
	struct buf b = BUF_INIT(1 << 16);
	struct story s;
	struct err e;
	char *xml;

	(void)state;
	add_run(&b, 2, "pass");
	add_run(&b, 1, "fail");
	add_run(&b, 1, "pass");
	assert_ok(read_text(&s, &b, &e), &e);
	assert_int_equal(s.n, 4);
	/* GitLab keeps one of each class and name: which, is chance. */
	xml = junit_text(&s);
	assert_non_null(strstr(xml, "classname=\"sla\" name=\"a\" time"));
	assert_non_null(strstr(xml, "name=\"a~2\" time=\"0.001\">\n"
				    "    <failure"));
	assert_non_null(strstr(xml, "name=\"a~3\" time=\"0.001\"/>"));
	free(xml);
	assert_string_equal(s.scenarios[1].id, STORY_NOT_PLAYED);
	assert_int_equal(s.scenarios[1].verdict, VERDICT_ERROR);
	story_done(&s);
}

static void what_tells_of_no_run_is_no_journal(void **state)
{
	struct buf b = BUF_INIT(1 << 16);
	struct story s;
	struct err e;

	(void)state;
	buf_adds(&b, "");
	assert_err(read_text(&s, &b, &e), &e, ERR_SCHEMA, "no record run.start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_that_was_killed_is_not_green),
		cmocka_unit_test(after_a_failure_the_rest_is_skipped),
		cmocka_unit_test(each_run_of_a_journal_is_counted_alone),
		cmocka_unit_test(what_tells_of_no_run_is_no_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
