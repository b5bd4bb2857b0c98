#include "crypto/cert_read.h"

#include "crypto/der_check.h"
#include "crypto/x509_priv.h"

#include "base/base.h"

static const struct libcrypto *lib; /* from cert_read() on */

#define SGX_OID "1.2.840.113741.1.13.1"
#define SGX_PCESVN 17 /* among the TCB's parts; before it the components */
#define SGX_CPUSVN 18

static void common_name(char *ret, size_t size, const X509_NAME *name)
{
	int at = lib->X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *s;

	*ret = 0;
	if (at < 0)
		return;
	s = lib->X509_NAME_ENTRY_get_data(lib->X509_NAME_get_entry(name, at));
	snprintf(ret, size, "%.*s", lib->ASN1_STRING_length(s),
		 (const char *)lib->ASN1_STRING_get0_data(s));
}

static void read_key(struct cert_info *c, X509 *x)
{
	EVP_PKEY *key = lib->X509_get0_pubkey(x);
	const char *type = key ? lib->EVP_PKEY_get0_type_name(key) : NULL;
	char group[32];
	uint8_t point[65];
	size_t n = 0;

	snprintf(c->key_kind, sizeof(c->key_kind), "%s",
		 type ? type : "unreadable");
	if (!key || !lib->EVP_PKEY_is_a(key, "EC") ||
	    !lib->EVP_PKEY_get_group_name(key, group, sizeof(group), &n))
		return;
	snprintf(c->key_kind, sizeof(c->key_kind), "%s", group);
	if (strcmp(group, "prime256v1"))
		return;
	snprintf(c->key_kind, sizeof(c->key_kind), "P-256");
	lib->EVP_PKEY_set_utf8_string_param(key, "point-format",
					    "uncompressed");
	if (!lib->EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point,
						  sizeof(point), &n) ||
	    n != sizeof(point) || point[0] != 4)
		return;
	memcpy(c->key.x, point + 1, 32);
	memcpy(c->key.y, point + 33, 32);
	c->is_p256 = true;
}

static void read_signature(struct cert_info *c, X509 *x)
{
	const ASN1_BIT_STRING *bits;
	uint8_t *tbs = NULL;
	int n = lib->i2d_re_X509_tbs(x, &tbs);

	lib->X509_get0_signature(&bits, NULL, x);
	c->has_sig = n > 0 && x509_signature(&c->sig, bits,
					     lib->X509_get_signature_nid(x));
	if (c->has_sig)
		c->signed_hash = sha256(tbs, (size_t)n);
	lib->OPENSSL_free(tbs);
}

/* The two parts of each SEQUENCE{OID, value} in a SEQUENCE of them. */
struct item {
	unsigned last; /* number of the OID */
	const ASN1_TYPE *value;
};

static unsigned last_number(const ASN1_OBJECT *oid)
{
	size_t n = lib->OBJ_length(oid);
	const uint8_t *p = lib->OBJ_get0_data(oid);

	return n ? p[n - 1] : 0;
}

static bool number_of(int64_t *ret, const ASN1_TYPE *t)
{
	return (t->type == V_ASN1_INTEGER &&
		lib->ASN1_INTEGER_get_int64(ret, t->value.integer)) ||
	       (t->type == V_ASN1_ENUMERATED &&
		lib->ASN1_ENUMERATED_get_int64(ret, t->value.enumerated));
}

static bool octets_of(void *ret, size_t len, const ASN1_TYPE *t)
{
	if (t->type != V_ASN1_OCTET_STRING ||
	    (size_t)lib->ASN1_STRING_length(t->value.octet_string) != len)
		return false;
	memcpy(ret, lib->ASN1_STRING_get0_data(t->value.octet_string), len);
	return true;
}

static bool flag_of(bool *ret, const ASN1_TYPE *t)
{
	if (t->type != V_ASN1_BOOLEAN)
		return false;
	*ret = t->value.boolean;
	return true;
}

typedef bool (*item_fn)(struct cert_platform *p, unsigned last,
			const ASN1_TYPE *value);

static ASN1_SEQUENCE_ANY *sequence(const uint8_t *der, size_t len)
{
	return lib->d2i_ASN1_SEQUENCE_ANY(NULL, &der, (long)len);
}

static void free_sequence(ASN1_SEQUENCE_ANY *s)
{
	lib->sk_ASN1_TYPE_pop_free(s, lib->ASN1_TYPE_free);
}

static ASN1_SEQUENCE_ANY *sequence_of(const ASN1_TYPE *t)
{
	if (t->type != V_ASN1_SEQUENCE)
		return NULL;
	return sequence(lib->ASN1_STRING_get0_data(t->value.sequence),
			(size_t)lib->ASN1_STRING_length(t->value.sequence));
}

/* Hands each pair to @fn; false as soon as something is not as it should be. */
static bool each_item(struct cert_platform *p, ASN1_SEQUENCE_ANY *take_all,
		      item_fn fn)
{
	bool ok = take_all;

	for (int i = 0; ok && i < lib->sk_ASN1_TYPE_num(take_all); i++) {
		ASN1_SEQUENCE_ANY *pair =
			sequence_of(STACK_ITEM(lib, ASN1_TYPE, take_all, i));
		const ASN1_TYPE *oid =
			pair ? STACK_ITEM(lib, ASN1_TYPE, pair, 0) : NULL;

		ok = pair && lib->sk_ASN1_TYPE_num(pair) == 2 &&
		     oid->type == V_ASN1_OBJECT &&
		     fn(p, last_number(oid->value.object),
			STACK_ITEM(lib, ASN1_TYPE, pair, 1));
		free_sequence(pair);
	}
	free_sequence(take_all);
	return ok;
}

static bool tcb_item(struct cert_platform *p, unsigned last,
		     const ASN1_TYPE *value)
{
	int64_t n;

	if (last == SGX_CPUSVN)
		return octets_of(p->cpu_svn, sizeof(p->cpu_svn), value);
	if (!last || last > SGX_PCESVN || !number_of(&n, value) || n < 0 ||
	    n > UINT16_MAX)
		return false;
	if (last == SGX_PCESVN)
		p->pce_svn = (uint16_t)n;
	else
		p->comp_svn[last - 1] = (uint16_t)n;
	return true;
}

static bool configuration_item(struct cert_platform *p, unsigned last,
			       const ASN1_TYPE *value)
{
	switch (last) {
	case 1:
		return flag_of(&p->dynamic_platform, value);
	case 2:
		return flag_of(&p->cached_keys, value);
	case 3:
		return flag_of(&p->smt, value);
	}
	return false;
}

static bool platform_item(struct cert_platform *p, unsigned last,
			  const ASN1_TYPE *value)
{
	switch (last) {
	case 1:
		return octets_of(p->ppid, sizeof(p->ppid), value);
	case 2:
		return each_item(p, sequence_of(value), tcb_item);
	case 3:
		return octets_of(p->pce_id, sizeof(p->pce_id), value);
	case 4:
		return octets_of(p->fmspc, sizeof(p->fmspc), value);
	case 5:
		return number_of(&p->sgx_type, value);
	case 6:
		p->has_instance = true;
		return octets_of(p->instance_id, sizeof(p->instance_id), value);
	case 7:
		return each_item(p, sequence_of(value), configuration_item);
	}
	return false;
}

/* The one extension that is looked into. */
static bool read_platform(struct cert_info *c, const X509 *x, struct err *e)
{
	for (int i = 0; i < lib->X509_get_ext_count(x); i++) {
		X509_EXTENSION *ext = lib->X509_get_ext(x, i);
		const ASN1_STRING *value = lib->X509_EXTENSION_get_data(ext);
		const uint8_t *der = lib->ASN1_STRING_get0_data(value);
		size_t len = (size_t)lib->ASN1_STRING_length(value);
		char name[48];

		lib->OBJ_obj2txt(name, sizeof(name),
				 lib->X509_EXTENSION_get_object(ext), 0);
		if (strcmp(name, SGX_OID) != 0)
			continue;
		if (!der_check(der, len, e))
			return err_ctx(e, "the extension %s", name);
		c->has_platform = each_item(&c->platform, sequence(der, len),
					    platform_item);
	}
	return true;
}

static bool read_parts(struct cert_info *c, X509 *x, struct err *e)
{
	if (!x509_unix_time(&c->not_before, lib->X509_get0_notBefore(x)) ||
	    !x509_unix_time(&c->not_after, lib->X509_get0_notAfter(x)))
		return err_set(e, ERR_PARSE, 0,
			       "a validity period that is no time");
	x509_name_text(c->subject, sizeof(c->subject),
		       lib->X509_get_subject_name(x));
	x509_name_text(c->issuer, sizeof(c->issuer),
		       lib->X509_get_issuer_name(x));
	common_name(c->common_name, sizeof(c->common_name),
		    lib->X509_get_subject_name(x));
	x509_integer_text(c->serial, sizeof(c->serial),
			  lib->X509_get0_serialNumber(x));
	read_key(c, x);
	read_signature(c, x);
	c->is_ca = lib->X509_check_ca(x) == 1;
	return x509_extensions(c->ext, &c->ext_n, lib->X509_get0_extensions(x),
			       e) &&
	       read_platform(c, x, e);
}

bool cert_read(struct cert_info *ret, const void *der, size_t len,
	       struct err *e)
{
	struct cert_info c = { .subject = "" };
	const uint8_t *p = der;
	X509 *x = NULL;
	bool ok;

	if (!libcrypto_load(&lib, e))
		return false;
	if (len > CERT_DER_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "a certificate of %zu bytes, more than %zu", len,
			       CERT_DER_MAX);
	if (!der_check(der, len, e))
		return err_ctx(e, "no X.509 certificate");
	x = lib->d2i_X509(NULL, &p, (long)len);
	if (!x)
		return err_set(e, ERR_PARSE, 0,
			       "%zu bytes that are no X.509 certificate", len);
	ok = read_parts(&c, x, e);
	lib->X509_free(x);
	if (ok)
		*ret = c;
	return ok;
}

bool cert_signed_by(const struct cert_info *c, const struct p256_pub *key)
{
	struct err unused = ERR_INIT;

	return c->has_sig &&
	       p256_verify(key, &c->sig, &c->signed_hash, &unused);
}
