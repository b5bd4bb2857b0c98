/*
 * metrics - what is counted of an operator, as Prometheus reads it.
 *
 * The names that begin with eigen_ are those of EigenLayer's specification for
 * AVS nodes, with its labels, and no others; ours begin with avs_operator_.
 */
#ifndef OPERATOR_METRICS_H
#define OPERATOR_METRICS_H

#include "base/buf.h"
#include "operator/config.h"

#define METRICS_BUCKETS 13

struct histogram {
	uint64_t counts[METRICS_BUCKETS + 1]; /* the last: more than any */
	uint64_t n, sum_ns;
};
void histogram_add(struct histogram *h, uint64_t ns);

/* The parts that a node tells the health of. */
enum service { SERVICE_RPC, SERVICE_TEE, SERVICE_DUTIES, SERVICE__COUNT };
enum service_status { SERVICE_INITIALIZING, SERVICE_UP, SERVICE_DOWN };

struct metrics {
	struct method *methods; /* of JSON-RPC, in order of first use */
	size_t methods_n, methods_cap;
	struct sending *sendings; /* transactions by purpose, likewise */
	size_t sendings_n, sendings_cap;
	uint64_t challenges, answered, expired; /* since the start */
	size_t open;			       /* challenges, now */
	struct histogram answers; /* from a challenge seen to its answer mined */
	uint64_t head, reconnects;
	uint64_t attested_until; /* a time; 0: not attested */
	uint64_t collateral_until; /* likewise, when it was last looked at */
	uint64_t collateral_updates, collateral_failures;
	uint64_t heartbeats, heartbeat_failures; /* taken; that were not */
	uint64_t heartbeat_at; /* a time; 0: none was taken */
	bool silent; /* a heartbeat is owed, and could not be given */
	bool overdue; /* what should have been renewed could not be */
	enum service_status services[SERVICE__COUNT];
	char *client; /* the node's own name for itself, or NULL */

	/* What the chain says, each of a stake of the configuration. */
	struct u256 shares[STAKES_MAX], earned[STAKES_MAX];
	struct u256 magnitude[STAKES_MAX]; /* its maximum; 1e18: never slashed */
};

void metrics_init(struct metrics *m);
void metrics_done(struct metrics *m);

/** metrics_rpc - a JSON-RPC call has ended; as rpc_observe() has it. */
void metrics_rpc(void *metrics, const char *method, uint64_t ns);
/** metrics_tx - a transaction was mined. */
void metrics_tx(struct metrics *m, const char *what, bool ok);

/** metrics_print - all of them, in the text format 0.0.4. */
void metrics_print(struct buf *out, const struct metrics *m,
		   const struct config *cfg);

#endif
