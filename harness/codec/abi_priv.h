/*
 * abi_priv - what the files of the ABI share and nobody else needs.
 *
 * Layer: codec, private to abi*.c and eip712.c.
 */
#ifndef CODEC_ABI_PRIV_H
#define CODEC_ABI_PRIV_H

#include "codec/abi.h"

/* Where in a value we are: a chain of frames up the call stack. */
struct abi_at {
	const struct abi_at *up;       /* NULL: @parent is the whole value */
	const struct abi_type *parent; /* TUPLE or ARRAY */
	size_t index;
};

/** abi_at_ctx - put the field path in front of an error. Returns false. */
bool abi_at_ctx(struct err *e, const struct abi_at *at);

/* The type of item @i of a TUPLE or ARRAY. */
const struct abi_type *abi_item_type(const struct abi_type *t, size_t i);

/* Whether the number fits a UINT, INT, BOOL or ADDRESS. */
bool abi_word_fits(const struct abi_type *t, struct u256 word);

/* Whether one word holds it and it is no composite: what topics hold plain. */
bool abi_is_word(const struct abi_type *t);

/*
 * Constructors. Errors of all: ERR_PARSE, ERR_UNSUPPORTED, ERR_LIMIT. What is
 * plain, and the tuple of nothing, are one for all: an interface names uint256
 * and address hundreds of times.
 */
MUST_USE bool abi_make_plain(const struct abi_type **ret, const char *text,
			     size_t len, struct err *e);
MUST_USE bool abi_make_tuple(const struct abi_type **ret, struct arena *a,
			     const struct abi_field *fields, size_t n,
			     struct err *e);
/* Wraps *t in the arrays of "[2][]", all of @text (@len characters). */
MUST_USE bool abi_make_arrays(const struct abi_type **t, struct arena *a,
			      const char *text, size_t len, struct err *e);

#endif
