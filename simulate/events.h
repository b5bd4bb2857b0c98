/*
 * events - what was measured into a trust domain, and replaying it.
 *
 * Layer: simulate. A log's entries, extended in order, give RTMR0 to RTMR3.
 * Boot entries are firmware, kernel and command line (RTMR0 to 2); runtime
 * entries are dstack's, in RTMR3, whose digest follows from name and payload.
 * Source: Intel TDX Module spec (RTMR extend: SHA-384(old | digest)); dstack.
 */
#ifndef SIMULATE_EVENTS_H
#define SIMULATE_EVENTS_H

#include "base/err.h"
#include "codec/json.h"
#include "crypto/hash.h"

#define RTMR_N 4
#define EVENT_DSTACK_RUNTIME 0x08000001u
#define EVENT_MAX (32u << 10) /* bytes of a name and its payload */

struct tee_event {
	unsigned imr; /* 0 to 3: which RTMR */
	uint32_t type;
	struct hash48 digest;
	char *name;	  /* owned; "" for boot entries */
	uint8_t *payload; /* owned */
	size_t payload_len;
};

struct event_log {
	struct tee_event *ev; /* owned */
	size_t n, cap;
	char *said; /* owned: event_log_said(), until there is another event */
};

void event_log_done(struct event_log *l);

/** event_log_boot - a boot entry whose digest is SHA-384 of @measured. */
void event_log_boot(struct event_log *l, unsigned imr, uint32_t type,
		    const char *measured);

/** event_log_runtime - a runtime entry in RTMR3 with dstack's digest. */
void event_log_runtime(struct event_log *l, const char *name,
		       const void *payload, size_t len);

/** event_log_replay - the four registers after all entries. */
void event_log_replay(struct hash48 ret[RTMR_N], const struct event_log *l);

/**
 * event_log_json - the array that guest agents hand out, digests kept.
 * A new reference, owned by the caller.
 */
json_t *event_log_json(const struct event_log *l);
/** event_log_text - the same as text; the caller's. */
char *event_log_text(const struct event_log *l);
/** event_log_said - and that as JSON text; borrowed, until the log grows. */
const char *event_log_said(struct event_log *l);

/** event_log_size - bytes of all names and payloads. */
size_t event_log_size(const struct event_log *l);

#endif
