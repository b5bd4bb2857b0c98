/*
 * operator - one operator at work: its configuration, key and connections.
 *
 * Everything else here takes one of these. It speaks to its own RPC endpoint
 * and its own TEE, and to nothing else.
 */
#ifndef OPERATOR_OPERATOR_H
#define OPERATOR_OPERATOR_H

#include "crypto/ec.h"
#include "eth/bloom.h"
#include "io/jsonrpc.h"
#include "base/rng.h"
#include "operator/config.h"
#include "operator/events.h"
#include "operator/metrics.h"
#include "operator/pcs.h"
#include "operator/sent.h"
#include "operator/tee.h"

/* A block that is, or was, the newest. After a reorg there are two of a number,
 * so the hash is what tells them apart. */
struct head {
	uint64_t number, time;
	struct hash32 hash, parent;
	struct bloom bloom;
};

#define OPERATOR_CALL_MS 10000u /* what a question to the chain may take */

/* Heads that were announced and not taken yet, oldest first. */
struct heads {
	struct head *items;
	size_t n, cap;
	uint64_t count; /* announced so far */
};

/* The platform that our TEE runs on, as its last quote showed it. */
struct platform {
	bool known;
	struct hash32 pck, ca; /* its certificate, and whose signs that */
	bool processor;	 /* its CA is Intel's for processors */
	bool registered; /* the registry had it, by this CA, when last seen */
};

struct oper {
	const struct config *cfg;
	struct events *ev;
	struct loop *loop;
	struct http_client *http;
	struct rpc *rpc;
	struct tee tee;
	struct pcs pcs;
	struct platform platform;
	bool doubted; /* the chain refused a quote: is the collateral over? */
	struct seckey key;
	struct addr20 me;
	bool over_ipc;	    /* the connection; sticky, so that it stays so */
	bool no_sync;	    /* the node has no eth_sendRawTransactionSync */
	bool one_by_one;    /* it is closed on batches: no more of them */
	unsigned cut;	    /* connections that were lost on one, in a row */
	bool watches;	    /* each head from the first on, as `run` does */
	bool listened;	    /* asked to be told of heads, on this connection */
	bool subscribed;    /* to new heads; else they are asked for */
	struct heads heads;
	struct timer *poll; /* of the next question */
	struct hash32 polled; /* the last answer */
	void (*on_lost)(void *arg, const struct err *why);
	void *on_lost_arg;
	struct head head;   /* that is handled */
	bool removed;	    /* from its set by others; daemon.c sees to it */
	struct metrics metrics;
	struct behaviour behave; /* may change while it runs */
	struct sent sent;
	struct rng rng; /* for how long to wait before another try */
};

/* Asks ahead what its owner is going to ask. */
struct asker {
	void (*ask)(void *arg); /* between rpc_ahead() and rpc_ahead_end() */
	void *arg;
};

/**
 * operator_open_key - the key of the configured keystore.
 * Errors: as keyfile_open and config_password.
 */
MUST_USE bool operator_open_key(struct oper *op, struct err *e);

/**
 * operator_connect - to the configured RPC endpoint, the UNIX socket if there
 * is one that answers; subscribe to new heads there if it watches them. Checks
 * the chain's id.
 * @op: cfg, ev and loop are set, the rest is zero or from operator_open_key.
 * @first: what is wanted first; it goes out together with the id. Or NULL.
 * Errors: ERR_MISMATCH another chain; as rpc_open_ipc and rpc_call.
 */
MUST_USE bool operator_connect(struct oper *op, const struct asker *first,
			       struct err *e);

/**
 * operator_listen - be told of new heads from here on, if it has not asked for
 * that yet and the connection has it. *@ret: it is told since now.
 */
MUST_USE bool operator_listen(struct oper *op, bool *ret, struct err *e);

/**
 * operator_follow - hear of new heads from here on, by asking twice a second
 * where no subscription is to be had. @fn once when the connection is lost.
 */
void operator_follow(struct oper *op,
		     void (*fn)(void *arg, const struct err *why), void *arg);

/**
 * operator_back_off - rest before the try after the @tries-th, 1, 2, …: twice
 * as long each time, from the configured time on and up to a second, give or
 * take half of it. Serves the loop meanwhile.
 * Errors: ERR_OS we are to end.
 */
MUST_USE bool operator_back_off(struct oper *op, unsigned tries, struct err *e);

/** operator_crash_at - end at once, if the configuration says so of @p. */
void operator_crash_at(struct oper *op, enum crash_point p);

/** operator_done - closes what was opened, wipes the key. */
void operator_done(struct oper *op);

/** operator_disconnect - from the chain; what was announced is forgotten. */
void operator_disconnect(struct oper *op);

/** operator_take_head - the oldest head not taken yet; false: none. */
bool operator_take_head(struct oper *op, struct head *ret);

#endif
