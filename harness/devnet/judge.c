#include "devnet/judge.h"

#include <ctype.h>

#include "base/base.h"
#include "codec/quote.h"
#include "devnet/anvil.h"
#include "devnet/artifact.h"
#include "devnet/forge.h"
#include "eth/node.h"

#define CHAIN_ID 31337
#define CODE_MAX ((size_t)1 << 20)
#define CALL_MAX ((size_t)4 << 20)
#define ANSWER_MAX ((size_t)1 << 20)
#define DEPLOY_GAS 10000000
#define CALL_GAS 1000000000 /* no block has to hold it */

/* One deployed contract and its interface. */
struct contract {
	const struct abi *abi; /* the book's */
	struct addr20 at;
	char *path; /* of its artifact; owned */
};

struct judge {
	struct anvil *anvil;
	struct book *book;
	struct p256_pub key;
	struct contract registry, verifier, sequence;
};

/* As TcbStatus in QuoteReport.sol counts them. */
static const char *const STATUS[] = {
	"NotEvaluated",
	"UpToDate",
	"SWHardeningNeeded",
	"ConfigurationNeeded",
	"ConfigurationAndSWHardeningNeeded",
	"OutOfDate",
	"OutOfDateConfigurationNeeded",
	"TDRelaunchAdvised",
	"TDRelaunchAdvisedConfigurationNeeded",
	"Revoked",
};

static bool read_contract(struct judge *j, struct contract *c, const char *root,
			  const char *name, struct err *e)
{
	if (!forge_artifact(&c->path, root, name, e) ||
	    !book_read_artifact(j->book, name, c->path, e))
		return false;
	c->abi = book_artifact(j->book, name);
	return true;
}

static const struct addr20 DEPLOYER = { { 0x51 } };

/* Creation code and arguments, by an account that the devnet lets send. */
static bool deploy(struct judge *j, struct contract *c, const char *name,
		   const struct abi_val *args, size_t args_n, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(json_decrefp) json_t *code = NULL;
	CLEANUP(freep) uint8_t *bytes = NULL;
	const struct abi_val list = abi_val_list(args, args_n);
	struct buf data = BUF_INIT(CODE_MAX);
	struct receipt r;
	size_t len;
	bool ok;

	if (!json_read_member(&code, c->path, "bytecode", e) ||
	    !json_bytes_at(&bytes, &len, code, "object", e))
		return err_ctx(e, "%s", name);
	buf_add(&data, bytes, len);
	ok = abi_encode(&data, c->abi->constructor, &list, e) &&
	     buf_ok(&data, name, e) &&
	     node_send_as(anvil_rpc(j->anvil), a, &DEPLOYER, NULL,
			  (struct u256){ 0 }, data.data, data.len, DEPLOY_GAS,
			  &r, NULL, e);
	if (ok && !r.ok)
		ok = err_set(e, ERR_REVERT, 0,
			     "deploying %s reverted; is the root's key a point "
			     "of P-256?",
			     name);
	if (ok) {
		c->at = r.created;
		ok = book_bind(j->book, name, &c->at, name, e);
	}
	buf_done(&data);
	return ok;
}

static bool deploy_all(struct judge *j, struct err *e)
{
	const struct u256 wei = { .w = { 0, 1000000 } }; /* a great deal */
	struct hash32 xy[2];
	struct abi_val args[3];

	memcpy(xy[0].b, j->key.x, 32);
	memcpy(xy[1].b, j->key.y, 32);
	args[0] = abi_val_hash(&xy[0]);
	args[1] = abi_val_hash(&xy[1]);
	args[2] = abi_val_text("avsbed quote verify");
	if (!node_set_balance(anvil_rpc(j->anvil), &DEPLOYER, wei, e) ||
	    !deploy(j, &j->registry, "CollateralRegistry", args, 3, e))
		return false;
	args[0] = abi_val_addr(&j->registry.at);
	return deploy(j, &j->verifier, "QuoteVerifier", args, 1, e) &&
	       deploy(j, &j->sequence, "CallSequence", NULL, 0, e);
}

bool judge_new(struct judge **ret, struct loop *l, const char *root,
	       const struct p256_pub *key, struct err *e)
{
	CLEANUP(judge_freep) struct judge *j = xcalloc(1, sizeof(*j));
	CLEANUP(freep) char *program = xasprintf("%s/build/tools/anvil", root);
	const struct anvil_spec spec = {
		.program = program,
		.version = ANVIL_VERSION,
		.chain_id = CHAIN_ID,
		.time = 1,
	};

	j->book = book_new();
	j->key = *key;
	if (!read_contract(j, &j->registry, root, "CollateralRegistry", e) ||
	    !read_contract(j, &j->verifier, root, "QuoteVerifier", e) ||
	    !read_contract(j, &j->sequence, root, "CallSequence", e) ||
	    !anvil_new(&j->anvil, l, &spec, e) || !deploy_all(j, e))
		return false;
	*ret = TAKE(j);
	return true;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	anvil_free(j->anvil);
	book_free(j->book);
	free(j->registry.path);
	free(j->verifier.path);
	free(j->sequence.path);
	free(j);
}

void verdict_done(struct verdict *v)
{
	json_decref(v->advisory_ids);
	json_decref(v->policy);
	v->advisory_ids = v->policy = NULL;
}

static bool function_of(const struct abi_entry **ret, const struct contract *c,
			const char *name, struct err *e)
{
	*ret = abi_function(c->abi, name, NULL);
	return *ret || err_set(e, ERR_MISMATCH, 0,
			       "%s has no function %s; `make programs` and the "
			       "contracts are not of one version",
			       c->path, name);
}

/* One call of the sequence, as (address, bytes). */
static bool add_call(struct abi_val *ret, struct arena *a,
		     const struct contract *c, const char *function,
		     const struct abi_val *args, size_t args_n, struct err *e)
{
	const struct abi_entry *fn;
	const struct abi_val list = abi_val_list(args, args_n);
	struct buf data = BUF_INIT(CALL_MAX);
	struct abi_val *pair = ARENA_ARRAY(a, struct abi_val, 2);
	bool ok = function_of(&fn, c, function, e) &&
		  abi_encode_call(&data, fn, &list, e) &&
		  buf_ok(&data, function, e);

	if (ok) {
		pair[0] = abi_val_addr(&c->at);
		pair[1] = abi_val_bytes(arena_memdup(a, data.data, data.len),
					data.len);
		*ret = abi_val_list(pair, 2);
	}
	buf_done(&data);
	return ok;
}

/* All of it in one eth_call. @ret_answer: of the last call made, the arena's. */
static bool run(struct judge *j, struct arena *a, const struct puts *p,
		const void *quote, size_t quote_len, uint64_t at,
		size_t *ret_done, struct abi_val *ret_answer, struct err *e)
{
	const struct abi_val bytes = abi_val_bytes(quote, quote_len);
	struct abi_val calls[PUTS_MAX + 1], list, all, out;
	struct buf data = BUF_INIT(CALL_MAX), answer = BUF_INIT(ANSWER_MAX);
	const struct abi_entry *fn;
	bool ok = function_of(&fn, &j->sequence, "run", e);

	for (size_t i = 0; ok && i < p->n; i++)
		ok = add_call(&calls[i], a, &j->registry, p->put[i].function,
			      p->put[i].args, p->put[i].args_n, e);
	ok = ok && add_call(&calls[p->n], a, &j->verifier, "verifyFullQuote",
			    &bytes, 1, e);
	if (ok) {
		list = abi_val_list(calls, p->n + 1);
		all = abi_val_list(&list, 1);
		ok = abi_encode_call(&data, fn, &all, e) &&
		     node_call_at(anvil_rpc(j->anvil), &j->sequence.at,
				  data.data, data.len, CALL_GAS, at, &answer,
				  e) &&
		     abi_decode(&out, a, fn->out,
				arena_memdup(a, answer.data, answer.len),
				answer.len, e);
	}
	if (ok) {
		*ret_done = (size_t)out.items[0].word.w[0];
		*ret_answer = out.items[1];
	}
	buf_done(&data);
	buf_done(&answer);
	return ok;
}

/* "QuoteSignatureInvalid" as "quote signature invalid". */
static void add_words(struct buf *out, const char *name)
{
	for (const char *p = name; *p; p++) {
		if (p > name && isupper((unsigned char)*p))
			buf_addc(out, ' ');
		buf_addc(out, (char)tolower((unsigned char)*p));
	}
}

/* The rule: what the contract's source says above the error. */
static void add_rule(struct buf *out, const struct contract *c,
		     const struct abi_entry *error)
{
	CLEANUP(json_decrefp) json_t *raw = NULL, *doc = NULL;
	struct err unused = ERR_INIT;
	const json_t *errors = NULL;
	const char *text = NULL;

	/* The parsed form that forge writes leaves errors out. */
	if (json_read_member(&raw, c->path, "rawMetadata", &unused) &&
	    json_is_string(raw) &&
	    json_parse(&doc, json_string_value(raw), json_string_length(raw),
		       "metadata", &unused) &&
	    json_at(&errors, doc, "output.userdoc.errors", &unused))
		text = json_string_value(json_object_get(
			json_array_get(json_object_get(errors,
						       error->signature),
				       0),
			"notice"));
	if (text)
		buf_adds(out, text);
	else
		add_words(out, error->name);
}

/* A revert as a finding: its name, its arguments, the rule. */
static void explain(struct judge *j, struct arena *a, struct finding *why,
		    const struct contract *c, const char *where,
		    const struct abi_val *revert)
{
	struct decoded d = book_decode_error(j->book, a, &c->at, revert->bytes,
					     revert->len);
	struct buf text = BUF_INIT(sizeof(why->detail) - 1);

	snprintf(why->where, sizeof(why->where), "%s", where);
	if (d.entry) {
		snprintf(why->check, sizeof(why->check), "%s", d.entry->name);
		abi_format(&text, d.entry->in, &d.args);
		buf_adds(&text, ": ");
		add_rule(&text, c, d.entry);
	} else {
		snprintf(why->check, sizeof(why->check), "Reverted");
		buf_adds(&text, "the contract reverted with 0x");
		buf_addhex(&text, revert->bytes, revert->len);
	}
	snprintf(why->detail, sizeof(why->detail), "%s", buf_str(&text));
	buf_done(&text);
}

static const struct abi_val *member(const struct abi_type *t,
				    const struct abi_val *v, const char *name)
{
	for (size_t i = 0; i < t->fields_n; i++)
		if (!strcmp(t->fields[i].name, name))
			return &v->items[i];
	return NULL;
}

/* As AttestationPolicy.sol has them, and its rule. */
static const char *const POLICY[][2] = {
	{ "DebugTd", "TDATTRIBUTES has DEBUG: the host can read the TD" },
	{ "TdAttributesReserved", "TDATTRIBUTES has a reserved bit" },
	{ "SeptVeDisableMissing",
	  "TDATTRIBUTES lacks SEPT_VE_DISABLE: the host can take pages away "
	  "unseen" },
	{ "ServiceTdBound",
	  "MRSERVICETD is not zero: a service TD could migrate this one" },
	{ "DebugEnclave",
	  "ATTRIBUTES has DEBUG: the host can read the enclave" },
};

const char *judge_policy_rule(const char *check)
{
	for (size_t i = 0; i < ARRAY_LEN(POLICY); i++)
		if (!strcmp(POLICY[i][0], check))
			return POLICY[i][1];
	return "";
}

/* What is genuine, and what an AVS does not let pass. */
static json_t *policy_of(const void *quote, size_t len)
{
	static const struct td_report none;
	const uint64_t reserved =
		~(TD_ATTR_DEBUG | TD_ATTR_SEPT_VE_DISABLE | TD_ATTR_PKS |
		  TD_ATTR_KEY_LOCKER | TD_ATTR_PERFMON);
	json_t *all = json_array();
	struct err unused = ERR_INIT;
	struct quote_map m;
	struct quote q;
	bool breaks[ARRAY_LEN(POLICY)];

	if (!quote_parse(&q, &m, quote, len, &unused))
		return all;
	memset(breaks, 0, sizeof(breaks));
	if (q.body == QUOTE_BODY_SGX) {
		breaks[4] = q.sgx.attributes[0] & SGX_ATTR0_DEBUG;
	} else {
		breaks[0] = q.td.td_attributes & TD_ATTR_DEBUG;
		breaks[1] = q.td.td_attributes & reserved;
		breaks[2] = !(q.td.td_attributes & TD_ATTR_SEPT_VE_DISABLE);
		breaks[3] = memcmp(q.td.mr_service_td, none.mr_service_td,
				   48) != 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(POLICY); i++)
		if (breaks[i])
			json_array_append_new(all, json_string(POLICY[i][0]));
	return all;
}

/* Reads a QuoteReport; the advisories by their hashes. */
static bool read_report(struct judge *j, struct arena *a, struct verdict *v,
			const struct abi_val *answer, const json_t *collateral,
			struct err *e)
{
	static const char *const bodies[] = { "tcb_info", "qe_identity" };
	const struct abi_val *status, *until, *hashes;
	const struct abi_entry *fn;
	const struct abi_type *t;
	struct abi_val out;

	if (!function_of(&fn, &j->verifier, "verifyFullQuote", e) ||
	    !abi_decode(&out, a, fn->out, answer->bytes, answer->len, e))
		return false;
	t = fn->out->fields[0].type;
	status = member(t, &out.items[0], "tcbStatus");
	until = member(t, &out.items[0], "validUntil");
	hashes = member(t, &out.items[0], "advisoryHashes");
	if (!status || !until || !hashes ||
	    status->word.w[0] >= ARRAY_LEN(STATUS))
		return err_set(e, ERR_MISMATCH, 0,
			       "%s: its report is not the one that is read "
			       "here",
			       j->verifier.path);
	v->tcb_status = STATUS[status->word.w[0]];
	v->valid_until = until->word.w[0];
	for (size_t i = 0; i < hashes->len; i++) {
		struct hash32 h = abi_hash(&hashes->items[i]);

		for (size_t k = 0; k < ARRAY_LEN(bodies); k++)
			collateral_advisories(
				v->advisory_ids,
				json_string_value(json_object_get(collateral,
								  bodies[k])),
				&h);
	}
	return true;
}

bool judge_quote(struct judge *j, struct verdict *ret, const void *quote,
		 size_t quote_len, const json_t *collateral, uint64_t at,
		 struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct verdict v = { .accepted = false };
	struct abi_val answer = { .len = 0 };
	struct puts puts;
	size_t done;

	v.advisory_ids = json_array();
	v.policy = json_array();
	if (collateral_puts(&puts, a, collateral, &j->key, quote, quote_len,
			    &v.why)) {
		if (!run(j, a, &puts, quote, quote_len, at, &done, &answer,
			 e)) {
			verdict_done(&v);
			return false;
		}
		v.accepted = done > puts.n;
		if (!v.accepted)
			explain(j, a, &v.why,
				done == puts.n ? &j->verifier : &j->registry,
				done == puts.n ? "quote" : puts.put[done].what,
				&answer);
	}
	if (v.accepted) {
		json_decref(v.policy);
		v.policy = policy_of(quote, quote_len);
		if (!read_report(j, a, &v, &answer, collateral, e)) {
			verdict_done(&v);
			return false;
		}
	}
	*ret = v;
	return true;
}
