/*
 * What operators are applied to, and what comes out.
 */
#include "scenario/check_priv.h"
#include "scenario/match.h"

#include "base/base.h"

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INT || t->kind == TYPE_ANY ||
	       (t->kind == TYPE_BYTES && t->literal);
}

static const struct type *no_number(struct checker *c, const struct expr *x,
				    const struct type *t, enum op op)
{
	check_mismatch(c, x, t,
		       arena_printf(c->arena, "`%s`", op_text(op)),
		       "numbers");
	return &TYPE_ANYTHING;
}

/* Whose amount @a is; where only the run will tell, the other's, or "". */
static const char *token_of(const struct type *a, const struct type *b)
{
	return a->token ? a->token : b->token ? b->token : "";
}

/* Units by the rules of the evaluator itself, on numbers that cannot fail. */
static const struct type *of_arith(struct checker *c, const struct expr *x,
				   const struct type *a, const struct type *b)
{
	struct value av = value_u64(2, a->unit), bv = value_u64(1, b->unit);
	struct value one = value_u64(1, UNIT_NONE), r = av;
	struct err e = ERR_INIT;
	struct type *t;
	bool ok;

	if (a->kind == TYPE_ANY || b->kind == TYPE_ANY)
		return &TYPE_ANYTHING;
	av.token = token_of(a, b);
	bv.token = token_of(b, a);
	ok = x->op == OP_DIV ? value_div(&r, &av, &one, &bv, false, &e)
			     : value_arith(&r, x->op, &av, &bv, &e);
	if (!ok) {
		check_at(c, x, NULL, "`%s` is %s and `%s` is %s: `%s` does "
				     "not go with them",
			 check_source(c, x->left), type_text(c, a),
			 check_source(c, x->right), type_text(c, b),
			 op_text(x->op));
		return &TYPE_ANYTHING;
	}
	t = type_new(c, TYPE_INT);
	t->unit = r.unit;
	t->token = r.token && *r.token ? r.token : NULL;
	return t;
}

/* Kinds that may be the same thing at run time. */
static unsigned group_of(const struct type *t)
{
	switch (t->kind) {
	case TYPE_BOOL:
		return 1;
	case TYPE_INT:
		return 2;
	case TYPE_BYTES:
		return 2 | 4 | 8;
	case TYPE_ADDRESS:
		return 4 | 8;
	case TYPE_REF:
		return t->ref == REF_PART ? 64 : 4 | 8;
	case TYPE_TEXT:
		return 4 | 8;
	case TYPE_LIST:
		return 16;
	case TYPE_MAP:
		return 32;
	case TYPE_OUTCOME:
		return 128;
	case TYPE_EVENTS:
		return 256;
	case TYPE_ANY:
	case TYPE_NONE:
	case TYPE_WORD:
	case TYPE_CALL:
	case TYPE_QUANTITY:
	case TYPE__COUNT:
		break;
	}
	return ~0u;
}

static bool is_enum(const struct type *t)
{
	return t->abi && t->abi->label &&
	       !strncmp(t->abi->label, "enum ", 5);
}

static void no_such_name(struct checker *c, const struct expr *x,
			 const char *name)
{
	const char *first = arena_strndup(c->arena, name, strcspn(name, "."));
	const struct abi_entry *event = NULL;
	const char *names[1];

	(void)check_declarers(c, ENTRY_EVENT, name, names, 1, &event);
	if (event) {
		check_at(c, x, arena_printf(c->arena, "count(%s)", name),
			 "`%s` is an event, of which there may be many: "
			 "`count(%s)`, `event(%s, 0)`", name, name, name);
		return;
	}
	check_at(c, x, check_nearest_name(c, first),
		 "there is no `%s` in this world", name);
}

/* A bare word beside something that is no text. */
static bool check_word(struct checker *c, const struct expr *x,
		       const struct type *t, const struct type *other)
{
	if (t->kind == TYPE_CALL) {
		check_at(c, x, check_nearest_function(t->text),
			 "there is no function `%s`", t->text);
		return false;
	}
	if (t->kind != TYPE_WORD || other->kind == TYPE_TEXT ||
	    other->kind == TYPE_ANY || other->kind == TYPE_WORD ||
	    is_enum(other))
		return true;
	no_such_name(c, x, t->text);
	return false;
}

/* `foo` or `foo.bar`: nothing that could have become a word meanwhile. */
static bool is_written_word(const struct expr *x)
{
	while (x->kind == EXPR_FIELD)
		x = x->left;
	return x->kind == EXPR_NAME;
}

static bool is_order(enum op op)
{
	return op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE;
}

/* Texts have an order, too: releases do. */
static bool has_order(const struct type *t)
{
	return is_number(t) || t->kind == TYPE_TEXT;
}

const char *check_written(const struct expr *x)
{
	return x->kind == EXPR_TEXT && x->n == 1 &&
			       x->items[0]->kind == EXPR_CHARS
		       ? x->items[0]->name
		       : NULL;
}

/* Whether one side can be ordered, or be equal to a text as it is written. */
static bool check_side(struct checker *c, const struct expr *x,
		       const struct expr *side, const struct type *t,
		       const struct expr *other)
{
	if (t->kind == TYPE_WORD && (is_order(x->op) || check_written(other)) &&
	    is_written_word(side)) {
		no_such_name(c, side, t->text);
		return false;
	}
	if (is_order(x->op) && !has_order(t) && t->kind != TYPE_WORD &&
	    t->kind != TYPE_CALL) {
		check_mismatch(c, side, t,
			       arena_printf(c->arena, "`%s`", op_text(x->op)),
			       "numbers");
		return false;
	}
	if (t->kind == TYPE_NONE && side->kind == EXPR_NAME &&
	    !strcmp(side->name, "any")) {
		check_at(c, side, NULL,
			 "everything is `any`, which is a pattern: `%s` wants "
			 "a value", op_text(x->op));
		return false;
	}
	return true;
}

/* `"alice"` is text, and no address. */
static bool check_quoted(struct checker *c, const struct expr *x,
			 const struct type *other)
{
	const char *text = check_written(x);

	if (!text || !strncmp(text, "0x", 2) ||
	    (other->kind != TYPE_ADDRESS && other->kind != TYPE_BYTES))
		return true;
	check_at(c, x,
		 world_find(c->world, text, NULL, NULL) != REF_NONE ? text
								     : NULL,
		 "`%s` is text, and the other side %s: a name has no quotes, "
		 "and bytes are written 0x…",
		 check_source(c, x), type_text(c, other));
	return false;
}

/* How many of something is no amount, share or distance. */
static bool counts_another(const struct type *a, const struct type *b)
{
	return a->counted && b->kind == TYPE_INT && b->unit != UNIT_NONE;
}

/* `alice.shares.TOK * 5%`, which is 10^18 times as much as it looks. */
static bool is_part(const struct expr *x, const struct type *t)
{
	return t->kind == TYPE_INT && t->unit == UNIT_TOKEN &&
	       x->kind == EXPR_BINARY && x->op == OP_MUL &&
	       ((x->right->kind == EXPR_NUMBER &&
		 x->right->unit == UNIT_WAD) ||
		(x->left->kind == EXPR_NUMBER && x->left->unit == UNIT_WAD));
}

static void check_part_of(struct checker *c, const struct expr *x,
			  const struct type *t, const struct expr *other)
{
	if (is_part(x, t) &&
	    !(other->kind == EXPR_BINARY && other->op == OP_MUL))
		check_at(c, x,
			 arena_printf(c->arena, "floor(%s / 100%%)",
				      check_source(c, x)),
			 "`%s` is still to be divided by 10^18, which is 100%%",
			 check_source(c, x));
}

/* Half of a unit's digits. */
static uint64_t bare_max(unsigned decimals)
{
	uint64_t max = 1;

	for (unsigned i = 0; i < decimals / 2 && i < 18; i++)
		max *= 10;
	return max;
}

/* One to three parts are meant: how something rounds is asked so. */
void check_bare(struct checker *c, const struct expr *x, const char *unit,
		unsigned decimals)
{
	uint64_t n = 0;

	if (x->kind == EXPR_UNARY && (x->op == OP_NEG || x->op == OP_PLUS))
		x = x->right;
	if (x->kind != EXPR_NUMBER || x->unit != UNIT_NONE || x->decimals ||
	    !u256_fits_u64(&n, x->number) || n < 4 || n > bare_max(decimals))
		return;
	check_at(c, x,
		 arena_printf(c->arena, "%s%s", check_source(c, x), unit),
		 "`%s` counts the smallest unit, and is next to nothing; where "
		 "that is meant write `uint64(%s)`",
		 check_source(c, x), check_source(c, x));
}

/* A quantity as it is: of a difference, and as a limit, a few units may be
 * meant. */
static bool is_whole(const struct expr *x, const struct expr *side)
{
	const enum op least = side == x->left ? OP_GE : OP_LE;
	const enum op more = side == x->left ? OP_GT : OP_LT;

	return (x->op == OP_EQ || x->op == least || x->op == more) &&
	       (side->kind == EXPR_FIELD || side->kind == EXPR_INDEX ||
		side->kind == EXPR_AT);
}

/* `alice.shares.TOK == 5`, and `head == 1091`: which height the first step has
 * nobody knows who writes it. */
static void check_literal(struct checker *c, const struct expr *x,
			  const struct expr *side, const struct type *t,
			  const struct expr *other)
{
	const struct expr *n = other->kind == EXPR_CALL && other->n == 1 &&
					       other->left->name &&
					       !strcmp(other->left->name,
						       "block")
				       ? other->items[0]
				       : other;

	if (t->kind != TYPE_INT)
		return;
	if (t->unit == UNIT_WAD && is_whole(x, side))
		check_bare(c, other, "%", 18);
	else if (t->unit == UNIT_TOKEN && is_whole(x, side) && t->token)
		check_bare(c, other, arena_printf(c->arena, " %s", t->token),
			   check_decimals(c, t->token));
	else if (t->unit == UNIT_BLOCK && x->op == OP_EQ &&
		 n->kind == EXPR_NUMBER && !u256_is_zero(n->number))
		check_at(c, other, NULL,
			 "which block `%s` is follows from how the world was "
			 "made: compare it with another moment, `$x.block + 5`",
			 check_source(c, side));
}

static const struct type *of_comparison(struct checker *c,
					const struct expr *x,
					const struct type *a,
					const struct type *b)
{
	struct value av = value_u64(1, a->unit), bv = value_u64(1, b->unit);
	struct err e = ERR_INIT;
	int order = 0;

	if (a->kind == TYPE_QUANTITY || b->kind == TYPE_QUANTITY) {
		check_mismatch(c, a->kind == TYPE_QUANTITY ? x->left : x->right,
			       a->kind == TYPE_QUANTITY ? a : b, "", "");
		return type_new(c, TYPE_BOOL);
	}
	if (a->kind == TYPE_WORD && b->kind == TYPE_WORD &&
	    is_written_word(x->left) && is_written_word(x->right)) {
		no_such_name(c, x->left, a->text);
		return type_new(c, TYPE_BOOL);
	}
	if (!check_side(c, x, x->left, a, x->right) ||
	    !check_side(c, x, x->right, b, x->left) ||
	    !check_word(c, x->left, a, b) || !check_word(c, x->right, b, a) ||
	    !check_quoted(c, x->left, b) || !check_quoted(c, x->right, a))
		return type_new(c, TYPE_BOOL);
	check_part_of(c, x->left, a, x->right);
	check_part_of(c, x->right, b, x->left);
	check_literal(c, x, x->left, a, x->right);
	check_literal(c, x, x->right, b, x->left);
	av.token = token_of(a, b);
	bv.token = token_of(b, a);
	if (!(group_of(a) & group_of(b)) || counts_another(a, b) ||
	    counts_another(b, a) ||
	    (a->kind == TYPE_INT && b->kind == TYPE_INT &&
	     !value_order(&order, &av, &bv, &e)))
		check_at(c, x, NULL,
			 "`%s` is %s and `%s` is %s: they cannot be compared",
			 check_source(c, x->left), type_text(c, a),
			 check_source(c, x->right), type_text(c, b));
	return type_new(c, TYPE_BOOL);
}

static bool holds_something(const struct type *t)
{
	return t->kind == TYPE_LIST || t->kind == TYPE_MAP ||
	       t->kind == TYPE_TEXT || t->kind == TYPE_WORD ||
	       t->kind == TYPE_BYTES || t->kind == TYPE_ANY ||
	       t->kind == TYPE_EVENTS || t->kind == TYPE_OUTCOME ||
	       (t->kind == TYPE_REF && t->ref == REF_PART);
}

static void check_has(struct checker *c, const struct expr *x,
		      const struct type *a, const struct type *b)
{
	const struct type *item = a->kind == TYPE_LIST ? a->elem : NULL;

	if (!holds_something(a))
		check_mismatch(c, x->left, a, "`has`",
			       "a list, a struct, a text or bytes");
	else if (item)
		(void)check_word(c, x->right, b, item);
}

static void check_matches(struct checker *c, const struct expr *x,
			  const struct type *a)
{
	const char *regex = check_written(x->right);
	struct err e = ERR_INIT;
	bool ignored = false;

	if (a->kind != TYPE_TEXT && a->kind != TYPE_WORD &&
	    a->kind != TYPE_ANY)
		check_mismatch(c, x->left, a, "`matches`", "text");
	else if (regex && !match_regex(&ignored, "", regex, &e))
		check_at(c, x->right, NULL, "%s", e.text);
}

static void check_truth(struct checker *c, const struct expr *x,
			const struct type *t, const char *what)
{
	if (t->kind != TYPE_BOOL && t->kind != TYPE_ANY)
		check_mismatch(c, x, t, what, "true or false");
}

/* An operand of `and` or `or`; there `not` is no pattern. */
static void check_operand(struct checker *c, const struct frame *f,
			  const struct expr *x, const char *what)
{
	if (x->kind == EXPR_UNARY && x->op == OP_NOT)
		check_operand(c, f, x->right, "`not`");
	else
		check_truth(c, x, check_expr(c, f, x), what);
}

const struct type *check_binary(struct checker *c, const struct frame *f,
				const struct expr *x)
{
	const bool joins = x->op == OP_AND || x->op == OP_OR;
	const char *what = x->op == OP_AND ? "`and`" : "`or`";
	const struct type *a, *b;

	if (joins) {
		check_operand(c, f, x->left, what);
		check_operand(c, f, x->right, what);
		return type_new(c, TYPE_BOOL);
	}
	a = check_expr(c, f, x->left);
	b = check_expr(c, f, x->right);
	switch (x->op) {
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
		if (!is_number(a))
			return no_number(c, x->left, a, x->op);
		if (!is_number(b))
			return no_number(c, x->right, b, x->op);
		return of_arith(c, x, a, b);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return of_comparison(c, x, a, b);
	case OP_HAS:
		check_has(c, x, a, b);
		break;
	case OP_MATCHES:
		check_matches(c, x, a);
		break;
	case OP_AND:
	case OP_OR:
	case OP_NOT:
	case OP_NEG:
	case OP_PLUS:
	case OP__COUNT:
		break;
	}
	return type_new(c, TYPE_BOOL);
}

const struct type *check_unary(struct checker *c, const struct frame *f,
			       const struct expr *x)
{
	const struct type *t = check_expr(c, f, x->right);

	/* `not alice` is a pattern, too. */
	if (x->op == OP_NOT)
		return t->kind == TYPE_BOOL ? t : &TYPE_ANYTHING;
	return !is_number(t)	 ? no_number(c, x->right, t, x->op)
	       : x->op == OP_NEG ? type_signed(c, t)
				 : t;
}
