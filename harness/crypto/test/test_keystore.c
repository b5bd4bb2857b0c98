#include "test/kit.h"

#include <ctype.h>

#include "base/base.h"
#include "base/rng.h"
#include "crypto/keystore.h"

/* Fast, and what a devnet uses. */
static struct keystore sealed(struct seckey *ret_key)
{
	struct err e = ERR_INIT;
	struct keystore ks;
	struct addr20 at;

	*ret_key = devnet_key("keystore");
	assert_ok(devnet_address(&at, "keystore", &e), &e);
	assert_ok(keystore_seal(&ks, ret_key, &at, "secret", KEYSTORE_LIGHT,
				&e), &e);
	return ks;
}

static void opens_what_it_sealed(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct err e = ERR_INIT;
	struct seckey key, back;
	struct keystore ks, again;
	struct addr20 at;
	char password[20] = {0};

	rng_fill(&r, key.b, 32);
	assert_ok(secp_address(&at, &key, &e), &e);
	for (size_t i = rng_below(&r, sizeof(password)); i-- > 0;)
		password[i] = (char)(1 + rng_below(&r, 255));
	assert_ok(keystore_seal(&ks, &key, &at, password, 4, &e), &e);
	assert_ok(keystore_open(&back, NULL, &ks, password, &e), &e);
	assert_memory_equal(back.b, key.b, 32);
	assert_ok(keystore_seal(&again, &key, &at, password, 4, &e), &e);
	assert_memory_equal(&ks, &again, sizeof(ks));
}

static void round_trips(void **state)
{
	(void)state;
	kit_property(1, 50, opens_what_it_sealed);
}

static void nothing_is_reused_between_files(void **state)
{
	struct seckey key = devnet_key("a"), other = devnet_key("b");
	static const struct addr20 at;
	struct err e = ERR_INIT;
	struct keystore x, y, z;

	(void)state;
	assert_ok(keystore_seal(&x, &key, &at, "p", 2, &e), &e);
	assert_ok(keystore_seal(&y, &key, &at, "q", 2, &e), &e);
	assert_ok(keystore_seal(&z, &other, &at, "p", 2, &e), &e);
	assert_memory_not_equal(x.salt, y.salt, 32);
	assert_memory_not_equal(x.salt, z.salt, 32);
	assert_memory_not_equal(x.iv, y.iv, 16);
	assert_memory_not_equal(x.iv, z.iv, 16);
	assert_string_not_equal(x.id, y.id);
	assert_memory_not_equal(x.cipher, key.b, 32);
}

static void ids_are_random_uuids(void **state)
{
	struct seckey key;
	struct keystore ks = sealed(&key);

	(void)state;
	assert_int_equal(strlen(ks.id), 36);
	for (size_t i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(ks.id[i], '-');
		else
			assert_true(isxdigit((unsigned char)ks.id[i]));
	}
	assert_int_equal(ks.id[14], '4');
	assert_non_null(strchr("89ab", ks.id[19]));
}

static void every_damage_is_noticed(void **state)
{
	struct seckey key, back = {.b = {5}};
	const struct keystore good = sealed(&key);
	struct keystore ks;
	struct err e = ERR_INIT;

	(void)state;
	assert_err(keystore_open(&back, NULL, &good, "Secret", &e), &e, ERR_CRYPTO,
		   "wrong password");
	assert_err(keystore_open(&back, NULL, &good, "", &e), &e, ERR_CRYPTO,
		   "wrong password");
	ks = good;
	ks.cipher[7] ^= 1;
	assert_err(keystore_open(&back, NULL, &ks, "secret", &e), &e, ERR_CRYPTO,
		   "wrong password: the MAC differs");
	ks = good;
	ks.mac[31] ^= 1;
	assert_err(keystore_open(&back, NULL, &ks, "secret", &e), &e, ERR_CRYPTO,
		   "the MAC differs");
	ks = good;
	ks.salt[0] ^= 1;
	assert_err(keystore_open(&back, NULL, &ks, "secret", &e), &e, ERR_CRYPTO,
		   "the MAC differs");
	/* The MAC does not cover the IV; the address tells. */
	ks = good;
	ks.iv[0] ^= 1;
	assert_err(keystore_open(&back, NULL, &ks, "secret", &e), &e, ERR_CRYPTO,
		   "the key in it is that of 0x");
	ks.has_address = false;
	assert_ok(keystore_open(&back, NULL, &ks, "secret", &e), &e);
	assert_memory_not_equal(back.b, key.b, 32);
}

static void parameters_are_checked_before_any_work(void **state)
{
	static const struct {
		enum keystore_kdf kdf;
		enum err_code code;
		uint64_t n, r, p;
		const char *says;
	} bad[] = {
	    {KEYSTORE_SCRYPT, ERR_RANGE, 0, 8, 1, "n = 0"},
	    {KEYSTORE_SCRYPT, ERR_RANGE, 1, 8, 1, "power of two"},
	    {KEYSTORE_SCRYPT, ERR_RANGE, 3, 8, 1, "power of two"},
	    {KEYSTORE_SCRYPT, ERR_RANGE, 2, 0, 1, "r = 0"},
	    {KEYSTORE_SCRYPT, ERR_RANGE, 2, 8, 0, "p = 0"},
	    {KEYSTORE_SCRYPT, ERR_RANGE, 65536, 1, 1, "2^(16 r)"},
	    {KEYSTORE_SCRYPT, ERR_LIMIT, 1u << 21, 8, 1, "1073741824"},
	    {KEYSTORE_SCRYPT, ERR_LIMIT, 2, 1u << 31, 1, "1073741824"},
	    {KEYSTORE_SCRYPT, ERR_LIMIT, 2, 8, 1u << 31, "1073741824"},
	    {KEYSTORE_SCRYPT, ERR_LIMIT, 1ull << 63, 8, 1, "1073741824"},
	    {KEYSTORE_SCRYPT, ERR_LIMIT, 1ull << 32, 8, 1ull << 32,
	     "1073741824"},
	    {KEYSTORE_PBKDF2, ERR_RANGE, 0, 0, 0, "0 iterations"},
	    {KEYSTORE_PBKDF2, ERR_LIMIT, 10000001, 0, 0, "10000001"},
	};
	struct err e = ERR_INIT;
	struct seckey key, back;
	struct keystore ks = sealed(&key);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ks.kdf = bad[i].kdf;
		ks.n = bad[i].n;
		ks.r = bad[i].r;
		ks.p = bad[i].p;
		assert_err(keystore_open(&back, NULL, &ks, "secret", &e), &e,
			   bad[i].code, bad[i].says);
	}
	assert_err(keystore_seal(&ks, &key, &ks.address, "p", 0, &e), &e,
		   ERR_RANGE, "0 iterations");
	/* The largest n that RFC 7914 allows for r = 1. */
	ks = sealed(&key);
	ks.kdf = KEYSTORE_SCRYPT;
	ks.p = 1;
	ks.n = 32768;
	ks.r = 1;
	assert_err(keystore_open(&back, NULL, &ks, "secret", &e), &e, ERR_CRYPTO,
		   "wrong password");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(nothing_is_reused_between_files),
	    cmocka_unit_test(ids_are_random_uuids),
	    cmocka_unit_test(every_damage_is_noticed),
	    cmocka_unit_test(parameters_are_checked_before_any_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
