/*
 * tee_host - what a TEE's host may be, and what Intel may say of it.
 *
 * Layer: eth, since the simulator reads it and the check of scenarios knows it
 * beforehand. What comes of it is for simulate/.
 */
#ifndef ETH_TEE_HOST_H
#define ETH_TEE_HOST_H

#include "codec/json.h"
#include "codec/quote.h"

/* A platform as its PCK certificate describes it: the SGX extension. */
struct sgx_platform {
	uint8_t ppid[16];
	uint8_t comp_svn[16];
	uint8_t cpu_svn[16]; /* the same, if genuine */
	uint16_t pce_svn;
	uint8_t pce_id[2], fmspc[6];
	uint8_t sgx_type; /* 0 standard, 1 scalable, 2 with integrity */
	/* Certificates of the Processor CA have none of the following. */
	bool of_processor_ca;
	uint8_t instance_id[16];
	bool dynamic_platform, cached_keys, smt;
	bool no_ppid, no_fmspc; /* faults: left out */
};

/* What it is, and the quotes that it gives. */
enum tee_kind {
	TEE_TDX4,    /* TDX, version 4 */
	TEE_TDX5_10, /* TDX, version 5, TD report 1.0 */
	TEE_TDX5,    /* TDX, version 5, TD report 1.5 */
	TEE_TDX5_EX, /* TDX, version 5, TD report 1.5ex */
	TEE_SGX3,    /* an SGX enclave, version 3; has no guest agent */
	TEE_KIND__COUNT
};

/** tee_kind_form - how its quotes are laid out. */
struct quote_form tee_kind_form(enum tee_kind k);
/**
 * tee_kind_find - from "sgx" or "tdx", "3" to "5", and "1.0" to "1.5ex"; NULL
 * takes what is usual: version 4 of TDX, report 1.5 of version 5.
 * Errors: ERR_SCHEMA naming what there is.
 */
MUST_USE bool tee_kind_find(enum tee_kind *ret, const char *tee,
			    const char *version, const char *td, struct err *e);

/**
 * tee_platform_set, tee_report_set - what an object wants otherwise in a
 * platform, or in the report of a body (struct td_report or sgx_report), by
 * the names of fields. On failure some may be set.
 * Errors: ERR_SCHEMA with the nearest field; ERR_PARSE, ERR_RANGE.
 */
MUST_USE bool tee_platform_set(struct sgx_platform *ret, const json_t *j,
			       struct err *e);
MUST_USE bool tee_report_set(void *ret, enum quote_body body, const json_t *j,
			     struct err *e);

/* Of how many TCB recoveries Intel may speak. */
#define TEE_RECOVERIES_MAX 8u
/* What is new in an issue of Intel's, besides its time. */
#define TEE_SAYS "revoke", "restore", "status", "bar"

/**
 * tee_status_find - a TCB status by name; *ret is static. The first of all is
 * tee_status_best(). Errors: ERR_SCHEMA with the nearest one.
 */
MUST_USE bool tee_status_find(const char **ret, const char *text,
			      struct err *e);
const char *tee_status_best(void);

/**
 * tee_host_check - whether a world's platform can be: `tee`, `version` and
 * `td` say what it is, `report` and `status` what is so of it, all else is its
 * hardware's. A member that is null is not known yet, and fits.
 * *ret_key: the member at fault, one of @settings; it may be freed with it.
 * Errors: those above.
 */
MUST_USE bool tee_host_check(const json_t *settings, const char **ret_key,
			     struct err *e);

/** tee_host_hardware - whether such a member is a field of its hardware. */
bool tee_host_hardware(const char *name);

#endif
