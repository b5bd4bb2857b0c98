/* accounts.c: there and back, in lines that are not long; and what is none. */
#include "test/kit.h"

#include "base/base.h"
#include "eth/accounts.h"

#define WORD(digit) \
	"0x000000000000000000000000000000000000000000000000000000000000000" digit

static json_t *json_of(const char *text)
{
	json_t *j = json_loads(text, 0, NULL);

	assert_non_null(j);
	return j;
}

static void as_anvil_has_them(void **state)
{
	CLEANUP(json_decrefp) json_t *alloc = json_of(
		"{\"0xaa\": {\"balance\": \"0x1\", \"nonce\": \"0x1f\", "
		"\"code\": \"0x60\", \"storage\": {\"" WORD("2") "\": \""
		WORD("3") "\"}}, \"0xbb\": {\"balance\": \"0x0\"}}");
	CLEANUP(json_decrefp) json_t *back = NULL;
	struct buf text = BUF_INIT(65536);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(accounts_text(&text, alloc, &e), &e);
	assert_string_equal(
		buf_str(&text),
		"{\"0xaa\":{\"balance\":\"0x1\",\"code\":\"0x60\",\"nonce\":31,"
		"\"storage\":{\"" WORD("2") "\":\"" WORD("3") "\"}},"
		"\"0xbb\":{\"balance\":\"0x0\",\"code\":\"0x\",\"nonce\":0,"
		"\"storage\":{}}}\n");
	assert_ok(accounts_alloc(&back, &text, "it", &e), &e);
	json_object_set_new(json_object_get(alloc, "0xbb"), "nonce",
			    json_string("0x0"));
	assert_true(json_equal(alloc, back));
	buf_done(&text);
}

static void in_several_lines(void **state)
{
	CLEANUP(freep) char *code = xcalloc(1, 40003);
	CLEANUP(json_decrefp) json_t *alloc = json_object(), *back = NULL;
	struct buf text = BUF_INIT(1u << 20);
	size_t at = 0, len, lines = 0;
	struct err e = ERR_INIT;
	const char *line;

	(void)state;
	memset(code, '6', 40002);
	memcpy(code, "0x", 2);
	for (unsigned i = 0; i < 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "0x%u", i);
		json_object_set_new(alloc, name,
				    json_pack("{s:s, s:s, s:s}", "balance",
					      "0x1", "nonce", "0x0", "code",
					      code));
	}
	assert_ok(accounts_text(&text, alloc, &e), &e);
	while (accounts_line(&text, &at, &line, &len)) {
		lines++;
		assert_true(*line == '{' && line[len - 1] == '}');
		assert_true(len < 100000);
	}
	assert_int_equal(lines, 3);
	assert_ok(accounts_alloc(&back, &text, "it", &e), &e);
	assert_true(json_equal(alloc, back));
	buf_clear(&text);
	json_object_clear(alloc);
	assert_ok(accounts_text(&text, alloc, &e), &e);
	assert_int_equal(text.len, 0);
	at = 0;
	assert_false(accounts_line(&text, &at, &line, &len));
	buf_done(&text);
}

static void what_is_none(void **state)
{
	CLEANUP(json_decrefp) json_t *poor = json_of("{\"0xaa\": {}}");
	CLEANUP(json_decrefp)
	json_t *odd = json_of("{\"0xab\": {\"balance\": \"0x1\", \"nonce\": "
			      "\"seven\"}}");
	static const struct {
		const char *text, *says;
		enum err_code code;
	} cases[] = {
		{ "{\"0xaa\":{\"nonce\":1,\"code\":\"0x\"}}\n{\"0xbb\":",
		  "it:1:", ERR_PARSE },
		{ "{\"0xaa\":{\"code\":\"0x\"}}\n", "it: account 0xaa: the JSON value has no member 'nonce'",
		  ERR_SCHEMA },
		{ "{\"0xaa\":{\"nonce\":1}}\n", "it: account 0xaa: the JSON value has no member 'code'",
		  ERR_SCHEMA },
	};
	struct buf text = BUF_INIT(65536), small = BUF_INIT(10);
	struct err e = ERR_INIT;
	json_t *ignored;

	(void)state;
	assert_err(accounts_text(&text, poor, &e), &e, ERR_SCHEMA,
		   "account 0xaa: the JSON value has no member 'balance'");
	assert_err(accounts_text(&text, odd, &e), &e, ERR_PARSE,
		   "account 0xab: nonce");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&text);
		buf_adds(&text, cases[i].text);
		assert_err(accounts_alloc(&ignored, &text, "it", &e), &e,
			   cases[i].code, cases[i].says);
	}
	json_object_set_new(json_object_get(poor, "0xaa"), "balance",
			    json_string("0x1"));
	assert_err(accounts_text(&small, poor, &e), &e, ERR_LIMIT,
		   "the accounts");
	buf_done(&text);
	buf_done(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_anvil_has_them),
		cmocka_unit_test(in_several_lines),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
