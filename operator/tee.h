/*
 * tee - quotes from the TEE host: a dstack guest agent, real or simulated.
 *
 * The quote is not judged here. Whoever relies on it verifies it, on chain;
 * an operator that looked first would hide what its TEE does.
 */
#ifndef OPERATOR_TEE_H
#define OPERATOR_TEE_H

#include "io/http_client.h"

#define QUOTE_MAX 65536u
#define REPORT_DATA_MAX 64u

struct tee {
	struct http_client *http;
	const char *endpoint; /* a socket's path or http://…; NULL: none */
	unsigned timeout_ms;
};

/**
 * tee_ask - ask for a fresh quote over @report_data (@len <= 64 bytes, which
 * the agent fills up with zeros), without waiting. An endpoint is configured.
 * @fn is called once, from the loop: with a quote that is its own (free()), or
 * with NULL and why none came. Errors: each names the endpoint. ERR_HTTP
 * refused, or [status] with what the agent says; ERR_TIMEOUT; ERR_LIMIT;
 * ERR_PARSE, ERR_SCHEMA for an answer that is none.
 * Returns a handle for tee_cancel, gone once @fn was called.
 */
struct tee_ask;
typedef void (*tee_done_fn)(void *arg, uint8_t *quote, size_t len,
			    const struct err *e);
struct tee_ask *tee_ask(const struct tee *t, const void *report_data,
			size_t len, tee_done_fn fn, void *arg);
void tee_cancel(struct tee_ask *a); /* NULL-safe; @fn is not called any more */

/** tee_missing - the error of an operator without a TEE. Returns false. */
bool tee_missing(struct err *e);

#endif
