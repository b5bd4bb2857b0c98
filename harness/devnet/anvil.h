/*
 * anvil - one anvil process: started, asked, ended.
 *
 * Layer: devnet, for anvil 1.7.1. It listens on loopback only, on a port the
 * system chose unless told otherwise, and has a home of its own, so that
 * nothing is left under ~/.foundry. Blocks are mined by transactions and on
 * demand, one second apart; the wall clock decides nothing. It has no accounts
 * of its own: whoever needs a balance is given one.
 */
#ifndef DEVNET_ANVIL_H
#define DEVNET_ANVIL_H

#include <sys/types.h>

#include "io/jsonrpc.h"

#define ANVIL_VERSION "1.7.1"
#define ANVIL_HARDFORK "osaka" /* has the P-256 precompile at 0x100 */

struct anvil;

/* Everything is copied. */
struct anvil_spec {
	const char *program; /* a path: "build/tools/anvil" */
	const char *version; /* ANVIL_VERSION; any other is an error */
	uint64_t chain_id;
	const char *genesis; /* a file in geth's form, all there is; NULL: empty */
	uint64_t height, time; /* of the first block */
	uint16_t port;	       /* 0: the system chooses */
	bool dump;	       /* anvil_dump() will be called */
	const char *log_path;  /* NULL: its output is not kept */
};

/**
 * anvil_new - start one and wait for its first answer.
 * Errors: ERR_OS no such program; ERR_MISMATCH another version, or not the
 * chain id and height asked for; ERR_CHILD it ended at start, with what it
 * said (port in use, genesis refused); ERR_TIMEOUT. All name the next action.
 */
MUST_USE bool anvil_new(struct anvil **ret, struct loop *l,
			const struct anvil_spec *spec, struct err *e);
void anvil_free(struct anvil *a); /* NULL-safe; ends it, removes its files */
DEFINE_CLEANUP(struct anvil, anvil_free)

struct rpc *anvil_rpc(const struct anvil *a); /* over the socket */
const char *anvil_ipc(const struct anvil *a);
const char *anvil_url(const struct anvil *a); /* "http://127.0.0.1:N" */
pid_t anvil_pid(const struct anvil *a);
bool anvil_alive(const struct anvil *a);

/**
 * anvil_blame - whether it is to blame for @e: it ended though nobody had asked
 * it to, or @e is a timeout and it does not answer any more. Then @e becomes
 * ERR_CHILD [wait status, or 0] and says so; @e->pos stays.
 */
bool anvil_blame(struct anvil *a, struct err *e);

/**
 * anvil_dump - end it and read the state it leaves: anvil's own dump, of which
 * "accounts" is used. @ret: new reference.
 * Errors: ERR_CHILD, ERR_OS, ERR_PARSE.
 */
MUST_USE bool anvil_dump(struct anvil *a, json_t **ret, struct err *e);

#endif
