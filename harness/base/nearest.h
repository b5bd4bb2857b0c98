/*
 * nearest - which known name a mistyped one was meant to be.
 *
 * Layer: base.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/**
 * nearest_name - the closest of @names (@n, may hold NULLs) to @word by edit
 * distance with transpositions, case ignored on ties, or else the shortest that
 * holds it: WindowClosed is near ResponseWindowClosed. NULL if none is close
 * enough to be a likely slip. Borrowed from @names.
 */
const char *nearest_name(const char *word, const char *const *names, size_t n);

#endif
