#include "test/kit.h"

#include "base/base.h"
#include "base/rng.h"
#include "codec/json_put.h"

static void commas_and_brackets(void **state)
{
	struct buf b = BUF_INIT(1000), inner = BUF_INIT(1000);
	CLEANUP(json_decrefp) json_t *tree = json_pack("[{s:f}, []]", "f", 0.5);

	(void)state;
	json_put_all(&inner, "", 0);
	assert_int_equal(inner.len, 0);
	json_put_text(&inner, "x", "[");
	json_put_text(&inner, "y", "");
	json_put_open(&b, NULL, '{');
	json_put_open(&b, "none", '[');
	json_put_all(&b, "", 0);
	json_put_close(&b, ']');
	json_put_text(&b, "a\"", "{");
	json_put_int(&b, "n", -7);
	json_put_open(&b, "all", '[');
	json_put_text(&b, NULL, "1");
	json_put_bool(&b, NULL, true);
	json_put_open(&b, NULL, '{');
	json_put_all(&b, buf_str(&inner), inner.len);
	json_put_bool(&b, "z", false);
	json_put_close(&b, '}');
	json_put_close(&b, ']');
	json_put_json(&b, "tree", tree);
	json_put_int(&b, "max", INT64_MAX);
	json_put_int(&b, "min", INT64_MIN);
	json_put_close(&b, '}');
	assert_string_equal(
		buf_str(&b),
		"{\"none\":[],\"a\\\"\":\"{\",\"n\":-7,\"all\":[\"1\",true,"
		"{\"x\":\"[\",\"y\":\"\",\"z\":false}],\"tree\":[{\"f\":0.5},[]],"
		"\"max\":9223372036854775807,\"min\":-9223372036854775808}");
	buf_done(&b);
	buf_done(&inner);
}

/* Whatever the text, it is what a tree of it would be written as. */
static void as_of_a_tree(uint64_t seed)
{
	static const char few[] = { 'a', ' ', '"', '\\', '\n', 0x01, 0x7f,
				    (char)0xc3, (char)0xa9, (char)0xff };
	struct rng r = RNG_INIT(seed);
	struct buf ours = BUF_INIT(10000), theirs = BUF_INIT(10000);
	CLEANUP(json_decrefp) json_t *tree = json_object();
	char text[40];
	size_t len = rng_below(&r, sizeof(text));

	for (size_t i = 0; i < len; i++)
		text[i] = rng_below(&r, 3) ? 'a'
					   : few[rng_below(&r, sizeof(few))];
	text[len] = 0;
	json_object_set_new(tree, "text", json_said(text));
	json_write(&theirs, tree);
	json_put_open(&ours, NULL, '{');
	json_put_text(&ours, "text", text);
	json_put_close(&ours, '}');
	assert_string_equal(buf_str(&ours), buf_str(&theirs));
	buf_done(&ours);
	buf_done(&theirs);
}

static void any_text(void **state)
{
	(void)state;
	kit_property(1, 1000, as_of_a_tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commas_and_brackets),
	    cmocka_unit_test(any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
