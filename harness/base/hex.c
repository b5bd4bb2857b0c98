#include "base/hex.h"

#include <endian.h>
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

/* --- eight digits at a time, the first in the lowest byte ------------------ */

#define EACH(c) (0x0101010101010101u * (uint64_t)(c))

/* Of values from 0 to 15; a letter is 39 further on than a digit would be. */
static uint64_t text_of(uint64_t values)
{
	return values + EACH('0') + (((values + EACH(6)) >> 4) & EACH(1)) * 39;
}

static uint64_t values_of(const uint8_t *four)
{
	uint32_t w;
	uint64_t v;

	memcpy(&w, four, sizeof(w));
	v = le32toh(w);
	v = (v | v << 16) & 0x0000ffff0000ffff;
	v = (v | v << 8) & 0x00ff00ff00ff00ff;
	return (v >> 4 | v << 8) & EACH(15);
}

static void put_values(uint8_t *four, uint64_t v)
{
	uint32_t w;

	v = (v << 4 | v >> 8) & 0x00ff00ff00ff00ff;
	v = (v | v >> 8) & 0x0000ffff0000ffff;
	w = htole32((uint32_t)(v | v >> 16));
	memcpy(four, &w, sizeof(w));
}

void hex_encode(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len >= 4; len -= 4, p += 4, out += 8) {
		uint64_t text = htole64(text_of(values_of(p)));

		memcpy(out, &text, sizeof(text));
	}
	for (; len; len--, p++) {
		*out++ = HEX_DIGITS[*p >> 4];
		*out++ = HEX_DIGITS[*p & 15];
	}
}

/* False: not all are digits, which shows when they are written again. */
static bool decode_eight(uint8_t *out, const char *text)
{
	uint64_t w, values;

	memcpy(&w, text, sizeof(w));
	w = le64toh(w);
	values = ((w & EACH(15)) + ((w >> 6) & EACH(1)) * 9) & EACH(15);
	put_values(out, values);
	return text_of(values) == (w | ((w & EACH(0x40)) >> 1));
}

/* Whether all are digits; if not, what is in @out is nothing. */
static bool decode(uint8_t *out, const char *text, size_t len)
{
	int all = 0; /* below 0 as soon as one is none */

	for (; len >= 8; len -= 8, text += 8, out += 4)
		if (!decode_eight(out, text))
			return false;
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
