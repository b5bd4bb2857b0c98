/*
 * host - where one instance can be asked: its sockets, and what goes wrong
 * there.
 *
 * Layer: simulate, on io's loop and HTTP server. An instance listens on a UNIX
 * socket, on a port of 127.0.0.1, or on both. Faults of hosts (fault.h) are
 * here; those of quotes and collateral are the instance's own.
 */
#ifndef SIMULATE_HOST_H
#define SIMULATE_HOST_H

#include "simulate/agent.h"
#include "simulate/control.h"

struct host;

struct host_spec {
	struct world *world;
	size_t at;	    /* whose place in it */
	const char *socket; /* NULL: none */
	bool has_port;
	uint16_t port; /* 0: the system chooses */
	/* After each answer that is of interest; @take_event is freed there. */
	void (*on_event)(void *arg, json_t *take_event);
	void *arg;
};

/** host_new - listen. Errors: ERR_OS "in use" naming the address. */
MUST_USE bool host_new(struct host **ret, struct loop *l,
		       const struct host_spec *spec, struct err *e);
void host_free(struct host *h); /* NULL-safe */

/** host_port - where it listens, 0 if it has none. */
uint16_t host_port(const struct host *h);

/**
 * host_ask - the instance's answer, whatever is wrong with its host.
 * @ret_event: what to tell of it, or NULL; the caller's.
 */
struct reply host_ask(const struct host *h, const struct http_in *in,
		      json_t **ret_event);

/**
 * host_settle - do what the instance's faults say now: be there or not, be the
 * same instance or another. An error leaves it as it is.
 * Errors: ERR_OS, if its address is in use by now; ERR_CRYPTO.
 */
MUST_USE bool host_settle(struct host *h, struct err *e);

#endif
