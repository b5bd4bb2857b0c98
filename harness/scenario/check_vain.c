/*
 * Conditions, and those among them that hold whatever happens: they check
 * nothing, and whoever wrote them believes that they do.
 */
#include "base/base.h"
#include "scenario/check_priv.h"

/* --- what asks nothing of the world ------------------------------------------ */

static bool is_clock(const struct expr *x)
{
	return x->kind == EXPR_NAME &&
	       (!strcmp(x->name, "head") || !strcmp(x->name, "now"));
}

/* `alice`, `alice.address`, `0x01`: the same from the first step to the last. */
static bool is_fixed(const struct expr *x)
{
	if (x->kind == EXPR_FIELD)
		return x->left->kind == EXPR_NAME &&
		       !strcmp(x->name, "address");
	return x->kind == EXPR_HEX || (x->kind == EXPR_NAME && !is_clock(x));
}

/* Whether it speaks of anything: `1 == 1` does not, nor does `alice == bob`. */
static bool asks_something(const struct expr *x)
{
	static const char *const constants[] = { "true", "false", "none",
						 "any", "empty" };

	if (!x)
		return false;
	if (x->kind == EXPR_VAR || x->kind == EXPR_IT || x->kind == EXPR_EVERY)
		return true;
	if (x->kind == EXPR_NAME) {
		for (size_t i = 0; i < ARRAY_LEN(constants); i++)
			if (!strcmp(constants[i], x->name))
				return false;
		return true;
	}
	if (x->kind == EXPR_BINARY && is_fixed(x->left) && is_fixed(x->right))
		return false;
	for (size_t i = 0; x->items && i < x->n; i++)
		if (asks_something(x->items[i]))
			return true;
	/* A function's own name is no question, a contract's is. */
	return (!(x->kind == EXPR_CALL && x->left->kind == EXPR_NAME) &&
		asks_something(x->left)) ||
	       asks_something(x->right);
}

/* --- what is the same thing twice --------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same(const struct expr *a, const struct expr *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->op != b->op || a->n != b->n ||
	    a->unit != b->unit || a->decimals != b->decimals ||
	    !u256_eq(a->number, b->number) || !same_text(a->name, b->name) ||
	    (a->kind == EXPR_WORDS && !same_text(a->raw, b->raw)) ||
	    (a->kind == EXPR_HEX && memcmp(a->bytes, b->bytes, a->n) != 0) ||
	    !same(a->left, b->left) || !same(a->right, b->right))
		return false;
	for (size_t i = 0; a->items && i < a->n; i++)
		if (!same(a->items[i], b->items[i]) ||
		    (a->keys && strcmp(a->keys[i], b->keys[i]) != 0))
			return false;
	return true;
}

/* A TEE makes another quote each time that it is asked. */
static bool asks_tee(const struct expr *x)
{
	if (!x)
		return false;
	for (size_t i = 0; x->items && i < x->n; i++)
		if (asks_tee(x->items[i]))
			return true;
	return (x->kind == EXPR_FIELD && !strcmp(x->name, "tee")) ||
	       asks_tee(x->left) || asks_tee(x->right);
}

/* Whether before() of it can be another: not of what was saved, or written. */
static bool changes(const struct expr *x)
{
	const bool part = x->kind == EXPR_FIELD || x->kind == EXPR_INDEX ||
			  x->kind == EXPR_AT || x->kind == EXPR_CALL;

	if (part && x->left)
		return x->left->kind == EXPR_NAME || changes(x->left);
	return x->kind == EXPR_NAME && is_clock(x);
}

/* --- what can be known of a condition ------------------------------------------- */

enum truth { OPEN, ALWAYS, NEVER };

struct known {
	enum truth truth;
	const char *why;  /* of what is not OPEN */
	const char *mend; /* what to write instead, or NULL */
};

static enum truth opposite(enum truth t)
{
	return t == ALWAYS ? NEVER : t == NEVER ? ALWAYS : OPEN;
}

/* The sign of a number that is written out: -1, 0 or 1; else 2. */
static int sign_of(const struct expr *x)
{
	int sign;

	if (x->kind == EXPR_NUMBER)
		return u256_is_zero(x->number) ? 0 : 1;
	if (x->kind == EXPR_UNARY && (x->op == OP_NEG || x->op == OP_PLUS)) {
		sign = sign_of(x->right);
		return sign == 2 || x->op == OP_PLUS ? sign : -sign;
	}
	if (x->kind == EXPR_CALL && x->left->kind == EXPR_NAME && x->n == 1 &&
	    strcmp(x->left->name, "before") != 0)
		return sign_of(x->items[0]);
	return 2;
}

static enum op mirrored(enum op op)
{
	return op == OP_LT   ? OP_GT
	       : op == OP_LE ? OP_GE
	       : op == OP_GT ? OP_LT
	       : op == OP_GE ? OP_LE
			     : op;
}

/* @op between what is never below zero and a number of this sign. */
static enum truth beside(enum op op, int sign)
{
	if (sign > 0 || (!sign && op != OP_GE && op != OP_LT))
		return OPEN;
	return op == OP_GE || op == OP_GT || op == OP_NE ? ALWAYS : NEVER;
}

/* `head` beside `before(head)`: it never falls, by a reorg neither. */
static bool is_head_before(const struct expr *a, const struct expr *b)
{
	return is_clock(a) && !strcmp(a->name, "head") && expr_is_before(b) &&
	       b->n == 1 && same(a, b->items[0]);
}

static struct known of_sides(struct checker *c, const struct frame *f,
			     const struct expr *a, enum op op,
			     const struct expr *b)
{
	struct known k = { .truth = OPEN };
	const struct type *t;

	if (is_head_before(a, b) && (op == OP_GE || op == OP_LT)) {
		k.truth = op == OP_GE ? ALWAYS : NEVER;
		k.why = "`head` never goes back";
		k.mend = "head > before(head)";
	}
	if (k.truth || sign_of(b) > 0)
		return k;
	t = check_expr(c, f, a);
	if (t->kind != TYPE_INT || !t->natural)
		return k;
	k.truth = beside(op, sign_of(b));
	k.why = arena_printf(c->arena, "`%s` is never below 0",
			     check_source(c, a));
	/* Of a moment that would be as little. */
	if (t->unit != UNIT_BLOCK && t->unit != UNIT_TIME)
		k.mend = arena_printf(c->arena, "%s > 0", check_source(c, a));
	return k;
}

static struct known of_comparison(struct checker *c, const struct frame *f,
				  const struct expr *x)
{
	struct known k = { .truth = OPEN };

	if (same(x->left, x->right) && !asks_tee(x)) {
		k.truth = x->op == OP_EQ || x->op == OP_GE || x->op == OP_LE
				  ? ALWAYS
				  : NEVER;
		k.why = "both sides are the same";
		if (!c->no_before && changes(x->left))
			k.mend = arena_printf(c->arena, "%s == before(%s)",
					      check_source(c, x->left),
					      check_source(c, x->left));
		return k;
	}
	k = of_sides(c, f, x->left, x->op, x->right);
	return k.truth ? k
		       : of_sides(c, f, x->right, mirrored(x->op), x->left);
}

bool check_is_all(const struct expr *x, bool regex)
{
	const char *text = check_written(x);

	if (x->kind == EXPR_TEXT && !x->n)
		return true;
	return text && (!*text || (regex && !strcmp(text, ".*")));
}

bool check_is_zero(const struct expr *x)
{
	return !sign_of(x);
}

static struct known of_part(const struct expr *x)
{
	return (struct known){ .truth = check_is_all(x->right,
						     x->op == OP_MATCHES)
						? ALWAYS
						: OPEN,
			       .why = "every text does" };
}

static struct known known_of(struct checker *c, const struct frame *f,
			     const struct expr *x);

static struct known of_both(struct checker *c, const struct frame *f,
			    const struct expr *x)
{
	/* Of `and` one that never holds decides, of `or` one that always
	 * does. */
	const enum truth decides = x->op == OP_AND ? NEVER : ALWAYS;
	struct known a = known_of(c, f, x->left);
	struct known b = known_of(c, f, x->right);

	if (a.truth == decides || (b.truth != decides && !a.truth))
		return a;
	return b;
}

static struct known known_of(struct checker *c, const struct frame *f,
			     const struct expr *x)
{
	struct known k = { .truth = OPEN };

	if (x->kind == EXPR_UNARY && x->op == OP_NOT) {
		k = known_of(c, f, x->right);
		k.truth = opposite(k.truth);
		k.mend = NULL;
		return k;
	}
	if (x->kind != EXPR_BINARY)
		return k;
	if (x->op == OP_AND || x->op == OP_OR)
		return of_both(c, f, x);
	if (x->op == OP_HAS || x->op == OP_MATCHES)
		return of_part(x);
	return x->op >= OP_EQ && x->op <= OP_GE ? of_comparison(c, f, x) : k;
}

/* Of what `and` joins each has to check something. */
static void find_vain(struct checker *c, const struct frame *f,
		      const struct expr *x)
{
	struct known k;

	if (x->kind == EXPR_BINARY && x->op == OP_AND) {
		find_vain(c, f, x->left);
		find_vain(c, f, x->right);
		return;
	}
	k = known_of(c, f, x);
	if (k.truth == ALWAYS)
		check_at(c, x, k.mend,
			 "`%s` holds whatever happens: %s; say what it should "
			 "be",
			 check_source(c, x), k.why);
}

void check_condition(struct checker *c, const struct frame *f,
		     const struct expr *x)
{
	const size_t known = c->run->diags->n;
	const bool negated = x->kind == EXPR_UNARY && x->op == OP_NOT;
	const struct expr *of = negated ? x->right : x;
	const struct type *t = check_expr(c, f, of);

	if (t->kind != TYPE_BOOL && t->kind != TYPE_ANY)
		check_mismatch(c, of, t, negated ? "`not`" : "a condition",
			       "true or false");
	else if (t->kind == TYPE_BOOL && c->run->diags->n == known &&
		 !asks_something(x))
		check_at(c, x, NULL,
			 "`%s` is the same whatever happens: it asks nothing "
			 "of the world", check_source(c, x));
	else if (c->run->diags->n == known)
		find_vain(c, f, x);
}
