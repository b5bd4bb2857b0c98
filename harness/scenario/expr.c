#include "scenario/expr.h"

#include "base/base.h"
#include "scenario/expr_priv.h"

/* An insertion: `$(expr)`, or `$name` with fields that are names or digits. */
static const struct expr *parse_insertion(struct parse *p)
{
	const char *start = p->p;
	const struct expr *x = expr_dollar(p);

	while (x && *p->p == '.' &&
	       (expr_is_part(p->p[1]) || p->p[1] == '$' || p->p[1] == '(')) {
		if (++p->ops > EXPR_OPS_MAX)
			return expr_fail(p, p->p, "too many fields");
		x = expr_dot(p, x, start);
	}
	return x;
}

static const struct expr *chars(struct parse *p, const char *start)
{
	struct expr *x = expr_make(p, EXPR_CHARS, start);
	struct buf b = BUF_INIT(SIZE_MAX);

	for (const char *s = start; s < p->p; s++) {
		buf_addc(&b, *s);
		if (*s == '$') /* `$$` */
			s++;
	}
	x->name = arena_strdup(p->a, buf_str(&b));
	buf_done(&b);
	return expr_end(p, x, start);
}

/* The parts of a text up to its end. */
const struct expr *expr_template_in(struct parse *p)
{
	CLEANUP(freep) const struct expr **items = NULL;
	size_t n = 0, cap = 0;
	const char *start = p->p;
	struct expr *x = expr_make(p, EXPR_TEXT, start);

	while (*p->p) {
		const char *from = p->p;
		const struct expr *part;

		while (*p->p && (*p->p != '$' || p->p[1] == '$'))
			p->p += *p->p == '$' ? 2 : 1;
		part = p->p > from ? chars(p, from) : parse_insertion(p);
		if (!part)
			return NULL;
		GROW(items, n, cap);
		items[n++] = part;
	}
	x->items = n ? arena_memdup(p->a, items, n * sizeof(*items)) : NULL;
	x->n = n;
	return expr_end(p, x, start);
}

static const struct expr *words(struct parse *p)
{
	struct parse again = { .a = p->a, .text = p->text, .p = p->text,
			       .pos = p->pos, .single = p->single,
			       .fixed = p->fixed };
	const struct expr *t = expr_template_in(&again);
	struct expr *x;

	p->p = p->text + strlen(p->text);
	x = expr_make(p, EXPR_WORDS, p->text);
	x->name = p->text;
	x->left = t;
	x->problem = p->problem;
	x->problem_col = p->problem_col;
	return expr_end(p, x, p->text);
}

#define WORD_LETTERS                                                           \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const char *behind_the_end(const struct parse *p)
{
	const char *habit = expr_habit(p->p);
	size_t n = strspn(p->p, WORD_LETTERS);

	/* `$n PHA`, as one writes `5 PHA` */
	if (!habit && *p->text == '$' && n && !p->p[n])
		return arena_printf(p->a,
				    "a unit stands behind a number: write "
				    "`%.*s* 1 %s`",
				    (int)(p->p - p->text), p->text, p->p);
	return habit ? habit : "the expression should end here";
}

static const struct expr *parse_all(struct parse *p)
{
	const struct expr *x = expr_or(p);

	expr_skip(p);
	if (x && *p->p)
		x = expr_fail(p, p->p, behind_the_end(p));
	return x ? x : words(p);
}

const struct expr *expr_text(struct arena *a, const char *text,
			     struct src_pos pos)
{
	struct parse p = { .a = a, .text = text, .p = text, .pos = pos };
	const struct expr *x = parse_all(&p);
	struct expr *copy = arena_memdup(a, x, sizeof(*x));

	copy->raw = text;
	return copy;
}

const struct expr *expr_template(struct arena *a, const char *text,
				 struct src_pos pos)
{
	struct parse p = { .a = a, .text = text, .p = text, .pos = pos };
	const struct expr *x = expr_template_in(&p);

	return x ? x : words(&p);
}

static const struct expr *scalar(struct arena *a, const struct yaml_node *n)
{
	struct parse p = { .a = a, .text = n->text, .p = n->text,
			   .pos = n->pos };
	const struct expr *x;
	struct expr *copy;

	if (n->style == YAML_SINGLE || n->style == YAML_DOUBLE)
		p.pos.col++;
	p.single = n->style == YAML_SINGLE;
	/* Escapes hide where things stand. */
	p.fixed = n->style == YAML_BLOCK ||
		  (n->style == YAML_DOUBLE &&
		   expr_chars(n->text, strlen(n->text)) + 2 != n->width);
	if (n->style == YAML_DOUBLE || n->style == YAML_BLOCK) {
		x = expr_template_in(&p);
		if (!x)
			x = words(&p);
	} else {
		x = parse_all(&p);
	}
	copy = arena_memdup(a, x, sizeof(*x));
	copy->raw = n->text;
	copy->style = n->style;
	if (x->kind == EXPR_WORDS || x->kind == EXPR_TEXT) {
		copy->pos = n->pos;
		copy->width = n->width;
	}
	return copy;
}

const struct expr *expr_node(struct arena *a, const struct yaml_node *n)
{
	const struct expr **items;
	const char **keys;
	struct src_pos *key_pos;
	struct expr *x;

	if (n->kind == YAML_SCALAR)
		return scalar(a, n);
	x = ARENA_NEW(a, struct expr);
	x->kind = n->kind == YAML_LIST ? EXPR_LIST : EXPR_MAP;
	x->pos = n->pos;
	x->width = 1;
	x->n = n->n;
	items = ARENA_ARRAY(a, const struct expr *, n->n);
	x->items = items;
	if (n->kind == YAML_LIST) {
		for (size_t i = 0; i < n->n; i++)
			items[i] = expr_node(a, n->items[i]);
		return x;
	}
	keys = ARENA_ARRAY(a, const char *, n->n);
	key_pos = ARENA_ARRAY(a, struct src_pos, n->n);
	for (size_t i = 0; i < n->n; i++) {
		keys[i] = n->pairs[i].key->text;
		key_pos[i] = n->pairs[i].key->pos;
		items[i] = expr_node(a, n->pairs[i].value);
	}
	x->keys = keys;
	x->key_pos = key_pos;
	return x;
}

const struct expr *expr_call(struct arena *a, const struct yaml_node *n)
{
	const struct expr *key, *args;
	struct expr *x;

	if (n->kind != YAML_MAP || n->n != 1 ||
	    n->pairs[0].value->kind == YAML_SCALAR)
		return expr_node(a, n);
	key = scalar(a, n->pairs[0].key);
	if (key->kind != EXPR_NAME && key->kind != EXPR_FIELD)
		return expr_node(a, n);
	args = expr_node(a, n->pairs[0].value);
	x = arena_memdup(a, args, sizeof(*args));
	x->kind = EXPR_CALL;
	x->left = key;
	x->pos = key->pos;
	x->width = key->width;
	return x;
}

const char *expr_owner(struct arena *a, const struct expr *x)
{
	const char *outer;

	if (x->kind != EXPR_FIELD)
		return NULL;
	if (x->left->kind == EXPR_NAME)
		return x->left->name;
	outer = expr_owner(a, x->left);
	return outer ? arena_printf(a, "%s.%s", outer, x->left->name) : NULL;
}

bool expr_is_before(const struct expr *x)
{
	return x->kind == EXPR_CALL && x->n == 1 &&
	       x->left->kind == EXPR_NAME && !strcmp(x->left->name, "before");
}

bool expr_asks_before(const struct expr *x)
{
	if (!x || expr_is_before(x))
		return x != NULL;
	for (size_t i = 0; x->items && i < x->n; i++)
		if (expr_asks_before(x->items[i]))
			return true;
	return expr_asks_before(x->left) || expr_asks_before(x->right);
}

const struct expr *expr_member(const struct expr *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->keys[i], key))
			return map->items[i];
	return NULL;
}
