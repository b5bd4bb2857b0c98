/*
 * pcs - Intel's Provisioning Certification Service, version 4, and what its
 * caching service PCCS adds, over HTTP: collateral as verifiers fetch it.
 *
 * Layer: simulate. GET below /sgx/certification/v4 and /tdx/certification/v4:
 *   pckcrl?ca=processor|platform[&encoding=der]   (sgx)
 *   tcb?fmspc=HEX[&update=standard|early | &tcbEvaluationDataNumber=N]
 *   qe/identity, with the same two
 *   pckcert?pceid=HEX&…, pckcerts, fmspcs         (sgx)
 *   rootcacrl                                     (sgx; PCCS's: hex text)
 * and /IntelSGXRootCA.der, the distribution point of the root CRL. Issuer
 * chains are in headers, percent-encoded: signer, then root.
 *
 * An instance's own endpoint is the PCCS of its host: it knows the FMSPC of
 * every instance, gives out PCK certificates of its own platform, and its
 * faults of collateral are in all that it says. Source: Intel PCS API v4;
 * PCCS 1.22.
 */
#ifndef SIMULATE_PCS_H
#define SIMULATE_PCS_H

#include "io/http_server.h"
#include "simulate/reply.h"
#include "simulate/world.h"

/** pcs_is_path - whether a path is one of this service's. */
bool pcs_is_path(const char *path);

/** pcs_answer - what @t's host answers; never fails, errors are answers. */
struct reply pcs_answer(const struct world *w, const struct tee *t,
			const struct http_in *in);

#endif
