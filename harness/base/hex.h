/*
 * hex - hex text and numbers in text, strictly.
 *
 * Layer: base. These replace strtol and friends: no locale, no leading space,
 * no silent overflow, no trailing rest.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

#include "base/err.h"

extern const char HEX_DIGITS[]; /* "0123456789abcdef" */

/** hex_digit - the value of one hex digit of either case, or -1. */
int hex_digit(char c);

/** hex_encode - the 2 * @len digits of @data at @out, without a NUL. */
void hex_encode(char *out, const void *data, size_t len);

/**
 * hex_decode - @text (@len characters, "0x" optional) into exactly @out_len
 * bytes at @ret_out.
 * Errors: ERR_PARSE for a character that is no digit or a wrong length.
 */
MUST_USE bool hex_decode(void *ret_out, size_t out_len, const char *text,
			 size_t len, struct err *e);

/**
 * hex_decode_alloc - as hex_decode for any even number of digits.
 * @ret_out: bytes, owned by the caller (free()); never NULL on success.
 */
MUST_USE bool hex_decode_alloc(uint8_t **ret_out, size_t *ret_len,
			       const char *text, size_t len, struct err *e);

/** dec_u64 - decimal digits only, all of @text.  Errors: ERR_PARSE, ERR_RANGE */
MUST_USE bool dec_u64(uint64_t *ret, const char *text, struct err *e);

/** hex_u64 - "0x" and 1 to 16 significant digits (a JSON-RPC quantity). */
MUST_USE bool hex_u64(uint64_t *ret, const char *text, struct err *e);

#endif
