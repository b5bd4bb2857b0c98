#include "test/kit.h"

#include "base/base.h"

#include "scenario/diag.h"

static void terminal_json_and_github(void **state)
{
	struct buf b = BUF_INIT(10000);
	struct diags d;

	(void)state;
	diags_init(&d);
	diags_format(&b, &d);
	assert_string_equal(buf_str(&b), "");
	diag_add(&d, (struct src_pos){ "b.yaml", 9, 21 }, 4,
		 "  - send: o.isue(1)", "issue(uint256 id)", "no %s", "isue");
	diag_add(&d, (struct src_pos){ "a.yaml", 0, 0 }, 0, NULL, NULL,
		 "100%% \"gone\"");
	diag_add(&d, (struct src_pos){ "b.yaml", 9, 21 }, 4,
		 "  - send: o.isue(1)", "issue(uint256 id)", "no %s", "isue");
	diags_sort(&d);
	assert_int_equal(d.n, 2);
	diags_format(&b, &d);
	assert_string_equal(
		buf_str(&b),
		"a.yaml: 100% \"gone\"\n"
		"b.yaml:9:21: no isue\n"
		"   9 |   - send: o.isue(1)\n"
		"     |                     ^^^^ nearest: issue(uint256 id)\n"
		"2 errors in 2 files; nothing was started\n");
	buf_clear(&b);
	diags_json(&b, &d);
	assert_string_equal(
		buf_str(&b),
		"[\n{\"file\":\"a.yaml\",\"line\":0,\"column\":0,\"width\":0,"
		"\"text\":\"100% \\\"gone\\\"\"},\n"
		"{\"file\":\"b.yaml\",\"line\":9,\"column\":21,\"width\":4,"
		"\"text\":\"no isue\",\"nearest\":\"issue(uint256 id)\"}\n]\n");
	buf_clear(&b);
	diags_github(&b, &d);
	assert_string_equal(
		buf_str(&b),
		"::error file=a.yaml,line=0,col=0::100%25 \"gone\"\n"
		"::error file=b.yaml,line=9,col=21::no isue (nearest: "
		"issue(uint256 id))\n");
	buf_done(&b);
	diags_done(&d);
}

static void there_is_an_end_to_it(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct diags d;

	(void)state;
	diags_init(&d);
	for (unsigned i = 1; i <= DIAGS_MAX + 7; i++)
		diag_add(&d, (struct src_pos){ "a.yaml", i, 1 }, 1, NULL, NULL,
			 "x");
	diags_format(&b, &d);
	assert_int_equal(d.n, DIAGS_MAX);
	assert_non_null(strstr(buf_str(&b), "… and 7 more\n"
					    "207 errors in 1 file; nothing"));
	buf_done(&b);
	diags_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal_json_and_github),
		cmocka_unit_test(there_is_an_end_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
