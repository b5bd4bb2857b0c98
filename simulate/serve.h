/*
 * serve - the simulator as a daemon: guest agents and control, on sockets.
 *
 * Layer: simulate, on io's loop and HTTP server. One process, one thread, any
 * number of instances. What happens is told as JSON lines on stdout:
 *   {"event":"ready","seed":…,"instances":…,"control":…,
 *    "ports":{instance: port, …}}
 *   {"event":"quote","instance":…,"report_data":…,"bytes":…,"faults":[…]}
 *   {"event":"faults","instance":…,"faults":[…]}
 *   {"event":"intel",…}: as of GET /intel
 *   {"event":"dropped","lines":…}: so many, since nobody was reading
 *   {"event":"stopped","why":…}
 */
#ifndef SIMULATE_SERVE_H
#define SIMULATE_SERVE_H

#include "base/err.h"

/**
 * serve - run until SIGTERM or SIGINT, until nobody reads stdout, or until
 * stdin ends if it is a pipe, a socket or a terminal: whoever started us is
 * gone then. Removes its sockets.
 * Errors: the configuration's; ERR_OS for sockets in use.
 */
MUST_USE bool serve(const char *config_path, struct err *e);

#endif
