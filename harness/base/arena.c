#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/base.h"

/*
 * A small document takes little, of what the heap has at hand. A large one
 * takes chunks that malloc maps one by one: of the last, what is not used is no
 * memory, and all goes back to the system instead of staying in between
 * others'. With its own head and malloc's one fills sixteen pages, and does not
 * begin a seventeenth.
 */
#define CHUNK_MIN 4096u
#define CHUNK_MAX (65536u - 64u)

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *head;
	size_t total;
};

/*
 * Most arenas never need a second chunk, and live for one row or one amount.
 * glibc keeps nothing so large at hand, so each of these first chunks was cut
 * off its heap and joined to it again: they wait here for the next arena. A
 * sanitizer sees each freed at once.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(LIBFUZZER)
#define KEPT_MAX 0u
#else
#define KEPT_MAX 8u
#endif

static struct {
	struct chunk *chunks[KEPT_MAX + 1];
	unsigned n;
} kept;

static void chunk_free(struct chunk *c)
{
	if (c->size == CHUNK_MIN && kept.n != KEPT_MAX)
		kept.chunks[kept.n++] = c;
	else
		free(c);
}

static struct chunk *chunk_new(size_t size)
{
	return size == CHUNK_MIN && kept.n
		       ? kept.chunks[--kept.n]
		       : xmalloc(sizeof(struct chunk) + size);
}

struct arena *arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		chunk_free(c);
	}
	free(a);
}

static size_t step_of(size_t n)
{
	return (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* Room for @n bytes, whatever they hold. */
static void *take(struct arena *a, size_t n)
{
	size_t step = step_of(n);
	struct chunk *c = a->head;
	void *p;

	if (!c || c->size - c->used < step) {
		size_t size = c ? 2 * c->size : CHUNK_MIN;

		if (size > CHUNK_MAX)
			size = CHUNK_MAX;
		if (size < step)
			size = step;
		c = chunk_new(size);
		*c = (struct chunk){ .next = a->head, .size = size };
		a->head = c;
	}
	p = c->data + c->used;
	c->used += step;
	a->total += step;
	return p;
}

/* No more than what is asked for: of a chunk often most is never used. */
void *arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

void *arena_grow(struct arena *a, void *p, size_t was, size_t n)
{
	struct chunk *c = a->head;
	size_t more = step_of(n) - step_of(was);
	void *copy;

	if (was && (unsigned char *)p + step_of(was) == c->data + c->used &&
	    c->size - c->used >= more) {
		c->used += more;
		a->total += more;
		memset((unsigned char *)p + was, 0, n - was);
		return p;
	}
	copy = arena_alloc(a, n);
	if (was)
		memcpy(copy, p, was);
	return copy;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *copy = take(a, n);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = take(a, n + 1);

	if (n)
		memcpy(copy, s, n);
	copy[n] = 0;
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char text[128]; /* as long as most are */
	va_list ap, again;
	char *s;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	ASSERT(n >= 0);
	s = take(a, (size_t)n + 1);
	if ((size_t)n < sizeof(text))
		memcpy(s, text, (size_t)n + 1);
	else
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

char *arena_concat(struct arena *a, const char *const *parts, size_t n)
{
	size_t len = 0;
	char *s, *at;

	for (size_t i = 0; i < n; i++)
		len += strlen(parts[i]);
	at = s = take(a, len + 1);
	for (size_t i = 0; i < n; i++) {
		size_t part = strlen(parts[i]);

		memcpy(at, parts[i], part);
		at += part;
	}
	*at = 0;
	return s;
}

void arena_join(struct arena *to, struct arena *from)
{
	struct chunk **end = &to->head;

	/* Behind @to's own: what is left of its newest is still used. */
	while (*end)
		end = &(*end)->next;
	*end = from->head;
	to->total += from->total;
	from->head = NULL;
	arena_free(from);
}

size_t arena_size(const struct arena *a)
{
	return a->total;
}
