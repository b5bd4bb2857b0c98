#include "crypto/ec.h"

#include "crypto/libcrypto.h"

#include "base/base.h"

/* The order of the group: SEC 2, section 2.4.2, secp256r1. */
static const uint8_t ORDER[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static bool scalar_ok(const uint8_t b[32])
{
	static const uint8_t zero[32];

	return memcmp(b, zero, 32) && memcmp(b, ORDER, 32) < 0;
}

static const struct libcrypto *lib; /* from work_begin() on */
static EC_GROUP *p256; /* made once: that takes as long as a multiplication */

/* What one operation needs of libcrypto; temporaries come from @bn. */
struct work {
	const EC_GROUP *group;
	BN_CTX *bn;
	const BIGNUM *n;
};

/*
 * Out of memory is the one way in which these can fail, as everywhere in
 * this file where a libcrypto call is inside an ASSERT.
 */
static struct work work_begin(void)
{
	struct work w;

	lib = libcrypto();
	if (!p256)
		p256 = lib->EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	w = (struct work){
	    .group = p256,
	    .bn = lib->BN_CTX_new(),
	};

	ASSERT(w.group && w.bn);
	w.n = lib->EC_GROUP_get0_order(w.group);
	lib->BN_CTX_start(w.bn);
	return w;
}

static void work_end(struct work *w)
{
	lib->BN_CTX_end(w->bn);
	lib->BN_CTX_free(w->bn);
}

static BIGNUM *number(const struct work *w)
{
	BIGNUM *n = lib->BN_CTX_get(w->bn);

	ASSERT(n);
	return n;
}

static BIGNUM *number_of(const struct work *w, const uint8_t b[32])
{
	BIGNUM *n = number(w);

	ASSERT(lib->BN_bin2bn(b, 32, n));
	return n;
}

/* ret = a*P + b*Q of the group's base point P; @q and @b may be NULL. */
static void multiply(const struct work *w, BIGNUM *ret_x, BIGNUM *ret_y,
		     const BIGNUM *a, const EC_POINT *q, const BIGNUM *b)
{
	EC_POINT *r = lib->EC_POINT_new(w->group);

	ASSERT(r && lib->EC_POINT_mul(w->group, r, a, q, b, w->bn));
	/* Infinity has no coordinates; zero is on no point and matches none. */
	if (lib->EC_POINT_is_at_infinity(w->group, r))
		lib->BN_zero_ex(ret_x);
	else
		ASSERT(lib->EC_POINT_get_affine_coordinates(w->group, r, ret_x,
							    ret_y, w->bn));
	lib->EC_POINT_free(r);
}

struct seckey p256_key_derive(const void *seed, size_t seed_len,
			      const char *label)
{
	struct seckey k;
	size_t len = strlen(label);
	uint8_t *text = xmalloc(len + 1);

	memcpy(text, label, len);
	text[len] = 0;
	do {
		hmac_sha256(k.b, seed, seed_len, text, len + 1);
		text[len]++;
	} while (!scalar_ok(k.b));
	free(text);
	return k;
}

static bool key_ok(const struct seckey *key, struct err *e)
{
	if (!scalar_ok(key->b))
		return err_set(e, ERR_CRYPTO, 0,
			       "private key is 0 or not below the order of "
			       "P-256");
	return true;
}

bool p256_public(struct p256_pub *ret, const struct seckey *key, struct err *e)
{
	struct work w;
	BIGNUM *x, *y;

	if (!key_ok(key, e))
		return false;
	w = work_begin();
	x = number(&w);
	y = number(&w);
	multiply(&w, x, y, number_of(&w, key->b), NULL, NULL);
	ASSERT(lib->BN_bn2binpad(x, ret->x, 32) == 32);
	ASSERT(lib->BN_bn2binpad(y, ret->y, 32) == 32);
	work_end(&w);
	return true;
}

/* The generator of RFC 6979, section 3.2, for HMAC-SHA-256. */
struct nonce {
	uint8_t k[32], v[32];
};

/* K = HMAC(K, V ‖ tag ‖ data), V = HMAC(K, V): steps d to g. */
static void nonce_mix(struct nonce *g, uint8_t tag, const uint8_t *data,
		      size_t len)
{
	uint8_t text[32 + 1 + 64];

	memcpy(text, g->v, 32);
	text[32] = tag;
	if (len)
		memcpy(text + 33, data, len);
	hmac_sha256(g->k, g->k, 32, text, 33 + len);
	hmac_sha256(g->v, g->k, 32, g->v, 32);
	explicit_bzero(text, sizeof(text));
}

/* @digest is already below the order (bits2octets). */
static void nonce_init(struct nonce *g, const struct seckey *key,
		       const uint8_t digest[32])
{
	uint8_t seed[64];

	memset(g->v, 0x01, sizeof(g->v));
	memset(g->k, 0x00, sizeof(g->k));
	memcpy(seed, key->b, 32);
	memcpy(seed + 32, digest, 32);
	nonce_mix(g, 0x00, seed, sizeof(seed));
	nonce_mix(g, 0x01, seed, sizeof(seed));
	explicit_bzero(seed, sizeof(seed));
}

/* Step h: the next candidate in the range of scalars. */
static void nonce_next(struct nonce *g, uint8_t ret[32])
{
	hmac_sha256(g->v, g->k, 32, g->v, 32);
	while (!scalar_ok(g->v)) {
		nonce_mix(g, 0x00, NULL, 0);
		hmac_sha256(g->v, g->k, 32, g->v, 32);
	}
	memcpy(ret, g->v, 32);
}

/* One attempt with nonce @k; false if it gives r = 0 or s = 0. */
static bool sign_with(const struct work *w, struct p256_sig *ret,
		      const struct seckey *key, const BIGNUM *z,
		      const uint8_t k[32])
{
	BIGNUM *kn = number_of(w, k), *d = number_of(w, key->b);
	BIGNUM *r = number(w), *y = number(w), *s = number(w);

	multiply(w, r, y, kn, NULL, NULL);
	ASSERT(lib->BN_nnmod(r, r, w->n, w->bn));
	/* s = (z + r d) / k */
	ASSERT(lib->BN_mod_mul(s, r, d, w->n, w->bn));
	ASSERT(lib->BN_mod_add(s, s, z, w->n, w->bn));
	ASSERT(lib->BN_mod_inverse(kn, kn, w->n, w->bn));
	ASSERT(lib->BN_mod_mul(s, s, kn, w->n, w->bn));
	if (lib->BN_is_zero(r) || lib->BN_is_zero(s))
		return false;
	ASSERT(lib->BN_bn2binpad(r, ret->r, 32) == 32);
	ASSERT(lib->BN_bn2binpad(s, ret->s, 32) == 32);
	return true;
}

bool p256_sign(struct p256_sig *ret, const struct seckey *key,
	       const struct hash32 *digest, struct err *e)
{
	struct work w;
	struct nonce g;
	uint8_t reduced[32], k[32];
	BIGNUM *z;

	if (!key_ok(key, e))
		return false;
	w = work_begin();
	z = number_of(&w, digest->b);
	ASSERT(lib->BN_nnmod(z, z, w.n, w.bn));
	ASSERT(lib->BN_bn2binpad(z, reduced, 32) == 32);
	nonce_init(&g, key, reduced);
	nonce_next(&g, k);
	/* No digest is known for which the first nonce gives a zero. */
	ASSERT(sign_with(&w, ret, key, z, k));
	explicit_bzero(&g, sizeof(g));
	explicit_bzero(k, sizeof(k));
	work_end(&w);
	return true;
}

static bool verify(const struct work *w, const struct p256_pub *pub,
		   const struct p256_sig *sig, const struct hash32 *digest,
		   EC_POINT *q, struct err *e)
{
	BIGNUM *x = number_of(w, pub->x), *y = number_of(w, pub->y);
	BIGNUM *r = number_of(w, sig->r), *s = number_of(w, sig->s);
	BIGNUM *z = number_of(w, digest->b);
	const BIGNUM *p = lib->EC_GROUP_get0_field(w->group);

	if (!scalar_ok(sig->r) || !scalar_ok(sig->s))
		return err_set(e, ERR_CRYPTO, 0,
			       "%s of the signature is 0 or not below the "
			       "order of P-256",
			       scalar_ok(sig->r) ? "s" : "r");
	/* libcrypto would reduce coordinates; the EVM precompile refuses. */
	if (lib->BN_cmp(x, p) >= 0 || lib->BN_cmp(y, p) >= 0)
		return err_set(e, ERR_CRYPTO, 0,
			       "%s of the public key is not below the prime of "
			       "P-256",
			       lib->BN_cmp(x, p) >= 0 ? "x" : "y");
	if (!lib->EC_POINT_set_affine_coordinates(w->group, q, x, y, w->bn))
		return err_set(e, ERR_CRYPTO, 0,
			       "the public key is no point of P-256");
	/* (z/s) P + (r/s) Q has the x-coordinate r. */
	ASSERT(lib->BN_mod_inverse(s, s, w->n, w->bn));
	ASSERT(lib->BN_mod_mul(z, z, s, w->n, w->bn));
	ASSERT(lib->BN_mod_mul(s, r, s, w->n, w->bn));
	multiply(w, x, y, z, q, s);
	ASSERT(lib->BN_nnmod(x, x, w->n, w->bn));
	if (lib->BN_cmp(x, r))
		return err_set(e, ERR_CRYPTO, 0,
			       "the signature is not this key's over this "
			       "digest");
	return true;
}

bool p256_verify(const struct p256_pub *pub, const struct p256_sig *sig,
		 const struct hash32 *digest, struct err *e)
{
	struct work w = work_begin();
	EC_POINT *q = lib->EC_POINT_new(w.group);
	bool ok;

	ASSERT(q);
	ok = verify(&w, pub, sig, digest, q, e);
	lib->EC_POINT_free(q);
	work_end(&w);
	return ok;
}
