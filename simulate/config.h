/*
 * config - what the daemon serves, from a JSON file.
 *
 *   {"seed": 7, "at": 1767225600,
 *    "control": "/run/x/control.sock", "rpc": "/run/x/rpc.sock",
 *    "image": "…", "app_compose": {…},
 *    "instances": [{"name": "alice", "socket": "/run/x/alice.sock",
 *                   "image": "…", "app_compose": {…}}, …]}
 *
 * "at", image, app_compose and rpc (rpc.h) may be left out; an instance's own
 * go before those of all. Unknown members are errors. Paths count from the
 * working directory.
 */
#ifndef SIMULATE_CONFIG_H
#define SIMULATE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "codec/json.h"

struct sim_instance {
	const char *name, *socket;
	const char *image, *compose; /* NULL: the default of tee.h */
};

struct sim_config {
	uint64_t seed;
	int64_t at; /* of the first collateral; else INTEL_AT */
	const char *control;
	const char *rpc; /* NULL: none */
	struct sim_instance *inst;
	size_t n;
};

/**
 * config_read - everything in it lives in @a.
 * Errors: ERR_OS, ERR_PARSE; ERR_SCHEMA naming file and member.
 */
MUST_USE bool config_read(struct sim_config *ret, struct arena *a,
			  const char *path, struct err *e);

/** config_parse - the same from a JSON value. */
MUST_USE bool config_parse(struct sim_config *ret, struct arena *a,
			   const json_t *j, struct err *e);

/**
 * config_members - whether @j is an object of no other members than these.
 * @what: it is, for errors. Errors: ERR_SCHEMA with the nearest.
 */
MUST_USE bool config_members(const json_t *j, const char *const *names,
			     size_t n, const char *what, struct err *e);

#endif
