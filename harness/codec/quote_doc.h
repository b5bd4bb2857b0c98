/*
 * quote_doc - a quote explained: every field with its offset, what its
 * signatures hold, its certificates, and an event log beside it.
 *
 * Layer: codec. Explains, and does not judge: whether a quote may be believed
 * is a verifier's to say.
 */
#ifndef CODEC_QUOTE_DOC_H
#define CODEC_QUOTE_DOC_H

#include "codec/json.h"

/**
 * quote_doc - what is in a quote.
 * @events: a guest agent's event log, to be replayed against the registers;
 *          NULL: none. Borrowed.
 * @ret:    {tee, version, bytes, fields: [{section, offset, bytes, name, value,
 *          doc, note?}], signatures: [{what, holds}], certificates: [{offset,
 *          subject, …}], events?: …}; new reference. Numbers as numbers if
 *          they fit, bytes as 0x-hex.
 * Errors: as quote_parse.
 */
MUST_USE bool quote_doc(json_t **ret, const uint8_t *data, size_t len,
			const json_t *events, struct err *e);

/** quote_doc_text - append it for people. */
void quote_doc_text(struct buf *out, const json_t *doc);

/**
 * quote_file - a quote out of a file's bytes: the quote itself, hex or base64,
 * a guest agent's answer to GetQuote, or a JSON text of any of these.
 * @ret_quote:  appended.
 * @ret_events: the answer's event log, new reference; NULL if there is none.
 * Errors: ERR_PARSE, ERR_SCHEMA when it is a text, but none of these.
 */
MUST_USE bool quote_file(struct buf *ret_quote, json_t **ret_events,
			 const void *data, size_t len, struct err *e);
/** quote_answer - the same of an answer that is parsed, or of one text. */
MUST_USE bool quote_answer(struct buf *ret_quote, json_t **ret_events,
			   const json_t *answer, struct err *e);

#endif
