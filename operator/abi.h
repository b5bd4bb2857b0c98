/*
 * abi - the functions and errors of the contracts that an operator meets.
 *
 * A function is written where it is called, by name and types; there is no
 * file to load and none to fall out of date. Errors are one table, because any
 * contract may pass on the error of another.
 */
#ifndef OPERATOR_ABI_H
#define OPERATOR_ABI_H

#include "codec/abi.h"

struct fn {
	const char *name; /* "getAllocation" */
	const char *in;	  /* "(address,(address,uint32),address)" */
	const char *out;  /* "((uint64,int128,uint32))"; NULL: not asked for */
};

/** fn_encode - append the calldata of f(@args...). Errors: as abi_encode. */
MUST_USE bool fn_encode(struct buf *ret, const struct fn *f,
			const struct abi_val *args, size_t n, struct err *e);

/** fn_decode - what it returned, as a tuple of values. Errors: as abi_decode */
MUST_USE bool fn_decode(struct abi_val *ret, struct arena *a,
			const struct fn *f, const void *data, size_t len,
			struct err *e);

/**
 * revert_describe - append the error that revert data names, with arguments:
 * "WindowOpen(challengeId: 1, endBlock: 230, current: 221)"; hex if unknown.
 */
void revert_describe(struct buf *out, const void *data, size_t len);

/* An error that a contract may answer with. */
struct revert {
	uint32_t selector;
	const char *text; /* "Name(type name,…)" */
};
/** revert_known - all that are known. */
const struct revert *revert_known(size_t *ret_n);

#endif
