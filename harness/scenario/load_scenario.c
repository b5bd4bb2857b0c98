#include "base/base.h"
#include "base/nearest.h"
#include "scenario/load_priv.h"
#include "scenario/matrix.h"

static void load_fails_line(struct loader *l, struct must_fail *f,
			    const struct yaml_node *n)
{
	const struct expr *x = expr_node(l->arena, n);
	uint64_t v = 0;

	if (x->kind != EXPR_NUMBER || x->unit != UNIT_NONE ||
	    !u256_fits_u64(&v, x->number) || !v || v > UINT32_MAX)
		load_note(l, n, NULL, "a line is a number");
	f->line = (uint32_t)v;
}

static void load_fails_text(struct loader *l, struct must_fail *f,
			    const struct yaml_node *n)
{
	const char **one = ARENA_NEW(l->arena, const char *);

	if (n->kind == YAML_LIST) {
		(void)load_names(l, n, "`text`", &f->texts, &f->texts_n);
	} else {
		*one = load_scalar(l, n, "`text`");
		f->texts = one;
		f->texts_n = *one != NULL;
	}
	for (size_t i = 0; i < f->texts_n; i++)
		if (!*f->texts[i])
			load_note(l, n, NULL,
				  "an empty text is in every explanation");
}

/* `fails: {verdict: fail, line: 12, text: […]}` */
static void load_fails(struct loader *l, struct scenario *s,
		       const struct yaml_node *n)
{
	const char *const *verdicts = keys_find(&keys_fails, "verdict")->words;
	struct must_fail *f = ARENA_NEW(l->arena, struct must_fail);
	const struct yaml_node *v;
	bool known = false;

	if (!load_is(l, n, YAML_MAP, "`fails`"))
		return;
	load_known_keys(l, n, &keys_fails, NULL);
	f->pos = n->pos;
	f->verdict = verdicts[0];
	if ((v = yaml_get(n, "verdict")))
		f->verdict = load_scalar(l, v, "`verdict`");
	for (size_t i = 0; f->verdict && verdicts[i]; i++)
		known |= !strcmp(f->verdict, verdicts[i]);
	if (!known)
		load_note(l, v,
			  f->verdict ? nearest_name(f->verdict, verdicts, 3)
				     : NULL,
			  "a verdict is fail, timeout or error");
	if ((v = yaml_get(n, "line")))
		load_fails_line(l, f, v);
	if ((v = yaml_get(n, "text")))
		load_fails_text(l, f, v);
	if (!yaml_get(n, "line") && !yaml_get(n, "text"))
		load_note(l, n, NULL, "`fails` says `line: …`, `text: …` or "
				      "both");
	s->fails = f;
}

static void note_other_file(struct loader *l, const struct yaml_node *root)
{
	static const char *const others[] = { "verb", "world", "invariant" };
	const struct yaml_node *key = root->kind == YAML_MAP && root->n
					      ? root->pairs[0].key
					      : root;

	for (size_t i = 0; key != root && i < ARRAY_LEN(others); i++)
		if (!strcmp(key->text, others[i])) {
			load_note(l, key, NULL,
				  "this is the file of a%s %s, which is "
				  "checked with a scenario that uses it: name "
				  "that one",
				  i == 2 ? "n" : "", others[i]);
			return;
		}
	load_note(l, key, NULL,
		  "a scenario's file begins with `scenario: what it shows`");
}

static bool says_of_world(const struct yaml_node *root)
{
	for (const struct key_spec *k = keys_shared.keys; k->name; k++)
		if (yaml_get(root, k->name))
			return true;
	return false;
}

/* The world that it names, continued by the scenario's own keys. */
static const struct world *scenario_world(struct loader *l,
					  const struct world *base)
{
	const struct yaml_node *name = yaml_get(l->doc->root, "world");
	struct world *w = ARENA_NEW(l->arena, struct world);

	if (name && base) {
		load_note(l, name, NULL,
			  "a scenario that continues another one has its "
			  "world");
		return NULL;
	}
	if (name && name->kind == YAML_SCALAR)
		base = load_named_world(l, name->text, name);
	else if (!base)
		load_note(l, name ? name : l->doc->root->pairs[0].key, NULL,
			  "a scenario wants `world: name`");
	if (!base)
		return NULL;
	*w = *base;
	load_world_keys(l, w, l->doc->root);
	return w;
}

static const struct scenario *get_scenario(struct library *lib,
					   const char *path);

static const struct scenario *continued(struct loader *l,
					const struct yaml_node *from)
{
	const char *name = load_scalar(l, from, "a scenario's name");
	const struct scenario *s;
	const char *path;

	if (!name)
		return NULL;
	path = arena_printf(l->arena, "%s/%s.yaml", l->lib->root, name);
	if (access(path, R_OK)) {
		load_note(l, from, load_near_path(l, name),
			  "there is no scenario `%s` (%s)",
			  name, path);
		return NULL;
	}
	if (load_find(&l->lib->scenarios, path) &&
	    load_find(&l->lib->scenarios, path)->loading) {
		load_note(l, from, NULL,
			  "scenario `%s` continues itself", name);
		return NULL;
	}
	s = get_scenario(l->lib, path);
	load_find(&l->lib->scenarios, path)->kept = true;
	if (s && s->file->torn)
		s = NULL;
	if (!s)
		load_note(l, from, NULL, "scenario `%s` cannot be continued",
			  name);
	else if (s->matrix)
		load_note(l, from, NULL,
			  "scenario `%s` has cases; which of them is to be "
			  "continued cannot be said",
			  name);
	return s;
}

static const char *scenario_id(const struct loader *l, const char *path)
{
	size_t root = strlen(l->lib->root), n;

	if (!strncmp(path, l->lib->root, root) && path[root] == '/')
		path += root + 1;
	n = strlen(path);
	if (n > 5 && !strcmp(path + n - 5, ".yaml"))
		n -= 5;
	return arena_strndup(l->arena, path, n);
}

/* A column that is a key of the world: `eigenlayer.delays`. */
static void load_matrix_key(struct loader *l, const struct bindings *m,
			    size_t column, const struct yaml_node *at)
{
	const char *key = m->columns[column];
	bool delays = !strcmp(key, matrix_keys[MATRIX_DELAYS]);

	if (!delays && strcmp(key, matrix_keys[MATRIX_RELEASE]) != 0)
		load_note(l, at,
			  nearest_name(key, matrix_keys, MATRIX_KEY__COUNT),
			  "`%s` is no key of the world that cases can change",
			  key);
	for (size_t i = 0; !m->product && i < m->rows_n; i++) {
		const struct expr *x = m->rows[i].cells[column];

		if (!x->raw)
			load_note_at(l, x->pos, x->width, NULL,
				     "`%s` is one word", key);
		else if (delays && strcmp(x->raw, "fast") != 0 &&
			 strcmp(x->raw, "mainnet") != 0)
			load_note_at(l, x->pos, x->width, NULL,
				     "delays are `fast` or `mainnet`");
	}
}

/* Each row is a scenario with an id: they are known before anything runs. */
static void load_matrix(struct loader *l, struct scenario *s,
			const struct yaml_node *at)
{
	const struct bindings *m = s->matrix = load_rows(l, at);

	if (m && m->product)
		load_note(l, at, NULL, "the cases of a file are lists of "
				       "values, or ranges of numbers");
	for (size_t c = 0; m && c < m->columns_n; c++)
		if (strchr(m->columns[c], '.'))
			load_matrix_key(l, m, c, at);
}

static void scenario_body(struct loader *l, struct scenario *s)
{
	const struct yaml_node *root = l->doc->root, *v;
	struct verb_set verbs = {
		.defs = (const struct verb_def **)(uintptr_t)s->world->verbs,
		.n = s->world->verbs_n
	};

	l->verbs = &verbs;
	if ((v = yaml_get(root, "why")))
		s->why = load_scalar(l, v, "`why`");
	if ((v = yaml_get(root, "tags")))
		(void)load_names(l, v, "`tags`", &s->tags, &s->tags_n);
	if ((v = yaml_get(root, "needs")))
		load_checks(l, v, &s->needs, &s->needs_n);
	if ((v = yaml_get(root, "cases")))
		load_matrix(l, s, v);
	if ((v = yaml_get(root, "fails")))
		load_fails(l, s, v);
	if ((v = yaml_get(root, "steps")))
		s->steps = load_steps(l, v);
	else
		load_note(l, root->pairs[0].key, NULL,
			  "a scenario wants `steps: […]`");
	l->verbs = NULL;
}

static const struct scenario *load_scenario(struct library *lib,
					    struct arena *a,
					    const struct yaml_doc *doc,
					    const char *path)
{
	struct loader l = { .lib = lib, .arena = a, .diags = lib->diags,
			    .doc = doc };
	const struct yaml_node *root = doc->root, *from;
	struct scenario *s = ARENA_NEW(a, struct scenario);

	if (root->kind != YAML_MAP || !root->n ||
	    strcmp(root->pairs[0].key->text, "scenario") != 0) {
		note_other_file(&l, root);
		return NULL;
	}
	load_known_keys(&l, root, &keys_scenario, &keys_shared);
	s->file = doc;
	s->pos = root->pairs[0].key->pos;
	s->title = load_scalar(&l, root->pairs[0].value, "a scenario's title");
	s->id = scenario_id(&l, path);
	from = yaml_get(root, "from");
	if (from) {
		s->from = continued(&l, from);
		if (!s->from)
			return NULL;
	}
	s->world = scenario_world(&l, s->from ? s->from->world : NULL);
	if (!s->world)
		return NULL;
	s->own_world = !s->from || says_of_world(root);
	scenario_body(&l, s);
	return s;
}

static const struct scenario *get_scenario(struct library *lib,
					   const char *path)
{
	struct named *known = load_find(&lib->scenarios, path);
	const struct scenario *s = NULL;
	const struct yaml_doc *doc;
	struct arena *a;

	if (known)
		return known->what; /* NULL while loading: it is a cycle */
	a = arena_new();
	path = arena_strdup(a, path);
	load_remember(&lib->scenarios, path, NULL, true)->arena = a;
	doc = load_doc(lib, path);
	if (doc)
		s = load_scenario(lib, a, doc, path);
	(void)load_remember(&lib->scenarios, path, s, false);
	return s;
}

const struct scenario *library_scenario(struct library *lib, const char *path)
{
	return get_scenario(lib, path);
}

bool library_again(const struct scenario **ret, struct library *lib,
		   const char *path, struct err *e)
{
	size_t before = lib->diags->n + lib->diags->dropped;
	const struct scenario *s = library_scenario(lib, path);

	if (!s || before != lib->diags->n + lib->diags->dropped)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s was changed while the run was on, and "
			       "cannot be played now; avsbed check says why",
			       path);
	*ret = s;
	return true;
}

void library_keep(struct library *lib, const char *path)
{
	struct named *known = load_find(&lib->scenarios, path);

	if (known)
		known->kept = true;
}

void library_forget(struct library *lib, const char *path)
{
	struct named *known = load_find(&lib->scenarios, path);
	struct arena *a;

	if (!known || known->kept)
		return;
	load_forget_doc(lib, path);
	a = known->arena;
	*known = lib->scenarios.items[--lib->scenarios.n];
	arena_free(a);
}

const struct scenario *library_parse(struct library *lib, const char *path,
				     const char *text, size_t len)
{
	const struct scenario *s;
	struct yaml_doc *doc = NULL;
	struct err e = ERR_INIT;

	if (!yaml_parse(&doc, path, text, len, &e)) {
		load_note_err(lib, &e, path, text, len);
		return NULL;
	}
	load_keep_doc(lib, path, doc);
	path = arena_strdup(lib->arena, path);
	(void)load_remember(&lib->scenarios, path, NULL, true);
	s = load_scenario(lib, lib->arena, doc, path);
	load_remember(&lib->scenarios, path, s, false)->kept = true;
	return s;
}

/* The nodes of YAML are never changed: a step alone becomes a list's item. */
static const struct yaml_node *as_list(struct arena *a,
				       const struct yaml_node *n)
{
	const struct yaml_node **items;
	struct yaml_node *list;

	if (n->kind != YAML_MAP)
		return n;
	items = ARENA_NEW(a, const struct yaml_node *);
	items[0] = n;
	list = arena_memdup(a, n, sizeof(*list));
	*list = (struct yaml_node){ .kind = YAML_LIST, .pos = n->pos,
				    .items = items, .n = 1 };
	return list;
}

const struct scenario *library_fragment(struct library *lib,
					const struct world *w,
					const char *name, const char *text,
					size_t len)
{
	struct verb_set verbs = {
		.defs = (const struct verb_def **)(uintptr_t)w->verbs,
		.n = w->verbs_n
	};
	struct loader l = { .lib = lib, .arena = lib->arena,
			    .diags = lib->diags, .verbs = &verbs };
	struct yaml_doc *doc = NULL;
	struct err e = ERR_INIT;
	struct scenario *s;

	if (!yaml_parse(&doc, name, text, len, &e)) {
		load_note_err(lib, &e, name, text, len);
		return NULL;
	}
	l.doc = load_keep_doc(lib, name, doc);
	s = ARENA_NEW(lib->arena, struct scenario);
	*s = (struct scenario){
		.title = name, .id = name, .pos = doc->root->pos, .file = doc,
		.world = w, .steps = load_steps(&l, as_list(l.arena, doc->root))
	};
	return s;
}
