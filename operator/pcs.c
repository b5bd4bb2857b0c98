#include "operator/pcs.h"

#include "base/base.h"
#include "base/hex.h"
#include "codec/json.h"

#define ANSWER_MAX (2u << 20)
#define SGX "/sgx/certification/v4"
#define TDX "/tdx/certification/v4"

static void text_done(struct pcs_text *t)
{
	free(t->text.data);
	free(t->signer.data);
}

void pcs_collateral_done(struct pcs_collateral *c)
{
	free(c->root_crl.data);
	free(c->pck_crl.data);
	text_done(&c->tcb_info);
	text_done(&c->qe_identity);
	*c = (struct pcs_collateral){0};
}

/* Some give the service's address with the path of its first version. */
static size_t base_len(const char *url)
{
	size_t len = strlen(url), path = strlen(SGX);

	while (len && url[len - 1] == '/')
		len--;
	if (len > path && !strncmp(url + len - path, SGX, path))
		len -= path;
	return len;
}

static bool get(const struct pcs *p, const char *path, const char *header,
		struct http_answer *ret, struct err *e)
{
	bool tcp = !strncmp(p->endpoint, "http", 4);
	CLEANUP(freep)
	char *url = xasprintf("%.*s%s", tcp ? (int)base_len(p->endpoint) : 10,
			      tcp ? p->endpoint : "http://pcs", path);
	struct http_request r = {.method = "GET",
				 .url = url,
				 .unix_path = tcp ? NULL : p->endpoint,
				 .answer_max = ANSWER_MAX,
				 .want_header = header,
				 .timeout_ms = p->timeout_ms};

	if (!http_fetch(p->http, &r, ret, e))
		return false;
	if (ret->status == 200)
		return true;
	err_set(e, ERR_HTTP, ret->status, "answered %d to %s", ret->status,
		path);
	http_answer_done(ret);
	return false;
}

/* --- revocation lists ------------------------------------------------------- */

/* A PCCS gives the root's list as hex; others as it is. */
static bool take_crl(struct der *ret, const struct http_answer *a,
		     struct err *e)
{
	const char *text = buf_str(&a->body);
	size_t len = a->body.len;

	if (len && a->body.data[0] == 0x30 && a->body.data[1] & 0x80) {
		ret->data = xmalloc(len);
		memcpy(ret->data, a->body.data, len);
		ret->len = len;
		return true;
	}
	len = strspn(text, "0123456789abcdefABCDEF");
	return hex_decode_alloc(&ret->data, &ret->len, text, len, e);
}

static bool get_crl(struct der *ret, const struct pcs *p, const char *path,
		    struct err *e)
{
	struct http_answer a;
	bool ok;

	if (!get(p, path, NULL, &a, e))
		return false;
	ok = take_crl(ret, &a, e);
	http_answer_done(&a);
	if (ok && ret->len == 0)
		ok = err_set(e, ERR_PARSE, 0, "it is empty");
	return ok || err_ctx(e, "the answer to %s", path);
}

/* --- signed JSON -------------------------------------------------------------- */

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at))
		at++;
	return at;
}

/* Behind the string that begins at @at. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : end;
}

/* Behind the object that begins at @at. */
static const char *skip_object(const char *at, const char *end)
{
	unsigned depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		depth += *at == '{';
		depth -= *at == '}';
		at++;
		if (!depth)
			break;
	}
	return at;
}

/* Of a JSON object: the signature is over these bytes and no others. */
static bool object_of(struct der *ret, const struct buf *body,
		      const char *name, struct err *e)
{
	const char *at = skip_space(buf_str(body), buf_str(body) + body->len);
	const char *end = buf_str(body) + body->len, *key, *value;

	for (at++; at < end; at++) {
		if (*at == '{') {
			at = skip_object(at, end) - 1;
			continue;
		}
		if (*at != '"')
			continue;
		key = at + 1;
		at = skip_string(at, end);
		value = skip_space(at, end);
		if (value < end && *value == ':')
			value = skip_space(value + 1, end);
		if ((size_t)(at - 1 - key) != strlen(name) ||
		    strncmp(key, name, strlen(name)) || value >= end ||
		    *value != '{') {
			at--;
			continue;
		}
		ret->len = (size_t)(skip_object(value, end) - value);
		ret->data = xmalloc(ret->len);
		memcpy(ret->data, value, ret->len);
		return true;
	}
	return err_set(e, ERR_SCHEMA, 0, "%s: no such object", name);
}

/* The first certificate of a chain that is percent-encoded PEM. */
static bool first_of_chain(struct der *ret, const char *header, struct err *e)
{
	struct cert_chain chain;
	struct buf pem = BUF_INIT(ANSWER_MAX);
	bool ok;

	for (const char *c = header; *c; c++) {
		int high = *c == '%' ? hex_digit(c[1]) : -1;
		int low = high >= 0 ? hex_digit(c[2]) : -1;

		buf_addc(&pem, low >= 0 ? (char)(high * 16 + low) : *c);
		c += low >= 0 ? 2 : 0;
	}
	ok = pem_chain(&chain, buf_str(&pem), pem.len, e);
	buf_done(&pem);
	if (!ok)
		return err_ctx(e, "its issuer chain");
	*ret = chain.certs[0];
	chain.certs[0] = (struct der){0};
	cert_chain_done(&chain);
	return true;
}

static bool take_text(struct pcs_text *ret, const struct http_answer *a,
		      const char *name, const char *header, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const char *hex;

	if (!json_parse(&j, buf_str(&a->body), a->body.len, "it", e) ||
	    !json_text_at(&hex, j, "signature", e))
		return false;
	if (!hex_decode(ret->signature, sizeof(ret->signature), hex,
			strlen(hex), e))
		return err_ctx(e, "signature");
	if (!a->header)
		return err_set(e, ERR_SCHEMA, 0, "the header %s is missing",
			       header);
	return object_of(&ret->text, &a->body, name, e) &&
	       first_of_chain(&ret->signer, a->header, e);
}

static bool get_text(struct pcs_text *ret, const struct pcs *p,
		     const char *path, const char *name, const char *header,
		     struct err *e)
{
	struct http_answer a;
	bool ok;

	if (!get(p, path, header, &a, e))
		return false;
	ok = take_text(ret, &a, name, header, e);
	http_answer_done(&a);
	return ok || err_ctx(e, "the answer to %s", path);
}

static bool fetch_all(struct pcs_collateral *c, const struct pcs *p,
		      const uint8_t fmspc[6], bool processor, struct err *e)
{
	struct buf tcb = BUF_INIT(128);
	bool ok;

	buf_adds(&tcb, TDX "/tcb?fmspc=");
	buf_addhex(&tcb, fmspc, 6);
	ok = get_crl(&c->root_crl, p, SGX "/rootcacrl", e) &&
	     get_crl(&c->pck_crl, p,
		     processor ? SGX "/pckcrl?ca=processor&encoding=der"
			       : SGX "/pckcrl?ca=platform&encoding=der",
		     e) &&
	     get_text(&c->tcb_info, p, buf_str(&tcb), "tcbInfo",
		      "TCB-Info-Issuer-Chain", e) &&
	     get_text(&c->qe_identity, p, TDX "/qe/identity",
		      "enclaveIdentity", "SGX-Enclave-Identity-Issuer-Chain",
		      e);
	buf_done(&tcb);
	return ok;
}

bool pcs_fetch(struct pcs_collateral *ret, const struct pcs *p,
	       const uint8_t fmspc[6], bool processor, struct err *e)
{
	struct pcs_collateral c = {0};

	if (fetch_all(&c, p, fmspc, processor, e)) {
		*ret = c;
		return true;
	}
	pcs_collateral_done(&c);
	return err_ctx(e, "PCS at %s", p->endpoint);
}
