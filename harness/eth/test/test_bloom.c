/* bloom: as geth has it, and as nodes announce it. */
#include "test/kit.h"

#include "base/base.h"
#include "codec/json.h"
#include "eth/bloom.h"

/* Yellow Paper, 4.4.1, as a node does it: geth's Bloom.Add. */
static void add(struct bloom *b, const char *item)
{
	struct hash32 h = keccak256(item, strlen(item));

	for (size_t i = 0; i < 3; i++) {
		unsigned v = (unsigned)h.b[2 * i] << 8 | h.b[2 * i + 1];

		b->b[256 - ((v & 0x7ff) >> 3) - 1] |= (uint8_t)(1u << (v & 7));
	}
}

static bool has(const struct bloom *b, const char *item)
{
	return bloom_may_have(b, item, strlen(item));
}

/* go-ethereum, core/types/bloom9_test.go: TestBloom, TestBloomExtensively. */
static void test_as_geth(void **state)
{
	struct bloom few = {0}, many = {0};
	struct hash32 h;
	char item[64];

	(void)state;
	add(&few, "testtest");
	add(&few, "test");
	add(&few, "hallo");
	add(&few, "other");
	assert_true(has(&few, "testtest") && has(&few, "test") &&
		    has(&few, "hallo") && has(&few, "other"));
	assert_false(has(&few, "tes") || has(&few, "lo"));
	for (unsigned i = 0; i < 100; i++) {
		snprintf(item, sizeof(item), "xxxxxxxxxx data %u yyyyyyyyyyyyyy",
			 i);
		add(&many, item);
	}
	h = keccak256(many.b, sizeof(many.b));
	assert_string_equal(fmt_hash(&h).s,
			    "0xc8d3ca65cdb4874300a9e39475508f23ed6da09fdbc487f"
			    "89a2dcf50b09eb263");
	for (unsigned i = 0; i < 100; i++) {
		snprintf(item, sizeof(item), "xxxxxxxxxx data %u yyyyyyyyyyyyyy",
			 i);
		assert_true(has(&many, item));
	}
}

static bool read_one(struct bloom *ret, json_t *take_header, struct err *e)
{
	bool ok = bloom_read(ret, take_header, e);

	json_decref(take_header);
	return ok;
}

static void test_read(void **state)
{
	struct bloom b, was;
	char text[2 + 512 + 1] = "0x";
	struct err e;

	(void)state;
	memset(text + 2, '0', 512);
	text[2 + 511] = '1';
	assert_ok(read_one(&b, json_pack("{s: s}", "logsBloom", text), &e), &e);
	assert_int_equal(b.b[255], 1);
	assert_int_equal(b.b[0], 0);
	was = b;
	assert_err(read_one(&b, json_pack("{s: s}", "logsBloom", "0x01"), &e),
		   &e, ERR_PARSE, "logsBloom");
	assert_err(read_one(&b, json_pack("{s: i}", "logsBloom", 1), &e), &e,
		   ERR_SCHEMA, "logsBloom");
	assert_memory_equal(&b, &was, sizeof(b));
	assert_ok(read_one(&b, json_pack("{s: n}", "logsBloom"), &e), &e);
	assert_true(has(&b, "anything"));
	assert_ok(read_one(&b, json_object(), &e), &e);
	assert_true(has(&b, "anything"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_geth),
	    cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
