#include "codec/quote_doc.h"

#include "base/base.h"
#include "codec/quote.h"
#include "codec/quote_doc_priv.h"
#include "codec/quote_events.h"
#include "crypto/cert_read.h"
#include "crypto/pem.h"

json_t *doc_hex(const void *data, size_t len)
{
	struct buf b = BUF_INIT(2 * len + 3);
	json_t *j;

	buf_adds(&b, "0x");
	buf_addhex(&b, data, len);
	j = json_string(buf_str(&b));
	buf_done(&b);
	return j;
}

/* What is being said, and of which bytes. */
struct doc {
	json_t *fields; /* borrowed */
	const uint8_t *data;
	const char *section;
};

static json_t *field(struct doc *d, size_t at, size_t len, const char *name,
		     const char *doc, json_t *take_value)
{
	json_t *j = json_object();

	json_object_set_new(j, "section", json_string(d->section));
	json_object_set_new(j, "offset", json_integer((json_int_t)at));
	json_object_set_new(j, "bytes", json_integer((json_int_t)len));
	json_object_set_new(j, "name", json_string(name));
	json_object_set_new(j, "value", take_value);
	json_object_set_new(j, "doc", json_string(doc));
	json_array_append_new(d->fields, j);
	return j;
}

static void note(json_t *field, const char *text)
{
	if (*text)
		json_object_set_new(field, "note", json_string(text));
}

static void bytes(struct doc *d, size_t at, size_t len, const char *name,
		  const char *doc)
{
	field(d, at, len, name, doc, doc_hex(d->data + at, len));
}

/* A little-endian integer; of 8 bytes as hex, which JSON's numbers may lose. */
static json_t *number(struct doc *d, size_t at, size_t len, const char *name,
		      const char *doc)
{
	uint64_t v = quote_le(d->data + at, len);
	char text[24];

	if (len < 8)
		return field(d, at, len, name, doc,
			     json_integer((json_int_t)v));
	snprintf(text, sizeof(text), "0x%016llx", (unsigned long long)v);
	return field(d, at, len, name, doc, json_string(text));
}

struct flag {
	uint64_t bit;
	const char *name;
};

/* "DEBUG, PKS, reserved 0x2". */
static void note_flags(json_t *to, uint64_t v, const struct flag *known,
		       size_t n)
{
	struct buf b = BUF_INIT(256);

	for (size_t i = 0; i < n; i++) {
		if (v & known[i].bit)
			buf_addf(&b, "%s%s", b.len ? ", " : "", known[i].name);
		v &= ~known[i].bit;
	}
	if (v)
		buf_addf(&b, "%sreserved 0x%llx", b.len ? ", " : "",
			 (unsigned long long)v);
	note(to, buf_str(&b));
	buf_done(&b);
}

static void note_field(json_t *to, const struct quote_field *f,
		       const uint8_t *data)
{
	static const struct flag td[] = {
	    {TD_ATTR_DEBUG, "DEBUG"},
	    {TD_ATTR_SEPT_VE_DISABLE, "SEPT_VE_DISABLE"},
	    {TD_ATTR_PKS, "PKS"},
	    {TD_ATTR_KEY_LOCKER, "KL"},
	    {TD_ATTR_PERFMON, "PERFMON"},
	};
	static const struct flag sgx[] = {
	    {SGX_ATTR0_INIT, "INIT"},
	    {SGX_ATTR0_DEBUG, "DEBUG"},
	    {SGX_ATTR0_MODE64, "MODE64"},
	    {SGX_ATTR0_PROVISION_KEY, "PROVISIONKEY"},
	    {0x20, "EINITTOKENKEY"},
	    {0x80, "KSS"},
	};

	if (!strcmp(f->name, "td_attributes"))
		note_flags(to, quote_le(data, 8), td, ARRAY_LEN(td));
	else if (!strcmp(f->name, "attributes"))
		note_flags(to, quote_le(data, 8), sgx, ARRAY_LEN(sgx));
	else if (!strcmp(f->name, "tee_type"))
		note(to, quote_le(data, 4) == QUOTE_TEE_TDX ? "TDX" : "SGX");
	else if (!strcmp(f->name, "vendor"))
		note(to, memcmp(data, QUOTE_VENDOR_INTEL, 16)
			     ? "not Intel's, and no verifier knows it"
			     : "Intel");
}

static void table(struct doc *d, struct quote_fields t, size_t at)
{
	for (size_t i = 0; i < t.n; i++) {
		const struct quote_field *f = &t.f[i];
		json_t *j = f->kind == FIELD_BYTES
				? field(d, at, f->len, f->name, f->doc,
					doc_hex(d->data + at, f->len))
				: number(d, at, f->len, f->name, f->doc);

		note_field(j, f, d->data + at);
		at += f->len;
	}
}

static void cert_type(struct doc *d, size_t at)
{
	static const char *const names[] = {
	    [1] = "PPID",
	    [2] = "PPID, RSA-2048",
	    [3] = "PPID, RSA-3072",
	    [4] = "PCK certificate",
	    [5] = "PCK chain, PEM",
	    [6] = "QE report and what certifies it",
	    [7] = "platform manifest",
	};
	uint64_t v = quote_le(d->data + at, 2);

	note(number(d, at, 2, "type", "what certifies the QE's key"),
	     v && v < ARRAY_LEN(names) ? names[v] : "unknown");
}

static void auth(struct doc *d, const struct quote *q,
		 const struct quote_map *m)
{
	d->section = "auth data";
	number(d, m->auth_len, 4, "length", "of all that follows");
	bytes(d, m->auth, 32, "signature.r", "over header and body");
	bytes(d, m->auth + 32, 32, "signature.s", "by the attestation key");
	bytes(d, m->att_key, 32, "key.x", "the attestation key, P-256");
	bytes(d, m->att_key + 32, 32, "key.y", "the attestation key, P-256");
	if (m->outer_type) {
		cert_type(d, m->outer_type);
		number(d, m->outer_len, 4, "outer_len", "of all that follows");
	}
	d->section = "QE report";
	table(d, SGX_REPORT_FIELDS, m->qe_report);
	bytes(d, m->qe_sig, 32, "signature.r", "over the QE report");
	bytes(d, m->qe_sig + 32, 32, "signature.s", "by the PCK key");
	number(d, m->qe_auth_len, 2, "auth_len", "of the QE's auth data");
	bytes(d, m->qe_auth, q->qe_auth_len, "auth",
	      "the QE's own; hashed into its report data");
	d->section = "certification data";
	cert_type(d, m->cert_type);
	number(d, m->cert_len, 4, "length", "of the data");
	bytes(d, m->cert, q->cert_len, "data", "leaf, intermediate, root");
	if (q->tail_len)
		bytes(d, m->end, q->tail_len, "tail",
		      "after the quote; nothing covers it");
}

json_t *doc_time(int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	char text[32];
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, sizeof(text), "%lld", (long long)unix_s);
	return json_string(text);
}

static json_t *platform(const struct cert_platform *p)
{
	json_t *j = json_object(), *comps = json_array();

	json_object_set_new(j, "fmspc", doc_hex(p->fmspc, sizeof(p->fmspc)));
	json_object_set_new(j, "pce_id", doc_hex(p->pce_id, sizeof(p->pce_id)));
	json_object_set_new(j, "pce_svn", json_integer(p->pce_svn));
	for (size_t i = 0; i < ARRAY_LEN(p->comp_svn); i++)
		json_array_append_new(comps, json_integer(p->comp_svn[i]));
	json_object_set_new(j, "components", comps);
	json_object_set_new(j, "cpu_svn", doc_hex(p->cpu_svn, sizeof(p->cpu_svn)));
	json_object_set_new(j, "ppid", doc_hex(p->ppid, sizeof(p->ppid)));
	json_object_set_new(j, "sgx_type", json_integer(p->sgx_type));
	if (p->has_instance) {
		json_object_set_new(
		    j, "instance_id",
		    doc_hex(p->instance_id, sizeof(p->instance_id)));
		json_object_set_new(j, "dynamic_platform",
				    json_boolean(p->dynamic_platform));
		json_object_set_new(j, "cached_keys",
				    json_boolean(p->cached_keys));
		json_object_set_new(j, "smt", json_boolean(p->smt));
	}
	return j;
}

json_t *doc_extensions(const struct cert_extension *ext, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    all, json_pack("{s:s, s:b, s:I}", "name", ext[i].name,
				   "critical", (int)ext[i].critical, "bytes",
				   (json_int_t)ext[i].len));
	return all;
}

static json_t *certificate(const struct cert_info *c)
{
	json_t *j = json_object();

	json_object_set_new(j, "subject", json_said(c->subject));
	json_object_set_new(j, "issuer", json_said(c->issuer));
	json_object_set_new(j, "serial", json_string(c->serial));
	json_object_set_new(j, "not_before", doc_time(c->not_before));
	json_object_set_new(j, "not_after", doc_time(c->not_after));
	json_object_set_new(j, "ca", json_boolean(c->is_ca));
	json_object_set_new(j, "key_kind", json_string(c->key_kind));
	if (c->is_p256)
		json_object_set_new(j, "key", doc_hex(&c->key, sizeof(c->key)));
	json_object_set_new(j, "extensions", doc_extensions(c->ext, c->ext_n));
	if (c->has_platform)
		json_object_set_new(j, "platform", platform(&c->platform));
	return j;
}

void doc_signature(json_t *all, const char *what, bool holds)
{
	json_array_append_new(
	    all, json_pack("{s:s, s:b}", "what", what, "holds", (int)holds));
}

void doc_chain_signatures(json_t *all, const char *of,
			  const struct cert_info *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cert_info *by = &c[i + 1 < n ? i + 1 : i];
		CLEANUP(freep)
		char *text = xasprintf(
		    "%scertificate %zu, %s, by %s", of, i,
		    *c[i].common_name ? c[i].common_name : "without a name",
		    by == &c[i] ? "its own key" : "the next one's key");

		doc_signature(all, text,
			  by->is_p256 && cert_signed_by(&c[i], &by->key));
	}
}

size_t doc_certificates(json_t *all, struct cert_info ret[DOC_CHAIN_MAX],
			const void *pem, size_t len, size_t base)
{
	struct buf der = BUF_INIT(CERT_DER_MAX);
	struct err e = ERR_INIT;
	size_t at = 0, n = 0;
	bool found = true;

	while (n < DOC_CHAIN_MAX) {
		size_t from = at;
		json_t *j;

		if (!pem_next(&der, &found, PEM_CERTIFICATE, pem, len, &at, &e) ||
		    (found && !cert_read(&ret[n], der.data, der.len, &e))) {
			json_array_append_new(
			    all, json_pack("{s:I, s:o}", "offset",
					   (json_int_t)(base + from), "error",
					   json_said(e.text)));
			break;
		}
		if (!found)
			break;
		j = certificate(&ret[n++]);
		json_object_set_new(j, "offset",
				    json_integer((json_int_t)(base + from)));
		json_array_append_new(all, j);
	}
	buf_done(&der);
	return n;
}

/* Whether the QE's report names the attestation key. */
static bool bound(const struct quote *q)
{
	struct buf b = BUF_INIT(sizeof(q->att_key) + UINT16_MAX);
	struct hash32 h;

	buf_add(&b, &q->att_key, sizeof(q->att_key));
	buf_add(&b, q->qe_auth, q->qe_auth_len);
	h = sha256(b.data, b.len);
	buf_done(&b);
	return !memcmp(h.b, q->qe.report_data, 32);
}

static void signatures(json_t *all, const struct quote *q,
		       const struct cert_info *chain, size_t n)
{
	struct hash32 body = quote_signed_hash(q), qe = sgx_report_hash(&q->qe);
	struct err unused = ERR_INIT;

	doc_signature(all, "header and body, by the attestation key",
		  p256_verify(&q->att_key, &q->sig, &body, &unused));
	doc_signature(all, "the attestation key, in the QE's report data",
		  bound(q));
	doc_signature(all, "the QE's report, by the PCK certificate's key",
		  n && chain[0].is_p256 &&
		      p256_verify(&chain[0].key, &q->qe_sig, &qe, &unused));
	doc_chain_signatures(all, "", chain, n);
}

bool quote_doc(json_t **ret, const uint8_t *data, size_t len,
	       const json_t *events, struct err *e)
{
	struct cert_info chain[DOC_CHAIN_MAX];
	struct quote q;
	struct quote_map m;
	struct doc d = {.data = data};
	json_t *all, *certs, *sigs;
	size_t n = 0;

	if (!quote_parse(&q, &m, data, len, e))
		return false;
	all = json_pack("{s:s, s:i, s:I}", "tee",
			q.body == QUOTE_BODY_SGX ? "SGX" : "TDX", "version",
			(int)q.header.version, "bytes", (json_int_t)m.end);
	d.fields = json_array();
	d.section = "header";
	table(&d, QUOTE_HEADER_FIELDS, 0);
	if (q.layout == 5) {
		d.section = "body";
		number(&d, QUOTE_HEADER_LEN, 2, "type",
		       "1: SGX report; 2, 3, 4: TD report 1.0, 1.5, 1.5ex");
		number(&d, QUOTE_HEADER_LEN + 2, 4, "size", "of the report");
	}
	d.section = q.body == QUOTE_BODY_SGX ? "enclave report" : "TD report";
	table(&d, quote_body_fields(q.body), m.body);
	auth(&d, &q, &m);
	json_object_set_new(all, "fields", d.fields);
	sigs = json_array();
	certs = json_array();
	if (q.cert_type == QUOTE_CERT_PCK_CHAIN ||
	    q.cert_type == QUOTE_CERT_PCK_LEAF)
		n = doc_certificates(certs, chain, q.cert, q.cert_len, m.cert);
	signatures(sigs, &q, chain, n);
	json_object_set_new(all, "signatures", sigs);
	json_object_set_new(all, "certificates", certs);
	if (events)
		json_object_set_new(all, "events", quote_events(events, &q.td));
	*ret = all;
	return true;
}
