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
#include "simulate/intel.h"

#define COLLATERAL_MAX ((size_t)256 << 10)

/* Whose collateral: of a platform, as one of the two kinds of TEE sees it. */
struct collateral_of {
	const struct intel *intel;
	const struct tee *tee; /* on that platform; with its faults */
	bool sgx;	       /* of SGX enclaves, not of trust domains */
	bool processor_ca;     /* of PCK certificates by the Processor CA */
	uint8_t fmspc[6];
};

/* One signed JSON body. */
struct signed_body {
	json_t *json;	   /* owned */
	size_t dump_flags; /* of jansson; 0 but for a fault: compact */
	struct seckey signer;
	struct buf text; /* owned; the bytes that were signed */
	struct p256_sig sig;
};

struct collateral {
	struct collateral_of of;
	int64_t at;
	struct pki_chain chain;	 /* root and PCK CA; the leaf is the tee's */
	struct cert_spec signer; /* the TCB signing certificate */
	struct crl_spec root_crl, pck_crl;
	struct signed_body tcb_info, identity;
	struct buf root_crl_der, pck_crl_der; /* owned */
	/* PEM: the PCK CA or the TCB signer, then the root; owned. */
	struct buf ca_chain, signer_chain;
	/* Keys and a name that a genuine one does not use. */
	struct seckey other_key, other_ca_key;
	struct p256_pub other_ca_pub;
	const char *other_ca_cn;
};

/** collateral_of - @t's own. */
struct collateral_of collateral_of(const struct tee *t,
				   const struct intel *intel);

/**
 * collateral_init - all of it, with the instance's faults: those that this kind
 * of TEE can have. Ends with collateral_done(). Errors: ERR_CRYPTO.
 */
MUST_USE bool collateral_init(struct collateral *ret,
			      const struct collateral_of *of, struct err *e);
void collateral_done(struct collateral *c);

/**
 * collateral_make - append @t's as the JSON object QuoteCollateralV3: issued a
 * day before @intel's time, to be renewed thirty days after.
 * Errors: ERR_SCHEMA for faults that do not fit; ERR_CRYPTO.
 */
MUST_USE bool collateral_make(struct buf *out, const struct tee *t,
			      const struct intel *intel, struct err *e);

/**
 * collateral_qve_identity, collateral_evaluation_numbers - what the PCS says
 * beside it, and no verdict on a quote depends on: the quote verification
 * enclave, and the tcbEvaluationDataNumbers that are served. Signed like the
 * rest; ends with signed_body_done(). Errors: ERR_CRYPTO.
 */
MUST_USE bool collateral_qve_identity(struct signed_body *ret,
				      const struct collateral *c,
				      struct err *e);
MUST_USE bool collateral_evaluation_numbers(struct signed_body *ret,
					    const struct collateral *c,
					    struct err *e);
void signed_body_done(struct signed_body *b);

/** collateral_evaluation - the tcbEvaluationDataNumber of its documents. */
uint64_t collateral_evaluation(const struct intel *intel);

/** collateral_date - "2026-01-31T00:00:00Z"; the caller's. */
char *collateral_date(int64_t unix_s);

#endif
