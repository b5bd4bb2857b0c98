/*
 * inspect - a quote's fields as text, each with its offset.
 *
 * Layer: codec. Explains, and judges form only: no signature is checked.
 */
#ifndef CODEC_INSPECT_H
#define CODEC_INSPECT_H

#include "base/buf.h"

/**
 * inspect_quote - append a line for each field: offset, length, name, value.
 * Errors: as quote_parse.
 */
MUST_USE bool inspect_quote(struct buf *out, const uint8_t *data, size_t len,
			    struct err *e);

#endif
