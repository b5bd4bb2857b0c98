#include "codec/collateral_doc.h"

#include "codec/quote_doc_priv.h"
#include "crypto/crl_read.h"
#include "crypto/pem.h"

#include "base/base.h"

enum chain { CHAIN_CRL, CHAIN_TCB, CHAIN_QE, CHAIN__COUNT };

static const char *const CHAINS[CHAIN__COUNT] = {
	[CHAIN_CRL] = "pck_crl_issuer_chain",
	[CHAIN_TCB] = "tcb_info_issuer_chain",
	[CHAIN_QE] = "qe_identity_issuer_chain",
};

/* Whose key signed what: the first of a chain, or the root at its end. */
static const struct {
	const char *member;
	enum chain by;
	bool by_root;
} CRLS[] = {
	{ "root_ca_crl", CHAIN_CRL, true },
	{ "pck_crl", CHAIN_CRL, false },
};
static const struct {
	const char *member, *signature;
	enum chain by;
} BODIES[] = {
	{ "tcb_info", "tcb_info_signature", CHAIN_TCB },
	{ "qe_identity", "qe_identity_signature", CHAIN_QE },
};

struct read {
	const json_t *from;
	json_t *signatures; /* borrowed */
	struct cert_info chain[CHAIN__COUNT][DOC_CHAIN_MAX];
	size_t chain_n[CHAIN__COUNT];
};

static bool is_member(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(CHAINS); i++)
		if (!strcmp(key, CHAINS[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(CRLS); i++)
		if (!strcmp(key, CRLS[i].member))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(BODIES); i++)
		if (!strcmp(key, BODIES[i].member) ||
		    !strcmp(key, BODIES[i].signature))
			return true;
	return false;
}

json_t *collateral_file(const char *text, size_t len)
{
	const size_t mark = len >= 3 && !memcmp(text, JSON_BOM, 3) ? 3 : 0;
	struct err unused = ERR_INIT;
	const char *key;
	json_t *j, *value;

	if (!json_parse(&j, text + mark, len - mark, "collateral", &unused))
		return NULL;
	json_object_foreach (j, key, value)
		if (is_member(key))
			return j;
	json_decref(j);
	return NULL;
}

/* The key that is to have signed; NULL if the chain has none such. */
static const struct p256_pub *key_of(const struct read *r, enum chain by,
				     bool root)
{
	const size_t n = r->chain_n[by];
	const struct cert_info *c = &r->chain[by][root && n ? n - 1 : 0];

	return n && c->is_p256 ? &c->key : NULL;
}

static void chain(struct read *r, json_t *all, enum chain which)
{
	CLEANUP(freep) char *of = xasprintf("%s: ", CHAINS[which]);
	json_t *j = json_object(), *certs = json_array();
	struct err e = ERR_INIT;
	const char *pem;

	json_object_set_new(j, "member", json_string(CHAINS[which]));
	json_array_append_new(all, j);
	if (!json_text_at(&pem, r->from, CHAINS[which], &e)) {
		json_object_set_new(j, "error", json_said(e.text));
		json_decref(certs);
		return;
	}
	r->chain_n[which] = doc_certificates(certs, r->chain[which], pem,
					     strlen(pem), 0);
	json_object_set_new(j, "certificates", certs);
	doc_chain_signatures(r->signatures, of, r->chain[which],
			     r->chain_n[which]);
}

static json_t *entries(const struct crl_info *c)
{
	json_t *all = json_array();

	for (size_t i = 0; i < c->revoked_n; i++) {
		const struct crl_entry *r = &c->revoked[i];
		json_t *j = json_object();

		json_object_set_new(j, "serial", json_string(r->serial));
		json_object_set_new(j, "when", doc_time(r->when));
		if (r->reason >= 0)
			json_object_set_new(j, "reason",
					    json_string(crl_reason(r->reason)));
		json_array_append_new(all, j);
	}
	return all;
}

static void crl_members(json_t *j, const struct crl_info *c)
{
	json_object_set_new(j, "issuer", json_said(c->issuer));
	json_object_set_new(j, "version", json_integer(c->version));
	json_object_set_new(j, "number", json_string(c->number));
	json_object_set_new(j, "authority", json_string(c->authority));
	json_object_set_new(j, "this_update", doc_time(c->this_update));
	json_object_set_new(j, "next_update", doc_time(c->next_update));
	json_object_set_new(j, "extensions", doc_extensions(c->ext, c->ext_n));
	json_object_set_new(j, "revoked", entries(c));
}

/* The bytes of a member, however they are spelled. */
static bool bytes_at(struct buf *ret, const struct read *r, const char *member,
		     struct err *e)
{
	const char *text;

	return json_text_at(&text, r->from, member, e) &&
	       bytes_of_text(ret, PEM_CRL, text, strlen(text), e);
}

static void crl(struct read *r, json_t *all, size_t which)
{
	const struct p256_pub *key =
		key_of(r, CRLS[which].by, CRLS[which].by_root);
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep) char *what =
		xasprintf("%s, by the key of %s's %s", CRLS[which].member,
			  CHAINS[CRLS[which].by],
			  CRLS[which].by_root ? "root" : "first");
	struct buf der = BUF_INIT(CRL_DER_MAX);
	json_t *j = json_object();
	struct err e = ERR_INIT;
	struct crl_info c;

	json_object_set_new(j, "member", json_string(CRLS[which].member));
	json_array_append_new(all, j);
	if (bytes_at(&der, r, CRLS[which].member, &e) &&
	    crl_read(&c, a, der.data, der.len, &e)) {
		crl_members(j, &c);
		doc_signature(r->signatures, what,
			      key && crl_signed_by(&c, key));
	} else {
		json_object_set_new(j, "error", json_said(e.text));
	}
	buf_done(&der);
}

/* Over the text as it stands, by the first of its chain. */
static bool body_signed(const struct read *r, size_t which, const char *text)
{
	const struct p256_pub *key = key_of(r, BODIES[which].by, false);
	struct hash32 h = sha256(text, strlen(text));
	struct buf raw = BUF_INIT(CRL_DER_MAX);
	struct err unused = ERR_INIT;
	struct p256_sig sig;
	bool ok = key && bytes_at(&raw, r, BODIES[which].signature, &unused) &&
		  raw.len == sizeof(sig);

	if (ok) {
		memcpy(&sig, raw.data, sizeof(sig));
		ok = p256_verify(key, &sig, &h, &unused);
	}
	buf_done(&raw);
	return ok;
}

static json_t *body(struct read *r, size_t which)
{
	CLEANUP(freep) char *what =
		xasprintf("%s, by the key of %s's first", BODIES[which].member,
			  CHAINS[BODIES[which].by]);
	struct err e = ERR_INIT;
	const char *text;
	json_t *j;

	if (!json_text_at(&text, r->from, BODIES[which].member, &e) ||
	    !json_parse(&j, text, strlen(text), BODIES[which].member, &e))
		return json_pack("{s:o}", "error", json_said(e.text));
	doc_signature(r->signatures, what, body_signed(r, which, text));
	return j;
}

static json_t *not_read(json_t *from)
{
	json_t *all = json_array(), *value;
	const char *key;

	json_object_foreach (from, key, value)
		if (!is_member(key))
			json_array_append_new(all, json_string(key));
	return all;
}

json_t *collateral_doc(json_t *j)
{
	struct read *r = xcalloc(1, sizeof(*r)); /* large for a stack */
	json_t *all = json_object(), *chains = json_array();
	json_t *crls = json_array();

	r->from = j;
	r->signatures = json_array();
	for (size_t i = 0; i < CHAIN__COUNT; i++)
		chain(r, chains, (enum chain)i);
	for (size_t i = 0; i < ARRAY_LEN(CRLS); i++)
		crl(r, crls, i);
	json_object_set_new(all, "chains", chains);
	json_object_set_new(all, "crls", crls);
	for (size_t i = 0; i < ARRAY_LEN(BODIES); i++)
		json_object_set_new(all, BODIES[i].member, body(r, i));
	json_object_set_new(all, "signatures", r->signatures);
	json_object_set_new(all, "not_read", not_read(j));
	free(r);
	return all;
}
