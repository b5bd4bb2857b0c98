/*
 * shard - which part of a run this process plays, of several machines.
 *
 * Layer: cli.
 */
#ifndef CLI_SHARD_H
#define CLI_SHARD_H

#include <stdint.h>

#include "base/err.h"

struct shard {
	uint64_t index; /* from 1 */
	uint64_t of;
};

/**
 * shard_parse - "2/5", "auto" or "auto/5".
 * @env: how to ask the environment: getenv(). `auto` takes what GitLab,
 *       CircleCI, Buildkite, Bitbucket, Semaphore, Azure or, for the index
 *       alone, an indexed job of Kubernetes tells.
 * Errors: ERR_SCHEMA saying what is wanted, or which variables were missed.
 */
MUST_USE bool shard_parse(struct shard *ret, const char *text,
			  char *(*env)(const char *name), struct err *e);

#endif
