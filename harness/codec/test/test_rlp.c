#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "codec/json.h"
#include "codec/rlp.h"
#include "test/oracle.h"

static json_t *fixture(const char *name)
{
	struct err e = ERR_INIT;
	json_t *j;

	assert_ok(json_read_file(&j, kit_fixture(name), &e), &e);
	return j;
}

static const char *text_of(const json_t *j, const char *path)
{
	struct err e = ERR_INIT;
	const char *s;

	assert_ok(json_text_at(&s, j, path, &e), &e);
	return s;
}

/* The official vectors write a large number as text after #. */
static void put_json(struct buf *out, const json_t *j)
{
	const char *s = json_string_value(j);
	struct err e = ERR_INIT;
	struct u256 v;
	uint8_t *p;
	size_t len;

	if (json_is_integer(j)) {
		rlp_u64(out, (uint64_t)json_integer_value(j));
	} else if (json_is_array(j)) {
		size_t mark = rlp_list_begin(out);

		for (size_t i = 0; i < json_array_size(j); i++)
			put_json(out, json_array_get(j, i));
		rlp_list_end(out, mark);
	} else if (json_is_object(j)) {
		assert_ok(json_bytes_at(&p, &len, j, "hex", &e), &e);
		rlp_bytes(out, p, len);
		free(p);
	} else if (*s == '#') {
		assert_ok(u256_parse(&v, s + 1, strlen(s + 1), &e), &e);
		rlp_u256(out, v);
	} else {
		rlp_bytes(out, s, strlen(s));
	}
}

static void put_item(struct buf *out, const struct rlp_item *it)
{
	size_t mark;

	if (!it->is_list) {
		rlp_bytes(out, it->data, it->len);
		return;
	}
	mark = rlp_list_begin(out);
	for (size_t i = 0; i < it->n; i++)
		put_item(out, &it->items[i]);
	rlp_list_end(out, mark);
}

/* Decodes @b and checks that it encodes to the same bytes. */
static void assert_decodes(const struct buf *b)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf again = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	struct rlp_item it;

	assert_ok(rlp_decode(&it, a, b->data, b->len, &e), &e);
	put_item(&again, &it);
	assert_int_equal(again.len, b->len);
	assert_memory_equal(again.data, b->data, b->len);
	buf_done(&again);
}

static void official_vectors(void **state)
{
	CLEANUP(json_decrefp) json_t *all = fixture("codec/rlp.json");

	(void)state;
	assert_true(json_array_size(all) > 20);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *v = json_array_get(all, i);
		struct buf b = BUF_INIT(1u << 20);

		put_json(&b, json_object_get(v, "in"));
		assert_hex(b.data, b.len, text_of(v, "out") + 2);
		assert_decodes(&b);
		buf_done(&b);
	}
}

static void official_invalid_inputs(void **state)
{
	CLEANUP(json_decrefp) json_t *all = fixture("codec/rlp-invalid.json");
	CLEANUP(arena_freep) struct arena *a = arena_new();

	(void)state;
	assert_true(json_array_size(all) > 15);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *v = json_array_get(all, i);
		struct rlp_item it = {.len = 99};
		struct err e = ERR_INIT;
		uint8_t *p;
		size_t len;

		assert_ok(json_bytes_at(&p, &len, v, "in", &e), &e);
		assert_err(rlp_decode(&it, a, p, len, &e), &e, ERR_PARSE,
			   text_of(v, "says"));
		assert_int_equal(it.len, 99);
		free(p);
	}
}

static void more_invalid_inputs(void **state)
{
	static const struct {
		const char *hex, *says;
	} bad[] = {
	    {"", "byte 0: the input is empty"},
	    {"8080", "byte 1: there is more after the item"},
	    {"83646f", "byte 0: an item is longer than what is left"},
	    {"c3", "byte 0: an item is longer than what is left"},
	    {"c28200", "byte 1: an item is longer than what is left"},
	    {"b9ff", "byte 1: the input ends inside a length"},
	    {"bfffffffffffffffff", "byte 1: an item is longer than"},
	    {"c3c28200", "byte 2: an item is longer than what is left"},
	    /* 55 bytes in the long form */
	    {"b837"
	     "00000000000000000000000000000000000000000000000000000000000000"
	     "000000000000000000000000000000000000000000000000",
	     "byte 1: a short length is written in the long form"},
	    {"c4c38100c0", "byte 2: a single byte below 0x80"},
	};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct rlp_item it;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t data[64];
		size_t n = strlen(bad[i].hex) / 2;

		assert_ok(hex_decode(data, n, bad[i].hex, 2 * n, &e), &e);
		assert_err(rlp_decode(&it, a, data, n, &e), &e, ERR_PARSE,
			   bad[i].says);
	}
}

static void depth_is_bounded(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err e = ERR_INIT;
	size_t marks[RLP_DEPTH_MAX + 1];
	struct rlp_item it;

	(void)state;
	for (size_t depth = RLP_DEPTH_MAX; depth <= RLP_DEPTH_MAX + 1;
	     depth++) {
		struct buf b = BUF_INIT(1000);

		for (size_t i = 0; i < depth; i++)
			marks[i] = rlp_list_begin(&b);
		for (size_t i = depth; i-- > 0;)
			rlp_list_end(&b, marks[i]);
		if (depth == RLP_DEPTH_MAX)
			assert_ok(rlp_decode(&it, a, b.data, b.len, &e), &e);
		else
			assert_err(rlp_decode(&it, a, b.data, b.len, &e), &e,
				   ERR_LIMIT, "nested deeper than 64");
		buf_done(&b);
	}
}

static void random_item(struct rng *r, struct buf *out, struct buf *text,
			unsigned depth)
{
	uint8_t data[400];

	if (depth && rng_below(r, 3)) {
		size_t n = rng_below(r, 6), mark = rlp_list_begin(out);

		buf_addc(text, '[');
		for (size_t i = 0; i < n; i++) {
			if (i)
				buf_addc(text, ',');
			random_item(r, out, text, depth - 1);
		}
		buf_addc(text, ']');
		rlp_list_end(out, mark);
	} else {
		/* Around one byte, and around the 55 of a short string. */
		size_t n = rng_below(r, 3)   ? rng_below(r, 3)
			   : rng_below(r, 2) ? 54 + rng_below(r, 4)
					     : rng_below(r, 300);

		rng_fill(r, data, n);
		rlp_bytes(out, data, n);
		buf_adds(text, "\"0x");
		buf_addhex(text, data, n);
		buf_addc(text, '"');
	}
}

static void round_trip(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct buf b = BUF_INIT(1u << 20), text = BUF_INIT(1u << 20);

	random_item(&r, &b, &text, 4);
	assert_decodes(&b);
	buf_done(&b);
	buf_done(&text);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	kit_property(1, 300, round_trip);
}

static void agrees_with_cast(void **state)
{
	(void)state;
	oracle_need();
	for (uint64_t seed = 100; seed < 120; seed++) {
		struct rng r = RNG_INIT(seed);
		struct buf b = BUF_INIT(1u << 20), text = BUF_INIT(1u << 20);

		random_item(&r, &b, &text, 3);
		CLEANUP(freep) char *want = ORACLE("to-rlp", buf_str(&text));

		assert_hex(b.data, b.len, want + 2);
		buf_done(&b);
		buf_done(&text);
	}
}

/* Whatever single byte of it is changed: an error, or other canonical bytes. */
static void damage_is_seen(uint64_t seed)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct rng r = RNG_INIT(seed);
	struct buf b = BUF_INIT(1u << 20), text = BUF_INIT(1u << 20);
	struct rlp_item it;
	struct err e = ERR_INIT;

	random_item(&r, &b, &text, 3);
	b.data[rng_below(&r, b.len)] = (uint8_t)rng_next(&r);
	if (rlp_decode(&it, a, b.data, b.len, &e))
		assert_decodes(&b);
	else
		assert_int_equal(e.code, ERR_PARSE);
	buf_done(&b);
	buf_done(&text);
}

static void only_canonical_forms_are_read(void **state)
{
	(void)state;
	kit_property(2, 500, damage_is_seen);
}

static void lists_stop_at_the_cap(void **state)
{
	struct buf b = BUF_INIT(4);
	struct err e = ERR_INIT;
	size_t mark = rlp_list_begin(&b);

	(void)state;
	rlp_bytes(&b, "dog", 3);
	rlp_list_end(&b, mark);
	assert_err(buf_ok(&b, "RLP", &e), &e, ERR_LIMIT,
		   "RLP is larger than 4");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(official_vectors),
	    cmocka_unit_test(official_invalid_inputs),
	    cmocka_unit_test(more_invalid_inputs),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(agrees_with_cast),
	    cmocka_unit_test(only_canonical_forms_are_read),
	    cmocka_unit_test(lists_stop_at_the_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
