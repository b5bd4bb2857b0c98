#include "devnet/collateral.h"

#include "base/base.h"
#include "base/hex.h"
#include "codec/quote.h"
#include "crypto/cert_read.h"
#include "crypto/pem.h"

#define CHAIN_MAX 3
#define BLOB_MAX ((size_t)1 << 20) /* of one member, decoded */

/* What is being collected, and from where. */
struct work {
	struct puts *puts;
	struct arena *a;
	const json_t *json;
	const struct p256_pub *root;
	struct finding *why;
};

struct blob {
	const void *data; /* the arena's */
	size_t len;
};

static bool PRINTF_LIKE(4, 5)
	find(struct work *w, const char *where, const char *check,
	     const char *fmt, ...)
{
	va_list ap;

	snprintf(w->why->where, sizeof(w->why->where), "%s", where);
	snprintf(w->why->check, sizeof(w->why->check), "%s", check);
	va_start(ap, fmt);
	vsnprintf(w->why->detail, sizeof(w->why->detail), fmt, ap);
	va_end(ap);
	return false;
}

static bool text_of(struct work *w, const char *member, const char **ret)
{
	const json_t *j = json_object_get(w->json, member);
	const char *text = json_string_value(j);

	if (!j)
		return find(w, member, "CollateralIncomplete",
			    "the collateral has no member %s", member);
	if (!text || strlen(text) != json_string_length(j))
		return find(w, member, "CollateralMalformed",
			    "%s is no text", member);
	if (strlen(text) > 2 * BLOB_MAX)
		return find(w, member, "CollateralMalformed",
			    "%s has %zu characters, more than %zu", member,
			    strlen(text), 2 * BLOB_MAX);
	*ret = text;
	return true;
}

static bool bytes_of(struct work *w, const char *member, struct blob *ret)
{
	struct buf bytes = BUF_INIT(BLOB_MAX);
	struct err e = ERR_INIT;
	const char *text;
	bool ok;

	if (!text_of(w, member, &text))
		return false;
	ok = bytes_of_text(&bytes, PEM_CRL, text, strlen(text), &e);
	if (ok)
		*ret = (struct blob){
			arena_memdup(w->a, buf_str(&bytes), bytes.len),
			bytes.len,
		};
	buf_done(&bytes);
	return ok || find(w, member, "CollateralMalformed", "%s: %s", member,
			  e.text);
}

/* The DER of up to CHAIN_MAX certificates. Errors: of PEM. */
static bool chain_of(struct arena *a, struct blob ret[CHAIN_MAX], size_t *ret_n,
		     const void *pem, size_t len, struct err *e)
{
	struct buf der = BUF_INIT(CERT_DER_MAX);
	size_t at = 0, n = 0;
	bool found, ok;

	while ((ok = pem_next(&der, &found, PEM_CERTIFICATE, pem, len, &at, e)) && found) {
		if (n == CHAIN_MAX) {
			ok = err_set(e, ERR_LIMIT, 0,
				     "more than %d certificates", CHAIN_MAX);
			break;
		}
		ret[n++] = (struct blob){arena_memdup(a, der.data, der.len),
					 der.len};
	}
	buf_done(&der);
	if (ok)
		*ret_n = n;
	return ok;
}

static void put(struct work *w, const char *what, const char *function,
		const struct blob *b)
{
	struct puts *p = w->puts;

	/* Two chains may have one CA or signer in common. */
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->put[i].function, function) &&
		    p->put[i].args[0].len == b->len &&
		    !memcmp(p->put[i].args[0].bytes, b->data, b->len))
			return;
	ASSERT(p->n < PUTS_MAX);
	p->put[p->n++] = (struct put){
		.what = what,
		.function = function,
		.args = {abi_val_bytes(b->data, b->len)},
		.args_n = 1,
	};
}

static bool put_crl(struct work *w, const char *member)
{
	struct blob crl;

	if (!bytes_of(w, member, &crl))
		return false;
	put(w, member, "putCrl", &crl);
	return true;
}

/* Ours, whole as its own key signed it. */
static bool check_root(struct work *w, const char *member,
		       const struct blob *der)
{
	struct cert_info root;
	struct err e = ERR_INIT;

	if (!cert_read(&root, der->data, der->len, &e))
		return find(w, member, "CollateralMalformed", "%s: %s", member,
			    e.text);
	if (!root.is_p256 || !cert_signed_by(&root, w->root) ||
	    memcmp(&root.key, w->root, sizeof(*w->root)) != 0)
		return find(w, member, "IssuerChainRootDiffers",
			    "%s ends in %s (serial %s), which is not the root "
			    "that this verification trusts",
			    member, root.subject, root.serial);
	return true;
}

/* An issuer and the root. */
static bool put_issuer(struct work *w, const char *member, const char *function,
		       struct hash32 *ret_id)
{
	struct blob chain[CHAIN_MAX];
	struct err e = ERR_INIT;
	const char *pem;
	size_t n;

	if (!text_of(w, member, &pem))
		return false;
	if (!chain_of(w->a, chain, &n, pem, strlen(pem), &e))
		return find(w, member, "CollateralMalformed", "%s: %s", member,
			    e.text);
	if (n != 2)
		return find(w, member, "IssuerChainLength",
			    "%s has %zu certificates; it must have two, the "
			    "issuer's and the root's",
			    member, n);
	if (w->root && !check_root(w, member, &chain[1]))
		return false;
	put(w, member, function, &chain[0]);
	*ret_id = keccak256(chain[0].data, chain[0].len);
	return true;
}

/* A JSON object, the signature over its very bytes, and whose that is. */
static bool put_signed(struct work *w, const char *member,
		       const char *signature, const char *function,
		       const struct hash32 *signer)
{
	struct blob sig;
	const char *text;
	struct put *p;

	if (!text_of(w, member, &text) || !bytes_of(w, signature, &sig))
		return false;
	put(w, member, function, &(struct blob){ text, strlen(text) });
	p = &w->puts->put[w->puts->n - 1];
	p->args[1] = abi_val_bytes(sig.data, sig.len);
	p->args[2] = abi_val_hash(arena_memdup(w->a, signer, sizeof(*signer)));
	p->args_n = 3;
	return true;
}

/*
 * The quote's own certificates. A quote that cannot be taken apart has none:
 * the contract says what is wrong with it.
 */
static size_t quote_chain(struct work *w, struct blob ret[CHAIN_MAX],
			  const void *quote, size_t len)
{
	struct err unused = ERR_INIT;
	struct quote_map m;
	struct quote q;
	size_t n = 0;

	if (!quote || !quote_parse(&q, &m, quote, len, &unused) ||
	    q.cert_type != QUOTE_CERT_PCK_CHAIN ||
	    !chain_of(w->a, ret, &n, q.cert, q.cert_len, &unused))
		return 0;
	return n;
}

bool collateral_puts(struct puts *ret, struct arena *a, const json_t *json,
		     const struct p256_pub *root, const void *quote,
		     size_t quote_len, struct finding *ret_why)
{
	struct work w = {ret, a, json, root, ret_why};
	struct blob chain[CHAIN_MAX];
	struct hash32 id;
	size_t n;

	*ret = (struct puts){.n = 0};
	n = quote_chain(&w, chain, quote, quote_len);
	if (!put_crl(&w, "root_ca_crl"))
		return false;
	if (n > 1)
		put(&w, "pck_ca", "addCa", &chain[1]);
	if (!put_issuer(&w, "pck_crl_issuer_chain", "addCa", &id) ||
	    !put_crl(&w, "pck_crl") ||
	    !put_issuer(&w, "tcb_info_issuer_chain", "addTcbSigner", &id) ||
	    !put_signed(&w, "tcb_info", "tcb_info_signature", "putTcbInfo",
			&id) ||
	    !put_issuer(&w, "qe_identity_issuer_chain", "addTcbSigner", &id) ||
	    !put_signed(&w, "qe_identity", "qe_identity_signature",
			"putQeIdentity", &id))
		return false;
	if (n)
		put(&w, "pck_certificate", "registerPck", &chain[0]);
	return true;
}

static void add_unless_there(json_t *all, json_t *id)
{
	const json_t *j;
	size_t i;

	json_array_foreach (all, i, j)
		if (json_equal(j, id))
			return;
	json_array_append(all, id);
}

/* keccak256 of "A","B": the ids as they stand between the brackets. */
static bool hashes_to(const json_t *ids, const struct hash32 *hash)
{
	CLEANUP(freep) char *text = json_text(ids);
	size_t n = strlen(text);
	struct hash32 h;

	if (n < 2)
		return false;
	h = keccak256(text + 1, n - 2);
	return hash_eq(&h, hash);
}

static void search(json_t *ret, json_t *j, const struct hash32 *hash)
{
	const char *key;
	json_t *value, *id;
	size_t i;

	if (json_is_array(j)) {
		json_array_foreach (j, i, value)
			search(ret, value, hash);
		return;
	}
	json_object_foreach (j, key, value) {
		if (strcmp(key, "advisoryIDs") != 0)
			search(ret, value, hash);
		else if (hashes_to(value, hash))
			json_array_foreach (value, i, id)
				add_unless_there(ret, id);
	}
}

void collateral_advisories(json_t *ret, const char *signed_json,
			   const struct hash32 *hash)
{
	CLEANUP(json_decrefp) json_t *all = NULL;
	struct err unused = ERR_INIT;

	if (json_parse(&all, signed_json, strlen(signed_json), "collateral",
		       &unused))
		search(ret, all, hash);
}
