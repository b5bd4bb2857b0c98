/*
 * plain - tokens and operator sets of worlds that bring no contracts.
 *
 * Layer: devnet. A forge script deploys an AVS; what needs none of that, a
 * token with EigenLayer's strategy for it and the operator sets of an account
 * that plays the AVS, the harness puts there itself. The result is a bundle
 * on top of another, cached like it.
 */
#ifndef DEVNET_PLAIN_H
#define DEVNET_PLAIN_H

#include "devnet/bundle.h"

struct plain_token {
	const char *name; /* its symbol, and the contract's name */
	unsigned decimals;
};

struct plain_set {
	const char *const *tokens; /* whose strategies it has */
	size_t n;
};

/* An account that is an AVS: the devnet key of its name. Anybody may join. */
struct plain_avs {
	const char *name;
	const struct plain_set *sets; /* numbered from 0 */
	size_t sets_n;
};

/* Everything is borrowed. */
struct plain_spec {
	const char *root, *cache; /* the checkout; see state_cache() */
	const char *forge, *anvil; /* programs, absolute or relative to root */
	const struct hash32 *sources; /* forge_sources() of root */
	const char *release;
	const struct plain_token *tokens;
	size_t tokens_n;
	const struct plain_avs *avs;
	size_t avs_n;
};

/**
 * plain_deploy - the bundle with these on top of @base. The manifest gets
 * "TOK", "TOK.strategy" for each token and "openRegistrar".
 * Errors: as forge_build; ERR_SCHEMA for a set of a token that is not there;
 * ERR_REVERT naming the call.
 */
MUST_USE bool plain_deploy(struct bundle **ret, struct loop *l,
			   const struct bundle *base,
			   const struct plain_spec *spec, struct err *e);

#endif
