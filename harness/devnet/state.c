#include "devnet/state.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#include "devnet/recipe.h"

#define COPY_MAX (64u << 20)
/*
 * The build's chain starts a day before the state's, at block 1: it ends
 * below the height and before the time with which the state starts.
 */
#define BUILD_AHEAD_S 86400

bool state_cache(char **ret, struct err *e)
{
	const char *ours = getenv("AVSBED_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (ours && *ours == '/')
		*ret = xstrdup(ours);
	else if (ours && *ours)
		return err_set(e, ERR_OS, EINVAL,
			       "AVSBED_CACHE is `%s`, a relative path; make it "
			       "absolute", ours);
	else if (xdg && *xdg == '/')
		*ret = xasprintf("%s/avsbed", xdg);
	else if (home && *home == '/')
		*ret = xasprintf("%s/.cache/avsbed", home);
	else
		return err_set(e, ERR_OS, ENOENT,
			       "no cache: neither AVSBED_CACHE nor HOME is "
			       "set; set AVSBED_CACHE to a directory you can "
			       "write");
	return true;
}

static json_t *contracts_json(const struct recipe_result *res)
{
	json_t *list = json_array();

	for (size_t i = 0; i < res->contracts_n; i++) {
		const struct recipe_deployed *d = &res->contracts[i];
		json_t *c = json_pack("{s:s, s:s?, s:s, s:s}", "name", d->name,
				      "artifact", d->artifact, "address",
				      fmt_addr(&d->address).s, "creation",
				      fmt_hash(&d->creation).s);

		if (d->proxy)
			json_object_set_new(
				c, "implementation",
				json_string(fmt_addr(&d->implementation).s));
		json_array_append_new(list, c);
	}
	return list;
}

static json_t *probes_json(const struct recipe_result *res)
{
	json_t *list = json_array();

	for (size_t i = 0; i < res->probes_n; i++) {
		const struct recipe_probe *p = &res->probes[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:o, s:o}", "contract",
				  p->contract, "function", p->function, "at",
				  fmt_addr(&p->at).s, "data",
				  json_bytes(p->data, p->data_len), "returns",
				  json_bytes(p->returns, p->returns_len)));
	}
	return list;
}

/* Everything a manifest says but what the bundle's writer adds. */
static json_t *manifest_of(const struct recipe *r,
			   const struct recipe_profile *p,
			   const struct recipe_result *res)
{
	json_t *addresses = json_object(), *accounts = json_object();
	json_t *constants = json_object();

	for (size_t i = 0; i < res->contracts_n; i++)
		json_object_set_new(
			addresses, res->contracts[i].name,
			json_string(fmt_addr(&res->contracts[i].address).s));
	for (size_t i = 0; i < res->accounts_n; i++)
		json_object_set_new(
			accounts, res->accounts[i].name,
			json_string(fmt_addr(&res->accounts[i].address).s));
	for (size_t i = 0; i < p->constants_n; i++)
		json_object_set_new(
			constants, p->constants[i].name,
			json_string(fmt_u256(p->constants[i].value).s));
	return json_pack(
		"{s:s, s:s, s:I, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, "
		"s:{s:s}}",
		"release", recipe_release(r), "profile", p->name, "chain_id",
		(json_int_t)p->chain_id, "hardfork", ANVIL_HARDFORK, "height",
		(json_int_t)p->height, "time", (json_int_t)p->time, "constants",
		constants, "addresses", addresses, "accounts", accounts,
		"contracts", contracts_json(res), "probes", probes_json(res),
		"tools", "anvil", recipe_tool(r, "anvil"));
}

/* The build must have ended before the state starts. */
static bool check_room(struct rpc *r, const struct recipe *rec,
		       const struct recipe_profile *p, struct err *e)
{
	struct block head;

	if (!chain_block(r, CHAIN_HEAD, &head, e))
		return false;
	if (head.number >= p->height || head.time >= p->time)
		return err_at(e, p->pos, ERR_RANGE,
			      "%s: building took the chain to block %llu, past "
			      "the height %llu at which the state starts",
			      recipe_path(rec),
			      (unsigned long long)head.number,
			      (unsigned long long)p->height);
	return true;
}

static bool build(struct bundle **ret, struct loop *l,
		  const struct state_paths *paths, const struct recipe *r,
		  const struct recipe_profile *p, const struct hash32 *key,
		  struct err *e)
{
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(json_decrefp) json_t *dump = NULL, *manifest = NULL;
	struct recipe_result res;
	struct anvil_spec spec = { .program = paths->anvil,
				   .version = recipe_tool(r, "anvil"),
				   .chain_id = p->chain_id,
				   .height = 1,
				   .time = p->time - BUILD_AHEAD_S,
				   .dump = true };

	if (!anvil_new(&a, l, &spec, e) ||
	    !recipe_run(r, p, anvil_rpc(a), arena, &res, e) ||
	    !check_room(anvil_rpc(a), r, p, e) || !anvil_dump(a, &dump, e))
		return false;
	manifest = manifest_of(r, p, &res);
	return bundle_write(ret, paths->cache, key, dump, manifest, NULL, e);
}

/*
 * What of a manifest is pinned: everything that must come out the same on any
 * machine, contracts by name so that a difference names one.
 */
static json_t *pins_of(const json_t *m)
{
	json_t *contracts = json_object();
	const json_t *list = json_object_get(m, "contracts");

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *c = json_copy(json_array_get(list, i));

		json_object_set(contracts,
				json_string_value(json_object_get(c, "name")),
				c);
		json_object_del(c, "name");
		json_decref(c);
	}
	return json_pack(
		"{s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:o, s:O}", "chain_id",
		json_object_get(m, "chain_id"), "hardfork",
		json_object_get(m, "hardfork"), "height",
		json_object_get(m, "height"), "time", json_object_get(m, "time"),
		"tools", json_object_get(m, "tools"), "constants",
		json_object_get(m, "constants"), "accounts",
		json_object_get(m, "accounts"), "contracts", contracts,
		"files", json_object_get(m, "files"));
}

static char *leaf_text(const json_t *j)
{
	return !j ? xstrdup("nothing") :
	       json_is_string(j) ? xstrdup(json_string_value(j)) :
				   json_text(j);
}

/* @path names what is compared: "allocationManager.code". */
static bool compare(json_t *pinned, json_t *have, const char *path,
		    struct err *e)
{
	json_t *v;
	const char *key;

	if (!json_is_object(pinned) || !json_is_object(have)) {
		if (json_equal(pinned, have))
			return true;
		CLEANUP(freep) char *want = leaf_text(pinned);
		CLEANUP(freep) char *is = leaf_text(have);

		return err_set(e, ERR_MISMATCH, 0,
			       "%s is %s, and the committed manifest says %s",
			       path, is, want);
	}
	json_object_foreach(pinned, key, v)
	{
		CLEANUP(freep) char *deeper =
			xasprintf("%s%s%s", path, *path ? "." : "", key);

		if (!compare(v, json_object_get(have, key), deeper, e))
			return false;
	}
	json_object_foreach(have, key, v)
	{
		CLEANUP(freep) char *deeper =
			xasprintf("%s%s%s", path, *path ? "." : "", key);

		if (!json_object_get(pinned, key) &&
		    !compare(NULL, v, deeper, e))
			return false;
	}
	return true;
}

static char *pins_path(const struct state_paths *paths, const struct recipe *r)
{
	return xasprintf("%s/anvil-state/manifest-%s.json", paths->root,
			 recipe_release(r));
}

static bool check_pins(const struct bundle *b, const struct state_paths *paths,
		       const struct recipe *r, const char *profile,
		       struct err *e)
{
	CLEANUP(freep) char *path = pins_path(paths, r);
	CLEANUP(json_decrefp) json_t *all = NULL, *have = NULL;

	if (!json_read_file(&all, path, e))
		return err_ctx(e, "the committed manifest; `avsbed state pin` "
				  "writes it");
	json_t *pinned = json_object_get(json_object_get(all, "profiles"),
					 profile);

	if (!pinned)
		return err_set(e, ERR_MISMATCH, 0,
			       "%s pins no profile `%s`; `avsbed state pin` "
			       "adds it",
			       path, profile);
	have = pins_of(bundle_manifest(b));
	return compare(pinned, have, "", e) ||
	       err_ctx(e, "%s, profile %s; if the change is meant, `avsbed "
			  "state pin` writes the manifest anew",
		       path, profile);
}

/* Found or built, without looking at the pins. */
static bool find_or_build(struct bundle **ret, bool *ret_built, struct loop *l,
			  const struct state_paths *paths,
			  const struct recipe *r, const char *profile,
			  struct err *e)
{
	const struct recipe_profile *p;
	struct hash32 key;
	bool found = false;

	if (!recipe_profile(r, profile, &p, e) ||
	    !recipe_key(r, p, BUNDLE_FORMAT, &key, e) ||
	    !bundle_open(ret, &found, paths->cache, &key, NULL, e))
		return false;
	if (ret_built)
		*ret_built = !found;
	return found || build(ret, l, paths, r, p, &key, e) ||
	       err_ctx(e, "building the EigenLayer state (%s)", profile);
}

/*
 * An error's place points into the recipe, which its user frees: let it point
 * at the caller's path instead.
 */
static bool placed(const struct state_paths *paths, struct err *e)
{
	if (e->pos.line)
		e->pos.file = paths->recipe;
	return false;
}

static bool load(struct recipe **ret, const struct state_paths *paths,
		 struct err *e)
{
	CLEANUP(freep) char *path =
		*paths->recipe == '/'
			? xstrdup(paths->recipe)
			: xasprintf("%s/%s", paths->root, paths->recipe);

	return recipe_load(ret, paths->root, path, e) || placed(paths, e);
}

bool state_ensure(struct bundle **ret, bool *ret_built, struct loop *l,
		  const struct state_paths *paths, const char *profile,
		  struct err *e)
{
	CLEANUP(recipe_freep) struct recipe *r = NULL;
	CLEANUP(bundle_freep) struct bundle *b = NULL;

	if (!load(&r, paths, e) ||
	    !find_or_build(&b, ret_built, l, paths, r, profile, e) ||
	    !check_pins(b, paths, r, profile, e))
		return placed(paths, e);
	*ret = TAKE(b);
	return true;
}

bool state_pin(struct loop *l, const struct state_paths *paths, struct err *e)
{
	CLEANUP(recipe_freep) struct recipe *r = NULL;
	CLEANUP(json_decrefp) json_t *profiles = json_object();

	if (!load(&r, paths, e))
		return false;
	CLEANUP(freep) char *path = pins_path(paths, r);

	for (size_t i = 0; i < recipe_profiles_n(r); i++) {
		CLEANUP(bundle_freep) struct bundle *b = NULL;
		const char *name = recipe_profile_at(r, i)->name;

		if (!find_or_build(&b, NULL, l, paths, r, name, e))
			return placed(paths, e);
		json_object_set_new(profiles, name,
				    pins_of(bundle_manifest(b)));
	}
	CLEANUP(json_decrefp) json_t *all =
		json_pack("{s:s, s:O}", "release", recipe_release(r),
			  "profiles", profiles);
	CLEANUP(freep) char *text = json_dumps(all, JSON_INDENT(1));
	CLEANUP(freep) char *line = xasprintf("%s\n", text);

	return file_write_atomic(path, line, strlen(line), e);
}

/* One file; what is at @to already is replaced as a whole. */
static bool copy(const char *from, const char *to, struct err *e)
{
	struct buf text = BUF_INIT(COPY_MAX);
	bool ok = buf_read_file(&text, from, e) &&
		  file_write_atomic(to, text.data, text.len, e);

	buf_done(&text);
	return ok;
}

bool state_publish(const struct bundle *b, const char *root, const char *name,
		   struct err *e)
{
	static const char *const files[] = { "alloc.json", "manifest.json",
					     "seal" };
	CLEANUP(freep) char *build = xasprintf("%s/build", root);
	CLEANUP(freep) char *state = xasprintf("%s/state", build);
	CLEANUP(freep) char *dir = xasprintf("%s/%s", state, name);
	CLEANUP(freep) char *old = xasprintf("%s/seal", dir);
	CLEANUP(freep) char *new = xasprintf("%s/seal", bundle_dir(b));
	const char *const dirs[] = { build, state, dir };
	struct buf have = BUF_INIT(256), want = BUF_INIT(256);
	struct err ignored = ERR_INIT;
	bool same = buf_read_file(&have, old, &ignored) &&
		    buf_read_file(&want, new, &ignored) &&
		    strcmp(buf_str(&have), buf_str(&want)) == 0;

	buf_done(&have);
	buf_done(&want);
	if (same)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (mkdir(dirs[i], 0755) != 0 && errno != EEXIST)
			return err_os(e, errno, "%s", dirs[i]);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		CLEANUP(freep) char *from =
			xasprintf("%s/%s", bundle_dir(b), files[i]);
		CLEANUP(freep) char *to = xasprintf("%s/%s", dir, files[i]);

		if (!copy(from, to, e))
			return false;
	}
	return true;
}
