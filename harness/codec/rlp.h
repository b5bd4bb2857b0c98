/*
 * rlp - Ethereum's recursive length prefix encoding.
 *
 * Layer: codec.
 */
#ifndef CODEC_RLP_H
#define CODEC_RLP_H

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/u256.h"

/* Writers append to @b. A list is written by its items between begin and end. */
void rlp_bytes(struct buf *b, const void *data, size_t len);
void rlp_u64(struct buf *b, uint64_t v);
void rlp_u256(struct buf *b, struct u256 v);
/** rlp_list_begin - a mark for rlp_list_end, which inserts the header there. */
size_t rlp_list_begin(struct buf *b);
void rlp_list_end(struct buf *b, size_t mark);

/* A decoded item: bytes, or a list of items; borrowed from input and arena. */
struct rlp_item {
	bool is_list;
	const uint8_t *data; /* bytes: the string; list: its payload */
	size_t len;
	const struct rlp_item *items;
	size_t n;
};

#define RLP_DEPTH_MAX 64

/**
 * rlp_decode - one item that fills @data exactly, canonical forms only.
 * Errors: ERR_PARSE with the byte offset; ERR_LIMIT for depth.
 */
MUST_USE bool rlp_decode(struct rlp_item *ret, struct arena *a,
			 const void *data, size_t len, struct err *e);

#endif
