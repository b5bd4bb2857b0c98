/*
 * intel - what the simulated Intel says at present about platforms: when it
 * issued its collateral last, whom it revoked, which TCB it wants.
 *
 * Layer: simulate. Every change is an issue: all documents are dated later and
 * the lists numbered higher than before, as verifiers insist, so that each
 * state can replace the one before. Nothing here knows the time: whoever drives
 * the simulator says of which time the next issue is.
 */
#ifndef SIMULATE_INTEL_H
#define SIMULATE_INTEL_H

#include "simulate/tee.h"

/* 2026-01-01T00:00:00Z, until somebody says otherwise. */
#define INTEL_AT 1767225600
/* Times at which collateral can be issued: the simulated PKI's own. */
#define INTEL_FROM 1704153600  /* 2024-01-02T00:00:00Z */
#define INTEL_UNTIL 2051222399 /* 2034-12-31T23:59:59Z */

#define INTEL_DAY 86400
#define INTEL_NAMED_MAX 1024u /* platforms revoked, models with a status */

/* A revoked platform. */
struct intel_revoked {
	char name[TEE_NAME_MAX + 1]; /* of the instance */
	uint8_t serial[20];	     /* of its PCK certificate */
	bool by_processor_ca;
};

/* What all platforms of one FMSPC are, if not UpToDate. */
struct intel_model {
	uint8_t fmspc[6];
	const char *status; /* static */
};

struct intel {
	int64_t at;	/* seconds since 1970, of the last issue */
	unsigned issue; /* how many there were after the first */
	unsigned bar;	/* how many TCB recoveries there were */
	struct intel_revoked *revoked; /* owned */
	size_t revoked_n, revoked_cap;
	struct intel_model *models; /* owned */
	size_t models_n, models_cap;
};

/** intel_init - nothing revoked, everything UpToDate. ERR_RANGE for @at. */
MUST_USE bool intel_init(struct intel *ret, int64_t at, struct err *e);
void intel_done(struct intel *i);

/**
 * intel_change - issue anew, with what @j says, all of it or nothing:
 *   {"at": UNIX, "revoke": [INSTANCE, …], "restore": [INSTANCE, …],
 *    "status": {INSTANCE: STATUS, …}, "bar": N}
 * Each member may be left out. A status is that of all platforms with the
 * instance's FMSPC; "UpToDate" takes it back.
 * Errors: ERR_SCHEMA naming the member and the nearest that would do;
 *         ERR_RANGE.
 */
MUST_USE bool intel_change(struct intel *i, const json_t *j,
			   struct tee *const *tees, size_t n, struct err *e);

/** intel_mend - nothing revoked, everything UpToDate; a later issue. */
void intel_mend(struct intel *i);

/** intel_json - all of it; a new reference. */
json_t *intel_json(const struct intel *i);

/** intel_issued - the date of its documents: a day before @at, and later. */
int64_t intel_issued(const struct intel *i);
/** intel_number - of its CRLs. */
uint64_t intel_number(const struct intel *i);
/** intel_status - of platforms with this FMSPC: "UpToDate", … */
const char *intel_status(const struct intel *i, const uint8_t fmspc[6]);

#endif
