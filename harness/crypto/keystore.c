#include "crypto/keystore.h"

#include <inttypes.h>

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>

#include "crypto/libcrypto.h"

#include "base/base.h"

#define WORK_MAX (1u << 30) /* 128 n r p, which bounds memory and time */
#define ITERATIONS_MAX 10000000u

/* What the password becomes: a cipher key and a MAC key. */
struct derived {
	uint8_t cipher[16], mac[16];
};

/* RFC 7914, section 2: n a power of two over 1 and below 2^(16 r). */
static bool check_scrypt(const struct keystore *ks, struct err *e)
{
	uint64_t work;

	if (ks->n < 2 || ks->n & (ks->n - 1) || !ks->r || !ks->p ||
	    (ks->r < 4 && ks->n >> (16 * ks->r)))
		return err_set(e, ERR_RANGE, 0,
			       "scrypt with n = %" PRIu64 ", r = %" PRIu64
			       ", p = %" PRIu64 ": n must be a power of two "
			       "over 1 and below 2^(16 r), r and p not 0",
			       ks->n, ks->r, ks->p);
	if (__builtin_mul_overflow(ks->n, ks->r, &work) ||
	    __builtin_mul_overflow(work, ks->p, &work) || work > WORK_MAX / 128)
		return err_set(e, ERR_LIMIT, 0,
			       "scrypt with n = %" PRIu64 ", r = %" PRIu64
			       ", p = %" PRIu64 " works on more than %u bytes",
			       ks->n, ks->r, ks->p, WORK_MAX);
	return true;
}

static bool check_pbkdf2(const struct keystore *ks, struct err *e)
{
	if (!ks->n)
		return err_set(e, ERR_RANGE, 0, "pbkdf2 with 0 iterations");
	if (ks->n > ITERATIONS_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "pbkdf2 with %" PRIu64 " iterations, over %u",
			       ks->n, ITERATIONS_MAX);
	return true;
}

static bool derive(struct derived *ret, const struct keystore *ks,
		   const char *password, struct err *e)
{
	const struct libcrypto *lib;
	uint8_t key[32];
	size_t len = strlen(password);

	if (ks->kdf == KEYSTORE_SCRYPT) {
		if (!check_scrypt(ks, e) || !libcrypto_load(&lib, e))
			return false;
		/* All that it could refuse is checked above. */
		ASSERT(lib->EVP_PBE_scrypt(
			   password, len, ks->salt, ks->salt_len, ks->n, ks->r,
			   ks->p, 2 * (uint64_t)WORK_MAX, key,
			   sizeof(key)) == 1);
	} else {
		if (!check_pbkdf2(ks, e))
			return false;
		pbkdf2_hmac_sha256(len, (const uint8_t *)password,
				   (unsigned)ks->n, ks->salt_len, ks->salt,
				   sizeof(key), key);
	}
	memcpy(ret->cipher, key, 16);
	memcpy(ret->mac, key + 16, 16);
	explicit_bzero(key, sizeof(key));
	return true;
}

/* aes-128-ctr, which is its own inverse. */
static void aes_ctr(uint8_t ret[32], const uint8_t in[32],
		    const struct derived *keys, const uint8_t iv[16])
{
	struct CTR_CTX(struct aes128_ctx, AES_BLOCK_SIZE) c;

	aes128_set_encrypt_key(&c.ctx, keys->cipher);
	CTR_SET_COUNTER(&c, iv);
	CTR_CRYPT(&c, aes128_encrypt, 32, ret, in);
	explicit_bzero(&c, sizeof(c));
}

static struct hash32 mac_of(const struct keystore *ks,
			    const struct derived *keys)
{
	uint8_t text[16 + 32];

	memcpy(text, keys->mac, 16);
	memcpy(text + 16, ks->cipher, 32);
	return keccak256(text, sizeof(text));
}

static bool decrypt(struct seckey *ret, struct addr20 *ret_who,
		    const struct keystore *ks, const struct derived *keys,
		    struct err *e)
{
	struct hash32 mac = mac_of(ks, keys);
	struct addr20 addr;

	if (!memeql_sec(mac.b, ks->mac, sizeof(mac.b)))
		return err_set(e, ERR_CRYPTO, 0,
			       "wrong password: the MAC differs");
	aes_ctr(ret->b, ks->cipher, keys, ks->iv);
	if (!secp_address(&addr, ret, e))
		return false;
	if (ks->has_address && !addr_eq(&addr, &ks->address))
		return err_set(e, ERR_CRYPTO, 0,
			       "the key in it is that of %s, not of %s",
			       fmt_addr(&addr).s, fmt_addr(&ks->address).s);
	*ret_who = addr;
	return true;
}

bool keystore_open(struct seckey *ret, struct addr20 *ret_who,
		   const struct keystore *ks, const char *password,
		   struct err *e)
{
	struct derived keys;
	struct addr20 who;
	struct seckey key;
	bool ok;

	if (!derive(&keys, ks, password, e))
		return false;
	ok = decrypt(&key, &who, ks, &keys, e);
	if (ok)
		*ret = key;
	if (ok && ret_who)
		*ret_who = who;
	seckey_wipe(&key);
	explicit_bzero(&keys, sizeof(keys));
	return ok;
}

/*
 * 32 bytes that differ for each key, password and purpose: what others draw
 * at random. The same input then gives the same file.
 */
static struct hash32 draw(const struct seckey *key, const char *password,
			  const char *purpose)
{
	struct buf text = BUF_INIT(SIZE_MAX / 2);
	struct hash32 ret;

	buf_add(&text, purpose, strlen(purpose) + 1);
	buf_adds(&text, password);
	hmac_sha256(ret.b, key->b, sizeof(key->b), text.data, text.len);
	explicit_bzero(text.data, text.len);
	buf_done(&text);
	return ret;
}

/* RFC 4122, section 4.4: version 4, variant 10. */
static void put_uuid(char ret[37], struct hash32 random)
{
	uint8_t *b = random.b;

	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(ret, 37,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}

bool keystore_seal(struct keystore *ret, const struct seckey *key,
		   const struct addr20 *address, const char *password,
		   uint64_t iterations, struct err *e)
{
	struct keystore ks = {
	    .address = *address,
	    .has_address = true,
	    .kdf = KEYSTORE_PBKDF2,
	    .n = iterations,
	    .salt_len = 32,
	};
	struct hash32 h;
	struct derived keys;

	h = draw(key, password, "salt");
	memcpy(ks.salt, h.b, 32);
	h = draw(key, password, "iv");
	memcpy(ks.iv, h.b, sizeof(ks.iv));
	put_uuid(ks.id, draw(key, password, "id"));
	if (!derive(&keys, &ks, password, e))
		return false;
	aes_ctr(ks.cipher, key->b, &keys, ks.iv);
	h = mac_of(&ks, &keys);
	memcpy(ks.mac, h.b, sizeof(ks.mac));
	explicit_bzero(&keys, sizeof(keys));
	*ret = ks;
	return true;
}
