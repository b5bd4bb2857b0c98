/*
 * operator_priv - what the parts of an operator share.
 *
 * Layer: devnet, for operator*.c only.
 */
#ifndef DEVNET_OPERATOR_PRIV_H
#define DEVNET_OPERATOR_PRIV_H

#include "devnet/operator.h"

#define OPERATOR_PASSWORD "devnet only" /* of its keystore */

/** operator_environment - of its processes: "K=V", NULL-ended; all owned by
 * the caller. What is ours, but AVS_… and what else the contract of
 * docs/operator.md names, which is the world's. */
char **operator_environment(const struct operator_spec *spec,
			    const char *config_path);

#endif
