/*
 * The rows of each and cases: what their columns are, and what `save` takes out.
 */
#include <ctype.h>

#include "base/base.h"
#include "scenario/check_priv.h"

static const struct type *column_type(struct checker *c,
				      const struct frame *f,
				      const struct bindings *b, size_t col)
{
	const struct type *first = NULL;

	for (size_t i = 0; i < b->rows_n; i++) {
		const struct type *t = check_expr(c, f, b->rows[i].cells[col]);

		if (!first)
			first = t;
		else if (t->kind != first->kind || t->unit != first->unit ||
			 t->kind == TYPE_MAP || t->kind == TYPE_LIST ||
			 (t->kind == TYPE_REF && t->ref != first->ref))
			first = &TYPE_ANYTHING;
		else if (!t->natural)
			first = type_signed(c, first);
	}
	if (!first || first->kind == TYPE_WORD || first->kind == TYPE_TEXT ||
	    first->kind == TYPE_NONE || first->kind == TYPE_CALL)
		return &TYPE_ANYTHING;
	if (b->product)
		return first->kind == TYPE_LIST && first->elem
			       ? first->elem
			       : &TYPE_ANYTHING;
	/* One of several actors: of their kind, and no certain one. */
	if (first->kind == TYPE_REF && b->rows_n > 1)
		return type_ref(c, first->ref, NULL, 0, 0);
	return first;
}

/* `{who: alice}`, which runs over nothing. */
static void check_product(struct checker *c, const struct frame *f,
			  const struct expr *x)
{
	const struct type *t;

	if (x->kind == EXPR_LIST || x->kind == EXPR_RANGE ||
	    x->kind == EXPR_EVERY)
		return;
	t = check_expr(c, f, x);
	/* A struct may be written as a list, too. */
	if (t->kind != TYPE_LIST && t->kind != TYPE_MAP &&
	    t->kind != TYPE_ANY)
		check_at(c, x,
			 arena_printf(c->arena, "[%s]", check_source(c, x)),
			 "`%s` is %s; a column runs over a list, a range or "
			 "`every …`",
			 check_source(c, x), type_text(c, t));
}

void check_columns(struct checker *c, struct frame *f,
		   const struct frame *outer, const struct bindings *b)
{
	for (size_t j = 0; j < b->columns_n; j++) {
		const struct expr **cells;
		struct var v = { .name = b->columns[j],
				 .pos = b->columns_pos[j],
				 .cells_in = outer };

		if (strchr(v.name, '.')) /* a key of the world, by its path */
			continue;
		v.type = column_type(c, outer, b, j);
		if (b->product)
			check_product(c, outer, b->rows[0].cells[j]);
		if (!b->product) {
			cells = ARENA_ARRAY(c->arena, const struct expr *,
					    b->rows_n);
			for (size_t i = 0; i < b->rows_n; i++)
				cells[i] = b->rows[i].cells[j];
			v.cells = cells;
			v.cells_n = b->rows_n;
		}
		check_declare(c, f, v);
	}
}

/* What the steps of a row named, as `save` takes it out. */
static const struct type *named_in(struct checker *c, const struct frame *row)
{
	struct type *t = type_new(c, TYPE_MAP);
	const char **keys = ARENA_ARRAY(c->arena, const char *, row->n);
	const struct type **items =
		ARENA_ARRAY(c->arena, const struct type *, row->n);

	for (size_t i = 0; i < row->n; i++) {
		keys[i] = row->vars[i].name;
		items[i] = row->vars[i].type;
	}
	t->keys = keys;
	t->items = items;
	t->n = row->n;
	return t;
}

/* What a row is called: by its `case`, or by its first column where that is a
 * name. NULL: only the run will tell. */
static const char *row_key(const struct bindings *b, const struct row *row)
{
	const struct expr *first = b->columns_n ? row->cells[0] : NULL;

	if (row->name)
		return row->name;
	return !b->product && first && first->kind == EXPR_NAME ? first->name
								: NULL;
}

/* What each row's steps named, by row. */
static const struct type *by_row(struct checker *c, const struct bindings *b,
				 const struct type *row)
{
	struct type *t = type_new(c, TYPE_MAP);
	const char **keys = ARENA_ARRAY(c->arena, const char *, b->rows_n);
	const struct type **items =
		ARENA_ARRAY(c->arena, const struct type *, b->rows_n);

	for (size_t i = 0; i < b->rows_n; i++) {
		keys[i] = row_key(b, &b->rows[i]);
		items[i] = row;
		if (!keys[i])
			return &TYPE_ANYTHING;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(keys[i], keys[j]))
				check_note(c, b->rows[i].pos, 1, NULL,
					   "two rows are called `%s`, and "
					   "`save` takes them out by their "
					   "names: give each its own `case`",
					   keys[i]);
	}
	t->keys = keys;
	t->items = items;
	t->n = b->rows_n;
	return t;
}

bool check_understood(const struct step_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct step *s = list->steps[i];

		if (s->flawed || !check_understood(&s->steps))
			return false;
		for (size_t j = 0; j < s->arms_n; j++)
			if (!check_understood(&s->arms[j].steps))
				return false;
	}
	return !list->gaps;
}

/* A row of `cases` differs by what its steps ask for, and by its `case`; the
 * first column may be what `save` calls it. */
static void check_used(struct checker *c, const struct frame *columns,
		       const struct step *s)
{
	const struct bindings *b = s->rows;

	for (size_t i = 0; i < columns->n; i++) {
		const struct var *v = &columns->vars[i];
		const bool product = b->rows_n &&
				     b->rows[0].pos.line == b->pos.line &&
				     b->rows[0].pos.col == b->pos.col;

		if (!v->used && !(s->save && !i))
			check_note(c, v->pos,
				   expr_chars(v->name, strlen(v->name)), NULL,
				   "no step of these rows uses `$%s`%s",
				   v->name,
				   b->product || product ? ""
					      : "; what only names a row is "
						"called `case`");
	}
}

bool check_is_written(const struct yaml_doc *doc, const char *name)
{
	const size_t n = strlen(name);

	for (const char *at = strchr(doc->source, '$'); at;
	     at = strchr(at + 1, '$'))
		if (!strncmp(at + 1, name, n) &&
		    !isalnum((unsigned char)at[1 + n]) && at[1 + n] != '_')
			return true;
	return false;
}

void check_matrix_used(struct checker *c, const struct frame *f,
		       const struct scenario *s)
{
	for (size_t i = 0; s->matrix && i < s->matrix->columns_n; i++) {
		const char *name = s->matrix->columns[i];
		const struct var *v = strchr(name, '.') ? NULL
							: check_find(f, name);

		if (v && !v->used && !check_is_written(s->file, name))
			check_note(c, v->pos, expr_chars(name, strlen(name)),
				   NULL,
				   "nothing uses `$%s`; what only names a row "
				   "is called `case`", name);
	}
}

const struct type *check_rows(struct checker *c, const struct frame *f,
				     const struct step *s)
{
	struct frame columns = { .outer = f }, in = { .outer = &columns };
	const struct type *ret = &TYPE_ANYTHING;
	const bool gaps = c->gaps;
	const size_t known = c->run->diags->n;

	if (s->rows)
		check_columns(c, &columns, f, s->rows);
	c->gaps |= !s->rows;
	check_steps(c, &in, &s->steps);
	c->gaps = gaps;
	if (s->save && s->rows && !s->steps.gaps && !s->flawed)
		ret = by_row(c, s->rows, named_in(c, &in));
	if (s->verb == VERB_CASES && s->rows && !s->flawed &&
	    check_understood(&s->steps) && c->run->diags->n == known)
		check_used(c, &columns, s);
	check_frame_done(&in);
	check_frame_done(&columns);
	return ret;
}
