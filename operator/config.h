/*
 * config - one operator's configuration: a JSON file, checked as a whole.
 *
 * docs/operator.md says what each member means. A wrong file is told by the
 * member's path and, where a name was mistyped, the nearest one that exists.
 */
#ifndef OPERATOR_CONFIG_H
#define OPERATOR_CONFIG_H

#include "codec/json.h"
#include "eth/behaviour.h"

#define STAKES_MAX 16

/* What `run` does by itself where the chain lacks it; bits of config.prepare.
 */
enum lifecycle_step {
	STEP_REGISTER,
	STEP_DEPOSIT,
	STEP_ALLOCATE,
	STEP_OPT_IN,
	STEP__COUNT
};
extern const char *const STEP_NAMES[STEP__COUNT];

struct stake {
	struct addr20 token, strategy;
	struct u256 amount; /* raw units of the token */
	uint64_t magnitude; /* for the AVS's set; 1e18 is all; 0: none */
};

struct config {
	json_t *json; /* owns every text below */
	const char *path, *name;
	uint64_t chain_id;
	const char *ipc, *http; /* at least one */
	unsigned retry_ms; /* from which on what failed is tried again */
	const char *keystore;
	const char *password_env, *password_file; /* exactly one */
	const char *tee; /* socket path or URL; NULL: none configured */
	const char *pcs; /* likewise, where collateral is fetched */
	unsigned tee_timeout_ms; /* of both */
	const char *aggregator; /* its URL; NULL: nobody wants heartbeats */
	uint64_t heartbeat_seconds; /* between two, by the chain's time */
	struct addr20 allocation_manager, delegation_manager, strategy_manager;
	struct addr20 service_manager, sla_oracle, collateral_registry;
	struct addr20 rewards_coordinator; /* zero: not given */
	struct addr20 avs;
	const char *avs_name; /* for metrics; its address if not given */
	uint32_t set;
	struct stake stakes[STAKES_MAX];
	size_t stakes_n;
	uint32_t allocation_delay; /* blocks */
	const char *state; /* a path; without one: @path.state */
	uint64_t seed;
	struct behaviour behaviour;
	unsigned prepare;	   /* 1u << enum lifecycle_step */
};

/**
 * config_load - read and check a file.
 * @path: borrowed by @ret, must outlive it.
 * Errors: ERR_OS cannot be read; ERR_PARSE no JSON; ERR_SCHEMA, ERR_RANGE
 * with "FILE: member.path: …".
 */
MUST_USE bool config_load(struct config *ret, const char *path, struct err *e);
void config_done(struct config *c); /* also of a zeroed one */

/**
 * config_behaviour - what the file says of `behaviour` by now.
 * Errors: as config_load.
 */
MUST_USE bool config_behaviour(struct behaviour *ret, const struct config *c,
			       struct err *e);

/**
 * config_password - from the variable or file that the configuration names.
 * @ret: owned by the caller, to be wiped; a file's last line end is no part.
 * Errors: ERR_SCHEMA the variable is not set; ERR_OS.
 */
MUST_USE bool config_password(char **ret, const struct config *c,
			      struct err *e);

#endif
