/*
 * outputs - an order played, on the terminal and into files.
 *
 * Layer: cli. What `run` and `repro` share.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/session.h"
#include "scenario/order.h"

/* Where what happened goes. All borrowed, all may be NULL. */
struct outputs {
	const char *reports; /* a folder for all of them */
	const char *junit, *journal; /* files */
	const char *run; /* what names it later; NULL: its journal does */
	bool verbose;	 /* steps on the terminal */
	bool progress;	 /* on a terminal what runs, below the lines */
};

/**
 * outputs_play - play, and write all that was asked for. A journal that nobody
 * asked for is kept in reports/run-… if something is not as it should be.
 * @logs: a folder to make first; or NULL.
 * Returns an exit code, after saying why.
 */
int outputs_play(struct session *s, const struct order *order,
		 const struct run_options *run, const struct outputs *o);

#endif
