#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
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

static void assert_same(const struct abi_type *t, const struct abi_val *a,
			const struct abi_val *b)
{
	struct buf x = BUF_INIT(1u << 22), y = BUF_INIT(1u << 22);

	abi_format(&x, t, a);
	abi_format(&y, t, b);
	assert_string_equal(buf_str(&x), buf_str(&y));
	buf_done(&x);
	buf_done(&y);
}

static void round_trip(uint64_t seed)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct rng r = RNG_INIT(seed);
	const struct abi_type *t = stub_type(&r, a, 5);
	struct abi_val v = stub_value(&r, a, t), back;
	struct buf b = BUF_INIT(1u << 22), again = BUF_INIT(1u << 22);
	struct err e = ERR_INIT;

	assert_ok(abi_encode(&b, t, &v, &e), &e);
	assert_int_equal(b.len % 32, 0);
	assert_ok(abi_decode(&back, a, t, b.data, b.len, &e), &e);
	assert_same(t, &v, &back);
	assert_ok(abi_encode(&again, t, &back, &e), &e);
	assert_int_equal(again.len, b.len);
	assert_memory_equal(again.data, b.data, b.len);
	/* More behind it changes nothing, less is noticed. */
	buf_adds(&b, "rest");
	assert_ok(abi_decode(&back, a, t, b.data, b.len, &e), &e);
	assert_same(t, &v, &back);
	assert_err(abi_decode(&back, a, t, b.data, again.len - 1, &e), &e,
		   ERR_PARSE, "byte ");
	buf_done(&b);
	buf_done(&again);
}

static void what_is_encoded_is_decoded(void **state)
{
	(void)state;
	kit_property(1, 400, round_trip);
}

/*
 * Damaged input is refused, or is a value that is no larger than the input
 * and whose own encoding is a value again.
 */
static void damage(uint64_t seed)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct rng r = RNG_INIT(seed);
	const struct abi_type *t = stub_type(&r, a, 4);
	struct abi_val v = stub_value(&r, a, t), back;
	struct buf b = BUF_INIT(1u << 22), again = BUF_INIT(1u << 22);
	struct err e = ERR_INIT;

	assert_ok(abi_encode(&b, t, &v, &e), &e);
	/* Low bytes of words are where lengths and offsets live. */
	b.data[rng_below(&r, b.len / 32) * 32 + 31 - rng_below(&r, 2)] =
	    (uint8_t)rng_next(&r);
	if (abi_decode(&back, a, t, b.data, b.len, &e)) {
		assert_ok(abi_encode(&again, t, &back, &e), &e);
		assert_true(again.len <= b.len);
	} else {
		assert_true(e.code == ERR_PARSE || e.code == ERR_LIMIT);
		assert_non_null(strstr(e.text, "byte "));
	}
	buf_done(&b);
	buf_done(&again);
}

static void damage_is_survived(void **state)
{
	(void)state;
	kit_property(2, 1000, damage);
}

/* --- hostile inputs, word by word -------------------------------------- */

#define W0 "00000000000000000000000000000000000000000000000000000000000000"
#define WF "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const struct {
	const char *type, *hex;
	enum err_code code;
	const char *says;
} hostile[] = {
    {"(uint8)", "", ERR_PARSE,
     "[0]: byte 0 of 0: the data ends inside a value"},
    {"(uint8 a)", W0 "0", ERR_PARSE,
     "a: byte 0 of 31: the data ends inside a value"},
    {"(uint8 a,uint8 b)", W0 "01" WF "ff", ERR_PARSE,
     "b: byte 32 of 64: 0xffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffff does not fit uint8"},
    {"(int8 a)", W0 "80", ERR_PARSE, "a: byte 0 of 32: 0x80 does not fit int8"},
    {"(bool a)", W0 "02", ERR_PARSE, "0x2 does not fit bool"},
    {"(address a)", WF "ff", ERR_PARSE, "does not fit address"},
    {"(bytes4 a)", WF "ff", ERR_PARSE,
     "a: byte 4 of 32: padding that is not zero"},
    {"(bytes a)", W0 "20" W0 "01" WF "ff", ERR_PARSE,
     "a: byte 65 of 96: padding that is not zero"},
    {"(bytes a)",
     W0 "20" W0 "01"
	"aa",
     ERR_PARSE, "a: byte 64 of 65: the data ends inside a value"},
    {"(bytes a)", W0 "20" W0 "ff", ERR_PARSE,
     "a: byte 64 of 64: a length is larger than the data"},
    {"(bytes a)", W0 "20" WF "ff", ERR_PARSE,
     "a: byte 64 of 64: a length is larger than the data"},
    {"(bytes a)", WF "ff", ERR_PARSE,
     "a: byte 0 of 32: an offset leads out of the data"},
    {"(bytes a)", W0 "21", ERR_PARSE,
     "a: byte 0 of 32: an offset leads out of the data"},
    {"(bytes a)", W0 "20", ERR_PARSE,
     "a: byte 32 of 32: the data ends inside a value"},
    {"(string a)", W0 "00", ERR_LIMIT, "a: byte 0 of 32: values share bytes"},
    {"(uint8[] a)", W0 "20" W0 "01", ERR_PARSE,
     "a: byte 64 of 64: an array is longer than the data"},
    {"(uint8[] a)", W0 "20" WF "ff", ERR_PARSE,
     "an array is longer than the data"},
    {"(uint8[] a)",
     W0 "20"
	"8000000000000000000000000000000000000000000000000000"
	"000000000000",
     ERR_PARSE, "an array is longer than the data"},
    {"(uint8[2] a)", W0 "01", ERR_PARSE,
     "a: byte 0 of 32: an array is longer than the data"},
    {"(uint8[] a)", W0 "20" W0 "01" W0 "ff" WF "ff", ERR_NONE, ""},
    {"(uint8[] a)", W0 "20" W0 "02" W0 "ff" WF "ff", ERR_PARSE,
     "a[1]: byte 96 of 128"},
    {"((string x)[] a)", W0 "20" W0 "01" W0 "20" WF "ff", ERR_PARSE,
     "a[0].x: byte 96 of 128: an offset leads out"},
    {"(uint8[2][] a)", W0 "20" W0 "01" W0 "ff", ERR_PARSE,
     "a: byte 64 of 96: an array is longer than the data"},
};

static void hostile_inputs(void **state)
{

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		const struct abi_type *t = parse(hostile[i].type);
		struct abi_val v = {.len = 99};
		struct err e = ERR_INIT;
		uint8_t data[200];
		size_t n = strlen(hostile[i].hex) / 2;

		assert_ok(hex_decode(data, n, hostile[i].hex, 2 * n, &e), &e);
		if (hostile[i].code == ERR_NONE) {
			assert_ok(abi_decode(&v, arena, t, data, n, &e), &e);
			continue;
		}
		assert_err(abi_decode(&v, arena, t, data, n, &e), &e,
			   hostile[i].code, hostile[i].says);
		assert_int_equal(v.len, 99);
	}
}

/*
 * Arrays of arrays whose offsets all lead to the same place: eleven
 * levels of 96 items each would be 10^21 values out of 6 kB.
 */
static void bombs_do_not_go_off(void **state)
{
	const struct abi_type *t = parse("uint8[][][][][][][][][][][]");
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err e = ERR_INIT;
	struct abi_val v;
	uint8_t data[32 * 201] = {0};

	(void)state;
	/* Every word is a length of 96 and an offset of 96 bytes at once. */
	for (size_t i = 31; i < sizeof(data); i += 32)
		data[i] = 96;
	assert_err(abi_decode(&v, a, t, data, sizeof(data), &e), &e, ERR_LIMIT,
		   "values share bytes");
	assert_true(arena_size(a) < 131072);
}

static void tails_in_any_order(void **state)
{
	/* (string,string) with the second tail first: unusual, but unambiguous.
	 */
	static const char hex[] =
	    W0 "80" W0 "40" W0 "01"
	       "6200000000000000000000000000000000000000000000000000000000"
	       "000000" W0 "01"
	       "6100000000000000000000000000000000000000000000000000000000"
	       "000000";
	const struct abi_type *t = parse("(string,string)");
	struct err e = ERR_INIT;
	uint8_t data[192];
	struct abi_val v;

	(void)state;
	assert_ok(hex_decode(data, sizeof(data), hex, strlen(hex), &e), &e);
	assert_ok(abi_decode(&v, arena, t, data, sizeof(data), &e), &e);
	assert_memory_equal(v.items[0].bytes, "a", 1);
	assert_memory_equal(v.items[1].bytes, "b", 1);
}

static void values_that_are_no_tuple(void **state)
{
	static const char hex[] = W0 "02" W0 "07" W0 "08";
	struct err e = ERR_INIT;
	uint8_t data[96];
	struct abi_val v;

	(void)state;
	assert_ok(hex_decode(data, sizeof(data), hex, strlen(hex), &e), &e);
	assert_ok(abi_decode(&v, arena, parse("uint8[]"), data, 96, &e), &e);
	assert_int_equal(v.len, 2);
	assert_int_equal(v.items[1].word.w[0], 8);
	assert_ok(abi_decode(&v, arena, parse("()"), NULL, 0, &e), &e);
	assert_int_equal(v.len, 0);
}

/* --- logs ---------------------------------------------------------------- */

static const struct abi *events(void)
{
	static const char text[] =
	    "[{\"type\":\"event\",\"name\":\"Moved\",\"inputs\":["
	    "{\"name\":\"from\",\"type\":\"address\",\"indexed\":true},"
	    "{\"name\":\"amount\",\"type\":\"uint256\"},"
	    "{\"name\":\"note\",\"type\":\"string\",\"indexed\":true},"
	    "{\"name\":\"ids\",\"type\":\"uint8[]\"}]},"
	    "{\"type\":\"event\",\"name\":\"Hidden\",\"anonymous\":true,"
	    "\"inputs\":[{\"name\":\"x\",\"type\":\"int8\",\"indexed\":"
	    "true}]}]";
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;
	struct abi *abi;

	assert_ok(json_parse(&j, text, strlen(text), "events", &e), &e);
	assert_ok(abi_parse(&abi, arena, j, "events", &e), &e);
	return abi;
}

static void logs_in_the_order_of_the_declaration(void **state)
{
	static const char hex[] = W0 "2a" W0 "40" W0 "02" W0 "01" W0 "02";
	const struct abi_entry *ev = abi_event(events(), "Moved", NULL);
	struct hash32 topics[3] = {ev->topic};
	struct buf text = BUF_INIT(1000);
	struct err e = ERR_INIT;
	uint8_t data[160];
	struct abi_val v;

	(void)state;
	topics[1].b[31] = 0xaa;
	topics[2] = keccak256("hi", 2);
	assert_ok(hex_decode(data, sizeof(data), hex, strlen(hex), &e), &e);
	assert_ok(
	    abi_decode_log(&v, arena, ev, topics, 3, data, sizeof(data), &e),
	    &e);
	assert_int_equal(v.len, 4);
	assert_true(abi_is_hashed(&ev->in->fields[2]));
	assert_false(abi_is_hashed(&ev->in->fields[0]));
	/* The topics are the value's own. */
	memset(topics, 0xee, sizeof(topics));
	abi_format(&text, ev->in, &v);
	assert_string_equal(
	    buf_str(&text),
	    "(from=0x00000000000000000000000000000000000000AA, amount=42, "
	    "note=0x7624778dedc75f8b322b9fa1632a610d40b85e106c7d9bf0e743a9"
	    "ce291b9c6f, ids=[1, 2])");
	buf_done(&text);
}

static void logs_of_another_event(void **state)
{
	const struct abi_entry *ev = abi_event(events(), "Moved", NULL);
	struct hash32 topics[4] = {ev->topic};
	struct err e = ERR_INIT;
	struct abi_val v;

	(void)state;
	assert_err(abi_decode_log(&v, arena, ev, topics, 4, "", 0, &e), &e,
		   ERR_MISMATCH,
		   "4 topics where event Moved(address,uint256,string,uint8[]) "
		   "has 3");
	assert_err(abi_decode_log(&v, arena, ev, topics, 3, "", 0, &e), &e,
		   ERR_PARSE, "data of event Moved(");
	topics[1].b[0] = 1;
	uint8_t data[96] = {0};

	data[63] = 0x40;
	assert_err(abi_decode_log(&v, arena, ev, topics, 3, data, 96, &e), &e,
		   ERR_PARSE, "from in a topic: byte 0 of 32: 0x1000");
	topics[0].b[0] ^= 1;
	assert_err(abi_decode_log(&v, arena, ev, topics, 3, data, 96, &e), &e,
		   ERR_MISMATCH, "is not that of event Moved(");
}

static void anonymous_logs(void **state)
{
	const struct abi_entry *ev = abi_event(events(), "Hidden", NULL);
	struct hash32 topic;
	struct err e = ERR_INIT;
	struct abi_val v;

	(void)state;
	memset(topic.b, 0xff, sizeof(topic.b));
	assert_ok(abi_decode_log(&v, arena, ev, &topic, 1, NULL, 0, &e), &e);
	assert_string_equal(fmt_i256(v.items[0].word).s, "-1");
	assert_err(abi_decode_log(&v, arena, ev, &topic, 0, NULL, 0, &e), &e,
		   ERR_MISMATCH, "0 topics where event Hidden(int8) has 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_encoded_is_decoded),
	    cmocka_unit_test(damage_is_survived),
	    cmocka_unit_test(hostile_inputs),
	    cmocka_unit_test(bombs_do_not_go_off),
	    cmocka_unit_test(tails_in_any_order),
	    cmocka_unit_test(values_that_are_no_tuple),
	    cmocka_unit_test(logs_in_the_order_of_the_declaration),
	    cmocka_unit_test(logs_of_another_event),
	    cmocka_unit_test(anonymous_logs),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
