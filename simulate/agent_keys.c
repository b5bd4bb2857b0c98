/* Methods about the application's keys, and signatures by them. */
#include "simulate/agent_call.h"

#include "base/base.h"
#include "simulate/keys.h"

#define DATA_MAX (4u << 20) /* bytes of what is signed */
/* What Sign signs with. */
#define SIGN_PATH "vms"
#define SIGN_PURPOSE "signing"

static json_t *chain_json(const struct key_chain *chain)
{
	json_t *j = json_array();

	json_array_append_new(j, json_hex(chain->by_app, KEY_SIGNATURE));
	json_array_append_new(j, json_hex(chain->by_kms, KEY_SIGNATURE));
	return j;
}

/* The key of path and purpose; two names for each member of the answer. */
static struct reply derived(struct call *c, const char *key_name,
			    const char *chain_name)
{
	const char *path, *purpose, *algorithm;
	struct err e = ERR_INIT;
	struct key_chain chain;
	enum key_algorithm a;
	struct seckey key;
	json_t *j;

	if (!arg_text(&path, c, "path", &e) ||
	    !arg_text(&purpose, c, "purpose", &e) ||
	    !arg_text(&algorithm, c, "algorithm", &e) ||
	    !keys_algorithm(&a, algorithm, &e))
		return bad(&e);
	key = keys_derive(c->tee, path);
	if (!keys_chain(&chain, c->tee, a, &key, purpose, &e))
		return bad(&e);
	j = json_object();
	PUT_HEX(j, key_name, key.b);
	put(j, chain_name, chain_json(&chain));
	return reply_json(200, j);
}

static struct reply get_key(struct call *c)
{
	return derived(c, "key", "signature_chain");
}

static struct reply derive_k256_key(struct call *c)
{
	return derived(c, "k256_key", "k256_signature_chain");
}

/* How Sign and Verify go about their data. */
struct scheme {
	enum key_algorithm key;
	bool prehashed;
};

static bool scheme(struct scheme *ret, const char *name, struct err *e)
{
	*ret = (struct scheme){.key = KEY_SECP256K1};
	if (!strcmp(name, "secp256k1_prehashed")) {
		ret->prehashed = true;
		return true;
	}
	/* Here nothing is not as good as a name. */
	return keys_algorithm(&ret->key, *name ? name : "\"\"", e);
}

struct message {
	struct scheme scheme;
	uint8_t *data; /* owned */
	size_t len;
	struct hash32 digest; /* for secp256k1 */
};

static bool message(struct message *ret, const struct call *c, struct err *e)
{
	struct message m = {.data = NULL};
	const char *name;

	if (!arg_text(&name, c, "algorithm", e) ||
	    !scheme(&m.scheme, name, e) ||
	    !arg_bytes(&m.data, &m.len, c, "data", DATA_MAX, e))
		return false;
	if (m.scheme.prehashed && m.len != sizeof(m.digest)) {
		free(m.data);
		return err_set(e, ERR_RANGE, 0,
			       "data is %zu bytes; a digest has %zu", m.len,
			       sizeof(m.digest));
	}
	if (m.scheme.prehashed)
		memcpy(m.digest.b, m.data, sizeof(m.digest.b));
	else
		m.digest = sha256(m.data, m.len);
	*ret = m;
	return true;
}

static struct reply sign_message(struct call *c, const struct message *m)
{
	struct seckey key = keys_derive(c->tee, SIGN_PATH);
	uint8_t signature[64], pub[33];
	struct err e = ERR_INIT;
	struct key_chain chain;
	struct sig65 sig;
	size_t pub_len;
	json_t *j, *all;

	if (m->scheme.key == KEY_ED25519) {
		ed25519_sign(signature, &key, m->data, m->len);
	} else {
		if (!secp_sign(&sig, &key, &m->digest, &e))
			return bad(&e);
		memcpy(signature, sig.r, 32);
		memcpy(signature + 32, sig.s, 32);
	}
	if (!keys_public(pub, &pub_len, m->scheme.key, &key, &e) ||
	    !keys_chain(&chain, c->tee, m->scheme.key, &key, SIGN_PURPOSE, &e))
		return bad(&e);
	all = chain_json(&chain);
	json_array_insert_new(all, 0, json_hex(signature, sizeof(signature)));
	j = json_object();
	PUT_HEX(j, "signature", signature);
	put(j, "signature_chain", all);
	put(j, "public_key", json_hex(pub, pub_len));
	return reply_json(200, j);
}

static struct reply sign(struct call *c)
{
	struct err e = ERR_INIT;
	struct message m;
	struct reply r;

	if (!message(&m, c, &e))
		return bad(&e);
	r = sign_message(c, &m);
	free(m.data);
	return r;
}

static bool is_valid(bool *ret, const struct message *m, const uint8_t *sig,
		     const uint8_t *pub, size_t pub_len, struct err *e)
{
	struct ed25519_pub ed;

	if (m->scheme.key == KEY_SECP256K1)
		return secp_verify(ret, pub, pub_len, sig, &m->digest, e);
	if (pub_len != sizeof(ed.b))
		return err_set(e, ERR_RANGE, 0,
			       "public_key is %zu bytes; a key of ed25519 has "
			       "%zu",
			       pub_len, sizeof(ed.b));
	memcpy(ed.b, pub, sizeof(ed.b));
	*ret = ed25519_verify(&ed, sig, m->data, m->len);
	return true;
}

static struct reply verify_message(struct call *c, const struct message *m)
{
	uint8_t *sig CLEANUP(freep) = NULL, *pub CLEANUP(freep) = NULL;
	size_t sig_len, pub_len;
	struct err e = ERR_INIT;
	bool valid;

	if (!arg_bytes(&sig, &sig_len, c, "signature", 128, &e) ||
	    !arg_bytes(&pub, &pub_len, c, "public_key", 128, &e))
		return bad(&e);
	if (sig_len != 64)
		return reply_error(400, "signature is %zu bytes, not 64",
				   sig_len);
	if (!is_valid(&valid, m, sig, pub, pub_len, &e))
		return bad(&e);
	return reply_json(200, json_pack("{s:b}", "valid", valid));
}

static struct reply verify(struct call *c)
{
	struct err e = ERR_INIT;
	struct message m;
	struct reply r;

	if (!message(&m, c, &e))
		return bad(&e);
	r = verify_message(c, &m);
	free(m.data);
	return r;
}

const struct agent_method AGENT_KEYS[] = {
    {"GetKey", true, get_key}, {"DeriveK256Key", true, derive_k256_key},
    {"Sign", true, sign},      {"Verify", true, verify},
    {NULL, false, NULL},
};
