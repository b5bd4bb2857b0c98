#include "simulate/collateral.h"

#include "base/base.h"
#include "simulate/reply.h"

#define DAY INTEL_DAY
#define EVALUATION 17

uint64_t collateral_evaluation(const struct intel *intel)
{
	return EVALUATION + (uint64_t)intel->bar;
}

char *collateral_date(int64_t unix_s)
{
	time_t t = unix_s;
	struct tm tm;

	ASSERT(gmtime_r(&t, &tm));
	return xasprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
}

static void put(json_t *j, const char *name, json_t *take_v)
{
	ASSERT(!json_object_set_new(j, name, take_v));
}

static void put_text(json_t *j, const char *name, const char *text)
{
	put(j, name, json_string(text));
}

/* Upper case, as Intel writes all hex but signatures. */
static void put_hex(json_t *j, const char *name, const void *data, size_t len)
{
	struct buf b = BUF_INIT(1024);

	for (size_t i = 0; i < len; i++)
		buf_addf(&b, "%02X", ((const uint8_t *)data)[i]);
	put_text(j, name, buf_str(&b));
	buf_done(&b);
}

static void put_window(json_t *j, const struct intel *i)
{
	char *issued CLEANUP(freep) = collateral_date(intel_issued(i));
	char *next CLEANUP(freep) = collateral_date(i->at + 30 * DAY);

	put_text(j, "issueDate", issued);
	put_text(j, "nextUpdate", next);
}

/* Date, status and advisories, with which every kind of level ends. */
static void put_status(json_t *j, const char *date, const char *status)
{
	put_text(j, "tcbDate", date);
	put_text(j, "tcbStatus", status);
	if (strcmp(status, "UpToDate"))
		put(j, "advisoryIDs", json_pack("[s]", "SIMULATED-SA-00001"));
}

struct isv_level {
	int svn;
	const char *date, *status;
};

/* Levels by ISVSVN, of modules and quoting enclaves. */
static void put_isv_levels(json_t *j, const struct isv_level *l, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *level = json_object();

		put(level, "tcb", json_pack("{si}", "isvsvn", l[i].svn));
		put_status(level, l[i].date, l[i].status);
		json_array_append_new(all, level);
	}
	put(j, "tcbLevels", all);
}

static void put_module(json_t *j, const struct td_report *td)
{
	static const uint8_t mask[8] = {0xff, 0xff, 0xff, 0xff,
					0xff, 0xff, 0xff, 0xff};
	static const uint8_t none[8];

	put_hex(j, "mrsigner", td->mr_signer_seam, 48);
	put_hex(j, "attributes", none, sizeof(none));
	put_hex(j, "attributesMask", mask, sizeof(mask));
}

static void put_modules(json_t *j, const struct td_report *td)
{
	static const struct isv_level levels[] = {
	    {5, "2024-03-13T00:00:00Z", "UpToDate"},
	    {3, "2023-08-09T00:00:00Z", "OutOfDate"},
	    {2, "2023-02-15T00:00:00Z", "Revoked"},
	};
	json_t *module = json_object(), *identity = json_object();
	json_t *all = json_array();

	put_module(module, td);
	put(j, "tdxModule", module);
	put_text(identity, "id", "TDX_01");
	put_module(identity, td);
	put_isv_levels(identity, levels, ARRAY_LEN(levels));
	json_array_append_new(all, identity);
	put(j, "tdxModuleIdentities", all);
}

static json_t *components(const uint8_t svn[16])
{
	json_t *all = json_array();

	for (unsigned i = 0; i < 16; i++)
		json_array_append_new(all, json_pack("{si}", "svn", svn[i]));
	return all;
}

/*
 * The @n-th level from the top. Platforms are bought at the one that is the
 * first as long as the bar was never raised.
 */
static json_t *tcb_level(const struct collateral_of *of, unsigned n)
{
	/* TEE_TCB_SVN[0] is the module's own, judged by its identity. */
	static const uint8_t tdx[16] = {1, 0, 2};
	unsigned bought = of->intel->bar;
	json_t *tcb = json_object(), *level = json_object();
	struct sgx_platform p;
	const char *status = n ? "OutOfDate" : "UpToDate";

	pki_platform_tcb(&p, (int)bought - (int)n);
	if (n == bought &&
	    strcmp(intel_status(of->intel, of->fmspc), "UpToDate"))
		status = intel_status(of->intel, of->fmspc);
	put(tcb, "sgxtcbcomponents", components(p.comp_svn));
	put(tcb, "pcesvn", json_integer(p.pce_svn));
	if (!of->sgx)
		put(tcb, "tdxtcbcomponents", components(tdx));
	put(level, "tcb", tcb);
	put_status(level, n ? "2023-08-09T00:00:00Z" : "2024-03-13T00:00:00Z",
		   status);
	return level;
}

static json_t *tcb_info(const struct collateral *c)
{
	const struct collateral_of *of = &c->of;
	const struct sgx_platform *p = &of->tee->platform;
	json_t *j = json_object(), *levels = json_array();
	struct td_report module;

	put_text(j, "id", of->sgx ? "SGX" : "TDX");
	put(j, "version", json_integer(3));
	put_window(j, of->intel);
	put_hex(j, "fmspc", of->fmspc, sizeof(of->fmspc));
	put_hex(j, "pceId", p->pce_id, sizeof(p->pce_id));
	put(j, "tcbType", json_integer(0));
	put(j, "tcbEvaluationDataNumber",
	    json_integer((json_int_t)collateral_evaluation(of->intel)));
	if (!of->sgx) {
		memset(&module, 0, sizeof(module));
		put_modules(j, &module);
	}
	for (unsigned n = 0; n <= of->intel->bar + 1; n++)
		json_array_append_new(levels, tcb_level(of, n));
	put(j, "tcbLevels", levels);
	return j;
}

/* An enclave of Intel's: its attributes but for MODE64, which may be either. */
static void put_enclave(json_t *j, const struct collateral *c, const char *id,
			uint8_t attributes0, int product)
{
	const uint8_t attributes[16] = {attributes0};
	struct sgx_report qe;

	tee_qe(&qe, c->of.tee, c->of.sgx);
	put_text(j, "id", id);
	put(j, "version", json_integer(2));
	put_window(j, c->of.intel);
	put(j, "tcbEvaluationDataNumber",
	    json_integer((json_int_t)collateral_evaluation(c->of.intel)));
	put_text(j, "miscselect", "00000000");
	put_text(j, "miscselectMask", "FFFFFFFF");
	put_hex(j, "attributes", attributes, sizeof(attributes));
	/* XFRM is not judged. */
	put_text(j, "attributesMask", "FBFFFFFFFFFFFFFF0000000000000000");
	put_hex(j, "mrsigner", qe.mrsigner, sizeof(qe.mrsigner));
	put(j, "isvprodid", json_integer(product));
}

static json_t *identity(const struct collateral *c)
{
	const bool sgx = c->of.sgx;
	const struct isv_level levels[] = {
	    {sgx ? 8 : 6, "2024-03-13T00:00:00Z", "UpToDate"},
	    {4, "2023-08-09T00:00:00Z", "OutOfDate"},
	    {2, "2023-02-15T00:00:00Z", "Revoked"},
	};
	json_t *j = json_object();

	put_enclave(j, c, sgx ? "QE" : "TD_QE",
		    SGX_ATTR0_INIT | SGX_ATTR0_PROVISION_KEY, sgx ? 1 : 2);
	put_isv_levels(j, levels, ARRAY_LEN(levels));
	return j;
}

static json_t *qve_identity(const struct collateral *c)
{
	static const struct isv_level level = {3, "2024-03-13T00:00:00Z",
					       "UpToDate"};
	json_t *j = json_object();

	put_enclave(j, c, "QVE", SGX_ATTR0_INIT, 2);
	put_isv_levels(j, &level, 1);
	return j;
}

/* The one that is served: Intel has others for a year. */
static json_t *evaluation_numbers(const struct collateral *c)
{
	json_t *j = json_object(), *number = json_object();

	put_text(j, "id", c->of.sgx ? "SGX" : "TDX");
	put(j, "version", json_integer(1));
	put_window(j, c->of.intel);
	put(number, "tcbEvaluationDataNumber",
	    json_integer((json_int_t)collateral_evaluation(c->of.intel)));
	put_text(number, "tcbRecoveryEventDate", "2024-03-12T00:00:00Z");
	put_text(number, "tcbDate", "2024-03-13T00:00:00Z");
	put(j, "tcbEvalNumbers", json_pack("[o]", number));
	return j;
}

static void init_crl(struct crl_spec *ret, const struct cert_spec *issuer,
		     const struct seckey *key, const struct intel *i)
{
	*ret = (struct crl_spec){
	    .issuer_cn = issuer->subject_cn,
	    .this_update = intel_issued(i),
	    .next_update = i->at + 30 * DAY,
	    .number = intel_number(i),
	    .issuer_key = issuer->key,
	    .signer = *key,
	};
}

/* Every platform that Intel revoked, in the list of the CA that it is of. */
static void revoke_platforms(struct collateral *c)
{
	const struct intel *i = c->of.intel;

	for (size_t k = 0; k < i->revoked_n; k++)
		if (i->revoked[k].by_processor_ca == c->of.processor_ca)
			crl_revoke(&c->pck_crl, i->revoked[k].serial);
}

static bool init(struct collateral *c, const struct collateral_of *of,
		 struct err *e)
{
	const struct tee *t = of->tee;
	const struct cert_spec *chain = c->chain.cert;
	struct sgx_platform platform = t->platform;

	c->of = *of;
	c->at = of->intel->at;
	platform.of_processor_ca = of->processor_ca;
	if (!pki_chain_init(&c->chain, t->seed, t->identity, &platform, e) ||
	    !pki_signer_init(&c->signer, t->seed, e))
		return false;
	c->chain.cert[PKI_LEAF].sgx = NULL;
	/* The issuer of a certificate signs its CRL too. */
	init_crl(&c->root_crl, &chain[PKI_ROOT], &chain[PKI_CA].signer,
		 of->intel);
	init_crl(&c->pck_crl, &chain[PKI_CA], &chain[PKI_LEAF].signer,
		 of->intel);
	revoke_platforms(c);
	c->other_key = t->other_key;
	c->other_ca_cn =
	    of->processor_ca ? CERT_CN_PLATFORM_CA : CERT_CN_PROCESSOR_CA;
	c->other_ca_key = pki_key(
	    t->seed, of->processor_ca ? "platform-ca" : "processor-ca", "");
	if (!p256_public(&c->other_ca_pub, &c->other_ca_key, e))
		return false;
	c->tcb_info.json = tcb_info(c);
	c->identity.json = identity(c);
	c->tcb_info.signer = c->identity.signer =
	    pki_key(t->seed, "tcb-signing", "");
	return true;
}

static bool sign_body(struct signed_body *b, struct err *e)
{
	char *text CLEANUP(freep) = json_dumps(
	    b->json, b->dump_flags ? b->dump_flags : (size_t)JSON_COMPACT);
	struct hash32 h;

	ASSERT(text);
	buf_adds(&b->text, text);
	h = sha256(b->text.data, b->text.len);
	return p256_sign(&b->sig, &b->signer, &h, e);
}

static bool sign_more(struct signed_body *ret, const struct collateral *c,
		      json_t *take_json, struct err *e)
{
	*ret = (struct signed_body){
	    .json = take_json,
	    .signer = pki_key(c->of.tee->seed, "tcb-signing", ""),
	    .text = BUF_INIT(COLLATERAL_MAX),
	};
	if (sign_body(ret, e))
		return true;
	signed_body_done(ret);
	return false;
}

bool collateral_qve_identity(struct signed_body *ret,
			     const struct collateral *c, struct err *e)
{
	return sign_more(ret, c, qve_identity(c), e);
}

bool collateral_evaluation_numbers(struct signed_body *ret,
				   const struct collateral *c, struct err *e)
{
	return sign_more(ret, c, evaluation_numbers(c), e);
}

void signed_body_done(struct signed_body *b)
{
	json_decref(b->json);
	buf_done(&b->text);
}

/* Certificates in PEM. */
static bool make_chain(struct buf *out, const struct cert_spec *first,
		       const struct cert_spec *root, struct err *e)
{
	struct buf der = BUF_INIT(CERT_MAX);
	bool ok = cert_make(&der, first, e);

	if (ok) {
		pem_add(out, "CERTIFICATE", der.data, der.len);
		buf_clear(&der);
		ok = cert_make(&der, root, e);
	}
	if (ok)
		pem_add(out, "CERTIFICATE", der.data, der.len);
	buf_done(&der);
	return ok && buf_ok(out, "certificate chain", e);
}

static bool sign_all(struct collateral *c, struct err *e)
{
	const struct cert_spec *chain = c->chain.cert;

	return sign_body(&c->tcb_info, e) && sign_body(&c->identity, e) &&
	       crl_make(&c->root_crl_der, &c->root_crl, e) &&
	       crl_make(&c->pck_crl_der, &c->pck_crl, e) &&
	       make_chain(&c->ca_chain, &chain[PKI_CA], &chain[PKI_ROOT], e) &&
	       make_chain(&c->signer_chain, &c->signer, &chain[PKI_ROOT], e);
}

static void add_chain(struct buf *out, const char *name, const struct buf *pem)
{
	buf_addf(out, "\"%s\":", name);
	buf_addjson(out, buf_str(pem), pem->len);
	buf_addc(out, ',');
}

static void add_hex(struct buf *out, const char *name, const void *data,
		    size_t len)
{
	buf_addf(out, "\"%s\":\"", name);
	buf_addhex(out, data, len);
	buf_adds(out, "\"");
}

static void add_body(struct buf *out, const char *name,
		     const struct signed_body *b)
{
	char *signature CLEANUP(freep) = xasprintf("%s_signature", name);

	buf_addf(out, "\"%s\":", name);
	buf_addjson(out, (const char *)b->text.data, b->text.len);
	buf_addc(out, ',');
	add_hex(out, signature, &b->sig, sizeof(b->sig));
}

/* Members in the order in which dcap-qvl writes them. */
static bool write_json(struct buf *out, const struct collateral *c,
		       struct err *e)
{
	buf_addc(out, '{');
	add_chain(out, "pck_crl_issuer_chain", &c->ca_chain);
	add_hex(out, "root_ca_crl", c->root_crl_der.data, c->root_crl_der.len);
	buf_addc(out, ',');
	add_hex(out, "pck_crl", c->pck_crl_der.data, c->pck_crl_der.len);
	buf_addc(out, ',');
	add_chain(out, "tcb_info_issuer_chain", &c->signer_chain);
	add_body(out, "tcb_info", &c->tcb_info);
	buf_addc(out, ',');
	add_chain(out, "qe_identity_issuer_chain", &c->signer_chain);
	add_body(out, "qe_identity", &c->identity);
	buf_adds(out, "}\n");
	return buf_ok(out, "collateral", e);
}

struct collateral_of collateral_of(const struct tee *t,
				   const struct intel *intel)
{
	struct collateral_of of = {
	    .intel = intel,
	    .tee = t,
	    .sgx = t->kind == TEE_SGX3,
	    .processor_ca = t->platform.of_processor_ca,
	};

	memcpy(of.fmspc, t->platform.fmspc, sizeof(of.fmspc));
	return of;
}

bool collateral_init(struct collateral *ret, const struct collateral_of *of,
		     struct err *e)
{
	struct collateral c = {
	    .tcb_info.text = BUF_INIT(COLLATERAL_MAX),
	    .identity.text = BUF_INIT(COLLATERAL_MAX),
	    .root_crl_der = BUF_INIT(CRL_MAX),
	    .pck_crl_der = BUF_INIT(CRL_MAX),
	    .ca_chain = BUF_INIT(PKI_PEM_MAX),
	    .signer_chain = BUF_INIT(PKI_PEM_MAX),
	};
	struct fault_set f = fault_set_parts(&of->tee->faults);
	bool ok = init(&c, of, e);

	if (ok) {
		fault_set_spoil(&f, STAGE_COLLATERAL, &c);
		ok = sign_all(&c, e);
	}
	if (!ok) {
		collateral_done(&c);
		return err_ctx(e, "collateral of %s", of->tee->name);
	}
	fault_set_spoil(&f, STAGE_COLLATERAL_SIGNED, &c);
	*ret = c;
	return true;
}

void collateral_done(struct collateral *c)
{
	signed_body_done(&c->tcb_info);
	signed_body_done(&c->identity);
	buf_done(&c->root_crl_der);
	buf_done(&c->pck_crl_der);
	buf_done(&c->ca_chain);
	buf_done(&c->signer_chain);
	crl_done(&c->root_crl);
	crl_done(&c->pck_crl);
}

bool collateral_make(struct buf *out, const struct tee *t,
		     const struct intel *intel, struct err *e)
{
	struct collateral_of of = collateral_of(t, intel);
	struct fault_set faults = fault_set_parts(&t->faults);
	struct collateral c;
	bool ok;

	if (!fault_set_fits(&faults, tee_kind_form(t->kind), e) ||
	    !collateral_init(&c, &of, e))
		return false;
	ok = write_json(out, &c, e);
	collateral_done(&c);
	return ok;
}
