#include "codec/quote.h"

#include "base/base.h"

const uint8_t QUOTE_VENDOR_INTEL[16] = {
    0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
    0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07,
};

#define BYTES(type, name, doc)                                                 \
	{                                                                      \
#name, offsetof(struct type, name),                            \
		    sizeof(((struct type *)0)->name), FIELD_BYTES, doc         \
	}
#define NUMBER(type, name, kind, doc)                                          \
	{                                                                      \
#name, offsetof(struct type, name),                            \
		    sizeof(((struct type *)0)->name), kind, doc                \
	}
#define TABLE(a)                                                               \
	{                                                                      \
		(a), ARRAY_LEN(a)                                              \
	}

static const struct quote_field header_fields[] = {
    NUMBER(quote_header, version, FIELD_U16, "of the layout"),
    NUMBER(quote_header, key_type, FIELD_U16,
	   "of the attestation key; 2: ECDSA-256-with-P-256"),
    NUMBER(quote_header, tee_type, FIELD_U32, "0: SGX, 0x81: TDX"),
    NUMBER(quote_header, qe_svn, FIELD_U16,
	   "the quoting enclave's; nobody checks it here"),
    NUMBER(quote_header, pce_svn, FIELD_U16,
	   "the provisioning enclave's; nobody checks it here"),
    BYTES(quote_header, vendor, "of the quoting enclave; Intel's is 939a7233…"),
    BYTES(quote_header, user_data,
	  "the quoting enclave's id, then 4 zero bytes"),
};

static const struct quote_field sgx_fields[] = {
    BYTES(sgx_report, cpu_svn, "security version of the CPU, raw"),
    NUMBER(sgx_report, misc_select, FIELD_U32, "which optional state is saved"),
    BYTES(sgx_report, reserved1, "zeros; the extended product id if KSS is on"),
    BYTES(sgx_report, attributes, "flags, then XFRM"),
    BYTES(sgx_report, mrenclave, "hash of the enclave as it was built"),
    BYTES(sgx_report, reserved2, "zeros"),
    BYTES(sgx_report, mrsigner, "hash of the key that signed the enclave"),
    BYTES(sgx_report, reserved3, "zeros; the config id if KSS is on"),
    NUMBER(sgx_report, isv_prod_id, FIELD_U16,
	   "the signer's number of this product"),
    NUMBER(sgx_report, isv_svn, FIELD_U16, "its security version"),
    BYTES(sgx_report, reserved4,
	  "zeros; config SVN and family id if KSS is on"),
    BYTES(sgx_report, report_data, "64 bytes of the enclave's choice"),
};

static const struct quote_field td_fields[] = {
    BYTES(td_report, tee_tcb_svn,
	  "of the TDX module: its SVN, its version, microcode"),
    BYTES(td_report, mr_seam, "hash of the TDX module"),
    BYTES(td_report, mr_signer_seam, "its signer; zeros: Intel"),
    NUMBER(td_report, seam_attributes, FIELD_U64,
	   "of the TDX module; must be zero"),
    NUMBER(td_report, td_attributes, FIELD_U64, "of this trust domain"),
    NUMBER(td_report, xfam, FIELD_U64, "CPU features that it may use"),
    BYTES(td_report, mrtd, "hash of its first memory: the virtual firmware"),
    BYTES(td_report, mr_config_id,
	  "configuration that its host set; dstack: the app"),
    BYTES(td_report, mr_owner, "set by its host"),
    BYTES(td_report, mr_owner_config, "set by its host"),
    BYTES(td_report, rtmr[0], "extended at run time: firmware configuration"),
    BYTES(td_report, rtmr[1], "extended at run time: kernel"),
    BYTES(td_report, rtmr[2], "extended at run time: command line, initrd"),
    BYTES(td_report, rtmr[3], "extended at run time: the application"),
    BYTES(td_report, report_data, "64 bytes of its own choice"),
    /* 1.5 goes on. */
    BYTES(td_report, tee_tcb_svn2, "of the TDX module now loaded"),
    BYTES(td_report, mr_service_td,
	  "hash of a service TD bound to it; zeros: none"),
    /* 1.5ex goes on. */
    BYTES(td_report, vmid, "of a partitioned TD's virtual machine"),
    BYTES(td_report, td_id, "of this launch; kept when migrated"),
    BYTES(td_report, dev_info, "hash of the devices bound to it"),
    BYTES(td_report, init_service_td_hash,
	  "of the service TDs that it was created with"),
    BYTES(td_report, init_service_td_attributes, "of those"),
    BYTES(td_report, init_cpu_svn, "CPU SVN where it was created"),
    BYTES(td_report, init_tee_tcb_svn, "TDX module where it was created"),
    BYTES(td_report, init_tee_fmspc, "platform where it was created"),
    BYTES(td_report, cur_service_td_hash, "of its service TDs now"),
    BYTES(td_report, cur_service_td_attributes, "of those"),
};
#define TD15_MORE 2
#define TD15EX_MORE 10
#define TD_FIELDS(more) {td_fields, ARRAY_LEN(td_fields) - (more)}

const struct quote_fields QUOTE_HEADER_FIELDS = TABLE(header_fields);
const struct quote_fields SGX_REPORT_FIELDS = TABLE(sgx_fields);
const struct quote_fields TD_REPORT_FIELDS =
    TD_FIELDS(TD15EX_MORE + TD15_MORE);
const struct quote_fields TD15_REPORT_FIELDS = TD_FIELDS(TD15EX_MORE);
const struct quote_fields TD15EX_REPORT_FIELDS = TD_FIELDS(0);

struct quote_fields quote_body_fields(enum quote_body body)
{
	switch (body) {
	case QUOTE_BODY_SGX:
		return SGX_REPORT_FIELDS;
	case QUOTE_BODY_TD:
		return TD_REPORT_FIELDS;
	case QUOTE_BODY_TD15:
		return TD15_REPORT_FIELDS;
	case QUOTE_BODY_TD15EX:
		break;
	}
	return TD15EX_REPORT_FIELDS;
}

size_t quote_body_len(enum quote_body body)
{
	struct quote_fields t = quote_body_fields(body);
	size_t n = 0;

	for (size_t i = 0; i < t.n; i++)
		n += t.f[i].len;
	return n;
}

static void add_le(struct buf *out, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_addc(out, (char)(v >> (8 * i)));
}

uint64_t quote_le(const uint8_t *p, size_t bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

void fields_write(struct buf *out, struct quote_fields t, const void *obj)
{
	for (size_t i = 0; i < t.n; i++) {
		const uint8_t *p = (const uint8_t *)obj + t.f[i].at;
		uint16_t v16;
		uint32_t v32;
		uint64_t v64;

		switch (t.f[i].kind) {
		case FIELD_BYTES:
			buf_add(out, p, t.f[i].len);
			break;
		case FIELD_U16:
			memcpy(&v16, p, sizeof(v16));
			add_le(out, v16, sizeof(v16));
			break;
		case FIELD_U32:
			memcpy(&v32, p, sizeof(v32));
			add_le(out, v32, sizeof(v32));
			break;
		case FIELD_U64:
			memcpy(&v64, p, sizeof(v64));
			add_le(out, v64, sizeof(v64));
			break;
		}
	}
}

void fields_read(void *ret_obj, struct quote_fields t, const uint8_t *data)
{
	for (size_t i = 0; i < t.n; i++) {
		uint8_t *p = (uint8_t *)ret_obj + t.f[i].at;
		uint64_t v =
		    t.f[i].kind == FIELD_BYTES ? 0 : quote_le(data, t.f[i].len);
		uint16_t v16 = (uint16_t)v;
		uint32_t v32 = (uint32_t)v;

		switch (t.f[i].kind) {
		case FIELD_BYTES:
			memcpy(p, data, t.f[i].len);
			break;
		case FIELD_U16:
			memcpy(p, &v16, sizeof(v16));
			break;
		case FIELD_U32:
			memcpy(p, &v32, sizeof(v32));
			break;
		case FIELD_U64:
			memcpy(p, &v, sizeof(v));
			break;
		}
		data += t.f[i].len;
	}
}

struct hash32 sgx_report_hash(const struct sgx_report *r)
{
	struct buf b = BUF_INIT(SGX_REPORT_LEN);
	struct hash32 h;

	fields_write(&b, SGX_REPORT_FIELDS, r);
	h = sha256(b.data, b.len);
	buf_done(&b);
	return h;
}

static void write_signed(struct buf *out, const struct quote *q)
{
	fields_write(out, QUOTE_HEADER_FIELDS, &q->header);
	if (q->layout == 5) {
		add_le(out, q->body_type, 2);
		add_le(out, q->body_size, 4);
	}
	if (q->body == QUOTE_BODY_SGX)
		fields_write(out, SGX_REPORT_FIELDS, &q->sgx);
	else
		fields_write(out, quote_body_fields(q->body), &q->td);
}

struct hash32 quote_signed_hash(const struct quote *q)
{
	struct buf b =
	    BUF_INIT(QUOTE_HEADER_LEN + QUOTE_BODY_HEAD_LEN + TD15EX_REPORT_LEN);
	struct hash32 h;

	write_signed(&b, q);
	h = sha256(b.data, b.len);
	buf_done(&b);
	return h;
}

static void patch_le32(struct buf *out, size_t at, size_t v)
{
	for (unsigned i = 0; i < 4 && at + i < out->len; i++)
		out->data[at + i] = (uint8_t)(v >> (8 * i));
}

/* From the QE report to the certificates: version 3's tail, 4's inner part. */
static void write_qe(struct buf *out, struct quote_map *m, size_t base,
		     const struct quote *q)
{
	m->qe_report = out->len - base;
	fields_write(out, SGX_REPORT_FIELDS, &q->qe);
	m->qe_sig = out->len - base;
	buf_add(out, &q->qe_sig, sizeof(q->qe_sig));
	m->qe_auth_len = out->len - base;
	add_le(out, q->qe_auth_len, 2);
	m->qe_auth = out->len - base;
	buf_add(out, q->qe_auth, q->qe_auth_len);
	m->cert_type = out->len - base;
	add_le(out, q->cert_type, 2);
	m->cert_len = out->len - base;
	add_le(out, q->cert_len, 4);
	m->cert = out->len - base;
	buf_add(out, q->cert, q->cert_len);
	m->end = out->len - base;
}

static size_t body_at(unsigned layout)
{
	return QUOTE_HEADER_LEN + (layout == 5 ? QUOTE_BODY_HEAD_LEN : 0);
}

void quote_write(struct buf *out, struct quote_map *ret_map,
		 const struct quote *q)
{
	size_t base = out->len;
	struct quote_map m = {.body = body_at(q->layout)};

	write_signed(out, q);
	m.signed_len = m.auth_len = out->len - base;
	add_le(out, 0, 4);
	m.auth = out->len - base;
	buf_add(out, &q->sig, sizeof(q->sig));
	m.att_key = out->len - base;
	buf_add(out, &q->att_key, sizeof(q->att_key));
	if (q->layout != 3) {
		m.outer_type = out->len - base;
		add_le(out, QUOTE_CERT_QE_REPORT, 2);
		m.outer_len = out->len - base;
		add_le(out, 0, 4);
	}
	write_qe(out, &m, base, q);
	patch_le32(out, base + m.auth_len, m.end - m.auth);
	if (m.outer_len)
		patch_le32(out, base + m.outer_len, m.end - m.qe_report);
	buf_add(out, q->tail, q->tail_len);
	*ret_map = m;
}

/* A reader that knows where it is and says so when the bytes run out. */
struct cursor {
	const uint8_t *data;
	size_t at, end; /* end: of what encloses it */
	struct err *e;
};

/* The next @n bytes, or NULL with the error set. */
static const uint8_t *take(struct cursor *c, size_t n, const char *what)
{
	const uint8_t *p = c->data + c->at;

	if (n > c->end - c->at) {
		err_set(c->e, ERR_PARSE, 0,
			"offset %zu: %s needs %zu bytes, %zu are left", c->at,
			what, n, c->end - c->at);
		return NULL;
	}
	c->at += n;
	return p;
}

static bool take_num(struct cursor *c, uint32_t *ret, unsigned bytes,
		     const char *what)
{
	const uint8_t *p = take(c, bytes, what);

	if (p)
		*ret = (uint32_t)quote_le(p, bytes);
	return p;
}

static bool take_fields(struct cursor *c, void *ret, struct quote_fields t,
			size_t len, const char *what)
{
	const uint8_t *p = take(c, len, what);

	if (p)
		fields_read(ret, t, p);
	return p;
}

static bool take_copy(struct cursor *c, void *ret, size_t len, const char *what)
{
	const uint8_t *p = take(c, len, what);

	if (p)
		memcpy(ret, p, len);
	return p;
}

/* A u32 length that must reach exactly to the end of what encloses it. */
static bool take_rest_len(struct cursor *c, const char *what)
{
	size_t at = c->at;
	uint32_t n = 0;

	if (!take_num(c, &n, 4, what))
		return false;
	if (n == c->end - c->at)
		return true;
	return err_set(c->e, ERR_PARSE, 0,
		       "offset %zu: %s says %u bytes, but %zu follow", at, what,
		       n, c->end - c->at);
}

static bool parse_header(struct cursor *c, struct quote_header *h)
{
	if (!take_fields(c, h, QUOTE_HEADER_FIELDS, QUOTE_HEADER_LEN,
			 "the header"))
		return false;
	if (h->version < 3 || h->version > 5)
		return err_set(
		    c->e, ERR_UNSUPPORTED, 0,
		    "offset 0: quote version %u; 3, 4 and 5 are read",
		    h->version);
	if (h->key_type != QUOTE_KEY_P256)
		return err_set(c->e, ERR_UNSUPPORTED, 0,
			       "offset 2: attestation key type %u; only 2 "
			       "(ECDSA-256-with-P-256) is read",
			       h->key_type);
	if (h->tee_type == QUOTE_TEE_SGX ||
	    (h->tee_type == QUOTE_TEE_TDX && h->version != 3))
		return true;
	return err_set(c->e, ERR_UNSUPPORTED, 0,
		       "offset 4: TEE type 0x%x in a quote of version %u; it "
		       "must be %s",
		       h->tee_type, h->version,
		       h->version == 3 ? "0x0 (SGX)"
				       : "0x81 (TDX) or 0x0 (SGX)");
}

/* Version 5 says what its body is; older ones have but one kind. */
static bool parse_body_head(struct cursor *c, struct quote *q)
{
	uint32_t type = 0, size = 0;
	size_t at = c->at;

	q->body = q->header.tee_type == QUOTE_TEE_SGX ? QUOTE_BODY_SGX
						      : QUOTE_BODY_TD;
	if (q->layout != 5)
		return true;
	if (!take_num(c, &type, 2, "the body type") ||
	    !take_num(c, &size, 4, "the body size"))
		return false;
	if (type < QUOTE_BODY_SGX || type > QUOTE_BODY_TD15EX ||
	    (type == QUOTE_BODY_SGX) != (q->body == QUOTE_BODY_SGX))
		return err_set(c->e, ERR_UNSUPPORTED, 0,
			       "offset %zu: body type %u; %s", at, type,
			       q->body == QUOTE_BODY_SGX
				   ? "an SGX quote's is 1"
				   : "2 (TD 1.0), 3 (TD 1.5) and 4 (TD "
				     "1.5ex) are read");
	q->body = (enum quote_body)type;
	q->body_type = (uint16_t)type;
	q->body_size = size;
	if (size != quote_body_len(q->body))
		return err_set(
		    c->e, ERR_PARSE, 0,
		    "offset %zu: body size %u; type %u has %zu bytes", at + 2,
		    size, type, quote_body_len(q->body));
	return true;
}

static bool parse_body(struct cursor *c, struct quote *q, struct quote_map *m)
{
	q->layout = q->header.version;
	if (!parse_body_head(c, q))
		return false;
	m->body = c->at;
	if (q->body == QUOTE_BODY_SGX)
		return take_fields(c, &q->sgx, SGX_REPORT_FIELDS,
				   SGX_REPORT_LEN, "the enclave's report");
	return take_fields(c, &q->td, quote_body_fields(q->body),
			   quote_body_len(q->body), "the TD report");
}

static bool parse_qe(struct cursor *c, struct quote *q, struct quote_map *m)
{
	uint32_t n = 0;

	m->qe_report = c->at;
	if (!take_fields(c, &q->qe, SGX_REPORT_FIELDS, SGX_REPORT_LEN,
			 "the QE report"))
		return false;
	m->qe_sig = c->at;
	if (!take_copy(c, &q->qe_sig, sizeof(q->qe_sig),
		       "the QE report's signature"))
		return false;
	m->qe_auth_len = c->at;
	if (!take_num(c, &n, 2, "the length of the QE auth data"))
		return false;
	m->qe_auth = c->at;
	q->qe_auth_len = n;
	q->qe_auth = take(c, n, "the QE auth data");
	if (!q->qe_auth)
		return false;
	m->cert_type = c->at;
	if (!take_num(c, &n, 2, "the certification data type"))
		return false;
	q->cert_type = (uint16_t)n;
	m->cert_len = c->at;
	if (!take_rest_len(c, "the certification data length"))
		return false;
	m->cert = c->at;
	q->cert_len = c->end - c->at;
	q->cert = take(c, q->cert_len, "the certification data");
	return q->cert;
}

static bool parse_auth(struct cursor *c, struct quote *q, struct quote_map *m)
{
	uint32_t n = 0;

	if (!take_copy(c, &q->sig, sizeof(q->sig), "the quote's signature"))
		return false;
	m->att_key = c->at;
	if (!take_copy(c, &q->att_key, sizeof(q->att_key),
		       "the attestation key"))
		return false;
	if (q->layout == 3)
		return parse_qe(c, q, m);
	m->outer_type = c->at;
	if (!take_num(c, &n, 2, "the outer certification data type"))
		return false;
	if (n != QUOTE_CERT_QE_REPORT)
		return err_set(c->e, ERR_PARSE, 0,
			       "offset %zu: outer certification data type %u; "
			       "versions 4 and 5 must have 6",
			       m->outer_type, n);
	m->outer_len = c->at;
	return take_rest_len(c, "the outer certification data length") &&
	       parse_qe(c, q, m);
}

bool quote_parse(struct quote *ret, struct quote_map *ret_map,
		 const uint8_t *data, size_t len, struct err *e)
{
	struct cursor c = {.data = data, .end = len, .e = e};
	struct quote q = {.tail = NULL};
	struct quote_map m = {.outer_type = 0};
	uint32_t n = 0;

	if (!parse_header(&c, &q.header))
		return false;
	if (!parse_body(&c, &q, &m))
		return false;
	m.signed_len = m.auth_len = c.at;
	if (!take_num(&c, &n, 4, "the auth data length"))
		return false;
	m.auth = c.at;
	if (n > len - c.at)
		return err_set(e, ERR_PARSE, 0,
			       "offset %zu: the auth data length says %u "
			       "bytes, but %zu follow",
			       m.auth_len, n, len - c.at);
	c.end = c.at + n;
	if (!parse_auth(&c, &q, &m))
		return false;
	m.end = c.at;
	q.tail = data + c.at;
	q.tail_len = len - c.at;
	*ret = q;
	*ret_map = m;
	return true;
}
