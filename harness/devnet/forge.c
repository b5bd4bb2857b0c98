#include "devnet/forge.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>

#include "base/base.h"

#include "base/hex.h"
#include "crypto/ec.h"
#include "devnet/forge_priv.h"
#include "devnet/state.h"
#include "eth/chain.h"
#include "io/child.h"
#include "io/reaper.h"

/* Compiling everything takes 14 s on two idle cores. */
#define BUILD_MS 600000
#define SCRIPT_MS 600000
#define OUTPUT_MAX (4u << 20)
#define KEY_TEXT_MAX (1u << 20)

static void tmpdir_freep(char **dir)
{
	tmpdir_free(*dir);
}

/* "NAME=value", owned. */
struct env {
	char **list;
	size_t n, cap;
};

static void env_done(struct env *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->list[i]);
	free(v->list);
}

/* Set or replace. */
static void env_set(struct env *v, const char *name, const char *value)
{
	char *line = xasprintf("%s=%s", name, value);
	size_t len = strlen(name) + 1;

	for (size_t i = 0; i < v->n; i++)
		if (strncmp(v->list[i], line, len) == 0) {
			free(v->list[i]);
			v->list[i] = line;
			return;
		}
	GROW(v->list, v->n, v->cap);
	v->list[v->n++] = line;
}

char *forge_env_name(const char *name)
{
	struct buf out = BUF_INIT(1024);

	for (size_t i = 0; name[i]; i++) {
		unsigned char c = (unsigned char)name[i];

		if (isupper(c) && i > 0 && !isupper((unsigned char)name[i - 1]))
			buf_addc(&out, '_');
		buf_addc(&out, (char)toupper(c));
	}
	return buf_take(&out);
}

/* What forge itself needs, whatever it does; all of it stays in @home. */
static void env_base(struct env *v, const char *home)
{
	CLEANUP(freep) char *broadcast = xasprintf("%s/broadcast", home);
	const char *path = getenv("PATH");

	env_set(v, "PATH", path ? path : "/usr/bin:/bin"); /* solc wants node */
	env_set(v, "HOME", home);
	env_set(v, "NO_COLOR", "1");
	env_set(v, "FOUNDRY_BROADCAST", broadcast);
	env_set(v, "FOUNDRY_DISABLE_NIGHTLY_WARNING", "1");
}

/* Start with the line that says what is wrong; the rest is traces. */
static const char *gist(const char *output)
{
	const char *at = strstr(output, "Error: script failed");

	if (!at)
		at = strstr(output, "Error (");
	if (!at)
		at = strstr(output, "Error:");
	return at ? at : *output ? output : "it said nothing";
}

static bool run_forge(struct loop *l, const char *root, const char *forge,
		      const char *const *args, const struct env *env,
		      unsigned timeout_ms, const char *what, struct err *e)
{
	CLEANUP(freep) char *program = *forge == '/' ?
					       xstrdup(forge) :
					       xasprintf("%s/%s", root, forge);
	CLEANUP(freep) char *full = realpath(program, NULL);
	CLEANUP(freep) char *cwd = xasprintf("%s/contracts", root);
	const char *argv[24] = { full };
	const char **envp = xcalloc(env->n + 1, sizeof(*envp));
	struct buf out = BUF_INIT(OUTPUT_MAX);
	struct err why = ERR_INIT;

	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	for (size_t i = 0; i < env->n; i++)
		envp[i] = env->list[i];
	bool ok = full && child_run(l,
				    &(struct child_spec){ .name = "forge",
							  .argv = argv,
							  .env = envp,
							  .cwd = cwd },
				    &out, timeout_ms, &why);

	if (!full)
		err_os(e, errno, "`make setup` installs forge: there is no %s",
		       program);
	else if (!ok && why.code == ERR_CHILD)
		err_set(e, ERR_CHILD, why.sub, "%s: %s", what,
			gist(buf_str(&out)));
	else if (!ok)
		*e = why;
	buf_done(&out);
	free(envp);
	return ok;
}

/* contracts/out knows from which sources it was made. */
static char *stamp_path(const char *root)
{
	return xasprintf("%s/contracts/out/.avsbed-sources", root);
}

static bool is_fresh(const char *root, const struct hash32 *sources)
{
	CLEANUP(freep) char *path = stamp_path(root);
	struct buf have = BUF_INIT(256);
	struct err ignored = ERR_INIT;
	bool same = buf_read_file(&have, path, &ignored) &&
		    strcmp(buf_str(&have), fmt_hash(sources).s) == 0;

	buf_done(&have);
	return same;
}

bool forge_build(struct loop *l, const char *root, const char *forge,
		 const struct hash32 *wanted, void (*begins)(void *arg),
		 void *arg, struct err *e)
{
	static const char *const args[] = { "build", "--skip", "test/**",
					    NULL };
	CLEANUP(tmpdir_freep) char *home = NULL;
	CLEANUP(freep) char *stamp = stamp_path(root);
	struct hash32 sources;
	struct env env = { 0 };
	int lock = -1;

	if (!forge_sources(&sources, root, e))
		return err_ctx(e, "the contracts");
	/* What is made of them would be kept under the others' key. */
	if (wanted && !hash_eq(&sources, wanted))
		return err_set(e, ERR_MISMATCH, 0,
			       "contracts/ was changed since this run began: "
			       "run it again");
	bool fresh = is_fresh(root, &sources);

	if (!fresh && !forge_lock(&lock, l, root, e))
		return false;
	/* Who had the lock may have compiled the same. */
	fresh = fresh || is_fresh(root, &sources);
	bool ok = fresh || (forge_check(l, root, forge, e) &&
			    tmpdir_new(&home, "forge", e));

	if (ok && !fresh) {
		if (begins)
			begins(arg);
		env_base(&env, home);
		ok = run_forge(l, root, forge, args, &env, BUILD_MS,
			       "contracts do not compile", e) &&
		     file_write_atomic(stamp, fmt_hash(&sources).s,
				       strlen(fmt_hash(&sources).s), e);
		env_done(&env);
	}
	fd_close(&lock);
	return ok;
}

/* Tests' contracts are there when tests were compiled, and not otherwise. */
static bool is_test(const char *folder)
{
	size_t len = strlen(folder);

	return len > 6 && !strcmp(folder + len - 6, ".t.sol");
}

/*
 * A file may hold several contracts: PHA is in out/MintableToken.sol. *ret NULL:
 * none does. The order of a folder's entries is nobody's choice, so two are
 * refused.
 */
static bool find_artifact(char **ret, const char *out, const char *name,
			  struct err *e)
{
	CLEANUP(freep) char *found = NULL;
	DIR *dir = opendir(out);
	bool ok = true;

	for (struct dirent *d; dir && ok && (d = readdir(dir));) {
		CLEANUP(freep)
		char *path = xasprintf("%s/%s/%s.json", out, d->d_name, name);

		if (is_test(d->d_name) || access(path, R_OK) != 0)
			continue;
		if (found)
			ok = err_set(e, ERR_SCHEMA, 0,
				     "two contracts are named %s: %s and %s; "
				     "rename one, or `rm -r contracts/out` if "
				     "it is gone",
				     name, found, path);
		else
			found = TAKE(path);
	}
	if (dir)
		closedir(dir);
	if (ok)
		*ret = TAKE(found);
	return ok;
}

bool forge_artifact(char **ret, const char *root, const char *name,
		    struct err *e)
{
	CLEANUP(freep) char *out = xasprintf("%s/contracts/out", root);
	char *path = xasprintf("%s/%s.sol/%s.json", out, name, name);

	if (access(path, R_OK) == 0) {
		*ret = path;
		return true;
	}
	free(path);
	if (!find_artifact(&path, out, name, e))
		return false;
	if (!path)
		return err_os(e, ENOENT,
			      "no artifact of %s in contracts/out; is it in "
			      "contracts/src?", name);
	*ret = path;
	return true;
}

/* The script's environment: the core's names, the key, and what is asked. */
static bool script_env(struct env *env, const struct bundle *core,
		       const struct forge_spec *spec, struct err *e)
{
	static const char *const maps[] = { "accounts", "addresses" };
	struct seckey key = devnet_key("deployer");
	struct hash32 key_text;

	memcpy(key_text.b, key.b, sizeof(key.b));
	seckey_wipe(&key);
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		const json_t *at;
		json_t *map, *v;
		const char *name;

		if (!json_at(&at, bundle_manifest(core), maps[i], e))
			return false;
		map = json_object_get(bundle_manifest(core), maps[i]);
		json_object_foreach(map, name, v)
		{
			CLEANUP(freep) char *upper = forge_env_name(name);

			env_set(env, upper, json_string_value(v));
		}
	}
	env_set(env, "DEPLOYER_KEY", fmt_hash(&key_text).s);
	for (size_t i = 0; i < spec->env_n; i++)
		env_set(env, spec->env[i].name, spec->env[i].value);
	return true;
}

static bool key_of(struct hash32 *ret, const struct bundle *core,
		   const struct forge_spec *spec, const struct env *env,
		   struct err *e)
{
	struct hash32 parent = bundle_key(core);
	struct buf text = BUF_INIT(KEY_TEXT_MAX);

	buf_addf(&text, "format %u\nsince %s\nsources %s\nscript %s\n",
		 BUNDLE_FORMAT, fmt_hash(&parent).s, fmt_hash(spec->sources).s,
		 spec->script);
	for (size_t i = 0; i < env->n; i++)
		buf_addf(&text, "env %s\n", env->list[i]);
	for (size_t i = 0; i < spec->names_n; i++)
		buf_addf(&text, "name %s %s\n", spec->names[i].name,
			 spec->names[i].value);
	for (size_t i = 0; i < spec->lookups_n; i++)
		buf_addf(&text, "lookup %s %s %s %s\n", spec->lookups[i].name,
			 spec->lookups[i].contract, spec->lookups[i].signature,
			 spec->lookups[i].of);
	bool ok = buf_ok(&text, "a deployment's key", e);

	if (ok)
		*ret = sha256(text.data, text.len);
	buf_done(&text);
	return ok;
}

static bool run_script(struct loop *l, const struct forge_spec *spec,
		       const struct anvil *a, struct env *env,
		       json_t **ret_broadcast, struct err *e)
{
	CLEANUP(tmpdir_freep) char *home = NULL;
	const char *script = spec->script;
	struct env all = { 0 };
	int lock = -1;
	uint64_t id;

	if (strncmp(script, "contracts/", 10) != 0)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s is not under contracts/, where forge looks",
			       script);
	script += strlen("contracts/");
	if (!tmpdir_new(&home, "forge", e) || !chain_id(anvil_rpc(a), &id, e))
		return false;
	env_base(&all, home);
	for (size_t i = 0; i < env->n; i++) {
		char *eq = strchr(env->list[i], '=');
		CLEANUP(freep) char *name =
			xstrndup(env->list[i], (size_t)(eq - env->list[i]));

		env_set(&all, name, eq + 1);
	}
	const char *args[] = { "script", script, "--rpc-url", anvil_url(a),
			       "--broadcast", "--slow", NULL };
	const char *base = strrchr(script, '/');
	CLEANUP(freep) char *record =
		xasprintf("%s/broadcast/%s/%llu/run-latest.json", home,
			  base ? base + 1 : script, (unsigned long long)id);
	bool ok = forge_lock(&lock, l, spec->root, e) &&
		  run_forge(l, spec->root, spec->forge, args, &all, SCRIPT_MS,
			    spec->script, e) &&
		  json_read_file(ret_broadcast, record, e);

	fd_close(&lock);
	env_done(&all);
	return ok;
}

static bool look_up(json_t *m, struct rpc *r, const struct forge_lookup *q,
		    struct err *e)
{
	json_t *addresses = json_object_get(m, "addresses");
	struct hash32 hash = keccak256(q->signature, strlen(q->signature));
	struct addr20 at, of, found;
	uint8_t data[4 + 32] = { 0 };
	struct buf out = BUF_INIT(4096);

	if (!json_addr_at(&at, addresses, q->contract, e) ||
	    !json_addr_at(&of, addresses, q->of, e))
		return err_ctx(e, "looking for %s", q->name);
	memcpy(data, hash.b, 4);
	memcpy(data + 4 + 12, of.b, sizeof(of.b));
	bool ok = chain_call(r, NULL, &at, data, sizeof(data), CHAIN_HEAD,
			     &out, e) ||
		  err_ctx(e, "%s.%s", q->contract, q->signature);

	if (ok && out.len == 32)
		memcpy(found.b, out.data + 12, sizeof(found.b));
	if (ok && (out.len != 32 || addr_is_zero(&found)))
		ok = err_set(e, ERR_SCHEMA, 0,
			     "%s.%s of %s gives no address: does the script "
			     "make %s?",
			     q->contract, q->signature, q->of, q->name);
	buf_done(&out);
	if (!ok)
		return false;
	json_object_set_new(addresses, q->name,
			    json_string(fmt_addr(&found).s));
	json_array_append_new(json_object_get(m, "contracts"),
			      json_pack("{s:s, s:s, s:s}", "name", q->name,
					"artifact", q->artifact, "address",
					fmt_addr(&found).s));
	return true;
}

/* The core's manifest, with height, time and contracts of the new state. */
static bool layer(json_t **ret, const struct bundle *core, struct rpc *r,
		  const json_t *broadcast, const struct forge_spec *spec,
		  struct err *e)
{
	CLEANUP(json_decrefp) json_t *m =
		json_deep_copy(bundle_manifest(core));
	struct hash32 parent = bundle_key(core);
	struct block head;

	if (!chain_block(r, CHAIN_HEAD, &head, e) ||
	    !forge_broadcast(json_object_get(m, "addresses"),
			     json_object_get(m, "contracts"), broadcast, spec,
			     e))
		return false;
	for (size_t i = 0; i < spec->lookups_n; i++)
		if (!look_up(m, r, &spec->lookups[i], e))
			return err_ctx(e, "%s", spec->script);
	json_object_set_new(m, "height", json_integer((json_int_t)head.number));
	json_object_set_new(m, "time", json_integer((json_int_t)head.time));
	json_object_set_new(m, "parent", json_string(fmt_hash(&parent).s));
	json_object_set_new(m, "script", json_string(spec->script));
	*ret = TAKE(m);
	return true;
}

static bool deploy(struct bundle **ret, struct loop *l,
		   const struct bundle *core, const struct forge_spec *spec,
		   struct env *env, const struct hash32 *key, struct err *e)
{
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(json_decrefp) json_t *sent = NULL, *manifest = NULL;
	CLEANUP(json_decrefp) json_t *dump = NULL;
	CLEANUP(freep) char *program =
		*spec->anvil == '/' ? xstrdup(spec->anvil) :
				      xasprintf("%s/%s", spec->root, spec->anvil);
	struct bundle_boot how = { .program = program, .dump = true };

	return forge_build(l, spec->root, spec->forge, spec->sources, NULL, NULL,
			   e) &&
	       bundle_boot(core, l, &how, &a, e) &&
	       run_script(l, spec, a, env, &sent, e) &&
	       layer(&manifest, core, anvil_rpc(a), sent, spec, e) &&
	       anvil_dump(a, &dump, e) &&
	       bundle_write(ret, spec->cache, key, dump, manifest, core, e);
}

bool forge_deploy(struct bundle **ret, bool *ret_built, struct loop *l,
		  const struct bundle *core, const struct forge_spec *spec,
		  struct err *e)
{
	struct env env = { 0 };
	struct hash32 key;
	bool found = false;
	bool ok = script_env(&env, core, spec, e) &&
		  key_of(&key, core, spec, &env, e) &&
		  bundle_open(ret, &found, spec->cache, &key, core, e) &&
		  (found || deploy(ret, l, core, spec, &env, &key, e));

	env_done(&env);
	if (!ok)
		return false;
	if (ret_built)
		*ret_built = !found;
	return true;
}
