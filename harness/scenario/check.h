/*
 * check - everything that can be known to be wrong before anything starts.
 *
 * Layer: scenario. Offline: contracts are known by their ABIs alone. All
 * findings of all files at once.
 */
#ifndef SCENARIO_CHECK_H
#define SCENARIO_CHECK_H

#include "scenario/eval.h"
#include "scenario/load.h"

/** check_scenario - findings go to @diags. */
void check_scenario(struct diags *diags, const struct scenario *s,
		    const struct abi_source *abis);

/**
 * check_fragment - the steps of library_fragment(). They need not check
 * anything, and may use what @known has; what they save may replace it.
 */
void check_fragment(struct diags *diags, const struct scenario *s,
		    const struct scope *known, const struct abi_source *abis);

struct turns;

/**
 * check_files - load, check and forget each.
 * @turns: what they could be played as is added to it (order.h), as long as
 *         there is no finding; NULL if nobody will play them.
 */
void check_files(struct diags *diags, struct library *lib,
		 const char *const *paths, size_t n,
		 const struct abi_source *abis, struct turns *turns);

#endif
