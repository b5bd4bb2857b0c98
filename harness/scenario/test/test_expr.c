#include "test/kit.h"

#include "base/base.h"

#include "scenario/expr.h"

/* An expression with every bracket that its structure has. */
static void show(struct buf *b, const struct expr *x);

static void show_items(struct buf *b, const struct expr *x)
{
	for (size_t i = 0; i < x->n; i++) {
		buf_adds(b, i ? " " : "");
		if (x->keys)
			buf_addf(b, "%s=", x->keys[i]);
		show(b, x->items[i]);
	}
}

static void show_number(struct buf *b, const struct expr *x)
{
	static const char *const units[UNIT__COUNT] = { "",  "w", "t", "s",
							"b", "B", "T" };

	buf_addf(b, "%s%s", fmt_u256(x->number).s, units[x->unit]);
	if (x->decimals)
		buf_addf(b, "e-%u", x->decimals);
	if (x->unit == UNIT_TOKEN)
		buf_addf(b, ":%s", x->name);
}

static void show(struct buf *b, const struct expr *x)
{
	static const char *const names[EXPR__COUNT] = {
		[EXPR_NAME] = "",     [EXPR_VAR] = "$",
		[EXPR_CHARS] = "'",   [EXPR_EVERY] = "every ",
		[EXPR_WORDS] = "WORDS ",
	};

	switch (x->kind) {
	case EXPR_NUMBER:
		show_number(b, x);
		break;
	case EXPR_HEX:
		buf_addf(b, "0x%zu", x->n);
		break;
	case EXPR_NAME:
	case EXPR_VAR:
	case EXPR_CHARS:
	case EXPR_EVERY:
	case EXPR_WORDS:
		buf_addf(b, "%s%s", names[x->kind], x->name);
		break;
	case EXPR_IT:
		buf_adds(b, "it");
		break;
	case EXPR_FIELD:
		buf_adds(b, "(");
		show(b, x->left);
		buf_addf(b, ".%s)", x->name);
		break;
	case EXPR_INDEX:
	case EXPR_AT:
	case EXPR_RANGE:
		buf_adds(b, "(");
		show(b, x->left);
		buf_adds(b, x->kind == EXPR_INDEX ? "[]"
			    : x->kind == EXPR_AT  ? "@"
						  : "..");
		show(b, x->right);
		buf_adds(b, ")");
		break;
	case EXPR_UNARY:
		buf_addf(b, "(%s ", op_text(x->op));
		show(b, x->right);
		buf_adds(b, ")");
		break;
	case EXPR_BINARY:
		buf_adds(b, "(");
		show(b, x->left);
		buf_addf(b, " %s ", op_text(x->op));
		show(b, x->right);
		buf_adds(b, ")");
		break;
	case EXPR_CALL:
		buf_adds(b, "call(");
		show(b, x->left);
		buf_adds(b, x->n ? " " : "");
		show_items(b, x);
		buf_adds(b, ")");
		break;
	case EXPR_TEXT:
	case EXPR_LIST:
	case EXPR_MAP:
		buf_adds(b, x->kind == EXPR_TEXT   ? "\""
			    : x->kind == EXPR_LIST ? "["
						   : "{");
		show_items(b, x);
		buf_adds(b, x->kind == EXPR_TEXT   ? "\""
			    : x->kind == EXPR_LIST ? "]"
						   : "}");
		break;
	case EXPR__COUNT:
		break;
	}
}

struct text {
	const char *source, *want;
};

static const struct text texts[] = {
	{ "1", "1" },
	{ "400_000_000", "400000000" },
	{ "5%", "50000000000000000w" },
	{ "33.3333333333333333%", "333333333333333333w" },
	{ "1000 PHA", "1000t:PHA" },
	{ "1.5 PHA", "15te-1:PHA" },
	{ "31 minutes", "1860s" },
	{ "1.5 hours", "5400s" },
	{ "10 blocks", "10b" },
	{ "1 second", "1s" },
	{ "0x", "0x0" },
	{ "0xab12", "0x2" },
	{ "$c.alice.id", "(($c.alice).id)" },
	{ "$c.$who.window.last + 1", "(((($c[]$who).window).last) + 1)" },
	{ "$x.($i + 1)", "($x[]($i + 1))" },
	{ "$r.Slashed.1.operator", "((($r.Slashed).1).operator)" },
	{ "alice.allocated.PHA@phala#0",
	  "(((alice.allocated).PHA)@phala#0)" },
	{ "$o.maxMagnitude.$t", "(($o.maxMagnitude)[]$t)" },
	{ "f()", "call(f)" },
	{ "a.b(1, [x, 2 PHA])", "call((a.b) 1 [x 2t:PHA])" },
	{ "a.f(uint256)(1)", "call(call((a.f) uint256) 1)" },
	{ "1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)" },
	{ "(1 + 2) * 3", "((1 + 2) * 3)" },
	{ "-$a - -1", "((- $a) - (- 1))" },
	{ "+50 PHA", "(+ 50t:PHA)" },
	{ "floor($a * $b / $c)", "call(floor (($a * $b) / $c))" },
	{ "a == 1 and not b or c", "(((a == 1) and (not b)) or c)" },
	{ "not a has \"b\"", "(not (a has \"'b\"))" },
	{ "x >= 1", "(x >= 1)" },
	{ "a matches \"^v?[0-9]\"", "(a matches \"'^v?[0-9]\")" },
	{ "1..24", "(1..24)" },
	{ "every operator", "every operator" },
	{ "it.quote", "(it.quote)" },
	{ "tcb-revoked", "tcb-revoked" },
	{ "head - 1", "(head - 1)" },
	{ "$(hex($a))", "call(hex $a)" },
	{ "before(x) <= any", "(call(before x) <= any)" },
	/* No expressions: words, whose text they are. */
	{ "eigen/node", "WORDS eigen/node" },
	{ "one bit off", "WORDS one bit off" },
	{ "5foo", "WORDS 5foo" },
	{ "33.33333333333333333%", "WORDS 33.33333333333333333%" },
	{ "f(1", "WORDS f(1" },
	{ "1.5", "WORDS 1.5" },
	{ "", "WORDS " },
};

static const struct src_pos start = { "t", 3, 10 };

static void structure_of_expressions(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct buf b = BUF_INIT(1000);

		show(&b, expr_text(a, texts[i].source, start));
		assert_string_equal(buf_str(&b), texts[i].want);
		buf_done(&b);
	}
	arena_free(a);
}

/* Places count characters; the euro sign is one of three bytes. */
static void places_in_expressions(void **state)
{
	struct arena *a = arena_new();
	const struct expr *x = expr_text(a, "\"\xe2\x82\xac\" == foo.bar(12) ",
					 start);
	const struct expr *call = x->right;

	(void)state;
	assert_int_equal(x->pos.line, 3);
	assert_int_equal(x->pos.col, 10);
	assert_int_equal(x->width, 18);
	assert_int_equal(x->left->width, 3);
	assert_int_equal(call->pos.col, 17);
	assert_int_equal(call->width, 11);
	assert_int_equal(call->items[0]->pos.col, 25);
	assert_int_equal(call->items[0]->width, 2);
	arena_free(a);
}

struct problem {
	const char *source, *text;
	unsigned col;
};

static const struct problem problems[] = {
	{ "a / b", "`/` stands only inside floor() or ceil()", 12 },
	{ "f(a b)", "wants `,` or `)` here", 14 },
	{ "[a", "wants `,` or `]` here", 12 },
	{ "(a", "wants `)` here", 12 },
	{ "a +", "wants a value here", 13 },
	{ "a b", "the expression should end here", 12 },
	{ "$ a", "wants a name after `$`", 10 },
	{ "a.", "wants a field after the dot", 12 },
	{ "x@5", "wants an operator set after `@`", 12 },
	{ "\"a", "the text has no closing quote", 10 },
	{ "5PHA", "a space belongs between number and unit", 11 },
	{ "0xzz", "no hex digit", 12 },
	{ "1.5", "a number with decimals wants a unit, as 0.5% or 1.5 TOK", 10 },
	{ "1.5 blocks", "the number has more decimals than its unit", 10 },
	{ "115792089237316195423570985008687907853269984665640564039457584007"
	  "913129639936",
	  "the number is too large", 10 },
	{ "{a}",
	  "in an expression there are no braces: a call with a struct is a "
	  "map, `contract.function: {argument: …}`, or "
	  "`contract.function: [a, {field: b}]`",
	  10 },
	{ "a ~ b", "the expression should end here", 12 },
	{ "~a", "no value begins with this", 10 },
	{ "010", "a number begins with no zero", 10 },
	{ "1e3", "numbers have no exponent: write an amount with its token, as 1 TOK, or "
	  "the digits with `_` between them", 11 },
	{ "a && b", "`&&` is written `and`", 12 },
	{ "a <> b", "`<>` is written `!=`", 13 },
};

static void problems_have_their_place(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		const struct expr *x = expr_text(a, problems[i].source, start);

		assert_int_equal(x->kind, EXPR_WORDS);
		assert_string_equal(x->problem, problems[i].text);
		assert_int_equal(x->problem_col, problems[i].col);
	}
	arena_free(a);
}

static void endless_input_is_bounded(void **state)
{
	struct arena *a = arena_new();
	struct buf b = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_adds(&b, "1+");
	buf_adds(&b, "1");
	assert_string_equal(expr_text(a, buf_str(&b), start)->problem,
			    "the expression is too long");
	buf_clear(&b);
	for (int i = 0; i < 20000; i++)
		buf_adds(&b, "(");
	assert_string_equal(expr_text(a, buf_str(&b), start)->problem,
			    "the expression is nested too deep");
	buf_clear(&b);
	for (int i = 0; i < 20000; i++)
		buf_adds(&b, "-");
	assert_string_equal(expr_text(a, buf_str(&b), start)->problem,
			    "the expression is too long");
	buf_clear(&b);
	for (int i = 0; i < 1000; i++)
		buf_adds(&b, "not ");
	assert_string_equal(expr_text(a, buf_str(&b), start)->problem,
			    "the expression is nested too deep");
	buf_done(&b);
	arena_free(a);
}

static void texts_have_insertions(void **state)
{
	static const struct text list[] = {
		{ "plain", "\"'plain\"" },
		{ "a $b.c.0 d", "\"'a  (($b.c).0) ' d\"" },
		{ "$(f(1))x", "\"call(f 1) 'x\"" },
		{ "end with a $b.", "\"'end with a  $b '.\"" },
		{ "5$$ and $$$a", "\"'5$ and $ $a\"" },
		{ "$(a", "WORDS $(a" },
		{ "$", "WORDS $" },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct buf b = BUF_INIT(1000);

		show(&b, expr_template(a, list[i].source, start));
		assert_string_equal(buf_str(&b), list[i].want);
		buf_done(&b);
	}
	arena_free(a);
}

static void nodes_of_yaml(void **state)
{
	static const char text[] = "a: ['it''s $x', \"b $y\", {k: 1}]\n"
				   "b: {f.g: [1]}\n"
				   "c: {f: {x: 1}}\n"
				   "d: {f: 1}\n"
				   "e: '''q'' + $z'\n";
	struct yaml_doc *doc = NULL;
	struct arena *a = arena_new();
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT(1000);
	const struct expr *x;

	(void)state;
	assert_ok(yaml_parse(&doc, "t", text, strlen(text), &e), &e);
	show(&b, expr_node(a, yaml_get(doc->root, "a")));
	buf_addc(&b, '\n');
	show(&b, expr_call(a, yaml_get(doc->root, "b")));
	buf_addc(&b, '\n');
	show(&b, expr_call(a, yaml_get(doc->root, "c")));
	buf_addc(&b, '\n');
	show(&b, expr_call(a, yaml_get(doc->root, "d")));
	assert_string_equal(buf_str(&b),
			    "[WORDS it's $x \"'b  $y\" {k=1}]\n"
			    "call((f.g) 1)\n"
			    "call(f x=1)\n"
			    "{f=1}");
	/* A quote within '…' takes two columns. */
	x = expr_node(a, yaml_get(doc->root, "e"));
	assert_int_equal(x->kind, EXPR_WORDS);
	assert_int_equal(x->problem_col, 5);
	buf_done(&b);
	yaml_doc_free(doc);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structure_of_expressions),
		cmocka_unit_test(places_in_expressions),
		cmocka_unit_test(problems_have_their_place),
		cmocka_unit_test(endless_input_is_bounded),
		cmocka_unit_test(texts_have_insertions),
		cmocka_unit_test(nodes_of_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
