#include "simulate/tee.h"

#include "base/base.h"
#include "simulate/draft.h"

void draft_bind(struct draft *d)
{
	uint8_t both[sizeof(d->q.att_key) + QE_AUTH_MAX];
	size_t len = d->q.qe_auth_len;
	struct hash32 h;

	memcpy(both, &d->q.att_key, sizeof(d->q.att_key));
	memcpy(both + sizeof(d->q.att_key), d->qe_auth, len);
	h = sha256(both, sizeof(d->q.att_key) + len);
	memcpy(d->q.qe.report_data, h.b, sizeof(h.b));
}

/* The (TD) quoting enclave, as Intel's: its values but for who it is. */
void tee_qe(struct sgx_report *qe, const struct tee *t, bool sgx)
{
	const char *who =
	    sgx ? "SIMULATED quoting enclave" : "SIMULATED TD quoting enclave";
	static const char by[] = "SIMULATED signer of quoting enclaves";
	struct hash32 h;

	*qe = (struct sgx_report){.misc_select = 0};
	memcpy(qe->cpu_svn, t->platform.comp_svn, sizeof(qe->cpu_svn));
	qe->attributes[0] =
	    SGX_ATTR0_INIT | SGX_ATTR0_MODE64 | SGX_ATTR0_PROVISION_KEY;
	qe->attributes[8] = 0xe7;
	h = sha256(who, strlen(who));
	memcpy(qe->mrenclave, h.b, sizeof(h.b));
	h = sha256(by, strlen(by));
	memcpy(qe->mrsigner, h.b, sizeof(h.b));
	qe->isv_prod_id = sgx ? 1 : 2;
	qe->isv_svn = sgx ? 8 : 6;
}

/* Header and body, by the kind of TEE. */
static void init_body(struct quote *q, const struct tee *t,
		      const uint8_t report_data[TEE_REPORT_DATA])
{
	struct quote_form form = tee_kind_form(t->kind);

	q->layout = q->header.version = form.layout;
	q->header.key_type = QUOTE_KEY_P256;
	q->header.tee_type = QUOTE_TEE_TDX;
	q->body = form.body;
	q->body_type = (uint16_t)q->body;
	q->body_size = (uint32_t)quote_body_len(q->body);
	q->td = t->td;
	q->sgx = t->sgx;
	memcpy(q->td.report_data, report_data, TEE_REPORT_DATA);
	memcpy(q->sgx.report_data, report_data, TEE_REPORT_DATA);
	if (t->kind == TEE_SGX3) {
		q->header.tee_type = QUOTE_TEE_SGX;
		q->header.qe_svn = 8;
		q->header.pce_svn = t->platform.pce_svn;
	}
}

static void init(struct draft *d, const struct tee *t,
		 const uint8_t report_data[TEE_REPORT_DATA])
{
	struct quote *q = &d->q;

	d->platform = t->platform;
	d->chain = t->chain;
	d->chain.cert[PKI_LEAF].sgx = &d->platform;
	for (unsigned i = 0; i < PKI__COUNT; i++)
		d->order[i] = (enum pki_link)i;
	d->order_n = PKI__COUNT;
	d->qe_signer = t->pck_key;
	d->quote_signer = t->att_key;
	d->other = t->other_key;
	d->other_pub = t->other_pub;
	d->ca_pub = t->chain.cert[PKI_CA].key;
	d->pem = BUF_INIT(PKI_PEM_MAX);
	d->wire = BUF_INIT(QUOTE_MAX);

	init_body(q, t, report_data);
	memcpy(q->header.vendor, QUOTE_VENDOR_INTEL, sizeof(q->header.vendor));
	pki_bytes(q->header.user_data, 16, t->seed, "qe-id", t->identity);
	q->att_key = t->att_pub;
	q->qe_auth = d->qe_auth;
	q->qe_auth_len = QE_AUTH_LEN;
	q->cert_type = QUOTE_CERT_PCK_CHAIN;
	tee_qe(&q->qe, t, t->kind == TEE_SGX3);
	for (unsigned i = 0; i < QE_AUTH_MAX; i++)
		d->qe_auth[i] = (uint8_t)i;
	draft_bind(d);
}

static bool certify(struct draft *d, const struct tee *t,
		    const struct fault_set *f, struct err *e)
{
	const struct buf *pem = &t->pem;

	/* Three signatures that only a fault in the chain makes differ. */
	if (fault_set_touches(f, STAGE_CERTS)) {
		if (!pki_chain_pem(&d->pem, &d->chain, d->order, d->order_n, e))
			return false;
		buf_addc(&d->pem, 0);
		pem = &d->pem;
	}
	d->q.cert = pem->data;
	d->q.cert_len = pem->len;
	return buf_ok(pem, "certificate chain", e);
}

static bool make(struct draft *d, const struct tee *t,
		 const struct fault_set *f, struct err *e)
{
	struct hash32 h;

	fault_set_apply(f, STAGE_CERTS, d);
	if (!certify(d, t, f, e))
		return false;
	fault_set_apply(f, STAGE_QE, d);
	h = sgx_report_hash(&d->q.qe);
	if (!p256_sign(&d->q.qe_sig, &d->qe_signer, &h, e))
		return err_ctx(e, "QE report");
	fault_set_apply(f, STAGE_BODY, d);
	h = quote_signed_hash(&d->q);
	if (!p256_sign(&d->q.sig, &d->quote_signer, &h, e))
		return err_ctx(e, "quote");
	fault_set_apply(f, STAGE_SIGNED, d);
	quote_write(&d->wire, &d->map, &d->q);
	if (!buf_ok(&d->wire, "quote", e))
		return false;
	fault_set_apply(f, STAGE_WIRE, d);
	fault_set_apply(f, STAGE_LENGTH, d);
	return true;
}

bool tee_quote(struct buf *out, const struct tee *t,
	       const uint8_t report_data[TEE_REPORT_DATA], struct err *e)
{
	struct fault_set faults = fault_set_parts(&t->faults);
	struct draft d = {.order_n = 0};
	bool ok;

	init(&d, t, report_data);
	ok = fault_set_fits(&faults, tee_kind_form(t->kind), e) &&
	     make(&d, t, &faults, e);
	if (ok) {
		buf_add(out, d.wire.data, d.wire.len);
		ok = buf_ok(out, "quote", e);
	}
	buf_done(&d.pem);
	buf_done(&d.wire);
	return ok ? true : err_ctx(e, "instance %s", t->name);
}
