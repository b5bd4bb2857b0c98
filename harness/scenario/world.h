/*
 * world - what exists before a scenario's first step.
 *
 * Layer: scenario. Parsed from `world:` files, merged over `from:` and over
 * the keys that the scenario itself carries; a name that two of them define is
 * an error. Values stay expressions, since a matrix may bind them.
 */
#ifndef SCENARIO_WORLD_H
#define SCENARIO_WORLD_H

#include "scenario/ast.h"

struct scope;

enum eigenlayer_delays { DELAYS_FAST, DELAYS_MAINNET };

struct world_token {
	const char *name;
	struct src_pos pos;
	unsigned decimals;
	bool plain; /* no script deploys it, so the harness does */
};

struct world_contract {
	const char *name;     /* "slaOracle" */
	const char *artifact; /* "PhalaSlaOracle" */
	struct src_pos pos, artifact_pos;
	bool core;	      /* EigenLayer's own */
};

/* A forge script and what it is given. One for each world that has one. */
struct world_deploy {
	const char *script;   /* "contracts/script/DeployPhala.s.sol" */
	struct src_pos pos;   /* of that */
	const struct binding *with;
	size_t with_n;
};

struct world_set {
	const char *const *strategies; /* tokens */
	size_t strategies_n;
};

struct world_avs {
	const char *name;
	struct src_pos pos;
	const char *contract;  /* NULL: an account of its own */
	const struct world_set *sets; /* name#0, name#1, … */
	size_t sets_n;
	const struct expr *wad; /* or NULL */
};

struct world_stake {
	const char *token;
	const struct expr *amount;
};

struct world_operator {
	const char *name;
	struct src_pos pos;
	const char *tee;	   /* platform, or NULL */
	const char *program;	   /* of its daemon; NULL: the run's */
	struct src_pos program_pos;
	const struct world_stake *stake;
	size_t stake_n;
	const struct expr *allocate; /* wad in every set of `sets`, or NULL */
	const char *const *sets;   /* "phala#0"; the world's first if unsaid */
	size_t sets_n;
	bool joined;		   /* attested, and in its sets, before step 1 */
	bool process;		   /* false: `process: off`, driven by hand */
	const struct expr *behaviour; /* a map, or NULL */
	const char *const *prepare; /* steps of its program's, docs/operator.md */
	size_t prepare_n;
};

/* What is known of an operator's heartbeats: `alice.heartbeat.block`. */
#define HEARTBEAT_FIELDS                                                       \
	{ "sequence", "block", "head", "time", "refused", "code", "error" }

/* Takes the heartbeats of the world's operators. */
struct world_aggregator {
	struct src_pos pos;
	const struct expr *interval, *max_age; /* each or NULL */
};

/* Another program beside the chain than an operator's: a keeper, an indexer. */
struct world_process {
	const char *name;
	struct src_pos pos;
	const char *program;
	struct src_pos program_pos;
	const char *key;	   /* a role, whose it has; or NULL */
	const struct expr *config; /* a map, or NULL */
	bool start;   /* it runs from the first step on */
	bool awaited; /* it says when it is ready, and what it has handled */
};

struct world_platform {
	const char *name; /* "tdx" */
	struct src_pos pos;
	const struct binding *settings; /* fmspc, status, … */
	size_t settings_n;
};

struct world {
	const char *name;
	struct src_pos pos;
	const struct yaml_doc *const *files; /* that say what it is */
	size_t files_n;
	const char *release;		/* "1.8.1"; NULL until said */
	enum eigenlayer_delays delays;
	bool has_delays;
	const char *tamper; /* a core contract whose code is changed before
			     * the boot, to see that it is noticed; or NULL */
	const struct world_token *tokens;
	size_t tokens_n;
	const struct world_contract *contracts; /* EigenLayer's first */
	size_t contracts_n;
	const struct world_deploy *deploys;
	size_t deploys_n;
	const struct world_avs *avs;
	size_t avs_n;
	const char *const *roles;
	const struct src_pos *roles_pos;
	size_t roles_n;
	const struct world_operator *operators;
	size_t operators_n;
	const struct world_aggregator *aggregator; /* or NULL */
	const struct world_process *processes;
	size_t processes_n;
	const struct world_platform *platforms;
	size_t platforms_n;
	const struct expr *const *watch;
	size_t watch_n;
	/* What is shown of each operator while the world is up: `$operator` is
	 * the row's. */
	const struct binding *table;
	size_t table_n;
	const struct verb_def *const *verbs;
	size_t verbs_n;
	const struct invariant *const *invariants;
	size_t invariants_n;
	const struct scope *bound; /* a matrix row's variables, or NULL */
};

/* What a name of the world stands for. */
enum ref_kind {
	REF_NONE,
	REF_OPERATOR, REF_ROLE, REF_CONTRACT, REF_TOKEN, REF_AVS, REF_SET,
	REF_PROCESS,
	REF_PART, /* something of one: `alice.tee`; made by the runner */
	REF_EIGENLAYER, /* `eigenlayer`: release, delays */
	REF__COUNT
};

/**
 * world_find - what @name stands for; REF_NONE if nothing. *ret_index (may be
 * NULL) is its place in its list; for a set ("phala#1") that of its AVS, and
 * *ret_set its number. The tokens' and AVSs' contracts count as such only
 * under their own names.
 */
enum ref_kind world_find(const struct world *w, const char *name,
			 size_t *ret_index, size_t *ret_set);

/** world_verb - a verb of the world written in YAML, or NULL. */
const struct verb_def *world_verb(const struct world *w, const char *name);

/**
 * world_artifact - whose ABI the name answers to: a contract's artifact, an
 * AVS's contract's, the token's. NULL if it has none.
 */
const char *world_artifact(const struct world *w, const char *name);

#endif
