/*
 * quote verify - what our on-chain verifier says to a quote.
 *
 * Exit: 0 accepted, whatever the TCB status, 1 rejected, 2 could not be judged.
 */
#include "cli/commands.h"
#include "cli/session.h"
#include "codec/quote_doc.h"
#include "crypto/cert_read.h"
#include "devnet/judge.h"

#include "base/hex.h"

#include "base/base.h"

#define QUOTE_FILE_MAX ((size_t)512 << 10)
#define ROOT_FILE_MAX ((size_t)64 << 10)

struct options {
	const char *collateral, *root, *at;
	bool json;
};

static const struct option_spec options[] = {
	{ "collateral", OPTION_TEXT, "FILE",
	  "QuoteCollateralV3, as JSON; required",
	  offsetof(struct options, collateral) },
	{ "root", OPTION_TEXT, "PEM", "the root to trust (Intel's)",
	  offsetof(struct options, root) },
	{ "at", OPTION_TEXT, "UNIX", "when; required",
	  offsetof(struct options, at) },
	{ "json", OPTION_FLAG, NULL, "the verdict as one JSON object",
	  offsetof(struct options, json) },
	{ .name = NULL },
};

/* Intel SGX Root CA's public key, which every DCAP verifier has built in. */
#define INTEL_X \
	"0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
#define INTEL_Y \
	"67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394"

/* Everything that a verdict is made from. */
struct inputs {
	struct buf quote;
	json_t *collateral;
	struct p256_pub root;
	uint64_t at;
};

static void print_text(const json_t *j)
{
	const char *verdict =
		json_string_value(json_object_get(j, "verdict"));
	const char *check = json_string_value(json_object_get(j, "check"));
	const json_t *id;
	size_t i;

	if (check) {
		printf("%s: %s (%s)\n  %s\n", verdict, check,
		       json_string_value(json_object_get(j, "object")),
		       json_string_value(json_object_get(j, "detail")));
		return;
	}
	printf("%s\n  TCB status  %s\n  advisories ", verdict,
	       json_string_value(json_object_get(j, "tcb_status")));
	if (!json_array_size(json_object_get(j, "advisory_ids")))
		fputs(" none", stdout);
	json_array_foreach (json_object_get(j, "advisory_ids"), i, id)
		printf(" %s", json_string_value(id));
	printf("\n  until       %lld\n",
	       (long long)json_integer_value(
		       json_object_get(j, "valid_until")));
	json_array_foreach (json_object_get(j, "policy"), i, id)
		printf("  %s: genuine, but for the AVS's policy to refuse\n",
		       json_string_value(id));
}

static void print(const json_t *j, bool json)
{
	CLEANUP(freep) char *text = NULL;

	if (!json) {
		print_text(j);
		return;
	}
	text = json_text(j);
	puts(text);
}

/* What could not be judged, and why, in the same form as a verdict. */
static int not_judged(const struct options *o, const char *check,
		      const char *object, const struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = json_pack(
		"{s:s, s:n, s:[], s:s, s:s, s:o}", "verdict", "not judged",
		"tcb_status", "advisory_ids", "check", check, "object", object,
		"detail", json_said(e->text));

	print(j, o->json);
	return EXIT_BROKEN;
}

static int judged(const struct options *o, const struct verdict *v)
{
	CLEANUP(json_decrefp) json_t *j = NULL;

	if (v->accepted)
		j = json_pack("{s:s, s:s, s:O, s:n, s:s, s:I, s:O}", "verdict",
			      "accepted", "tcb_status", v->tcb_status,
			      "advisory_ids", v->advisory_ids, "check",
			      "detail", "every check passed", "valid_until",
			      (json_int_t)v->valid_until, "policy", v->policy);
	else
		j = json_pack("{s:s, s:n, s:[], s:s, s:s, s:o}", "verdict",
			      "rejected", "tcb_status", "advisory_ids",
			      "check", v->why.check, "object", v->why.where,
			      "detail", json_said(v->why.detail));
	print(j, o->json);
	return v->accepted ? EXIT_OK : EXIT_FAILED;
}

/* A certificate that can be an anchor at all: P-256, a CA, its own issuer. */
static bool read_root(struct p256_pub *ret, const char *path, struct err *e)
{
	struct buf file = BUF_INIT(ROOT_FILE_MAX), der = BUF_INIT(CERT_DER_MAX);
	struct cert_info c;
	size_t at = 0;
	bool found = false;
	bool ok = buf_read_file(&file, path, e) &&
		  pem_next(&der, &found, file.data, file.len, &at, e) &&
		  cert_read(&c, found ? der.data : file.data,
			    found ? der.len : file.len, e);

	buf_done(&file);
	buf_done(&der);
	if (!ok)
		return err_ctx(e, "%s", path);
	if (!c.is_p256)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "%s: the key is %s; attestation roots are P-256",
			       path, c.key_kind);
	if (!c.is_ca || !cert_signed_by(&c, &c.key))
		return err_set(e, ERR_CRYPTO, 0,
			       "%s: %s is no root: %s", path, c.subject,
			       c.is_ca ? "its own key did not sign it"
				       : "it is not marked as a CA");
	*ret = c.key;
	return true;
}

/* An exit code, or -1 once all is there. */
static int read_inputs(struct inputs *in, const struct options *o,
		       const char *path)
{
	struct buf file = BUF_INIT(QUOTE_FILE_MAX);
	json_t *events = NULL;
	struct err e = ERR_INIT, unused = ERR_INIT;
	bool ok = buf_read_file(&file, path, &e);

	/* What has none of the known forms is judged as it stands. */
	if (ok && quote_file(&in->quote, &events, file.data, file.len,
			     &unused))
		json_decref(events);
	else if (ok)
		buf_add(&in->quote, file.data, file.len);
	buf_done(&file);
	if (!ok)
		return not_judged(o, "QuoteUnreadable", path, &e);
	if (!json_read_file(&in->collateral, o->collateral, &e))
		return not_judged(o, "CollateralUnreadable", o->collateral, &e);
	if (!json_is_object(in->collateral)) {
		(void)err_set(&e, ERR_SCHEMA, 0,
			      "%s is no JSON object; QuoteCollateralV3 is "
			      "wanted",
			      o->collateral);
		return not_judged(o, "CollateralUnreadable", o->collateral, &e);
	}
	if (o->root ? !read_root(&in->root, o->root, &e)
		    : !hex_decode(in->root.x, 32, INTEL_X, 64, &e) ||
			      !hex_decode(in->root.y, 32, INTEL_Y, 64, &e))
		return not_judged(o, "RootUnusable", o->root, &e);
	return -1;
}

static int verify(const struct options *o, const struct inputs *in)
{
	CLEANUP(judge_freep) struct judge *j = NULL;
	struct err e = ERR_INIT;
	struct session s;
	struct verdict v;
	int code;

	if (!session_open(&s, &e))
		return not_judged(o, "DevnetFailed", "devnet", &e);
	if (session_compile(&s, &e) &&
	    judge_new(&j, s.loop, s.root, &in->root, &e) &&
	    judge_quote(j, &v, in->quote.data, in->quote.len, in->collateral,
			in->at, &e)) {
		code = judged(o, &v);
		verdict_done(&v);
	} else {
		code = not_judged(o, "DevnetFailed", "devnet", &e);
	}
	judge_free(TAKE(j));
	session_close(&s);
	return code;
}

static int verify_main(const char *const *argv)
{
	CLEANUP(freep) const char **files = NULL;
	struct inputs in = { .quote = BUF_INIT(QUOTE_FILE_MAX) };
	struct options o = { 0 };
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_quote_verify, &o, argv, &files, &code))
		return code;
	if (!files[0] || files[1] || !o.collateral || !o.at) {
		fprintf(stderr, "avsbed quote verify: %s\n",
			!files[0] || files[1] ? "say one QUOTE"
			: !o.collateral	      ? "--collateral is missing"
					      : "--at is missing");
		return EXIT_USAGE;
	}
	if (!dec_u64(&in.at, o.at, &e)) {
		fprintf(stderr, "avsbed quote verify: --at: %s\n", e.text);
		return EXIT_USAGE;
	}
	code = read_inputs(&in, &o, files[0]);
	if (code < 0)
		code = verify(&o, &in);
	buf_done(&in.quote);
	json_decref(in.collateral);
	return code;
}

const struct command command_quote_verify = {
	.name = "quote verify",
	.args = "QUOTE --collateral FILE --at UNIX",
	.help = "a quote, judged by our on-chain verifier on a private devnet",
	.options = options,
	.main = verify_main,
};
