#include "scenario/matrix.h"

#include "scenario/eval.h"
#include "scenario/world.h"

#include "base/base.h"

#define NAME_MAX_BYTES 200

const char *const matrix_keys[MATRIX_KEY__COUNT] = {
	[MATRIX_RELEASE] = "eigenlayer.release",
	[MATRIX_DELAYS] = "eigenlayer.delays",
};

size_t matrix_rows(const struct scenario *s)
{
	return s->matrix ? s->matrix->rows_n : 0;
}

/* The row's `case`, else its values as they are written, else its number. */
static const char *row_name(struct arena *a, const struct bindings *m,
			    size_t row)
{
	const struct row *r = &m->rows[row];
	struct buf b = BUF_INIT(NAME_MAX_BYTES);
	const char *name;
	bool plain = !r->name;

	for (size_t c = 0; plain && c < m->columns_n; c++) {
		plain = r->cells[c]->raw != NULL;
		if (plain)
			buf_addf(&b, "%s%s", c ? "," : "", r->cells[c]->raw);
	}
	name = r->name		  ? r->name
	       : plain && !b.over ? arena_strndup(a, buf_str(&b), b.len)
				  : arena_printf(a, "%zu", row + 1);
	buf_done(&b);
	return name;
}

/* Two rows of one name are told apart by their numbers. */
static const char *row_id(struct arena *a, const struct scenario *s,
			  size_t row)
{
	const char *name = row_name(a, s->matrix, row);

	for (size_t i = 0; i < s->matrix->rows_n; i++)
		if (i != row && !strcmp(name, row_name(a, s->matrix, i)))
			return arena_printf(a, "%s[%s #%zu]", s->id, name,
					    row + 1);
	return arena_printf(a, "%s[%s]", s->id, name);
}

static void set_key(struct world *w, enum matrix_key key, const char *value)
{
	switch (key) {
	case MATRIX_RELEASE:
		w->release = value;
		return;
	case MATRIX_DELAYS:
		w->delays = strcmp(value, "mainnet") ? DELAYS_FAST
						     : DELAYS_MAINNET;
		return;
	case MATRIX_KEY__COUNT:
		break;
	}
	ASSERT(!"matrix key");
}

/* *ret_own becomes true if it changes the world. */
static bool bind_cell(struct world *w, bool *ret_own, struct scope *vars,
		      struct eval_env *env, const char *column,
		      const struct expr *cell, struct err *e)
{
	struct value v;

	for (unsigned k = 0; k < MATRIX_KEY__COUNT; k++) {
		if (strcmp(column, matrix_keys[k]))
			continue;
		set_key(w, (enum matrix_key)k, cell->raw);
		*ret_own = true;
		return true;
	}
	if (!eval(&v, env, NULL, cell, e))
		return err_ctx(e, "column %s", column);
	vars->vars[vars->n++] = (struct scope_var){ column, v };
	return true;
}

/* Names in places that hold no expression: `tee: $platform`. */
static bool bind_platforms(struct world *w, bool *ret_own, struct arena *a,
			   const struct scope *vars, struct err *e)
{
	struct world_operator *ops = ARENA_ARRAY(a, struct world_operator,
						 w->operators_n);

	for (size_t i = 0; i < w->operators_n; i++) {
		const struct value *v;

		ops[i] = w->operators[i];
		if (!ops[i].tee || ops[i].tee[0] != '$')
			continue;
		v = scope_get(vars, ops[i].tee + 1);
		if (!v || !v->text)
			return err_at(e, ops[i].pos, ERR_SCHEMA,
				      "%s is no platform's name in this row",
				      ops[i].tee);
		ops[i].tee = v->text;
		*ret_own = true;
	}
	w->operators = ops;
	return true;
}

bool matrix_bind(struct scenario *ret, struct arena *a,
		 const struct scenario *s, size_t row, struct err *e)
{
	const struct bindings *m = s->matrix;
	struct world *w = arena_memdup(a, s->world, sizeof(*w));
	struct scope *vars = ARENA_NEW(a, struct scope);
	struct eval_env env = { .arena = a,
				.world = s->world,
				.names = { .world = s->world } };
	bool own = s->own_world;

	ASSERT(row < m->rows_n);
	vars->vars = ARENA_ARRAY(a, struct scope_var, m->columns_n);
	for (size_t c = 0; c < m->columns_n; c++)
		if (!bind_cell(w, &own, vars, &env, m->columns[c],
			       m->rows[row].cells[c], e))
			return false;
	if (!bind_platforms(w, &own, a, vars, e))
		return false;
	w->bound = vars;
	*ret = *s;
	ret->world = w;
	ret->own_world = own;
	ret->id = row_id(a, s, row);
	return true;
}
