/*
 * daemon - `avs-operator run`: prepare, then watch the chain and do the duties.
 */
#ifndef OPERATOR_DAEMON_H
#define OPERATOR_DAEMON_H

#include "operator/operator.h"

/**
 * daemon_run - until SIGTERM, SIGINT or the end of a piped stdin; then true.
 * @op: with its key open, not connected; its configuration has rpc.ipc, for
 * new blocks are announced there only.
 * A connection that is lost later is made anew, however long that takes.
 * Errors: what ended it otherwise: no RPC at the start, another chain.
 */
MUST_USE bool daemon_run(struct oper *op, struct err *e);

#endif
