#include "test/kit.h"

#include "base/base.h"
#include "base/rng.h"
#include "codec/abi.h"
#include "test/abi_stub.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct abi_type *parse(const char *text)
{
	const struct abi_type *t;
	struct err e = ERR_INIT;

	assert_ok(abi_type_parse(&t, arena, text, &e), &e);
	return t;
}

static void plain_types(void **state)
{
	static const struct {
		const char *text, *name;
		enum abi_kind kind;
		unsigned size;
		bool dynamic;
	} all[] = {
	    {"uint", "uint256", ABI_UINT, 256, false},
	    {"uint8", "uint8", ABI_UINT, 8, false},
	    {"int", "int256", ABI_INT, 256, false},
	    {"int24", "int24", ABI_INT, 24, false},
	    {"bool", "bool", ABI_BOOL, 1, false},
	    {"address", "address", ABI_ADDRESS, 160, false},
	    {"bytes1", "bytes1", ABI_FIXED_BYTES, 1, false},
	    {"bytes32", "bytes32", ABI_FIXED_BYTES, 32, false},
	    {"function", "bytes24", ABI_FIXED_BYTES, 24, false},
	    {"bytes", "bytes", ABI_BYTES, 0, true},
	    {" string ", "string", ABI_STRING, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct abi_type *t = parse(all[i].text);

		assert_string_equal(t->name, all[i].name);
		assert_int_equal(t->kind, all[i].kind);
		assert_int_equal(t->size, all[i].size);
		assert_int_equal(t->dynamic, all[i].dynamic);
		assert_int_equal(t->head_len, 32);
		assert_int_equal(t->depth, 1);
		assert_null(t->label);
	}
}

static void arrays(void **state)
{
	const struct abi_type *t = parse("uint8[2][][3]");

	(void)state;
	assert_string_equal(t->name, "uint8[2][][3]");
	assert_int_equal(t->kind, ABI_ARRAY);
	assert_int_equal(t->count, 3);
	assert_int_equal(t->head_len, 32);
	assert_int_equal(t->depth, 4);
	assert_true(t->dynamic);
	assert_true(t->elem->count == ABI_DYNAMIC);
	assert_int_equal(t->elem->elem->count, 2);
	assert_int_equal(t->elem->elem->head_len, 64);
	assert_false(t->elem->elem->dynamic);
}

static void tuples(void **state)
{
	const struct abi_type *t =
	    parse("( address who, (uint[2] _x,tuple(bool)$y) in_2 , int8)");

	(void)state;
	assert_string_equal(t->name, "(address,(uint256[2],(bool)),int8)");
	assert_int_equal(t->kind, ABI_TUPLE);
	assert_int_equal(t->fields_n, 3);
	assert_string_equal(t->fields[0].name, "who");
	assert_string_equal(t->fields[1].name, "in_2");
	assert_string_equal(t->fields[2].name, "");
	assert_string_equal(t->fields[1].type->fields[1].name, "$y");
	assert_int_equal(t->head_len, 5 * 32);
	assert_int_equal(t->depth, 4);
	assert_false(t->fields[0].indexed);
	t = parse("()");
	assert_int_equal(t->fields_n, 0);
	assert_int_equal(t->head_len, 0);
	t = parse("(string)[2]");
	assert_true(t->dynamic);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *says;
	} bad[] = {
	    {"", ERR_PARSE, "type '' ends where a type is wanted"},
	    {"uint7", ERR_PARSE, "character 1: 'uint7' is no type"},
	    {"uint0", ERR_PARSE, "'uint0' is no type"},
	    {"uint08", ERR_PARSE, "'uint08' is no type"},
	    {"uint264", ERR_PARSE, "'uint264' is no type"},
	    {"uint99999999999999", ERR_PARSE, "is no type"},
	    {"int256x", ERR_PARSE, "'int256x' is no type"},
	    {"bytes0", ERR_PARSE, "'bytes0' is no type"},
	    {"bytes33", ERR_PARSE, "'bytes33' is no type"},
	    {"Uint8", ERR_PARSE, "'Uint8' is no type"},
	    {"tuple", ERR_PARSE, "'tuple' is no type"},
	    {"fixed128x18", ERR_UNSUPPORTED, "no compiler emits it"},
	    {"ufixed", ERR_UNSUPPORTED, "no compiler emits it"},
	    {"(uint8", ERR_PARSE, "ends where ',' or ')' is wanted"},
	    {"(uint8,)", ERR_PARSE, "character 8: ')' where a type"},
	    {"(uint8 a b)", ERR_PARSE, "character 10: 'b' where ','"},
	    {"(,uint8)", ERR_PARSE, "character 2: ',' where a type"},
	    {"uint8)", ERR_PARSE, "character 6: ')' where the end"},
	    {"uint8 x", ERR_PARSE, "character 7: 'x' where the end"},
	    {"uint8[", ERR_PARSE, "ends where ']' is wanted"},
	    {"uint8[-1]", ERR_PARSE, "'-1' is no length of an array"},
	    {"uint8[01]", ERR_PARSE, "'01' is no length of an array"},
	    {"uint8[131073]", ERR_PARSE, "no length of an array"},
	    {"uint8[1][", ERR_PARSE, "ends where ']' is wanted"},
	    {"uint8[0]", ERR_UNSUPPORTED, "an array of nothing"},
	    {"()[]", ERR_UNSUPPORTED, "an array of nothing"},
	    {"(())[3]", ERR_UNSUPPORTED, "an array of nothing"},
	    {"uint[1000][1000]", ERR_LIMIT, "over 4194304 bytes"},
	    {"(uint[131072],uint)", ERR_LIMIT, "over 4194304 bytes"},
	};
	const struct abi_type *t = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(abi_type_parse(&t, arena, bad[i].text, &e), &e,
			   bad[i].code, bad[i].says);
	assert_null(t);
}

static void depth_is_bounded(void **state)
{
	char text[200] = "bool";
	const struct abi_type *t;
	struct err e = ERR_INIT;
	size_t len = 4;

	(void)state;
	for (int i = 1; i < ABI_DEPTH_MAX; i++, len += 2)
		memcpy(text + len, "[]", 3);
	assert_int_equal(parse(text)->depth, ABI_DEPTH_MAX);
	memcpy(text + len, "[]", 3);
	assert_err(abi_type_parse(&t, arena, text, &e), &e, ERR_LIMIT,
		   "nested deeper than 16");

	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_err(abi_type_parse(&t, arena, text, &e), &e, ERR_LIMIT,
		   "nested deeper than 16");
	/* One too many by the type in the middle. */
	memcpy(text, "((((((((((((((((bool))))))))))))))))", 37);
	assert_err(abi_type_parse(&t, arena, text, &e), &e, ERR_LIMIT,
		   "nested deeper than 16");
}

static void long_names_are_bounded(void **state)
{
	CLEANUP(freep) char *text = xmalloc(ABI_NAME_MAX + 2);
	const struct abi_type *t;
	struct err e = ERR_INIT;
	size_t len = 0;

	(void)state;
	/* "uint" stands for more characters than it has. */
	text[len++] = '(';
	for (int i = 0; i < 10000; i++, len += 5)
		memcpy(text + len, "uint,", 5);
	memcpy(text + len - 1, ")", 2);
	assert_err(abi_type_parse(&t, arena, text, &e), &e, ERR_LIMIT,
		   "name of a type is larger than 65536 bytes");
	memset(text, 'x', ABI_NAME_MAX + 1);
	text[ABI_NAME_MAX + 1] = 0;
	assert_err(abi_type_parse(&t, arena, text, &e), &e, ERR_LIMIT,
		   "is longer than 65536 characters");
	text[ABI_NAME_MAX] = 0;
	assert_err(abi_type_parse(&t, arena, text, &e), &e, ERR_PARSE,
		   "is no type");
}

static void names_are_types_again(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	const struct abi_type *t = stub_type(&r, arena, 6);

	assert_string_equal(parse(t->name)->name, t->name);
	assert_int_equal(parse(t->name)->head_len, t->head_len);
}

static void every_type_parses_from_its_name(void **state)
{
	(void)state;
	kit_property(1, 200, names_are_types_again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_types),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(tuples),
	    cmocka_unit_test(nonsense_is_refused),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(long_names_are_bounded),
	    cmocka_unit_test(every_type_parses_from_its_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
