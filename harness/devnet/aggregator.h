/*
 * aggregator - takes the heartbeats of an AVS's operators: JSON-RPC over HTTP,
 * one method, avs_heartbeat (eth/heartbeat.h).
 *
 * Layer: devnet. A heartbeat is judged by the chain as it is then: its block,
 * the operator's membership, and its quote, by the AVS's own checkLiveness().
 * What is kept is the last one that each operator had taken.
 */
#ifndef DEVNET_AGGREGATOR_H
#define DEVNET_AGGREGATOR_H

#include "devnet/live.h"
#include "eth/book.h"
#include "io/loop.h"

struct aggregator;

struct aggregator_spec {
	const char *ipc;	 /* the chain's socket */
	const struct book *book; /* must outlive the aggregator */
	const char *avs;	 /* the AVS's contract there */
	uint64_t chain_id;
	uint64_t max_age; /* in blocks, of the block that is named */
	/* Each one that came: a record of the journal, without its step. */
	void (*on_heartbeat)(void *arg, const char *actor,
			     const json_t *record);
	void *arg;
};

/**
 * aggregator_new - serve on a port of the system's choice. @spec is copied.
 * Errors: ERR_SCHEMA if the AVS's contract cannot judge a quote; ERR_OS.
 */
MUST_USE bool aggregator_new(struct aggregator **ret, struct loop *l,
			     const struct aggregator_spec *spec,
			     struct err *e);
void aggregator_free(struct aggregator *a); /* NULL-safe; not in callbacks */
DEFINE_CLEANUP(struct aggregator, aggregator_free)

/** aggregator_url - "http://127.0.0.1:PORT"; borrowed. */
const char *aggregator_url(const struct aggregator *a);

/** aggregator_away - from now on it answers 503 to everybody, or no more. */
void aggregator_away(struct aggregator *a, bool away);

/** aggregator_of - what it knows of an operator by its name; all zero of one
 * that never sent it anything. */
struct live_heartbeats aggregator_of(const struct aggregator *a,
				     const char *name);

#endif
