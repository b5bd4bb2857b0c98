/*
 * operator - an operator's processes as the harness sees them: its daemon, the
 * commands run in its name, its gateway, and what it says of itself. Any other
 * program beside the chain, a keeper or an indexer, is treated the same way.
 *
 * Layer: devnet. Knows the contract of docs/operator.md, and nothing of what
 * an operator does.
 */
#ifndef DEVNET_OPERATOR_H
#define DEVNET_OPERATOR_H

#include "crypto/ec.h"
#include "devnet/gateway_fault.h"
#include "devnet/live.h"
#include "eth/chain.h"

struct operator;

struct operator_spec {
	const char *name;
	bool other;   /* it is no operator; messages say so */
	bool unheard; /* it says neither `ready` nor `handled`: it is ready when
		       * it is started, and rests while nothing is under way */
	const char *key;       /* a name, whose devnet key it has; or NULL */
	struct addr20 address; /* of that */
	const char *program;  /* build/bin/avs-operator, or any executable */
	const char *dir;      /* its own folder: keystore, config, log, socket */
	const char *log_path; /* what its processes write; NULL: in @dir */
	const char *upstream; /* anvil's UNIX socket */
	const json_t *config; /* members of the config besides those that this
			       * module fills: name, rpc, keystore, tee */
	const char *contracts; /* one more, as JSON text, unless it is in
				* @config; or NULL */
	const char *tee_socket; /* NULL: no TEE */
	const char *aggregator; /* its URL, or NULL */
	const struct live_events *events; /* must outlive the operator */
};

/**
 * operator_new - write keystore (password and key are devnet's, derived from
 * a name) and config, open the gateway. No process runs yet. @spec copied.
 */
MUST_USE bool operator_new(struct operator **ret, struct loop *l,
			   const struct operator_spec *spec, struct err *e);
void operator_free(struct operator *o); /* NULL-safe; kills what runs */
DEFINE_CLEANUP(struct operator, operator_free)

const char *operator_name(const struct operator *o);
const char *operator_program(const struct operator *o); /* its path */
struct gateway *operator_gateway(const struct operator *o);
const char *operator_config_path(const struct operator *o);
const char *operator_dir(const struct operator *o);
/** operator_log - what its processes wrote since operator_new(), appended to
 * @out, whose cap is what is read of it. */
MUST_USE bool operator_log(const struct operator *o, struct buf *out,
			   struct err *e);
/**
 * operator_configure - set members of the config file's `behaviour`; a null
 * takes one away. A running daemon is told by SIGHUP, and waited for until it
 * says that it is `configured`.
 * Errors: ERR_SCHEMA what it says against the settings, or it is paused;
 * ERR_CHILD it ended; ERR_TIMEOUT.
 */
MUST_USE bool operator_configure(struct operator *o, const json_t *behaviour,
				 struct err *e);
/** operator_env - "K=V" of what its processes get. Borrowed, NULL-ended. */
const char *const *operator_env(const struct operator *o);

/**
 * operator_url - where its daemon says it serves "node" (the AVS Node API),
 * "metrics" (Prometheus) or, being no operator, what it likes ("url"):
 * "http://127.0.0.1:PORT[/metrics]". Borrowed; NULL: no daemon runs, or it
 * serves none.
 */
const char *operator_url(struct operator *o, const char *what);

/**
 * operator_launch - start the daemon; operator_await - wait until it says it
 * is ready. Several are launched first, then awaited.
 * Errors: ERR_OS no such program; ERR_CHILD with its last lines when it ends
 * before; ERR_TIMEOUT.
 */
MUST_USE bool operator_launch(struct operator *o, struct err *e);
MUST_USE bool operator_await(struct operator *o, struct err *e);
/** operator_stop - SIGTERM. Errors: ERR_CHILD if it had to be killed or did
 * not exit with 0; ERR_SCHEMA if it does not run. */
MUST_USE bool operator_stop(struct operator *o, struct err *e);
MUST_USE bool operator_kill(struct operator *o, struct err *e);
MUST_USE bool operator_pause(struct operator *o, struct err *e);
MUST_USE bool operator_resume(struct operator *o, struct err *e);
bool operator_running(const struct operator *o); /* and not paused */
bool operator_paused(const struct operator *o);

/**
 * operator_died - whether the daemon ended untold.
 * @ret_text: why and its last lines; borrowed.
 */
bool operator_died(const struct operator *o, const char **ret_text);
/** operator_bury - as if it had been stopped: it did not die. */
void operator_bury(struct operator *o);

/* The head that operators are to have handled. */
struct awaited {
	struct block head;
	uint64_t old; /* how high a branch was that a reorg took away; or 0 */
	bool silent;  /* a reorg's last common block: nobody was told of it */
};

/**
 * operator_settled - nothing will happen before the chain moves or a held
 * transaction is released: the daemon has handled the head and none of its
 * requests is on the way, or it waits for a release; the command likewise.
 * Which head is told by its hash, if the daemon says one; a number alone would
 * hold for the branch that a reorg took away as well.
 */
bool operator_settled(const struct operator *o, const struct awaited *x);
/** operator_awaited - "alice: handled block 230 of 231, 17 requests …". */
void operator_awaited(const struct operator *o, const struct awaited *x,
		      struct buf *out);

/**
 * operator_command - start `avs-operator WORDS… --config FILE`; @words is
 * NULL-terminated. One at a time. operator_command_done - whether it ended;
 * then operator_command_result gives its exit status and its output (borrowed
 * until the next command). operator_command_end - kill what runs of it.
 */
MUST_USE bool operator_command(struct operator *o, const char *const *words,
			       struct err *e);
bool operator_command_done(const struct operator *o);
void operator_command_end(struct operator *o);
int operator_command_result(const struct operator *o, const char **ret_out);

/** operator_last_tx - the newest transaction mined through its gateway since
 * the last operator_command; false: none. */
bool operator_last_tx(const struct operator *o, struct hash32 *ret);
/** operator_reverted - the last revert since then, or NULL. Borrowed. */
const struct gateway_revert *operator_reverted(const struct operator *o);

#endif
