#include "simulate/pcs.h"

#include "base/base.h"
#include "base/hex.h"
#include "simulate/collateral.h"

#define SGX "/sgx/certification/v4/"
#define TDX "/tdx/certification/v4/"
#define ROOT_CRL "/IntelSGXRootCA.der"
#define JSON "application/json"
#define PEM "application/x-pem-file"

/* A request on its way to an answer. */
struct query {
	const struct world *world;
	const struct tee *tee;
	const char *text; /* a=b&c=d */
	bool tdx;
	struct collateral c;
};

bool pcs_is_path(const char *path)
{
	return !strncmp(path, SGX, sizeof(SGX) - 1) ||
	       !strncmp(path, TDX, sizeof(TDX) - 1) || !strcmp(path, ROOT_CRL);
}

/* A parameter's text, empty if it is not there; the caller's. */
static char *param(const struct query *q, const char *name)
{
	const char *at = q->text;
	size_t name_len = strlen(name);

	while (*at) {
		size_t len = strcspn(at, "&");

		if (len > name_len && !strncmp(at, name, name_len) &&
		    at[name_len] == '=')
			return xstrndup(at + name_len + 1, len - name_len - 1);
		at += len + (at[len] == '&');
	}
	return xstrdup("");
}

/* What may stand in a header as it is: RFC 3986's unreserved characters. */
static char *escape(const struct buf *pem)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	struct buf b = BUF_INIT(3 * pem->len + 1);

	for (size_t i = 0; i < pem->len; i++)
		if (strchr(plain, pem->data[i]))
			buf_addc(&b, (char)pem->data[i]);
		else
			buf_addf(&b, "%%%02X", pem->data[i]);
	return buf_take(&b);
}

static struct reply with_chain(struct reply r, const char *header,
			       const struct buf *pem)
{
	reply_header(&r, header, escape(pem));
	return r;
}

/* Hex digits of exactly @len bytes, of either case. */
static bool hex_param(uint8_t *ret, size_t len, const struct query *q,
		      const char *name)
{
	char *text CLEANUP(freep) = param(q, name);
	struct err e = ERR_INIT;

	return strlen(text) == 2 * len &&
	       hex_decode(ret, len, text, 2 * len, &e);
}

/* Which evaluation is asked for; an answer if there is none such. */
static bool right_evaluation(const struct query *q, struct reply *ret)
{
	char *update CLEANUP(freep) = param(q, "update");
	char *number CLEANUP(freep) = param(q, "tcbEvaluationDataNumber");
	uint64_t now = collateral_evaluation(&q->world->intel), n;
	struct err e = ERR_INIT;

	if (*update && *number)
		*ret = reply_error(400, "update and tcbEvaluationDataNumber "
					"exclude each other");
	else if (*update && strcmp(update, "standard") &&
		 strcmp(update, "early"))
		*ret = reply_error(400, "update is standard or early");
	else if (*number && !dec_u64(&n, number, &e))
		*ret = reply_error(400, "tcbEvaluationDataNumber: %s", e.text);
	else if (*number && n < now)
		*ret =
		    reply_error(410,
				"number %llu is no longer served; "
				"it is %llu now",
				(unsigned long long)n, (unsigned long long)now);
	else if (*number && n > now)
		*ret = reply_error(404, "there is no number %llu yet",
				   (unsigned long long)n);
	else
		return true;
	return false;
}

/* {"<name>":<the signed text>,"signature":"…"} */
static struct reply body(const char *name, const struct signed_body *b)
{
	struct buf out = BUF_INIT(COLLATERAL_MAX);

	buf_addf(&out, "{\"%s\":", name);
	buf_add(&out, b->text.data, b->text.len);
	buf_adds(&out, ",\"signature\":\"");
	buf_addhex(&out, &b->sig, sizeof(b->sig));
	buf_adds(&out, "\"}");
	return reply_bytes(200, JSON, &out);
}

/* All of it, for one platform, by one of its CAs. */
static bool prepare(struct query *q, const struct collateral_of *of,
		    struct reply *ret)
{
	struct err e = ERR_INIT;

	if (collateral_init(&q->c, of, &e))
		return true;
	*ret = reply_error(500, "%s", e.text);
	return false;
}

static struct collateral_of own(const struct query *q)
{
	struct collateral_of of = collateral_of(q->tee, &q->world->intel);

	of.sgx = !q->tdx;
	return of;
}

static bool is_known(const struct world *w, const uint8_t fmspc[6])
{
	for (size_t i = 0; i < w->n; i++)
		if (!memcmp(w->tees[i]->platform.fmspc, fmspc, 6))
			return true;
	return false;
}

static struct reply tcb(struct query *q)
{
	struct collateral_of of = own(q);
	struct reply r;

	if (!hex_param(of.fmspc, sizeof(of.fmspc), q, "fmspc"))
		return reply_error(400, "fmspc must be 12 hex digits");
	if (!right_evaluation(q, &r))
		return r;
	if (!is_known(q->world, of.fmspc))
		return reply_error(404, "no platform has this FMSPC");
	if (!prepare(q, &of, &r))
		return r;
	r = body("tcbInfo", &q->c.tcb_info);
	r = with_chain(r, "TCB-Info-Issuer-Chain", &q->c.signer_chain);
	/* What older caching services call it. */
	r = with_chain(r, "SGX-TCB-Info-Issuer-Chain", &q->c.signer_chain);
	collateral_done(&q->c);
	return r;
}

static struct reply identity(struct query *q)
{
	struct collateral_of of = own(q);
	struct reply r;

	if (!right_evaluation(q, &r) || !prepare(q, &of, &r))
		return r;
	r = body("enclaveIdentity", &q->c.identity);
	r = with_chain(r, "SGX-Enclave-Identity-Issuer-Chain",
		       &q->c.signer_chain);
	collateral_done(&q->c);
	return r;
}

/* A body that is made when it is asked for. */
static struct reply
made_body(struct query *q, const char *name, const char *header,
	  bool (*make)(struct signed_body *ret, const struct collateral *c,
		       struct err *e))
{
	struct collateral_of of = own(q);
	struct signed_body b;
	struct err e = ERR_INIT;
	struct reply r;

	if (!prepare(q, &of, &r))
		return r;
	if (make(&b, &q->c, &e)) {
		r = body(name, &b);
		r = with_chain(r, header, &q->c.signer_chain);
		signed_body_done(&b);
	} else {
		r = reply_error(500, "%s", e.text);
	}
	collateral_done(&q->c);
	return r;
}

static struct reply qve_identity(struct query *q)
{
	struct reply r;

	if (!right_evaluation(q, &r))
		return r;
	return made_body(q, "enclaveIdentity",
			 "SGX-Enclave-Identity-Issuer-Chain",
			 collateral_qve_identity);
}

static struct reply evaluation_numbers(struct query *q)
{
	return made_body(q, "tcbEvaluationDataNumbers",
			 "TCB-Evaluation-Data-Numbers-Issuer-Chain",
			 collateral_evaluation_numbers);
}

static struct reply pckcrl(struct query *q)
{
	char *ca CLEANUP(freep) = param(q, "ca");
	char *encoding CLEANUP(freep) = param(q, "encoding");
	struct collateral_of of = own(q);
	struct buf out = BUF_INIT(2 * CRL_MAX);
	bool der = !strcmp(encoding, "der");
	struct reply r;

	of.processor_ca = !strcmp(ca, "processor");
	if (!of.processor_ca && strcmp(ca, "platform"))
		return reply_error(400, "ca is processor or platform");
	if (*encoding && !der && strcmp(encoding, "pem"))
		return reply_error(400, "encoding is pem or der");
	if (!prepare(q, &of, &r))
		return r;
	if (der)
		buf_add(&out, q->c.pck_crl_der.data, q->c.pck_crl_der.len);
	else
		pem_add(&out, "X509 CRL", q->c.pck_crl_der.data,
			q->c.pck_crl_der.len);
	r = reply_bytes(200, der ? "application/pkix-crl" : PEM, &out);
	r = with_chain(r, "SGX-PCK-CRL-Issuer-Chain", &q->c.ca_chain);
	collateral_done(&q->c);
	return r;
}

/* PCCS gives the root's list as hex text; Intel, elsewhere, its bytes. */
static struct reply root_crl(struct query *q, bool hex)
{
	struct collateral_of of = own(q);
	struct buf out = BUF_INIT(2 * CRL_MAX);
	struct reply r;

	if (!prepare(q, &of, &r))
		return r;
	if (hex)
		buf_addhex(&out, q->c.root_crl_der.data, q->c.root_crl_der.len);
	else
		buf_add(&out, q->c.root_crl_der.data, q->c.root_crl_der.len);
	collateral_done(&q->c);
	return reply_bytes(200, hex ? "text/plain" : "application/pkix-crl",
			   &out);
}

static struct reply root_crl_hex(struct query *q)
{
	return root_crl(q, true);
}

/* The chain's leaf alone, genuine whatever is wrong with quotes. */
static bool leaf_pem(struct buf *out, const struct tee *t, struct err *e)
{
	static const enum pki_link leaf[] = {PKI_LEAF};

	return pki_chain_pem(out, &t->chain, leaf, 1, e);
}

/* CPUSVN, then the PCESVN, little-endian. */
static char *tcbm(const struct tee *t)
{
	const struct sgx_platform *p = &t->platform;
	struct buf b = BUF_INIT(64);

	buf_addhex(&b, p->cpu_svn, sizeof(p->cpu_svn));
	buf_addf(&b, "%02x%02x", (unsigned)p->pce_svn & 0xff,
		 (unsigned)p->pce_svn >> 8);
	return buf_take(&b);
}

static struct reply certificate_headers(struct query *q, struct reply r)
{
	const struct tee *t = q->tee;
	struct buf fmspc = BUF_INIT(16);

	buf_addhex(&fmspc, t->platform.fmspc, sizeof(t->platform.fmspc));
	reply_header(&r, "SGX-FMSPC", buf_take(&fmspc));
	reply_header(
	    &r, "SGX-PCK-Certificate-CA-Type",
	    xstrdup(t->platform.of_processor_ca ? "processor" : "platform"));
	return with_chain(r, "SGX-PCK-Certificate-Issuer-Chain",
			  &q->c.ca_chain);
}

/* Whether the platform that is asked about is this host's. */
static bool is_ours(const struct query *q, struct reply *ret)
{
	char *ppid CLEANUP(freep) = param(q, "encrypted_ppid");
	uint8_t pce_id[2];

	/* Nobody but Intel can decrypt it: any is this machine's. */
	if (*ppid && strlen(ppid) != 768)
		*ret = reply_error(400, "encrypted_ppid must be 768 digits");
	else if (!hex_param(pce_id, sizeof(pce_id), q, "pceid"))
		*ret = reply_error(400, "pceid must be 4 hex digits");
	else if (memcmp(pce_id, q->tee->platform.pce_id, sizeof(pce_id)))
		*ret = reply_error(404, "this platform has another PCE");
	else
		return true;
	return false;
}

static struct reply pckcert(struct query *q)
{
	struct collateral_of of = own(q);
	struct buf pem = BUF_INIT(PKI_PEM_MAX);
	uint8_t cpu_svn[16], pce_svn[2];
	struct err e = ERR_INIT;
	struct reply r;

	if (!hex_param(cpu_svn, sizeof(cpu_svn), q, "cpusvn") ||
	    !hex_param(pce_svn, sizeof(pce_svn), q, "pcesvn"))
		return reply_error(400, "cpusvn must be 32 hex digits, pcesvn "
					"4 of them");
	if (!is_ours(q, &r) || !prepare(q, &of, &r))
		return r;
	if (leaf_pem(&pem, q->tee, &e)) {
		r = certificate_headers(q, reply_bytes(200, PEM, &pem));
		reply_header(&r, "SGX-TCBm", tcbm(q->tee));
	} else {
		r = reply_error(500, "%s", e.text);
		buf_done(&pem);
	}
	collateral_done(&q->c);
	return r;
}

static struct reply pckcerts(struct query *q)
{
	struct collateral_of of = own(q);
	const struct sgx_platform *p = &q->tee->platform;
	struct buf pem = BUF_INIT(PKI_PEM_MAX);
	char *escaped CLEANUP(freep) = NULL, *tcb_m CLEANUP(freep) = NULL;
	struct err e = ERR_INIT;
	struct reply r;
	json_t *svn;

	if (!is_ours(q, &r) || !prepare(q, &of, &r))
		return r;
	if (!leaf_pem(&pem, q->tee, &e)) {
		r = reply_error(500, "%s", e.text);
		goto out;
	}
	escaped = escape(&pem);
	tcb_m = tcbm(q->tee);
	svn = json_object();
	for (unsigned i = 0; i < 16; i++) {
		char name[32];

		snprintf(name, sizeof(name), "sgxtcbcomp%02usvn", i + 1);
		json_object_set_new(svn, name, json_integer(p->comp_svn[i]));
	}
	json_object_set_new(svn, "pcesvn", json_integer(p->pce_svn));
	r = reply_json(200, json_pack("[{s:o, s:s, s:s}]", "tcb", svn, "tcbm",
				      tcb_m, "cert", escaped));
	r = certificate_headers(q, r);
out:
	buf_done(&pem);
	collateral_done(&q->c);
	return r;
}

static struct reply fmspcs(struct query *q)
{
	json_t *all = json_array();

	for (size_t i = 0; i < q->world->n; i++) {
		const struct sgx_platform *p = &q->world->tees[i]->platform;
		json_t *hex;
		size_t j = 0;

		while (memcmp(q->world->tees[j]->platform.fmspc, p->fmspc, 6))
			j++;
		if (j < i)
			continue;
		hex = json_hex(p->fmspc, sizeof(p->fmspc));
		json_array_append_new(
		    all, json_pack("{s:o, s:s}", "fmspc", hex, "platform",
				   p->of_processor_ca ? "client" : "E5"));
	}
	return reply_json(200, all);
}

static const struct {
	const char *name;
	bool sgx_only;
	struct reply (*fn)(struct query *q);
} services[] = {
    {"tcb", false, tcb},
    {"qe/identity", false, identity},
    {"qve/identity", true, qve_identity},
    {"tcbevaluationdatanumbers", false, evaluation_numbers},
    {"pckcrl", true, pckcrl},
    {"rootcacrl", true, root_crl_hex},
    {"pckcert", true, pckcert},
    {"pckcerts", true, pckcerts},
    {"pckcerts/config", true, pckcerts},
    {"fmspcs", true, fmspcs},
};

static struct reply serve(struct query *q, const char *path)
{
	const char *name = path + sizeof(SGX) - 1;

	if (!strcmp(path, ROOT_CRL))
		return root_crl(q, false);
	q->tdx = !strncmp(path, TDX, sizeof(TDX) - 1);
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (!strcmp(services[i].name, name) &&
		    !(q->tdx && services[i].sgx_only))
			return services[i].fn(q);
	return reply_error(404, "no such resource: %.200s", path);
}

struct reply pcs_answer(const struct world *w, const struct tee *t,
			const struct http_in *in)
{
	struct query q = {.world = w, .tee = t, .text = in->query};
	struct reply r;

	if (strcmp(in->method, "GET"))
		return reply_error(405, "%.20s: use GET", in->method);
	r = serve(&q, in->path);
	reply_header(&r, "Request-ID",
		     xstrdup("00000000000000000000000000000000"));
	return r;
}
