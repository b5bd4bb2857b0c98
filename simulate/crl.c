#include "simulate/crl.h"

#include "base/base.h"
#include "simulate/x509.h"

void crl_done(struct crl_spec *s)
{
	free(s->revoked);
	s->revoked = NULL;
}

void crl_revoke(struct crl_spec *s, const uint8_t serial[20])
{
	GROW(s->revoked, s->revoked_n, s->revoked_cap);
	memcpy(s->revoked[s->revoked_n++], serial, 20);
}

static void entry(struct der *d, const uint8_t serial[20], int64_t when)
{
	static const uint8_t key_compromise = 1;

	der_open(d, DER_SEQUENCE);
	der_uint(d, serial, 20);
	der_utctime(d, when);
	der_open(d, DER_SEQUENCE);
	x509_ext_open(d, "2.5.29.21", false); /* reasonCode */
	der_prim(d, DER_ENUMERATED, &key_compromise, 1);
	x509_ext_close(d);
	der_close(d);
	der_close(d);
}

static void extensions(struct der *d, const struct crl_spec *s)
{
	der_open(d, DER_CONTEXT_CONS + 0);
	der_open(d, DER_SEQUENCE);
	x509_ext_open(d, "2.5.29.20", false); /* cRLNumber */
	der_u64(d, s->number);
	x509_ext_close(d);
	x509_authority(d, &s->issuer_key);
	der_close(d);
	der_close(d);
}

bool crl_make(struct buf *out, const struct crl_spec *s, struct err *e)
{
	struct der d = DER_INIT;

	der_open(&d, DER_SEQUENCE);
	der_u64(&d, 1); /* version 2 */
	x509_algorithm(&d);
	x509_name(&d, s->issuer_cn);
	der_utctime(&d, s->this_update);
	der_utctime(&d, s->next_update);
	if (s->revoked_n) {
		der_open(&d, DER_SEQUENCE);
		for (size_t i = 0; i < s->revoked_n; i++)
			entry(&d, s->revoked[i], s->this_update);
		der_close(&d);
	}
	if (!s->no_extensions)
		extensions(&d, s);
	der_close(&d);
	return x509_seal(out, &d, &s->signer, e)
		   ? true
		   : err_ctx(e, "CRL of \"%s\"", s->issuer_cn);
}
