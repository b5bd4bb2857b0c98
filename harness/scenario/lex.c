#include <ctype.h>

#include "base/base.h"
#include "base/hex.h"
#include "scenario/expr_priv.h"

static const char *const op_texts[OP__COUNT] = {
	[OP_NOT] = "not", [OP_NEG] = "-",   [OP_PLUS] = "+",
	[OP_MUL] = "*",	  [OP_DIV] = "/",   [OP_ADD] = "+",
	[OP_SUB] = "-",	  [OP_EQ] = "==",   [OP_NE] = "!=",
	[OP_LT] = "<",	  [OP_LE] = "<=",   [OP_GT] = ">",
	[OP_GE] = ">=",	  [OP_HAS] = "has", [OP_MATCHES] = "matches",
	[OP_AND] = "and", [OP_OR] = "or",
};

const char *op_text(enum op op)
{
	return op_texts[op];
}

uint32_t expr_chars(const char *text, size_t len)
{
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

uint32_t expr_col(struct parse *p, const char *at)
{
	if (p->fixed)
		return p->pos.col;
	if (!p->seen || at < p->seen) {
		p->seen = p->text;
		p->seen_col = p->pos.col;
	}
	for (; p->seen < at; p->seen++)
		if (((unsigned char)*p->seen & 0xc0) != 0x80)
			p->seen_col += p->single && *p->seen == '\'' ? 2 : 1;
	return p->seen_col;
}

struct expr *expr_make(struct parse *p, enum expr_kind kind,
			 const char *start)
{
	struct expr *x = ARENA_NEW(p->a, struct expr);

	x->kind = kind;
	x->pos = p->pos;
	x->pos.col = expr_col(p, start);
	x->width = 1;
	return x;
}

/* Ends @x at the last character read. */
struct expr *expr_end(struct parse *p, struct expr *x, const char *start)
{
	const char *last = p->p;
	uint32_t width;

	while (last > start && last[-1] == ' ')
		last--;
	width = p->fixed ? 1 : expr_chars(start, (size_t)(last - start));

	if (width)
		x->width = width;
	return x;
}

struct expr *expr_fail(struct parse *p, const char *at, const char *why)
{
	if (!p->problem) {
		p->problem = why;
		p->problem_col = expr_col(p, at);
	}
	return NULL;
}

void expr_skip(struct parse *p)
{
	while (*p->p == ' ' || *p->p == '\n')
		p->p++;
}

bool expr_is_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

bool expr_is_part(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/*
 * The length of the name at @s: letters, digits, `_`, and a hyphen between a
 * letter or digit and a letter: `tcb-revoked` is one name, `a - b` is not.
 */
size_t expr_name_len(const char *s)
{
	size_t n = 0;

	if (!expr_is_start(*s))
		return 0;
	while (expr_is_part(s[n]) ||
	       (s[n] == '-' && isalpha((unsigned char)s[n + 1])))
		n++;
	return n;
}

/* `phala#0` is a name as well. */
size_t expr_set_name_len(const char *s)
{
	size_t n = expr_name_len(s);

	if (n && s[n] == '#' && isdigit((unsigned char)s[n + 1])) {
		n++;
		while (isdigit((unsigned char)s[n]))
			n++;
	}
	return n;
}

const char *expr_habit(const char *at)
{
	static const char *const habits[][2] = {
		{ ",", "a list is written `[a, b]`" },
		{ "&&", "`&&` is written `and`" },
		{ "||", "`||` is written `or`" },
		{ "<>", "`<>` is written `!=`" },
		{ "**", "there are no powers: write the number, or an amount "
			"with its token" },
		{ "%", "`%` makes a share of the number before it, without a "
		       "space: 5%; there is no remainder" },
		{ "?", "there is no `a ? b : c`; a step has `when`" },
		{ "!", "`!` is written `not`" },
		{ "=", "`=` compares nothing: equal is `==`" },
		{ "{", "in an expression there are no braces: a call with a "
		       "struct is a map, `contract.function: {argument: …}`, "
		       "or `contract.function: [a, {field: b}]`" },
		{ "'", "text is written in \"…\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(habits); i++)
		if (!strncmp(habits[i][0], at, strlen(habits[i][0])))
			return habits[i][1];
	return NULL;
}

bool expr_keyword(struct parse *p, const char *word)
{
	size_t n = strlen(word);

	expr_skip(p);
	if (strncmp(p->p, word, n) || expr_is_part(p->p[n]) || p->p[n] == '-')
		return false;
	p->p += n;
	return true;
}

bool expr_punct(struct parse *p, const char *s)
{
	expr_skip(p);
	if (strncmp(p->p, s, strlen(s)))
		return false;
	p->p += strlen(s);
	return true;
}

struct unit_name {
	const char *name;
	enum unit unit;
	uint64_t scale;
};

static const struct unit_name unit_names[] = {
	{ "block", UNIT_BLOCKS, 1 },	 { "blocks", UNIT_BLOCKS, 1 },
	{ "second", UNIT_SECONDS, 1 },	 { "seconds", UNIT_SECONDS, 1 },
	{ "minute", UNIT_SECONDS, 60 },	 { "minutes", UNIT_SECONDS, 60 },
	{ "hour", UNIT_SECONDS, 3600 },	 { "hours", UNIT_SECONDS, 3600 },
	{ "day", UNIT_SECONDS, 86400 },	 { "days", UNIT_SECONDS, 86400 },
};

/* number = digits * scale / 10^decimals, which must come out. */
static bool scale_number(struct parse *p, struct expr *x, uint64_t scale,
			 const char *start)
{
	struct u256 ten, rest;

	if (!u256_mul(&x->number, x->number, u256_from_u64(scale)) ||
	    !u256_pow(&ten, u256_from_u64(10), x->decimals) ||
	    !u256_divmod(&x->number, &rest, x->number, ten)) {
		expr_fail(p, start, "the number is too large");
		return false;
	}
	x->decimals = 0;
	if (!u256_is_zero(rest)) {
		expr_fail(p, start, "the number has more decimals than its unit");
		return false;
	}
	return true;
}

static bool parse_unit(struct parse *p, struct expr *x, const char *start)
{
	const char *q = p->p;
	size_t n;

	if (*q == '%') {
		p->p++;
		x->unit = UNIT_WAD;
		return scale_number(p, x, 10000000000000000u, start);
	}
	while (*q == ' ')
		q++;
	n = q > p->p ? expr_name_len(q) : 0;
	for (enum op op = OP_NOT; op < OP__COUNT; op++)
		if (n == strlen(op_texts[op]) && !strncmp(q, op_texts[op], n))
			n = 0;
	if (!n)
		return !x->decimals ||
		       expr_fail(p, start, "a number with decimals wants a unit, as "
					"0.5% or 1.5 TOK");
	p->p = q + n;
	for (size_t i = 0; i < ARRAY_LEN(unit_names); i++) {
		const struct unit_name *u = &unit_names[i];

		if (strlen(u->name) == n && !strncmp(q, u->name, n)) {
			x->unit = u->unit;
			return scale_number(p, x, u->scale, start);
		}
	}
	x->unit = UNIT_TOKEN;
	x->name = arena_strndup(p->a, q, n);
	return true;
}

static bool parse_digits(struct parse *p, struct expr *x, const char *start)
{
	struct u256 ten = u256_from_u64(10);
	bool point = false;

	for (;; p->p++) {
		char c = *p->p;

		if (isdigit((unsigned char)c)) {
			if (!u256_mul(&x->number, x->number, ten) ||
			    !u256_add(&x->number, x->number,
				      u256_from_u64((uint64_t)(c - '0'))) ||
			    x->decimals > 77) {
				expr_fail(p, start, "the number is too large");
				return false;
			}
			x->decimals += point;
		} else if (c == '_' && isdigit((unsigned char)p->p[1])) {
			continue;
		} else if (c == '.' && !point &&
			   isdigit((unsigned char)p->p[1])) {
			point = true;
		} else {
			return true;
		}
	}
}

struct expr *expr_number(struct parse *p)
{
	const char *start = p->p;
	struct expr *x = expr_make(p, EXPR_NUMBER, start);

	if (*start == '0' && isdigit((unsigned char)start[1]))
		return expr_fail(p, start, "a number begins with no zero");
	if (!parse_digits(p, x, start))
		return NULL;
	if ((*p->p == 'e' || *p->p == 'E') && isdigit((unsigned char)p->p[1]))
		return expr_fail(p, p->p, "numbers have no exponent: write an "
					  "amount with its token, as 1 TOK, or "
					  "the digits with `_` between them");
	if (expr_is_part(*p->p))
		return expr_fail(p, p->p, "a space belongs between number and unit");
	if (!parse_unit(p, x, start))
		return NULL;
	return expr_end(p, x, start);
}

struct expr *expr_hex(struct parse *p)
{
	const char *start = p->p;
	struct expr *x = expr_make(p, EXPR_HEX, start);
	struct err e = ERR_INIT;
	uint8_t *bytes = NULL;
	size_t digits;

	for (p->p += 2; hex_digit(*p->p) >= 0;)
		p->p++;
	digits = (size_t)(p->p - start) - 2;
	if (expr_is_part(*p->p))
		return expr_fail(p, p->p, "no hex digit");
	x->n = digits / 2;
	if (digits % 2) {
		/* Half a byte: a number, and no bytes. */
		x->decimals = 1;
		x->n = 0;
	} else {
		if (!hex_decode_alloc(&bytes, &x->n, start, digits + 2, &e))
			return expr_fail(p, start, "no hex");
		x->bytes = arena_memdup(p->a, bytes, x->n);
		free(bytes);
	}
	if (digits && digits <= 64 &&
	    !u256_parse(&x->number, start, digits + 2, &e))
		return expr_fail(p, start, "no hex");
	return expr_end(p, x, start);
}
