#include "codec/inspect.h"

#include "base/base.h"
#include "codec/quote.h"

static void line(struct buf *out, size_t at, size_t len, const char *name)
{
	buf_addf(out, "%6zu %5zu  %-16s ", at, len, name);
}

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

static void bytes(struct buf *out, size_t at, const char *name,
		  const uint8_t *p, size_t len)
{
	line(out, at, len, name);
	if (len > 8 && all_zero(p, len))
		buf_adds(out, "zeros");
	else
		buf_addhex(out, p, len);
	buf_addc(out, '\n');
}

static void number(struct buf *out, size_t at, size_t len, const char *name,
		   const uint8_t *p)
{
	uint64_t v = 0;

	for (size_t i = len; i--;)
		v = v << 8 | p[i];
	line(out, at, len, name);
	if (len == 2)
		buf_addf(out, "%llu\n", (unsigned long long)v);
	else
		buf_addf(out, "0x%0*llx\n", (int)(2 * len),
			 (unsigned long long)v);
}

static void fields(struct buf *out, const char *title, struct quote_fields t,
		   size_t at, const uint8_t *data)
{
	buf_addf(out, "%s\n", title);
	for (size_t i = 0; i < t.n; i++) {
		if (t.f[i].kind == FIELD_BYTES)
			bytes(out, at, t.f[i].name, data + at, t.f[i].len);
		else
			number(out, at, t.f[i].len, t.f[i].name, data + at);
		at += t.f[i].len;
	}
}

static void td_flags(struct buf *out, uint64_t attributes)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} known[] = {
	    {TD_ATTR_DEBUG, "DEBUG"},
	    {TD_ATTR_SEPT_VE_DISABLE, "SEPT_VE_DISABLE"},
	    {TD_ATTR_PKS, "PKS"},
	    {TD_ATTR_KEY_LOCKER, "KL"},
	    {TD_ATTR_PERFMON, "PERFMON"},
	};

	buf_adds(out, "TD attributes:");
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (attributes & known[i].bit)
			buf_addf(out, " %s", known[i].name);
		attributes &= ~known[i].bit;
	}
	if (attributes)
		buf_addf(out, " reserved 0x%llx",
			 (unsigned long long)attributes);
	buf_addc(out, '\n');
}

static void pem(struct buf *out, const struct quote *q,
		const struct quote_map *m)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const uint8_t *p = q->cert;
	size_t left = q->cert_len, n = 0;

	while ((p = memmem(p, left, begin, sizeof(begin) - 1))) {
		n++;
		p++;
		left = q->cert_len - (size_t)(p - q->cert);
	}
	line(out, m->cert, q->cert_len, "cert");
	buf_addf(out, "PEM, %zu certificate%s%s\n", n, n == 1 ? "" : "s",
		 q->cert_len && !q->cert[q->cert_len - 1] ? ", final NUL" : "");
}

static void auth(struct buf *out, const struct quote *q,
		 const struct quote_map *m, const uint8_t *d)
{
	buf_adds(out, "auth data\n");
	number(out, m->auth_len, 4, "length", d + m->auth_len);
	bytes(out, m->auth, "signature.r", q->sig.r, 32);
	bytes(out, m->auth + 32, "signature.s", q->sig.s, 32);
	bytes(out, m->att_key, "key.x", q->att_key.x, 32);
	bytes(out, m->att_key + 32, "key.y", q->att_key.y, 32);
	if (m->outer_type) {
		number(out, m->outer_type, 2, "outer_type", d + m->outer_type);
		number(out, m->outer_len, 4, "outer_len", d + m->outer_len);
	}
	fields(out, "QE report", SGX_REPORT_FIELDS, m->qe_report, d);
	bytes(out, m->qe_sig, "signature.r", q->qe_sig.r, 32);
	bytes(out, m->qe_sig + 32, "signature.s", q->qe_sig.s, 32);
	number(out, m->qe_auth_len, 2, "auth_len", d + m->qe_auth_len);
	bytes(out, m->qe_auth, "auth", q->qe_auth, q->qe_auth_len);
	buf_adds(out, "certification data\n");
	number(out, m->cert_type, 2, "type", d + m->cert_type);
	number(out, m->cert_len, 4, "length", d + m->cert_len);
	if (q->cert_type == QUOTE_CERT_PCK_CHAIN)
		pem(out, q, m);
	else
		bytes(out, m->cert, "data", q->cert, q->cert_len);
	if (q->tail_len)
		bytes(out, m->end, "after the quote", q->tail, q->tail_len);
}

bool inspect_quote(struct buf *out, const uint8_t *data, size_t len,
		   struct err *e)
{
	struct quote q;
	struct quote_map m;

	if (!quote_parse(&q, &m, data, len, e))
		return false;
	buf_addf(out, "quote of %zu bytes, %s version %u\n%6s %5s  %-16s %s\n",
		 m.end, q.body == QUOTE_BODY_SGX ? "SGX" : "TDX",
		 q.header.version, "offset", "bytes", "name", "value");
	fields(out, "header", QUOTE_HEADER_FIELDS, 0, data);
	if (q.layout == 5) {
		buf_adds(out, "body\n");
		number(out, QUOTE_HEADER_LEN, 2, "type",
		       data + QUOTE_HEADER_LEN);
		number(out, QUOTE_HEADER_LEN + 2, 4, "size",
		       data + QUOTE_HEADER_LEN + 2);
	}
	if (q.body != QUOTE_BODY_SGX) {
		fields(out, "TD report", quote_body_fields(q.body), m.body,
		       data);
		td_flags(out, q.td.td_attributes);
	} else {
		fields(out, "enclave report", SGX_REPORT_FIELDS, m.body, data);
	}
	auth(out, &q, &m, data);
	return buf_ok(out, "text", e);
}
