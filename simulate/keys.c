#include "simulate/keys.h"

#include "base/base.h"

/* dstack's derivation: HKDF-SHA256, this salt. */
static struct seckey derive(const struct seckey *from, const void *info,
			    size_t len)
{
	struct seckey k;

	hkdf_sha256(k.b, "RATLS", 5, from->b, sizeof(from->b), info, len);
	return k;
}

static struct seckey kms_key(const struct tee *t)
{
	return pki_key(t->seed, "kms", "");
}

static struct seckey app_key(const struct tee *t)
{
	struct seckey kms = kms_key(t);
	uint8_t info[sizeof(t->app_id) + 7];

	memcpy(info, t->app_id, sizeof(t->app_id));
	memcpy(info + sizeof(t->app_id), "app-key", 7);
	return derive(&kms, info, sizeof(info));
}

bool keys_algorithm(enum key_algorithm *ret, const char *name, struct err *e)
{
	if (!*name || !strcmp(name, "secp256k1") || !strcmp(name, "k256"))
		*ret = KEY_SECP256K1;
	else if (!strcmp(name, "ed25519"))
		*ret = KEY_ED25519;
	else
		return err_set(e, ERR_SCHEMA, 0,
			       "unsupported algorithm \"%.60s\"; there are "
			       "secp256k1 and ed25519",
			       name);
	return true;
}

struct seckey keys_derive(const struct tee *t, const char *path)
{
	struct seckey app = app_key(t);

	return derive(&app, path, strlen(path));
}

bool keys_public(uint8_t ret[33], size_t *ret_len, enum key_algorithm a,
		 const struct seckey *key, struct err *e)
{
	struct ed25519_pub ed;
	struct secp_pub secp;

	if (a == KEY_ED25519) {
		ed25519_public(&ed, key);
		memcpy(ret, ed.b, sizeof(ed.b));
		*ret_len = sizeof(ed.b);
		return true;
	}
	if (!secp_public(&secp, key, e))
		return false;
	memcpy(ret, secp.b, sizeof(secp.b));
	*ret_len = sizeof(secp.b);
	return true;
}

static bool sign(uint8_t ret[KEY_SIGNATURE], const struct seckey *key,
		 const struct buf *what, struct err *e)
{
	struct hash32 digest = keccak256(what->data, what->len);
	struct sig65 sig;

	if (!secp_sign(&sig, key, &digest, e))
		return false;
	memcpy(ret, &sig, KEY_SIGNATURE);
	return true;
}

bool keys_chain(struct key_chain *ret, const struct tee *t,
		enum key_algorithm a, const struct seckey *key,
		const char *purpose, struct err *e)
{
	struct seckey app = app_key(t), kms = kms_key(t);
	struct buf b = BUF_INIT(1u << 20);
	struct secp_pub app_pub;
	struct key_chain c;
	uint8_t pub[33];
	size_t len;
	bool ok =
	    keys_public(pub, &len, a, key, e) && secp_public(&app_pub, &app, e);

	if (ok) {
		buf_addf(&b, "%s:", purpose);
		buf_addhex(&b, pub, len);
		ok = buf_ok(&b, "purpose", e) && sign(c.by_app, &app, &b, e);
		buf_clear(&b);
	}
	if (ok) {
		/* The raw key here, its digits above. */
		buf_adds(&b, "dstack-kms-issued:");
		buf_add(&b, t->app_id, sizeof(t->app_id));
		buf_add(&b, app_pub.b, sizeof(app_pub.b));
		ok = sign(c.by_kms, &kms, &b, e);
	}
	buf_done(&b);
	if (ok)
		*ret = c;
	return ok;
}
