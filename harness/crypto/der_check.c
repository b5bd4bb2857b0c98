#include "crypto/der_check.h"

#include "base/base.h"

#define CONSTRUCTED 0x20
#define CLASS_MASK 0xc0
#define NUMBER_MASK 0x1f

enum universal {
	TAG_BOOLEAN = 1,
	TAG_INTEGER = 2,
	TAG_BITS = 3,
	TAG_NULL = 5,
	TAG_OID = 6,
	TAG_ENUMERATED = 10,
	TAG_SEQUENCE = 16,
	TAG_SET = 17,
	TAG_UTC_TIME = 23,
	TAG_TIME = 24,
};

struct walk {
	const uint8_t *all;
	struct err *e;
};

/* What is wrong with the value whose tag stands at @at. */
static bool wrong(const struct walk *w, const uint8_t *at, const char *what)
{
	return err_set(w->e, ERR_PARSE, 0, "offset %zu: %s",
		       (size_t)(at - w->all), what);
}

/* NULL, or what is wrong with an INTEGER or ENUMERATED. */
static const char *integer(const uint8_t *p, size_t n)
{
	if (!n)
		return "an integer without bytes";
	if (p[0] & 0x80)
		return "a negative integer";
	if (n > 1 && !p[0] && !(p[1] & 0x80))
		return "an integer that is longer than need be";
	return NULL;
}

static const char *bits(const uint8_t *p, size_t n)
{
	if (!n || p[0] > 7 || (p[0] && n == 1))
		return "a BIT STRING without its count of unused bits";
	if (p[n - 1] & ((1u << p[0]) - 1) && n > 1)
		return "a BIT STRING whose unused bits are not zero";
	return NULL;
}

static const char *oid(const uint8_t *p, size_t n)
{
	if (!n || p[n - 1] & 0x80)
		return "an OID that does not end";
	for (size_t i = 0; i < n; i++)
		if (p[i] == 0x80 && (!i || !(p[i - 1] & 0x80)))
			return "an OID with a number that is longer than need "
			       "be";
	return NULL;
}

/* YYMMDDHHMMSSZ, or with four digits of the year. */
static const char *time_text(const uint8_t *p, size_t n, size_t want)
{
	bool ok = n == want && p[n - 1] == 'Z';

	for (size_t i = 0; ok && i + 1 < n; i++)
		ok = p[i] >= '0' && p[i] <= '9';
	return ok ? NULL : "a time that is not in seconds with Z";
}

static const char *content(unsigned tag, const uint8_t *p, size_t n)
{
	switch (tag) {
	case TAG_BOOLEAN:
		return n == 1 && (*p == 0 || *p == 0xff)
			       ? NULL
			       : "a BOOLEAN that is neither 00 nor ff";
	case TAG_INTEGER:
	case TAG_ENUMERATED:
		return integer(p, n);
	case TAG_BITS:
		return bits(p, n);
	case TAG_NULL:
		return n ? "a NULL with bytes" : NULL;
	case TAG_OID:
		return oid(p, n);
	case TAG_UTC_TIME:
		return time_text(p, n, 13);
	case TAG_TIME:
		return time_text(p, n, 15);
	default:
		return NULL;
	}
}

/* The length behind a tag: *p moves to the contents, which end by @end. */
static const char *length(size_t *ret, const uint8_t **p, const uint8_t *end)
{
	size_t n, v = 0;

	if (*p == end)
		return "a value without a length";
	n = *(*p)++;
	if (n == 0x80)
		return "an indefinite length";
	if (n < 0x80) {
		v = n;
	} else {
		n -= 0x80;
		if (n > 4 || n > (size_t)(end - *p))
			return "a length beyond the end";
		if (!**p)
			return "a length that is longer than need be";
		while (n--)
			v = v << 8 | *(*p)++;
		if (v < 0x80)
			return "a length that is longer than need be";
	}
	if (v > (size_t)(end - *p))
		return "a length beyond the end";
	*ret = v;
	return NULL;
}

/* One value; *p moves behind it. */
static bool value(const struct walk *w, const uint8_t **p, const uint8_t *end,
		  unsigned depth)
{
	const uint8_t *at = *p, *body;
	const unsigned tag = *(*p)++, number = tag & NUMBER_MASK;
	const bool composed = tag & CONSTRUCTED;
	const char *why;
	size_t n = 0;

	if (number == NUMBER_MASK)
		return wrong(w, at, "a tag beyond 30");
	why = length(&n, p, end);
	if (!why && !(tag & CLASS_MASK) &&
	    composed != (number == TAG_SEQUENCE || number == TAG_SET))
		why = "a constructed value of a primitive kind, or the other "
		      "way round";
	if (!why && !(tag & CLASS_MASK))
		why = content(number, *p, n);
	if (!why && composed && depth == DER_NESTING_MAX)
		why = "values nested too deep";
	if (why)
		return wrong(w, at, why);
	body = *p;
	*p += n;
	if (!composed)
		return true;
	for (end = body + n; body < end;)
		if (!value(w, &body, end, depth + 1))
			return false;
	return true;
}

bool der_check(const void *der, size_t len, struct err *e)
{
	const struct walk w = { der, e };
	const uint8_t *p = der;

	if (!len)
		return err_set(e, ERR_PARSE, 0, "no bytes at all");
	if (!value(&w, &p, p + len, 0))
		return false;
	return p == w.all + len ||
	       wrong(&w, p, "bytes after the end");
}
