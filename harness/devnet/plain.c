#include "devnet/plain.h"

#include "base/base.h"

#include "crypto/ec.h"
#include "devnet/artifact.h"
#include "devnet/forge_priv.h"
#include "eth/book.h"
#include "eth/node.h"

#define KEY_TEXT_MAX (1u << 20)
#define CODE_MAX (1u << 20)
#define CALL_MAX 65536u
#define GAS 10000000u
#define TOKEN "TestToken"
#define REGISTRAR "OpenRegistrar"

struct work {
	const struct plain_spec *spec;
	struct arena *arena;
	struct book *book;
	struct rpc *rpc;
	struct addr20 deployer;
	json_t *manifest; /* grown as contracts are made */
};

static bool key_of(struct hash32 *ret, const struct bundle *base,
		   const struct plain_spec *s, struct err *e)
{
	struct hash32 parent = bundle_key(base);
	struct buf text = BUF_INIT(KEY_TEXT_MAX);

	buf_addf(&text, "format %u\nplain since %s\nsources %s\n", BUNDLE_FORMAT,
		 fmt_hash(&parent).s, fmt_hash(s->sources).s);
	for (size_t i = 0; i < s->tokens_n; i++)
		buf_addf(&text, "token %s %u\n", s->tokens[i].name,
			 s->tokens[i].decimals);
	for (size_t i = 0; i < s->avs_n; i++) {
		buf_addf(&text, "avs %s\n", s->avs[i].name);
		for (size_t k = 0; k < s->avs[i].sets_n; k++) {
			const struct plain_set *set = &s->avs[i].sets[k];

			buf_adds(&text, "set");
			for (size_t t = 0; t < set->n; t++)
				buf_addf(&text, " %s", set->tokens[t]);
			buf_addc(&text, '\n');
		}
	}
	bool ok = buf_ok(&text, "the key of tokens and sets", e);

	if (ok)
		*ret = sha256(text.data, text.len);
	buf_done(&text);
	return ok;
}

/* --- transactions and views -------------------------------------------------- */

static bool transact(struct work *w, const struct addr20 *from,
		     const struct addr20 *to, const struct buf *data,
		     const char *what, struct receipt *ret, struct err *e)
{
	if (!buf_ok(data, what, e) ||
	    !node_send_as(w->rpc, w->arena, from, to, U256_ZERO, data->data,
			  data->len, GAS, ret, NULL, e))
		return err_ctx(e, "%s", what);
	return ret->ok || err_set(e, ERR_REVERT, 0, "%s reverted", what);
}

static const struct abi_entry *function(struct work *w, const char *contract,
					const char *name,
					struct addr20 *ret_at, struct err *e)
{
	const struct book_entry *at = book_by_name(w->book, contract);
	const struct abi_entry *fn =
		at && at->abi ? abi_function(at->abi, name, NULL) : NULL;

	if (fn)
		*ret_at = at->address;
	else
		err_set(e, ERR_SCHEMA, 0, "%s has no function %s", contract,
			name);
	return fn;
}

static bool send(struct work *w, const struct addr20 *from,
		 const char *contract, const char *name,
		 const struct abi_val *args, size_t n, struct err *e)
{
	struct abi_val list = abi_val_list(args, n);
	struct buf data = BUF_INIT(CALL_MAX);
	struct receipt rc;
	struct addr20 at;
	const struct abi_entry *fn = function(w, contract, name, &at, e);
	bool ok = fn && abi_encode_call(&data, fn, &list, e) &&
		  transact(w, from, &at, &data, fn->signature, &rc, e);

	buf_done(&data);
	return ok;
}

static bool ask_address(struct work *w, const char *contract, const char *name,
			const struct abi_val *arg, struct addr20 *ret,
			struct err *e)
{
	struct abi_val list = abi_val_list(arg, 1), v;
	struct buf data = BUF_INIT(CALL_MAX), out = BUF_INIT(CALL_MAX);
	struct addr20 at;
	const struct abi_entry *fn = function(w, contract, name, &at, e);
	bool ok = fn && abi_encode_call(&data, fn, &list, e) &&
		  chain_call(w->rpc, NULL, &at, data.data, data.len,
			     CHAIN_HEAD, &out, e) &&
		  abi_decode(&v, w->arena, fn->out, out.data, out.len, e);

	if (ok)
		*ret = abi_addr(&v.items[0]);
	buf_done(&data);
	buf_done(&out);
	return ok;
}

/* --- contracts --------------------------------------------------------------- */

static bool keep(struct work *w, const char *name, const char *artifact,
		 const struct addr20 *at, struct err *e)
{
	if (!artifact_read(w->book, w->spec->root, w->spec->release, artifact,
			   e) ||
	    !book_bind(w->book, name, at, artifact, e))
		return false;
	json_object_set_new(json_object_get(w->manifest, "addresses"), name,
			    json_string(fmt_addr(at).s));
	json_array_append_new(json_object_get(w->manifest, "contracts"),
			      json_pack("{s:s, s:s, s:s}", "name", name,
					"artifact", artifact, "address",
					fmt_addr(at).s));
	return true;
}

static bool creation_code(struct work *w, const char *artifact,
			  struct buf *out, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) uint8_t *code = NULL;
	CLEANUP(freep) char *path = NULL;
	size_t len;

	if (!artifact_path(&path, w->spec->root, w->spec->release, artifact,
			   e) ||
	    !json_read_file(&j, path, e) ||
	    !json_bytes_at(&code, &len, j, "bytecode.object", e))
		return err_ctx(e, "the code of %s", artifact);
	buf_add(out, code, len);
	return true;
}

static bool create(struct work *w, const char *name, const char *artifact,
		   const struct abi_val *args, size_t n, struct addr20 *ret,
		   struct err *e)
{
	struct abi_val list = abi_val_list(args, n);
	struct buf data = BUF_INIT(CODE_MAX);
	struct receipt rc;
	bool ok = artifact_read(w->book, w->spec->root, w->spec->release,
				artifact, e) &&
		  creation_code(w, artifact, &data, e) &&
		  abi_encode(&data,
			     book_artifact(w->book, artifact)->constructor,
			     &list, e) &&
		  transact(w, &w->deployer, NULL, &data, artifact, &rc, e) &&
		  keep(w, name, artifact, &rc.created, e);

	buf_done(&data);
	if (ok)
		*ret = rc.created;
	return ok;
}

static bool make_token(struct work *w, const struct plain_token *t,
		       struct err *e)
{
	const struct abi_val args[] = { abi_val_text(t->name),
					abi_val_u64(t->decimals),
					abi_val_addr(&w->deployer) };
	const char *name = arena_printf(w->arena, "%s.strategy", t->name);
	struct addr20 at, strategy;

	if (!create(w, t->name, TOKEN, args, ARRAY_LEN(args), &at, e))
		return false;
	struct abi_val token = abi_val_addr(&at);

	return send(w, &w->deployer, "strategyFactory", "deployNewStrategy",
		    &token, 1, e) &&
	       ask_address(w, "strategyFactory", "deployedStrategies", &token,
			   &strategy, e) &&
	       keep(w, name, "StrategyBase", &strategy, e);
}

/* CreateSetParams: (uint32 operatorSetId, address[] strategies). */
static bool set_params(struct work *w, const struct plain_avs *avs, size_t id,
		       struct abi_val *ret, struct err *e)
{
	const struct plain_set *set = &avs->sets[id];
	struct abi_val *strategies = ARENA_ARRAY(w->arena, struct abi_val,
						 set->n + 1);
	struct abi_val *both = ARENA_ARRAY(w->arena, struct abi_val, 2);

	for (size_t i = 0; i < set->n; i++) {
		const char *name = arena_printf(w->arena, "%s.strategy",
						set->tokens[i]);
		const struct book_entry *s = book_by_name(w->book, name);

		if (!s)
			return err_set(e, ERR_SCHEMA, 0,
				       "set %s#%zu has the token %s, which is "
				       "none of this world",
				       avs->name, id, set->tokens[i]);
		strategies[i] = abi_val_addr(&s->address);
	}
	both[0] = abi_val_u64(id);
	both[1] = abi_val_list(strategies, set->n);
	*ret = abi_val_list(both, 2);
	return true;
}

static bool make_avs(struct work *w, const struct plain_avs *avs,
		     const struct addr20 *registrar, struct err *e)
{
	struct abi_val *sets = ARENA_ARRAY(w->arena, struct abi_val,
					   avs->sets_n + 1);
	struct addr20 me;

	if (!devnet_address(&me, avs->name, e) ||
	    !node_set_balance(w->rpc, &me, u256_from_u64(UINT64_MAX), e))
		return false;
	for (size_t i = 0; i < avs->sets_n; i++)
		if (!set_params(w, avs, i, &sets[i], e))
			return false;
	const struct abi_val who = abi_val_addr(&me);
	const struct abi_val uri[] = { who, abi_val_text("data:,account") };
	const struct abi_val make[] = { who, abi_val_list(sets, avs->sets_n) };
	const struct abi_val by[] = { who, abi_val_addr(registrar) };

	return send(w, &me, "allocationManager", "updateAVSMetadataURI", uri,
		    2, e) &&
	       send(w, &me, "allocationManager", "createOperatorSets", make, 2,
		    e) &&
	       send(w, &me, "allocationManager", "setAVSRegistrar", by, 2, e);
}

static bool bind_core(struct work *w, struct err *e)
{
	static const char *const wanted[][2] = {
		{ "allocationManager", "AllocationManager" },
		{ "strategyFactory", "StrategyFactory" },
	};
	const json_t *addresses = json_object_get(w->manifest, "addresses");

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		struct addr20 at;

		if (!json_addr_at(&at, addresses, wanted[i][0], e) ||
		    !artifact_read(w->book, w->spec->root, w->spec->release,
				   wanted[i][1], e) ||
		    !book_bind(w->book, wanted[i][0], &at, wanted[i][1], e))
			return false;
	}
	return true;
}

static bool make_all(struct work *w, struct err *e)
{
	const struct plain_spec *s = w->spec;
	struct addr20 registrar;

	if (!bind_core(w, e) || !devnet_address(&w->deployer, "deployer", e) ||
	    !node_set_balance(w->rpc, &w->deployer, u256_from_u64(UINT64_MAX),
			      e))
		return false;
	for (size_t i = 0; i < s->tokens_n; i++)
		if (!make_token(w, &s->tokens[i], e))
			return err_ctx(e, "token %s", s->tokens[i].name);
	if (!s->avs_n)
		return true;
	if (!create(w, "openRegistrar", REGISTRAR, NULL, 0, &registrar, e))
		return false;
	for (size_t i = 0; i < s->avs_n; i++)
		if (!make_avs(w, &s->avs[i], &registrar, e))
			return err_ctx(e, "AVS %s", s->avs[i].name);
	return true;
}

static bool finish(struct work *w, const struct bundle *base, struct err *e)
{
	struct hash32 parent = bundle_key(base);
	struct block head;

	if (!chain_block(w->rpc, CHAIN_HEAD, &head, e))
		return false;
	json_object_set_new(w->manifest, "height",
			    json_integer((json_int_t)head.number));
	json_object_set_new(w->manifest, "time",
			    json_integer((json_int_t)head.time));
	json_object_set_new(w->manifest, "parent",
			    json_string(fmt_hash(&parent).s));
	return true;
}

static bool build(struct bundle **ret, struct loop *l,
		  const struct bundle *base, const struct plain_spec *spec,
		  const struct hash32 *key, struct err *e)
{
	CLEANUP(freep) char *program =
		*spec->anvil == '/' ? xstrdup(spec->anvil) :
				      xasprintf("%s/%s", spec->root,
						spec->anvil);
	CLEANUP(json_decrefp) json_t *manifest =
		json_deep_copy(bundle_manifest(base));
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	CLEANUP(book_freep) struct book *book = book_new();
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(json_decrefp) json_t *dump = NULL;
	struct bundle_boot how = { .program = program, .dump = true };
	struct work w = { .spec = spec, .arena = arena, .book = book,
			  .manifest = manifest };

	if (!forge_build(l, spec->root, spec->forge, spec->sources, NULL, NULL,
			 e) ||
	    !bundle_boot(base, l, &how, &a, e))
		return false;
	w.rpc = anvil_rpc(a);
	return make_all(&w, e) && finish(&w, base, e) &&
	       anvil_dump(a, &dump, e) &&
	       bundle_write(ret, spec->cache, key, dump, manifest, base, e);
}

bool plain_deploy(struct bundle **ret, struct loop *l,
		  const struct bundle *base, const struct plain_spec *spec,
		  struct err *e)
{
	struct hash32 key;
	bool found = false;

	return key_of(&key, base, spec, e) &&
	       bundle_open(ret, &found, spec->cache, &key, base, e) &&
	       (found || build(ret, l, base, spec, &key, e));
}
