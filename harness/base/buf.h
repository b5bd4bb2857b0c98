/*
 * buf - a growing byte buffer that cannot grow without bound.
 *
 * Layer: base. Every buffer is made with a cap. What would pass the cap is
 * dropped and remembered, so that writers stay simple and one buf_ok() at the
 * end tells; a buffer that overflowed holds a prefix of what was written.
 * The bytes are always followed by a NUL, so text can be used as it stands.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf {
	uint8_t *data; /* owned; NULL while empty */
	size_t len;    /* bytes written, without the NUL */
	size_t alloc;
	size_t cap;    /* len never passes this */
	bool over;     /* something was dropped */
};

/* A buffer that may hold at most @cap_ bytes. */
#define BUF_INIT(cap_) ((struct buf){ .cap = (cap_) })

void buf_done(struct buf *b);	/* frees the contents; reusable afterwards */
void buf_clear(struct buf *b);	/* empties it, keeps the memory */
/** buf_room - for @len more bytes at least, where that is known beforehand. */
void buf_room(struct buf *b, size_t len);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_addv(struct buf *b, const char *fmt, va_list ap);
/** buf_addsh - as one word of a shell: in quotes, unless it is plain. */
void buf_addsh(struct buf *b, const char *s);
/** buf_addhex - lower-case hex digits of @len bytes, without "0x". */
void buf_addhex(struct buf *b, const void *data, size_t len);
/** buf_addu64 - in decimal. */
void buf_addu64(struct buf *b, uint64_t v);
/** buf_addbase64 - RFC 4648, with padding. */
void buf_addbase64(struct buf *b, const void *data, size_t len);
/** buf_addjson - @s (UTF-8) as a JSON string, quoted and escaped as jansson
 * does it. */
void buf_addjson(struct buf *b, const char *s, size_t len);
/** buf_drop - remove the first @n (<= len) bytes. */
void buf_drop(struct buf *b, size_t n);
/** buf_cut - keep the first @n (<= len) bytes. */
void buf_cut(struct buf *b, size_t n);
/** buf_str - the contents as text; "" while empty. Borrowed. */
const char *buf_str(const struct buf *b);
/** buf_take - the contents as a NUL-terminated string the caller owns. */
char *buf_take(struct buf *b);

/**
 * buf_ok - whether everything written is there.
 * Errors: ERR_LIMIT naming @what and the cap.
 */
MUST_USE bool buf_ok(const struct buf *b, const char *what, struct err *e);

/**
 * buf_read_file - append a whole file.
 * Errors: ERR_OS with the path; ERR_LIMIT if it is larger than the cap.
 */
MUST_USE bool buf_read_file(struct buf *b, const char *path, struct err *e);

/**
 * file_copy - file_write_atomic() of what is in another file, which need not
 * fit into memory. @path is a file, or nothing yet.
 * Errors: ERR_OS with the path that is in the way.
 */
MUST_USE bool file_copy(const char *path, const char *from, struct err *e);

/**
 * file_write_atomic - write @len bytes to @path by a temporary file beside it
 * and a rename, so that a reader sees the old or the new, never half. What is
 * no file, such as /dev/stdout, is written to as it is.
 */
MUST_USE bool file_write_atomic(const char *path, const void *data, size_t len,
				struct err *e);

/**
 * file_write_new - the same in fewer steps, where nobody reads @path yet: what
 * is there goes first, and a failure leaves a part.
 */
MUST_USE bool file_write_new(const char *path, const void *data, size_t len,
			     struct err *e);

/** fd_write - all of it; false: errno says why not. */
MUST_USE bool fd_write(int fd, const void *data, size_t len);

/**
 * file_write_parts - the same for what need not fit into memory at once.
 * @next: appends the next part to an empty @part; false: that was the last.
 * Errors: ERR_OS with the path; ERR_LIMIT for a part of over 256 MiB.
 */
MUST_USE bool file_write_parts(const char *path,
			       bool (*next)(void *arg, struct buf *part),
			       void *arg, struct err *e);

#endif
