#include "test/kit.h"

#include "base/base.h"
#include "base/rng.h"
#include "codec/abi.h"
#include "test/abi_stub.h"
#include "test/oracle.h"

static const struct abi_type *parse(struct arena *a, const char *text)
{
	const struct abi_type *t;
	struct err e = ERR_INIT;

	assert_ok(abi_type_parse(&t, a, text, &e), &e);
	return t;
}

static void official_vectors(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(json_decrefp) json_t *all = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(json_read_file(&all, kit_fixture("codec/abi.json"), &e), &e);
	assert_true(json_array_size(all) >= 7);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *j = json_array_get(all, i);
		struct buf b = BUF_INIT(10000);
		const char *type, *out;
		const struct abi_type *t;
		struct abi_val v;

		assert_ok(json_text_at(&type, j, "type", &e), &e);
		assert_ok(json_text_at(&out, j, "out", &e), &e);
		t = parse(a, type);
		v = stub_from_json(a, t, json_object_get(j, "value"));
		assert_ok(abi_encode(&b, t, &v, &e), &e);
		assert_hex(b.data, b.len, out + 2);
		buf_done(&b);
	}
}

/* `cast abi-encode [--packed] "f(types)" values…`. */
static char *ask(const struct abi_type *t, const struct abi_val *v, bool packed)
{
	struct buf signature = BUF_INIT(1u << 16), text[4];
	const char *args[10] = {"abi-encode"};
	size_t n = 1;
	char *answer;

	if (packed)
		args[n++] = "--packed";
	buf_addf(&signature, "f%s", t->name);
	args[n++] = buf_str(&signature);
	args[n++] = "--";
	for (size_t i = 0; i < t->fields_n; i++) {
		text[i] = BUF_INIT(1u << 20);
		stub_cast_text(&text[i], t->fields[i].type, &v->items[i],
			       false);
		args[n++] = buf_str(&text[i]);
	}
	answer = oracle_ask(args);
	for (size_t i = 0; i < t->fields_n; i++)
		buf_done(&text[i]);
	buf_done(&signature);
	return answer;
}

static void agrees_with_cast(void **state)
{
	(void)state;
	oracle_need();
	for (uint64_t seed = 1; seed <= 60; seed++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct rng r = RNG_INIT(seed);
		const struct abi_type *t = stub_type(&r, a, 3);
		struct abi_val v = stub_value(&r, a, t);
		CLEANUP(freep) char *want = ask(t, &v, false);
		struct buf b = BUF_INIT(1u << 20);
		struct err e = ERR_INIT;

		assert_ok(abi_encode(&b, t, &v, &e), &e);
		assert_hex(b.data, b.len, want + 2);
		buf_done(&b);
	}
}

/*
 * In arrays neither negative numbers nor short bytesN: cast 1.7.1 fills them
 * with zeros from the left, solc as in any word (packed_as_solc_does).
 */
static void packed_agrees_with_cast(void **state)
{
	static const char *const types[] = {
	    "(uint8,int16,bool,address)",
	    "(bytes3,bytes,string,uint256)",
	    "(uint16[],uint8[3],address[2],bool[])",
	    "(bytes32[],bytes32[2],int256,string)",
	};

	(void)state;
	oracle_need();
	for (uint64_t seed = 0; seed < 24; seed++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct rng r = RNG_INIT(seed);
		const struct abi_type *t =
		    parse(a, types[seed % ARRAY_LEN(types)]);
		struct abi_val v = stub_value(&r, a, t);
		CLEANUP(freep) char *want = ask(t, &v, true);
		struct buf b = BUF_INIT(1u << 20);
		struct err e = ERR_INIT;

		assert_ok(abi_encode_packed(&b, t, &v, &e), &e);
		assert_hex(b.data, b.len, want + 2);
		buf_done(&b);
	}
}

/* The example of the specification's chapter on the packed mode. */
static void packed_as_specified(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct abi_type *t = parse(a, "(int16,bytes1,uint16,string)");
	const struct abi_val items[] = {
	    abi_val_u256(U256_MAX),
	    abi_val_bytes("\x42", 1),
	    abi_val_u64(3),
	    abi_val_text("Hello, world!"),
	};
	struct abi_val v = abi_val_list(items, 4);
	struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(abi_encode_packed(&b, t, &v, &e), &e);
	assert_hex(b.data, b.len, "ffff42000348656c6c6f2c20776f726c6421");
	buf_clear(&b);
	/* One value alone, not in an argument list. */
	assert_ok(abi_encode_packed(&b, t->fields[2].type, &items[2], &e), &e);
	assert_hex(b.data, b.len, "0003");
	buf_done(&b);
}

/* abi.encodePacked(int8[] [-2, 3], int8[1] [-1], int16(-1)) by solc 0.8.27. */
static void packed_as_solc_does(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct abi_type *t = parse(a, "(int8[],int8[1],int16)");
	const struct abi_val x[] = {abi_val_u256(u256_neg(u256_from_u64(2))),
				    abi_val_u64(3)};
	const struct abi_val y[] = {abi_val_u256(U256_MAX)};
	const struct abi_val items[] = {abi_val_list(x, 2), abi_val_list(y, 1),
					abi_val_u256(U256_MAX)};
	struct abi_val v = abi_val_list(items, 3);
	struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(abi_encode_packed(&b, t, &v, &e), &e);
	assert_hex(b.data, b.len,
		   "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		   "fffffe0000000000000000000000000000000000000000000000000000"
		   "000000000003ffffffffffffffffffffffffffffffffffffffffffffff"
		   "ffffffffffffffffffffff");
	buf_done(&b);
}

static void encodes_what_is_no_tuple(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val text = abi_val_text("abc");
	struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	buf_adds(&b, "before");
	assert_ok(abi_encode(&b, parse(a, "string"), &text, &e), &e);
	assert_int_equal(b.len, 6 + 64);
	assert_memory_equal(b.data, "before", 6);
	assert_hex(b.data + 6, 64,
		   "000000000000000000000000000000000000000000000000000000000"
		   "0000003616263000000000000000000000000000000000000000000000"
		   "0000000000000");
	buf_done(&b);
}

static struct u256 power(unsigned n)
{
	return u256_shl(U256_ONE, n);
}

static void numbers_stay_in_their_range(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct {
		const char *type;
		struct u256 v;
		bool fits;
	} cases[] = {
	    {"uint8", u256_from_u64(255), true},
	    {"uint8", u256_from_u64(256), false},
	    {"uint256", U256_MAX, true},
	    {"uint248", power(248), false},
	    {"int8", u256_from_u64(127), true},
	    {"int8", u256_from_u64(128), false},
	    {"int8", u256_neg(u256_from_u64(128)), true},
	    {"int8", u256_neg(u256_from_u64(129)), false},
	    {"int256", power(255), true},
	    {"int256", U256_MAX, true},
	    {"int248", power(247), false},
	    {"bool", u256_from_u64(1), true},
	    {"bool", u256_from_u64(2), false},
	    {"address", u256_wrap_sub(power(160), U256_ONE), true},
	    {"address", power(160), false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct abi_type *t = parse(a, cases[i].type);
		struct abi_val v = abi_val_u256(cases[i].v);
		struct buf b = BUF_INIT(1000);
		struct err e = ERR_INIT;

		if (cases[i].fits) {
			assert_ok(abi_encode(&b, t, &v, &e), &e);
			assert_int_equal(b.len, 32);
			assert_ok(abi_encode_packed(&b, t, &v, &e), &e);
			assert_int_equal(b.len, 32 + (t->size + 7) / 8);
		} else {
			assert_err(abi_encode(&b, t, &v, &e), &e, ERR_RANGE,
				   "does not fit ");
			assert_err(abi_encode_packed(&b, t, &v, &e), &e,
				   ERR_RANGE, cases[i].type);
		}
		buf_done(&b);
	}
}

static void errors_name_the_field(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct abi_type *t =
	    parse(a, "((address who,uint8[2] rates)[] ops,bytes4 id,int8)");
	struct abi_val rates[] = {abi_val_u64(1), abi_val_u64(300)};
	struct abi_val op[] = {abi_val_u64(5), abi_val_list(rates, 2)};
	struct abi_val ops[] = {abi_val_list(op, 2), abi_val_list(op, 2)};
	struct abi_val top[] = {abi_val_list(ops, 2), abi_val_bytes("abcd", 4),
				abi_val_u64(3)};
	struct abi_val v = abi_val_list(top, 3);
	struct buf b = BUF_INIT(10000);
	struct err e = ERR_INIT;

	(void)state;
	buf_adds(&b, "kept");
	assert_err(abi_encode(&b, t, &v, &e), &e, ERR_RANGE,
		   "ops[0].rates[1]: 300 does not fit uint8");
	rates[1] = abi_val_u64(2);
	top[2] = abi_val_u256(u256_neg(u256_from_u64(200)));
	assert_err(abi_encode(&b, t, &v, &e), &e, ERR_RANGE,
		   "[2]: -200 does not fit int8");
	top[2] = abi_val_u64(3);
	top[1].len = 3;
	assert_err(abi_encode(&b, t, &v, &e), &e, ERR_RANGE,
		   "id: 3 bytes where bytes4 has 4");
	top[1].len = 4;
	op[1].len = 1;
	assert_err(abi_encode(&b, t, &v, &e), &e, ERR_SCHEMA,
		   "ops[0].rates: 1 items where uint8[2] has 2");
	op[1].len = 2;
	ops[1].len = 1;
	assert_err(abi_encode(&b, t, &v, &e), &e, ERR_SCHEMA,
		   "ops[1]: 1 values where (address,uint8[2]) has 2");
	ops[1].len = 2;
	v.len = 2;
	assert_err(abi_encode(&b, t, &v, &e), &e, ERR_SCHEMA,
		   "2 values where ((address,uint8[2])[],bytes4,int8) has 3");
	/* What failed left nothing behind. */
	assert_string_equal(buf_str(&b), "kept");
	buf_done(&b);
}

static void output_is_capped(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct abi_type *t = parse(a, "(bytes,bytes,bytes,bytes,bytes)");
	struct abi_val items[5], v = abi_val_list(items, 5);
	struct err e = ERR_INIT;
	uint8_t data[100] = {1};
	/* Five offsets; five lengths and 128 bytes each. */
	const size_t full = 5 * 32 + 5 * (32 + 128);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		items[i] = abi_val_bytes(data, sizeof(data));
	for (size_t cap = 0; cap <= full; cap++) {
		struct buf b = BUF_INIT(cap);

		if (cap == full) {
			assert_ok(abi_encode(&b, t, &v, &e), &e);
			assert_int_equal(b.len, full);
		} else {
			assert_err(abi_encode(&b, t, &v, &e), &e, ERR_LIMIT,
				   "ABI encoding is larger than");
			assert_int_equal(b.len, 0);
			assert_ok(buf_ok(&b, "b", &e), &e);
		}
		buf_done(&b);
	}
}

static void packing_has_limits(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const struct {
		const char *type, *says;
	} bad[] = {
	    {"((bool) s)", "s: a struct cannot be packed: (bool)"},
	    {"(bool[1][] x)", "x: bool[1][] cannot be packed"},
	    {"(string[] x)", "x: string[] cannot be packed"},
	    {"(bytes[2] x)", "x: bytes[2] cannot be packed"},
	    {"((bool)[1] x)", "x: (bool)[1] cannot be packed"},
	};
	struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct abi_type *t = parse(a, bad[i].type);
		struct rng r = RNG_INIT(1);
		struct abi_val v = stub_value(&r, a, t);

		assert_err(abi_encode_packed(&b, t, &v, &e), &e,
			   ERR_UNSUPPORTED, bad[i].says);
	}
	const struct abi_type *t = parse(a, "(bytes4 x,uint8[2] y)");
	struct abi_val y[] = {abi_val_u64(1), abi_val_u64(256)};
	struct abi_val items[] = {abi_val_bytes("abc", 3), abi_val_list(y, 2)};
	struct abi_val v = abi_val_list(items, 1);

	assert_err(abi_encode_packed(&b, t, &v, &e), &e, ERR_SCHEMA,
		   "1 values where (bytes4,uint8[2]) has 2");
	v.len = 2;
	assert_err(abi_encode_packed(&b, t, &v, &e), &e, ERR_RANGE,
		   "x: 3 bytes where bytes4 has 4");
	items[0] = abi_val_bytes("abcd", 4);
	assert_err(abi_encode_packed(&b, t, &v, &e), &e, ERR_RANGE,
		   "y[1]: 256 does not fit uint8");
	items[1].len = 1;
	assert_err(abi_encode_packed(&b, t, &v, &e), &e, ERR_SCHEMA,
		   "y: 1 items where uint8[2] has 2");
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(official_vectors),
	    cmocka_unit_test(agrees_with_cast),
	    cmocka_unit_test(packed_agrees_with_cast),
	    cmocka_unit_test(packed_as_specified),
	    cmocka_unit_test(packed_as_solc_does),
	    cmocka_unit_test(encodes_what_is_no_tuple),
	    cmocka_unit_test(numbers_stay_in_their_range),
	    cmocka_unit_test(errors_name_the_field),
	    cmocka_unit_test(output_is_capped),
	    cmocka_unit_test(packing_has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
