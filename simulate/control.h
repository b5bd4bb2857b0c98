/*
 * control - the simulator's own interface: which faults are on.
 *
 * Layer: simulate. JSON over HTTP on a socket of its own:
 *   GET    /faults                  {instance: [fault, …], …}
 *   GET    /faults/INSTANCE         {"instance": …, "faults": [fault, …]}
 *   POST   /faults/INSTANCE         {"fault": name, parameter: n} is on now
 *   DELETE /faults/INSTANCE         all of them are off
 *   DELETE /faults/INSTANCE/FAULT   this one is off
 * A fault stays on until it is taken off. Errors are {"error": text}, 404 for
 * an unknown instance or path, 405, and 400 for everything else.
 */
#ifndef SIMULATE_CONTROL_H
#define SIMULATE_CONTROL_H

#include "io/http_server.h"
#include "simulate/reply.h"
#include "simulate/tee.h"

/**
 * control_answer - do what a request asks, and its answer.
 * @ret_changed: the instance whose faults were set, or NULL.
 */
struct reply control_answer(struct tee *const *tees, size_t n,
			    const struct http_in *in,
			    const struct tee **ret_changed);

#endif
