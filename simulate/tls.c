#include "simulate/tls.h"

#include <arpa/inet.h>

#include "base/base.h"
#include "simulate/attestation.h"
#include "simulate/x509.h"

#define OID_EC_KEY "1.2.840.10045.2.1"
#define OID_P256 "1.2.840.10045.3.1.7"
/* dstack's own extensions. */
#define OID_QUOTE "1.3.6.1.4.1.62397.1.1"
#define OID_EVENT_LOG "1.3.6.1.4.1.62397.1.2"
#define OID_USAGE "1.3.6.1.4.1.62397.1.4"
#define OID_ATTESTATION "1.3.6.1.4.1.62397.1.8"

#define CA_NAME "SIMULATED dstack app CA"
#define CA_YEARS 10
#define YEAR 31536000

static void name(struct der *d, const char *cn)
{
	der_open(d, DER_SEQUENCE);
	if (*cn) {
		der_open(d, DER_SET);
		der_open(d, DER_SEQUENCE);
		der_oid(d, "2.5.4.3");
		der_text(d, DER_UTF8, cn);
		der_close(d);
		der_close(d);
	}
	der_close(d);
}

/* dstack wraps what it says once more. */
static void own_extension(struct der *d, const char *oid, const void *data,
			  size_t len)
{
	x509_ext_open(d, oid, false);
	der_prim(d, DER_OCTETS, data, len);
	x509_ext_close(d);
}

static void alternative_names(struct der *d, const struct tls_spec *s)
{
	uint8_t ip[16];

	if (!s->names_n)
		return;
	x509_ext_open(d, "2.5.29.17", !*s->subject);
	der_open(d, DER_SEQUENCE);
	for (size_t i = 0; i < s->names_n; i++) {
		if (inet_pton(AF_INET, s->names[i], ip) == 1)
			der_prim(d, DER_CONTEXT + 7, ip, 4);
		else if (inet_pton(AF_INET6, s->names[i], ip) == 1)
			der_prim(d, DER_CONTEXT + 7, ip, 16);
		else
			der_text(d, DER_CONTEXT + 2, s->names[i]);
	}
	der_close(d);
	x509_ext_close(d);
}

static void extended_usage(struct der *d, const struct tls_spec *s)
{
	if (!s->server && !s->client)
		return;
	x509_ext_open(d, "2.5.29.37", false);
	der_open(d, DER_SEQUENCE);
	if (s->server)
		der_oid(d, "1.3.6.1.5.5.7.3.1");
	if (s->client)
		der_oid(d, "1.3.6.1.5.5.7.3.2");
	der_close(d);
	x509_ext_close(d);
}

/* SHA-512("ratls-cert:" | SubjectPublicKeyInfo) is what the quote is over. */
static bool ra_tls(struct der *d, const struct tee *t,
		   const struct p256_pub *key, struct err *e)
{
	struct buf said = BUF_INIT(4096), quote = BUF_INIT(QUOTE_MAX);
	struct buf all = BUF_INIT(ATTESTATION_MAX);
	struct der spki = DER_INIT;
	uint8_t report_data[TEE_REPORT_DATA];
	char *log CLEANUP(freep) = event_log_text(&t->log);
	bool ok;

	x509_public(&spki, key);
	buf_adds(&said, "ratls-cert:");
	buf_add(&said, spki.out.data, spki.out.len);
	sha512(report_data, said.data, said.len);
	ok = tee_quote(&quote, t, report_data, e) &&
	     attestation_make(&all, t, &quote, report_data, e);
	if (ok) {
		own_extension(d, OID_QUOTE, quote.data, quote.len);
		own_extension(d, OID_EVENT_LOG, log, strlen(log));
		own_extension(d, OID_ATTESTATION, all.data, all.len);
	}
	buf_done(&said);
	buf_done(&quote);
	buf_done(&all);
	buf_done(&spki.out);
	return ok;
}

/* Up to the extensions, which the caller opens. */
static void begin(struct der *d, const uint8_t serial[20], const char *issuer,
		  const char *subject, int64_t from, int64_t until,
		  const struct p256_pub *key)
{
	der_open(d, DER_SEQUENCE);
	der_open(d, DER_CONTEXT_CONS + 0);
	der_u64(d, 2); /* version 3 */
	der_close(d);
	der_uint(d, serial, 20);
	x509_algorithm(d);
	name(d, issuer);
	der_open(d, DER_SEQUENCE);
	der_time(d, from);
	der_time(d, until);
	der_close(d);
	name(d, subject);
	x509_public(d, key);
	der_open(d, DER_CONTEXT_CONS + 3);
	der_open(d, DER_SEQUENCE);
}

static bool end(struct buf *out, struct der *take_d, const struct seckey *by,
		struct err *e)
{
	struct buf der = BUF_INIT(TLS_MAX);
	bool ok;

	der_close(take_d);
	der_close(take_d);
	der_close(take_d);
	ok = x509_seal(&der, take_d, by, e);
	if (ok)
		pem_add(out, "CERTIFICATE", der.data, der.len);
	buf_done(&der);
	return ok && buf_ok(out, "certificate", e);
}

static void serial(uint8_t ret[20], const struct p256_pub *key)
{
	cert_key_id(ret, key);
	ret[0] = (uint8_t)((ret[0] & 0x7f) | 0x40);
}

static bool make_leaf(struct buf *out, const struct tee *t,
		      const struct tls_spec *s, const struct p256_pub *key,
		      const struct p256_pub *ca_pub, const struct seckey *ca,
		      struct err *e)
{
	struct der d = {.out = BUF_INIT(TLS_MAX)};
	uint8_t number[20];

	serial(number, key);
	begin(&d, number, CA_NAME, s->subject, s->not_before, s->not_after,
	      key);
	x509_authority(&d, ca_pub);
	alternative_names(&d, s);
	x509_usage(&d, 0x80); /* digitalSignature */
	extended_usage(&d, s);
	own_extension(&d, OID_USAGE, "app:custom", 10);
	if (s->ra_tls && !ra_tls(&d, t, key, e)) {
		buf_done(&d.out);
		return false;
	}
	return end(out, &d, ca, e);
}

static bool make_ca(struct buf *out, const struct tls_spec *s,
		    const struct p256_pub *pub, const struct seckey *ca,
		    struct err *e)
{
	struct der d = {.out = BUF_INIT(TLS_MAX)};
	int64_t until = s->not_before + CA_YEARS * (int64_t)YEAR;
	uint8_t number[20];

	serial(number, pub);
	begin(&d, number, CA_NAME, CA_NAME, s->not_before,
	      until > TLS_UNTIL ? TLS_UNTIL : until, pub);
	x509_subject_key(&d, pub);
	x509_usage(&d, CERT_USE_CA);
	x509_basic(&d, true, 0);
	own_extension(&d, OID_USAGE, "app:ca", 6);
	return end(out, &d, ca, e);
}

/* RFC 5208 around RFC 5915. */
static void make_key(struct buf *out, const struct seckey *key,
		     const struct p256_pub *pub)
{
	struct der d = DER_INIT;
	uint8_t point[65] = {0x04};

	memcpy(point + 1, pub->x, 32);
	memcpy(point + 33, pub->y, 32);
	der_open(&d, DER_SEQUENCE);
	der_u64(&d, 0);
	der_open(&d, DER_SEQUENCE);
	der_oid(&d, OID_EC_KEY);
	der_oid(&d, OID_P256);
	der_close(&d);
	der_open(&d, DER_OCTETS);
	der_open(&d, DER_SEQUENCE);
	der_u64(&d, 1);
	der_prim(&d, DER_OCTETS, key->b, sizeof(key->b));
	der_open(&d, DER_CONTEXT_CONS + 1);
	der_bits(&d, point, sizeof(point), 0);
	der_close(&d);
	der_close(&d);
	der_close(&d);
	der_close(&d);
	pem_add(out, "PRIVATE KEY", d.out.data, d.out.len);
	buf_done(&d.out);
}

static bool check(const struct tls_spec *s, struct err *e)
{
	size_t names = strlen(s->subject);

	for (size_t i = 0; i < s->names_n; i++)
		names += strlen(s->names[i]);
	if (names > 4096)
		return err_set(e, ERR_LIMIT, 0,
			       "subject and names have %zu bytes, at most 4096",
			       names);
	if (s->not_before >= s->not_after)
		return err_set(e, ERR_RANGE, 0,
			       "not_before (%lld) must be before not_after "
			       "(%lld)",
			       (long long)s->not_before,
			       (long long)s->not_after);
	if (s->not_after > TLS_UNTIL)
		return err_set(e, ERR_RANGE, 0,
			       "not_after (%lld) is after the year 9999",
			       (long long)s->not_after);
	return true;
}

bool tls_make(struct buf *key, struct buf *leaf, struct buf *ca,
	      const struct tee *t, const struct tls_spec *s, struct err *e)
{
	/* All instances of an app have one CA. */
	struct seckey ca_key = pki_key(t->seed, "app-ca", t->app_name);
	struct p256_pub pub, ca_pub;

	if (!check(s, e) || !p256_public(&pub, &s->key, e) ||
	    !p256_public(&ca_pub, &ca_key, e) ||
	    !make_leaf(leaf, t, s, &pub, &ca_pub, &ca_key, e) ||
	    !make_ca(ca, s, &ca_pub, &ca_key, e))
		return false;
	make_key(key, &s->key, &pub);
	return buf_ok(key, "private key", e);
}
