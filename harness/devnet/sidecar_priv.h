/*
 * sidecar_priv - what sidecar.c asks the chain for, and sidecar_answer.c makes
 * of it.
 *
 * Layer: devnet, for sidecar*.c only.
 */
#ifndef DEVNET_SIDECAR_PRIV_H
#define DEVNET_SIDECAR_PRIV_H

#include "codec/json.h"
#include "devnet/sidecar.h"

#define SIDECAR_TOKENS_MAX 64

enum sidecar_what {
	SIDECAR_CLAIM_PROOF,
	SIDECAR_SUMMARY,
	SIDECAR_ROOTS,
	SIDECAR_WHAT__COUNT
};

struct sidecar_query {
	enum sidecar_what what;
	struct addr20 earner;
	struct addr20 tokens[SIDECAR_TOKENS_MAX];
	size_t tokens_n;
	bool has_root;
	uint64_t root;	 /* index */
	uint64_t height; /* CHAIN_HEAD: the newest */
	uint64_t only;	 /* roots of that block; 0: all */
};

/* What the chain said. */
struct sidecar_chain {
	const struct log *logs; /* of the RewardsCoordinator, all there are */
	size_t logs_n;
	uint64_t time; /* of the block asked for */
};

/* Distributions, by root. */
struct sidecar_known {
	struct rewards **items;
	size_t n, cap;
};

/**
 * sidecar_read - the request as a query; a height of 0 is none.
 * Errors: ERR_SCHEMA, ERR_PARSE: what the client did wrong.
 */
MUST_USE bool sidecar_read_proof(struct sidecar_query *ret, const void *body,
				 size_t len, struct err *e);
MUST_USE bool sidecar_read_height(uint64_t *ret, const char *query,
				  struct err *e);
MUST_USE bool sidecar_read_rewards(struct rewards **ret, const json_t *body,
				   struct err *e);

/**
 * sidecar_answer - what the query is answered with. @ret: new reference.
 * Errors: ERR_SCHEMA: there is nothing to claim, and why.
 */
MUST_USE bool sidecar_answer(json_t **ret, const struct sidecar_query *q,
			     const struct sidecar_chain *chain,
			     const struct sidecar_known *known, struct err *e);

#endif
