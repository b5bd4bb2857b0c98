#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/rng.h"
#include "crypto/ec.h"
#include "test/oracle.h"

/* The order of secp256k1 (SEC 2, section 2.4.1). */
static const char ORDER[] = "fffffffffffffffffffffffffffffffe"
			    "baaedce6af48a03bbfd25e8cd0364141";

static struct seckey key_of(const char *hex)
{
	struct err e = ERR_INIT;
	struct seckey k;

	assert_ok(hex_decode(k.b, 32, hex, strlen(hex), &e), &e);
	return k;
}

static struct hash32 hash_of(const char *hex)
{
	struct err e = ERR_INIT;
	struct hash32 h;

	assert_ok(hex_decode(h.b, 32, hex, strlen(hex), &e), &e);
	return h;
}

static void check_address(char **f)
{
	struct seckey k = key_of(f[0]);
	struct err e = ERR_INIT;
	struct addr20 a;

	assert_ok(secp_address(&a, &k, &e), &e);
	assert_string_equal(fmt_addr(&a).s, f[1]);
}

static void known_addresses(void **state)
{
	(void)state;
	kit_vectors("crypto/secp256k1.txt", 2, check_address);
}

static void check_signature(char **f)
{
	struct seckey k = key_of(f[0]);
	struct hash32 h = hash_of(f[1]);
	struct err e = ERR_INIT;
	struct sig65 sig;

	assert_ok(secp_sign(&sig, &k, &h, &e), &e);
	assert_hex(sig.r, 32, f[2]);
	assert_hex(sig.s, 32, f[3]);
	assert_int_equal(sig.v, f[4][0] - '0');
}

static void known_signatures(void **state)
{
	(void)state;
	kit_vectors("crypto/secp256k1-sign.txt", 5, check_signature);
}

static void recovers(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct err e = ERR_INIT;
	struct seckey k;
	struct hash32 h;
	struct sig65 sig, again;
	struct addr20 a, b;

	rng_fill(&r, k.b, 32);
	rng_fill(&r, h.b, 32);
	assert_ok(secp_address(&a, &k, &e), &e);
	assert_ok(secp_sign(&sig, &k, &h, &e), &e);
	assert_ok(secp_recover(&b, &sig, &h, &e), &e);
	assert_true(addr_eq(&a, &b));
	assert_true(sig.v <= 1);
	assert_true(sig.s[0] < 0x80); /* EIP-2: low s */
	assert_ok(secp_sign(&again, &k, &h, &e), &e);
	assert_memory_equal(&sig, &again, sizeof(sig));
	/* Another digest or parity has another signer, or none. */
	h.b[seed % 32] ^= 1;
	if (secp_recover(&b, &sig, &h, &e))
		assert_false(addr_eq(&a, &b));
}

static void signers_are_recovered(void **state)
{
	(void)state;
	kit_property(1, 50, recovers);
}

static void agrees_with_cast(void **state)
{
	struct seckey k = devnet_key("oracle");
	struct hash32 h = keccak256("digest", 6);
	struct buf hex = BUF_INIT(200);
	struct err e = ERR_INIT;
	struct addr20 a;
	struct sig65 sig;

	(void)state;
	oracle_need();
	buf_addhex(&hex, k.b, 32);
	assert_ok(secp_address(&a, &k, &e), &e);
	CLEANUP(freep)
	char *address =
	    ORACLE("wallet", "address", "--private-key", buf_str(&hex));
	assert_string_equal(fmt_addr(&a).s, address);
	assert_ok(secp_sign(&sig, &k, &h, &e), &e);
	CLEANUP(freep)
	char *want = ORACLE("wallet", "sign", "--no-hash", "--private-key",
			    buf_str(&hex), fmt_hash(&h).s);
	buf_clear(&hex);
	buf_adds(&hex, "0x");
	buf_addhex(&hex, sig.r, 32);
	buf_addhex(&hex, sig.s, 32);
	buf_addf(&hex, "%02x", sig.v + 27u);
	assert_string_equal(buf_str(&hex), want);
	buf_done(&hex);
}

static void devnet_keys_are_what_they_say(void **state)
{
	static const char text[] = "avsbed devnet key: op1";
	struct hash32 want = keccak256(text, sizeof(text) - 1);
	struct seckey k = devnet_key("op1"), other = devnet_key("op2");

	(void)state;
	assert_memory_equal(k.b, want.b, 32);
	assert_memory_not_equal(k.b, other.b, 32);
	seckey_wipe(&k);
	memset(other.b, 0, sizeof(other.b));
	assert_memory_equal(k.b, other.b, 32);
}

/* What is known of one name is never another's, however many there are. */
static void devnet_addresses_are_their_keys(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		char name[16];
		struct seckey key;
		struct addr20 have, want;

		snprintf(name, sizeof(name), "op%u", i / 2 % 200);
		key = devnet_key(name);
		assert_ok(devnet_address(&have, name, &e), &e);
		assert_ok(secp_address(&want, &key, &e), &e);
		assert_true(addr_eq(&have, &want));
	}
}

static void keys_out_of_range(void **state)
{
	struct seckey bad[2] = {{.b = {0}}, key_of(ORDER)};
	struct hash32 h = {.b = {1}};
	struct err e = ERR_INIT;
	struct addr20 a;
	struct sig65 sig;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_err(secp_address(&a, &bad[i], &e), &e, ERR_CRYPTO,
			   "private key is 0 or not below the order");
		assert_err(secp_sign(&sig, &bad[i], &h, &e), &e, ERR_CRYPTO,
			   "cannot sign");
	}
}

static void signatures_out_of_range(void **state)
{
	struct hash32 h = {.b = {1}};
	struct seckey k = devnet_key("x"), order = key_of(ORDER);
	struct err e = ERR_INIT;
	struct sig65 sig, bad;
	struct addr20 a = {{9}};

	(void)state;
	assert_ok(secp_sign(&sig, &k, &h, &e), &e);
	bad = sig;
	bad.v = 2;
	assert_err(secp_recover(&a, &bad, &h, &e), &e, ERR_CRYPTO,
		   "recovery id is 2, neither 0 nor 1");
	bad = sig;
	memcpy(bad.r, order.b, 32);
	assert_err(secp_recover(&a, &bad, &h, &e), &e, ERR_CRYPTO,
		   "r or s of the signature is not below the order");
	bad = sig;
	memcpy(bad.s, order.b, 32);
	assert_err(secp_recover(&a, &bad, &h, &e), &e, ERR_CRYPTO,
		   "r or s of the signature is not below the order");
	bad = sig;
	memset(bad.s, 0, 32);
	assert_err(secp_recover(&a, &bad, &h, &e), &e, ERR_CRYPTO,
		   "no public key fits");
	assert_int_equal(a.b[0], 9);
}

/* The key 1 has the group's base point: SEC 2, section 2.4.1. */
static void public_and_verify(UNUSED void **state)
{
	struct seckey one = {.b = {[31] = 1}}, none = {.b = {0}};
	struct hash32 digest = {.b = {7}};
	struct secp_pub pub;
	struct sig65 sig;
	struct err e = ERR_INIT;
	uint8_t rs[64], zero[64] = {0};
	bool valid = false;

	assert_ok(secp_public(&pub, &one, &e), &e);
	assert_hex(pub.b, 33,
		   "0279be667ef9dcbbac55a06295ce870b07"
		   "029bfcdb2dce28d959f2815b16f81798");
	assert_err(secp_public(&pub, &none, &e), &e, ERR_CRYPTO,
		   "private key is 0");
	assert_ok(secp_sign(&sig, &one, &digest, &e), &e);
	memcpy(rs, sig.r, 32);
	memcpy(rs + 32, sig.s, 32);
	assert_ok(secp_public(&pub, &one, &e), &e);
	assert_ok(secp_verify(&valid, pub.b, 33, rs, &digest, &e), &e);
	assert_true(valid);
	digest.b[0] = 8;
	assert_ok(secp_verify(&valid, pub.b, 33, rs, &digest, &e), &e);
	assert_false(valid);
	assert_err(secp_verify(&valid, pub.b, 32, rs, &digest, &e), &e,
		   ERR_CRYPTO, "32 bytes are no public key");
	memset(rs, 0xff, 64);
	assert_err(secp_verify(&valid, pub.b, 33, rs, &digest, &e), &e,
		   ERR_CRYPTO, "r or s");
	assert_ok(secp_verify(&valid, pub.b, 33, zero, &digest, &e), &e);
	assert_false(valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_and_verify),
	    cmocka_unit_test(known_addresses),
	    cmocka_unit_test(known_signatures),
	    cmocka_unit_test(signers_are_recovered),
	    cmocka_unit_test(agrees_with_cast),
	    cmocka_unit_test(devnet_keys_are_what_they_say),
	    cmocka_unit_test(devnet_addresses_are_their_keys),
	    cmocka_unit_test(keys_out_of_range),
	    cmocka_unit_test(signatures_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
