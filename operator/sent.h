/*
 * sent - transactions that were signed and are not known to be settled, and
 * how far heartbeats were counted, kept in a small file, so that a crash at any
 * moment forgets none.
 *
 * One is written down before it is sent. Whoever finds it there may send these
 * very bytes again: the chain takes them once. What is settled is taken out.
 */
#ifndef OPERATOR_SENT_H
#define OPERATOR_SENT_H

#include "base/buf.h"
#include "crypto/ec.h"

#define SENT_MAX 64 /* on the way at once */

struct sent_tx {
	char *what; /* "respond" */
	uint64_t nonce;
	struct hash32 hash;
	uint8_t *raw;
	size_t raw_len;
};

struct sent {
	char *path; /* NULL: kept in memory only */
	uint64_t chain_id;
	struct addr20 who;
	struct sent_tx items[SENT_MAX]; /* by nonce */
	size_t n;
	uint64_t heartbeat; /* the last sequence that was used; 0: none */
};

/**
 * sent_open - what @path says; a file that is not there says nothing.
 * @ret: end with sent_done(). A zeroed one keeps no file.
 * Errors: ERR_PARSE, ERR_SCHEMA for a file that is damaged, ERR_MISMATCH for
 * one of another account or chain. It is left as it is.
 */
MUST_USE bool sent_open(struct sent *ret, const char *path, uint64_t chain_id,
			const struct addr20 *who, struct err *e);
void sent_done(struct sent *s); /* also of a zeroed one */

/** sent_add - to be saved yet; s->n < SENT_MAX. @raw and @what are copied. */
void sent_add(struct sent *s, const char *what, uint64_t nonce,
	      const struct hash32 *hash, const struct buf *raw);
/** sent_drop - it is settled; to be saved yet. Unknown: nothing. */
void sent_drop(struct sent *s, const struct hash32 *hash);
/** sent_find - of those that are there. Borrowed until the next change. */
const struct sent_tx *sent_find(const struct sent *s,
				const struct hash32 *hash);
/** sent_replace - the transaction @was is now @hash, @raw; to be saved yet. */
void sent_replace(struct sent *s, const struct hash32 *was,
		  const struct hash32 *hash, const struct buf *raw);
/** sent_save - write the file anew, atomically. */
MUST_USE bool sent_save(const struct sent *s, struct err *e);

#endif
