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
#define ANVIL "build/tools/anvil"
#define FORGE "build/tools/forge"
#define TEE "build/bin/tee-sim"

static void on_died(void *arg, const struct err *why)
{
	struct live *w = arg;

	free(w->died);
	w->died = xstrdup(why->text);
	loop_stop(w->loop, w->died);
}

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

static bool actor_address(struct addr20 *ret, const char *name, struct err *e)
{
	struct seckey key = devnet_key(name);
	bool ok = secp_address(ret, &key, e);

	seckey_wipe(&key);
	return ok;
}

/* Roles' addresses, the simulator's identity, and what the world says. */
static bool script_env(struct env *env, struct live *w,
		       const struct live_spec *spec, struct err *e)
{
	CLEANUP(freep) char *program = xasprintf("%s/%s", w->root, TEE);
	struct tee_identity id;

	if (!tee_identity(&id, w->loop, program, LIVE_TEE_SEED, e))
		return false;
	env_add(env, xstrdup("ROOT_KEY_X"), xstrdup(fmt_hash(&id.root_x).s));
	env_add(env, xstrdup("ROOT_KEY_Y"), xstrdup(fmt_hash(&id.root_y).s));
	env_add(env, xstrdup("MEASUREMENT"),
		xstrdup(fmt_hash(&id.measurement).s));
	for (size_t i = 0; i < spec->roles_n; i++) {
		struct addr20 a;

		if (!actor_address(&a, spec->roles[i], e))
			return false;
		env_add(env, forge_env_name(spec->roles[i]),
			xstrdup(fmt_addr(&a).s));
	}
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

static bool deploy(struct live *w, const struct live_spec *spec,
		   const struct bundle *core, const char *cache, struct err *e)
{
	struct env env = { 0 };
	size_t names_n;
	struct forge_pair *names = script_names(spec, &names_n);
	bool ok = script_env(&env, w, spec, e) &&
		  forge_deploy(&w->bundle, NULL, w->loop, core,
			       &(struct forge_spec){ .root = w->root,
						     .cache = cache,
						     .forge = FORGE,
						     .anvil = ANVIL,
						     .script = spec->script,
						     .env = env.list,
						     .env_n = env.n,
						     .names = names,
						     .names_n = names_n },
			       e);

	env_done(&env);
	free(names);
	return ok;
}

/* The bundle the world starts from: the core, and the AVS on top of it. */
static bool find_bundle(struct live *w, const struct live_spec *spec,
			struct err *e)
{
	CLEANUP(freep) char *cache = NULL;
	CLEANUP(freep) char *anvil = xasprintf("%s/%s", w->root, ANVIL);
	CLEANUP(bundle_freep) struct bundle *core = NULL;
	const char *release;

	if (!state_cache(&cache, e) ||
	    !state_ensure(&core, NULL, w->loop,
			  &(struct state_paths){ .root = w->root,
						 .cache = cache,
						 .recipe = RECIPE,
						 .anvil = anvil },
			  spec->profile, e) ||
	    !json_text_at(&release, bundle_manifest(core), "release", e))
		return false;
	if (spec->release && strcmp(spec->release, release) != 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "the world wants EigenLayer %s, and %s makes %s",
			       spec->release, RECIPE, release);
	w->release = xstrdup(release);
	if (spec->script)
		return deploy(w, spec, core, cache, e);
	w->bundle = TAKE(core);
	return true;
}

static bool bind(struct live *w, const char *name, const struct addr20 *at,
		 const char *artifact, struct err *e)
{
	/* Raw code without an interface is an account that nobody calls. */
	return (!artifact ||
		artifact_read(w->book, w->root, w->release, artifact, e)) &&
	       book_bind(w->book, name, at, artifact, e);
}

static bool bind_contracts(struct live *w, struct err *e)
{
	const json_t *list =
		json_object_get(bundle_manifest(w->bundle), "contracts");

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

/* "PHA.strategy", for messages and for callers of live_strategy(). */
static bool bind_tokens(struct live *w, const struct live_spec *spec,
			struct err *e)
{
	for (size_t i = 0; i < spec->tokens_n; i++) {
		CLEANUP(freep) char *name =
			xasprintf("%s.strategy", spec->tokens[i]);
		const struct book_entry *t =
			book_by_name(w->book, spec->tokens[i]);
		struct abi_val arg;
		struct u256 at;
		struct addr20 strategy;

		if (!t)
			return err_set(e, ERR_SCHEMA, 0,
				       "no contract is the token %s",
				       spec->tokens[i]);
		arg = abi_val_addr(&t->address);
		if (!live_view(w, "strategyFactory", "deployedStrategies",
			       &arg, 1, &at, e))
			return false;
		struct abi_val v = abi_val_u256(at);

		strategy = abi_addr(&v);
		if (addr_is_zero(&strategy))
			return err_set(e, ERR_SCHEMA, 0,
				       "the token %s has no strategy: does %s "
				       "call StrategyFactory.deployNewStrategy?",
				       spec->tokens[i], spec->script);
		if (!bind(w, name, &strategy, "StrategyBase", e))
			return false;
	}
	return true;
}

static bool bind_accounts(struct live *w, const struct live_spec *spec,
			  struct err *e)
{
	json_t *accounts =
		json_object_get(bundle_manifest(w->bundle), "accounts"), *v;
	const char *name;
	struct addr20 at;

	for (size_t i = 0; i < spec->roles_n; i++)
		if (!actor_address(&at, spec->roles[i], e) ||
		    !bind(w, spec->roles[i], &at, NULL, e) ||
		    !live_fund(w, &at, e))
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

static bool boot(struct live *w, struct err *e)
{
	CLEANUP(freep) char *program = xasprintf("%s/%s", w->root, ANVIL);
	CLEANUP(freep) char *log =
		w->log_dir ? xasprintf("%s/anvil.log", w->log_dir) : NULL;
	struct bundle_boot how = { .program = program,
				   .log_path = log,
				   .on_died = on_died,
				   .arg = w };

	return bundle_boot(w->bundle, w->loop, &how, &w->anvil, e) &&
	       chain_id(anvil_rpc(w->anvil), &w->chain_id, e);
}

static bool start(struct live *w, const struct live_spec *spec, struct err *e)
{
	if (w->log_dir && mkdir(w->log_dir, 0755) != 0 && errno != EEXIST)
		return err_os(e, errno, "%s", w->log_dir);
	return tmpdir_new(&w->dir, "world", e) &&
	       http_client_new(&w->http, w->loop, e) &&
	       find_bundle(w, spec, e) && boot(w, e) &&
	       bind_contracts(w, e) && bind_tokens(w, spec, e) &&
	       bind_accounts(w, spec, e) &&
	       node_snapshot(anvil_rpc(w->anvil), &w->base, e);
}

bool live_new(struct live **ret, struct loop *l, const struct live_spec *spec,
	      const struct live_events *ev, struct err *e)
{
	CLEANUP(live_freep) struct live *w = xcalloc(1, sizeof(*w));

	w->loop = l;
	w->events = *ev;
	w->root = xstrdup(spec->root);
	w->log_dir = spec->log_dir ? xstrdup(spec->log_dir) : NULL;
	w->book = book_new();
	if (!start(w, spec, e))
		return false;
	*ret = TAKE(w);
	return true;
}

void live_free(struct live *w)
{
	if (!w)
		return;
	live_cast_end(w);
	tee_free(w->tee);
	anvil_free(w->anvil);
	bundle_free(w->bundle);
	book_free(w->book);
	http_client_free(w->http);
	tmpdir_free(w->dir);
	free(w->root);
	free(w->release);
	free(w->log_dir);
	free(w->died);
	free(w);
}

struct rpc *live_rpc(struct live *w)
{
	return anvil_rpc(w->anvil);
}

struct book *live_book(struct live *w)
{
	return w->book;
}

const char *live_ipc(const struct live *w)
{
	return anvil_ipc(w->anvil);
}

const char *live_url(const struct live *w)
{
	return anvil_url(w->anvil);
}

uint64_t live_chain_id(const struct live *w)
{
	return w->chain_id;
}

const json_t *live_manifest(const struct live *w)
{
	return bundle_manifest(w->bundle);
}

bool live_strategy(struct live *w, const char *token, struct addr20 *ret,
		   struct err *e)
{
	CLEANUP(freep) char *name = xasprintf("%s.strategy", token);
	const struct book_entry *s = book_by_name(w->book, name);

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
