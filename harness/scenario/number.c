/*
 * Numbers of the language: a sign, 256 bits, and what they count. Overflow and
 * units that do not go together are errors, never a wrong result.
 */
#include "base/base.h"
#include "scenario/value.h"

static const char *const unit_texts[UNIT__COUNT] = {
	[UNIT_NONE] = "a plain number", [UNIT_WAD] = "a share (%)",
	[UNIT_TOKEN] = "an amount",	[UNIT_SECONDS] = "a duration",
	[UNIT_BLOCKS] = "a number of blocks",
	[UNIT_BLOCK] = "a block number", [UNIT_TIME] = "a time",
};

static bool units_clash(const struct value *a, const struct value *b,
			const char *what, struct err *e)
{
	struct buf at = BUF_INIT(200), bt = BUF_INIT(200);

	value_format(&at, a, NULL);
	value_format(&bt, b, NULL);
	err_set(e, ERR_SCHEMA, 0, "`%s` and `%s` cannot be %s: %s, and %s",
		buf_str(&at), buf_str(&bt), what, unit_texts[a->unit],
		unit_texts[b->unit]);
	buf_done(&at);
	buf_done(&bt);
	return false;
}

static bool wants_numbers(const struct value *a, const struct value *b,
			  const char *what, struct err *e)
{
	const struct value *bad = a->kind != VALUE_INT ? a : b;
	struct buf t = BUF_INIT(200);

	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		return true;
	value_format(&t, bad, NULL);
	err_set(e, ERR_SCHEMA, 0, "`%s` is no number and cannot be %s",
		buf_str(&t), what);
	buf_done(&t);
	return false;
}

static bool same_unit(const struct value *a, const struct value *b)
{
	if (a->unit != b->unit)
		return false;
	return a->unit != UNIT_TOKEN ||
	       (a->token && b->token && !strcmp(a->token, b->token));
}

/* A point and a distance on the same axis. */
static bool is_moment(enum unit point, enum unit distance)
{
	return (point == UNIT_BLOCK &&
		(distance == UNIT_BLOCKS || distance == UNIT_NONE)) ||
	       (point == UNIT_TIME &&
		(distance == UNIT_SECONDS || distance == UNIT_NONE));
}

/* The unit of a sum or difference; false if there is none. */
static bool sum_unit(struct value *r, enum op op, const struct value *a,
		     const struct value *b)
{
	const struct value *from = a->unit == UNIT_NONE ? b : a;

	r->unit = from->unit;
	r->token = from->token;
	if (is_moment(a->unit, b->unit))
		r->unit = a->unit;
	else if (op == OP_ADD && is_moment(b->unit, a->unit))
		r->unit = b->unit;
	else if (op == OP_SUB && a->unit == UNIT_BLOCK &&
		 b->unit == UNIT_BLOCK)
		r->unit = UNIT_BLOCKS;
	else if (op == OP_SUB && a->unit == UNIT_TIME && b->unit == UNIT_TIME)
		r->unit = UNIT_SECONDS;
	else if (a->unit == UNIT_BLOCK || b->unit == UNIT_BLOCK ||
		 a->unit == UNIT_TIME || b->unit == UNIT_TIME)
		return false;
	else
		return same_unit(a, b) || a->unit == UNIT_NONE ||
		       b->unit == UNIT_NONE;
	return true;
}

static bool product_unit(struct value *r, const struct value *a,
			 const struct value *b)
{
	const struct value *from = a;

	if (a->unit == UNIT_NONE || (a->unit == UNIT_WAD &&
				     b->unit != UNIT_NONE))
		from = b;
	r->unit = from->unit;
	r->token = from->token;
	return a->unit == UNIT_NONE || b->unit == UNIT_NONE ||
	       a->unit == UNIT_WAD || b->unit == UNIT_WAD;
}

static bool ratio_unit(struct value *r, const struct value *d)
{
	struct value over = *r;

	over.kind = VALUE_INT;
	if (d->unit == UNIT_NONE || (d->unit == UNIT_WAD &&
				     over.unit != UNIT_NONE))
		return true;
	r->unit = UNIT_NONE;
	r->token = NULL;
	return same_unit(&over, d) || over.unit == UNIT_NONE ||
	       (over.unit == UNIT_TIME && d->unit == UNIT_SECONDS) ||
	       (over.unit == UNIT_BLOCK && d->unit == UNIT_BLOCKS);
}

static bool overflow(enum op op, const struct value *a, const struct value *b,
		     struct err *e)
{
	static const char *const signs[OP__COUNT] = {
		[OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*",
	};
	struct buf at = BUF_INIT(200), bt = BUF_INIT(200);

	value_format(&at, a, NULL);
	value_format(&bt, b, NULL);
	err_set(e, ERR_RANGE, 0, "%s %s %s does not fit in 256 bits",
		buf_str(&at), signs[op], buf_str(&bt));
	buf_done(&at);
	buf_done(&bt);
	return false;
}

/* a + b with signs; false on overflow. */
static bool add_signed(struct value *r, const struct value *a,
		       const struct value *b, bool negate_b)
{
	bool bn = u256_is_zero(b->num) ? a->negative : b->negative != negate_b;
	int order = u256_cmp(a->num, b->num);

	if (a->negative == bn) {
		r->negative = a->negative;
		return u256_add(&r->num, a->num, b->num);
	}
	r->negative = order >= 0 ? a->negative : bn;
	if (!order)
		r->negative = false;
	return order >= 0 ? u256_sub(&r->num, a->num, b->num)
			  : u256_sub(&r->num, b->num, a->num);
}

bool value_arith(struct value *ret, enum op op, const struct value *a,
		 const struct value *b, struct err *e)
{
	struct value r = { .kind = VALUE_INT };
	const char *what = op == OP_MUL	  ? "multiplied"
			   : op == OP_ADD ? "added"
					  : "subtracted";
	bool fits;

	if (!wants_numbers(a, b, what, e))
		return false;
	if (op == OP_MUL ? !product_unit(&r, a, b) : !sum_unit(&r, op, a, b))
		return units_clash(a, b, what, e);
	if (op == OP_MUL) {
		fits = u256_mul(&r.num, a->num, b->num);
		r.negative = fits && a->negative != b->negative &&
			     !u256_is_zero(r.num);
	} else {
		fits = add_signed(&r, a, b, op == OP_SUB);
	}
	if (!fits)
		return overflow(op, a, b, e);
	*ret = r;
	return true;
}

bool value_div(struct value *ret, const struct value *a, const struct value *b,
	       const struct value *d, bool ceil, struct err *e)
{
	struct value r = { .kind = VALUE_INT };
	bool negative;

	if (!wants_numbers(a, b, "divided", e) ||
	    !wants_numbers(a, d, "divided", e))
		return false;
	if (!product_unit(&r, a, b))
		return units_clash(a, b, "multiplied", e);
	if (!ratio_unit(&r, d))
		return units_clash(a, d, "divided", e);
	if (u256_is_zero(d->num))
		return err_set(e, ERR_RANGE, 0, "division by zero");
	/* Rounding down a negative number makes it larger in size. */
	negative = (a->negative != b->negative) != d->negative;
	if (!u256_muldiv(&r.num, a->num, b->num, d->num, ceil != negative))
		return overflow(OP_MUL, a, b, e);
	r.negative = negative && !u256_is_zero(r.num);
	*ret = r;
	return true;
}

/* `1.8.1` before `1.12.0`: texts of numbers and dots compare as versions. */
static int order_versions(const char *a, const char *b)
{
	while (*a || *b) {
		size_t n = strspn(a, "0123456789");
		size_t m = strspn(b, "0123456789");
		int c;

		if (n != m)
			return n < m ? -1 : 1;
		c = strncmp(a, b, n);
		if (c)
			return c;
		a += n;
		b += m;
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}

static bool is_version(const char *s)
{
	return *s >= '0' && *s <= '9' &&
	       strspn(s, "0123456789.") == strlen(s);
}

bool value_order(int *ret, const struct value *a, const struct value *b,
		 struct err *e)
{
	if ((a->kind == VALUE_TEXT || a->kind == VALUE_WORD) &&
	    (b->kind == VALUE_TEXT || b->kind == VALUE_WORD)) {
		*ret = is_version(a->text) && is_version(b->text)
			       ? order_versions(a->text, b->text)
			       : strcmp(a->text, b->text);
		return true;
	}
	if (!wants_numbers(a, b, "compared", e))
		return false;
	if (!same_unit(a, b) && a->unit != UNIT_NONE && b->unit != UNIT_NONE)
		return units_clash(a, b, "compared", e);
	if (a->negative != b->negative)
		*ret = a->negative ? -1 : 1;
	else
		*ret = a->negative ? u256_cmp(b->num, a->num)
				   : u256_cmp(a->num, b->num);
	return true;
}
