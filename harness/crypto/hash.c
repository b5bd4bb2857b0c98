#include "crypto/hash.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>

#include "base/base.h"
#include "base/hex.h"

/* Bytes absorbed between permutations, for 256 bits of output. */
#define RATE 136

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
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
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

bool sha256_file(struct hash32 *ret, const char *path, size_t max,
		 struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), errnum;
	char chunk[16384];
	struct sha256_ctx c;
	size_t all = 0;
	ssize_t n;

	if (fd < 0)
		return err_os(e, errno, "cannot open %s", path);
	sha256_init(&c);
	/* Stops at the limit: an endless file must not be read to its end. */
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && all <= max) {
		sha256_update(&c, (size_t)n, (const uint8_t *)chunk);
		all += (size_t)n;
	}
	errnum = errno;
	close(fd);
	if (n < 0)
		return err_os(e, errnum, "cannot read %s", path);
	if (all > max)
		return err_set(e, ERR_LIMIT, 0, "%s is larger than %zu bytes",
			       path, max);
	sha256_digest(&c, sizeof(ret->b), ret->b);
	return true;
}

struct hash32 sha256(const void *data, size_t len)
{
	struct sha256_ctx c;
	struct hash32 ret;

	sha256_init(&c);
	sha256_update(&c, len, data);
	sha256_digest(&c, sizeof(ret.b), ret.b);
	return ret;
}

struct hash48 sha384(const void *data, size_t len)
{
	struct sha384_ctx c;
	struct hash48 ret;

	sha384_init(&c);
	sha384_update(&c, len, data);
	sha384_digest(&c, sizeof(ret.b), ret.b);
	return ret;
}

void sha512(uint8_t ret[64], const void *data, size_t len)
{
	struct sha512_ctx c;

	sha512_init(&c);
	sha512_update(&c, len, data);
	sha512_digest(&c, 64, ret);
}

void hmac_sha256(uint8_t ret[32], const void *key, size_t key_len,
		 const void *data, size_t len)
{
	struct hmac_sha256_ctx c;

	hmac_sha256_set_key(&c, key_len, key);
	hmac_sha256_update(&c, len, data);
	hmac_sha256_digest(&c, 32, ret);
	explicit_bzero(&c, sizeof(c));
}

void hkdf_sha256(uint8_t ret[32], const void *salt, size_t salt_len,
		 const void *ikm, size_t ikm_len, const void *info,
		 size_t info_len)
{
	uint8_t prk[32], *text = xmalloc(info_len + 1);

	hmac_sha256(prk, salt, salt_len, ikm, ikm_len);
	if (info_len)
		memcpy(text, info, info_len);
	text[info_len] = 1; /* the first block, and the last */
	hmac_sha256(ret, prk, sizeof(prk), text, info_len + 1);
	explicit_bzero(prk, sizeof(prk));
	free(text);
}

/* Keccak with its own padding, for more than 256 bits, too. */
static void keccak_wide(uint8_t *ret, size_t ret_len, const void *data,
			size_t len)
{
	struct sha3_state s = {{0}};
	size_t rate = 200 - 2 * ret_len, at = 0;
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		s.a[at / 8] ^= (uint64_t)p[i] << (8 * (at % 8));
		if (++at == rate) {
			sha3_permute(&s);
			at = 0;
		}
	}
	s.a[at / 8] ^= (uint64_t)1 << (8 * (at % 8));
	s.a[rate / 8 - 1] ^= (uint64_t)0x80 << 56;
	sha3_permute(&s);
	for (size_t i = 0; i < ret_len; i++)
		ret[i] = (uint8_t)(s.a[i / 8] >> (8 * (i % 8)));
}

static void hash_with(uint8_t *ret, const struct nettle_hash *h,
		      const void *data, size_t len)
{
	void *state = xmalloc(h->context_size);

	h->init(state);
	h->update(state, len, data);
	h->digest(state, h->digest_size, ret);
	free(state);
}

size_t hash_named(uint8_t ret[HASH_MAX], const char *name, const void *data,
		  size_t len)
{
	static const struct {
		const char *name;
		const struct nettle_hash *hash; /* NULL: Keccak */
		size_t len;
	} known[] = {
	    {"sha256", &nettle_sha256, 32},
	    {"sha384", &nettle_sha384, 48},
	    {"sha512", &nettle_sha512, 64},
	    {"sha3-256", &nettle_sha3_256, 32},
	    {"sha3-384", &nettle_sha3_384, 48},
	    {"sha3-512", &nettle_sha3_512, 64},
	    {"keccak256", NULL, 32},
	    {"keccak384", NULL, 48},
	    {"keccak512", NULL, 64},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, name))
			continue;
		if (known[i].hash)
			hash_with(ret, known[i].hash, data, len);
		else
			keccak_wide(ret, known[i].len, data, len);
		return known[i].len;
	}
	return 0;
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
	hex_encode(s + 2, data, len);
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
