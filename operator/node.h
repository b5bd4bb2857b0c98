/*
 * node - the operator as others see it over HTTP: EigenLayer's AVS Node API
 * v0.0.1 under /eigen, Prometheus metrics at /metrics.
 *
 * Nothing is known by waiting: who asks for health has the chain and the TEE
 * asked at that moment, who asks for metrics has the stake read. On loopback.
 */
#ifndef OPERATOR_NODE_H
#define OPERATOR_NODE_H

#include "operator/operator.h"

struct node;

/**
 * node_new - listen on a port of 127.0.0.1 that the system chooses.
 * @on_asked: called when questions of ours over the operator's connection to
 *            the chain have had their answers.
 * Errors: as http_server_new.
 */
MUST_USE bool node_new(struct node **ret, struct oper *op,
		       void (*on_asked)(void *arg), void *arg, struct err *e);
/** node_free - NULL-safe; op->rpc is closed before. */
void node_free(struct node *n);
/**
 * node_disconnected - the operator's connection to the chain was freed, and with
 * it whatever it had been asked: who waits for that is told that it is down.
 */
void node_disconnected(struct node *n);
uint16_t node_port(const struct node *n);

/** node_health - of a whole, from its parts: 200, 206 (some are not up) or 503
 * (the chain is out of reach). */
int node_health(const enum service_status services[SERVICE__COUNT]);

#endif
