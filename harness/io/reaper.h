/*
 * reaper - what ends our children and removes our files if we are killed.
 *
 * Layer: io. A process of its own, in a session of its own, that waits for the
 * end of a socket of which we hold the other end. Children are announced
 * before they exec; at the end of the socket it kills every group still
 * announced and removes every announced directory. A process that left its
 * group is found by a mark in its environment, which children inherit.
 */
#ifndef IO_REAPER_H
#define IO_REAPER_H

#include <sys/types.h>

#include "base/err.h"

#define REAPER_MARK "AVSBED_REAPER="

/**
 * reaper_start - once, before the first child. child_spawn uses it then.
 * Orphaned grandchildren become our children from here on.
 */
MUST_USE bool reaper_start(struct err *e);
/** reaper_dir - remove @path and all in it should we die; until reaper_undir.
 */
void reaper_dir(const char *path);
void reaper_undir(const char *path);
/** reaper_group - kill this process group should we die; until reaper_ungroup.
 */
void reaper_group(pid_t group);
void reaper_ungroup(pid_t group);
/** reaper_mark - "NAME=VALUE" for the environment of children; "" without a
 * reaper. Borrowed. */
const char *reaper_mark(void);
/**
 * reaper_stop - end of an orderly run. Kills what is left of our descendants,
 * such as a grandchild that left its group, and returns how many there were.
 */
unsigned reaper_stop(void);

/**
 * tmpdir_new - a directory under $TMPDIR, announced to the reaper.
 * @ret: owned by the caller, to be given to tmpdir_free (removes it).
 */
MUST_USE bool tmpdir_new(char **ret, const char *prefix, struct err *e);

/**
 * tmpdir_new_small - the same for sockets and some small files, which come and
 * go often: in memory (/dev/shm) where that can be and TMPDIR is not set.
 */
MUST_USE bool tmpdir_new_small(char **ret, const char *prefix, struct err *e);

/** tmpdir_base - where tmpdir_new() makes them: $TMPDIR, or /tmp. Static. */
const char *tmpdir_base(void);
void tmpdir_free(char *dir); /* NULL-safe */

#endif
