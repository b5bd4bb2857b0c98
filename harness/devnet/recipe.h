/*
 * recipe - how the saved EigenLayer state is made, as data.
 *
 * Layer: devnet. A YAML file names contracts, what they are constructed and
 * initialised with, and which delays a profile has; recipe_run() executes it
 * on a fresh chain. Contracts refer to each other by name: every proxy exists
 * before the first implementation, so no cycle needs a predicted address.
 * Another EigenLayer release is another file, not another code path. Every
 * value is typed by the ABI, and every error has its place in the file.
 */
#ifndef DEVNET_RECIPE_H
#define DEVNET_RECIPE_H

#include "codec/abi.h"
#include "codec/yaml.h"
#include "eth/chain.h"

struct recipe;

/**
 * recipe_load - read and check a recipe's shape; artifacts are not opened.
 * @root: the checkout, to which the recipe's paths are relative. Copied.
 * @path: copied too; an error's place borrows it.
 * Errors: as yaml_load; ERR_SCHEMA with the place and the nearest name.
 */
MUST_USE bool recipe_load(struct recipe **ret, const char *root,
			  const char *path, struct err *e);
void recipe_free(struct recipe *r); /* NULL-safe */
DEFINE_CLEANUP(struct recipe, recipe_free)

const char *recipe_release(const struct recipe *r);
const char *recipe_path(const struct recipe *r);
/** recipe_tool - the version of "anvil" that it was written for. */
const char *recipe_tool(const struct recipe *r, const char *tool);

/* One profile: what differs between the states a recipe makes. */
struct recipe_constant {
	const char *name; /* "DEALLOCATION_DELAY" */
	struct u256 value;
};
struct recipe_profile {
	const char *name; /* "fast" */
	struct src_pos pos;
	uint64_t chain_id, height, time; /* with which the state starts */
	const struct recipe_constant *constants;
	size_t constants_n;
};
/** recipe_profile - Errors: ERR_SCHEMA naming those there are. */
MUST_USE bool recipe_profile(const struct recipe *r, const char *name,
			     const struct recipe_profile **ret, struct err *e);
size_t recipe_profiles_n(const struct recipe *r);
const struct recipe_profile *recipe_profile_at(const struct recipe *r,
					       size_t i);

/**
 * recipe_key - what the state depends on: the recipe's text, the profile, the
 * artifacts' bytes, the tool's version, and @format.
 * Errors: ERR_OS naming an artifact that is missing.
 */
MUST_USE bool recipe_key(const struct recipe *r,
			 const struct recipe_profile *p, unsigned format,
			 struct hash32 *ret, struct err *e);

/* A contract as it was deployed. Names are borrowed from the recipe. */
struct recipe_deployed {
	const char *name;     /* "allocationManager" */
	const char *artifact; /* "AllocationManager", or NULL: raw code */
	struct addr20 address;
	bool proxy; /* address is a proxy's, implementation the contract's */
	struct addr20 implementation;
	struct hash32 creation; /* sha256 of the contract's creation code */
};

/* A view and what it returns, checked once and to be checked at every boot. */
struct recipe_probe {
	const char *contract, *function;
	struct addr20 at;
	const uint8_t *data, *returns;
	size_t data_len, returns_len;
};

struct recipe_account {
	const char *name;
	struct addr20 address;
};

struct recipe_result {
	const struct recipe_deployed *contracts;
	size_t contracts_n;
	const struct recipe_probe *probes;
	size_t probes_n;
	const struct recipe_account *accounts;
	size_t accounts_n;
	uint64_t txs, gas;
};

/**
 * recipe_run - execute it on a fresh chain.
 * Errors: ERR_SCHEMA and ERR_RANGE with the place of the value; ERR_REVERT
 * with the contract's place and the decoded reason; ERR_MISMATCH for a probe
 * that returns something else; as node_send_as.
 */
MUST_USE bool recipe_run(const struct recipe *r,
			 const struct recipe_profile *p, struct rpc *rpc,
			 struct arena *a, struct recipe_result *ret,
			 struct err *e);

#endif
