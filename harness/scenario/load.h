/*
 * load - scenario, verb, world and invariant files to one library.
 *
 * Layer: scenario. A library is one folder of scenarios (with worlds/, verbs/
 * and invariants/ in it); it owns everything that was read, and collects what is
 * wrong instead of stopping at the first. Worlds, verbs and invariants are read
 * once; a scenario can be forgotten when it is over, so that thousands of them
 * need no more memory than one.
 */
#ifndef SCENARIO_LOAD_H
#define SCENARIO_LOAD_H

#include "codec/json.h"
#include "scenario/ast.h"
#include "scenario/diag.h"
#include "scenario/world.h"

struct library;

/**
 * library_new - @root is the folder that has worlds/ and verbs/ ("scenarios").
 * @diags: where findings go; must outlive the library.
 */
struct library *library_new(const char *root, struct diags *diags);
void library_free(struct library *lib);
DEFINE_CLEANUP(struct library, library_free)

/**
 * library_scenario - load a scenario file and what it needs. NULL if it could
 * not be made; the findings say why. A scenario is returned although there are
 * findings if its shape is there; nobody may run it then.
 */
const struct scenario *library_scenario(struct library *lib, const char *path);

/**
 * library_again - the same for a file that was without findings before.
 * Errors: ERR_SCHEMA if there are findings now.
 */
MUST_USE bool library_again(const struct scenario **ret, struct library *lib,
			    const char *path, struct err *e);

/** library_keep - it is not forgotten. */
void library_keep(struct library *lib, const char *path);
/** library_forget - free a file's scenario, unless another one continues it. */
void library_forget(struct library *lib, const char *path);

/** library_world - a world by name, for `avsbed up`. NULL as above. */
const struct world *library_world(struct library *lib, const char *name);

/** library_read - whether it has read this file, by whatever name. */
bool library_read(const struct library *lib, const char *path);

/**
 * library_sources - of the worlds, verbs and invariants that it has read, and
 * scenario_sources - of a scenario's file and those that it continues: the
 * SHA-256 of what they held, as text by path. The caller's reference.
 */
json_t *library_sources(const struct library *lib);
json_t *scenario_sources(const struct scenario *s);

/** library_verbs - every verb written in YAML, of all folders of verbs/. */
const struct verb_def *const *library_verbs(struct library *lib,
					    size_t *ret_n);

/** library_root - the folder of @path that has worlds/, or NULL; free(). */
char *library_root(const char *path);

/** library_parse - a scenario from memory; for tests and fuzzing. */
const struct scenario *library_parse(struct library *lib, const char *path,
				     const char *text, size_t len);

/**
 * library_fragment - steps alone, for a world that is up: one step or a list
 * of them. @name stands where a file's path would in places.
 */
const struct scenario *library_fragment(struct library *lib,
					const struct world *w,
					const char *name, const char *text,
					size_t len);

/** library_arena - where its trees live. */
struct arena *library_arena(struct library *lib);

/** library_expr - parse one expression from text; @pos is its first place. */
const struct expr *library_expr(struct library *lib, const char *text,
				struct src_pos pos);

#endif
