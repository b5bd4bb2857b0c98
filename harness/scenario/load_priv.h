/*
 * load_priv - what the loader's files share: load.c (library, worlds, folders),
 * load_doc.c (files), load_scenario.c, load_verb.c, load_step.c, load_rows.c
 * (bindings), load_expect.c (expectations), world.c.
 */
#ifndef SCENARIO_LOAD_PRIV_H
#define SCENARIO_LOAD_PRIV_H

#include "scenario/expr.h"
#include "scenario/keys.h"
#include "scenario/load.h"
#include "scenario/verbs.h"

/* A file that was read, by path; doc is NULL if it could not be. */
struct cached_doc {
	char *path;
	struct yaml_doc *doc;
	bool shared; /* read twice: an invariant is given as a scenario too */
};

struct named {
	const char *name;
	const void *what; /* NULL while it is being loaded, or broken */
	bool loading;
	struct arena *arena; /* a scenario's own, which owns name and what */
	bool kept; /* others have parts of it, or there is no file of it */
};

struct named_list {
	struct named *items;
	size_t n, cap;
};

struct library {
	struct arena *arena;
	struct diags *diags;
	char *root;
	struct cached_doc *docs;
	size_t docs_n, docs_cap;
	struct named_list worlds, folders, invariants, scenarios;
};

/* load_doc.c */
const struct yaml_doc *load_doc(struct library *lib, const char *path);
const struct yaml_doc *load_keep_doc(struct library *lib, const char *path,
				     struct yaml_doc *doc);
void load_forget_doc(struct library *lib, const char *path);
void load_note_err(struct library *lib, const struct err *e, const char *path,
		   const char *text, size_t len);

/* load.c */
struct named *load_find(struct named_list *list, const char *name);
struct named *load_remember(struct named_list *list, const char *name,
			    const void *what, bool loading);

/* Verbs written in YAML that the file at hand may use. */
struct verb_set {
	const struct verb_def **defs;
	size_t n, cap;
};

struct loader {
	struct library *lib;
	struct arena *arena;
	struct diags *diags;
	const struct yaml_doc *doc; /* the file at hand */
	const struct verb_set *verbs;
};

/* The same for what worlds have: that is the library's, whoever asked for it. */
struct loader load_shared(const struct loader *l);

/* A finding at a node, with its line. @nearest may be NULL. */
void load_note(struct loader *l, const struct yaml_node *at,
	       const char *nearest, const char *fmt, ...) PRINTF_LIKE(4, 5);
void load_note_at(struct loader *l, struct src_pos pos, uint32_t width,
		  const char *nearest, const char *fmt, ...)
	PRINTF_LIKE(5, 6);

/* The scenario below the root whose name is nearest to @path, or NULL. */
const char *load_near_path(struct loader *l, const char *path);
/* The folder of verbs/ that has a verb of this name and is not read here, or
 * NULL. */
const char *load_verbs_with(struct loader *l, const char *verb);
/* The scalar text of @n, or NULL after a finding that calls it @what. */
const char *load_scalar(struct loader *l, const struct yaml_node *n,
			const char *what);
/* Whether @n is of that kind; a finding if not. */
bool load_is(struct loader *l, const struct yaml_node *n, enum yaml_kind kind,
	     const char *what);
/* A list of scalars: `[a, b]`. */
bool load_names(struct loader *l, const struct yaml_node *n, const char *what,
		const char *const **ret, size_t *ret_n);
/* `{name: value}` in order. */
bool load_bindings(struct loader *l, const struct yaml_node *n,
		   const char *what, const struct binding **ret,
		   size_t *ret_n);
/* Every key of @map is in @keys, or in @more if that is not NULL; findings for
 * those that are not. */
void load_known_keys(struct loader *l, const struct yaml_node *map,
		     const struct key_table *keys,
		     const struct key_table *more);

struct step_list load_steps(struct loader *l, const struct yaml_node *n);
const struct bindings *load_rows(struct loader *l, const struct yaml_node *n);
void load_expect_key(struct loader *l, struct expect *x, enum common key,
		     const struct yaml_node *n);
const struct expect *load_expect(struct loader *l, const struct yaml_node *n);
void load_checks(struct loader *l, const struct yaml_node *n,
		 const struct expr *const **ret, size_t *ret_n);

/* A world's own keys from a file's root, into @w; those of a scenario too. */
void load_world_keys(struct loader *l, struct world *w,
		     const struct yaml_node *root);
/* world_check.c: names in @root that the world must know. */
void load_world_check(struct loader *l, const struct world *w,
		      const struct yaml_node *root);
/* @into continues @base. A name in both is a finding. */
void load_world_merge(struct loader *l, struct world *into,
		      const struct world *base);
/* The names that every world has: EigenLayer's contracts, the relay. */
void load_world_core(struct arena *a, struct world *w);

/* load_verb.c: a verb's head (what it takes), then its body. */
struct verb_def *load_verb_head(struct loader *l);
void load_verb_body(struct loader *l, struct verb_def *def);
const struct invariant *load_invariant_doc(struct loader *l);

const struct world *load_named_world(struct loader *l, const char *name,
				     const struct yaml_node *at);

/* Implemented by load.c for world.c: what `verbs:` and `invariants:` name. */
void load_verb_folder(struct loader *l, struct world *w,
		      const struct yaml_node *name);
void load_invariant(struct loader *l, struct world *w,
		    const struct yaml_node *name);

#endif
