/*
 * err - what went wrong, where, and why, without allocating.
 *
 * Layer: base. A fallible function returns bool (true = done), is MUST_USE and
 * takes a `struct err *` last, never NULL. It leaves the error untouched when
 * it succeeds and its outputs untouched when it fails. A bug is no error: it
 * is an ASSERT. A failed expectation is no error either: it is a verdict.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* What kind of thing failed. `sub` in struct err says more (in brackets). */
enum err_code {
	ERR_NONE,
	ERR_OS,		 /* a system call [errno] */
	ERR_PARSE,	 /* malformed text or bytes */
	ERR_SCHEMA,	 /* well-formed, but not what is wanted here */
	ERR_RANGE,	 /* a number does not fit */
	ERR_RPC,	 /* a JSON-RPC error answer [its code] */
	ERR_REVERT,	 /* a transaction or call reverted */
	ERR_TIMEOUT,	 /* a deadline passed; the text says what was awaited */
	ERR_CHILD,	 /* a child process [its wait status] */
	ERR_HTTP,	 /* HTTP [status, or 0 if none came] */
	ERR_CRYPTO,	 /* a key, signature, certificate or cipher */
	ERR_LIMIT,	 /* an input or output is larger than its cap */
	ERR_MISMATCH,	 /* something pinned is not what it must be */
	ERR_UNSUPPORTED, /* known, and not done here */
	ERR__COUNT
};

/* A place in a file that a user wrote. line 0: no place. All 1-based. */
struct src_pos {
	const char *file; /* borrowed: must outlive the error */
	uint32_t line;
	uint32_t col;
};

#define ERR_TEXT_MAX 1024

struct err {
	enum err_code code;
	int sub;
	struct src_pos pos;
	char text[ERR_TEXT_MAX]; /* NUL-terminated; cut texts end in "…" */
};

#define ERR_INIT ((struct err){ .code = ERR_NONE })

/**
 * err_set - say what failed. Always returns false, so that a failing function
 * can `return err_set(e, ERR_RANGE, 0, "…", …);`. Replaces what @e held.
 */
bool err_set(struct err *e, enum err_code code, int sub, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/** err_at - as err_set, with the place in a user's file. Returns false. */
bool err_at(struct err *e, struct src_pos pos, enum err_code code,
	    const char *fmt, ...) PRINTF_LIKE(4, 5);

/** err_os - as err_set with ERR_OS; appends strerror(@errnum). Returns false. */
bool err_os(struct err *e, int errnum, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/**
 * err_ctx - put "context: " in front of what @e says, for the caller's view.
 * Keeps code, sub and place. Returns false.
 */
bool err_ctx(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * The four above return false, always; said this way, compilers and analysers
 * know it too, and see that a caller's outputs are set wherever it goes on.
 */
#define ERR_FALSE(call)                                                        \
	__extension__({                                                        \
		(void)(call);                                                  \
		false;                                                         \
	})
#define err_set(...) ERR_FALSE((err_set)(__VA_ARGS__))
#define err_at(...) ERR_FALSE((err_at)(__VA_ARGS__))
#define err_os(...) ERR_FALSE((err_os)(__VA_ARGS__))
#define err_ctx(...) ERR_FALSE((err_ctx)(__VA_ARGS__))

/** err_code_name - "timeout", "range", …; never NULL. */
const char *err_code_name(enum err_code code);

/**
 * ASSERT - stop the program on a bug. Always on. Prints place, expression and
 * a backtrace to stderr, then aborts.
 */
#define ASSERT(x)                                                              \
	((x) ? (void)0 : assert_failed(#x, __FILE__, __LINE__, __func__))
NORETURN void assert_failed(const char *expr, const char *file, int line,
			    const char *func);

#endif
