#include "test/kit.h"

#include "base/base.h"
#include "crypto/ec.h"

/* RFC 8032, section 7.1, tests 1 and 2. */
static void vectors(UNUSED void **state)
{
	static const struct {
		uint8_t seed[32];
		const char *pub, *sig;
		size_t len;
	} cases[] = {
	    {{0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
	      0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
	      0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60},
	     "d75a980182b10ab7d54bfed3c964073a"
	     "0ee172f3daa62325af021a68f707511a",
	     "e5564300c360ac729086e2cc806e828a"
	     "84877f1eb8e5d974d873e06522490155"
	     "5fb8821590a33bacc61e39701cf9b46b"
	     "d25bf5f0595bbe24655141438e7a100b",
	     0},
	    {{0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3,
	      0x46, 0xec, 0x11, 0x4e, 0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab,
	      0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb},
	     "3d4017c3e843895a92b70aa74d1b7ebc"
	     "9c982ccf2ec4968cc0cd55f12af4660c",
	     "92a009a9f0d4cab8720e820b5f642540"
	     "a2b27b5416503f8fb3762223ebdb69da"
	     "085ac1e43e15996e458f3613d0f11d8c"
	     "387b2eaeb4302aeeb00d291612bb0c00",
	     1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct seckey seed;
		struct ed25519_pub pub;
		uint8_t sig[64];

		memcpy(seed.b, cases[i].seed, 32);
		ed25519_public(&pub, &seed);
		assert_hex(pub.b, 32, cases[i].pub);
		ed25519_sign(sig, &seed, "r", cases[i].len);
		assert_hex(sig, 64, cases[i].sig);
		assert_true(ed25519_verify(&pub, sig, "r", cases[i].len));
		assert_false(ed25519_verify(&pub, sig, "s", 1));
		sig[0] ^= 1;
		assert_false(ed25519_verify(&pub, sig, "r", cases[i].len));
		/* No point of the curve. */
		memset(&pub, 0xff, sizeof(pub));
		assert_false(ed25519_verify(&pub, sig, "r", cases[i].len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
