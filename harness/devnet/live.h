/*
 * live - a world that runs: chain, contracts, TEE simulator, operators.
 *
 * Layer: devnet. What a scenario's world says is given here as plain values
 * (struct live_spec, made by whoever parsed it); what comes out can be driven.
 * One live world serves many scenarios: live_begin() puts the chain back to
 * the state in which the operators it names are ready, and starts fresh
 * processes for them. The first time this is deployed and done for real, by
 * the operators themselves; afterwards it is a revert.
 *
 * Time passes by live_advance() and by transactions only.
 */
#ifndef DEVNET_LIVE_H
#define DEVNET_LIVE_H

#include "codec/json.h"
#include "devnet/gateway.h"
#include "devnet/plain.h"
#include "eth/book.h"
#include "eth/node.h"
#include "eth/rewards.h"
#include "io/child.h"
#include "io/http_client.h"

struct live;

/* A moment of the chain, to go back to. */
struct live_point {
	struct u256 snapshot; /* another one each time */
	struct block head;
	uint64_t state; /* live_state() */
};

/* A contract's name in the world and its artifact; or a variable's value. */
struct live_pair {
	const char *name, *value;
};

/* The aggregator of an AVS's operators. */
struct live_aggregator {
	const char *avs;   /* its contract: "serviceManager" */
	uint64_t interval; /* seconds between two heartbeats of an operator */
	uint64_t max_age;  /* blocks */
};

/* What stands for the whole of a world. Everything is borrowed. */
struct live_spec {
	const char *root;    /* the checkout: where build/ and contracts/ are */
	const char *release; /* "1.8.1" */
	const char *profile; /* "fast", "mainnet" */
	const char *script;  /* "contracts/script/DeployPhala.s.sol", or NULL */
	const struct live_pair *contracts; /* slaOracle: PhalaSlaOracle */
	size_t contracts_n;
	const struct live_pair *with; /* the script's environment */
	size_t with_n;
	/* Tokens are contracts; each has EigenLayer's strategy for it. */
	const char *const *tokens;
	size_t tokens_n;
	/* Tokens that no script deploys, and AVSs that are accounts; these are
	 * among the roles too. */
	const struct plain_token *plain;
	size_t plain_n;
	const struct plain_avs *accounts;
	size_t accounts_n;
	const char *const *roles; /* accounts with a balance and a devnet key */
	size_t roles_n;
	const char *log_dir; /* what each process wrote is kept here; or NULL */
	const char *operator; /* whose program is played; NULL: ours */
	/* live_begin() goes on from what live_keep() left, if there is such. */
	bool keeps;
	bool open; /* others may send to its chain at any time */
	/* Who takes heartbeats of the operators; NULL: nobody does. */
	const struct live_aggregator *aggregator;
	/* A contract one byte of whose code is changed before each boot, which
	 * must therefore fail; or NULL. */
	const char *tamper;
	/* Whose anvils and simulator it uses; NULL: it has its own. */
	struct live_chains *chains;
};

/**
 * live_chains - running anvils, each of which serves all worlds that go on from
 * the state it was booted with, one after the other; and a TEE simulator, which
 * serves all of them likewise. EigenLayer's saved state,
 * the contracts' sources and their interfaces are what they were when the first
 * of them wanted them.
 * live_chains_free - NULL-safe; the worlds on them have ended before.
 */
struct live_chains *live_chains_new(void);
void live_chains_free(struct live_chains *c);

struct live_stake {
	const char *token;
	struct u256 amount;
	uint64_t magnitude; /* to allocate to the set; of 1e18 */
};

/* How far an operator is when the first step comes. Each includes the last. */
enum live_ready {
	LIVE_FUNDED,	 /* it has a key, ETH and its stake in tokens */
	LIVE_REGISTERED, /* with EigenLayer; the allocation delay is in effect */
	LIVE_STAKED,	 /* deposited and allocated */
	LIVE_JOINED,	 /* attested, and a member of the operator set */
	LIVE__COUNT
};

/* Whose program runs beside the chain. */
struct live_operator {
	const char *name;
	const char *program; /* NULL: that of the world */
	/* It is no operator, but a keeper, an indexer: it is not prepared, and
	 * has an account only if it has the key of one. Of the rest these, and
	 * `process`, hold for it. */
	bool other;
	const char *key;      /* a role's name, or NULL */
	const char *settings; /* JSON text: `config` of its config file, or NULL */
	bool unheard;	      /* operator.h */
	const char *tee;     /* a platform's name, or NULL: none */
	/* JSON text of that platform's settings, tee.h; or NULL. */
	const char *platform;
	const struct live_stake *stake;
	size_t stake_n;
	const char *avs; /* the AVS's contract: "serviceManager"; or an account */
	bool by_hand;	 /* our program does not know it: the harness prepares it */
	uint32_t set;
	uint32_t allocation_delay;
	enum live_ready ready;
	bool process;	      /* a daemon from the first step on */
	const json_t *config; /* more members of its config file, or NULL */
	/* JSON text of the config's `behaviour` from the first step on, not
	 * while it gets ready; or NULL. */
	const char *behaviour;
	const char *prepare; /* likewise: a list; NULL: it does nothing */
};

/* What processes do meanwhile. All may be NULL. Called inside the loop. */
struct live_events {
	/* A line of an operator or of "tee"; @event if it is a JSON event. */
	void (*on_line)(void *arg, const char *actor, enum child_stream s,
			const char *line, const json_t *event);
	/* @told: we ended it. */
	void (*on_exit)(void *arg, const char *actor, int status, bool told);
	/* The aggregator had a heartbeat of @actor's; a record of the journal. */
	void (*on_heartbeat)(void *arg, const char *actor,
			     const json_t *record);
	struct gateway_events gateway; /* its arg is used, not ours */
	void *arg;
};

/**
 * live_new - find the state with EigenLayer and the AVS's contracts (it is built
 * and deployed if no cache has it), bind all names. The chain runs from the
 * first live_begin() on; nothing may be asked of it before.
 * @ev: copied; what it points to must outlive the world.
 * Errors: whatever failed, with its next action.
 */
MUST_USE bool live_new(struct live **ret, struct loop *l,
		       const struct live_spec *spec,
		       const struct live_events *ev, struct err *e);
void live_free(struct live *w); /* NULL-safe; ends every process of its own */
DEFINE_CLEANUP(struct live, live_free)
/** live_abandon - the same, and nobody uses its chain again: what state that is
 * in is not known. */
void live_abandon(struct live *w);

/**
 * live_renew - the next scenario's chain is made anew rather than reverted: for
 * one with a reorg. anvil keeps the states of the last 500 blocks by their
 * hashes; after a revert the same blocks come again, and the older of two
 * equal ones takes the newer's state with it when its turn is over.
 */
void live_renew(struct live *w);

/**
 * live_begin - a scenario's start: the chain as it is with exactly these
 * operators ready, their daemons fresh and at rest. live_rpc() may be another
 * one than before.
 * @ops:  copied. The same ones as in the last scenario cost a revert; others
 *        that were ready in an earlier one, some milliseconds.
 * @seed: decides in which order held transactions are released.
 */
MUST_USE bool live_begin(struct live *w, const struct live_operator *ops,
			 size_t ops_n, uint64_t seed, struct err *e);
/**
 * live_alone - whether the chain is all there is of the scenario: no operator
 * has a program, none a TEE, nobody takes heartbeats, and the sidecar knows
 * nothing. Then a snapshot of the chain is a snapshot of the world.
 * live_begin_at - live_begin() of the same operators as at the last one, but
 * the chain goes back to a point of since then.
 */
bool live_alone(const struct live *w);
MUST_USE bool live_begin_at(struct live *w, const struct live_operator *ops,
			    size_t ops_n, uint64_t seed, struct live_point *at,
			    struct err *e);
/** live_end - stop the daemons and the scenario's gateways. */
void live_end(struct live *w);

/**
 * live_rpc - to ask the chain. Who does something to it past this header, here
 * or by another connection, says so by live_moved().
 */
struct rpc *live_rpc(struct live *w);
/**
 * live_head - the newest block. Nobody but ourselves mines, operators only what
 * live_rest() releases, so it is asked for once after each time.
 */
MUST_USE bool live_head(struct live *w, struct block *ret, struct err *e);
void live_moved(struct live *w);
/**
 * live_state - which state the chain is in, of those that it was known to be
 * in: at equal numbers all views return the same. Never 0.
 * live_returns - whether there is a point of that state.
 */
MUST_USE bool live_state(struct live *w, uint64_t *ret, struct err *e);
bool live_returns(const struct live *w, uint64_t state);
/** live_next_time - the next block has this time, if it is later. */
MUST_USE bool live_next_time(struct live *w, uint64_t time, struct err *e);
/**
 * live_logs - all that blocks from @from on have logged. Whoever reads on where
 * the last one ended finds that it came along with the head.
 */
MUST_USE bool live_logs(struct live *w, struct arena *a, uint64_t from,
			const struct log **ret, size_t *ret_n, struct err *e);
/** live_book - the names of contracts, tokens, strategies and actors. */
struct book *live_book(struct live *w);
/** live_ipc - anvil's own socket; live_url - its HTTP endpoint. */
const char *live_ipc(const struct live *w);
const char *live_url(const struct live *w);
/** live_dir - where its sockets, keystores and settings are; other every time.
 */
const char *live_dir(const struct live *w);
/** live_tee_dir - where the TEEs' sockets are, likewise; NULL without TEEs. */
const char *live_tee_dir(const struct live *w);
uint64_t live_chain_id(const struct live *w);
/**
 * live_env - endpoints, chain id, all addresses and devnet keys, as lines that a
 * shell can read: `export ETH_RPC_URL=…`, `export ADDR_slaOracle=0x…`. The
 * sidecar is among them once it serves.
 */
void live_env(struct live *w, struct buf *out);
/** live_env_account - the lines of live_env() of one name in the book. */
void live_env_account(struct buf *out, const struct book_entry *of);
/** live_key - the devnet key of a name, if the account of that name has it. */
bool live_key(const struct book_entry *of, struct seckey *ret);
/**
 * live_account - what has that name, or is that address. A name that nothing
 * has becomes an account with a devnet key.
 * Errors: ERR_SCHEMA if it is no name.
 * live_named - the names of such, an array, also those of the run before where
 * it was kept. Borrowed.
 * live_fund - its balance is 1000 ETH.
 * live_afford - its balance is at least 1 ETH.
 */
MUST_USE bool live_account(struct live *w, const char *name,
			   struct addr20 *ret, struct err *e);
const json_t *live_named(const struct live *w);
MUST_USE bool live_fund(struct live *w, const struct addr20 *a, struct err *e);
MUST_USE bool live_afford(struct live *w, const struct addr20 *a,
			  struct err *e);
/** live_manifest - the base's: addresses, constants. Borrowed. */
const json_t *live_manifest(const struct live *w);
/** live_constant - "DEALLOCATION_DELAY" and its kin. ERR_SCHEMA: no such. */
MUST_USE bool live_constant(struct live *w, const char *name, uint64_t *ret,
			    struct err *e);
/** live_strategy - EigenLayer's strategy for a token of the world. */
MUST_USE bool live_strategy(struct live *w, const char *token,
			    struct addr20 *ret, struct err *e);

/**
 * live_send - sign with the devnet key of @actor (an operator or a role) and
 * have it mined.
 * @to: NULL creates. Errors: as node_send_sync; a revert is no error.
 */
MUST_USE bool live_send(struct live *w, struct arena *a, const char *actor,
			const struct addr20 *to, struct u256 value,
			const void *data, size_t len, uint64_t gas,
			struct receipt *ret, struct err *e);

/**
 * live_send_as - the same as any account, contracts included; node_send_as. Who
 * cannot pay for it has 1 ETH then.
 */
MUST_USE bool live_send_as(struct live *w, struct arena *a,
			   const struct addr20 *from, const struct addr20 *to,
			   struct u256 value, const void *data, size_t len,
			   uint64_t gas, struct receipt *ret, struct err *e);

/* A transaction of a block; @receipt is filled in. The rest is borrowed. */
struct live_tx {
	const char *actor;  /* whose devnet key signs */
	bool keyless;	    /* sent by anvil for @from, such as a contract, */
	struct addr20 from; /* which @actor is what messages call */
	struct addr20 to;
	struct u256 value;
	const void *data;
	size_t len;
	struct receipt receipt;
};

/**
 * live_block - the next block has these, number @order[0] first.
 * @a: owns the receipts' logs.
 * Errors: ERR_MISMATCH if one did not get in; as chain_send_raw.
 */
MUST_USE bool live_block(struct live *w, struct arena *a, struct live_tx *txs,
			 const size_t *order, size_t n, struct err *e);

/**
 * live_mark - the chain as it is. live_back - it is so again: for a world in
 * which nothing runs, since nobody is told, and where nobody else sends.
 */
MUST_USE bool live_mark(struct live *w, struct live_point *ret, struct err *e);
MUST_USE bool live_back(struct live *w, struct live_point *to, struct err *e);

/**
 * live_snapshot - live_mark(), where all have come to rest.
 * live_restore  - go back. Processes that run are ended for it and started
 * again: they find their state on the chain. Faults of TEEs stay as they are.
 * Errors: ERR_SCHEMA, and nothing was done, where a reorg has taken its block
 * away.
 */
MUST_USE bool live_snapshot(struct live *w, struct live_point *ret,
			    struct err *e);
MUST_USE bool live_restore(struct live *w, struct live_point *to,
			   struct err *e);
/**
 * live_keep - save the state in the cache for the next live_begin() of the same
 * operators on the same contracts, in a world that keeps: accounts, blocks and
 * their events, names of live_account(), what the sidecar was told. Ends the
 * chain: only live_free() may follow.
 * Errors: ERR_OS naming the path.
 */
MUST_USE bool live_keep(struct live *w, struct err *e);

/**
 * live_rest - wait until every running operator has handled the head and has
 * nothing left to do. What is held then is released into one block, in the
 * seed's order, and all come to rest again.
 * Errors: ERR_TIMEOUT naming who is awaited and what was seen last of it;
 *         ERR_CHILD for an operator that ended untold.
 */
MUST_USE bool live_rest(struct live *w, struct err *e);

/** live_blame - whether the end of the chain's or the TEE simulator's process
 * explains @e: anvil_blame(), tee_blame(). */
bool live_blame(struct live *w, struct err *e);

/** live_bury - who ended untold is stopped from now on, and can be started. */
void live_bury(struct live *w);

/** live_busy - whether live_rest() has something to do: somebody waits for
 * the release of a transaction, or ended untold. */
bool live_busy(const struct live *w);

/** live_advance - node_advance_to, then live_rest. */
MUST_USE bool live_advance(struct live *w, uint64_t block, uint64_t time,
			   struct err *e);

/**
 * live_reorg - the last @depth blocks are taken back, their transactions with
 * them. Nobody hears of it before the next block. What is mined until
 * live_reorg_done() is the other branch, and then as many blocks as it lacks
 * to be as high as the first one was; then live_rest.
 * @ret_fork: the last block that both branches have.
 * Errors: as node_branch.
 */
MUST_USE bool live_reorg(struct live *w, uint64_t depth, uint64_t *ret_fork,
			 struct err *e);
MUST_USE bool live_reorg_done(struct live *w, struct err *e);

/*
 * An operator's process. stop: SIGTERM, then it must end; kill: SIGKILL;
 * pause and resume: SIGSTOP, SIGCONT. A paused one is not awaited by
 * live_rest(). Errors: ERR_SCHEMA unknown operator, or not in that state.
 */
enum live_process { LIVE_START, LIVE_STOP, LIVE_KILL, LIVE_PAUSE, LIVE_RESUME };
MUST_USE bool live_process(struct live *w, const char *name,
			   enum live_process what, struct err *e);
/** live_config_path - an operator's config file, which names its gateway, key
 * and TEE; NULL if it is no operator here. Borrowed. */
const char *live_config_path(const struct live *w, const char *name);
/** live_operator_env - operator_env() of it: "K=V", NULL-ended; NULL if it is
 * no operator here. Borrowed. */
const char *const *live_operator_env(const struct live *w, const char *name);
/** live_operator_url - operator_url() of it: "node", "metrics"; NULL: none. */
const char *live_operator_url(const struct live *w, const char *name,
			      const char *what);
/** live_process_state - of an operator's daemon: "running", "paused", "stopped",
 * or "none" of one that is driven by hand. */
const char *live_process_state(const struct live *w, const char *name);
/** live_alive - whether it has a process; live_running - that is not paused. */
bool live_alive(const struct live *w, const char *name);
bool live_running(const struct live *w, const char *name);

/*
 * What an operator keeps. Paths are relative to its directory, which its
 * programs are started to find their keystore and state in.
 * live_put  - write a file; @data NULL removes it, if it is there.
 * live_file - read one. *ret_there false: there is none.
 * live_log  - what its processes wrote since live_begin().
 * live_configure - set members of its configuration's `behaviour` (null takes
 *   one away), which a running daemon reads anew.
 */
MUST_USE bool live_put(struct live *w, const char *name, const char *path,
		       const void *data, size_t len, struct err *e);
MUST_USE bool live_file(struct live *w, const char *name, const char *path,
			struct buf *out, bool *ret_there, struct err *e);
MUST_USE bool live_log(struct live *w, const char *name, struct buf *out,
		       struct err *e);
MUST_USE bool live_configure(struct live *w, const char *name,
			     const json_t *behaviour, struct err *e);

/* Where an operator is spoken to over HTTP: the node API and metrics that it
 * says it serves, its gateway, its TEE's guest agent; who is no operator, where
 * it says it serves. And, of nobody, the world's sidecar and the AVS's
 * aggregator. */
enum live_endpoint { LIVE_NODE, LIVE_METRICS, LIVE_RPC, LIVE_TEE, LIVE_OTHER,
		     LIVE_SIDECAR, LIVE_AGGREGATOR };
/**
 * live_fetch - a request, and its answer of any status.
 * @name: an operator; of the last two not looked at.
 * @path: without the leading `/`. @body: JSON text, or NULL.
 * Errors: ERR_HTTP [sub 0] nothing is served there; as http_fetch.
 */
MUST_USE bool live_fetch(struct live *w, const char *name,
			 enum live_endpoint what, const char *method,
			 const char *path, const char *body,
			 struct http_answer *ret, struct err *e);

/**
 * live_relay - what to send, and to which contract, so that @to is called by a
 * contract that passes calls on. live_relay_address - where that one is.
 * @ret_data: appended.
 */
MUST_USE bool live_relay(struct live *w, struct addr20 *ret,
			 const struct addr20 *to, const void *data, size_t len,
			 struct buf *ret_data, struct err *e);
struct addr20 live_relay_address(void);

/* A command line of an operator that has ended. */
struct live_command {
	int status;	 /* as from waitpid() */
	char *output;	 /* both streams; owned by whoever holds this */
	bool reverted;	 /* a call or transaction of its met a revert */
	uint8_t *revert; /* its data, owned likewise */
	size_t revert_len;
	bool has_tx;
	struct hash32 tx; /* its last mined transaction */
};
void live_command_done(struct live_command *c);
/**
 * live_run - `avs-operator @args… --config …` for an operator, through its
 * gateway, until it ends; then live_rest().
 * @args: "opt-in", … NULL-terminated. Any exit status is success here.
 * Errors: as live_rest(); what still runs of it is killed then.
 */
MUST_USE bool live_run(struct live *w, const char *name,
		       const char *const *args, struct live_command *ret,
		       struct err *e);

/**
 * live_break - an operator's TEE gets a fault, by its name in the catalogue.
 * live_mend  - all its faults end.
 * Errors: ERR_SCHEMA no TEE; the simulator's text, which names the nearest.
 */
MUST_USE bool live_break(struct live *w, const char *name, const char *fault,
			 struct err *e);
MUST_USE bool live_mend(struct live *w, const char *name, struct err *e);

/**
 * live_rewards - the world's sidecar knows these from now on; takes them.
 * live_sidecar - where it serves EigenLayer's interface for claims; from the
 * first call on, to the end of the scenario. @ret_url: borrowed.
 */
void live_rewards(struct live *w, struct rewards *r);
MUST_USE bool live_sidecar(struct live *w, const char **ret_url,
			   struct err *e);

/* What the aggregator knows of an operator. */
struct live_heartbeats {
	uint64_t taken, refused;
	/* Of the last one taken: its sequence, the block that it names, and the
	 * head, with its time, when it was judged. */
	uint64_t sequence, block, head, time;
	/* Of the last one refused; its error is borrowed, or NULL. */
	int code;
	const char *error;
};
/**
 * live_heartbeats - of an operator of the scenario.
 * live_aggregator_url - where it serves; NULL: the world has none. Borrowed.
 * live_aggregator_away - it answers nobody (503), or everybody again.
 * Errors: ERR_SCHEMA, the world has no aggregator.
 */
MUST_USE bool live_heartbeats(struct live *w, const char *name,
			      struct live_heartbeats *ret, struct err *e);
const char *live_aggregator_url(const struct live *w);
MUST_USE bool live_aggregator_away(struct live *w, bool away, struct err *e);

/**
 * live_break_rpc - an operator's gateway gets a fault, as gateway_fault_read()
 * has it; live_mend_rpc - it ends, and its operator comes to rest.
 */
MUST_USE bool live_break_rpc(struct live *w, const char *name,
			     const json_t *fault, struct err *e);
MUST_USE bool live_mend_rpc(struct live *w, const char *name, struct err *e);

/**
 * live_collateral - tee_collateral() of an operator's TEE as the registry's
 * functions take it: members of QuoteCollateralV3, as 0x-hex; of an issuer chain
 * the issuer's certificate. tcb_info_signer and qe_identity_signer are its ids.
 * @ret: new reference.
 * live_issue - tee_issue(). What is on chain stays as it is.
 */
MUST_USE bool live_collateral(struct live *w, const char *name, json_t **ret,
			      struct err *e);
MUST_USE bool live_issue(struct live *w, json_t *take_changes, struct err *e);

/**
 * live_quote - ask an operator's TEE for a quote over up to 64 bytes.
 * @ret: the guest agent's whole answer, new reference.
 */
MUST_USE bool live_quote(struct live *w, const char *name, const void *data,
			 size_t len, json_t **ret, struct err *e);

#endif
