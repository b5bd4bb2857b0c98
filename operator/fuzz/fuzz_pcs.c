/*
 * What a PCS or a PCCS answers: a revocation list, or signed JSON with its
 * signer's chain in a header, which is the input's first line. Signed JSON is cut
 * out to the byte by hand: what is cut out is what a JSON parser finds there.
 */
#include "operator/collateral.c"
#include "operator/pcs.c"

int fuzz_one(const uint8_t *data, size_t n);

static void check_text(const struct pcs_text *t, const struct buf *body,
		       const char *name)
{
	CLEANUP(json_decrefp) json_t *whole = NULL, *cut = NULL;
	const json_t *there;
	struct err e = ERR_INIT;

	ASSERT(t->signer.data);
	ASSERT(json_parse(&whole, buf_str(body), body->len, "it", &e));
	ASSERT(json_at(&there, whole, name, &e));
	ASSERT(json_parse(&cut, (const char *)t->text.data, t->text.len,
			  "what is cut out", &e));
	ASSERT(json_equal(cut, there));
}

static void try_text(const struct http_answer *a, const char *name)
{
	struct pcs_text t = {.text = {0}};
	struct err e = ERR_INIT;

	if (take_text(&t, a, name, "Chain", &e))
		check_text(&t, &a->body, name);
	else
		ASSERT(e.code != ERR_NONE && e.text[0]);
	text_done(&t);
}

static void try_crl(const struct http_answer *a)
{
	struct der crl = {0};
	struct err e = ERR_INIT;
	const uint8_t *part;
	size_t len;

	if (!take_crl(&crl, a, &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return;
	}
	if (signed_part(&crl, &part, &len)) {
		ASSERT(part > crl.data && *part == 0x30 && len >= 2);
		ASSERT(len <= crl.len - (size_t)(part - crl.data));
	}
	free(crl.data);
}

int fuzz_one(const uint8_t *data, size_t n)
{
	struct http_answer a = {.body = BUF_INIT(ANSWER_MAX)};
	const uint8_t *end = n ? memchr(data, '\n', n) : NULL;

	if (end) {
		a.header = xstrndup((const char *)data, (size_t)(end - data));
		n -= (size_t)(end + 1 - data);
		data = end + 1;
	}
	buf_add(&a.body, data, n);
	try_crl(&a);
	try_text(&a, "tcbInfo");
	try_text(&a, "enclaveIdentity");
	http_answer_done(&a);
	return 0;
}
