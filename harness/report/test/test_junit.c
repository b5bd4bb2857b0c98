/* junit and failure: the reports say what the journal says, escaped. */
#include "test/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/failure.h"
#include "report/junit.h"

#include "base/base.h"

static void end(struct journal *j, const char *scn, const char *verdict,
		const char *reason)
{
	journal_context(j, scn);
	journal_write(j, "scenario.end",
		      json_pack("{s:s, s:s, s:i}", "verdict", verdict,
				"reason", reason, "ms", 12));
}

static void add_failure(struct journal *j)
{
	struct failure f = {
		.verdict = VERDICT_FAIL,
		.step = "5",
		.at = { { "sla/x.yaml", 11, 5 }, { "  - report: alice" }, 1 },
		.inside = { { { "verbs/report.yaml", 7, 9 },
			      { "    - send: slaOracle.report(1)" },
			      1 } },
		.inside_n = 1,
		.of = { "sla/x.yaml:9: each, row 2: alice" },
		.of_n = 1,
		.summary = "send slaOracle.report(1) as carol",
		.reason = "changes differ",
		.trace = { .at = { "carol → X.report(1)" }, .n = 1 },
	};

	failure_row(&f, "alice.shares.PHA", "-50 PHA", "-25 <PHA> & \x01",
		    false);
	failure_row(&f, "bob.shares.PHA", "(unchanged)", "(unchanged)", true);
	journal_write(j, "failure", failure_json(&f));
}

static char *junit_of_run(void)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/j", dir), *xml = xasprintf("%s/x", dir);
	struct buf b = BUF_INIT(1 << 20);
	struct journal *j = NULL;
	struct story s;
	struct err e;

	assert_ok(journal_new(&j, path, &e), &e);
	journal_write(j, "run.start", json_pack("{s:i}", "scenarios", 4));
	end(j, "sla/good", "pass", "");
	end(j, "sla/must", "pass", "failed as it must, x.yaml:3: <why>");
	journal_context(j, "sla/x");
	add_failure(j);
	end(j, "sla/x", "fail", "changes differ");
	end(j, "sla/gone", "error", "anvil died");
	end(j, "sla/odd", "error", "\x1b \xef\xbf\xbe\xef\xbf\xbf \xef\xbf\xbd");
	end(j, "sla/later", "skip", "needs 1.12");
	assert_ok(journal_close(j, &e), &e);
	journal_free(j);
	assert_ok(story_read(&s, (const char *const *)&path, 1, &e), &e);
	s.repro = "avsbed repro reports";
	assert_ok(junit_write(&s, xml, &e), &e);
	story_done(&s);
	assert_ok(buf_read_file(&b, xml, &e), &e);
	free(path);
	free(xml);
	kit_tmpdir_free(dir);
	return buf_take(&b);
}

static void each_verdict_has_its_element(void **state)
{
	char *xml = junit_of_run();

	(void)state;
	assert_non_null(strstr(xml, "tests=\"6\" failures=\"1\" errors=\"2\" "
				    "skipped=\"1\""));
	assert_non_null(strstr(
		xml, "<testcase classname=\"sla\" name=\"good\" "
		     "time=\"0.012\"/>"));
	assert_non_null(strstr(
		xml, "<testcase classname=\"sla\" name=\"must\" "
		     "time=\"0.012\">\n    <system-out>failed as it must, "
		     "x.yaml:3: &lt;why&gt;</system-out>\n  </testcase>"));
	assert_non_null(strstr(
		xml, "<failure type=\"fail\" message=\"changes differ\">"));
	assert_non_null(
		strstr(xml, "<error type=\"error\" message=\"anvil died\">"));
	assert_non_null(strstr(xml, "<skipped message=\"needs 1.12\">"));
	free(xml);
}

#define ODD "\xef\xbf\xbd"

static void hostile_text_stays_well_formed(void **state)
{
	char *xml = junit_of_run();

	(void)state;
	assert_non_null(strstr(xml, "-25 &lt;PHA&gt; &amp; ?"));
	assert_null(strchr(xml, 1));
	/* XML has no U+FFFE and U+FFFF either. */
	assert_non_null(strstr(xml, "message=\"" ODD " " ODD ODD " " ODD "\""));
	free(xml);
}

static void failure_shows_place_rows_and_trace(void **state)
{
	char *xml = junit_of_run();

	(void)state;
	/* The author's own line first, then that of the verb. */
	assert_non_null(strstr(
		xml, "FAIL  sla/x   step 5, sla/x.yaml:11:5\n"
		     "        11 |   - report: alice\n"
		     "      inside verbs/report.yaml:7:9\n"
		     "         7 |     - send: slaOracle.report(1)\n"
		     "      of sla/x.yaml:9: each, row 2: alice\n"));
	assert_non_null(strstr(xml, "alice.shares.PHA  -50 PHA"));
	assert_non_null(strstr(xml, "✗"));
	assert_non_null(strstr(xml, "trace     carol → X.report(1)"));
	assert_non_null(strstr(xml, "again:    avsbed repro reports:sla/x:5"));
	/* The row that held carries no mark. */
	assert_non_null(strstr(xml, "(unchanged)  (unchanged)\n"));
	free(xml);
}

/* An operator says what it likes; on a terminal it is read, not obeyed. */
static void what_others_say_moves_no_cursor(void **state)
{
	static const char said[] = "\x1b[2J\r\x7f \xc2\x9b" "2J \xc3\xa9\t|";
	struct failure f = { .verdict = VERDICT_FAIL,
			     .reason = "it\nis so\n::stop-commands::x\n ##[y]",
			     .meanwhile = { .at = { said }, .n = 1 } };
	CLEANUP(json_decrefp) json_t *record = failure_json(&f);
	struct buf b = BUF_INIT(4096);

	(void)state;
	buf_adds(&b, "\x1b[31m");
	failure_print(&b, record, NULL);
	assert_string_equal(buf_str(&b),
			    "\x1b[31mFAIL  \n      it\n      is so\n"
			    "      | ::stop-commands::x\n      |  ##[y]\n"
			    "      meanwhile ?[2J?? ??2J \xc3\xa9\t|\n");
	buf_done(&b);
}

/* Two texts side by side are told apart however long the first is. */
static void what_is_wide_stands_above_what_was(void **state)
{
	static const char wide[] =
		"ResponseWindowClosed(challengeId: 1, endBlock: block(1109))";
	struct failure f = { .verdict = VERDICT_FAIL, .reason = "no" };
	struct buf b = BUF_INIT(4096);
	json_t *record;

	(void)state;
	failure_row(&f, "reverts", wide, "(it did not revert)", false);
	failure_row(&f, "gas", "1", "2", false);
	record = failure_json(&f);
	failure_print(&b, record, NULL);
	assert_string_equal(buf_str(&b),
			    "FAIL  \n      no\n"
			    "                 expected  actual\n"
			    "        reverts  ResponseWindowClosed(challengeId: 1, "
			    "endBlock: block(1109))\n"
			    "                           (it did not revert)  ✗\n"
			    "        gas      1         2  ✗\n");
	json_decref(record);
	buf_done(&b);
}

static void lines_that_do_not_fit_are_counted(void **state)
{
	struct failure f = { .verdict = VERDICT_FAIL };
	CLEANUP(json_decrefp) json_t *record = NULL;
	const json_t *events;

	(void)state;
	for (size_t i = 0; i < FAILURE_LINES_MAX; i++)
		failure_line(&f.trace, "x");
	for (size_t i = 0; i < FAILURE_LINES_MAX + 3; i++)
		failure_line(&f.events, "x");
	record = failure_json(&f);
	events = json_object_get(record, "events");
	assert_int_equal(json_array_size(json_object_get(record, "trace")),
			 FAILURE_LINES_MAX);
	assert_int_equal(json_array_size(events), FAILURE_LINES_MAX + 1);
	assert_string_equal(json_string_value(json_array_get(
				    events, FAILURE_LINES_MAX)),
			    "… and 3 more");
}

static void unwritable_report_is_named(void **state)
{
	struct story s = { 0 };
	struct err e;

	(void)state;
	assert_err(junit_write(&s, "/nowhere/x", &e), &e, ERR_OS,
		   "/nowhere/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verdict_has_its_element),
		cmocka_unit_test(hostile_text_stays_well_formed),
		cmocka_unit_test(failure_shows_place_rows_and_trace),
		cmocka_unit_test(what_others_say_moves_no_cursor),
		cmocka_unit_test(what_is_wide_stands_above_what_was),
		cmocka_unit_test(lines_that_do_not_fit_are_counted),
		cmocka_unit_test(unwritable_report_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
