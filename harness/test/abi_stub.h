/*
 * abi_stub - ABI types and values for tests: read from a fixture, drawn at
 * random, written as cast wants them.
 *
 * Not a room: linked with tests only, of codec and the rooms above it.
 */
#ifndef TEST_ABI_STUB_H
#define TEST_ABI_STUB_H

#include "base/rng.h"
#include "codec/abi.h"

/*
 * From JSON: numbers as decimal text, bytes and addresses as hex text, lists
 * for arrays and tuples. Borrows the JSON's text; fails the test on an error.
 */
struct abi_val stub_from_json(struct arena *a, const struct abi_type *t,
				const json_t *j);

/* A TUPLE of up to four fields, nested up to @depth. */
const struct abi_type *stub_type(struct rng *r, struct arena *a,
					  unsigned depth);
/* Strings of letters and digits, never empty, so that cast can read them. */
struct abi_val stub_value(struct rng *r, struct arena *a,
			     const struct abi_type *t);

/* As an argument of `cast abi-encode`; nested strings are quoted. */
void stub_cast_text(struct buf *out, const struct abi_type *t,
		      const struct abi_val *v, bool nested);

#endif
