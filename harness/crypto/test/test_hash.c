#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "crypto/hash.h"
#include "test/oracle.h"

static size_t bytes(uint8_t **ret, const char *hex)
{
	struct err e = ERR_INIT;
	size_t len;

	assert_ok(hex_decode_alloc(ret, &len, hex, strlen(hex), &e), &e);
	return len;
}

static void check_keccak(char **f)
{
	CLEANUP(freep) uint8_t *in = NULL;
	size_t len = bytes(&in, f[0]);
	struct hash32 h = keccak256(in, len);

	assert_hex(h.b, sizeof(h.b), f[1]);
}

static void keccak_vectors(void **state)
{
	(void)state;
	kit_vectors("crypto/keccak256.txt", 2, check_keccak);
}

static void keccak_agrees_with_cast(void **state)
{
	struct rng r = RNG_INIT(1);
	uint8_t data[300];

	(void)state;
	oracle_need();
	/* Around the rate of 136 bytes, and twice it. */
	for (size_t len = 134; len <= 273; len += len == 138 ? 132 : 1) {
		struct buf hex = BUF_INIT(1000);
		struct hash32 h;

		rng_fill(&r, data, len);
		buf_adds(&hex, "0x");
		buf_addhex(&hex, data, len);
		h = keccak256(data, len);
		CLEANUP(freep) char *want = ORACLE("keccak", buf_str(&hex));

		assert_string_equal(fmt_hash(&h).s, want);
		buf_done(&hex);
	}
}

static void pieces_make_the_same(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	uint8_t data[700];
	size_t len = rng_below(&r, sizeof(data)), at = 0;
	struct hash32 whole, pieces;
	struct keccak k;

	rng_fill(&r, data, len);
	keccak_init(&k);
	while (at < len) {
		size_t n = 1 + rng_below(&r, len - at);

		keccak_add(&k, data + at, n);
		at += n;
	}
	pieces = keccak_done(&k);
	whole = keccak256(data, len);
	assert_true(hash_eq(&whole, &pieces));
}

static void keccak_in_pieces(void **state)
{
	(void)state;
	kit_property(2, 200, pieces_make_the_same);
}

static void check_sha2(char **f)
{
	CLEANUP(freep) uint8_t *in = NULL;
	size_t len = bytes(&in, f[1]);
	struct hash32 h32 = sha256(in, len);
	struct hash48 h48 = sha384(in, len);
	uint8_t h64[64];

	sha512(h64, in, len);
	if (!strcmp(f[0], "sha256"))
		assert_hex(h32.b, sizeof(h32.b), f[2]);
	else if (!strcmp(f[0], "sha384"))
		assert_hex(h48.b, sizeof(h48.b), f[2]);
	else if (!strcmp(f[0], "sha512"))
		assert_hex(h64, sizeof(h64), f[2]);
	else
		fail_msg("no function %s", f[0]);
}

static void sha2_vectors(void **state)
{
	(void)state;
	kit_vectors("crypto/sha2.txt", 3, check_sha2);
}

static void check_hmac(char **f)
{
	CLEANUP(freep) uint8_t *key = NULL, *data = NULL;
	size_t key_len = bytes(&key, f[0]), len = bytes(&data, f[1]);
	uint8_t mac[32];

	hmac_sha256(mac, key, key_len, data, len);
	assert_hex(mac, sizeof(mac), f[2]);
}

static void hmac_vectors(void **state)
{
	(void)state;
	kit_vectors("crypto/hmac-sha256.txt", 3, check_hmac);
}

static void check_eip55(char **f)
{
	struct err e = ERR_INIT;
	struct addr20 a;

	assert_ok(hex_decode(a.b, 20, f[0], strlen(f[0]), &e), &e);
	assert_string_equal(fmt_addr(&a).s, f[0]);
}

static void addresses_carry_their_checksum(void **state)
{
	(void)state;
	kit_vectors("crypto/eip55.txt", 1, check_eip55);
}

static void equality_sees_every_byte(void **state)
{
	struct addr20 a = {{0}}, b = {{0}};
	struct hash32 h = {{0}}, g = {{0}};

	(void)state;
	assert_true(addr_is_zero(&a));
	for (size_t i = 0; i < sizeof(a.b); i++) {
		b.b[i] = 1;
		assert_false(addr_eq(&a, &b));
		assert_false(addr_is_zero(&b));
		b.b[i] = 0;
	}
	assert_true(addr_eq(&a, &b));
	for (size_t i = 0; i < sizeof(h.b); i++) {
		g.b[i] = 0x80;
		assert_false(hash_eq(&h, &g));
		g.b[i] = 0;
	}
	assert_true(hash_eq(&h, &g));
	h.b[0] = 0xab;
	assert_string_equal(fmt_hash(&h).s,
			    "0xab00000000000000000000000000000000000000000000"
			    "000000000000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keccak_vectors),
	    cmocka_unit_test(keccak_agrees_with_cast),
	    cmocka_unit_test(keccak_in_pieces),
	    cmocka_unit_test(sha2_vectors),
	    cmocka_unit_test(hmac_vectors),
	    cmocka_unit_test(addresses_carry_their_checksum),
	    cmocka_unit_test(equality_sees_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
