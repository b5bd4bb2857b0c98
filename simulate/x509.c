#include "simulate/x509.h"

#include "base/base.h"

#define OID_ECDSA_SHA256 "1.2.840.10045.4.3.2"
#define OID_EC_KEY "1.2.840.10045.2.1"
#define OID_P256 "1.2.840.10045.3.1.7"

void cert_key_id(uint8_t ret[20], const struct p256_pub *key)
{
	uint8_t point[65] = {0x04};
	struct hash32 h;

	memcpy(point + 1, key->x, 32);
	memcpy(point + 33, key->y, 32);
	h = sha256(point, sizeof(point));
	memcpy(ret, h.b, 20);
}

static void name_part(struct der *d, const char *oid, unsigned tag,
		      const char *text)
{
	der_open(d, DER_SET);
	der_open(d, DER_SEQUENCE);
	der_oid(d, oid);
	der_text(d, tag, text);
	der_close(d);
	der_close(d);
}

void x509_name(struct der *d, const char *cn)
{
	der_open(d, DER_SEQUENCE);
	name_part(d, "2.5.4.3", DER_UTF8, cn);
	name_part(d, "2.5.4.10", DER_UTF8, CERT_ORGANISATION);
	name_part(d, "2.5.4.7", DER_UTF8, "Santa Clara");
	name_part(d, "2.5.4.8", DER_UTF8, "CA");
	name_part(d, "2.5.4.6", DER_PRINTABLE, "US");
	der_close(d);
}

void x509_public(struct der *d, const struct p256_pub *key)
{
	uint8_t point[65] = {0x04};

	memcpy(point + 1, key->x, 32);
	memcpy(point + 33, key->y, 32);
	der_open(d, DER_SEQUENCE);
	der_open(d, DER_SEQUENCE);
	der_oid(d, OID_EC_KEY);
	der_oid(d, OID_P256);
	der_close(d);
	der_bits(d, point, sizeof(point), 0);
	der_close(d);
}

void x509_algorithm(struct der *d)
{
	der_open(d, DER_SEQUENCE);
	der_oid(d, OID_ECDSA_SHA256);
	der_close(d);
}

void x509_ext_open(struct der *d, const char *oid, bool critical)
{
	der_open(d, DER_SEQUENCE);
	der_oid(d, oid);
	if (critical)
		der_bool(d, true);
	der_open(d, DER_OCTETS);
}

void x509_ext_close(struct der *d)
{
	der_close(d);
	der_close(d);
}

void x509_authority(struct der *d, const struct p256_pub *key)
{
	uint8_t id[20];

	x509_ext_open(d, "2.5.29.35", false);
	der_open(d, DER_SEQUENCE);
	cert_key_id(id, key);
	der_prim(d, DER_CONTEXT + 0, id, sizeof(id));
	der_close(d);
	x509_ext_close(d);
}

static unsigned unused_bits(uint8_t usage)
{
	unsigned n = 0;

	while (n < 7 && !(usage >> n & 1))
		n++;
	return n;
}

void x509_subject_key(struct der *d, const struct p256_pub *key)
{
	uint8_t id[20];

	x509_ext_open(d, "2.5.29.14", false);
	cert_key_id(id, key);
	der_prim(d, DER_OCTETS, id, sizeof(id));
	x509_ext_close(d);
}

void x509_usage(struct der *d, uint8_t usage)
{
	x509_ext_open(d, "2.5.29.15", true);
	der_bits(d, &usage, 1, unused_bits(usage));
	x509_ext_close(d);
}

void x509_basic(struct der *d, bool is_ca, int path_len)
{
	x509_ext_open(d, "2.5.29.19", true);
	der_open(d, DER_SEQUENCE);
	if (is_ca) {
		der_bool(d, true);
		if (path_len >= 0)
			der_u64(d, (uint64_t)path_len);
	}
	der_close(d);
	x509_ext_close(d);
}

bool x509_seal(struct buf *out, struct der *take_tbs,
	       const struct seckey *signer, struct err *e)
{
	struct der *tbs = take_tbs, all = DER_INIT;
	struct p256_sig sig;
	struct hash32 digest;
	bool ok = buf_ok(&tbs->out, "what is to be signed", e);

	if (ok) {
		digest = sha256(tbs->out.data, tbs->out.len);
		ok = p256_sign(&sig, signer, &digest, e);
	}
	if (ok) {
		der_open(&all, DER_SEQUENCE);
		der_raw(&all, tbs->out.data, tbs->out.len);
		x509_algorithm(&all);
		der_open(&all, DER_BITS);
		buf_addc(&all.out, 0); /* no unused bits */
		der_open(&all, DER_SEQUENCE);
		der_uint(&all, sig.r, sizeof(sig.r));
		der_uint(&all, sig.s, sizeof(sig.s));
		der_close(&all);
		der_close(&all);
		der_close(&all);
		buf_add(out, all.out.data, all.out.len);
		ok = buf_ok(out, "certificate", e);
	}
	buf_done(&tbs->out);
	buf_done(&all.out);
	return ok;
}
