/*
 * child_priv - between fork and exec.
 *
 * Layer: io, for child.c alone.
 */
#ifndef IO_CHILD_PRIV_H
#define IO_CHILD_PRIV_H

#include "io/child.h"

/* What a started program is held by; every descriptor the caller's. */
struct started {
	pid_t pid;
	int pidfd;
	int stdin_fd;	    /* to write to; -1 without hold_stdin */
	int out_fd, err_fd; /* to read from, non-blocking */
};

/** child_start - fork and exec. Errors: as child_spawn. */
MUST_USE bool child_start(struct started *ret, const struct child_spec *spec,
			  struct err *e);

#endif
