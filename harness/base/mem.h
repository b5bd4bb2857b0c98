/*
 * mem - allocation that does not fail: out of memory ends the program.
 *
 * Layer: base. A command-line tool has nothing better to do without memory,
 * and no caller needs a branch that no test reaches.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

#include "base/compiler.h"

/* All return memory owned by the caller, to be given to free(). Never NULL. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* CLEANUP(freep) on any pointer: frees what it points to at scope end. */
static inline UNUSED void freep(void *p)
{
	free(*(void **)p);
}

/**
 * GROW - make room for one more item in an array kept as pointer, count and
 * capacity; the caller writes items[n++] afterwards.
 */
#define GROW(items, n, cap)                                                    \
	do {                                                                   \
		if ((n) == (cap)) {                                            \
			(cap) = (cap) ? (cap) * 2 : 8;                         \
			(items) = xrealloc((items), (cap) * sizeof(*(items))); \
		}                                                              \
	} while (0)

#endif
