/*
 * attestation - a quote with all that it takes to judge the app, as dstack's
 * newer interfaces hand it out: one value in the SCALE encoding.
 *
 * Layer: simulate.
 * Source: dstack 0.5.11, dstack-attest; SCALE as Substrate defines it.
 */
#ifndef SIMULATE_ATTESTATION_H
#define SIMULATE_ATTESTATION_H

#include "simulate/tee.h"

#define ATTESTATION_MAX ((size_t)4 << 20)

/**
 * attestation_make - append version 0 of a TDX attestation around @quote.
 * Errors: ERR_SCHEMA for an SGX instance; ERR_LIMIT.
 */
MUST_USE bool attestation_make(struct buf *out, const struct tee *t,
			       const struct buf *quote,
			       const uint8_t report_data[TEE_REPORT_DATA],
			       struct err *e);

#endif
