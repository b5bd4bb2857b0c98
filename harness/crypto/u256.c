#include "crypto/u256.h"

#include <endian.h>

#include "base/base.h"
#include "base/hex.h"

/* A product of two u256, little-endian words. */
struct u512 {
	uint64_t w[8];
};

struct u256 u256_from_u64(uint64_t v)
{
	return (struct u256){.w = {v}};
}

struct u256 u256_from_be(const uint8_t *bytes, size_t len)
{
	uint8_t whole[32] = { 0 };
	struct u256 v;

	ASSERT(len <= 32);
	if (len)
		memcpy(whole + 32 - len, bytes, len);
	for (unsigned i = 0; i < 4; i++) {
		memcpy(&v.w[i], whole + 24 - 8 * i, 8);
		v.w[i] = be64toh(v.w[i]);
	}
	return v;
}

void u256_to_be(uint8_t ret[32], struct u256 v)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t word = htobe64(v.w[i]);

		memcpy(ret + 24 - 8 * i, &word, 8);
	}
}

bool u256_fits_u64(uint64_t *ret, struct u256 v)
{
	if (v.w[1] | v.w[2] | v.w[3])
		return false;
	if (ret)
		*ret = v.w[0];
	return true;
}

int u256_cmp(struct u256 a, struct u256 b)
{
	for (unsigned i = 4; i-- > 0;)
		if (a.w[i] != b.w[i])
			return a.w[i] < b.w[i] ? -1 : 1;
	return 0;
}

bool u256_eq(struct u256 a, struct u256 b)
{
	return !u256_cmp(a, b);
}

bool u256_is_zero(struct u256 a)
{
	return !(a.w[0] | a.w[1] | a.w[2] | a.w[3]);
}

unsigned u256_bits(struct u256 a)
{
	for (unsigned i = 4; i-- > 0;)
		if (a.w[i])
			return 64 * i + 64 - (unsigned)__builtin_clzll(a.w[i]);
	return 0;
}

/* Returns the carry. */
static bool add(struct u256 *ret, struct u256 a, struct u256 b)
{
	u128 c = 0;

	for (unsigned i = 0; i < 4; i++) {
		c += (u128)a.w[i] + b.w[i];
		ret->w[i] = (uint64_t)c;
		c >>= 64;
	}
	return c;
}

struct u256 u256_wrap_add(struct u256 a, struct u256 b)
{
	struct u256 r;

	add(&r, a, b);
	return r;
}

bool u256_add(struct u256 *ret, struct u256 a, struct u256 b)
{
	struct u256 r;

	if (add(&r, a, b))
		return false;
	*ret = r;
	return true;
}

struct u256 u256_neg(struct u256 a)
{
	for (unsigned i = 0; i < 4; i++)
		a.w[i] = ~a.w[i];
	return u256_wrap_add(a, U256_ONE);
}

struct u256 u256_wrap_sub(struct u256 a, struct u256 b)
{
	return u256_wrap_add(a, u256_neg(b));
}

bool u256_sub(struct u256 *ret, struct u256 a, struct u256 b)
{
	if (u256_cmp(a, b) < 0)
		return false;
	*ret = u256_wrap_sub(a, b);
	return true;
}

static struct u512 mul(struct u256 a, struct u256 b)
{
	struct u512 r = {0};

	for (unsigned i = 0; i < 4; i++) {
		u128 c = 0;

		for (unsigned j = 0; j < 4; j++) {
			c += (u128)a.w[i] * b.w[j] + r.w[i + j];
			r.w[i + j] = (uint64_t)c;
			c >>= 64;
		}
		r.w[i + 4] = (uint64_t)c;
	}
	return r;
}

bool u256_mul(struct u256 *ret, struct u256 a, struct u256 b)
{
	struct u512 p = mul(a, b);

	if (p.w[4] | p.w[5] | p.w[6] | p.w[7])
		return false;
	memcpy(ret->w, p.w, sizeof(ret->w));
	return true;
}

/*
 * One step of the long division below: subtracts the right multiple of the
 * @n normalised digits @v from the n + 1 digits at @u, and returns it.
 */
static uint32_t divide_digit(uint32_t *u, const uint32_t *v, unsigned n)
{
	uint64_t top = (uint64_t)u[n] << 32 | u[n - 1];
	uint64_t q = top / v[n - 1], rest = top % v[n - 1];
	uint64_t carry = 0, borrow = 0;

	/* The guess is never too small and at most two too large. */
	while (q >> 32 || (n > 1 && q * v[n - 2] > (rest << 32 | u[n - 2]))) {
		q--;
		rest += v[n - 1];
		if (rest >> 32)
			break;
	}
	for (unsigned i = 0; i <= n; i++) {
		uint64_t part = q * (i < n ? v[i] : 0) + carry;
		uint64_t diff = (uint64_t)u[i] - (uint32_t)part - borrow;

		u[i] = (uint32_t)diff;
		borrow = diff >> 63;
		carry = part >> 32;
	}
	if (!borrow)
		return (uint32_t)q;
	carry = 0;
	for (unsigned i = 0; i <= n; i++) {
		carry += (uint64_t)u[i] + (i < n ? v[i] : 0);
		u[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return (uint32_t)(q - 1);
}

/*
 * Knuth's algorithm D (TAOCP 2, 4.3.1) in digits of 32 bits. @d is not zero.
 */
static struct u512 divmod(struct u256 *ret_r, struct u512 a, struct u256 d)
{
	unsigned bits = u256_bits(d), n = (bits + 31) / 32;
	unsigned shift = 32 * n - bits;
	uint32_t u[17], v[8];
	struct u256 dn = u256_shl(d, shift), r = U256_ZERO;
	struct u512 q = {0};

	for (unsigned i = 0; i < 8; i++)
		v[i] = (uint32_t)(dn.w[i / 2] >> (32 * (i % 2)));
	/* u = a << shift, which takes one digit more. */
	u[16] = 0;
	for (unsigned i = 0; i < 16; i++)
		u[i] = (uint32_t)(a.w[i / 2] >> (32 * (i % 2)));
	for (unsigned i = 16; shift && i > 0; i--)
		u[i] = u[i] << shift | u[i - 1] >> (32 - shift);
	u[0] <<= shift;

	for (unsigned j = 17 - n; j-- > 0;)
		q.w[j / 2] |= (uint64_t)divide_digit(u + j, v, n)
			      << (32 * (j % 2));
	for (unsigned i = 0; i < n; i++)
		r.w[i / 2] |= (uint64_t)u[i] << (32 * (i % 2));
	*ret_r = u256_shr(r, shift);
	return q;
}

bool u256_divmod(struct u256 *ret_q, struct u256 *ret_r, struct u256 a,
		 struct u256 b)
{
	struct u512 wide = {0}, q;

	if (u256_is_zero(b))
		return false;
	memcpy(wide.w, a.w, sizeof(a.w));
	q = divmod(ret_r, wide, b);
	memcpy(ret_q->w, q.w, sizeof(ret_q->w));
	return true;
}

bool u256_muldiv(struct u256 *ret, struct u256 a, struct u256 b, struct u256 d,
		 bool ceil)
{
	struct u256 q, r;
	struct u512 wide;

	if (u256_is_zero(d))
		return false;
	wide = divmod(&r, mul(a, b), d);
	if (wide.w[4] | wide.w[5] | wide.w[6] | wide.w[7])
		return false;
	memcpy(q.w, wide.w, sizeof(q.w));
	if (ceil && !u256_is_zero(r) && !u256_add(&q, q, U256_ONE))
		return false;
	*ret = q;
	return true;
}

bool u256_pow(struct u256 *ret, struct u256 base, unsigned exp)
{
	struct u256 r = U256_ONE;

	for (;;) {
		if (exp & 1 && !u256_mul(&r, r, base))
			return false;
		exp >>= 1;
		if (!exp)
			break;
		/* A square that overflows here is a factor of the result. */
		if (!u256_mul(&base, base, base))
			return false;
	}
	*ret = r;
	return true;
}

bool u256_is_neg(struct u256 a)
{
	return a.w[3] >> 63;
}

struct u256 u256_shl(struct u256 a, unsigned n)
{
	struct u256 r = U256_ZERO;
	unsigned words = n / 64, bits = n % 64;

	for (unsigned i = words; i < 4; i++) {
		r.w[i] = a.w[i - words] << bits;
		if (bits && i > words)
			r.w[i] |= a.w[i - words - 1] >> (64 - bits);
	}
	return r;
}

struct u256 u256_shr(struct u256 a, unsigned n)
{
	struct u256 r = U256_ZERO;
	unsigned words = n / 64, bits = n % 64;

	for (unsigned i = 0; words < 4 && i < 4 - words; i++) {
		r.w[i] = a.w[i + words] >> bits;
		if (bits && i + words + 1 < 4)
			r.w[i] |= a.w[i + words + 1] << (64 - bits);
	}
	return r;
}

/* Text in error messages: the beginning is enough to find the place. */
#define SHOWN(len) ((int)((len) < 80 ? (len) : 80))

static bool parse_hex(struct u256 *ret, const char *text, size_t len,
		      struct err *e)
{
	struct u256 v = U256_ZERO;

	for (size_t i = 2; i < len; i++) {
		int d = hex_digit(text[i]);

		if (d < 0)
			return err_set(e, ERR_PARSE, 0,
				       "'%.*s' is no hex number: character %zu "
				       "is no digit",
				       SHOWN(len), text, i + 1);
		if (v.w[3] >> 60)
			return err_set(e, ERR_RANGE, 0,
				       "%.*s does not fit in 256 bits",
				       SHOWN(len), text);
		v = u256_shl(v, 4);
		v.w[0] |= (uint64_t)d;
	}
	*ret = v;
	return true;
}

static bool parse_dec(struct u256 *ret, const char *text, size_t len,
		      struct err *e)
{
	struct u256 v = U256_ZERO, ten = u256_from_u64(10);
	bool digit = false; /* whether the character before is one */

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '_' && digit && i + 1 < len) {
			digit = false;
			continue;
		}
		if (c < '0' || c > '9')
			return err_set(e, ERR_PARSE, 0,
				       "'%.*s' is no number: character %zu is "
				       "no digit",
				       SHOWN(len), text, i + 1);
		digit = true;
		if (!u256_mul(&v, v, ten) ||
		    !u256_add(&v, v, u256_from_u64((uint64_t)(c - '0'))))
			return err_set(e, ERR_RANGE, 0,
				       "%.*s does not fit in 256 bits",
				       SHOWN(len), text);
	}
	*ret = v;
	return true;
}

bool u256_parse(struct u256 *ret, const char *text, size_t len, struct err *e)
{
	if (!len)
		return err_set(e, ERR_PARSE, 0, "a number is missing");
	if (len > 2 && text[0] == '0' && text[1] == 'x')
		return parse_hex(ret, text, len, e);
	return parse_dec(ret, text, len, e);
}

/* Divides by 10^19, the largest power of ten in a word; returns the rest. */
static uint64_t divide_e19(struct u256 *v)
{
	u128 rest = 0;

	for (unsigned i = 4; i-- > 0;) {
		rest = rest << 64 | v->w[i];
		v->w[i] = (uint64_t)(rest / 10000000000000000000u);
		rest %= 10000000000000000000u;
	}
	return (uint64_t)rest;
}

struct u256_text fmt_u256(struct u256 v)
{
	char digits[5 * 19 + 1]; /* 78 need five parts */
	char *at = digits + sizeof(digits) - 1;
	struct u256_text ret;

	*at = 0;
	do {
		uint64_t part = divide_e19(&v);

		for (unsigned i = 0; i < 19; i++, part /= 10)
			*--at = (char)('0' + part % 10);
	} while (!u256_is_zero(v));
	while (at[0] == '0' && at[1])
		at++;
	memcpy(ret.s, at, strlen(at) + 1);
	return ret;
}

struct u256_text fmt_u256_hex(struct u256 v)
{
	struct u256_text ret = {.s = "0x0"};
	unsigned digits = (u256_bits(v) + 3) / 4;

	for (unsigned i = 0; i < digits; i++)
		ret.s[2 + i] =
		    HEX_DIGITS[u256_shr(v, 4 * (digits - 1 - i)).w[0] & 15];
	return ret;
}

struct u256_text fmt_i256(struct u256 v)
{
	struct u256_text ret, digits;

	if (!u256_is_neg(v))
		return fmt_u256(v);
	digits = fmt_u256(u256_neg(v));
	ret.s[0] = '-';
	memcpy(ret.s + 1, digits.s, sizeof(ret.s) - 1);
	return ret;
}
