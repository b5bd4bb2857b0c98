#include "devnet/live.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#include "devnet/artifact.h"
#include "devnet/forge.h"
#include "devnet/live_priv.h"
#include "devnet/state.h"
#include "io/reaper.h"

#define RECIPE "anvil-state/eigenlayer.yaml"
#define FORGE "build/tools/forge"

/* The script's environment, grown as it is filled. */
struct env {
	struct forge_pair *list;
	size_t n, cap;
};

static void env_add(struct env *v, char *take_name, char *take_value)
{
	GROW(v->list, v->n, v->cap);
	v->list[v->n++] = (struct forge_pair){ take_name, take_value };
}

static void env_done(struct env *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free((char *)(uintptr_t)v->list[i].name);
		free((char *)(uintptr_t)v->list[i].value);
	}
	free(v->list);
}

/* Roles' addresses, the simulator's identity, and what the world says. */
static bool script_env(struct env *env, struct live *w,
		       const struct live_spec *spec, struct err *e)
{
	CLEANUP(freep) char *program = xasprintf("%s/%s", w->root, LIVE_TEE_SIM);
	struct tee_identity id;

	if (!tee_identity(&id, w->loop, program, LIVE_TEE_SEED, e))
		return false;
	env_add(env, xstrdup("ROOT_KEY_X"), xstrdup(fmt_hash(&id.root_x).s));
	env_add(env, xstrdup("ROOT_KEY_Y"), xstrdup(fmt_hash(&id.root_y).s));
	env_add(env, xstrdup("MEASUREMENT"),
		xstrdup(fmt_hash(&id.measurement).s));
	for (size_t i = 0; i < w->roles_n; i++)
		env_add(env, forge_env_name(spec->roles[i]),
			xstrdup(fmt_addr(&w->roles[i]).s));
	for (size_t i = 0; i < spec->with_n; i++)
		env_add(env, forge_env_name(spec->with[i].name),
			xstrdup(spec->with[i].value));
	return true;
}

/* Contracts by the world's names, and tokens, which are contracts too. */
static struct forge_pair *script_names(const struct live_spec *spec,
				       size_t *ret_n)
{
	struct forge_pair *list =
		xcalloc(spec->contracts_n + spec->tokens_n + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < spec->contracts_n; i++)
		list[n++] = (struct forge_pair){ spec->contracts[i].name,
						 spec->contracts[i].value };
	for (size_t i = 0; i < spec->tokens_n; i++) {
		bool named = false;

		for (size_t j = 0; j < n; j++)
			named |= strcmp(list[j].name, spec->tokens[i]) == 0;
		if (!named)
			list[n++] = (struct forge_pair){ spec->tokens[i],
							 spec->tokens[i] };
	}
	*ret_n = n;
	return list;
}

/* "PHA.strategy": EigenLayer's for that token. */
static struct forge_lookup *strategies_of(const struct live_spec *spec)
{
	struct forge_lookup *list = xcalloc(spec->tokens_n + 1, sizeof(*list));

	for (size_t i = 0; i < spec->tokens_n; i++)
		list[i] = (struct forge_lookup){
			.name = xasprintf("%s.strategy", spec->tokens[i]),
			.artifact = "StrategyBase",
			.contract = "strategyFactory",
			.signature = "deployedStrategies(address)",
			.of = spec->tokens[i],
		};
	return list;
}

static void lookups_free(struct forge_lookup *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)(uintptr_t)list[i].name);
	free(list);
}

/* A run is of one state of the sources: whoever changes them while it runs is
 * told so where they would be compiled. */
static bool look_at_sources(struct live_chains *c, const char *root,
			    struct err *e)
{
	c->looked = c->looked || forge_sources(&c->sources, root, e) ||
		    err_ctx(e, "the contracts");
	return c->looked;
}

static bool deploy(struct live *w, const struct live_spec *spec,
		   const struct bundle *core, struct err *e)
{
	struct env env = { 0 };
	size_t names_n;
	struct forge_pair *names = script_names(spec, &names_n);
	struct forge_lookup *strategies = strategies_of(spec);
	bool ok = look_at_sources(w->chains, w->root, e) &&
		  script_env(&env, w, spec, e) &&
		  forge_deploy(&w->base, NULL, w->loop, core,
			       &(struct forge_spec){ .root = w->root,
						     .cache = w->cache,
						     .forge = FORGE,
						     .anvil = LIVE_ANVIL,
						     .sources =
							     &w->chains->sources,
						     .script = spec->script,
						     .env = env.list,
						     .env_n = env.n,
						     .names = names,
						     .names_n = names_n,
						     .lookups = strategies,
						     .lookups_n =
							     spec->tokens_n },
			       e);

	env_done(&env);
	free(names);
	lookups_free(strategies, spec->tokens_n);
	return ok;
}

/* What needs no script, on top. */
static bool add_plain(struct live *w, const struct live_spec *spec,
		      struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *below = TAKE(w->base);

	return look_at_sources(w->chains, w->root, e) &&
	       plain_deploy(&w->base, w->loop, below,
			    &(struct plain_spec){
				    .root = w->root,
				    .cache = w->cache,
				    .forge = FORGE,
				    .anvil = LIVE_ANVIL,
				    .sources = &w->chains->sources,
				    .release = w->release,
				    .tokens = spec->plain,
				    .tokens_n = spec->plain_n,
				    .avs = spec->accounts,
				    .avs_n = spec->accounts_n },
			    e);
}

/* EigenLayer itself: its artifacts and its saved state are read through for the
 * first world of a run. */
static bool find_core(struct live *w, const char *profile, struct bundle **ret,
		      struct err *e)
{
	CLEANUP(freep) char *anvil = xasprintf("%s/%s", w->root, LIVE_ANVIL);
	size_t i = 0;

	for (; i < CHAINS_MAX && w->chains->cores[i].bundle; i++)
		if (!strcmp(w->chains->cores[i].profile, profile)) {
			*ret = bundle_hold(w->chains->cores[i].bundle);
			return true;
		}
	if (!state_ensure(ret, NULL, w->loop,
			  &(struct state_paths){ .root = w->root,
						 .cache = w->cache,
						 .recipe = RECIPE,
						 .anvil = anvil },
			  profile, e))
		return false;
	if (i < CHAINS_MAX) {
		w->chains->cores[i].profile = xstrdup(profile);
		w->chains->cores[i].bundle = bundle_hold(*ret);
	}
	return true;
}

/* The bundle the world starts from: the core, and the AVS on top of it. */
static bool find_bundle(struct live *w, const struct live_spec *spec,
			struct err *e)
{
	CLEANUP(bundle_freep) struct bundle *core = NULL;
	const char *release;

	if (!find_core(w, spec->profile, &core, e) ||
	    !json_text_at(&release, bundle_manifest(core), "release", e))
		return false;
	if (spec->release && strcmp(spec->release, release) != 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "the world wants EigenLayer %s, and %s makes %s",
			       spec->release, RECIPE, release);
	w->release = xstrdup(release);
	if (!spec->script)
		w->base = TAKE(core);
	else if (!deploy(w, spec, core, e))
		return false;
	return !(spec->plain_n || spec->accounts_n) || add_plain(w, spec, e);
}

static bool bind(struct live *w, const char *name, const struct addr20 *at,
		 const char *artifact, struct err *e)
{
	struct book *read = w->chains->interfaces;

	/* Raw code without an interface is an account that nobody calls. */
	if (artifact) {
		if (!artifact_read(read, w->root, w->release, artifact, e))
			return false;
		book_share_artifact(w->book, read, artifact);
	}
	return book_bind(w->book, name, at, artifact, e);
}

static bool bind_contracts(struct live *w, struct err *e)
{
	const json_t *list =
		json_object_get(bundle_manifest(w->base), "contracts");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		const char *name, *artifact = json_string_value(
					  json_object_get(c, "artifact"));
		struct addr20 at;

		if (!json_text_at(&name, c, "name", e) ||
		    !json_addr_at(&at, c, "address", e) ||
		    !bind(w, name, &at, artifact, e))
			return false;
	}
	return true;
}

static bool bind_accounts(struct live *w, const struct live_spec *spec,
			  struct err *e)
{
	json_t *accounts =
		json_object_get(bundle_manifest(w->base), "accounts"), *v;
	const char *name;
	struct addr20 at = live_relay_address();

	if (!bind(w, "relay", &at, NULL, e))
		return false;
	for (size_t i = 0; i < w->roles_n; i++)
		if (!bind(w, spec->roles[i], &w->roles[i], NULL, e))
			return false;
	json_object_foreach(accounts, name, v)
	{
		if (!book_by_name(w->book, name) &&
		    (!json_addr_at(&at, accounts, name, e) ||
		     !bind(w, name, &at, NULL, e)))
			return false;
	}
	return true;
}

static bool find_roles(struct live *w, const struct live_spec *spec,
		       struct err *e)
{
	w->roles = xcalloc(spec->roles_n + 1, sizeof(*w->roles));
	for (; w->roles_n < spec->roles_n; w->roles_n++)
		if (!devnet_address(&w->roles[w->roles_n],
				    spec->roles[w->roles_n], e))
			return false;
	return true;
}

static bool start(struct live *w, const struct live_spec *spec, struct err *e)
{
	if (w->log_dir && mkdir(w->log_dir, 0755) != 0 && errno != EEXIST)
		return err_os(e, errno, "%s", w->log_dir);
	if (!tmpdir_new_small(&w->dir, "world", e) ||
	    !state_cache(&w->cache, e))
		return false;
	w->kept = spec->keeps ? xasprintf("%s/kept", w->cache) : NULL;
	return find_roles(w, spec, e) && find_bundle(w, spec, e) &&
	       json_u64_at(&w->chain_id, bundle_manifest(w->base), "chain_id",
			   e) &&
	       bind_contracts(w, e) && bind_accounts(w, spec, e);
}

static size_t names_of(const struct book *b)
{
	size_t n = 0;

	while (book_entry(b, n))
		n++;
	return n;
}

bool live_new(struct live **ret, struct loop *l, const struct live_spec *spec,
	      const struct live_events *ev, struct err *e)
{
	CLEANUP(live_freep) struct live *w = xcalloc(1, sizeof(*w));

	w->loop = l;
	w->events = *ev;
	w->named = json_array();
	w->root = xstrdup(spec->root);
	w->log_dir = spec->log_dir ? xstrdup(spec->log_dir) : NULL;
	w->operator = spec->operator ? xstrdup(spec->operator) : NULL;
	w->tamper = spec->tamper ? xstrdup(spec->tamper) : NULL;
	w->open = spec->open;
	w->chains = spec->chains;
	/* Nobody else is to use a chain that was tampered with, or ends with
	 * a dump. */
	if (!w->chains || spec->tamper || spec->keeps)
		w->chains = w->own = live_chains_new();
	if (spec->aggregator) {
		w->want_aggregator = *spec->aggregator;
		w->want_aggregator.avs = xstrdup(spec->aggregator->avs);
	}
	w->book = book_new();
	if (!start(w, spec, e))
		return false;
	w->names_n = names_of(w->book);
	*ret = TAKE(w);
	return true;
}

void live_free(struct live *w)
{
	if (!w)
		return;
	live_cast_end(w);
	live_tee_leave(w);
	live_chain_leave(w);
	live_chains_free(w->own);
	bundle_free(w->base);
	book_free(w->book);
	http_client_free(w->http);
	tmpdir_free(w->dir);
	free(w->roles);
	free(w->root);
	free(w->cache);
	free(w->release);
	free(w->log_dir);
	free(w->operator);
	free(w->kept);
	json_decref(w->named);
	json_decref(w->told);
	json_decref(w->head.logs);
	free(w->nonces.items);
	free(w->marks.items);
	free(w->tamper);
	free((char *)(uintptr_t)w->want_aggregator.avs);
	free(w);
}

void live_abandon(struct live *w)
{
	if (w->now)
		live_chain_free(w->now);
	if (w->tee)
		live_tee_end(w->chains);
	live_free(w);
}

struct rpc *live_rpc(struct live *w)
{
	ASSERT(w->now);
	return anvil_rpc(w->now->anvil);
}

/*
 * The head, and what was logged since the last one that was looked at, and maybe
 * more: others may mine between the two.
 */
static bool look(struct live *w, struct err *e)
{
	struct err none_yet;
	struct rpc_ask asks[] = {
		{ .method = "eth_getBlockByNumber",
		  .params = json_pack("[s, b]", "latest", 0) },
		{ .method = "eth_getLogs", .why = &none_yet },
	};
	size_t n = w->head.next ? 2 : 1;
	bool ok;

	if (n == 2)
		asks[1].params = chain_logs_params(&(struct log_filter){
			.from = w->head.next, .to = CHAIN_HEAD });
	struct block head;

	ok = rpc_call_all(live_rpc(w), asks, n, e) &&
	     chain_block_parse(&head, asks[0].result, e);
	if (ok)
		live_is_at(w, &head, TAKE(asks[1].result));
	rpc_asks_done(asks, n);
	return ok;
}

bool live_head(struct live *w, struct block *ret, struct err *e)
{
	w->head.known = w->head.known || look(w, e);
	if (w->head.known)
		*ret = w->head.block;
	return w->head.known;
}

bool live_logs(struct live *w, struct arena *a, uint64_t from,
	       const struct log **ret, size_t *ret_n, struct err *e)
{
	CLEANUP(json_decrefp) json_t *logs = NULL;
	struct block head;

	*ret_n = 0;
	if (!live_head(w, &head, e))
		return false;
	if (from > head.number)
		return true;
	/* Others than are wanted are nobody's any more, as all up to here. */
	logs = TAKE(w->head.logs);
	if (from != w->head.next)
		json_decref(TAKE(logs));
	w->head.next = head.number + 1;
	if (!logs)
		return chain_logs(live_rpc(w), a, from, head.number, NULL, NULL,
				  ret, ret_n, e);
	if (!chain_logs_parse(ret, ret_n, a, logs, e))
		return false;
	while (*ret_n && (*ret)[*ret_n - 1].block > head.number)
		--*ret_n;
	return true;
}

/* Those that nobody had. NULL: not all of them came along. */
static json_t *take_logs(struct live *w)
{
	if (!w->head.logs && w->head.known &&
	    w->head.next == w->head.block.number + 1)
		return json_array();
	return TAKE(w->head.logs);
}

json_t *live_mined(struct live *w)
{
	json_t *logs = take_logs(w);

	w->head.known = false;
	return logs;
}

void live_altered(struct live *w)
{
	w->state = ++w->states;
}

/* Maybe in what no block tells of: a balance, code. */
void live_moved(struct live *w)
{
	json_decref(live_mined(w));
	live_altered(w);
	w->nonces.n = 0;
	w->nonces.since = 0;
}

void live_is_at(struct live *w, const struct block *head, json_t *take_logs)
{
	if (!w->state || !hash_eq(&w->head.block.hash, &head->hash))
		live_altered(w);
	w->head.known = true;
	w->head.block = *head;
	w->head.logs = take_logs;
}

void live_at(struct live *w, const struct block *head)
{
	live_moved(w);
	live_is_at(w, head, NULL);
	w->head.next = head->number + 1;
	w->strays = false;
}

bool live_state(struct live *w, uint64_t *ret, struct err *e)
{
	struct block head;

	if (!live_head(w, &head, e))
		return false;
	*ret = w->state;
	return true;
}

bool live_next_time(struct live *w, uint64_t time, struct err *e)
{
	struct block head;

	if (!live_head(w, &head, e) || !node_next_time(live_rpc(w), time, e))
		return false;
	w->head.timed = head.number;
	return true;
}

struct book *live_book(struct live *w)
{
	return w->book;
}

const char *live_ipc(const struct live *w)
{
	ASSERT(w->now);
	return anvil_ipc(w->now->anvil);
}

const char *live_dir(const struct live *w)
{
	return w->dir;
}

const char *live_tee_dir(const struct live *w)
{
	return w->tee ? w->chains->tee_dir : NULL;
}

const char *live_url(const struct live *w)
{
	ASSERT(w->now);
	return anvil_url(w->now->anvil);
}

bool live_key(const struct book_entry *of, struct seckey *ret)
{
	struct seckey key = devnet_key(of->name);
	struct addr20 address;
	struct err ignored;

	if (of->artifact || !secp_address(&address, &key, &ignored) ||
	    memcmp(address.b, of->address.b, sizeof(address.b)) != 0)
		return false;
	*ret = key;
	return true;
}

void live_env_account(struct buf *out, const struct book_entry *of)
{
	CLEANUP(freep) char *name = xstrdup(of->name);
	struct seckey key;

	for (char *c = name; *c; c++)
		if (*c == '.' || *c == '-')
			*c = '_';
	buf_addf(out, "export ADDR_%s=%s\n", name, fmt_addr(&of->address).s);
	if (!live_key(of, &key))
		return;
	buf_addf(out, "export KEY_%s=0x", name);
	buf_addhex(out, key.b, sizeof(key.b));
	buf_addc(out, '\n');
}

void live_env(struct live *w, struct buf *out)
{
	const struct book_entry *x;

	buf_addf(out, "export ETH_RPC_URL=%s\n", live_url(w));
	/* anvil serves both at one port. */
	buf_addf(out, "export ETH_WS_URL=ws%s\n",
		 live_url(w) + strlen("http"));
	buf_adds(out, "export AVSBED_IPC=");
	buf_addsh(out, live_ipc(w));
	buf_addc(out, '\n');
	buf_addf(out, "export AVSBED_CHAIN_ID=%llu\n",
		 (unsigned long long)live_chain_id(w));
	if (sidecar_url(w->sidecar))
		buf_addf(out, "export REWARDS_SIDECAR_URL=%s\n",
			 sidecar_url(w->sidecar));
	if (live_aggregator_url(w))
		buf_addf(out, "export AVS_AGGREGATOR_URL=%s\n",
			 live_aggregator_url(w));
	for (size_t i = 0; (x = book_entry(live_book(w), i)); i++)
		live_env_account(out, x);
}

uint64_t live_chain_id(const struct live *w)
{
	return w->chain_id;
}

const json_t *live_manifest(const struct live *w)
{
	return bundle_manifest(w->base);
}

bool live_strategy(struct live *w, const char *token, struct addr20 *ret,
		   struct err *e)
{
	static const char tail[] = ".strategy";
	size_t len = strlen(token);
	const struct book_entry *s = NULL;
	char name[256];

	/* Asked for with each quantity: no formatting, no memory. */
	if (len <= sizeof(name) - sizeof(tail)) {
		memcpy(name, token, len);
		memcpy(name + len, tail, sizeof(tail));
		s = book_by_name(w->book, name);
	}
	if (!s)
		return err_set(e, ERR_SCHEMA, 0, "%s is no token of this world",
			       token);
	*ret = s->address;
	return true;
}

bool live_constant(struct live *w, const char *name, uint64_t *ret,
		   struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("constants.%s", name);
	struct u256 v;

	if (!json_u256_at(&v, live_manifest(w), path, e))
		return false;
	if (!u256_fits_u64(ret, v))
		return err_set(e, ERR_RANGE, 0, "%s does not fit in 64 bits",
			       name);
	return true;
}

const char *live_config_path(const struct live *w, const char *name)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		const struct live_member *m = &w->cast.members[i];

		/* Of an AVS that is an account it has no program. */
		if (!strcmp(m->spec.name, name))
			return m->op ? operator_config_path(m->op) : NULL;
	}
	return NULL;
}

const char *live_operator_url(const struct live *w, const char *name,
			      const char *what)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (!strcmp(w->cast.members[i].spec.name, name) &&
		    w->cast.members[i].op)
			return operator_url(w->cast.members[i].op, what);
	return NULL;
}

const char *const *live_operator_env(const struct live *w, const char *name)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (!strcmp(w->cast.members[i].spec.name, name))
			return w->cast.members[i].op
				       ? operator_env(w->cast.members[i].op)
				       : NULL;
	return NULL;
}
