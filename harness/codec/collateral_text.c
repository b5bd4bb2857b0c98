/* collateral_doc_text: the document as lines. */
#include "codec/collateral_doc.h"

#include "codec/quote_doc_priv.h"

#include "base/base.h"

/* What is signed may be of any form: of what has another one nothing is said. */
static bool failed(struct buf *out, const json_t *j)
{
	const char *error = text_member(j, "error");

	if (*error)
		buf_addf(out, "  %s\n", error);
	return *error;
}

static void chains(struct buf *out, const json_t *all)
{
	const json_t *j;
	size_t i;

	json_array_foreach (all, i, j) {
		buf_addf(out, "%s\n", text_member(j, "member"));
		if (!failed(out, j))
			text_certificates(out,
					  json_object_get(j, "certificates"));
	}
}

static void revoked(struct buf *out, const json_t *all)
{
	const json_t *j;
	size_t i;

	buf_addf(out, "  revoked: %zu\n", json_array_size(all));
	json_array_foreach (all, i, j)
		buf_addf(out, "    %s  %s  %s\n", text_member(j, "serial"),
			 text_member(j, "when"), text_member(j, "reason"));
}

static void crls(struct buf *out, const json_t *all)
{
	const json_t *j;
	size_t i;

	json_array_foreach (all, i, j) {
		const char *number = text_member(j, "number");

		buf_addf(out, "%s\n", text_member(j, "member"));
		if (failed(out, j))
			continue;
		buf_addf(out,
			 "  issuer %s\n  version %lld, number %s%s, issuer's "
			 "key %s\n  valid %s to %s\n",
			 text_member(j, "issuer"), text_int(j, "version"),
			 *number ? "0x" : "none", number,
			 text_member(j, "authority"),
			 text_member(j, "this_update"),
			 text_member(j, "next_update"));
		revoked(out, json_object_get(j, "revoked"));
	}
}

static void svns(struct buf *out, const char *name, const json_t *all)
{
	const json_t *j;
	size_t i;

	if (!json_array_size(all))
		return;
	buf_addf(out, ", %s", name);
	json_array_foreach (all, i, j)
		buf_addf(out, " %lld", text_int(j, "svn"));
}

static void levels(struct buf *out, const char *indent, const json_t *all)
{
	const json_t *j, *id;
	size_t i, k;

	json_array_foreach (all, i, j) {
		const json_t *tcb = json_object_get(j, "tcb");
		const json_t *isv = json_object_get(tcb, "isvsvn");

		buf_addf(out, "%slevel %zu: %s, of %.10s", indent, i + 1,
			 text_member(j, "tcbStatus"),
			 text_member(j, "tcbDate"));
		if (isv)
			buf_addf(out, ", ISVSVN %lld",
				 text_int(tcb, "isvsvn"));
		else
			buf_addf(out, ", PCE %lld", text_int(tcb, "pcesvn"));
		svns(out, "SGX", json_object_get(tcb, "sgxtcbcomponents"));
		svns(out, "TDX", json_object_get(tcb, "tdxtcbcomponents"));
		buf_addc(out, '\n');
		if (json_array_size(json_object_get(j, "advisoryIDs")))
			buf_addf(out, "%s ", indent);
		json_array_foreach (json_object_get(j, "advisoryIDs"), k, id)
			buf_addf(out, " %s",
				 json_is_string(id) ? json_string_value(id)
						    : "?");
		if (k)
			buf_addc(out, '\n');
	}
}

static void head(struct buf *out, const json_t *j)
{
	buf_addf(out, "  %s, version %lld, evaluation %lld\n  valid %s to %s\n",
		 text_member(j, "id"), text_int(j, "version"),
		 text_int(j, "tcbEvaluationDataNumber"),
		 text_member(j, "issueDate"), text_member(j, "nextUpdate"));
}

static void module(struct buf *out, const json_t *j)
{
	const char *id = text_member(j, "id");

	buf_addf(out, "  TDX module %s: signer %s, attributes %s of %s\n",
		 *id ? id : "of version 0", text_member(j, "mrsigner"),
		 text_member(j, "attributes"),
		 text_member(j, "attributesMask"));
	levels(out, "    ", json_object_get(j, "tcbLevels"));
}

static void tcb_info(struct buf *out, const json_t *j)
{
	const json_t *m;
	size_t i;

	buf_adds(out, "tcb_info\n");
	if (failed(out, j))
		return;
	head(out, j);
	buf_addf(out, "  platform FMSPC %s, PCE id %s\n",
		 text_member(j, "fmspc"), text_member(j, "pceId"));
	if (json_object_get(j, "tdxModule"))
		module(out, json_object_get(j, "tdxModule"));
	json_array_foreach (json_object_get(j, "tdxModuleIdentities"), i, m)
		module(out, m);
	levels(out, "  ", json_object_get(j, "tcbLevels"));
}

static void qe_identity(struct buf *out, const json_t *j)
{
	buf_adds(out, "qe_identity\n");
	if (failed(out, j))
		return;
	head(out, j);
	buf_addf(out,
		 "  signer %s, product %lld\n  attributes %s of %s\n  "
		 "miscselect %s of %s\n",
		 text_member(j, "mrsigner"), text_int(j, "isvprodid"),
		 text_member(j, "attributes"), text_member(j, "attributesMask"),
		 text_member(j, "miscselect"),
		 text_member(j, "miscselectMask"));
	levels(out, "  ", json_object_get(j, "tcbLevels"));
}

void collateral_doc_text(struct buf *out, const json_t *doc)
{
	const json_t *name;
	size_t i;

	buf_adds(out, "collateral, QuoteCollateralV3\n");
	chains(out, json_object_get(doc, "chains"));
	crls(out, json_object_get(doc, "crls"));
	tcb_info(out, json_object_get(doc, "tcb_info"));
	qe_identity(out, json_object_get(doc, "qe_identity"));
	text_signatures(out, json_object_get(doc, "signatures"));
	json_array_foreach (json_object_get(doc, "not_read"), i, name)
		buf_addf(out, "not read: %s\n", json_string_value(name));
}
