/*
 * session - what every command that starts something needs first.
 *
 * Layer: cli.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "eth/book.h"
#include "io/loop.h"
#include "scenario/eval.h"

struct session {
	char *root;	   /* the checkout this program was built in */
	struct loop *loop; /* stopped by SIGINT, SIGTERM and SIGHUP */
	struct book *book; /* artifacts read so far, for the check */
	struct err unread; /* why the first of those that are here was not */
};

/**
 * session_open - find the checkout, start the reaper and the loop.
 * Errors: ERR_OS.
 */
MUST_USE bool session_open(struct session *s, struct err *e);
void session_close(struct session *s);

/**
 * session_path - a path below the checkout, to be freed: as short as it can be
 * from where we were called, so that it reads well in what we print.
 */
char *session_path(const struct session *s, const char *below);

/**
 * session_root - the checkout that this program was built in; free().
 * Errors: ERR_OS if it is not in build/bin/ of one.
 */
MUST_USE bool session_root(char **ret, struct err *e);

/** session_abis - interfaces by artifact name, read as they are asked for. */
struct abi_source session_abis(struct session *s);

/**
 * session_drop_abis - forget those. Who plays here what was checked does not:
 * its worlds find them on the shelf.
 */
void session_drop_abis(struct session *s);

/** session_compile - forge build, if a contract's source changed. */
MUST_USE bool session_compile(struct session *s, struct err *e);

/** session_contracts - that, where EigenLayer's own contracts are here too. */
MUST_USE bool session_contracts(struct session *s, struct err *e);

#endif
