/*
 * quote verify - what our on-chain verifier says to a quote, or to many.
 *
 * Exit: 0 accepted, whatever the TCB status, 1 rejected, 2 could not be judged;
 * of many the highest.
 */
#include "cli/commands.h"
#include "cli/session.h"
#include "codec/quote_doc.h"
#include "crypto/cert_read.h"
#include "crypto/pem.h"
#include "devnet/judge.h"

#include <sys/stat.h>

#include "base/hex.h"

#include "base/base.h"

#define QUOTE_FILE_MAX ((size_t)512 << 10)
#define ROOT_FILE_MAX ((size_t)64 << 10)

struct options {
	const char *collateral, *root, *at, *policy;
	bool json;
};

static const struct option_spec options[] = {
	{ "collateral", OPTION_TEXT, "FILE",
	  "QuoteCollateralV3, as JSON; required for a quote",
	  offsetof(struct options, collateral) },
	{ "root", OPTION_TEXT, "PEM", "the root to trust (Intel's)",
	  offsetof(struct options, root) },
	{ "at", OPTION_TEXT, "UNIX", "when; required",
	  offsetof(struct options, at) },
	{ "policy", OPTION_TEXT, "none",
	  "do not refuse what is genuine, such as DEBUG",
	  offsetof(struct options, policy) },
	{ "json", OPTION_FLAG, NULL, "the verdict as one JSON object",
	  offsetof(struct options, json) },
	{ .name = NULL },
};

/* Intel SGX Root CA's public key, which every DCAP verifier has built in. */
#define INTEL_X \
	"0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
#define INTEL_Y \
	"67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394"

/* One quote to judge: where it is, and everything that a verdict needs. */
struct item {
	const char *name; /* as it was given */
	char *quote_path, *collateral_path, *root_path; /* owned; root or NULL */
	struct buf quote;
	json_t *collateral;
	struct p256_pub root;
};

/* The devnet, which is kept while the root stays the same. */
struct court {
	const struct options *o;
	struct session *session;
	uint64_t at;
	bool open; /* the session is, and the contracts are compiled */
	struct judge *judge;
	struct p256_pub root; /* the judge's */
};

static void print_text(const json_t *j)
{
	const char *verdict = json_string_value(json_object_get(j, "verdict"));
	const char *check = json_string_value(json_object_get(j, "check"));
	const json_t *id;
	size_t i;

	printf("%s: %s", json_string_value(json_object_get(j, "quote")),
	       verdict);
	if (check) {
		printf(": %s (%s)\n  %s\n", check,
		       json_string_value(json_object_get(j, "object")),
		       json_string_value(json_object_get(j, "detail")));
		return;
	}
	printf("\n  TCB status  %s\n  advisories ",
	       json_string_value(json_object_get(j, "tcb_status")));
	if (!json_array_size(json_object_get(j, "advisory_ids")))
		fputs(" none", stdout);
	json_array_foreach (json_object_get(j, "advisory_ids"), i, id)
		printf(" %s", json_string_value(id));
	printf("\n  until       %lld\n",
	       (long long)json_integer_value(
		       json_object_get(j, "valid_until")));
	json_array_foreach (json_object_get(j, "policy"), i, id)
		printf("  policy      %s: %s\n", json_string_value(id),
		       judge_policy_rule(json_string_value(id)));
}

static void print(const json_t *j, const struct options *o)
{
	CLEANUP(freep) char *text = NULL;

	if (!o->json) {
		print_text(j);
		return;
	}
	text = json_text(j);
	puts(text);
}

/* What could not be judged, and why, in the same form as a verdict. */
static int not_judged(const struct options *o, const struct item *in,
		      const char *check, const char *object,
		      const struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = json_pack(
		"{s:o, s:s, s:n, s:[], s:s, s:o, s:o}", "quote",
		json_said(in->name), "verdict", "not judged", "tcb_status",
		"advisory_ids", "check", check, "object", json_said(object),
		"detail", json_said(e->text));

	print(j, o);
	return EXIT_BROKEN;
}

static int judged(const struct options *o, const struct item *in,
		  const struct verdict *v)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const char *refused =
		o->policy ? NULL
			  : json_string_value(json_array_get(v->policy, 0));

	if (refused)
		j = json_pack("{s:o, s:s, s:s, s:O, s:s, s:s, s:o, s:O}",
			      "quote", json_said(in->name), "verdict",
			      "rejected", "tcb_status", v->tcb_status,
			      "advisory_ids", v->advisory_ids, "check", refused,
			      "object", "policy", "detail",
			      json_sprintf("%s. The quote is genuine: --policy "
					   "none judges it without",
					   judge_policy_rule(refused)),
			      "policy", v->policy);
	else if (v->accepted)
		j = json_pack("{s:o, s:s, s:s, s:O, s:n, s:s, s:I, s:O}",
			      "quote", json_said(in->name), "verdict",
			      "accepted", "tcb_status", v->tcb_status,
			      "advisory_ids", v->advisory_ids, "check",
			      "detail", "every check passed", "valid_until",
			      (json_int_t)v->valid_until, "policy", v->policy);
	else
		j = json_pack("{s:o, s:s, s:n, s:[], s:s, s:s, s:o}", "quote",
			      json_said(in->name), "verdict", "rejected",
			      "tcb_status", "advisory_ids", "check",
			      v->why.check, "object", v->why.where, "detail",
			      json_said(v->why.detail));
	print(j, o);
	return v->accepted && !refused ? EXIT_OK : EXIT_FAILED;
}

/* A certificate that can be an anchor at all: P-256, a CA, its own issuer. */
static bool read_root(struct p256_pub *ret, const char *path, struct err *e)
{
	struct buf file = BUF_INIT(ROOT_FILE_MAX), der = BUF_INIT(CERT_DER_MAX);
	struct cert_info c;
	size_t at = 0;
	bool found = false;
	bool ok = buf_read_file(&file, path, e) &&
		  pem_next(&der, &found, PEM_CERTIFICATE, file.data, file.len, &at, e) &&
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

/* The files of a directory that quote make wrote, or those that were given. */
static void set_paths(struct item *in, const struct options *o,
		      const char *name)
{
	struct stat st;
	const bool dir = !stat(name, &st) && S_ISDIR(st.st_mode);

	in->name = name;
	in->quote_path = dir ? xasprintf("%s/quote.bin", name) : xstrdup(name);
	if (o->collateral)
		in->collateral_path = xstrdup(o->collateral);
	else if (dir)
		in->collateral_path = xasprintf("%s/collateral.json", name);
	if (o->root)
		in->root_path = xstrdup(o->root);
	else if (dir)
		in->root_path = xasprintf("%s/root.pem", name);
}

static void item_done(struct item *in)
{
	free(in->quote_path);
	free(in->collateral_path);
	free(in->root_path);
	buf_done(&in->quote);
	json_decref(in->collateral);
}

/* What has none of the known forms is judged as it stands. */
static bool read_quote(struct item *in, struct err *e)
{
	struct buf file = BUF_INIT(QUOTE_FILE_MAX);
	CLEANUP(json_decrefp) json_t *events = NULL;
	struct err unused = ERR_INIT;
	bool ok = buf_read_file(&file, in->quote_path, e);

	if (ok && !quote_file(&in->quote, &events, file.data, file.len,
			      &unused)) {
		buf_clear(&in->quote);
		buf_add(&in->quote, file.data, file.len);
	}
	buf_done(&file);
	return ok;
}

static bool read_collateral(struct item *in, struct err *e)
{
	if (!json_read_file(&in->collateral, in->collateral_path, e))
		return false;
	return json_is_object(in->collateral) ||
	       err_set(e, ERR_SCHEMA, 0,
		       "%s is no JSON object; QuoteCollateralV3 is wanted",
		       in->collateral_path);
}

/* An exit code, or -1 once all is there. */
static int read_item(struct item *in, const struct options *o)
{
	struct err e = ERR_INIT;

	if (!read_quote(in, &e))
		return not_judged(o, in, "QuoteUnreadable", in->quote_path, &e);
	if (!read_collateral(in, &e))
		return not_judged(o, in, "CollateralUnreadable",
				  in->collateral_path, &e);
	if (in->root_path ? !read_root(&in->root, in->root_path, &e)
			  : !hex_decode(in->root.x, 32, INTEL_X, 64, &e) ||
				    !hex_decode(in->root.y, 32, INTEL_Y, 64,
						&e))
		return not_judged(o, in, "RootUnusable", in->root_path, &e);
	return -1;
}

static bool open_court(struct court *c, const struct p256_pub *root,
		       struct err *e)
{
	if (c->judge && !memcmp(&c->root, root, sizeof(*root)))
		return true;
	judge_free(TAKE(c->judge));
	/* Not before files are read: one may be a pipe, and Ctrl-C its end. */
	if (!c->open && !session_open(c->session, e))
		return false;
	if (!c->open && !session_compile(c->session, e)) {
		session_close(c->session);
		return false;
	}
	c->open = true;
	c->root = *root;
	return judge_new(&c->judge, c->session->loop, c->session->root, root,
			 e);
}

static int verify(struct court *c, const char *name)
{
	struct item in = { .quote = BUF_INIT(QUOTE_FILE_MAX) };
	struct verdict v;
	struct err e = ERR_INIT;
	int code;

	set_paths(&in, c->o, name);
	code = read_item(&in, c->o);
	if (code >= 0) {
		/* said already */
	} else if (open_court(c, &in.root, &e) &&
		   judge_quote(c->judge, &v, in.quote.data, in.quote.len,
			       in.collateral, c->at, &e)) {
		code = judged(c->o, &in, &v);
		verdict_done(&v);
	} else {
		code = not_judged(c->o, &in, "DevnetFailed", "devnet", &e);
	}
	item_done(&in);
	return code;
}

static int verify_all(const struct options *o, const char *const *names,
		      uint64_t at)
{
	struct session s;
	struct court c = { .o = o, .session = &s, .at = at };
	int worst = EXIT_OK;

	for (; *names && !(c.open && loop_stopped(s.loop)); names++) {
		int code = verify(&c, *names);

		worst = code > worst ? code : worst;
	}
	judge_free(TAKE(c.judge));
	if (c.open)
		session_close(&s);
	return worst;
}

/* What is wrong with the arguments, or NULL. */
static const char *lacking(const struct options *o, const char *const *names)
{
	struct stat st;

	if (!*names)
		return "say which QUOTE, or a directory of quote make";
	if (!o->at)
		return "--at is missing";
	if (o->policy && strcmp(o->policy, "none"))
		return "--policy is `none`, or not given";
	for (; !o->collateral && *names; names++)
		if (stat(*names, &st) || !S_ISDIR(st.st_mode))
			return "--collateral is missing";
	return NULL;
}

static int verify_main(const char *const *argv)
{
	CLEANUP(freep) const char **names = NULL;
	struct options o = { 0 };
	struct err e = ERR_INIT;
	uint64_t at = 0;
	const char *why;
	int code;

	if (!command_options(&command_quote_verify, &o, argv, &names, &code))
		return code;
	why = lacking(&o, names);
	if (!why && !dec_u64(&at, o.at, &e)) {
		err_ctx(&e, "--at");
		why = e.text;
	}
	if (why) {
		fprintf(stderr, "avsbed quote verify: %s\n", why);
		return EXIT_USAGE;
	}
	return verify_all(&o, names, at);
}

const struct command command_quote_verify = {
	.name = "quote verify",
	.args = "QUOTE… --collateral FILE --at UNIX, or DIR… --at UNIX",
	.help = "a quote, judged by our on-chain verifier on a private devnet",
	.options = options,
	.main = verify_main,
};
