#include "crypto/ec.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "base/base.h"

#define NAMED_MAX 64u /* a power of two: bits of a key choose one */

void seckey_wipe(struct seckey *k)
{
	explicit_bzero(k, sizeof(*k));
}

struct seckey devnet_key(const char *name)
{
	static const char prefix[] = "avsbed devnet key: ";
	struct keccak k;
	struct hash32 h;
	struct seckey ret;

	keccak_init(&k);
	keccak_add(&k, prefix, sizeof(prefix) - 1);
	keccak_add(&k, name, strlen(name));
	h = keccak_done(&k);
	memcpy(ret.b, h.b, sizeof(ret.b));
	return ret;
}

/*
 * Kept for the life of the program. Not blinded by context_randomize: that
 * defends against side channels, and these keys are public.
 */
static const secp256k1_context *context(void)
{
	static secp256k1_context *ctx;

	if (!ctx)
		ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	ASSERT(ctx);
	return ctx;
}

/* Yellow paper, 4.1: the last 20 bytes of the hash of x‖y. */
static struct addr20 address_of(const secp256k1_pubkey *pub)
{
	uint8_t text[65]; /* 0x04 ‖ x ‖ y */
	size_t len = sizeof(text);
	struct hash32 h;
	struct addr20 ret;

	secp256k1_ec_pubkey_serialize(context(), text, &len, pub,
				      SECP256K1_EC_UNCOMPRESSED);
	h = keccak256(text + 1, 64);
	memcpy(ret.b, h.b + 12, sizeof(ret.b));
	return ret;
}

bool secp_address(struct addr20 *ret, const struct seckey *key, struct err *e)
{
	secp256k1_pubkey pub;

	if (!secp256k1_ec_pubkey_create(context(), &pub, key->b))
		return err_set(e, ERR_CRYPTO, 0,
			       "private key is 0 or not below the order of "
			       "secp256k1");
	*ret = address_of(&pub);
	return true;
}

/*
 * The same few names come again with each world and each cast, and a key's
 * address never changes. The newest of those that share a place has it.
 */
bool devnet_address(struct addr20 *ret, const char *name, struct err *e)
{
	static struct {
		struct seckey key; /* all zeros is nobody's */
		struct addr20 address;
	} named[NAMED_MAX];
	struct seckey key = devnet_key(name);
	size_t at = key.b[0] % NAMED_MAX;

	if (memcmp(named[at].key.b, key.b, sizeof(key.b))) {
		struct addr20 address;

		if (!secp_address(&address, &key, e))
			return false;
		named[at].key = key;
		named[at].address = address;
	}
	*ret = named[at].address;
	return true;
}

bool secp_sign(struct sig65 *ret, const struct seckey *key,
	       const struct hash32 *digest, struct err *e)
{
	secp256k1_ecdsa_recoverable_signature sig;
	uint8_t rs[64];
	int v;

	if (!secp256k1_ecdsa_sign_recoverable(
		context(), &sig, digest->b, key->b,
		secp256k1_nonce_function_rfc6979, NULL))
		return err_set(e, ERR_CRYPTO, 0,
			       "cannot sign: private key is 0 or not below the "
			       "order of secp256k1");
	secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), rs,
								&v, &sig);
	memcpy(ret->r, rs, 32);
	memcpy(ret->s, rs + 32, 32);
	ret->v = (uint8_t)v;
	return true;
}

bool secp_recover(struct addr20 *ret, const struct sig65 *sig,
		  const struct hash32 *digest, struct err *e)
{
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey pub;
	uint8_t rs[64];

	if (sig->v > 1)
		return err_set(e, ERR_CRYPTO, 0,
			       "recovery id is %u, neither 0 nor 1", sig->v);
	memcpy(rs, sig->r, 32);
	memcpy(rs + 32, sig->s, 32);
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(
		context(), &parsed, rs, sig->v))
		return err_set(e, ERR_CRYPTO, 0,
			       "r or s of the signature is not below the order "
			       "of secp256k1");
	if (!secp256k1_ecdsa_recover(context(), &pub, &parsed, digest->b))
		return err_set(e, ERR_CRYPTO, 0,
			       "no public key fits this signature and digest");
	*ret = address_of(&pub);
	return true;
}

bool secp_public(struct secp_pub *ret, const struct seckey *key, struct err *e)
{
	secp256k1_pubkey pub;
	size_t len = sizeof(ret->b);

	if (!secp256k1_ec_pubkey_create(context(), &pub, key->b))
		return err_set(e, ERR_CRYPTO, 0,
			       "private key is 0 or not below the order of "
			       "secp256k1");
	secp256k1_ec_pubkey_serialize(context(), ret->b, &len, &pub,
				      SECP256K1_EC_COMPRESSED);
	return true;
}

bool secp_verify(bool *ret_valid, const uint8_t *pub, size_t pub_len,
		 const uint8_t rs[64], const struct hash32 *digest,
		 struct err *e)
{
	secp256k1_ecdsa_signature sig;
	secp256k1_pubkey key;

	if (!secp256k1_ec_pubkey_parse(context(), &key, pub, pub_len))
		return err_set(e, ERR_CRYPTO, 0,
			       "%zu bytes are no public key of secp256k1",
			       pub_len);
	if (!secp256k1_ecdsa_signature_parse_compact(context(), &sig, rs))
		return err_set(e, ERR_CRYPTO, 0,
			       "r or s of the signature is not below the order "
			       "of secp256k1");
	*ret_valid =
	    secp256k1_ecdsa_verify(context(), &sig, digest->b, &key) == 1;
	return true;
}
