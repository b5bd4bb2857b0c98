/*
 * control - the simulator's own interface: which faults are on, and what Intel
 * says.
 *
 * Layer: simulate. JSON over HTTP on a socket of its own:
 *   GET    /faults                  {instance: [fault, …], …}
 *   GET    /faults/INSTANCE         {"instance": …, "faults": [fault, …]}
 *   POST   /faults/INSTANCE         {"fault": name, parameter: n} is on now
 *   DELETE /faults/INSTANCE         all of them are off
 *   DELETE /faults/INSTANCE/FAULT   this one is off
 *   GET    /intel                   {"at", "issue", "bar", "revoked", "status"}
 *   POST   /intel                   a new issue, with these changes (intel.h)
 *   DELETE /intel                   nothing revoked, everything UpToDate
 *   GET    /collateral/INSTANCE     QuoteCollateralV3 of its quotes, now
 *   PUT    /world                   a whole config (config.h) in place of the
 *                                   present one: serve.c's
 * A fault stays on until it is taken off. Errors are {"error": text}, 404 for
 * an unknown instance or path, 405, and 400 for everything else.
 */
#ifndef SIMULATE_CONTROL_H
#define SIMULATE_CONTROL_H

#include "io/http_server.h"
#include "simulate/reply.h"
#include "simulate/world.h"

/* What a request changed, for the simulator's own journal. */
struct control_note {
	struct tee *faults_of; /* the instance whose faults were set, or NULL */
	bool intel;
};

/** control_answer - do what a request asks, and its answer. */
struct reply control_answer(struct world *w, const struct http_in *in,
			    struct control_note *ret_note);

#endif
