/*
 * What programs are given: behaviours, faults, and files of the checkout. Who
 * takes them says what there is; here it is asked before anything starts,
 * wherever what is given does not depend on what happens.
 */
#include <dirent.h>

#include "base/base.h"
#include "base/nearest.h"
#include "devnet/gateway_fault.h"
#include "devnet/live.h"
#include "eth/behaviour.h"
#include "eth/tee_fault.h"
#include "scenario/check_priv.h"
#include "scenario/matrix.h"
#include "scenario/run_priv.h"

json_t *check_constant(struct checker *c, const struct expr *x)
{
	struct eval_env env = { .arena = c->arena,
				.world = c->world,
				.names = { .world = c->world } };
	struct buf b = BUF_INIT(1u << 16);
	struct err ignored = ERR_INIT;
	json_t *json = NULL;
	struct value v;

	if (!eval(&v, &env, NULL, x, &ignored) ||
	    !value_to_json(&b, &env, &v, &ignored) ||
	    !buf_ok(&b, "a constant", &ignored) ||
	    !json_parse(&json, buf_str(&b), b.len, "a constant", &ignored))
		json = NULL;
	buf_done(&b);
	return json;
}

void check_said(struct checker *c, struct src_pos pos, uint32_t width,
		      const char *what, const struct err *why)
{
	static const char mark[] = "; nearest: ";
	const char *near = strstr(why->text, mark);
	size_t n = near ? (size_t)(near - why->text) : strlen(why->text);

	check_note(c, pos, width,
		   near ? arena_strdup(c->arena, near + strlen(mark)) : NULL,
		   "%s: %.*s", what, (int)n, why->text);
}

/* --- behaviours ----------------------------------------------------------------- */

static void check_setting(struct checker *c, const struct frame *f,
			  const char *name, const struct expr *x,
			  bool may_end)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;
	const char *what = arena_printf(c->arena, "behaviour.%s", name);
	struct behaviour scratch = { .deaf = false };
	CLEANUP(json_decrefp) json_t *json = NULL;
	struct err why = ERR_INIT;

	if (v && v->cells) {
		for (size_t i = 0; i < v->cells_n; i++)
			check_setting(c, v->cells_in, name, v->cells[i],
				      may_end);
		return;
	}
	json = check_constant(c, x);
	/* `none` takes a setting away. */
	if (!json || (may_end && json_is_null(json)))
		return;
	if (!behaviour_set(&scratch, name, json, &why))
		check_said(c, x->pos, x->width, what, &why);
}

static void check_settings(struct checker *c, const struct frame *f,
			   const struct expr *x, bool may_end)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;

	for (size_t i = 0; v && i < v->cells_n; i++)
		check_settings(c, v->cells_in, v->cells[i], may_end);
	for (size_t i = 0; x->kind == EXPR_MAP && i < x->n; i++) {
		const char *name = x->keys[i];
		struct err why = ERR_INIT;

		if (behaviour_known(name, &why))
			check_setting(c, f, name, x->items[i], may_end);
		else
			check_said(c, x->key_pos[i],
				  expr_chars(name, strlen(name)),
				  arena_printf(c->arena, "behaviour.%s", name),
				  &why);
	}
}

static void check_map(struct checker *c, const struct frame *f,
		      const struct expr *x, const char *wants)
{
	const struct type *t = check_expr(c, f, x);

	if (t->kind != TYPE_MAP && t->kind != TYPE_ANY)
		check_at(c, x, NULL, "%s", wants);
}

static void check_behaviour(struct checker *c, const struct frame *f,
			    const struct expr *x)
{
	check_map(c, f, x,
		  "`behaviour` wants a map of settings, `{deaf: true}`");
}

/* Another program than ours has behaviours of its own. */
static bool is_ours(struct checker *c, const struct expr *who)
{
	size_t i = 0;

	return who->kind == EXPR_NAME &&
	       world_find(c->world, who->name, &i, NULL) == REF_OPERATOR &&
	       !c->world->operators[i].program;
}

void check_configure(struct checker *c, const struct frame *f,
		     const struct step *s)
{
	bool many = s->main && s->main->kind == EXPR_LIST;
	bool ours = s->main != NULL;

	if (!s->args[0])
		return;
	for (size_t i = 0; i < (many ? s->main->n : 1) && ours; i++)
		ours = is_ours(c, many ? s->main->items[i] : s->main);
	check_behaviour(c, f, s->args[0]);
	if (ours)
		check_settings(c, f, s->args[0], true);
}

/* --- faults ------------------------------------------------------------------------ */

/* `{delay: 3 seconds}`: what is late is late by blocks. */
static void check_late(struct checker *c, const struct expr *x)
{
	for (size_t i = 0; x->kind == EXPR_MAP && i < x->n; i++) {
		const struct expr *by = x->items[i];

		if (by->kind == EXPR_NUMBER && by->unit != UNIT_NONE &&
		    by->unit != UNIT_BLOCKS)
			check_at(c, by, NULL, "`%s` counts blocks, not `%s`",
				 x->keys[i], check_source(c, by));
	}
}

static void check_chain_fault(struct checker *c, const struct expr *x,
			      const char *what)
{
	CLEANUP(json_decrefp) json_t *json = check_constant(c, x);
	struct gateway_fault scratch;
	struct err why = ERR_INIT;

	if (json && !gateway_fault_read(&scratch, json, &why))
		check_said(c, x->pos, x->width, what, &why);
	else
		check_late(c, x);
}

/* A fault by its name, as act.c takes it. */
static void check_named_fault(struct checker *c, const struct expr *x,
			      const char *what, bool of_tee)
{
	struct err why = ERR_INIT;

	if (!x->raw || x->style != YAML_PLAIN || x->raw[0] == '$')
		return;
	if (of_tee && !tee_fault_known(x->raw, &why))
		check_said(c, x->pos, x->width, what, &why);
	else if (!of_tee && strcmp(x->raw, "unavailable") != 0)
		check_at(c, x, "unavailable", "%s: `%s` is no fault of it",
			 what, x->raw);
}

void check_fault(struct checker *c, const struct frame *f,
		 const struct expr *target, const struct expr *x)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;
	const char *what, *part;

	if (target->kind == EXPR_LIST && target->n)
		target = target->items[0];
	part = target->kind == EXPR_FIELD ? target->name : "";
	what = check_source(c, target);
	for (size_t i = 0; v && i < v->cells_n; i++)
		check_fault(c, v->cells_in, target, v->cells[i]);
	if (!strcmp(part, "rpc"))
		check_chain_fault(c, x, what);
	else if (!strcmp(part, "tee") || !strcmp(part, "aggregator"))
		check_named_fault(c, x, what, *part == 't');
}

/* --- files of the checkout ------------------------------------------------------- */

static const char *nearest_file(struct checker *c, const char *full,
				const char *path)
{
	CLEANUP(freep) char *dir = xstrndup(full, (size_t)(strrchr(full, '/') -
							   full));
	const char *base = strrchr(path, '/'), *near = NULL;
	size_t head = base ? (size_t)(base + 1 - path) : 0;
	struct dirent **list = NULL;
	const char **names = NULL;
	int n = scandir(dir, &list, NULL, alphasort);

	if (n > 0)
		names = xcalloc((size_t)n, sizeof(*names));
	for (int i = 0; i < n; i++)
		names[i] = list[i]->d_name;
	if (n > 0)
		near = nearest_name(path + head, names, (size_t)n);
	if (near)
		near = arena_printf(c->arena, "%.*s%s", (int)head, path, near);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	free(names);
	return near;
}

/* @width of it at @pos; @mode: as of access(). */
static void check_file(struct checker *c, struct src_pos pos, const char *path,
		       int mode, const char *what)
{
	const char *root = c->run->abis->root;
	CLEANUP(freep) char *full = NULL;

	if (!root)
		return;
	full = *path == '/' ? xstrdup(path) : xasprintf("%s/%s", root, path);
	if (access(full, F_OK) != 0)
		check_note(c, pos, expr_chars(path, strlen(path)),
			   nearest_file(c, full, path), "there is no %s %s",
			   what, full);
	else if (access(full, mode) != 0)
		check_note(c, pos, expr_chars(path, strlen(path)), NULL,
			   "%s %s cannot be executed", what, full);
}

bool check_new(struct checker *c, struct src_pos pos)
{
	struct check_run *run = c->run;

	if (pos.file == c->doc->file)
		return true;
	for (size_t i = 0; i < run->seen_n; i++)
		if (run->seen[i].line == pos.line &&
		    run->seen[i].col == pos.col &&
		    !strcmp(run->seen[i].file, pos.file))
			return false;
	GROW(run->seen, run->seen_n, run->seen_cap);
	run->seen[run->seen_n++] = pos;
	return true;
}

static const char *nearest_artifact(struct checker *c, const char *name)
{
	const struct world *w = c->world;
	const struct abi_source *abis = c->run->abis;
	const char **known = ARENA_ARRAY(c->arena, const char *,
					 w->contracts_n);
	size_t n = 0;

	for (size_t i = 0; i < w->contracts_n; i++)
		if (abis->lookup(abis->ctx, w->contracts[i].artifact))
			known[n++] = w->contracts[i].artifact;
	return nearest_name(name, known, n);
}

static void check_artifacts(struct checker *c)
{
	const struct world *w = c->world;
	const struct abi_source *abis = c->run->abis;

	for (size_t i = 0; i < w->contracts_n; i++) {
		const struct world_contract *x = &w->contracts[i];

		if (x->core || !check_new(c, x->artifact_pos) ||
		    abis->lookup(abis->ctx, x->artifact))
			continue;
		check_note(c, x->artifact_pos,
			   expr_chars(x->artifact, strlen(x->artifact)),
			   nearest_artifact(c, x->artifact),
			   "no contract of contracts/src or of OpenZeppelin's "
			   "is called `%s`",
			   x->artifact);
	}
}

/* What `run` would say of the world before it starts anything. */
static void check_cast(struct checker *c, const struct scenario *s, size_t row)
{
	const struct run_options nothing = { .root = NULL };
	struct arena *a = arena_new();
	struct live_operator *operators;
	struct live_spec spec;
	struct scenario bound = *s;
	struct err why = ERR_INIT;
	size_t n;

	if ((s->matrix && !matrix_bind(&bound, a, s, row, &why)) ||
	    !run_live_spec(a, bound.world, &nothing, &spec, &why) ||
	    !run_cast(a, bound.world, &operators, &n, &why)) {
		struct src_pos pos = why.pos.line ? why.pos : s->pos;

		if (check_new(c, pos))
			check_note(c, pos, 1, NULL, "%s", why.text);
	}
	arena_free(a);
}

void check_given(struct checker *c, const struct frame *f,
		 const struct scenario *s)
{
	const struct world *w = c->world;

	for (size_t i = 0; i < w->operators_n; i++) {
		const struct world_operator *o = &w->operators[i];

		if (o->behaviour && check_new(c, o->behaviour->pos)) {
			check_behaviour(c, f, o->behaviour);
			if (!o->program)
				check_settings(c, f, o->behaviour, false);
		}
		if (o->program && check_new(c, o->program_pos))
			check_file(c, o->program_pos, o->program, X_OK,
				   "program");
	}
	for (size_t i = 0; i < w->processes_n; i++) {
		const struct world_process *x = &w->processes[i];

		if (!check_new(c, x->pos))
			continue;
		check_file(c, x->program_pos, x->program, X_OK, "program");
		if (x->config)
			check_map(c, f, x->config,
				  "`config` wants a map of settings");
	}
	for (size_t i = 0; i < w->deploys_n; i++)
		if (check_new(c, w->deploys[i].pos))
			check_file(c, w->deploys[i].pos, w->deploys[i].script,
				   R_OK, "forge script");
	check_artifacts(c);
	check_tees(c);
	for (size_t i = 0; i < w->files_n; i++)
		if (check_found(c, w->files[i]->file))
			return;
	for (size_t i = 0, n = matrix_rows(s); i < (n ? n : 1); i++)
		check_cast(c, s, i);
}
