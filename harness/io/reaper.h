/*
 * reaper - what ends our children and removes our files if we are killed.
 *
 * Layer: io. A process of its own, in a session of its own, that holds the
 * read end of a pipe. Children are announced before they exec; on EOF it kills
 * every group still announced and removes every announced directory.
 */
#ifndef IO_REAPER_H
#define IO_REAPER_H

#include <sys/types.h>

#include "base/err.h"

/** reaper_start - once, before the first child. child_spawn uses it then. */
MUST_USE bool reaper_start(struct err *e);
/** reaper_dir - remove @path and all in it should we die; until reaper_undir.
 */
void reaper_dir(const char *path);
void reaper_undir(const char *path);
/** reaper_stop - end of an orderly run: nothing must be left to reap. */
void reaper_stop(void);

/**
 * tmpdir_new - a directory under $TMPDIR, announced to the reaper.
 * @ret: owned by the caller, to be given to tmpdir_free (removes it).
 */
MUST_USE bool tmpdir_new(char **ret, const char *prefix, struct err *e);
void tmpdir_free(char *dir); /* NULL-safe */

#endif
