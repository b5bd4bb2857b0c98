/*
 * quote_doc_priv - what the documents of quotes and of collateral have in common.
 *
 * Layer: codec, private to quote_doc.c, quote_text.c and collateral_*.c.
 */
#ifndef CODEC_QUOTE_DOC_PRIV_H
#define CODEC_QUOTE_DOC_PRIV_H

#include "codec/json.h"
#include "crypto/cert_read.h"

#define DOC_CHAIN_MAX 8

/* New references. */
json_t *doc_hex(const void *data, size_t len); /* "0x…" */
json_t *doc_time(int64_t unix_s);	       /* "2026-01-31T00:00:00Z" */
json_t *doc_extensions(const struct cert_extension *ext, size_t n);

/** doc_signature - append {what, holds}. */
void doc_signature(json_t *all, const char *what, bool holds);

/**
 * doc_chain_signatures - each link by the next one's key, the last by its own.
 * @of: stands before each, such as "tcb_info_issuer_chain: ".
 */
void doc_chain_signatures(json_t *all, const char *of,
			  const struct cert_info *c, size_t n);

/**
 * doc_certificates - append the chain of @pem, as far as it can be read: then
 * comes an object with the error. Returns how many are in @ret.
 * @base: where @pem stands; their offsets are from there.
 */
size_t doc_certificates(json_t *all, struct cert_info ret[DOC_CHAIN_MAX],
			const void *pem, size_t len, size_t base);

/* In quote_text.c: for people. What is not there is "" or 0. */
const char *text_member(const json_t *j, const char *key);
long long text_int(const json_t *j, const char *key);
void text_certificates(struct buf *out, const json_t *all);
void text_signatures(struct buf *out, const json_t *all);

#endif
