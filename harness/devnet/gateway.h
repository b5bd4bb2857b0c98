/*
 * gateway - one operator's own way to the chain.
 *
 * Layer: devnet. An operator, and the command-line calls made in its name,
 * reach anvil only through here: a UNIX socket that speaks as anvil's does,
 * and an HTTP endpoint. Every client connection has an upstream connection of
 * its own, so ids and subscriptions never mix; every HTTP request counts as a
 * connection of its own. Answers and notifications are passed on as they are.
 *
 * Raw transactions are held until gateway_release(): the owner decides the
 * order in which those of several operators reach the chain, so that live
 * processes give the same chain every time. They are sent upstream as
 * eth_sendRawTransactionSync, so a client that has its answer can rely on the
 * receipt being there. Those of one JSON-RPC batch are meant for one block: the
 * owner releases them together.
 *
 * A request is in one of three states: held, forwarded, answered. What a fault
 * does (gateway_fault.h) happens where it is admitted and where its answer is
 * delivered, nowhere else.
 */
#ifndef DEVNET_GATEWAY_H
#define DEVNET_GATEWAY_H

#include <sys/types.h>

#include "codec/json.h"
#include "crypto/hash.h"
#include "io/loop.h"

struct gateway;

/* What sent a request. */
enum gateway_source {
	GATEWAY_DAEMON,	 /* the process named by gateway_daemon() */
	GATEWAY_COMMAND, /* any other process on the UNIX socket */
	GATEWAY_HTTP,	 /* whoever used the HTTP endpoint */
	GATEWAY__COUNT
};

/* One request of a client. Everything is borrowed for the call. */
struct gateway_call {
	uint64_t number; /* 1, 2, … in order of arrival at this gateway */
	enum gateway_source source;
	const char *method;
	/* As sent. NULL if there were none; and with an answer, of what is no
	 * transaction, unless keep_params. */
	const json_t *params;
};

/* All may be NULL; @actor is the gateway's. They may release, not free. */
struct gateway_events {
	void (*on_request)(void *arg, const char *actor,
			   const struct gateway_call *c);
	/*
	 * One of @result and @error is NULL; @error is a JSON-RPC error object.
	 * Of what the daemon asked in a batch and is no transaction both may be,
	 * unless keep_params: nobody has looked at it.
	 * A transaction's @result is its receipt, also where the client gets
	 * the hash. Clients that leave early get an error here too.
	 */
	void (*on_answer)(void *arg, const char *actor,
			  const struct gateway_call *c, const json_t *result,
			  const json_t *error);
	/* A client sent what is no JSON-RPC; its connection is closed. */
	void (*on_bad_client)(void *arg, const char *actor,
			      const struct err *why);
	/* The chain closed a connection unasked. Once; clients are closed. */
	void (*on_lost)(void *arg, const char *actor, const struct err *why);
	void *arg;
	bool keep_params; /* while a request is on the way; and read all answers */
};

struct gateway_spec {
	const char *actor;    /* "alice" */
	const char *upstream; /* anvil's UNIX socket */
	const char *ipc_path; /* the socket to create, mode 0600 */
	struct gateway_events events;
};

/**
 * gateway_new - open both endpoints. Everything in @spec is copied.
 * The chain is connected to for each client: on_lost tells of one that is not
 * there. Errors: ERR_OS naming the socket that is in use.
 */
MUST_USE bool gateway_new(struct gateway **ret, struct loop *l,
			  const struct gateway_spec *spec, struct err *e);
void gateway_free(struct gateway *g); /* NULL-safe; closes clients, unlinks */
DEFINE_CLEANUP(struct gateway, gateway_free)

const char *gateway_ipc(const struct gateway *g); /* borrowed path */
const char *gateway_url(const struct gateway *g); /* "http://127.0.0.1:N" */

/**
 * gateway_daemon - the operator's process from here on, as process group; its
 * connections are told from others by their peer. Counts anew from 0. Call it
 * right after child_spawn(), before the loop runs again.
 */
void gateway_daemon(struct gateway *g, pid_t group);

/**
 * gateway_daemon_requests - how many requests the daemon's present connection
 * brought so far, subscriptions and members of batches included. Equal to what
 * the daemon says it has sent: nothing of its is on the way here.
 */
uint64_t gateway_daemon_requests(const struct gateway *g);

/** gateway_in_flight - requests not answered yet, held ones not counted. */
size_t gateway_in_flight(const struct gateway *g);

/* A transaction that waits for its release. */
struct gateway_held {
	uint64_t number; /* of its gateway_call */
	uint64_t batch;	 /* the same for those of one JSON-RPC batch; 0: alone */
	enum gateway_source source;
	bool decoded; /* else only number, batch and source are set */
	bool create;  /* no recipient */
	struct addr20 to;
	uint64_t nonce, gas; /* @gas: its limit */
};
/** gateway_held_n, gateway_held_at - in order of arrival; @i < the number. */
size_t gateway_held_n(const struct gateway *g);
struct gateway_held gateway_held_at(const struct gateway *g, size_t i);
/** gateway_held_from - who signed it, which takes longer than all the rest.
 * False: it is not decoded, or nobody's signature. */
MUST_USE bool gateway_held_from(const struct gateway *g, size_t i,
				struct addr20 *ret);

/**
 * gateway_release - send a held transaction upstream; it is in flight until
 * its receipt comes. @number: of one that is held. A held transaction whose
 * client leaves first is never sent.
 */
void gateway_release(struct gateway *g, uint64_t number);

/**
 * gateway_keep_receipt - of a transaction that is mined from here on, the last
 * one's, until it is taken: a hundred that nobody takes are half a megabyte.
 * gateway_take_receipt - as it came, new reference; NULL: none did. None is kept
 * any more.
 */
void gateway_keep_receipt(struct gateway *g);
json_t *gateway_take_receipt(struct gateway *g);

/*
 * The last revert that a client of this gateway met, the daemon aside: an error
 * answer with revert data, or a receipt with status 0.
 */
struct gateway_revert {
	uint64_t number; /* of its gateway_call: compare with an earlier mark */
	const char *method;
	bool mined; /* a receipt: tx is set, data is not */
	struct hash32 tx;
	const uint8_t *data; /* as returned; may be empty */
	size_t data_len;
};
/** gateway_last_revert - NULL if there was none. Borrowed until the next. */
const struct gateway_revert *gateway_last_revert(const struct gateway *g);

/** gateway_calls - the number of the last request that arrived; 0: none. */
uint64_t gateway_calls(const struct gateway *g);

#endif
