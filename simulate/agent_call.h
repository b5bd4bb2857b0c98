/*
 * agent_call - one call of a guest agent's method: its arguments, its answer.
 *
 * Layer: simulate, for agent*.c.
 */
#ifndef SIMULATE_AGENT_CALL_H
#define SIMULATE_AGENT_CALL_H

#include "simulate/agent.h"

struct call {
	const struct world *world;
	struct tee *tee;
	const json_t *args; /* an object, or NULL when none were sent */
	struct agent_note *note;
};

typedef struct reply (*agent_method_fn)(struct call *c);

struct agent_method {
	const char *name;
	bool has_args; /* else a body is not even looked at */
	agent_method_fn fn;
};

/* By topic; a NULL name ends each. */
extern const struct agent_method AGENT_QUOTES[], AGENT_KEYS[], AGENT_TLS[];

/*
 * Arguments: what is not there is its type's zero, null is an error, and
 * `bytes` are hex of either case, with 0x or without. Errors: ERR_SCHEMA,
 * ERR_PARSE, ERR_RANGE, naming the argument.
 */
/** arg_text - borrowed; "" if it is not there. */
MUST_USE bool arg_text(const char **ret, const struct call *c, const char *name,
		       struct err *e);
/** arg_bytes - at most @max; the caller frees *ret, which is never NULL. */
MUST_USE bool arg_bytes(uint8_t **ret, size_t *ret_len, const struct call *c,
			const char *name, size_t max, struct err *e);
MUST_USE bool arg_bool(bool *ret, const struct call *c, const char *name,
		       struct err *e);
/** arg_u64 - untouched if it is not there. */
MUST_USE bool arg_u64(uint64_t *ret, const struct call *c, const char *name,
		      struct err *e);

/** put, put_text, PUT_HEX - a member of an answer. */
void put(json_t *j, const char *name, json_t *take_v);
void put_text(json_t *j, const char *name, const char *text);
#define PUT_HEX(j, name, bytes) put(j, name, json_hex((bytes), sizeof(bytes)))

/**
 * app_cert_add - append the app's own certificate and its CA, in PEM, as of now.
 * Errors: as tls_make.
 */
MUST_USE bool app_cert_add(struct buf *ret, const struct call *c,
			   struct err *e);

/** bad - 400 with what is wrong, as the agent says it. */
struct reply bad(const struct err *e);

#endif
