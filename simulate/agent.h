/*
 * agent - the dstack guest agent of one instance: requests to answers.
 *
 * Layer: simulate. The methods of dstack 0.5.8 (digests kept in the event log,
 * as in 0.5.5) and of tappd, by GET or POST with JSON, at /<Method>,
 * /prpc/<Method> and /prpc/<Service>.<Method>. Protobuf is not spoken.
 * Source: dstack guest-agent, its SDKs.
 */
#ifndef SIMULATE_AGENT_H
#define SIMULATE_AGENT_H

#include "io/http_server.h"
#include "simulate/reply.h"
#include "simulate/world.h"

/* What a request came to, for the simulator's own journal. */
struct agent_note {
	bool quoted; /* a quote was given: the rest is set */
	uint8_t report_data[TEE_REPORT_DATA];
	size_t quote_len;
};

/**
 * agent_answer - the answer of @t's guest agent. Never fails: what is wrong
 * with a request is its answer, 400 with {"error": text}; 404 off the routes.
 */
struct reply agent_answer(const struct world *w, struct tee *t,
			  const struct http_in *in,
			  struct agent_note *ret_note);

#endif
