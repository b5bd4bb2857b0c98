/*
 * late - a library that is loaded when it is first needed.
 *
 * Layer: base. libmicrohttpd brings ten others along, libcrypto starts for
 * three milliseconds: a program that needs none of them in a run should neither
 * start slower nor be larger for them. Their headers are used as they are; only
 * the linking is ours.
 */
#ifndef BASE_LATE_H
#define BASE_LATE_H

#include "base/err.h"

/**
 * late_library - load @soname, which Debian's @package brings, once; what only
 * the loading touched of it and of those that it brings along is not resident
 * afterwards.
 * Errors: ERR_OS it cannot be loaded; names the package.
 */
MUST_USE bool late_library(void **ret, const char *soname, const char *package,
			   struct err *e);

/** late_symbol - a function or variable that every @library of its soname has. */
void *late_symbol(void *library, const char *name);

#endif
