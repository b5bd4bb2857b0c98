#include <ctype.h>

#include "base/base.h"
#include "scenario/expr_priv.h"

static const struct expr *parse_unary(struct parse *p);

/* Items up to @close into @x. */
static bool parse_items(struct parse *p, struct expr *x, char close)
{
	CLEANUP(freep) const struct expr **items = NULL;
	size_t n = 0, cap = 0;

	expr_skip(p);
	while (*p->p != close) {
		const struct expr *item = expr_or(p);

		if (!item)
			return false;
		GROW(items, n, cap);
		items[n++] = item;
		expr_skip(p);
		if (*p->p == ',') {
			p->p++;
			expr_skip(p);
		} else if (*p->p != close) {
			expr_fail(p, p->p, close == ')' ? "wants `,` or `)` here"
						   : "wants `,` or `]` here");
			return false;
		}
	}
	p->p++;
	x->items = n ? arena_memdup(p->a, items, n * sizeof(*items)) : NULL;
	x->n = n;
	return true;
}

/* "…" inside an expression: text with insertions; no escapes. */
static const struct expr *parse_quoted(struct parse *p)
{
	const char *start = p->p, *close = strchr(start + 1, '"');
	struct parse in = *p;
	const struct expr *x;
	struct expr *copy;

	if (!close)
		return expr_fail(p, start, "the text has no closing quote");
	in.text = arena_strndup(p->a, start + 1, (size_t)(close - start) - 1);
	in.p = in.text;
	in.pos.col = expr_col(p, start + 1);
	in.seen = NULL;
	x = expr_template_in(&in);
	p->ops = in.ops;
	p->p = close + 1;
	if (!x) {
		p->problem = in.problem;
		p->problem_col = in.problem_col;
		return NULL;
	}
	copy = arena_memdup(p->a, x, sizeof(*x));
	copy->pos.col = expr_col(p, start);
	copy->style = YAML_DOUBLE;
	return expr_end(p, copy, start);
}

static const struct expr *parse_group(struct parse *p)
{
	const struct expr *x;

	p->p++;
	x = expr_or(p);
	if (!x)
		return NULL;
	if (!expr_punct(p, ")"))
		return expr_fail(p, p->p, "wants `)` here");
	return x;
}

const struct expr *expr_dollar(struct parse *p)
{
	const char *start = p->p;
	struct expr *x;
	size_t n;

	p->p++;
	if (*p->p == '(')
		return parse_group(p);
	n = expr_name_len(p->p);
	if (!n)
		return expr_fail(p, start, "wants a name after `$`");
	x = expr_make(p, EXPR_VAR, start);
	x->name = arena_strndup(p->a, p->p, n);
	p->p += n;
	return expr_end(p, x, start);
}

static const struct expr *parse_name(struct parse *p)
{
	const char *start = p->p;
	size_t n = expr_set_name_len(start);
	struct expr *x;

	if (expr_keyword(p, "every")) {
		x = expr_make(p, EXPR_EVERY, start);
		expr_skip(p);
		n = expr_name_len(p->p);
		if (!n)
			return expr_fail(p, p->p, "wants operator, actor, token or set "
					 "here");
		x->name = arena_strndup(p->a, p->p, n);
		p->p += n;
		return expr_end(p, x, start);
	}
	x = expr_make(p, EXPR_NAME, start);
	x->name = arena_strndup(p->a, start, n);
	if (!strcmp(x->name, "it"))
		x->kind = EXPR_IT;
	p->p += n;
	return expr_end(p, x, start);
}

/* Of two characters the first may have been read as an operator. */
static const char *no_value(const struct parse *p)
{
	const char *habit = NULL;

	if (p->p > p->text && (p->p[-1] == '<' || p->p[-1] == '*'))
		habit = expr_habit(p->p - 1);
	if (!habit)
		habit = expr_habit(p->p);
	return habit ? habit : "no value begins with this";
}

static const struct expr *parse_primary(struct parse *p)
{
	char c;

	expr_skip(p);
	c = *p->p;
	if (c == '(')
		return parse_group(p);
	if (c == '[') {
		const char *start = p->p++;
		struct expr *x = expr_make(p, EXPR_LIST, start);

		return parse_items(p, x, ']') ? expr_end(p, x, start) : NULL;
	}
	if (c == '$')
		return expr_dollar(p);
	if (c == '"')
		return parse_quoted(p);
	if (c == '0' && p->p[1] == 'x')
		return expr_hex(p);
	if (isdigit((unsigned char)c))
		return expr_number(p);
	if (expr_is_start(c))
		return parse_name(p);
	if (!c)
		return expr_fail(p, p->p, "wants a value here");
	return expr_fail(p, p->p, no_value(p));
}

/* `.name`, `.0`, `.$x`, `.(x)` */
const struct expr *expr_dot(struct parse *p, const struct expr *left,
				    const char *start)
{
	struct expr *x;
	size_t n;

	p->p++;
	if (*p->p == '$' || *p->p == '(') {
		x = expr_make(p, EXPR_INDEX, start);
		x->left = left;
		x->right = *p->p == '$' ? expr_dollar(p) : parse_group(p);
		return x->right ? expr_end(p, x, start) : NULL;
	}
	n = expr_name_len(p->p);
	while (!n && isdigit((unsigned char)p->p[n])) {
		while (isdigit((unsigned char)p->p[n]))
			n++;
	}
	if (!n)
		return expr_fail(p, p->p, "wants a field after the dot");
	x = expr_make(p, EXPR_FIELD, start);
	x->left = left;
	x->name = arena_strndup(p->a, p->p, n);
	p->p += n;
	return expr_end(p, x, start);
}

static const struct expr *parse_at(struct parse *p, const struct expr *left,
				   const char *start)
{
	struct expr *x = expr_make(p, EXPR_AT, start);

	p->p++;
	x->left = left;
	if (*p->p == '$')
		x->right = expr_dollar(p);
	else if (expr_is_start(*p->p))
		x->right = parse_name(p);
	else if (*p->p == '(')
		x->right = parse_group(p);
	else
		return expr_fail(p, p->p, "wants an operator set after `@`");
	return x->right ? expr_end(p, x, start) : NULL;
}

/* Whether a call of @callee makes `/` stand for a ratio inside. */
static bool is_ratio(const struct expr *callee)
{
	return callee->kind == EXPR_NAME && (!strcmp(callee->name, "floor") ||
					     !strcmp(callee->name, "ceil"));
}

static const struct expr *parse_call(struct parse *p,
				     const struct expr *callee,
				     const char *start)
{
	struct expr *x = expr_make(p, EXPR_CALL, start);
	unsigned outer = p->in_ratio;
	bool ok;

	p->p++;
	x->left = callee;
	p->in_ratio = is_ratio(callee);
	ok = parse_items(p, x, ')');
	p->in_ratio = outer;
	return ok ? expr_end(p, x, start) : NULL;
}

static const struct expr *parse_postfix(struct parse *p)
{
	const struct expr *x;
	const char *start;

	expr_skip(p);
	start = p->p;
	x = parse_primary(p);
	while (x) {
		char c = *p->p;

		if (c != '(' && c != '@' && (c != '.' || p->p[1] == '.'))
			return x;
		if (++p->ops > EXPR_OPS_MAX)
			return expr_fail(p, p->p, "the expression is too long");
		x = c == '('   ? parse_call(p, x, start)
		    : c == '@' ? parse_at(p, x, start)
			       : expr_dot(p, x, start);
	}
	return NULL;
}

static const struct expr *binary(struct parse *p, enum op op,
				 const struct expr *left,
				 const struct expr *right, const char *start)
{
	struct expr *x;

	if (!right)
		return NULL;
	if (++p->ops > EXPR_OPS_MAX)
		return expr_fail(p, start, "the expression is too long");
	x = expr_make(p, EXPR_BINARY, start);
	x->op = op;
	x->left = left;
	x->right = right;
	return expr_end(p, x, start);
}

static const struct expr *parse_unary(struct parse *p)
{
	const char *start;
	struct expr *x;
	enum op op = OP__COUNT;

	expr_skip(p);
	start = p->p;
	if (*start == '-')
		op = OP_NEG;
	else if (*start == '+')
		op = OP_PLUS;
	if (op == OP__COUNT)
		return parse_postfix(p);
	if (++p->ops > EXPR_OPS_MAX || p->depth > EXPR_DEPTH_MAX)
		return expr_fail(p, start, "the expression is too long");
	p->p++;
	x = expr_make(p, EXPR_UNARY, start);
	x->op = op;
	p->depth++;
	x->right = parse_unary(p);
	p->depth--;
	return x->right ? expr_end(p, x, start) : NULL;
}

static const struct expr *parse_product(struct parse *p)
{
	const struct expr *x;
	const char *start;

	expr_skip(p);
	start = p->p;
	x = parse_unary(p);
	while (x) {
		expr_skip(p);
		if (*p->p == '/' && !p->in_ratio)
			return expr_fail(p, p->p,
				    "`/` stands only inside floor() or ceil()");
		if (*p->p != '*' && *p->p != '/')
			return x;
		x = *p->p++ == '*'
			    ? binary(p, OP_MUL, x, parse_unary(p), start)
			    : binary(p, OP_DIV, x, parse_unary(p), start);
	}
	return NULL;
}

static const struct expr *parse_sum(struct parse *p)
{
	const struct expr *x;
	const char *start;

	expr_skip(p);
	start = p->p;
	x = parse_product(p);
	while (x) {
		expr_skip(p);
		if (*p->p != '+' && *p->p != '-')
			break;
		x = *p->p++ == '+'
			    ? binary(p, OP_ADD, x, parse_product(p), start)
			    : binary(p, OP_SUB, x, parse_product(p), start);
	}
	if (x && expr_punct(p, "..")) {
		struct expr *r = expr_make(p, EXPR_RANGE, start);

		r->left = x;
		r->right = parse_product(p);
		return r->right ? expr_end(p, r, start) : NULL;
	}
	return x;
}

static enum op comparison(struct parse *p)
{
	static const enum op ops[] = { OP_EQ, OP_NE, OP_LE, OP_GE, OP_LT,
				       OP_GT };

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (expr_punct(p, op_text(ops[i])))
			return ops[i];
	if (!strncmp(p->p, "=>", 2) || !strncmp(p->p, "=<", 2))
		expr_fail(p, p->p, p->p[1] == '>' ? "`=>` is written `>=`"
						  : "`=<` is written `<=`");
	else if (*p->p == '=')
		expr_fail(p, p->p, "`==` compares");
	if (expr_keyword(p, "has"))
		return OP_HAS;
	return expr_keyword(p, "matches") ? OP_MATCHES : OP__COUNT;
}

static const struct expr *parse_comparison(struct parse *p)
{
	const struct expr *x;
	const char *start;
	enum op op;

	expr_skip(p);
	start = p->p;
	x = parse_sum(p);
	if (!x)
		return NULL;
	op = comparison(p);
	if (op == OP__COUNT)
		return x;
	x = binary(p, op, x, parse_sum(p), start);
	expr_skip(p);
	start = p->p;
	if (x && comparison(p) != OP__COUNT)
		return expr_fail(p, start,
				 "this compares what is compared already: "
				 "write `a == b and b == c`, or put one of the "
				 "two into ( )");
	return x;
}

static const struct expr *parse_not(struct parse *p)
{
	const char *start;
	struct expr *x;

	expr_skip(p);
	start = p->p;
	if (!expr_keyword(p, "not"))
		return parse_comparison(p);
	if (p->depth > EXPR_DEPTH_MAX)
		return expr_fail(p, start, "the expression is nested too deep");
	x = expr_make(p, EXPR_UNARY, start);
	x->op = OP_NOT;
	p->depth++;
	x->right = parse_not(p);
	p->depth--;
	return x->right ? expr_end(p, x, start) : NULL;
}

static const struct expr *parse_and(struct parse *p)
{
	const struct expr *x;
	const char *start;

	expr_skip(p);
	start = p->p;
	x = parse_not(p);
	while (x && expr_keyword(p, "and"))
		x = binary(p, OP_AND, x, parse_not(p), start);
	return x;
}

const struct expr *expr_or(struct parse *p)
{
	const struct expr *x;
	const char *start;

	expr_skip(p);
	start = p->p;
	if (++p->depth > EXPR_DEPTH_MAX)
		return expr_fail(p, start, "the expression is nested too deep");
	x = parse_and(p);
	while (x && expr_keyword(p, "or"))
		x = binary(p, OP_OR, x, parse_and(p), start);
	p->depth--;
	return x;
}
