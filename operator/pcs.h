/*
 * pcs - collateral from Intel's Provisioning Certification Service, or from a
 * PCCS between it and us: what there is to say today of one kind of platform.
 *
 * Fetches and takes apart; it judges nothing. That is for the registry on
 * chain, which believes only what leads to its root key. Source: Intel PCS API
 * v4; PCCS 1.22 for the root's list.
 */
#ifndef OPERATOR_PCS_H
#define OPERATOR_PCS_H

#include "io/http_client.h"
#include "operator/pem.h"

struct pcs {
	struct http_client *http;
	const char *endpoint; /* a socket's path or http://…; NULL: none */
	unsigned timeout_ms;  /* of each request */
};

/* JSON as its signer signed it, to the byte. */
struct pcs_text {
	struct der text;
	uint8_t signature[64]; /* r, s */
	struct der signer;     /* the certificate of who signed it */
};

struct pcs_collateral {
	struct der root_crl, pck_crl;
	struct pcs_text tcb_info, qe_identity; /* of TDX */
};
void pcs_collateral_done(struct pcs_collateral *c); /* also of a zeroed one */

/**
 * pcs_fetch - all of it for the platforms of an FMSPC; some four requests.
 * @processor: their CA is Intel's for processors, else that for platforms.
 * Errors: each names endpoint and path. ERR_HTTP refused, or [status];
 * ERR_TIMEOUT; ERR_LIMIT; ERR_PARSE, ERR_SCHEMA for an answer that is none;
 * ERR_OS we are to end.
 */
MUST_USE bool pcs_fetch(struct pcs_collateral *ret, const struct pcs *p,
			const uint8_t fmspc[6], bool processor, struct err *e);

#endif
