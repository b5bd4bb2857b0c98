/*
 * collateral - what Intel's PCS says about a platform: CRLs, TCB info, QE
 * identity, each signed, valid around a time that is given.
 *
 * Layer: simulate. The JSON objects are built member by member in Intel's
 * order and signed as compact text; that text, not the object, is what is
 * handed out. Faults of collateral (fault.h) change the struct before the
 * signatures (STAGE_COLLATERAL) or after them (STAGE_COLLATERAL_SIGNED);
 * whatever comes later is signed again.
 * Source: Intel PCS API v4; QuoteCollateralV3 of dcap-qvl.
 */
#ifndef SIMULATE_COLLATERAL_H
#define SIMULATE_COLLATERAL_H

#include "simulate/crl.h"
#include "simulate/tee.h"

#define COLLATERAL_MAX ((size_t)256 << 10)
/* Times at which collateral can be made: the simulated PKI's own. */
#define COLLATERAL_FROM 1704153600  /* 2024-01-02T00:00:00Z */
#define COLLATERAL_UNTIL 2051222399 /* 2034-12-31T23:59:59Z */

/* One signed JSON body. */
struct signed_body {
	json_t *json;	   /* owned */
	size_t dump_flags; /* of jansson; 0 but for a fault: compact */
	struct seckey signer;
	struct buf text; /* owned; the bytes that were signed */
	struct p256_sig sig;
};

struct collateral {
	const struct tee *tee; /* borrowed */
	int64_t at;
	struct cert_spec signer; /* the TCB signing certificate */
	struct crl_spec root_crl, pck_crl;
	struct signed_body tcb_info, identity;
	struct buf root_crl_der, pck_crl_der; /* owned */
	/* Keys and a name that a genuine one does not use. */
	struct seckey other_key, other_ca_key;
	struct p256_pub other_ca_pub;
	const char *other_ca_cn;
};

/**
 * collateral_make - append @t's collateral as of @at (seconds since 1970),
 * with the instance's faults, as the JSON object QuoteCollateralV3. Issued a
 * day before @at, to be renewed thirty days after.
 * Errors: ERR_RANGE for @at; ERR_SCHEMA for faults that do not fit; ERR_CRYPTO.
 */
MUST_USE bool collateral_make(struct buf *out, const struct tee *t, int64_t at,
			      struct err *e);

/** collateral_date - "2026-01-31T00:00:00Z"; the caller's. */
char *collateral_date(int64_t unix_s);

#endif
