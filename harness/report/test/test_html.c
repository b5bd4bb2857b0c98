/* html and markdown: what is told arrives, and hostile text breaks out of
 * nothing. */
#include "test/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/failure.h"
#include "report/github.h"
#include "report/html.h"
#include "report/markdown.h"

#include "base/base.h"

#define HOSTILE "</script><script>alert(1)</script> | `x` <!-- \"' ]]> & "      \
		"\xe2\x80\xa8 ::error::\n## head"

static void add_failure(struct journal *j)
{
	struct failure f = {
		.verdict = VERDICT_FAIL,
		.step = "5",
		.at = { .pos = { "sla/a,b:c.yaml", 11, 5 },
			.source = { "- send: <x>", "  as: |y|" },
			.source_n = 2 },
		.inside = { { .pos = { "v,w:x.yaml", 7, 9 } } },
		.inside_n = 1,
		.reason = HOSTILE,
		.trace = { .at = { HOSTILE, "" }, .n = 2 },
	};

	failure_row(&f, HOSTILE, HOSTILE, HOSTILE, false);
	failure_row(&f, "bob.shares", "(unchanged)", "(unchanged)", true);
	journal_write(j, "failure", failure_json(&f));
}

/* @fails: the first so many of @n scenarios. */
static void write_journal(const char *path, size_t n, size_t fails)
{
	struct journal *j = NULL;
	struct err e;

	assert_ok(journal_new(&j, path, &e), &e);
	journal_write(j, "run.start",
		      json_pack("{s:i, s:s, s:i}", "version", 1, "seed", "1",
				"scenarios", (int)n));
	for (size_t i = 0; i < n; i++) {
		char id[32];

		snprintf(id, sizeof(id), "part/made-%zu", i);
		journal_context(j, id);
		journal_write(j, "scenario.start",
			      json_pack("{s:s%}", "title", "nul \0 inside",
					(size_t)12));
		if (i < fails)
			add_failure(j);
		journal_write(j, "scenario.end",
			      json_pack("{s:s, s:s, s:i}", "verdict",
					i < fails ? "fail" : "pass", "reason",
					i < fails ? HOSTILE : "", "ms", 3));
	}
	assert_ok(journal_close(j, &e), &e);
	journal_free(j);
}

static void read_story(struct story *s, size_t n, size_t fails)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/j", dir);
	struct err e;

	write_journal(path, n, fails);
	assert_ok(story_read(s, (const char *const *)&path, 1, &e), &e);
	free(path);
	kit_tmpdir_free(dir);
}

static char *page_of(const struct story *s)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/index.html", dir);
	struct buf b = BUF_INIT(64u << 20);
	struct err e;

	assert_ok(html_write(s, path, &e), &e);
	assert_ok(buf_read_file(&b, path, &e), &e);
	assert_int_equal(strlen(buf_str(&b)), b.len); /* no NUL in it */
	free(path);
	kit_tmpdir_free(dir);
	return buf_take(&b);
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void hostile_text_stays_in_its_script(void **state)
{
	struct story s;
	char *page;

	(void)state;
	read_story(&s, 2, 1);
	page = page_of(&s);
	/* The index, one block a scenario, and the page's own script. */
	assert_int_equal(count_of(page, "<script"), 4);
	assert_int_equal(count_of(page, "</script"), 4);
	assert_null(strstr(page, "alert(1)</"));
	assert_null(strstr(page, "\xe2\x80\xa8"));
	assert_non_null(strstr(page, "\\u003c/script\\u003e"));
	assert_non_null(strstr(page, "\\u2028"));
	assert_non_null(strstr(page, "nul \\u0000 inside"));
	free(page);
	story_done(&s);
}

/* A folder's name is bytes. */
static void how_to_come_back_may_be_no_utf8(void **state)
{
	struct story s;
	char *page;

	(void)state;
	read_story(&s, 1, 1);
	s.repro = "avsbed repro caf\xe9";
	page = page_of(&s);
	assert_non_null(strstr(page, "avsbed repro caf?"));
	free(page);
	story_done(&s);
}

static void escaped_json_is_the_same_json(void **state)
{
	struct buf b = BUF_INIT(4096);
	json_t *before = json_pack("{s:s}", "k", HOSTILE "\xe2\x80\xa9 é 😀");
	char *text = json_text(before);
	json_t *after;
	struct err e;

	(void)state;
	html_add_json(&b, text);
	assert_null(strpbrk(buf_str(&b), "<>&"));
	assert_ok(json_parse(&after, buf_str(&b), b.len, "escaped", &e), &e);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	free(text);
	buf_done(&b);
}

static void a_thousand_scenarios_fit(void **state)
{
	uint64_t start;
	struct story s;
	char *page;

	(void)state;
	read_story(&s, 1000, 100);
	start = clock_ms();
	page = page_of(&s);
	assert_true(clock_ms() - start < 5000);
	assert_int_equal(count_of(page, "application/json"), 1001);
	assert_true(strlen(page) < 4u << 20);
	free(page);
	story_done(&s);
}

static void markdown_takes_text_as_text(void **state)
{
	struct buf b = BUF_INIT(1u << 20);
	struct story s;
	const char *md;

	(void)state;
	read_story(&s, 2, 1);
	markdown_add(&b, &s);
	md = buf_str(&b);
	assert_non_null(strstr(md, "| 1 | 1 | 0 | 0 | 0 |"));
	assert_non_null(strstr(md, "### fail: part/made&#45;0"));
	assert_null(strstr(md, "<script"));
	assert_null(strstr(md, "\n## head"));
	assert_non_null(strstr(md, "<pre>  11 &#45; send&#58; &lt;x&gt;\n"
				   "  12   as&#58; &#124;y&#124;\n</pre>"));
	/* Five bars make four cells, whatever stands in them. */
	assert_non_null(strstr(md, "&#124; &#96;x&#96;"));
	assert_null(strstr(md, "`"));
	buf_done(&b);
	story_done(&s);
}

static void markdown_stays_below_github_s_limit(void **state)
{
	struct buf b = BUF_INIT(1u << 20);
	struct story s;
	struct err e;

	(void)state;
	read_story(&s, 300, 300);
	markdown_add(&b, &s);
	assert_ok(buf_ok(&b, "summary", &e), &e);
	assert_non_null(strstr(buf_str(&b), "… and 260 more"));
	buf_done(&b);
	story_done(&s);
}

static void annotations_are_one_line_each(void **state)
{
	struct buf b = BUF_INIT(1u << 20);
	struct story s;

	(void)state;
	read_story(&s, 3, 2);
	github_annotations(&b, &s);
	assert_int_equal(count_of(buf_str(&b), "\n"), 2);
	assert_non_null(strstr(buf_str(&b),
			       "::error file=sla/a%2Cb%3Ac.yaml,line=11,col=5,"
			       "title=part/made-0%3A fail::</script>"));
	assert_non_null(strstr(buf_str(&b), "%0A## head"));
	assert_non_null(strstr(buf_str(&b), "%0Ainside v,w:x.yaml:7:9"));
	buf_done(&b);
	story_done(&s);
}

/* What GitHub would leave out in silence is counted in what it shows. */
static void of_many_annotations_the_tenth_counts_the_rest(void **state)
{
	struct buf b = BUF_INIT(1u << 20);
	struct story s;

	(void)state;
	read_story(&s, 12, 10);
	github_annotations(&b, &s);
	assert_int_equal(count_of(buf_str(&b), "\n"), 10);
	assert_non_null(strstr(buf_str(&b), "part/made-9%3A fail::"));
	story_done(&s);
	buf_clear(&b);
	read_story(&s, 300, 123);
	github_annotations(&b, &s);
	assert_int_equal(count_of(buf_str(&b), "\n"), 10);
	assert_non_null(strstr(buf_str(&b), "part/made-8%3A fail::"));
	assert_null(strstr(buf_str(&b), "part/made-9%3A fail::"));
	assert_non_null(strstr(buf_str(&b),
			       "\n::error title=avsbed::114 more; "));
	buf_done(&b);
	story_done(&s);
}

static void an_unfinished_scenario_is_an_error(void **state)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/j", dir);
	const char text[] = "{\"ev\":\"run.start\"}\n"
			    "{\"ev\":\"scenario.start\",\"scn\":\"a/b\"}\n";
	struct story s;
	struct err e;

	(void)state;
	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_ok(story_read(&s, (const char *const *)&path, 1, &e), &e);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.scenarios[0].verdict, VERDICT_ERROR);
	assert_string_equal(s.scenarios[0].reason,
			    "the journal ends before the scenario does");
	story_done(&s);
	free(path);
	kit_tmpdir_free(dir);
}

static void a_later_version_is_refused(void **state)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/j", dir);
	const char text[] = "{\"ev\":\"run.start\",\"version\":99}\n";
	struct story s;
	struct err e;

	(void)state;
	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_err(story_read(&s, (const char *const *)&path, 1, &e), &e,
		   ERR_UNSUPPORTED, "version 99");
	free(path);
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text_stays_in_its_script),
		cmocka_unit_test(how_to_come_back_may_be_no_utf8),
		cmocka_unit_test(escaped_json_is_the_same_json),
		cmocka_unit_test(a_thousand_scenarios_fit),
		cmocka_unit_test(markdown_takes_text_as_text),
		cmocka_unit_test(markdown_stays_below_github_s_limit),
		cmocka_unit_test(annotations_are_one_line_each),
		cmocka_unit_test(of_many_annotations_the_tenth_counts_the_rest),
		cmocka_unit_test(an_unfinished_scenario_is_an_error),
		cmocka_unit_test(a_later_version_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
