/*
 * bloom - what a block says beforehand that its logs may be of.
 *
 * Layer: eth. Pure. The header's logsBloom (Yellow Paper, 4.4.1): who looks for
 * an address or a topic that is not in it needs not ask for the logs.
 */
#ifndef ETH_BLOOM_H
#define ETH_BLOOM_H

#include "codec/json.h"
#include "crypto/hash.h"

struct bloom {
	uint8_t b[256];
};

/** bloom_of_anything - one that rules nothing out. */
struct bloom bloom_of_anything(void);

/**
 * bloom_read - `logsBloom` of a header; bloom_of_anything() where there is none.
 * Errors: ERR_SCHEMA.
 */
MUST_USE bool bloom_read(struct bloom *ret, const json_t *header,
			 struct err *e);

/** bloom_may_have - false: no log has it. An address is 20 bytes, a topic 32. */
bool bloom_may_have(const struct bloom *b, const void *item, size_t len);

#endif
