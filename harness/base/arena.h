/*
 * arena - memory that lives and dies with a document.
 *
 * Layer: base. Parse results (a YAML tree, an ABI, a plan) live in one arena
 * owned by the document: freed once, borrowed everywhere.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compiler.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL-safe */
DEFINE_CLEANUP(struct arena, arena_free)

/* All borrowed from the arena, zeroed where nothing is copied in. */
void *arena_alloc(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** arena_concat - @n texts one behind the other, without what a format costs. */
char *arena_concat(struct arena *a, const char *const *parts, size_t n);

/**
 * arena_grow - @p, which has @was bytes, gets @n, not fewer: where it is, if
 * nothing came behind it, or as a copy. @was 0: it is new, and @p of no matter.
 */
void *arena_grow(struct arena *a, void *p, size_t was, size_t n);

/** arena_join - @to takes over all that @from has; @from is gone then. */
void arena_join(struct arena *to, struct arena *from);

/** arena_size - bytes handed out so far (for caps on hostile documents). */
size_t arena_size(const struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), (n) * sizeof(type)))

#endif
