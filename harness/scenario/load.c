#include "scenario/load.h"

#include <dirent.h>
#include <limits.h>

#include "base/base.h"
#include "base/nearest.h"
#include "scenario/load_priv.h"

#define NAMES_MAX 128 /* among which the nearest is looked for */

struct library *library_new(const char *root, struct diags *diags)
{
	struct library *lib = xcalloc(1, sizeof(*lib));

	lib->arena = arena_new();
	lib->diags = diags;
	lib->root = xstrdup(root);
	return lib;
}

void library_free(struct library *lib)
{
	if (!lib)
		return;
	for (size_t i = 0; i < lib->docs_n; i++) {
		yaml_doc_free(lib->docs[i].doc);
		free(lib->docs[i].path);
	}
	free(lib->docs);
	free(lib->worlds.items);
	free(lib->folders.items);
	free(lib->invariants.items);
	for (size_t i = 0; i < lib->scenarios.n; i++)
		arena_free(lib->scenarios.items[i].arena);
	free(lib->scenarios.items);
	free(lib->root);
	arena_free(lib->arena);
	free(lib);
}

struct arena *library_arena(struct library *lib)
{
	return lib->arena;
}

const struct expr *library_expr(struct library *lib, const char *text,
				struct src_pos pos)
{
	return expr_text(lib->arena, arena_strdup(lib->arena, text), pos);
}

void load_note_at(struct loader *l, struct src_pos pos, uint32_t width,
		  const char *nearest, const char *fmt, ...)
{
	CLEANUP(freep) char *line = NULL;
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (l->doc && pos.line && pos.file == l->doc->file) {
		size_t n = 0;
		const char *s = yaml_line(l->doc, pos.line, &n);

		line = xstrndup(s, n);
	}
	diag_add(l->diags, pos, width, line, nearest, "%s", text);
}

void load_note(struct loader *l, const struct yaml_node *at,
	       const char *nearest, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	load_note_at(l, at->pos,
		     at->kind == YAML_SCALAR && at->width ? at->width : 1,
		     nearest, "%s", text);
}

const char *load_scalar(struct loader *l, const struct yaml_node *n,
			const char *what)
{
	if (n->kind == YAML_SCALAR)
		return n->text;
	load_note(l, n, NULL, "%s is one word or line, not a %s", what,
		  n->kind == YAML_LIST ? "list" : "map");
	return NULL;
}

bool load_is(struct loader *l, const struct yaml_node *n, enum yaml_kind kind,
	     const char *what)
{
	static const char *const kinds[] = { [YAML_SCALAR] = "a single value",
					     [YAML_LIST] = "a list",
					     [YAML_MAP] = "a map" };

	if (n->kind == kind)
		return true;
	load_note(l, n, NULL, "%s is %s, here is %s", what, kinds[kind],
		  kinds[n->kind]);
	return false;
}

bool load_names(struct loader *l, const struct yaml_node *n, const char *what,
		const char *const **ret, size_t *ret_n)
{
	const char **list;

	if (!load_is(l, n, YAML_LIST, what))
		return false;
	list = ARENA_ARRAY(l->arena, const char *, n->n);
	for (size_t i = 0; i < n->n; i++) {
		list[i] = load_scalar(l, n->items[i], what);
		if (!list[i])
			return false;
	}
	*ret = list;
	*ret_n = n->n;
	return true;
}

bool load_bindings(struct loader *l, const struct yaml_node *n,
		   const char *what, const struct binding **ret,
		   size_t *ret_n)
{
	struct binding *list;

	if (!load_is(l, n, YAML_MAP, what))
		return false;
	list = ARENA_ARRAY(l->arena, struct binding, n->n);
	for (size_t i = 0; i < n->n; i++)
		list[i] = (struct binding){
			n->pairs[i].key->text, n->pairs[i].key->pos,
			expr_node(l->arena, n->pairs[i].value)
		};
	*ret = list;
	*ret_n = n->n;
	return true;
}

void load_known_keys(struct loader *l, const struct yaml_node *map,
		     const struct key_table *keys,
		     const struct key_table *more)
{
	for (size_t i = 0; map->kind == YAML_MAP && i < map->n; i++) {
		const struct yaml_node *key = map->pairs[i].key;
		const char *nearest;

		if (keys_find(keys, key->text) ||
		    (more && keys_find(more, key->text)))
			continue;
		nearest = keys_nearest(keys, key->text);
		if (!nearest && more)
			nearest = keys_nearest(more, key->text);
		load_note(l, key, nearest, "%s has no `%s`", keys->what,
			  key->text);
	}
}

struct named *load_find(struct named_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

struct named *load_remember(struct named_list *list, const char *name,
			    const void *what, bool loading)
{
	struct named *x = load_find(list, name);

	if (!x) {
		GROW(list->items, list->n, list->cap);
		x = &list->items[list->n++];
		*x = (struct named){ .name = name };
	}
	x->what = what;
	x->loading = loading;
	return x;
}

struct loader load_shared(const struct loader *l)
{
	struct loader shared = *l;

	shared.arena = l->lib->arena;
	return shared;
}

static int is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && d->d_name[0] != '.' &&
	       !strcmp(d->d_name + n - 5, ".yaml");
}

static int is_folder(const struct dirent *d)
{
	return d->d_name[0] != '.' && !is_yaml(d);
}

typedef int (*entry_fn)(const struct dirent *d);

/* The name nearest to @name of a file or folder in `root/DIR`, or NULL. */
static const char *near_name(struct loader *l, const char *dir,
			     const char *name, entry_fn kind)
{
	const char *at = arena_printf(l->arena, "%s/%s", l->lib->root, dir);
	const char *names[NAMES_MAX];
	struct dirent **files = NULL;
	int n = scandir(at, &files, kind, alphasort);
	size_t kept = 0;

	for (int i = 0; i < n; i++) {
		const char *file = files[i]->d_name;

		if (kept < NAMES_MAX)
			names[kept++] = arena_strndup(l->arena, file,
						      strcspn(file, "."));
		free(files[i]);
	}
	free(files);
	return nearest_name(name, names, kept);
}

const char *load_near_path(struct loader *l, const char *path)
{
	const char *slash = strrchr(path, '/'), *near;
	const char *dir = slash ? arena_strndup(l->arena, path,
						(size_t)(slash - path))
				: ".";

	near = near_name(l, dir, slash ? slash + 1 : path, is_yaml);
	return near && slash ? arena_printf(l->arena, "%s/%s", dir, near)
			     : near;
}

/* Whether one of the verbs at hand is of the folder @dir. */
static bool reads_folder(const struct loader *l, const char *dir)
{
	const size_t n = strlen(dir);

	for (size_t i = 0; l->verbs && i < l->verbs->n; i++) {
		const char *file = l->verbs->defs[i]->file->file;

		if (!strncmp(file, dir, n) && file[n] == '/')
			return true;
	}
	return false;
}

const char *load_verbs_with(struct loader *l, const char *verb)
{
	const char *at = arena_printf(l->arena, "%s/verbs", l->lib->root);
	char *name = arena_strdup(l->arena, verb);
	const char *folder = NULL;
	struct dirent **list = NULL;
	int n = scandir(at, &list, is_folder, alphasort);

	for (char *c = name; *c; c++)
		if (*c == ' ')
			*c = '-';
	for (int i = 0; i < n; i++) {
		const char *dir = arena_printf(l->arena, "%s/%s", at,
					       list[i]->d_name);
		const char *path = arena_printf(l->arena, "%s/%s.yaml", dir,
						name);

		if (!folder && !strchr(name, '/') && !access(path, R_OK) &&
		    !reads_folder(l, dir))
			folder = arena_strdup(l->arena, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return folder;
}

/* The doc of `root/DIR/NAME.yaml` whose first key is @kind. */
static const struct yaml_doc *get_named(struct loader *l, const char *dir,
					const char *name, const char *kind,
					const struct yaml_node *at)
{
	const char *path = arena_printf(l->arena, "%s/%s/%s.yaml",
					l->lib->root, dir, name);
	const struct yaml_doc *doc;

	if (strchr(name, '/') || name[0] == '.' || access(path, R_OK)) {
		if (at)
			load_note(l, at, near_name(l, dir, name, is_yaml),
				  "there is no %s `%s` (%s)", kind, name,
				  path);
		return NULL;
	}
	doc = load_doc(l->lib, path);
	if (doc && (doc->root->kind != YAML_MAP || !doc->root->n ||
		    strcmp(doc->root->pairs[0].key->text, kind) != 0)) {
		struct loader in = *l;

		in.doc = doc;
		load_note(&in, doc->root, NULL,
			  "a file in %s/ begins with `%s: …`", dir, kind);
		return NULL;
	}
	return doc;
}

/* What `avsbed up` and other worlds call it by is the file's name. */
static void check_name(struct loader *l, const char *name)
{
	const struct yaml_node *own = l->doc->root->pairs[0].value;

	if (own->kind != YAML_SCALAR || strcmp(own->text, name) != 0)
		load_note(l, own, NULL,
			  "this is the file of the world `%s`, whose name is "
			  "the file's",
			  name);
}

/* --- worlds ------------------------------------------------------------- */

static void continue_worlds(struct loader *l, struct world *w,
			    const struct yaml_node *from)
{
	const struct yaml_node *const one[] = { from };
	const struct yaml_node *const *list = one;
	size_t n = 1;

	if (from->kind == YAML_LIST) {
		list = from->items;
		n = from->n;
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = load_scalar(l, list[i], "a world's name");
		const struct world *base =
			name ? load_named_world(l, name, list[i]) : NULL;

		if (base)
			load_world_merge(l, w, base);
	}
}

static const struct world *load_world(struct loader *l, const char *name)
{
	const struct yaml_node *root = l->doc->root;
	const struct yaml_node *from = yaml_get(root, "from");
	struct world *w = ARENA_NEW(l->arena, struct world);

	check_name(l, name);
	w->name = name;
	w->pos = root->pairs[0].value->pos;
	load_world_core(l->arena, w);
	if (from)
		continue_worlds(l, w, from);
	load_known_keys(l, root, &keys_world, &keys_shared);
	load_world_keys(l, w, root);
	return w;
}

const struct world *load_named_world(struct loader *l, const char *name,
				     const struct yaml_node *at)
{
	struct named *known = load_find(&l->lib->worlds, name);
	struct loader in = load_shared(l);
	const struct world *w;

	if (known) {
		if (known->loading && at)
			load_note(l, at, NULL,
				  "world `%s` continues itself", name);
		return known->loading ? NULL : known->what;
	}
	/* What is not there is remembered nowhere: whoever names it hears it. */
	in.doc = get_named(l, "worlds", name, "world", at);
	if (!in.doc)
		return NULL;
	in.verbs = NULL;
	name = arena_strdup(in.arena, name);
	(void)load_remember(&l->lib->worlds, name, NULL, true);
	w = load_world(&in, name);
	(void)load_remember(&l->lib->worlds, name, w, false);
	return w;
}

const struct world *library_world(struct library *lib, const char *name)
{
	struct loader l = { .lib = lib, .arena = lib->arena,
			    .diags = lib->diags };
	const struct world *w;

	w = load_named_world(&l, name, NULL);
	if (!w && !lib->diags->n)
		diag_add(lib->diags, (struct src_pos){ name, 0, 0 }, 0, NULL,
			 near_name(&l, "worlds", name, is_yaml),
			 "there is no world of this name in %s/worlds",
			 lib->root);
	return w;
}

/* --- verbs and invariants ----------------------------------------------- */

static void add_verb(struct loader *l, struct world *w,
		     const struct verb_def *def, const struct yaml_node *at)
{
	const struct verb_def *other = world_verb(w, def->name);
	const struct verb_def **all;

	if (other == def)
		return;
	if (other) {
		load_note(l, at, NULL, "verb `%s` is in %s and in %s",
			  def->name, other->file->file, def->file->file);
		return;
	}
	all = ARENA_ARRAY(l->arena, const struct verb_def *, w->verbs_n + 1);
	if (w->verbs_n)
		memcpy(all, w->verbs, w->verbs_n * sizeof(const void *));
	all[w->verbs_n++] = def;
	w->verbs = all;
}

/* The heads of all verbs of a folder, read once. */
static struct verb_set *read_folder(struct loader *l, const char *name,
				    struct dirent **files, int n)
{
	struct verb_set *set = ARENA_NEW(l->arena, struct verb_set);
	const char *dir = arena_printf(l->arena, "verbs/%s", name);

	set->defs = ARENA_ARRAY(l->arena, const struct verb_def *, (size_t)n);
	for (int i = 0; i < n; i++) {
		struct loader in = *l;
		struct verb_def *def;
		char *stem = arena_strndup(l->arena, files[i]->d_name,
					   strlen(files[i]->d_name) - 5);

		in.doc = get_named(l, dir, stem, "verb", NULL);
		def = in.doc ? load_verb_head(&in) : NULL;
		if (def)
			set->defs[set->n++] = def;
	}
	return set;
}

/* The bodies, which may use the verbs of @all. */
static void read_bodies(struct loader *l, const struct verb_set *all,
			const struct verb_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct loader in = *l;

		in.doc = set->defs[i]->file;
		in.verbs = all;
		load_verb_body(&in,
			       (struct verb_def *)(uintptr_t)set->defs[i]);
	}
}

/* A folder that nobody has read yet, without the bodies. NULL: a finding. */
static struct verb_set *open_folder(struct loader *l,
				    const struct yaml_node *at)
{
	struct loader shared = load_shared(l);
	const char *name = at->text;
	char *path = arena_printf(l->arena, "%s/verbs/%s", l->lib->root, name);
	struct dirent **files = NULL;
	struct verb_set *set;
	int n = strchr(name, '/') || name[0] == '.'
			? -1
			: scandir(path, &files, is_yaml, alphasort);

	if (n < 0) {
		load_note(l, at, near_name(l, "verbs", name, is_folder),
			  "there is no folder of verbs `%s` (%s)", name, path);
		return NULL;
	}
	name = arena_strdup(shared.arena, name);
	set = read_folder(&shared, name, files, n);
	while (n > 0)
		free(files[--n]);
	free(files);
	(void)load_remember(&l->lib->folders, name, set, false);
	return set;
}

void load_verb_folder(struct loader *l, struct world *w,
		      const struct yaml_node *at)
{
	struct loader shared = load_shared(l);
	struct named *known = load_find(&l->lib->folders, at->text);
	const struct verb_set *set = known ? known->what : open_folder(l, at);
	struct verb_set all;

	for (size_t i = 0; set && i < set->n; i++)
		add_verb(l, w, set->defs[i], at);
	if (known || !set)
		return;
	all.defs = (const struct verb_def **)(uintptr_t)w->verbs;
	all.n = w->verbs_n;
	read_bodies(&shared, &all, set);
}

void load_invariant(struct loader *l, struct world *w,
		    const struct yaml_node *at)
{
	struct named *known = load_find(&l->lib->invariants, at->text);
	const struct invariant *inv = known ? known->what : NULL;
	const struct invariant **all;

	if (!known) {
		struct loader in = load_shared(l);

		in.doc = get_named(l, "invariants", at->text, "invariant", at);
		if (!in.doc)
			return;
		inv = load_invariant_doc(&in);
		(void)load_remember(&l->lib->invariants,
				    arena_strdup(in.arena, at->text), inv,
				    false);
	}
	for (size_t i = 0; i < w->invariants_n; i++)
		if (w->invariants[i] == inv)
			return;
	if (!inv)
		return;
	all = ARENA_ARRAY(l->arena, const struct invariant *,
			  w->invariants_n + 1);
	if (w->invariants_n)
		memcpy(all, w->invariants,
		       w->invariants_n * sizeof(const void *));
	all[w->invariants_n++] = inv;
	w->invariants = all;
}

bool library_read(const struct library *lib, const char *path)
{
	CLEANUP(freep) char *wanted = realpath(path, NULL);

	for (size_t i = 0; wanted && i < lib->docs_n; i++) {
		CLEANUP(freep) char *real = realpath(lib->docs[i].path, NULL);

		if (real && !strcmp(real, wanted))
			return true;
	}
	return false;
}

static void add_set(struct verb_set *to, size_t *at,
		    const struct verb_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		to->defs[(*at)++] = set->defs[i];
}

/*
 * Verbs of two folders may have the same name: no world has both. Which
 * folders a world has is not known here: what a verb uses is of its own
 * folder, or else of the first one that has it.
 */
static void read_all_bodies(struct loader *l, struct verb_set *const *sets,
			    size_t n, const struct verb_set *all)
{
	for (size_t i = 0; i < n; i++) {
		struct verb_set seen = {
			.defs = ARENA_ARRAY(l->arena, const struct verb_def *,
					    sets[i]->n + all->n),
		};

		add_set(&seen, &seen.n, sets[i]);
		add_set(&seen, &seen.n, all);
		read_bodies(l, &seen, sets[i]);
	}
}

const struct verb_def *const *library_verbs(struct library *lib, size_t *ret_n)
{
	struct loader l = { .lib = lib, .arena = lib->arena,
			    .diags = lib->diags };
	CLEANUP(freep) char *path = xasprintf("%s/verbs", lib->root);
	struct dirent **folders = NULL;
	int n = scandir(path, &folders, is_folder, alphasort);
	struct verb_set **sets, all = { .defs = NULL };
	size_t kept = 0, room = 0;

	sets = ARENA_ARRAY(lib->arena, struct verb_set *, n > 0 ? (size_t)n : 1);
	for (int i = 0; i < n; i++) {
		const struct yaml_node at = {
			.kind = YAML_SCALAR,
			.text = arena_strdup(lib->arena, folders[i]->d_name),
			.pos = { .file = arena_strdup(lib->arena, path) },
		};

		sets[kept] = open_folder(&l, &at);
		if (sets[kept])
			room += sets[kept++]->n;
		free(folders[i]);
	}
	free(folders);
	all.defs = ARENA_ARRAY(lib->arena, const struct verb_def *, room);
	for (size_t i = 0; i < kept; i++)
		add_set(&all, &all.n, sets[i]);
	read_all_bodies(&l, sets, kept, &all);
	*ret_n = all.n;
	return all.defs;
}

char *library_root(const char *path)
{
	CLEANUP(freep) char *dir = xstrdup(path);

	for (;;) {
		CLEANUP(freep) char *worlds = NULL;
		char *slash = strrchr(dir, '/');

		if (!slash)
			return access("worlds", R_OK) ? NULL : xstrdup(".");
		*slash = '\0';
		worlds = xasprintf("%s/worlds", dir);
		if (!access(worlds, R_OK))
			return TAKE(dir);
	}
}
