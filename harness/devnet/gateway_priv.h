/*
 * gateway_priv - what gateway.c (endpoints, clients), gateway_call.c (requests),
 * gateway_answer.c (what the chain says) and gateway_fault.c (what is done wrong)
 * share.
 *
 * Layer: devnet.
 */
#ifndef DEVNET_GATEWAY_PRIV_H
#define DEVNET_GATEWAY_PRIV_H

#include "devnet/gateway.h"
#include "devnet/gateway_fault.h"
#include "io/http_server.h"
#include "io/stream.h"

struct client {
	struct gateway *g;
	struct client *next;
	struct stream *down;	 /* a client of the socket, */
	struct http_exchange *x; /* or one HTTP request */
	struct stream *up;
	pid_t group; /* the process group at the other end; 0: unknown */
	/* New heads come for it; and did so when the chain last rested. */
	bool follows, due;
	uint64_t heard; /* the last one of this branch that came for it; or 0 */
};

/* Members of one JSON array, whose answers go back as one array. */
struct batch {
	char **answers; /* in order of the requests; owned */
	size_t n, left;
	uint64_t number; /* of its first request */
	bool refused;	 /* one of its transactions was, and so are the rest */
};

enum call_state {
	CALL_HELD,
	CALL_FORWARDED,
	CALL_LATE, /* answered, which the client is to hear later */
};

struct call {
	struct client *client;
	/* Of the gateway's, in order of arrival. */
	struct call *next, *prev;
	json_t *msg;	   /* what the rest borrows from */
	const json_t *id;  /* NULL: a notification, never answered */
	const char *method;
	const json_t *params;
	uint64_t number;
	enum gateway_source source;
	enum call_state state;
	bool is_send, wants_hash; /* a transaction; not the ...Sync form */
	bool subscribes; /* the daemon, to new heads */
	uint8_t *raw; /* it, instead of its text in params, while it is held */
	size_t raw_len;
	struct gateway_held held; /* what it says, if is_send */
	struct batch *batch;
	size_t batch_at;
	char *early; /* its answer, which came before an earlier one's */
};

struct gateway {
	struct loop *loop;
	char *actor, *upstream, *ipc_path, *url;
	struct gateway_events ev;
	struct listener *listener;
	struct http_server *http;
	struct client *clients;
	struct call *calls, *calls_end; /* the first and the last of them */
	pid_t daemon;
	uint64_t daemon_requests, calls_n;
	bool lost;
	struct gateway_fault fault;
	bool hushed;
	struct late *late;   /* oldest first */
	uint64_t head, told; /* of the chain; the last one the daemon heard */
	bool cut;	     /* the daemon, by a fault */
	uint64_t rested; /* the head when the chain last rested */
	bool keeps_receipt;
	json_t *receipt; /* not taken yet; or NULL */
	bool reverted;
	struct gateway_revert revert; /* owns method and data */
	char *revert_method;
	uint8_t *revert_data;
};

/* --- gateway.c --- */

/**
 * client_send - @text to the client; an HTTP request has its answer then (an
 * empty one if @len is 0), and @c is gone.
 */
void client_send(struct client *c, const char *text, size_t len);
/** client_bad - tell the owner, and the client by a JSON-RPC error; ends it. */
void client_bad(struct client *c, const struct err *why);
/** client_lost - the chain left: tell the owner once, end every client. */
void client_lost(struct client *c, const struct err *why);

/** gateway_close_clients - all of them, as a chain that is out of reach. */
void gateway_close_clients(struct gateway *g);

/* --- gateway_call.c --- */

/** calls_admit - one text that a client sent. @c may be gone afterwards. */
void calls_admit(struct client *c, const char *text, size_t len);
/** calls_drop - those of @c; @why is what the journal hears of them. */
void calls_drop(struct client *c, const char *why);
/** call_tell - the owner, what it was answered. */
void call_tell(struct call *k, const json_t *result, const json_t *error);
/** call_free - it is no longer one of the gateway's. */
void call_free(struct call *k);
/**
 * client_answer - @text answers one that came alone, or in @b's place @at. @c
 * may be gone afterwards.
 */
void client_answer(struct client *c, struct batch *b, size_t at,
		   const char *text, size_t len);

/* --- gateway_answer.c --- */

/** call_delivered - @msg, which is @text, answers it: its end. The client may be
 * gone afterwards. @msg: NULL: nobody looks at it. */
void call_delivered(struct call *k, json_t *msg, const char *text, size_t len);
/** calls_deliver - one text from upstream. @c may be gone afterwards. */
void calls_deliver(struct client *c, const char *text, size_t len);
/** calls_arrived - calls_deliver of what was late. */
void calls_arrived(struct client *c, const char *text, size_t len);

/* --- gateway_fault.c --- */

/** fault_refuses - whether a request is answered by the fault's error. */
bool fault_refuses(struct gateway *g, const char *method);
/** fault_delays - whether an answer, or a new head, is late. */
bool fault_delays(const struct gateway *g, bool answer);
/** late_keep - until the fault's blocks have passed. late_drop - all of @c. */
void late_keep(struct client *c, const char *text, size_t len);
void late_drop(struct client *c);
/** fault_turns_back - make of a request one as of some blocks ago. */
bool fault_turns_back(const struct gateway *g, json_t *msg);
/** fault_stale_result - what a stale node says instead, a new reference; NULL:
 * the same. */
json_t *fault_stale_result(const struct gateway *g, const char *method,
			   const json_t *result);

#endif
