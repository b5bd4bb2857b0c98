#include "crypto/crl_read.h"

#include "crypto/der_check.h"
#include "crypto/x509_priv.h"

#include "base/base.h"

static const struct libcrypto *lib; /* from crl_read() on */

/* What an extension's value stands for; false: it is there, and is none. */
static bool extension(void **ret, const X509_CRL *x, int nid)
{
	int critical = -1; /* stays so if the extension is not there */

	*ret = lib->X509_CRL_get_ext_d2i(x, nid, &critical, NULL);
	return *ret || critical == -1;
}

static bool read_number(struct crl_info *c, const X509_CRL *x, struct err *e)
{
	void *v;

	if (!extension(&v, x, NID_crl_number))
		return err_set(e, ERR_PARSE, 0, "a CRL number that is none");
	if (v)
		x509_integer_text(c->number, sizeof(c->number), v);
	lib->ASN1_INTEGER_free(v);
	return true;
}

static void hex_text(char *ret, size_t size, const ASN1_OCTET_STRING *s)
{
	struct buf b = BUF_INIT(size - 1);

	buf_addhex(&b, lib->ASN1_STRING_get0_data(s),
		   (size_t)lib->ASN1_STRING_length(s));
	snprintf(ret, size, "%s", buf_str(&b));
	buf_done(&b);
}

static bool read_authority(struct crl_info *c, const X509_CRL *x, struct err *e)
{
	AUTHORITY_KEYID *id;
	void *v;

	if (!extension(&v, x, NID_authority_key_identifier))
		return err_set(e, ERR_PARSE, 0,
			       "an authority key identifier that is none");
	id = v;
	if (id && id->keyid)
		hex_text(c->authority, sizeof(c->authority), id->keyid);
	lib->AUTHORITY_KEYID_free(id);
	return true;
}

static bool read_entry(struct crl_entry *ret, const X509_REVOKED *r,
		       struct err *e)
{
	const ASN1_INTEGER *serial = lib->X509_REVOKED_get0_serialNumber(r);
	ASN1_ENUMERATED *reason;
	int critical = -1;

	x509_integer_text(ret->serial, sizeof(ret->serial), serial);
	if (!x509_unix_time(&ret->when,
			    lib->X509_REVOKED_get0_revocationDate(r)))
		return err_set(e, ERR_PARSE, 0,
			       "serial %s: revoked at what is no time",
			       ret->serial);
	reason = lib->X509_REVOKED_get_ext_d2i(r, NID_crl_reason, &critical,
					       NULL);
	if (!reason && critical != -1)
		return err_set(e, ERR_PARSE, 0,
			       "serial %s: a reason that is none, or two",
			       ret->serial);
	ret->reason = reason ? (int)lib->ASN1_ENUMERATED_get(reason) : -1;
	lib->ASN1_ENUMERATED_free(reason);
	return true;
}

static bool read_entries(struct crl_info *c, struct arena *a, X509_CRL *x,
			 struct err *e)
{
	STACK_OF(X509_REVOKED) *all = lib->X509_CRL_get_REVOKED(x);
	const int n = lib->sk_X509_REVOKED_num(all); /* -1: NULL */
	struct crl_entry *to;

	if (n <= 0)
		return true;
	to = ARENA_ARRAY(a, struct crl_entry, (size_t)n);
	for (int i = 0; i < n; i++)
		if (!read_entry(&to[i], STACK_ITEM(lib, X509_REVOKED, all, i),
				e))
			return false;
	c->revoked = to;
	c->revoked_n = (size_t)n;
	return true;
}

static void read_signature(struct crl_info *c, X509_CRL *x)
{
	const ASN1_BIT_STRING *bits;
	uint8_t *tbs = NULL;
	int n = lib->i2d_re_X509_CRL_tbs(x, &tbs);

	lib->X509_CRL_get0_signature(x, &bits, NULL);
	c->has_sig =
		n > 0 && x509_signature(&c->sig, bits,
					lib->X509_CRL_get_signature_nid(x));
	if (c->has_sig)
		c->signed_hash = sha256(tbs, (size_t)n);
	lib->OPENSSL_free(tbs);
}

static bool read_parts(struct crl_info *c, struct arena *a, X509_CRL *x,
		       struct err *e)
{
	if (!x509_unix_time(&c->this_update, lib->X509_CRL_get0_lastUpdate(x)))
		return err_set(e, ERR_PARSE, 0, "a thisUpdate that is no time");
	if (!lib->X509_CRL_get0_nextUpdate(x))
		return err_set(e, ERR_PARSE, 0,
			       "no nextUpdate: until when it counts is not "
			       "said");
	if (!x509_unix_time(&c->next_update, lib->X509_CRL_get0_nextUpdate(x)))
		return err_set(e, ERR_PARSE, 0, "a nextUpdate that is no time");
	c->version = (int)lib->X509_CRL_get_version(x) + 1;
	x509_name_text(c->issuer, sizeof(c->issuer),
		       lib->X509_CRL_get_issuer(x));
	read_signature(c, x);
	return x509_extensions(c->ext, &c->ext_n,
			       lib->X509_CRL_get0_extensions(x), e) &&
	       read_number(c, x, e) && read_authority(c, x, e) &&
	       read_entries(c, a, x, e);
}

bool crl_read(struct crl_info *ret, struct arena *a, const void *der,
	      size_t len, struct err *e)
{
	struct crl_info c = { .issuer = "" };
	const uint8_t *p = der;
	X509_CRL *x;
	bool ok;

	if (!libcrypto_load(&lib, e))
		return false;
	if (len > CRL_DER_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "a CRL of %zu bytes, more than %zu", len,
			       CRL_DER_MAX);
	if (!der_check(der, len, e))
		return err_ctx(e, "no CRL");
	x = lib->d2i_X509_CRL(NULL, &p, (long)len);
	if (!x)
		return err_set(e, ERR_PARSE, 0, "%zu bytes that are no CRL",
			       len);
	ok = read_parts(&c, a, x, e);
	lib->X509_CRL_free(x);
	if (ok)
		*ret = c;
	return ok;
}

bool crl_signed_by(const struct crl_info *c, const struct p256_pub *key)
{
	struct err unused = ERR_INIT;

	return c->has_sig &&
	       p256_verify(key, &c->sig, &c->signed_hash, &unused);
}

const char *crl_reason(int reason)
{
	static const char *const names[] = {
		[0] = "unspecified",	    [1] = "keyCompromise",
		[2] = "cACompromise",	    [3] = "affiliationChanged",
		[4] = "superseded",	    [5] = "cessationOfOperation",
		[6] = "certificateHold",    [8] = "removeFromCRL",
		[9] = "privilegeWithdrawn", [10] = "aACompromise",
	};

	return reason >= 0 && (size_t)reason < ARRAY_LEN(names) && names[reason]
		       ? names[reason]
		       : "unknown";
}
