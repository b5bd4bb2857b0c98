/* tx against transactions that cast signed: fixtures/eth/tx-cast.json. */
#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "codec/json.h"
#include "codec/rlp.h"
#include "eth/tx.h"

struct vector {
	const char *name;
	struct tx tx;
	struct seckey key;
	struct addr20 from;
	struct hash32 hash;
	uint8_t *data, *raw;
	size_t raw_len;
};

static void read_vector(struct vector *v, const json_t *j)
{
	struct err e;
	struct hash32 key;

	memset(v, 0, sizeof(*v));
	assert_ok(json_text_at(&v->name, j, "name", &e), &e);
	assert_ok(json_hash_at(&key, j, "key", &e), &e);
	memcpy(v->key.b, key.b, sizeof(key.b));
	assert_ok(json_u64_at(&v->tx.chain_id, j, "chain_id", &e), &e);
	assert_ok(json_u64_at(&v->tx.nonce, j, "nonce", &e), &e);
	assert_ok(json_u64_at(&v->tx.gas, j, "gas", &e), &e);
	assert_ok(json_u256_at(&v->tx.tip, j, "tip", &e), &e);
	assert_ok(json_u256_at(&v->tx.max_fee, j, "max_fee", &e), &e);
	assert_ok(json_u256_at(&v->tx.value, j, "value", &e), &e);
	v->tx.create = json_is_null(json_object_get(j, "to"));
	if (!v->tx.create)
		assert_ok(json_addr_at(&v->tx.to, j, "to", &e), &e);
	assert_ok(json_bytes_at(&v->data, &v->tx.data_len, j, "data", &e), &e);
	v->tx.data = v->data;
	assert_ok(json_bytes_at(&v->raw, &v->raw_len, j, "raw", &e), &e);
	assert_ok(json_hash_at(&v->hash, j, "hash", &e), &e);
	assert_ok(json_addr_at(&v->from, j, "from", &e), &e);
}

static void vector_done(struct vector *v)
{
	free(v->data);
	free(v->raw);
}

static void each_vector(void (*check)(const struct vector *v))
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *list;
	struct err e;

	assert_ok(json_read_file(&j, kit_fixture("eth/tx-cast.json"), &e), &e);
	assert_ok(json_at(&list, j, "vectors", &e), &e);
	assert_int_equal(json_array_size(list), 10);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct vector v;

		read_vector(&v, json_array_get(list, i));
		check(&v);
		vector_done(&v);
	}
}

static void signs_as_cast(const struct vector *v)
{
	struct buf raw = BUF_INIT(TX_DATA_MAX + 1024);
	struct hash32 hash;
	struct err e;

	print_message("  sign: %s\n", v->name);
	assert_ok(tx_sign(&raw, &hash, &v->tx, &v->key, &e), &e);
	assert_int_equal(raw.len, v->raw_len);
	assert_memory_equal(raw.data, v->raw, raw.len);
	assert_true(hash_eq(&hash, &v->hash));
	buf_done(&raw);
}

static void test_sign(void **state)
{
	(void)state;
	each_vector(signs_as_cast);
}

/* The signer and the transaction are those of the raw one, first and again. */
static void signed_by(const char *name, uint64_t nonce)
{
	const struct tx t = { .chain_id = 31337, .nonce = nonce };
	struct seckey key = devnet_key(name);
	struct buf raw = BUF_INIT(1024);
	struct hash32 hash;
	struct addr20 from, want;
	struct tx got;
	struct err e;

	assert_ok(devnet_address(&want, name, &e), &e);
	assert_ok(tx_sign(&raw, &hash, &t, &key, &e), &e);
	assert_ok(tx_decode(&got, &from, NULL, raw.data, raw.len, &e), &e);
	assert_true(addr_eq(&from, &want));
	assert_int_equal(got.nonce, nonce);
	buf_done(&raw);
}

static void test_sign_again(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3; round++)
		for (uint64_t nonce = 0; nonce < 150; nonce++) {
			signed_by("alice", nonce);
			signed_by("bob", nonce);
			signed_by("alice", nonce);
		}
}

static void assert_same_tx(const struct tx *a, const struct tx *b)
{
	assert_int_equal(a->chain_id, b->chain_id);
	assert_int_equal(a->nonce, b->nonce);
	assert_int_equal(a->gas, b->gas);
	assert_true(u256_eq(a->tip, b->tip));
	assert_true(u256_eq(a->max_fee, b->max_fee));
	assert_true(u256_eq(a->value, b->value));
	assert_int_equal(a->create, b->create);
	assert_true(addr_eq(&a->to, &b->to));
	assert_int_equal(a->data_len, b->data_len);
	if (a->data_len)
		assert_memory_equal(a->data, b->data, a->data_len);
}

static void decodes_from_cast(const struct vector *v)
{
	struct tx t;
	struct addr20 from;
	struct hash32 hash;
	struct err e;

	print_message("  decode: %s\n", v->name);
	assert_ok(tx_decode(&t, &from, &hash, v->raw, v->raw_len, &e), &e);
	assert_same_tx(&t, &v->tx);
	assert_true(addr_eq(&from, &v->from));
	assert_true(hash_eq(&hash, &v->hash));
}

static void test_decode(void **state)
{
	(void)state;
	each_vector(decodes_from_cast);
}

static void refuses_prefixes(const struct vector *v)
{
	struct tx t;
	struct addr20 from;
	struct hash32 hash;
	struct err e;

	for (size_t n = 1; n < v->raw_len; n++)
		assert_err(tx_decode(&t, &from, &hash, v->raw, n, &e), &e,
			   ERR_PARSE, "transaction");
}

static void test_decode_truncated(void **state)
{
	(void)state;
	each_vector(refuses_prefixes);
}

/* Signing then decoding gives everything back, whatever the numbers are. */
static void round_trip(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct buf raw = BUF_INIT(TX_DATA_MAX);
	uint8_t data[300], wide[32];
	struct tx t = {.chain_id = rng_next(&r) >> rng_below(&r, 64),
		       .nonce = rng_next(&r) >> rng_below(&r, 64),
		       .gas = rng_next(&r) >> rng_below(&r, 64),
		       .data = data,
		       .data_len = rng_below(&r, sizeof(data)),
		       .create = rng_below(&r, 4) == 0};
	struct tx back;
	struct seckey key;
	struct addr20 from, want;
	struct hash32 h1, h2;
	struct err e;

	rng_fill(&r, data, sizeof(data));
	rng_fill(&r, wide, sizeof(wide));
	t.value =
	    u256_shr(u256_from_be(wide, 32), (unsigned)rng_below(&r, 256));
	t.max_fee = u256_shr(t.value, 7);
	t.tip = u256_shr(t.value, 9);
	if (!t.create)
		rng_fill(&r, t.to.b, sizeof(t.to.b));
	rng_fill(&r, key.b, sizeof(key.b));
	key.b[0] = 1; /* below the group's order */
	assert_ok(tx_sign(&raw, &h1, &t, &key, &e), &e);
	assert_ok(tx_decode(&back, &from, &h2, raw.data, raw.len, &e), &e);
	assert_same_tx(&back, &t);
	assert_ok(secp_address(&want, &key, &e), &e);
	assert_true(addr_eq(&from, &want));
	assert_true(hash_eq(&h1, &h2));
	buf_done(&raw);
}

static void test_round_trip(void **state)
{
	(void)state;
	kit_property(1559, 100, round_trip);
}

static void refused(const char *hex, enum err_code code, const char *part)
{
	uint8_t *raw;
	size_t len;
	struct tx t;
	struct addr20 from;
	struct hash32 hash;
	struct err e;

	assert_ok(hex_decode_alloc(&raw, &len, hex, strlen(hex), &e), &e);
	assert_err(tx_decode(&t, &from, &hash, raw, len, &e), &e, code, part);
	/* Who does not want to know who signed is told the rest. */
	if (code == ERR_CRYPTO)
		assert_ok(tx_decode(&t, NULL, NULL, raw, len, &e), &e);
	else
		assert_err(tx_decode(&t, NULL, NULL, raw, len, &e), &e, code,
			   part);
	free(raw);
}

static void test_other_types(void **state)
{
	(void)state;
	refused("0x", ERR_PARSE, "no bytes");
	refused("0xf86c808504a817c800", ERR_UNSUPPORTED, "legacy");
	refused("0x01f8", ERR_UNSUPPORTED, "type 1");
	refused("0x03f8", ERR_UNSUPPORTED, "type 3");
	refused("0x0205", ERR_PARSE, "0 fields, not 12");
	refused("0x02c0", ERR_PARSE, "0 fields, not 12");
	refused("0x02c3010203", ERR_PARSE, "3 fields, not 12");
}

/* A transaction of which one field is written by hand. */
struct odd {
	const char *item; /* RLP of field @at, in hex without 0x */
	size_t at;
	enum err_code code;
	const char *part;
};

static void refuses_odd(const struct odd *o)
{
	struct buf hex = BUF_INIT(4096);
	size_t payload = 0;

	for (size_t i = 0; i < 12; i++) {
		const char *item = i == o->at ? o->item
				   : i == 5   ? "80"
				   : i == 8   ? "c0"
				   : i > 9    ? "07"
					      : "80";

		buf_adds(&hex, item);
	}
	payload = hex.len / 2;
	char *text =
	    xasprintf("0x02%s%02zx%s", payload < 56 ? "" : "f8",
		      payload < 56 ? 0xc0 + payload : payload, buf_str(&hex));

	refused(text, o->code, o->part);
	free(text);
	buf_done(&hex);
}

static void test_odd_fields(void **state)
{
	static const struct odd odds[] = {
	    {"c0", 0, ERR_PARSE, "chain id is a list"},
	    {"8900ffffffffffffffff", 1, ERR_PARSE, "nonce begins with"},
	    {"89ffffffffffffffffff", 1, ERR_PARSE, "nonce is over 64"},
	    {"a1ffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	     "ffffffffffff",
	     3, ERR_PARSE, "max fee has 33 bytes"},
	    {"00", 4, ERR_PARSE, "gas begins with a zero"},
	    {"8204d2", 5, ERR_PARSE, "to is no address"},
	    {"c0", 5, ERR_PARSE, "to is no address"},
	    {"c0", 7, ERR_PARSE, "data is a list"},
	    {"80", 8, ERR_PARSE, "access list is no list"},
	    {"c101", 8, ERR_UNSUPPORTED, "access list of 1 entries"},
	    {"02", 9, ERR_PARSE, "y parity is 2"},
	    {"80", 10, ERR_CRYPTO, "transaction"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odds); i++)
		refuses_odd(&odds[i]);
}

static void test_data_too_large(void **state)
{
	struct buf raw = BUF_INIT(2 * (size_t)TX_DATA_MAX);
	uint8_t *data = xcalloc(1, TX_DATA_MAX + 1);
	struct tx t = {
	    .chain_id = 1, .data = data, .data_len = TX_DATA_MAX + 1};
	struct seckey key = devnet_key("tx test");
	struct hash32 hash;
	struct err e;

	(void)state;
	assert_err(tx_sign(&raw, &hash, &t, &key, &e), &e, ERR_LIMIT,
		   "1048577 bytes");
	assert_int_equal(raw.len, 0);
	t.data_len = TX_DATA_MAX;
	assert_ok(tx_sign(&raw, &hash, &t, &key, &e), &e);
	free(data);
	buf_done(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sign),
	    cmocka_unit_test(test_sign_again),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_decode_truncated),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_other_types),
	    cmocka_unit_test(test_odd_fields),
	    cmocka_unit_test(test_data_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
