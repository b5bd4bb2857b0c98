#include "test/kit.h"

#include "base/base.h"
#include "codec/abi.h"

static void values_and_back(void **state)
{
	struct addr20 a = {.b = {0xab, [19] = 0xcd}}, b;
	struct hash32 h = keccak256("x", 1), g;
	struct abi_val v = abi_val_addr(&a);

	(void)state;
	b = abi_addr(&v);
	assert_true(addr_eq(&a, &b));
	v = abi_val_hash(&h);
	g = abi_hash(&v);
	assert_true(hash_eq(&h, &g));
	assert_int_equal(abi_val_u64(7).word.w[0], 7);
	assert_true(u256_eq(abi_val_u256(U256_MAX).word, U256_MAX));
	assert_int_equal(abi_val_bool(true).word.w[0], 1);
	assert_int_equal(abi_val_bool(false).word.w[0], 0);
	assert_int_equal(abi_val_text("abc").len, 3);
	assert_int_equal(abi_val_list(&v, 1).len, 1);
}

static void assert_text(const char *type, struct abi_val v, const char *want)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf b = BUF_INIT(1000);
	const struct abi_type *t;
	struct err e = ERR_INIT;

	assert_ok(abi_type_parse(&t, a, type, &e), &e);
	abi_format(&b, t, &v);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void values_as_text(void **state)
{
	struct abi_val numbers[] = {abi_val_u64(1), abi_val_u64(2)};
	struct abi_val fields[] = {abi_val_u64(0), abi_val_list(numbers, 2),
				   abi_val_text("a\"b")};

	(void)state;
	assert_text("uint256", abi_val_u256(U256_MAX),
		    "1157920892373161954235709850086879078532699846656405640394"
		    "57584007913129639935");
	assert_text("int256", abi_val_u256(U256_MAX), "-1");
	assert_text("bool", abi_val_bool(true), "true");
	assert_text("bool", abi_val_bool(false), "false");
	assert_text("address", abi_val_u64(0),
		    "0x0000000000000000000000000000000000000000");
	assert_text("bytes", abi_val_bytes(NULL, 0), "0x");
	assert_text("bytes2", abi_val_bytes("\x01\xfe", 2), "0x01fe");
	assert_text("string", abi_val_bytes("a\0\n", 3), "\"a\\u0000\\n\"");
	assert_text("uint8[]", abi_val_list(NULL, 0), "[]");
	assert_text("(bool ok,uint8[2],string s)", abi_val_list(fields, 3),
		    "(ok=false, [1, 2], s=\"a\\\"b\")");
	assert_text("()", abi_val_list(NULL, 0), "()");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_and_back),
	    cmocka_unit_test(values_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
