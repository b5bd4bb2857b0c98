/*
 * watch - `avsbed run --watch`: what a saved file touches is played again.
 *
 * Layer: cli. Each time by a new process of this program, so that a harness
 * that was rebuilt meanwhile is the one that plays.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

/**
 * watch_run - play everything, then wait for changes, until Ctrl-C.
 * @argv:  the words of `avsbed run`, --watch included.
 * @paths: those among them that name files and folders (the same pointers).
 * Returns an exit code.
 */
int watch_run(const char *const *argv, const char *const *paths);

#endif
