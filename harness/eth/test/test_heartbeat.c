/* heartbeat: digest and signature as viem makes them, and the reader's no. */
#include "test/kit.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/hex.h"
#include "eth/heartbeat.h"

/* As it would come from anybody: by its members' names. */
static json_t *from_fields(char **f)
{
	CLEANUP(freep) char *text = NULL;
	struct seckey key = devnet_key("alice");
	struct addr20 who;
	json_t *j = NULL;
	struct err e;

	assert_ok(secp_address(&who, &key, &e), &e);
	text = xasprintf("{\"chainId\":%s,\"avs\":\"%s\",\"operator\":\"%s\","
			 "\"operatorSet\":%s,\"sequence\":%s,"
			 "\"blockNumber\":%s,\"blockHash\":\"%s\","
			 "\"signature\":\"%s\",\"quote\":\"0x0102\"}",
			 f[0], f[1], fmt_addr(&who).s, f[2], f[3], f[4], f[5],
			 f[7]);
	assert_ok(json_parse(&j, text, strlen(text), "heartbeat", &e), &e);
	return j;
}

static void vector(char **f)
{
	CLEANUP(json_decrefp) json_t *j = from_fields(f);
	CLEANUP(json_decrefp) json_t *again = NULL;
	CLEANUP(freep) uint8_t *quote = NULL;
	struct seckey key = devnet_key("alice");
	struct heartbeat h;
	struct hash32 digest;
	struct sig65 sig, own;
	size_t len;
	struct err e;

	assert_ok(heartbeat_read(&h, &sig, &quote, &len, j, &e), &e);
	assert_hex(quote, len, "0102");
	digest = heartbeat_digest(&h);
	assert_string_equal(fmt_hash(&digest).s, f[6]);
	assert_ok(secp_sign(&own, &key, &digest, &e), &e);
	assert_memory_equal(&own, &sig, sizeof(sig));
	again = heartbeat_json(&h, &own, quote, len);
	json_object_set(again, "avs", json_object_get(j, "avs"));
	assert_true(json_equal(again, j));
}

static void test_as_viem(void **state)
{
	(void)state;
	kit_vectors("eth/heartbeat.txt", 8, vector);
}

static json_t *good(void)
{
	static const struct heartbeat h = { .chain_id = 31337, .sequence = 1 };
	static const struct sig65 sig;

	return heartbeat_json(&h, &sig, "q", 1);
}

/* @member becomes @value; NULL takes it away. */
static void refused(const char *member, json_t *take_value,
		    enum err_code code, const char *part)
{
	CLEANUP(json_decrefp) json_t *j = good();
	CLEANUP(freep) uint8_t *quote = NULL;
	struct heartbeat h;
	struct sig65 sig;
	size_t len;
	struct err e;

	if (take_value)
		json_object_set_new(j, member, take_value);
	else
		json_object_del(j, member);
	assert_err(heartbeat_read(&h, &sig, &quote, &len, j, &e), &e, code,
		   part);
}

static void test_refused(void **state)
{
	static const char *const members[] = {
		"chainId",  "avs",	   "operator",	"operatorSet",
		"sequence", "blockNumber", "blockHash", "signature",
		"quote"
	};
	uint8_t rsv[65] = { 0 };
	struct buf large = BUF_INIT(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		refused(members[i], NULL, ERR_SCHEMA, members[i]);
	refused("sequense", json_integer(1), ERR_SCHEMA,
		"no member sequense; nearest: sequence");
	refused("operatorSet", json_integer(4294967296), ERR_RANGE,
		"operatorSet: 4294967296, over 4294967295");
	refused("sequence", json_string("0xffffffffffffffff"), ERR_RANGE,
		"sequence: 18446744073709551615, over 9223372036854775807");
	refused("sequence", json_string("0x8000000000000000"), ERR_RANGE,
		"sequence: 9223372036854775808, over 9223372036854775807");
	refused("blockNumber", json_string("0xffffffffffffffff"), ERR_RANGE,
		"blockNumber: 18446744073709551615, over 9223372036854775807");
	refused("sequence", json_integer(-1), ERR_RANGE, "sequence");
	refused("sequence", json_real(1.5), ERR_SCHEMA, "sequence");
	refused("signature", json_string("0x00"), ERR_SCHEMA,
		"signature: wants 65 bytes");
	rsv[64] = 1;
	buf_adds(&large, "0x");
	buf_addhex(&large, rsv, sizeof(rsv));
	refused("signature", json_string(buf_str(&large)), ERR_SCHEMA,
		"the last of which is 27 or 28");
	buf_clear(&large);
	buf_addf(&large, "0x%0131074d", 0);
	refused("quote", json_string(buf_str(&large)), ERR_RANGE,
		"quote: 65537 bytes, over 65536");
	buf_done(&large);
}

static void test_largest(void **state)
{
	CLEANUP(json_decrefp) json_t *j = good();
	CLEANUP(freep) uint8_t *quote = NULL;
	struct heartbeat h;
	struct sig65 sig;
	size_t len;
	struct err e;

	(void)state;
	json_object_set_new(j, "sequence", json_integer(INT64_MAX));
	json_object_set_new(j, "blockNumber", json_integer(INT64_MAX));
	assert_ok(heartbeat_read(&h, &sig, &quote, &len, j, &e), &e);
	assert_true(h.sequence == 9223372036854775807u);
	assert_true(h.block == 9223372036854775807u);
}

static void test_no_object(void **state)
{
	CLEANUP(json_decrefp) json_t *list = json_array();
	CLEANUP(freep) uint8_t *quote = NULL;
	struct heartbeat h;
	struct sig65 sig;
	size_t len;
	struct err e;

	(void)state;
	assert_err(heartbeat_read(&h, &sig, &quote, &len, list, &e), &e,
		   ERR_SCHEMA, "a heartbeat is an object");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_viem),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
