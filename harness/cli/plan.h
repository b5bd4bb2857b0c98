/*
 * plan - what `check`, `run` and `repro` share: find the files, load and check
 * them.
 *
 * Layer: cli.
 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli/session.h"
#include "scenario/check.h"
#include "scenario/order.h"

struct plan {
	char **paths;
	size_t n;
	struct diags diags;
	char *root; /* the library's folder */
	struct library *library;
	struct turns *turns; /* borrowed: what its files could be played as */
};

/* What a command does with it. Returns an exit code. */
typedef int (*plan_fn)(void *arg, struct session *s, const struct plan *p);

/**
 * plan_command - open a session, compile what changed, load and check
 * everything below @paths ("scenarios" if none), call @fn, close all. What is
 * wrong in the files is in plan.diags, for @fn to look at.
 * @turns: as check_files() has it: for plan_order(), or NULL.
 * Returns what @fn does, or the exit code of what did not work before it.
 */
int plan_command(const char *const *paths, struct turns *turns, plan_fn fn,
		 void *arg);

/** plan_order - order_make() of its turns; its files have no findings. */
MUST_USE bool plan_order(struct order *ret, const struct plan *p,
			 const struct run_options *o, struct err *e);

/** plan_flawed - whether something is wrong in the files; prints what. */
bool plan_flawed(const struct plan *p);

#endif
