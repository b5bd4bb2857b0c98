/*
 * plan - what `check` and `run` share: find the files, load and check them.
 *
 * Layer: cli.
 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli/session.h"
#include "scenario/check.h"

struct plan {
	char **paths;
	size_t n;
	struct diags diags;
	char *root; /* the library's folder */
	struct library *library;
	const struct scenario **scenarios; /* one for each path */
};

/**
 * plan_make - everything below @paths ("scenarios" if none), checked. What is
 * wrong in the files is in plan.diags; it is no error.
 * Errors: ERR_OS, ERR_SCHEMA for paths that cannot be read.
 */
MUST_USE bool plan_make(struct plan *p, struct session *s,
			const char *const *paths, struct err *e);
void plan_done(struct plan *p);

#endif
