/*
 * config - what the daemon serves, from a JSON file.
 *
 *   {"seed": 7, "at": 1767225600,
 *    "control": "/run/x/control.sock", "rpc": "/run/x/rpc.sock",
 *    "image": "…", "app_compose": {…}, "tee": "tdx", …
 *    "instances": [{"name": "alice", "socket": "/run/x/alice.sock",
 *                   "port": 8090, "image": "…", "app_compose": {…},
 *                   "tee": "sgx", "version": 3, "td": "1.5",
 *                   "report": {"mrenclave": "…", "isv_svn": 2},
 *                   "platform": {"fmspc": "…"}}, …]}
 *
 * "at" and rpc (rpc.h) may be left out; of an instance everything but its name
 * and one of socket and port. From image on, what stands at the top is for all
 * instances that have none of their own. Unknown members are errors. Paths
 * count from the working directory; port 0: the system chooses one.
 */
#ifndef SIMULATE_CONFIG_H
#define SIMULATE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "codec/json.h"
#include "simulate/tee.h"

struct sim_instance {
	const char *name, *socket;     /* socket: NULL if it has a port only */
	const char *image, *compose;   /* NULL: the default of tee.h */
	const char *report, *platform; /* JSON objects, or NULL */
	const char *tee, *version, *td;
	enum tee_kind kind; /* from these three */
	bool has_port;
	uint16_t port;
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
 * config_find - the instance of this name. Errors: ERR_SCHEMA.
 */
MUST_USE bool config_find(const struct sim_instance **ret,
			  const struct sim_config *c, const char *name,
			  struct err *e);

/** config_spec - @in as tee_new() takes it. */
struct tee_spec config_spec(const struct sim_config *c,
			    const struct sim_instance *in);

/**
 * config_members - whether @j is an object of no other members than these.
 * @what: it is, for errors. Errors: ERR_SCHEMA with the nearest.
 */
MUST_USE bool config_members(const json_t *j, const char *const *names,
			     size_t n, const char *what, struct err *e);

#endif
