#include "simulate/cert.h"

#include "base/base.h"
#include "simulate/x509.h"

#define OID_SGX "1.2.840.113741.1.13.1"
/* Under the UUID 0, which is nobody's: ITU-T X.667. */
#define OID_UNKNOWN "2.25.0"

/* A member of the SGX extension: SEQUENCE { OID, value }, closed by caller. */
static void sgx_open(struct der *d, const char *suffix)
{
	char oid[64];

	snprintf(oid, sizeof(oid), OID_SGX ".%s", suffix);
	der_open(d, DER_SEQUENCE);
	der_oid(d, oid);
}

static void sgx_octets(struct der *d, const char *suffix, const void *data,
		       size_t len)
{
	sgx_open(d, suffix);
	der_prim(d, DER_OCTETS, data, len);
	der_close(d);
}

static void sgx_tcb(struct der *d, const struct sgx_platform *p)
{
	char suffix[8];

	sgx_open(d, "2");
	der_open(d, DER_SEQUENCE);
	for (unsigned i = 0; i < 16; i++) {
		snprintf(suffix, sizeof(suffix), "2.%u", i + 1);
		sgx_open(d, suffix);
		der_u64(d, p->comp_svn[i]);
		der_close(d);
	}
	sgx_open(d, "2.17");
	der_u64(d, p->pce_svn);
	der_close(d);
	sgx_octets(d, "2.18", p->cpu_svn, sizeof(p->cpu_svn));
	der_close(d);
	der_close(d);
}

static void sgx_configuration(struct der *d, const struct sgx_platform *p)
{
	const bool flags[] = {p->dynamic_platform, p->cached_keys, p->smt};
	char suffix[8];

	sgx_open(d, "7");
	der_open(d, DER_SEQUENCE);
	for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
		snprintf(suffix, sizeof(suffix), "7.%u", i + 1);
		sgx_open(d, suffix);
		der_bool(d, flags[i]);
		der_close(d);
	}
	der_close(d);
	der_close(d);
}

/* Five members; seven in certificates of the Platform CA. */
static void sgx_extension(struct der *d, const struct sgx_platform *p)
{
	x509_ext_open(d, OID_SGX, false);
	der_open(d, DER_SEQUENCE);
	if (!p->no_ppid)
		sgx_octets(d, "1", p->ppid, sizeof(p->ppid));
	sgx_tcb(d, p);
	sgx_octets(d, "3", p->pce_id, sizeof(p->pce_id));
	if (!p->no_fmspc)
		sgx_octets(d, "4", p->fmspc, sizeof(p->fmspc));
	sgx_open(d, "5");
	der_prim(d, DER_ENUMERATED, &p->sgx_type, 1);
	der_close(d);
	if (!p->of_processor_ca) {
		sgx_octets(d, "6", p->instance_id, sizeof(p->instance_id));
		sgx_configuration(d, p);
	}
	der_close(d);
	x509_ext_close(d);
}

static void crl_point(struct der *d, const char *url)
{
	x509_ext_open(d, "2.5.29.31", false);
	der_open(d, DER_SEQUENCE);
	der_open(d, DER_SEQUENCE);
	der_open(d, DER_CONTEXT_CONS + 0); /* distributionPoint */
	der_open(d, DER_CONTEXT_CONS + 0); /* fullName */
	der_text(d, DER_CONTEXT + 6, url); /* a URI */
	der_close(d);
	der_close(d);
	der_close(d);
	der_close(d);
	x509_ext_close(d);
}

/* Intel's order of extensions; some verifiers know them by place. */
static void extensions(struct der *d, const struct cert_spec *s)
{
	der_open(d, DER_CONTEXT_CONS + 3);
	der_open(d, DER_SEQUENCE);
	if (!s->no_authority)
		x509_authority(d, &s->issuer_key);
	if (s->crl_url)
		crl_point(d, s->crl_url);
	x509_subject_key(d, s->poses_as ? s->poses_as : &s->key);
	x509_usage(d, s->key_usage);
	x509_basic(d, s->is_ca, s->path_len);
	if (s->sgx)
		sgx_extension(d, s->sgx);
	if (s->unknown_critical) {
		x509_ext_open(d, OID_UNKNOWN, true);
		der_text(d, DER_UTF8, "SIMULATED");
		x509_ext_close(d);
	}
	der_close(d);
	der_close(d);
}

static void to_be_signed(struct der *d, const struct cert_spec *s)
{
	der_open(d, DER_SEQUENCE);
	der_open(d, DER_CONTEXT_CONS + 0);
	der_u64(d, 2); /* version 3 */
	der_close(d);
	der_uint(d, s->serial, sizeof(s->serial));
	x509_algorithm(d);
	x509_name(d, s->issuer_cn);
	der_open(d, DER_SEQUENCE);
	der_utctime(d, s->not_before);
	der_utctime(d, s->not_after);
	der_close(d);
	x509_name(d, s->subject_cn);
	x509_public(d, &s->key);
	extensions(d, s);
	der_close(d);
}

bool cert_make(struct buf *out, const struct cert_spec *spec, struct err *e)
{
	struct der tbs = DER_INIT;
	bool ok;

	to_be_signed(&tbs, spec);
	ok = x509_seal(out, &tbs, &spec->signer, e);
	return ok ? true : err_ctx(e, "certificate \"%s\"", spec->subject_cn);
}

void pem_add(struct buf *out, const char *what, const void *der, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = der;

	buf_addf(out, "-----BEGIN %s-----\n", what);
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_addc(out, i + 2 < len ? digits[v & 63] : '=');
		if ((i + 3) % 48 == 0 && i + 3 < len)
			buf_addc(out, '\n');
	}
	buf_addf(out, "\n-----END %s-----\n", what);
}
