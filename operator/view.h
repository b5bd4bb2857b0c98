/*
 * view - what the chain says of this operator: typed reads, nothing kept.
 *
 * Every decision starts here; no memory of our own is trusted over it. A read
 * that the contract refuses is ERR_REVERT with the contract's error by name.
 */
#ifndef OPERATOR_VIEW_H
#define OPERATOR_VIEW_H

#include "base/arena.h"
#include "operator/operator.h"

/** view_registered - with EigenLayer, as an operator. */
MUST_USE bool view_registered(const struct oper *op, bool *ret, struct err *e);
/** view_delay - the allocation delay; *ret_set false until one is in effect. */
MUST_USE bool view_delay(const struct oper *op, bool *ret_set,
			 uint32_t *ret_blocks, struct err *e);
/** view_member - of the AVS's operator set. */
MUST_USE bool view_member(const struct oper *op, bool *ret, struct err *e);
/**
 * view_slashable - by the AVS's set; also for a while after leaving it, and
 * until then it cannot be joined again.
 */
MUST_USE bool view_slashable(const struct oper *op, bool *ret, struct err *e);
/** view_attestation - the AVS's hash of the quote; zero: not attested. */
MUST_USE bool view_attestation(const struct oper *op, struct hash32 *ret,
			       struct err *e);

/** view_attested_until - the last second of its attestation; 0: it has none. */
MUST_USE bool view_attested_until(const struct oper *op, uint64_t *ret,
				  struct err *e);
/** view_attestation_period - for how many seconds the AVS grants one. */
MUST_USE bool view_attestation_period(const struct oper *op, uint64_t *ret,
				      struct err *e);

/* Stake in one strategy. Slashing lowers shares, and deposited not. */
MUST_USE bool view_deposited(const struct oper *op,
			     const struct addr20 *strategy, struct u256 *ret,
			     struct err *e);
MUST_USE bool view_shares(const struct oper *op, const struct addr20 *strategy,
			  struct u256 *ret, struct err *e);
/** view_allowance - what StrategyManager may take of a token. */
MUST_USE bool view_allowance(const struct oper *op, const struct addr20 *token,
			     struct u256 *ret, struct err *e);

/* What is allocated to the AVS's set in one strategy; 1e18 is all. */
struct allocation {
	uint64_t now;	/* magnitude in effect */
	uint64_t later; /* once the pending change, if any, is in effect */
	uint64_t effect_block; /* of the pending change; 0: none */
};
MUST_USE bool view_allocation(const struct oper *op,
			      const struct addr20 *strategy,
			      struct allocation *ret, struct err *e);

/** view_report_data - what a quote must carry to join, as of a block. */
MUST_USE bool view_report_data(const struct oper *op, uint64_t reference,
			       struct hash32 *ret, struct err *e);
/** view_ca_known - whether the collateral registry has a CA's certificate. */
MUST_USE bool view_ca_known(const struct oper *op, const struct hash32 *id,
			    bool *ret, struct err *e);
/* A platform's certificate as the registry has it. */
struct pck {
	bool known;	  /* registered; else the rest is zero */
	struct hash32 ca; /* that answers for it there */
	uint8_t fmspc[6];
};
MUST_USE bool view_pck(const struct oper *op, const struct hash32 *id,
		       struct pck *ret, struct err *e);
/** view_signer_known - whether the registry has a TCB signer's certificate. */
MUST_USE bool view_signer_known(const struct oper *op, const struct hash32 *id,
				bool *ret, struct err *e);
/**
 * view_collateral - the last second of all that the registry judges quotes of a
 * platform by; 0 if something of it is missing or over.
 * Errors: ERR_REVERT if the registry refuses the platform for another reason.
 */
MUST_USE bool view_collateral(const struct oper *op, const struct hash32 *pck,
			      uint64_t *ret_until, struct err *e);
/**
 * view_crl - the digest of the list in the place of this one; *ret_taken false:
 * the registry would not take it there.
 */
MUST_USE bool view_crl(const struct oper *op, const void *der, size_t len,
		       bool *ret_taken, struct hash32 *ret, struct err *e);
/* The digests of TDX's TCB info and QE identity there; zero: there is none. */
MUST_USE bool view_tcb_info(const struct oper *op, const uint8_t fmspc[6],
			    struct hash32 *ret, struct err *e);
MUST_USE bool view_qe_identity(const struct oper *op, struct hash32 *ret,
			       struct err *e);

struct challenge {
	uint64_t id;
	struct addr20 whom;
	uint64_t end; /* last block in which an answer counts */
	bool responded, reported;
	struct hash32 response_data; /* what the answering quote must carry */
};
/* What happened to this operator in some blocks. */
struct news {
	const uint64_t *challenges; /* their ids; borrowed from the arena */
	size_t challenges_n;
	bool removed; /* from the AVS's set, and not by itself */
};
/**
 * view_news - of blocks @from to @to; @others: the challenges are those of
 * everybody else. Of the head alone nothing is asked if its header rules it out.
 * From 0 on it is of all that there are, since who asks may not know the head.
 */
MUST_USE bool view_news(const struct oper *op, struct arena *a, uint64_t from,
			uint64_t to, bool others, struct news *ret,
			struct err *e);
/** view_challenge - *ret_known false: there is none, or no more (a reorg). */
MUST_USE bool view_challenge(const struct oper *op, uint64_t id,
			     bool *ret_known, struct challenge *ret,
			     struct err *e);

#endif
