/*
 * late - a library that is loaded when it is first needed.
 *
 * Layer: io. libcurl and libmicrohttpd bring forty other libraries along; a
 * program that makes no HTTP request should neither start slower nor be larger
 * for them. Their headers are used as they are; only the linking is ours.
 */
#ifndef IO_LATE_H
#define IO_LATE_H

/**
 * late_library - load @soname, once. A library that is missing is a broken
 * installation, as it would be at the program's start: says so and exits with 2.
 */
void *late_library(const char *soname);

/** late_symbol - a function of it; likewise. */
void *late_symbol(void *library, const char *name);

#endif
