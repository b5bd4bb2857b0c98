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

/**
 * late_library - load @soname, once; what only the loading touched of it and of
 * those that it brings along is not resident afterwards. A library that is
 * missing is a broken installation, as it would be at the program's start: says
 * so and exits with 2.
 */
void *late_library(const char *soname);

/** late_symbol - a function of it; likewise. */
void *late_symbol(void *library, const char *name);

#endif
