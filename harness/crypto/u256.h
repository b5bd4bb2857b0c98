/*
 * u256 - 256-bit unsigned integers as values.
 *
 * Layer: crypto. No allocation; comparable with u256_cmp. Arithmetic that can
 * overflow says so; wrapping has `wrap` in its name. Signed readings (int256)
 * are two's complement over the same bits.
 */
#ifndef CRYPTO_U256_H
#define CRYPTO_U256_H

#include "base/err.h"

struct u256 {
	uint64_t w[4]; /* little-endian words: w[0] is the lowest */
};

#define U256_ZERO ((struct u256){ .w = { 0 } })
#define U256_ONE ((struct u256){ .w = { 1 } })
#define U256_MAX ((struct u256){ .w = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } })

struct u256 u256_from_u64(uint64_t v);
struct u256 u256_from_be(const uint8_t *bytes, size_t len); /* len <= 32 */
void u256_to_be(uint8_t ret[32], struct u256 v);
/** u256_fits_u64 - whether it does; *ret is set only then (ret may be NULL). */
bool u256_fits_u64(uint64_t *ret, struct u256 v);

int u256_cmp(struct u256 a, struct u256 b); /* <0, 0, >0 */
bool u256_eq(struct u256 a, struct u256 b);
bool u256_is_zero(struct u256 a);
unsigned u256_bits(struct u256 a); /* position of the highest 1 bit, 0 for 0 */

/* true = done; false = overflow, underflow or division by zero (*ret untouched) */
MUST_USE bool u256_add(struct u256 *ret, struct u256 a, struct u256 b);
MUST_USE bool u256_sub(struct u256 *ret, struct u256 a, struct u256 b);
MUST_USE bool u256_mul(struct u256 *ret, struct u256 a, struct u256 b);
MUST_USE bool u256_divmod(struct u256 *ret_q, struct u256 *ret_r,
			  struct u256 a, struct u256 b);
/** u256_muldiv - floor or ceil of a*b/d with a 512-bit product. */
MUST_USE bool u256_muldiv(struct u256 *ret, struct u256 a, struct u256 b,
			  struct u256 d, bool ceil);
MUST_USE bool u256_pow(struct u256 *ret, struct u256 base, unsigned exp);

struct u256 u256_wrap_add(struct u256 a, struct u256 b);
struct u256 u256_wrap_sub(struct u256 a, struct u256 b);
struct u256 u256_neg(struct u256 a);		/* two's complement */
bool u256_is_neg(struct u256 a);		/* top bit set */
struct u256 u256_shl(struct u256 a, unsigned n);
struct u256 u256_shr(struct u256 a, unsigned n);

/**
 * u256_parse - decimal with `_` between digits, or 0x-hex, all of @text.
 * Errors: ERR_PARSE; ERR_RANGE over 256 bits.
 */
MUST_USE bool u256_parse(struct u256 *ret, const char *text, size_t len,
			 struct err *e);

struct u256_text {
	char s[80];
};
struct u256_text fmt_u256(struct u256 v);     /* decimal */
struct u256_text fmt_u256_hex(struct u256 v); /* 0x, no leading zeros */
struct u256_text fmt_i256(struct u256 v);     /* decimal, signed reading */

#endif
