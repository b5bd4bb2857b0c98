/*
 * operator_priv - what the parts of an operator share.
 *
 * Layer: devnet, for operator*.c only.
 */
#ifndef DEVNET_OPERATOR_PRIV_H
#define DEVNET_OPERATOR_PRIV_H

#include "devnet/operator.h"

#define OPERATOR_PASSWORD "devnet only" /* of its keystore */
#define OPERATOR_SOCKET "rpc.ipc"	/* its way to the chain */

/** operator_environment - of its processes: "K=V", NULL-ended. What is
 * ours, as it is and borrowed, but AVS_… and what else the contract of
 * docs/operator.md names, which is the world's: that comes first, *ret_own of
 * them, and the caller's as the list is. */
char **operator_environment(const struct operator_spec *spec,
			    const char *config_path, size_t *ret_own);
/** operator_folder - there is one, and nothing is in it that another play's
 * program of this name left there. */
MUST_USE bool operator_folder(const char *dir, struct err *e);
/** operator_give - write its configuration, and the keystore of who has a key.
 */
MUST_USE bool operator_give(const struct operator_spec *spec,
			    const struct gateway *g, const char *config_path,
			    const char *state_path, struct err *e);

#endif
