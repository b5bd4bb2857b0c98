#include "base/base.h"
#include "scenario/load_priv.h"

/* More rows than this in one table or product are a slip, or an attack. */
#define ROWS_MAX 10000

struct rows {
	struct loader *l;
	struct bindings *b;
	const struct yaml_node *at;
};

static bool is_column(const char *s)
{
	if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
	      *s == '_'))
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || *s == '_' || *s == '.' ||
		      *s == '-'))
			return false;
	return true;
}

/* The columns of a header row; *ret_case is the one called `case`, or n. */
static bool header(struct rows *r, const struct yaml_node *const *names,
		   size_t n, size_t *ret_case)
{
	const char **columns = ARENA_ARRAY(r->l->arena, const char *, n);
	struct src_pos *pos = ARENA_ARRAY(r->l->arena, struct src_pos, n);
	size_t kept = 0;

	*ret_case = n;
	for (size_t i = 0; i < n; i++) {
		const char *s = load_scalar(r->l, names[i], "a column's name");

		if (!s)
			return false;
		if (!strcmp(s, "case")) {
			*ret_case = i;
			continue;
		}
		if (!is_column(s)) {
			load_note(r->l, names[i], NULL,
				  "`%s` is no name for a column", s);
			return false;
		}
		for (size_t j = 0; j < kept; j++)
			if (!strcmp(columns[j], s)) {
				load_note(r->l, names[i], NULL,
					  "column `%s` a second time", s);
				return false;
			}
		pos[kept] = names[i]->pos;
		columns[kept++] = s;
	}
	r->b->columns = columns;
	r->b->columns_pos = pos;
	r->b->columns_n = kept;
	return true;
}

static const char *row_name(struct rows *r, const struct yaml_node *n)
{
	return load_scalar(r->l, n, "a row's name");
}

static bool table(struct rows *r)
{
	const struct yaml_node *head = r->at->items[0];
	size_t n = r->at->n - 1, name_at = 0, kept = 0;
	struct row *rows = ARENA_ARRAY(r->l->arena, struct row, n);

	if (!header(r, head->items, head->n, &name_at))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *in = r->at->items[i + 1];
		const struct expr **cells = ARENA_ARRAY(
			r->l->arena, const struct expr *, head->n);
		size_t k = 0;

		/* The others are looked at all the same. */
		if (in->kind != YAML_LIST || in->n != head->n) {
			load_note(r->l, in, NULL,
				  "a row of %zu value%s; the header has %zu "
				  "columns",
				  in->kind == YAML_LIST ? in->n : 1,
				  in->kind == YAML_LIST && in->n != 1 ? "s"
								      : "",
				  head->n);
			continue;
		}
		for (size_t j = 0; j < in->n; j++)
			if (j == name_at)
				rows[kept].name = row_name(r, in->items[j]);
			else
				cells[k++] = expr_node(r->l->arena,
						       in->items[j]);
		rows[kept].pos = in->pos;
		rows[kept++].cells = cells;
	}
	r->b->rows = rows;
	r->b->rows_n = kept;
	return true;
}

static bool map_row(struct rows *r, struct row *row,
		    const struct yaml_node *in, const struct yaml_node *first)
{
	const struct expr **cells = ARENA_ARRAY(
		r->l->arena, const struct expr *, r->b->columns_n);
	bool ok = load_is(r->l, in, YAML_MAP, "a row");

	row->pos = in->pos;
	row->cells = cells;
	for (size_t i = 0; ok && i < r->b->columns_n; i++) {
		const struct yaml_node *v = yaml_get(in, r->b->columns[i]);

		if (!v) {
			load_note(r->l, in, NULL,
				  "this row has no `%s`; the first one in "
				  "line %u has",
				  r->b->columns[i], first->pos.line);
			return false;
		}
		cells[i] = expr_node(r->l->arena, v);
	}
	for (size_t i = 0; ok && i < in->n; i++) {
		const char *key = in->pairs[i].key->text;

		if (!strcmp(key, "case")) {
			row->name = row_name(r, in->pairs[i].value);
		} else if (!yaml_get(first, key)) {
			load_note(r->l, in->pairs[i].key, NULL,
				  "the first row in line %u has no `%s`",
				  first->pos.line, key);
			return false;
		}
	}
	return ok;
}

static bool list_of_maps(struct rows *r)
{
	const struct yaml_node *first = r->at->items[0];
	const struct yaml_node **names =
		ARENA_ARRAY(r->l->arena, const struct yaml_node *, first->n);
	struct row *rows = ARENA_ARRAY(r->l->arena, struct row, r->at->n);
	size_t name_at = 0;

	for (size_t i = 0; i < first->n; i++)
		names[i] = first->pairs[i].key;
	if (!header(r, names, first->n, &name_at))
		return false;
	for (size_t i = 0; i < r->at->n; i++)
		if (!map_row(r, &rows[i], r->at->items[i], first))
			return false;
	r->b->rows = rows;
	r->b->rows_n = r->at->n;
	return true;
}

/* The values of one column of a product, if its text shows them all. */
static bool column_values(struct rows *r, const struct expr *x,
			  const struct expr *const **ret, size_t *ret_n)
{
	const struct expr **items;
	uint64_t from = 0, to = 0;

	if (x->kind == EXPR_LIST) {
		*ret = x->items;
		*ret_n = x->n;
		return true;
	}
	if (x->kind != EXPR_RANGE || x->left->kind != EXPR_NUMBER ||
	    x->right->kind != EXPR_NUMBER ||
	    !u256_fits_u64(&from, x->left->number) ||
	    !u256_fits_u64(&to, x->right->number) || to < from ||
	    to - from >= ROWS_MAX)
		return false;
	*ret_n = (size_t)(to - from) + 1;
	items = ARENA_ARRAY(r->l->arena, const struct expr *, *ret_n);
	for (size_t i = 0; i < *ret_n; i++) {
		struct expr *v = arena_memdup(r->l->arena, x->left,
					      sizeof(*v));

		v->number = u256_from_u64(from + i);
		items[i] = v;
	}
	*ret = items;
	return true;
}

/* All combinations, the last column running fastest. */
static bool multiply(struct rows *r, const struct expr *const *const *values,
		     const size_t *counts)
{
	size_t n = 1, columns = r->b->columns_n;
	struct row *rows;

	for (size_t i = 0; i < columns; i++) {
		n *= counts[i];
		if (!counts[i])
			load_note(r->l, r->at->pairs[i].value, NULL,
				  "no value for `%s`: the steps would never be "
				  "played", r->b->columns[i]);
		if (n > ROWS_MAX) {
			load_note(r->l, r->at, NULL,
				  "a product of more than %d rows", ROWS_MAX);
			return false;
		}
	}
	rows = ARENA_ARRAY(r->l->arena, struct row, n);
	for (size_t i = 0; i < n; i++) {
		const struct expr **cells = ARENA_ARRAY(
			r->l->arena, const struct expr *, columns);
		size_t rest = i;

		for (size_t j = columns; j-- > 0;) {
			cells[j] = values[j][rest % counts[j]];
			rest /= counts[j];
		}
		rows[i].pos = r->b->pos;
		rows[i].cells = cells;
	}
	r->b->rows = rows;
	r->b->rows_n = n;
	return true;
}

static bool product(struct rows *r)
{
	size_t n = r->at->n, name_at = 0;
	const struct yaml_node **names =
		ARENA_ARRAY(r->l->arena, const struct yaml_node *, n);
	const struct expr **cells =
		ARENA_ARRAY(r->l->arena, const struct expr *, n);
	const struct expr *const **values =
		ARENA_ARRAY(r->l->arena, const struct expr *const *, n);
	size_t *counts = ARENA_ARRAY(r->l->arena, size_t, n);
	struct row *row = ARENA_NEW(r->l->arena, struct row);
	bool known = true;

	for (size_t i = 0; i < n; i++)
		names[i] = r->at->pairs[i].key;
	if (!header(r, names, n, &name_at))
		return false;
	if (name_at < n) {
		load_note(r->l, names[name_at], NULL,
			  "a product has no `case`; its rows name themselves");
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		cells[i] = expr_node(r->l->arena, r->at->pairs[i].value);
		known &= column_values(r, cells[i], &values[i], &counts[i]);
	}
	if (known)
		return multiply(r, values, counts);
	row->pos = r->b->pos;
	row->cells = cells;
	r->b->rows = row;
	r->b->rows_n = 1;
	r->b->product = true;
	return true;
}

const struct bindings *load_rows(struct loader *l, const struct yaml_node *n)
{
	struct bindings *b = ARENA_NEW(l->arena, struct bindings);
	struct rows r = { .l = l, .b = b, .at = n };
	bool ok = false;

	b->pos = n->pos;
	if (n->kind == YAML_MAP && n->n) {
		ok = product(&r);
	} else if (n->kind == YAML_LIST && n->n > ROWS_MAX) {
		load_note(l, n, NULL, "more than %d rows", ROWS_MAX);
	} else if (n->kind == YAML_LIST && n->n > 1 &&
		   n->items[0]->kind == YAML_LIST) {
		ok = table(&r);
	} else if (n->kind == YAML_LIST && n->n &&
		   n->items[0]->kind == YAML_MAP) {
		ok = list_of_maps(&r);
	} else {
		load_note(l, n, NULL,
			  "rows are a product `{who: [alice, bob]}`, a table "
			  "`[[who, amount], [alice, 1]]` or a list of maps");
	}
	return ok ? b : NULL;
}
