#include "base/hex.h"

#include <limits.h>
#include <string.h>

#include "base/base.h"

const char HEX_DIGITS[] = "0123456789abcdef";

/* One more than the digit's value; 0: no digit. */
static const uint8_t digits[UCHAR_MAX + 1] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int hex_digit(char c)
{
	return digits[(unsigned char)c] - 1;
}

static void skip_0x(const char **text, size_t *len)
{
	if (*len >= 2 && (*text)[0] == '0' && ((*text)[1] | 0x20) == 'x') {
		*text += 2;
		*len -= 2;
	}
}

/* --- sixteen bytes at a time, in two halves of sixteen digits ----------------- */

#define AT_ONCE 16u

typedef uint8_t chars __attribute__((vector_size(AT_ONCE)));
typedef int8_t signed_chars __attribute__((vector_size(AT_ONCE)));

/* @v where @c, below 128, is above @limit; elsewhere 0. */
static chars above(chars c, int8_t limit, uint8_t v)
{
	return (chars)((signed_chars)c > limit) & v;
}

/* Of values from 0 to 15; a letter is 39 further on than a digit would be. */
static chars text_of(chars values)
{
	return values + '0' + above(values, 9, 39);
}

static void encode_many(char *out, const uint8_t *bytes)
{
	chars b, high, low, text;

	memcpy(&b, bytes, sizeof(b));
	high = b >> 4;
	low = b & 15;
	text = text_of(__builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18,
					       3, 19, 4, 20, 5, 21, 6, 22, 7,
					       23));
	memcpy(out, &text, sizeof(text));
	text = text_of(__builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26,
					       11, 27, 12, 28, 13, 29, 14, 30,
					       15, 31));
	memcpy(out + AT_ONCE, &text, sizeof(text));
}

void hex_encode(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len >= AT_ONCE; len -= AT_ONCE, p += AT_ONCE) {
		encode_many(out, p);
		out += 2 * AT_ONCE;
	}
	for (; len; len--, p++) {
		*out++ = HEX_DIGITS[*p >> 4];
		*out++ = HEX_DIGITS[*p & 15];
	}
}

/* What is not 0 in @bad is none, which shows when it is written again. */
static chars values_of(const char *text, chars *bad)
{
	chars c, v;

	memcpy(&c, text, sizeof(c));
	v = ((c & 15) + above(c, '9', 9)) & 15;
	*bad |= text_of(v) ^ (c | (c & 0x40) >> 1);
	return v;
}

/* False: not all are digits. */
static bool decode_many(uint8_t *out, const char *text)
{
	chars bad = { 0 }, v, w, b;
	uint64_t wrong[2];

	v = values_of(text, &bad);
	w = values_of(text + AT_ONCE, &bad);
	b = __builtin_shufflevector(v, w, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
				    22, 24, 26, 28, 30) << 4 |
	    __builtin_shufflevector(v, w, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21,
				    23, 25, 27, 29, 31);
	memcpy(out, &b, sizeof(b));
	memcpy(wrong, &bad, sizeof(wrong));
	return !(wrong[0] | wrong[1]);
}

/* Whether all are digits; if not, what is in @out is nothing. */
static bool decode(uint8_t *out, const char *text, size_t len)
{
	int all = 0; /* below 0 as soon as one is none */

	for (; len >= 2 * AT_ONCE; len -= 2 * AT_ONCE, out += AT_ONCE) {
		if (!decode_many(out, text))
			return false;
		text += 2 * AT_ONCE;
	}
	for (; len; len -= 2, text += 2) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);

		all |= high | low;
		*out++ = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	return all >= 0;
}

static bool check_digits(const char *text, size_t len, struct err *e)
{
	for (size_t i = 0; i < len; i++)
		if (hex_digit(text[i]) < 0)
			return err_set(e, ERR_PARSE, 0,
				       "character %zu of hex text is no digit",
				       i + 1);
	return true;
}

bool hex_decode(void *ret_out, size_t out_len, const char *text, size_t len,
		struct err *e)
{
	skip_0x(&text, &len);
	if (len != out_len * 2)
		return err_set(e, ERR_PARSE, 0,
			       "%zu hex digits where %zu are wanted", len,
			       out_len * 2);
	/* First, since it is the caller's memory. */
	return check_digits(text, len, e) && decode(ret_out, text, len);
}

bool hex_decode_alloc(uint8_t **ret_out, size_t *ret_len, const char *text,
		      size_t len, struct err *e)
{
	uint8_t *out;

	skip_0x(&text, &len);
	if (len % 2)
		return err_set(e, ERR_PARSE, 0, "odd number of hex digits (%zu)",
			       len);
	out = xmalloc(len / 2);
	if (!decode(out, text, len)) {
		free(out);
		return check_digits(text, len, e);
	}
	*ret_out = out;
	*ret_len = len / 2;
	return true;
}

bool dec_u64(uint64_t *ret, const char *text, struct err *e)
{
	uint64_t v = 0;

	if (!*text)
		return err_set(e, ERR_PARSE, 0, "a number is missing");
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return err_set(e, ERR_PARSE, 0,
				       "'%s' is no whole number", text);
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return err_set(e, ERR_RANGE, 0,
				       "%s does not fit in 64 bits", text);
	}
	*ret = v;
	return true;
}

bool hex_u64(uint64_t *ret, const char *text, struct err *e)
{
	uint64_t v = 0;
	const char *p = text;

	if (p[0] != '0' || p[1] != 'x' || !p[2])
		return err_set(e, ERR_PARSE, 0, "'%.40s' is no hex quantity",
			       text);
	for (p += 2; *p; p++) {
		int d = hex_digit(*p);

		if (d < 0)
			return err_set(e, ERR_PARSE, 0,
				       "'%.40s' is no hex quantity", text);
		if (v >> 60)
			return err_set(e, ERR_RANGE, 0,
				       "%.40s does not fit in 64 bits", text);
		v = v << 4 | (uint64_t)d;
	}
	*ret = v;
	return true;
}
