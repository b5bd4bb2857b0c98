#include "test/kit.h"

#include "base/base.h"
#include "eth/tee_fault.h"
#include "simulate/fault.h"

/* Names are what other programs depend on: kebab-case, each once. */
static void table(UNUSED void **state)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (size_t i = 0; i < FAULTS_N; i++) {
		const struct fault *f = &FAULTS[i];

		assert_int_equal(strspn(f->name, ok), strlen(f->name));
		/* The check of scenarios knows it. */
		assert_non_null(tee_fault_name(i));
		assert_string_equal(tee_fault_name(i), f->name);
		assert_int_equal(!f->apply, f->stage >= STAGE_COLLATERAL);
		assert_int_equal(!f->spoil,
				 f->stage < STAGE_COLLATERAL ||
				     f->stage > STAGE_COLLATERAL_SIGNED);
		assert_int_equal(!f->parts, f->stage != STAGE_PARTS);
		assert_int_equal(f->answer == ANSWER_SURVIVE,
				 f->stage == STAGE_HOST);
		assert_true(*f->doc && *f->check && *f->id);
		if (f->param.name)
			assert_true(f->param.min <= f->param.preset &&
				    f->param.preset <= f->param.max);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(f->name, FAULTS[j].name);
			if (strcmp(f->id, "-"))
				assert_string_not_equal(f->id, FAULTS[j].id);
		}
	}
	assert_null(tee_fault_name(FAULTS_N));
}

/* Parts are on with the whole, and not listed as if they had been named. */
static void parts(UNUSED void **state)
{
	struct fault_set s = {.on = {false}}, all;
	struct err e = ERR_INIT;
	uint64_t v = 7;

	assert_ok(fault_set_text(&s, "qe-revoked-and-wrong-signer", &e), &e);
	all = fault_set_parts(&s);
	assert_true(fault_set_value(&all, "qe-revoked", NULL));
	assert_true(fault_set_value(&all, "quote-wrong-signer", NULL));
	assert_false(fault_set_value(&all, "td-debug", &v));
	assert_int_equal(v, 7);
	assert_false(fault_set_value(&s, "qe-revoked", NULL));
	assert_ok(fault_set_text(&s, "host-slow:ms=12", &e), &e);
	assert_true(fault_set_value(&s, "host-slow", &v));
	assert_int_equal(v, 12);
}

static char *listed(const struct fault_set *s)
{
	json_t *j CLEANUP(json_decrefp) = fault_set_json(s);

	return json_text(j);
}

static bool is_empty(const struct fault_set *s)
{
	json_t *j CLEANUP(json_decrefp) = fault_set_json(s);

	return json_array_size(j) == 0;
}

static void texts(UNUSED void **state)
{
	struct fault_set s = {.on = {false}};
	struct err e = ERR_INIT;
	char *text;

	assert_true(is_empty(&s));
	assert_ok(fault_set_text(&s, "td-debug", &e), &e);
	assert_ok(fault_set_text(&s, "body-flipped:offset=3", &e), &e);
	assert_ok(fault_set_text(&s, "truncated", &e), &e);
	assert_false(is_empty(&s));
	assert_true(fault_set_touches(&s, STAGE_BODY));
	assert_false(fault_set_touches(&s, STAGE_CERTS));
	text = listed(&s);
	assert_string_equal(text, "[{\"fault\":\"truncated\",\"bytes\":1},"
				  "{\"fault\":\"body-flipped\",\"offset\":3},"
				  "{\"fault\":\"td-debug\"}]");
	free(text);
}

static void bad_texts(UNUSED void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *part;
	} cases[] = {
	    {"td-debgu", ERR_SCHEMA, "nearest: td-debug"},
	    {"", ERR_SCHEMA, "unknown fault \"\""},
	    {"zzzzzzzzzzzzzz", ERR_SCHEMA, "`tee-sim faults` lists them"},
	    {"td-debug:bit=1", ERR_SCHEMA, "takes no parameter"},
	    {"truncated:bit=1", ERR_SCHEMA, "it takes bytes"},
	    {"truncated:bytes", ERR_PARSE, "truncated:parameter=number"},
	    {"truncated:bytes=x", ERR_PARSE, "bytes of truncated"},
	    {"truncated:bytes=0", ERR_RANGE, "must be 1 to 256"},
	    {"truncated:bytes=257", ERR_RANGE, "bytes of truncated is 257"},
	};
	struct fault_set s = {.on = {false}};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_err(fault_set_text(&s, cases[i].text, &e), &e,
			   cases[i].code, cases[i].part);
		assert_true(is_empty(&s));
	}
}

static bool add(struct fault_set *s, const char *text, struct err *e)
{
	json_t *j CLEANUP(json_decrefp) = json_loads(text, 0, NULL);

	assert_non_null(j);
	return fault_set_add(s, j, e);
}

static void objects(UNUSED void **state)
{
	struct fault_set s = {.on = {false}};
	struct err e = ERR_INIT;
	char *text;

	assert_ok(add(&s, "{\"fault\":\"td-debug\"}", &e), &e);
	assert_ok(add(&s, "{\"offset\":9,\"fault\":\"body-flipped\"}", &e), &e);
	text = listed(&s);
	assert_string_equal(text, "[{\"fault\":\"body-flipped\",\"offset\":9},"
				  "{\"fault\":\"td-debug\"}]");
	free(text);
	assert_err(add(&s, "{}", &e), &e, ERR_SCHEMA, "fault");
	assert_err(add(&s, "{\"fault\":1}", &e), &e, ERR_SCHEMA, "fault");
	assert_err(add(&s, "{\"fault\":\"truncate\"}", &e), &e, ERR_SCHEMA,
		   "nearest: truncated");
	assert_err(add(&s, "{\"fault\":\"truncated\",\"bit\":1}", &e), &e,
		   ERR_SCHEMA, "it takes bytes");
	assert_err(add(&s, "{\"fault\":\"truncated\",\"bytes\":-1}", &e), &e,
		   ERR_SCHEMA, "whole number");
	assert_err(add(&s, "{\"fault\":\"truncated\",\"bytes\":\"1\"}", &e), &e,
		   ERR_SCHEMA, "whole number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),   cmocka_unit_test(parts),
	    cmocka_unit_test(texts),   cmocka_unit_test(bad_texts),
	    cmocka_unit_test(objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
