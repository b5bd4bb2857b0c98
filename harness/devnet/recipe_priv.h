/*
 * recipe_priv - what the parts of the recipe share: its tree, read.
 *
 * Layer: devnet, for recipe*.c only.
 */
#ifndef DEVNET_RECIPE_PRIV_H
#define DEVNET_RECIPE_PRIV_H

#include "devnet/recipe.h"
#include "eth/book.h"

/* An artifact as the recipe names it: "eigenlayer/AllocationManager". */
struct recipe_artifact {
	const char *name; /* "AllocationManager" */
	const char *path;
};

struct recipe_contract {
	const char *name;
	struct src_pos pos;
	const struct recipe_artifact *artifact; /* NULL: code */
	const struct yaml_node *code;		/* creation code as it stands */
	const struct yaml_node *constructor;	/* or NULL: no arguments */
	const char *call;			/* "initialize", or NULL */
	struct src_pos call_pos;
	const struct yaml_node *call_args;
	bool proxy;
};

struct recipe_pair {
	const struct yaml_node *key;
	const char *value;
};

struct recipe {
	char *path; /* errors point into it */
	struct yaml_doc *doc;
	struct arena *arena;
	const char *root, *release;
	const struct recipe_pair *tools, *dirs;
	size_t tools_n, dirs_n;
	const char *const *accounts;
	size_t accounts_n;
	struct recipe_profile *profiles;
	size_t profiles_n;
	/* In the file's order; the first `foundation` of them come first. */
	struct recipe_contract *contracts;
	size_t contracts_n, foundation_n;
	struct recipe_contract proxy; /* how proxies are made */
	const char *proxy_admin;      /* who upgrades them */
	const struct yaml_node *probe; /* contract: {function: value} */
};

/* What names stand for while a recipe is executed. */
struct recipe_names {
	const struct recipe *recipe;
	const struct recipe_profile *profile;
	const struct recipe_account *accounts; /* all of them */
	/* As many as the contracts; with addresses as far as deployed. */
	const struct recipe_deployed *deployed;
};

/**
 * recipe_value - a node of the recipe as a value of an ABI type.
 * Errors: ERR_SCHEMA, ERR_RANGE, ERR_PARSE, with the node's place.
 */
MUST_USE bool recipe_value(struct abi_val *ret, struct arena *a,
			   const struct recipe_names *names,
			   const struct abi_type *type,
			   const struct yaml_node *node, struct err *e);

#endif
