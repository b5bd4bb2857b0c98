/*
 * forge - AVS contracts on a saved state: compiled, deployed, saved again.
 *
 * Layer: devnet. The result is a bundle like the one it is built on, cached
 * under a key of that one, all sources, the tools' lock file and the script's
 * environment: where nothing changed, neither forge nor a second anvil starts.
 * Addresses are read from what forge broadcast.
 */
#ifndef DEVNET_FORGE_H
#define DEVNET_FORGE_H

#include "devnet/bundle.h"

/* NAME=value of the script's environment, or a contract and its artifact. */
struct forge_pair {
	const char *name, *value;
};

/*
 * A contract that the script makes another one make: asked for afterwards by
 * @contract's @signature ("deployedStrategies(address)") of the address of @of.
 */
struct forge_lookup {
	const char *name, *artifact; /* what it is called and is */
	const char *contract, *signature, *of;
};

/* Everything is borrowed. */
struct forge_spec {
	const char *root, *cache; /* the checkout; see state_cache() */
	const char *forge, *anvil; /* programs; absolute, or relative to root */
	const struct hash32 *sources; /* forge_sources() of root */
	const char *script;	   /* "contracts/script/DeployPhala.s.sol" */
	/* Besides what is given here, the script finds every contract and
	 * account of the core bundle (ALLOCATION_MANAGER, OWNER, …) and
	 * DEPLOYER_KEY. These win. */
	const struct forge_pair *env;
	size_t env_n;
	/* slaOracle: PhalaSlaOracle. A proxy is known by its implementation.
	 * What the script deploys besides is named after its artifact. */
	const struct forge_pair *names;
	size_t names_n;
	const struct forge_lookup *lookups;
	size_t lookups_n;
};

/**
 * forge_sources - the hash of everything contracts are compiled from.
 * Errors: as filesum(); ERR_LIMIT.
 */
MUST_USE bool forge_sources(struct hash32 *ret, const char *root,
			    struct err *e);

/**
 * forge_build - compile contracts/ unless its sources are those of last time.
 * @wanted: what forge_sources() said before; NULL: whatever it says now.
 * @begins: called before it compiles, which takes a minute or two; or NULL.
 * Errors: ERR_OS forge is missing; ERR_CHILD with solc's own message;
 * ERR_MISMATCH the sources are not @wanted any more.
 */
MUST_USE bool forge_build(struct loop *l, const char *root, const char *forge,
			  const struct hash32 *wanted,
			  void (*begins)(void *arg), void *arg, struct err *e);

/**
 * forge_deploy - the bundle with the script's contracts on top of @core.
 * *ret_built (may be NULL): the script ran.
 * Errors: as forge_build; ERR_CHILD with the reason the script reverted for;
 * ERR_SCHEMA for a name whose artifact the script does not deploy.
 */
MUST_USE bool forge_deploy(struct bundle **ret, bool *ret_built,
			   struct loop *l, const struct bundle *core,
			   const struct forge_spec *spec, struct err *e);

/**
 * forge_artifact - where the compiled artifact of a contract is.
 * @ret: owned by the caller. Errors: ERR_OS if there is none.
 */
MUST_USE bool forge_artifact(char **ret, const char *root, const char *name,
			     struct err *e);

/** forge_env_name - "responseWindowBlocks" as "RESPONSE_WINDOW_BLOCKS". */
char *forge_env_name(const char *name);

#endif
