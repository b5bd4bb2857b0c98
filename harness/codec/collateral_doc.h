/*
 * collateral_doc - collateral explained as quotes are: chains, revocation
 * lists, TCB levels, identities, and which signatures hold.
 *
 * Layer: codec. Explains, and does not judge: no window is compared with any
 * time, and a root is whatever the chains end in.
 * Source: QuoteCollateralV3 of dcap-qvl; Intel PCS API v4.
 */
#ifndef CODEC_COLLATERAL_DOC_H
#define CODEC_COLLATERAL_DOC_H

#include "codec/json.h"

/**
 * collateral_file - the JSON object of a file, if it has any member of
 * QuoteCollateralV3; NULL otherwise. New reference.
 */
json_t *collateral_file(const char *text, size_t len);

/**
 * collateral_doc - what is in it. What cannot be read has an "error" in its
 * place; nothing in @j, which stays as it is, makes this fail.
 * Returns {chains: [{member, certificates}], crls: [{member, issuer, …,
 * revoked: [{serial, when, reason?}]}], tcb_info, qe_identity: as they were
 * signed, signatures: [{what, holds}], not_read: [member]}; new reference.
 */
json_t *collateral_doc(json_t *j);

/** collateral_doc_text - append it for people. */
void collateral_doc_text(struct buf *out, const json_t *doc);

#endif
