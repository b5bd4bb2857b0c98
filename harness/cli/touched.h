/*
 * touched - which scenarios a changed file has to do with.
 *
 * Layer: cli.
 */
#ifndef CLI_TOUCHED_H
#define CLI_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>

/* What a file is to scenarios, told by its name. */
enum source {
	SOURCE_NONE,	 /* nothing that plays a part */
	SOURCE_SCENARIO, /* YAML: a scenario, a world, a verb, an invariant */
	SOURCE_CONTRACT, /* Solidity: forge builds it */
	SOURCE_PROGRAM,	 /* C: make builds it */
};
enum source source_of(const char *path);

/**
 * touched - whether the scenario in file @scenario may end otherwise because
 * @changed did: it reads that file, however far down; its world deploys
 * contracts; or every scenario does. One that cannot be read is touched by
 * everything.
 */
bool touched(const char *scenario, const char *changed);

#endif
