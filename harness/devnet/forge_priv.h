/*
 * forge_priv - between the parts of forge: keys, runs, broadcasts.
 *
 * Layer: devnet, for forge*.c only.
 */
#ifndef DEVNET_FORGE_PRIV_H
#define DEVNET_FORGE_PRIV_H

#include "devnet/forge.h"

/**
 * forge_lock - be the only one that runs forge in this checkout, until @ret is
 * closed: it writes where it compiles.
 * Errors: ERR_TIMEOUT; ERR_OS.
 */
MUST_USE bool forge_lock(int *ret, struct loop *l, const char *root,
			 struct err *e);
/**
 * forge_check - it is the version that contracts/package.json pins.
 * Errors: ERR_MISMATCH, ERR_OS, ERR_CHILD, each with the next action.
 */
MUST_USE bool forge_check(struct loop *l, const char *root, const char *forge,
			  struct err *e);

/**
 * forge_broadcast - from forge's record of what it sent, what was deployed:
 * added to @addresses {name: address} and @contracts [{name, …}], which hold
 * the core's already. Both borrowed.
 * Errors: ERR_SCHEMA.
 */
MUST_USE bool forge_broadcast(json_t *addresses, json_t *contracts,
			      const json_t *broadcast,
			      const struct forge_spec *spec, struct err *e);

#endif
