/*
 * json_plain - a parser and a writer for the JSON that nodes write all day: small
 * whole numbers, not deep; and of what is read, no byte beyond ASCII and no
 * character by its number. jansson takes a text byte by byte through four
 * functions, which was a fourth of the harness's work.
 *
 * Layer: codec, for json.c, which gives everything else to jansson; so what is
 * no JSON, and what to say of it, stays one parser's affair.
 */
#ifndef CODEC_JSON_PLAIN_H
#define CODEC_JSON_PLAIN_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"

/** json_plain - what json_parse() gives, or NULL: not plain. New reference. */
json_t *json_plain(const char *text, size_t len);
/** json_plain_first - the same of a value with anything behind it. */
json_t *json_plain_first(const char *text, size_t len);
/** json_plain_write - as json_write(); false, and @out as it was: not plain. */
bool json_plain_write(struct buf *out, const json_t *j);

#endif
