#include "test/kit.h"

#include "base/base.h"

#include "codec/prom.h"

/* Prometheus, "Exposition formats", text format example. */
static void lines_of_the_specification(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct prom_line l;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(prom_parse(&l, a, "# TYPE http_requests_total counter", &e),
		  &e);
	assert_int_equal(l.kind, PROM_TYPE);
	assert_string_equal(l.name, "http_requests_total");
	assert_string_equal(l.value, "counter");
	assert_ok(prom_parse(&l, a,
			     "http_requests_total{method=\"post\",code=\"400\"}"
			     "    3 1395066363000", &e), &e);
	assert_int_equal(l.kind, PROM_SAMPLE);
	assert_int_equal(l.labels_n, 2);
	assert_string_equal(l.labels[1].name, "code");
	assert_string_equal(l.labels[1].value, "400");
	assert_string_equal(l.value, "3");
	assert_ok(prom_parse(&l, a,
			     "msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\"
			     "FILE.TXT\",error=\"Cannot find file:\\n\\\"FILE"
			     ".TXT\\\"\"} 1.458255915e9", &e), &e);
	assert_string_equal(l.labels[0].value, "C:\\DIR\\FILE.TXT");
	assert_string_equal(l.labels[1].value,
			    "Cannot find file:\n\"FILE.TXT\"");
	assert_string_equal(l.value, "1.458255915e9");
	assert_ok(prom_parse(&l, a, "metric_without_timestamp_and_labels 12.47",
			     &e), &e);
	assert_int_equal(l.labels_n, 0);
	assert_ok(prom_parse(&l, a, "# HELP x Escapes: \\n", &e), &e);
	assert_int_equal(l.kind, PROM_NOTHING);
	assert_ok(prom_parse(&l, a, "", &e), &e);
	assert_int_equal(l.kind, PROM_NOTHING);
}

/* What is kept needs nothing of what it was parsed into. */
static void a_line_is_kept(void **state)
{
	static const char text[] = "a{b=\"c\",d=\"\"} 7";
	CLEANUP(arena_freep) struct arena *to = arena_new();
	struct arena *from = arena_new();
	struct prom_line l, kept, nothing;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(prom_parse(&l, from, arena_strdup(from, text), &e), &e);
	kept = prom_keep(to, &l);
	assert_ok(prom_parse(&l, from, "# HELP a b", &e), &e);
	nothing = prom_keep(to, &l);
	arena_free(from);
	assert_int_equal(kept.kind, PROM_SAMPLE);
	assert_string_equal(kept.name, "a");
	assert_int_equal(kept.labels_n, 2);
	assert_string_equal(kept.labels[0].name, "b");
	assert_string_equal(kept.labels[0].value, "c");
	assert_string_equal(kept.labels[1].name, "d");
	assert_string_equal(kept.labels[1].value, "");
	assert_string_equal(kept.value, "7");
	assert_int_equal(nothing.kind, PROM_NOTHING);
	assert_null(nothing.name);
}

static void what_is_no_line(void **state)
{
	static const struct {
		const char *line, *part;
	} wrong[] = {
		{ "9lives 1", "a name stands first" },
		{ "a{b=\"c} 1", "labels are" },
		{ "a{b=c} 1", "labels are" },
		{ "a{b=\"c\" d=\"e\"} 1", "labels are" },
		{ "a{b=\"c\"}1", "a space stands" },
		{ "a", "a space stands" },
		{ "a ", "no value" },
	};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf many = BUF_INIT(4096);
	struct prom_line l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct err e = ERR_INIT;

		assert_false(prom_parse(&l, a, wrong[i].line, &e));
		assert_int_equal(e.code, ERR_PARSE);
		if (!strstr(e.text, wrong[i].part))
			fail_msg("%s: %s", wrong[i].line, e.text);
	}
	buf_adds(&many, "a{");
	for (unsigned i = 0; i <= PROM_LABELS_MAX; i++)
		buf_adds(&many, "b=\"c\",");
	buf_adds(&many, "} 1");
	struct err e = ERR_INIT;

	assert_false(prom_parse(&l, a, buf_str(&many), &e));
	assert_int_equal(e.code, ERR_LIMIT);
	buf_done(&many);
}

static void whole_numbers(void **state)
{
	static const struct {
		const char *text, *number; /* NULL: none */
	} rows[] = {
		{ "0", "0" },	     { "100", "100" },
		{ "1e+21", "1000000000000000000000" },
		{ "1.5e3", "1500" }, { "12.470e2", "1247" },
		{ "-3.0", "-3" },    { "-0.0", "0" },
		{ "12.47", NULL },   { "1e-3", NULL },
		{ "NaN", NULL },     { "+Inf", NULL },
		{ "", NULL },	     { "1e99", NULL },
		{ "1.2.3", NULL },   { "e5", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct u256 v = U256_ZERO;
		bool negative = false;
		bool ok = prom_whole(rows[i].text, &negative, &v);
		char text[100];

		snprintf(text, sizeof(text), "%s%s", negative ? "-" : "",
			 fmt_u256(v).s);
		if (ok != (rows[i].number != NULL) ||
		    (ok && strcmp(text, rows[i].number) != 0))
			fail_msg("%s is %s", rows[i].text, ok ? text : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_specification),
		cmocka_unit_test(a_line_is_kept),
		cmocka_unit_test(what_is_no_line),
		cmocka_unit_test(whole_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
