/* Executing a recipe: transactions on a fresh chain, then its probes. */
#include "devnet/recipe_priv.h"

#include "base/base.h"

#include "eth/node.h"

#define CODE_MAX (1u << 20)
#define DEPLOY_GAS 16000000u /* EIP-7825 allows 16.7 M; the largest takes 5.3 */

/* Everything one execution holds. */
struct run {
	const struct recipe *r;
	struct rpc *rpc;
	struct arena *a;
	struct book *book;
	struct addr20 deployer;
	struct recipe_names names;
	struct recipe_deployed *deployed;
	struct recipe_account *accounts;
	uint64_t txs, gas;
};

static bool read_abi(struct run *x, const struct recipe_artifact *f,
		     const struct abi **ret, struct err *e)
{
	if (!book_read_artifact(x->book, f->name, f->path, e)) {
		err_ctx(e, "`make setup` fetches the artifacts");
		return false; /* said so, or gcc fears for *ret */
	}
	*ret = book_artifact(x->book, f->name);
	return true;
}

/* An artifact's creation code, appended. */
static bool read_code(const struct recipe_artifact *f, struct buf *ret,
		      struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) uint8_t *code = NULL;
	size_t len;

	if (!json_read_file(&j, f->path, e) ||
	    !json_bytes_at(&code, &len, j, "bytecode", e))
		return err_ctx(e, "%s", f->path);
	buf_add(ret, code, len);
	return true;
}

/* Why a transaction reverted, decoded. */
static bool reverted(struct run *x, const struct recipe_contract *c,
		     const struct receipt *rc, const char *what, struct err *e)
{
	struct buf why = BUF_INIT(ERR_TEXT_MAX);
	struct err ignored = ERR_INIT;
	const uint8_t *data;
	size_t len;

	if (node_reverted(x->rpc, x->a, &rc->tx, &data, &len, &ignored) &&
	    len) {
		struct decoded d = book_decode_error(x->book, x->a, NULL, data,
						     len);

		book_describe(x->book, &why, &d);
	} else {
		buf_adds(&why, "no reason given");
	}
	err_at(e, c->pos, ERR_REVERT, "%s: %s reverted: %s", c->name, what,
	       buf_str(&why));
	buf_done(&why);
	return false;
}

static bool transact(struct run *x, const struct recipe_contract *c,
		     const struct addr20 *to, const struct buf *data,
		     const char *what, struct receipt *ret, struct err *e)
{
	if (!buf_ok(data, c->name, e) ||
	    !node_send_as(x->rpc, x->a, &x->deployer, to, U256_ZERO, data->data,
			  data->len, DEPLOY_GAS, ret, NULL, e))
		return err_ctx(e, "%s", c->name);
	x->txs++;
	x->gas += ret->gas_used;
	return ret->ok || reverted(x, c, ret, what, e);
}

/* Append @c's creation code and encoded arguments. */
static bool creation(struct run *x, const struct recipe_contract *c,
		     struct hash32 *ret_hash, struct buf *out, struct err *e)
{
	static const struct yaml_node none = { .kind = YAML_LIST };
	struct yaml_node absent = none;
	const struct abi *abi;
	struct abi_val args;

	absent.pos = c->pos;
	if (c->code) {
		static const struct abi_type raw = { .kind = ABI_BYTES,
						     .name = "bytes" };

		if (!recipe_value(&args, x->a, &x->names, &raw, c->code, e))
			return false;
		buf_add(out, args.bytes, args.len);
		*ret_hash = sha256(out->data, out->len);
		return true;
	}
	if (!read_abi(x, c->artifact, &abi, e) ||
	    !read_code(c->artifact, out, e))
		return false;
	*ret_hash = sha256(out->data, out->len);
	return recipe_value(&args, x->a, &x->names, abi->constructor,
			    c->constructor ? c->constructor : &absent, e) &&
	       abi_encode(out, abi->constructor, &args, e);
}

static bool deploy(struct run *x, const struct recipe_contract *c,
		   struct addr20 *ret, struct hash32 *ret_hash, struct err *e)
{
	struct buf data = BUF_INIT(CODE_MAX);
	struct receipt rc;
	bool ok = creation(x, c, ret_hash, &data, e) &&
		  transact(x, c, NULL, &data, "its constructor", &rc, e);

	buf_done(&data);
	if (ok)
		*ret = rc.created;
	return ok;
}

/* A function by the recipe's name for it, which must be unambiguous. */
static bool find_function(const struct abi_entry **ret, const struct abi *abi,
			  const char *name, struct src_pos pos,
			  const char *contract, struct err *e)
{
	size_t overloads = 0;
	const struct abi_entry *fn = abi_function(abi, name, &overloads);

	if (!fn)
		return err_at(e, pos, ERR_SCHEMA, "%s has no function `%s`",
			      contract, name);
	if (overloads > 1 && !strchr(name, '('))
		return err_at(e, pos, ERR_SCHEMA,
			      "%s has %zu functions `%s`; write its types too: "
			      "'%s'",
			      contract, overloads, name, fn->signature);
	*ret = fn;
	return true;
}

/* Append the call that the recipe's `call` asks for; nothing without one. */
static bool initialiser(struct run *x, const struct recipe_contract *c,
			struct buf *out, struct err *e)
{
	const struct abi *abi;
	const struct abi_entry *fn;
	struct abi_val args;

	return !c->call ||
	       (read_abi(x, c->artifact, &abi, e) &&
		find_function(&fn, abi, c->call, c->call_pos, c->name,
			      e) &&
		recipe_value(&args, x->a, &x->names, fn->in, c->call_args, e) &&
		abi_encode_call(out, fn, &args, e));
}

/* ProxyAdmin.upgrade(proxy, impl), or upgradeAndCall with the initialiser. */
static bool upgrade(struct run *x, size_t i, const struct addr20 *admin,
		    const struct abi *admin_abi, struct err *e)
{
	const struct recipe_contract *c = &x->r->contracts[i];
	const struct recipe_deployed *d = &x->deployed[i];
	struct buf init = BUF_INIT(CODE_MAX), data = BUF_INIT(CODE_MAX);
	const struct abi_entry *fn;
	struct receipt rc;
	bool ok = initialiser(x, c, &init, e) &&
		  find_function(&fn, admin_abi,
				c->call ? "upgradeAndCall" : "upgrade", c->pos,
				x->r->proxy_admin, e);

	if (ok) {
		struct abi_val args[] = { abi_val_addr(&d->address),
					  abi_val_addr(&d->implementation),
					  abi_val_bytes(init.data, init.len) };
		struct abi_val list = abi_val_list(args, c->call ? 3 : 2);

		ok = abi_encode_call(&data, fn, &list, e) &&
		     transact(x, c, admin, &data,
			      c->call ? c->call : "its upgrade", &rc, e);
	}
	buf_done(&init);
	buf_done(&data);
	return ok;
}

static bool deploy_all(struct run *x, struct err *e)
{
	const struct recipe *r = x->r;
	struct hash32 ignored;

	for (size_t i = 0; i < r->foundation_n; i++)
		if (!deploy(x, &r->contracts[i], &x->deployed[i].address,
			    &x->deployed[i].creation, e))
			return false;
	for (size_t i = r->foundation_n; i < r->contracts_n; i++)
		if (r->contracts[i].proxy &&
		    !deploy(x, &r->proxy, &x->deployed[i].address, &ignored,
			    e))
			return err_ctx(e, "the proxy of %s",
				       r->contracts[i].name);
	for (size_t i = r->foundation_n; i < r->contracts_n; i++) {
		struct recipe_deployed *d = &x->deployed[i];

		if (!deploy(x, &r->contracts[i],
			    d->proxy ? &d->implementation : &d->address,
			    &d->creation, e))
			return false;
	}
	return true;
}

static bool upgrade_all(struct run *x, struct err *e)
{
	const struct recipe *r = x->r;
	size_t admin = 0;
	const struct abi *abi;

	while (admin < r->contracts_n &&
	       strcmp(r->contracts[admin].name, r->proxy_admin) != 0)
		admin++;
	if (admin == r->contracts_n || !r->contracts[admin].artifact)
		return err_at(e, r->proxy.pos, ERR_SCHEMA,
			      "`admin: %s` is no contract of this recipe",
			      r->proxy_admin);
	if (!read_abi(x, r->contracts[admin].artifact, &abi, e))
		return false;
	for (size_t i = r->foundation_n; i < r->contracts_n; i++)
		if (r->contracts[i].proxy &&
		    !upgrade(x, i, &x->deployed[admin].address, abi, e))
			return false;
	return true;
}

/* One line of `probe`: ask, compare, remember. */
static bool probe(struct run *x, size_t contract, const struct yaml_pair *pair,
		  struct recipe_probe *ret, struct err *e)
{
	const struct recipe_contract *c = &x->r->contracts[contract];
	const struct abi *abi;
	const struct abi_entry *fn;
	struct abi_val want, none = abi_val_list(NULL, 0);
	struct buf data = BUF_INIT(CODE_MAX), have = BUF_INIT(CODE_MAX);
	struct buf expect = BUF_INIT(CODE_MAX);
	/* A single result is written without a list around it. */
	struct abi_val one;
	bool ok = read_abi(x, c->artifact, &abi, e) &&
		  find_function(&fn, abi, pair->key->text, pair->key->pos,
				c->name, e);

	if (ok && (fn->in->fields_n != 0 || fn->out->fields_n != 1))
		ok = err_at(e, pair->key->pos, ERR_SCHEMA,
			    "a probe is a function of no arguments and one "
			    "result, unlike %s",
			    fn->signature);
	ok = ok &&
	     recipe_value(&one, x->a, &x->names, fn->out->fields[0].type,
			  pair->value, e);
	want = abi_val_list(&one, 1);
	ok = ok && abi_encode(&expect, fn->out, &want, e) &&
	     abi_encode_call(&data, fn, &none, e) &&
	     chain_call(x->rpc, NULL, &x->deployed[contract].address,
			data.data, data.len, CHAIN_HEAD, &have, e);
	if (ok && (have.len != expect.len ||
		   memcmp(have.data, expect.data, have.len) != 0)) {
		struct buf hex = BUF_INIT(256);

		buf_addhex(&hex, have.data, have.len);
		ok = err_at(e, pair->value->pos, ERR_MISMATCH,
			    "%s.%s is `%s` here, and the chain says 0x%s",
			    c->name, pair->key->text, pair->value->text,
			    buf_str(&hex));
		buf_done(&hex);
	}
	if (ok)
		*ret = (struct recipe_probe){
			.contract = c->name,
			.function = pair->key->text,
			.at = x->deployed[contract].address,
			.data = arena_memdup(x->a, data.data, data.len),
			.data_len = data.len,
			.returns = arena_memdup(x->a, have.data, have.len),
			.returns_len = have.len,
		};
	buf_done(&data);
	buf_done(&have);
	buf_done(&expect);
	return ok;
}

static bool probe_all(struct run *x, const struct recipe_probe **ret,
		      size_t *ret_n, struct err *e)
{
	const struct yaml_node *map = x->r->probe;
	size_t n = 0, total = 0;

	for (size_t i = 0; map && i < map->n; i++)
		total += map->pairs[i].value->n;
	struct recipe_probe *list =
		ARENA_ARRAY(x->a, struct recipe_probe, total + 1);

	for (size_t i = 0; map && i < map->n; i++) {
		const struct yaml_node *key = map->pairs[i].key;
		const struct yaml_node *of = map->pairs[i].value;
		size_t c = 0;

		while (c < x->r->contracts_n &&
		       strcmp(x->r->contracts[c].name, key->text) != 0)
			c++;
		if (c == x->r->contracts_n || !x->r->contracts[c].artifact)
			return err_at(e, key->pos, ERR_SCHEMA,
				      "`%s` is no contract of this recipe",
				      key->text);
		if (of->kind != YAML_MAP)
			return err_at(e, of->pos, ERR_SCHEMA,
				      "a probe is a map of functions to what "
				      "they return");
		for (size_t j = 0; j < of->n; j++)
			if (!probe(x, c, &of->pairs[j], &list[n++], e))
				return err_ctx(e, "probe of %s", key->text);
	}
	*ret = list;
	*ret_n = n;
	return true;
}

/* Names for every account, and 1,000 ETH each; the deployer sends. */
static bool prepare(struct run *x, struct err *e)
{
	const struct recipe *r = x->r;
	struct u256 wei;

	if (!u256_mul(&wei, u256_from_u64(1000),
		      u256_from_u64(1000000000000000000u)))
		return err_set(e, ERR_RANGE, 0, "1,000 ETH");
	for (size_t i = 0; i < r->accounts_n; i++) {
		struct recipe_account *acc = &x->accounts[i];

		if (!devnet_address(&acc->address, r->accounts[i], e) ||
		    !node_set_balance(x->rpc, &acc->address, wei, e))
			return false;
		acc->name = r->accounts[i];
		if (strcmp(acc->name, "deployer") == 0)
			x->deployer = acc->address;
	}
	for (size_t i = 0; i < r->contracts_n; i++) {
		x->deployed[i].name = r->contracts[i].name;
		x->deployed[i].proxy = r->contracts[i].proxy;
		if (r->contracts[i].artifact)
			x->deployed[i].artifact = r->contracts[i].artifact->name;
	}
	return true;
}

bool recipe_run(const struct recipe *r, const struct recipe_profile *p,
		struct rpc *rpc, struct arena *a, struct recipe_result *ret,
		struct err *e)
{
	CLEANUP(book_freep) struct book *book = book_new();
	struct run x = { .r = r, .rpc = rpc, .a = a, .book = book };
	struct recipe_result done = { 0 };

	x.deployed = ARENA_ARRAY(a, struct recipe_deployed, r->contracts_n + 1);
	x.accounts = ARENA_ARRAY(a, struct recipe_account, r->accounts_n + 1);
	x.names = (struct recipe_names){ .recipe = r,
					 .profile = p,
					 .accounts = x.accounts,
					 .deployed = x.deployed };
	/* Twice: what the deployer paid must not show in the saved state. */
	if (!prepare(&x, e) || !deploy_all(&x, e) || !upgrade_all(&x, e) ||
	    !prepare(&x, e) ||
	    !probe_all(&x, &done.probes, &done.probes_n, e))
		return false;
	done.contracts = x.deployed;
	done.contracts_n = r->contracts_n;
	done.accounts = x.accounts;
	done.accounts_n = r->accounts_n;
	done.txs = x.txs;
	done.gas = x.gas;
	*ret = done;
	return true;
}
