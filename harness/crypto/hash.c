#include "crypto/hash.h"

#include <limits.h>

#include <nettle/sha3.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base.h"
#include "base/hex.h"

/* Bytes absorbed between permutations, for 256 bits of output. */
#define RATE 136

/*
 * The machine's openssl.cnf decides nothing here, and none of our processes
 * spends its first milliseconds on it.
 */
static void __attribute__((constructor)) start_libcrypto(void)
{
	ASSERT(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					   OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
				   NULL));
}

static void permute(struct keccak *k)
{
	struct sha3_state s;

	memcpy(s.a, k->lanes, sizeof(s.a));
	sha3_permute(&s);
	memcpy(k->lanes, s.a, sizeof(s.a));
	k->fill = 0;
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

void keccak_init(struct keccak *k)
{
	*k = (struct keccak){0};
}

void keccak_add(struct keccak *k, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		if (k->fill % 8 == 0 && len >= 8) {
			k->lanes[k->fill / 8] ^= load_le64(p);
			k->fill += 8;
			p += 8;
			len -= 8;
		} else {
			k->lanes[k->fill / 8] ^= (uint64_t)*p
						 << (8 * (k->fill % 8));
			k->fill++;
			p++;
			len--;
		}
		if (k->fill == RATE)
			permute(k);
	}
}

struct hash32 keccak_done(struct keccak *k)
{
	struct hash32 ret;

	/* Keccak's own padding, 0x01 … 0x80; FIPS 202 begins it with 0x06. */
	k->lanes[k->fill / 8] ^= (uint64_t)1 << (8 * (k->fill % 8));
	k->lanes[RATE / 8 - 1] ^= (uint64_t)0x80 << 56;
	permute(k);
	for (unsigned i = 0; i < sizeof(ret.b); i++)
		ret.b[i] = (uint8_t)(k->lanes[i / 8] >> (8 * (i % 8)));
	return ret;
}

struct hash32 keccak256(const void *data, size_t len)
{
	struct keccak k;

	keccak_init(&k);
	keccak_add(&k, data, len);
	return keccak_done(&k);
}

/* libcrypto's digests fail only without memory. */
static void digest(uint8_t *ret, const EVP_MD *md, const void *data, size_t len)
{
	ASSERT(EVP_Digest(data, len, ret, NULL, md, NULL) == 1);
}

struct hash32 sha256(const void *data, size_t len)
{
	struct hash32 ret;

	digest(ret.b, EVP_sha256(), data, len);
	return ret;
}

struct hash48 sha384(const void *data, size_t len)
{
	struct hash48 ret;

	digest(ret.b, EVP_sha384(), data, len);
	return ret;
}

void sha512(uint8_t ret[64], const void *data, size_t len)
{
	digest(ret, EVP_sha512(), data, len);
}

void hmac_sha256(uint8_t ret[32], const void *key, size_t key_len,
		 const void *data, size_t len)
{
	ASSERT(key_len <= INT_MAX);
	ASSERT(HMAC(EVP_sha256(), key, (int)key_len, data, len, ret, NULL));
}

bool addr_eq(const struct addr20 *a, const struct addr20 *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

bool hash_eq(const struct hash32 *a, const struct hash32 *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

bool addr_is_zero(const struct addr20 *a)
{
	static const struct addr20 zero;

	return addr_eq(a, &zero);
}

/* "0x", the digits of @len bytes, NUL. */
static void put_hex(char *s, const uint8_t *data, size_t len)
{
	s[0] = '0';
	s[1] = 'x';
	for (size_t i = 0; i < len; i++) {
		s[2 + 2 * i] = HEX_DIGITS[data[i] >> 4];
		s[3 + 2 * i] = HEX_DIGITS[data[i] & 15];
	}
	s[2 + 2 * len] = 0;
}

struct hash_text fmt_hash(const struct hash32 *h)
{
	struct hash_text ret;

	put_hex(ret.s, h->b, sizeof(h->b));
	return ret;
}

struct addr_text fmt_addr(const struct addr20 *a)
{
	struct addr_text ret;
	struct hash32 h;

	put_hex(ret.s, a->b, sizeof(a->b));
	/* EIP-55: a letter is upper-case if its nibble of the hash is >= 8. */
	h = keccak256(ret.s + 2, 40);
	for (unsigned i = 0; i < 40; i++) {
		unsigned nibble = h.b[i / 2] >> (i % 2 ? 0 : 4) & 15;

		if (nibble >= 8 && ret.s[2 + i] >= 'a')
			ret.s[2 + i] = (char)(ret.s[2 + i] - 'a' + 'A');
	}
	return ret;
}
