#include "devnet/recipe.h"

#include "base/base.h"

#include "base/hex.h"
#include "base/nearest.h"
#include "devnet/filesum.h"
#include "devnet/recipe_priv.h"

#define ARTIFACT_MAX (8u << 20)

static const char *const TOP_KEYS[] = { "recipe",   "release",	  "tools",
					"artifacts", "chain",	  "accounts",
					"profiles",  "foundation", "proxy",
					"contracts", "probe" };
static const char *const CHAIN_KEYS[] = { "id", "time" };
static const char *const PROFILE_KEYS[] = { "height", "constants" };
static const char *const CONTRACT_KEYS[] = { "artifact", "code", "proxy",
					     "constructor", "call" };
static const char *const PROXY_KEYS[] = { "artifact", "constructor", "admin" };

/* @node is a map, and each of its keys one of @known. */
static bool map_of(const struct yaml_node *node, const char *what,
		   const char *const *known, size_t known_n, struct err *e)
{
	if (node->kind != YAML_MAP)
		return err_at(e, node->pos, ERR_SCHEMA, "%s is a map", what);
	for (size_t i = 0; i < node->n && known; i++) {
		const struct yaml_node *key = node->pairs[i].key;
		const char *near;
		bool found = false;

		for (size_t j = 0; j < known_n; j++)
			found |= strcmp(key->text, known[j]) == 0;
		if (found)
			continue;
		near = nearest_name(key->text, known, known_n);
		return err_at(e, key->pos, ERR_SCHEMA, "%s has no `%s`%s%s",
			      what, key->text, near ? "; nearest: " : "",
			      near ? near : "");
	}
	return true;
}

/* The value of a key that must be there. */
static bool member(const struct yaml_node **ret, const struct yaml_node *map,
		   const char *what, const char *key, struct err *e)
{
	const struct yaml_node *v = yaml_get(map, key);

	if (!v) {
		err_at(e, map->pos, ERR_SCHEMA, "%s needs `%s`", what, key);
		return false; /* said so, or gcc fears for *ret */
	}
	*ret = v;
	return true;
}

static bool text_member(const char **ret, const struct yaml_node *map,
			const char *what, const char *key, struct err *e)
{
	const struct yaml_node *v;

	if (!member(&v, map, what, key, e))
		return false;
	if (v->kind != YAML_SCALAR || !*v->text)
		return err_at(e, v->pos, ERR_SCHEMA, "`%s` is a text", key);
	*ret = v->text;
	return true;
}

static bool number(struct u256 *ret, const struct yaml_node *v,
		   const char *what, struct err *e)
{
	struct err why = ERR_INIT;

	if (v->kind != YAML_SCALAR)
		return err_at(e, v->pos, ERR_SCHEMA, "`%s` is a number", what);
	if (!u256_parse(ret, v->text, strlen(v->text), &why))
		return err_at(e, v->pos, why.code, "`%s` is a number: %s",
			      what, why.text);
	return true;
}

static bool u64_member(uint64_t *ret, const struct yaml_node *map,
		       const char *what, const char *key, struct err *e)
{
	const struct yaml_node *v;
	struct u256 n;

	if (!member(&v, map, what, key, e) || !number(&n, v, key, e))
		return false;
	if (!u256_fits_u64(ret, n))
		return err_at(e, v->pos, ERR_RANGE, "`%s` is too large", key);
	return true;
}

/* A map of texts: tools and artifact directories. */
static bool read_pairs(struct recipe *r, const struct yaml_node *top,
		       const char *key, const struct recipe_pair **ret,
		       size_t *ret_n, struct err *e)
{
	const struct yaml_node *map;

	if (!member(&map, top, "a recipe", key, e) ||
	    !map_of(map, key, NULL, 0, e))
		return false;
	struct recipe_pair *list =
		ARENA_ARRAY(r->arena, struct recipe_pair, map->n + 1);

	for (size_t i = 0; i < map->n; i++) {
		const struct yaml_node *v = map->pairs[i].value;

		if (v->kind != YAML_SCALAR)
			return err_at(e, v->pos, ERR_SCHEMA,
				      "`%s` is a text", map->pairs[i].key->text);
		list[i].key = map->pairs[i].key;
		list[i].value = v->text;
	}
	*ret = list;
	*ret_n = map->n;
	return true;
}

static bool read_accounts(struct recipe *r, const struct yaml_node *top,
			  struct err *e)
{
	const struct yaml_node *list;
	bool deployer = false;

	if (!member(&list, top, "a recipe", "accounts", e))
		return false;
	if (list->kind != YAML_LIST)
		return err_at(e, list->pos, ERR_SCHEMA,
			      "accounts is a list of names");
	const char **names = ARENA_ARRAY(r->arena, const char *, list->n + 1);

	for (size_t i = 0; i < list->n; i++) {
		const struct yaml_node *v = list->items[i];

		if (v->kind != YAML_SCALAR)
			return err_at(e, v->pos, ERR_SCHEMA,
				      "an account is a name");
		names[i] = v->text;
		deployer |= strcmp(v->text, "deployer") == 0;
	}
	if (!deployer)
		return err_at(e, list->pos, ERR_SCHEMA,
			      "accounts needs `deployer`, which sends "
			      "everything");
	r->accounts = names;
	r->accounts_n = list->n;
	return true;
}

static bool read_profile(struct recipe *r, struct recipe_profile *p,
			 const struct yaml_pair *pair, struct err *e)
{
	const struct yaml_node *map;

	p->name = pair->key->text;
	p->pos = pair->key->pos;
	if (!map_of(pair->value, "a profile", PROFILE_KEYS,
		    ARRAY_LEN(PROFILE_KEYS), e) ||
	    !u64_member(&p->height, pair->value, "a profile", "height", e) ||
	    !member(&map, pair->value, "a profile", "constants", e) ||
	    !map_of(map, "constants", NULL, 0, e))
		return false;
	struct recipe_constant *list =
		ARENA_ARRAY(r->arena, struct recipe_constant, map->n + 1);

	for (size_t i = 0; i < map->n; i++) {
		list[i].name = map->pairs[i].key->text;
		if (!number(&list[i].value, map->pairs[i].value, list[i].name,
			    e))
			return false;
	}
	p->constants = list;
	p->constants_n = map->n;
	return true;
}

static bool read_profiles(struct recipe *r, const struct yaml_node *top,
			  struct err *e)
{
	const struct yaml_node *chain, *map;
	uint64_t id, time;

	if (!member(&chain, top, "a recipe", "chain", e) ||
	    !map_of(chain, "chain", CHAIN_KEYS, ARRAY_LEN(CHAIN_KEYS), e) ||
	    !u64_member(&id, chain, "chain", "id", e) ||
	    !u64_member(&time, chain, "chain", "time", e) ||
	    !member(&map, top, "a recipe", "profiles", e) ||
	    !map_of(map, "profiles", NULL, 0, e))
		return false;
	r->profiles = ARENA_ARRAY(r->arena, struct recipe_profile, map->n + 1);
	for (size_t i = 0; i < map->n; i++) {
		r->profiles[i].chain_id = id;
		r->profiles[i].time = time;
		if (!read_profile(r, &r->profiles[i], &map->pairs[i], e))
			return false;
	}
	r->profiles_n = map->n;
	return true;
}

/* "eigenlayer/AllocationManager": a directory of `artifacts` and a name. */
static bool read_artifact(struct recipe *r, const struct yaml_node *map,
			  const struct recipe_artifact **ret, struct err *e)
{
	const struct yaml_node *v;
	struct recipe_artifact *a = ARENA_NEW(r->arena, struct recipe_artifact);
	const char *text;

	if (!member(&v, map, "a contract", "artifact", e) ||
	    !text_member(&text, map, "a contract", "artifact", e))
		return false;
	const char *slash = strchr(text, '/');

	for (size_t i = 0; slash && i < r->dirs_n; i++) {
		const char *dir = r->dirs[i].key->text;

		if (strlen(dir) != (size_t)(slash - text) ||
		    strncmp(dir, text, strlen(dir)) != 0)
			continue;
		a->name = slash + 1;
		a->path = arena_printf(r->arena, "%s/%s/%s.json", r->root,
				       r->dirs[i].value, slash + 1);
		*ret = a;
		return true;
	}
	return err_at(e, v->pos, ERR_SCHEMA,
		      "`%s` is no artifact: write DIRECTORY/NAME with a "
		      "directory that `artifacts` names",
		      text);
}

/* `call: {initialize: {…}}`: one function and its arguments. */
static bool read_call(struct recipe_contract *c, const struct yaml_node *map,
		      struct err *e)
{
	const struct yaml_node *call = yaml_get(map, "call");

	if (!call)
		return true;
	if (call->kind != YAML_MAP || call->n != 1)
		return err_at(e, call->pos, ERR_SCHEMA,
			      "`call` is a map of one function to its "
			      "arguments");
	c->call = call->pairs[0].key->text;
	c->call_pos = call->pairs[0].key->pos;
	c->call_args = call->pairs[0].value;
	if (!c->proxy)
		return err_at(e, call->pos, ERR_SCHEMA,
			      "only a contract with `proxy: true` is called "
			      "after its construction");
	return true;
}

static bool read_contract(struct recipe *r, struct recipe_contract *c,
			  const struct yaml_pair *pair, struct err *e)
{
	const struct yaml_node *map = pair->value, *proxy;

	c->name = pair->key->text;
	c->pos = pair->key->pos;
	if (!map_of(map, "a contract", CONTRACT_KEYS,
		    ARRAY_LEN(CONTRACT_KEYS), e))
		return false;
	proxy = yaml_get(map, "proxy");
	if (proxy && (proxy->kind != YAML_SCALAR ||
		      (strcmp(proxy->text, "true") != 0 &&
		       strcmp(proxy->text, "false") != 0)))
		return err_at(e, proxy->pos, ERR_SCHEMA,
			      "`proxy` is true or false");
	c->proxy = proxy && strcmp(proxy->text, "true") == 0;
	c->constructor = yaml_get(map, "constructor");
	c->code = yaml_get(map, "code");
	if (c->code)
		return yaml_get(map, "artifact") || c->constructor || c->proxy ?
			       err_at(e, c->code->pos, ERR_SCHEMA,
				      "`code` stands alone") :
			       read_call(c, map, e);
	return read_artifact(r, map, &c->artifact, e) && read_call(c, map, e);
}

static bool read_contracts(struct recipe *r, const struct yaml_node *top,
			   struct err *e)
{
	const struct yaml_node *first, *rest;

	if (!member(&first, top, "a recipe", "foundation", e) ||
	    !map_of(first, "foundation", NULL, 0, e) ||
	    !member(&rest, top, "a recipe", "contracts", e) ||
	    !map_of(rest, "contracts", NULL, 0, e))
		return false;
	r->contracts = ARENA_ARRAY(r->arena, struct recipe_contract,
				   first->n + rest->n + 1);
	for (size_t i = 0; i < first->n + rest->n; i++) {
		const struct yaml_pair *pair =
			i < first->n ? &first->pairs[i] :
				       &rest->pairs[i - first->n];

		for (size_t j = 0; j < i; j++)
			if (strcmp(r->contracts[j].name, pair->key->text) == 0)
				return err_at(e, pair->key->pos, ERR_SCHEMA,
					      "`%s` is a contract already, in "
					      "line %u",
					      pair->key->text,
					      r->contracts[j].pos.line);
		if (!read_contract(r, &r->contracts[i], pair, e))
			return false;
		if (i < first->n && r->contracts[i].proxy)
			return err_at(e, pair->key->pos, ERR_SCHEMA,
				      "a foundation comes before the first "
				      "proxy and is none");
	}
	r->foundation_n = first->n;
	r->contracts_n = first->n + rest->n;
	return true;
}

static bool read_proxy(struct recipe *r, const struct yaml_node *top,
		       struct err *e)
{
	const struct yaml_node *map;

	if (!member(&map, top, "a recipe", "proxy", e) ||
	    !map_of(map, "proxy", PROXY_KEYS, ARRAY_LEN(PROXY_KEYS), e) ||
	    !read_artifact(r, map, &r->proxy.artifact, e) ||
	    !text_member(&r->proxy_admin, map, "proxy", "admin", e))
		return false;
	r->proxy.name = "proxy";
	r->proxy.pos = map->pos;
	r->proxy.constructor = yaml_get(map, "constructor");
	return true;
}

static bool read_recipe(struct recipe *r, struct err *e)
{
	const struct yaml_node *top = r->doc->root;
	const char *title;

	if (!map_of(top, "a recipe", TOP_KEYS, ARRAY_LEN(TOP_KEYS), e) ||
	    !text_member(&title, top, "a recipe", "recipe", e) ||
	    !text_member(&r->release, top, "a recipe", "release", e) ||
	    !read_pairs(r, top, "tools", &r->tools, &r->tools_n, e) ||
	    !read_pairs(r, top, "artifacts", &r->dirs, &r->dirs_n, e) ||
	    !read_accounts(r, top, e) || !read_profiles(r, top, e) ||
	    !read_contracts(r, top, e) || !read_proxy(r, top, e))
		return false;
	r->probe = yaml_get(top, "probe");
	return true;
}

bool recipe_load(struct recipe **ret, const char *root, const char *path,
		 struct err *e)
{
	CLEANUP(recipe_freep) struct recipe *r = xcalloc(1, sizeof(*r));

	r->arena = arena_new();
	r->path = xstrdup(path);
	r->root = arena_strdup(r->arena, root);
	if (!yaml_load(&r->doc, r->path, e) || !read_recipe(r, e)) {
		/* The recipe's own copy goes away now. */
		if (e->pos.line)
			e->pos.file = path;
		return false;
	}
	*ret = TAKE(r);
	return true;
}

void recipe_free(struct recipe *r)
{
	if (!r)
		return;
	yaml_doc_free(r->doc);
	arena_free(r->arena);
	free(r->path);
	free(r);
}

const char *recipe_release(const struct recipe *r)
{
	return r->release;
}

const char *recipe_path(const struct recipe *r)
{
	return r->path;
}

const char *recipe_tool(const struct recipe *r, const char *tool)
{
	for (size_t i = 0; i < r->tools_n; i++)
		if (strcmp(r->tools[i].key->text, tool) == 0)
			return r->tools[i].value;
	return "unspecified";
}

bool recipe_profile(const struct recipe *r, const char *name,
		    const struct recipe_profile **ret, struct err *e)
{
	struct buf all = BUF_INIT(512);

	for (size_t i = 0; i < r->profiles_n; i++) {
		if (strcmp(r->profiles[i].name, name) == 0) {
			*ret = &r->profiles[i];
			buf_done(&all);
			return true;
		}
		buf_addf(&all, "%s%s", i ? ", " : "", r->profiles[i].name);
	}
	err_set(e, ERR_SCHEMA, 0, "%s has no profile `%s`; it has %s", r->path,
		name, buf_str(&all));
	buf_done(&all);
	return false;
}

size_t recipe_profiles_n(const struct recipe *r)
{
	return r->profiles_n;
}

const struct recipe_profile *recipe_profile_at(const struct recipe *r,
					       size_t i)
{
	return &r->profiles[i];
}

static bool hash_artifact(struct buf *sums, const struct recipe_artifact *a,
			  struct err *e)
{
	struct hash32 h;

	if (!filesum(&h, a->path, ARTIFACT_MAX, e))
		return err_ctx(e, "an artifact is missing; `make setup` "
				  "fetches it");
	buf_addf(sums, "%s ", a->name);
	buf_addhex(sums, h.b, sizeof(h.b));
	buf_addc(sums, '\n');
	return true;
}

bool recipe_key(const struct recipe *r, const struct recipe_profile *p,
		unsigned format, struct hash32 *ret, struct err *e)
{
	struct buf sums = BUF_INIT(YAML_FILE_MAX + 65536);
	bool ok = true;

	buf_addf(&sums, "format %u\nprofile %s\n%s\n", format, p->name,
		 r->doc->source);
	if (r->proxy.artifact)
		ok = hash_artifact(&sums, r->proxy.artifact, e);
	for (size_t i = 0; ok && i < r->contracts_n; i++)
		if (r->contracts[i].artifact)
			ok = hash_artifact(&sums, r->contracts[i].artifact, e);
	ok = ok && buf_ok(&sums, "the recipe's key", e);
	if (ok)
		*ret = sha256(sums.data, sums.len);
	buf_done(&sums);
	return ok;
}
