/*
 * make - one quote with everything that its verification takes, as files.
 *
 * Layer: simulate.
 */
#ifndef SIMULATE_MAKE_H
#define SIMULATE_MAKE_H

#include "simulate/intel.h"

/**
 * make_files - write quote.bin, collateral.json (QuoteCollateralV3), root.der
 * and root.pem into @dir, which is made if it is not there.
 * Errors: as tee_quote() and collateral_make(), before anything is written;
 *         ERR_OS.
 */
MUST_USE bool make_files(const char *dir, const struct tee *t,
			 const uint8_t report_data[TEE_REPORT_DATA],
			 const struct intel *intel, struct err *e);

#endif
