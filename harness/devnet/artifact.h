/*
 * artifact - where the compiled form of a contract is.
 *
 * Layer: devnet.
 */
#ifndef DEVNET_ARTIFACT_H
#define DEVNET_ARTIFACT_H

#include "eth/book.h"

/**
 * artifact_path - EigenLayer's own, OpenZeppelin's as npm has them, or what
 * forge compiled. @ret: owned by the caller.
 * Errors: ERR_OS if there is none of that name.
 */
MUST_USE bool artifact_path(char **ret, const char *root, const char *release,
			    const char *name, struct err *e);

/**
 * artifact_release - are a release's own here at all?
 * Errors: ERR_OS, which names the folder and what fetches them.
 */
MUST_USE bool artifact_release(const char *root, const char *release,
			       struct err *e);

/** artifact_read - into a book, unless it has it. */
MUST_USE bool artifact_read(struct book *b, const char *root,
			    const char *release, const char *name,
			    struct err *e);

#endif
