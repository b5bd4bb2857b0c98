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

/* As of the same bytes in memory, around the size of what is read at once. */
static void a_file_as_its_bytes(void **state)
{
	static const size_t lens[] = { 0, 1, 8191, 8192, 8193, 100000 };
	static uint8_t data[100000];
	char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/file", dir);
	struct rng rng = RNG_INIT(7);
	struct hash32 h, want;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)rng_below(&rng, 256);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		assert_ok(file_write_atomic(path, data, lens[i], &e), &e);
		assert_ok(sha256_file(&h, path, lens[i], &e), &e);
		want = sha256(data, lens[i]);
		assert_true(hash_eq(&h, &want));
	}
	assert_err(sha256_file(&h, path, 99999, &e), &e, ERR_LIMIT,
		   "larger than 99999 bytes");
	assert_err(sha256_file(&h, "/dev/zero", 99999, &e), &e, ERR_LIMIT,
		   "/dev/zero");
	assert_err(sha256_file(&h, dir, 1, &e), &e, ERR_OS, dir);
	assert_err(sha256_file(&h, "/none", 1, &e), &e, ERR_OS, "/none");
	assert_true(hash_eq(&h, &want));
	kit_tmpdir_free(dir);
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

/* RFC 5869, test case 1 (its first 32 bytes), and dstack's keys. */
static void hkdf(void **state)
{
	static const uint8_t one[22] = {
	    0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
	    0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
	static const uint8_t salt[13] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
					 12};
	static const uint8_t info[10] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4,
					 0xf5, 0xf6, 0xf7, 0xf8, 0xf9};
	uint8_t kms[32], app_info[27], out[32], key[32];

	(void)state;
	hkdf_sha256(out, salt, sizeof(salt), one, sizeof(one), info,
		    sizeof(info));
	assert_hex(out, 32,
		   "3cb25f25faacd57a90434f64d0362f2a"
		   "2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
	/* Computed with dstack's own crates from these inputs. */
	memset(kms, 7, sizeof(kms));
	memset(app_info, 1, 20);
	memcpy(app_info + 20, "app-key", 7);
	hkdf_sha256(out, "RATLS", 5, kms, 32, app_info, sizeof(app_info));
	assert_hex(out, 32,
		   "a98031a9f7c0e86f0709c33cf967e038"
		   "552dd8f52a2ac1bf400f4396f19f7610");
	hkdf_sha256(key, "RATLS", 5, out, 32, "test", 4);
	assert_hex(key, 32,
		   "25a748317802673cc34c9939b5ab4ec6"
		   "9547e2d84e3181316b4881c64cbe10e4");
}

/* FIPS 180-4 and 202 examples; Keccak's from its authors' known answers. */
static void named(void **state)
{
	static const struct {
		const char *name, *start; /* of the hash of nothing */
		size_t len;
	} cases[] = {
	    {"sha256", "e3b0c44298fc1c14", 32},
	    {"sha384", "38b060a751ac9638", 48},
	    {"sha512", "cf83e1357eefb8bd", 64},
	    {"sha3-256", "a7ffc6f8bf1ed766", 32},
	    {"sha3-384", "0c63a75b845e4f7d", 48},
	    {"sha3-512", "a69f73cca23a9ac5", 64},
	    {"keccak256", "c5d2460186f7233c", 32},
	    {"keccak384", "2c23146a63a29acf", 48},
	    {"keccak512", "0eab42de4c3ceb92", 64},
	};
	uint8_t out[HASH_MAX], data[300];
	struct hash32 h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(hash_named(out, cases[i].name, "", 0),
				 cases[i].len);
		assert_hex(out, 8, cases[i].start);
	}
	assert_int_equal(hash_named(out, "md5", "", 0), 0);
	memset(data, 0x5a, sizeof(data));
	/* Two ways to the same, around the rate. */
	for (size_t n = 100; n < sizeof(data); n++) {
		h = keccak256(data, n);
		hash_named(out, "keccak256", data, n);
		assert_memory_equal(out, h.b, 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hkdf),
	    cmocka_unit_test(named),
	    cmocka_unit_test(keccak_vectors),
	    cmocka_unit_test(keccak_agrees_with_cast),
	    cmocka_unit_test(keccak_in_pieces),
	    cmocka_unit_test(sha2_vectors),
	    cmocka_unit_test(hmac_vectors),
	    cmocka_unit_test(a_file_as_its_bytes),
	    cmocka_unit_test(addresses_carry_their_checksum),
	    cmocka_unit_test(equality_sees_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
