/*
 * compiler - the few compiler extensions this code uses, in one place.
 *
 * Layer: base, below everything. No functions live here.
 */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/* Runs @fn on the variable's address when it leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/*
 * Defines type_freep(), to be used as CLEANUP(foo_freep) on a `struct foo *`.
 * foo_free() must accept NULL.
 */
#define DEFINE_CLEANUP(type, free_fn)                                          \
	static inline UNUSED void free_fn##p(type **p)                         \
	{                                                                      \
		free_fn(*p);                                                   \
	}

/* The value of @ptr, which is NULL afterwards: ownership leaves this scope. */
#define TAKE(ptr)                                                              \
	__extension__({                                                        \
		__typeof__(ptr) *take_at_ = &(ptr);                            \
		__typeof__(ptr) take_ = *take_at_;                             \
		*take_at_ = NULL;                                              \
		take_;                                                         \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

__extension__ typedef unsigned __int128 u128;

#endif
