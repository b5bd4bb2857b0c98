#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/hex.h"
#include "base/plain.h"

#define BUF_FIRST 256u
#define BUF_TAIL 16u /* what closes a text that came at once */
#define PART_MAX (256u << 20) /* of file_write_parts() */

void buf_done(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT(b->cap);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->data)
		b->data[0] = 0;
}

/* Room for up to @want more bytes and the NUL; returns how many fit the cap. */
static size_t reserve(struct buf *b, size_t want)
{
	size_t room = b->cap - b->len;

	if (want > room) {
		b->over = true;
		want = room;
	}
	if (b->alloc < b->len + want + 1) {
		size_t alloc = b->alloc ? 2 * b->alloc : BUF_FIRST;

		/* Often all that will ever be in it comes at once. */
		if (alloc < b->len + want + 1)
			alloc = b->len + want + 1 + BUF_TAIL;
		b->data = xrealloc(b->data, alloc);
		b->data[b->len] = 0;
		b->alloc = alloc;
	}
	return want;
}

void buf_room(struct buf *b, size_t len)
{
	const bool over = b->over;

	(void)reserve(b, len);
	b->over = over;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	size_t n = reserve(b, len);

	if (n)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = 0;
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	if (!reserve(b, 1))
		return;
	b->data[b->len++] = (uint8_t)c;
	b->data[b->len] = 0;
}

void buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	CLEANUP(freep) char *s = NULL;
	size_t room = b->alloc - b->len;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room ? (char *)b->data + b->len : NULL, room, fmt, ap);
	ASSERT(n >= 0);
	if ((size_t)n < room && (size_t)n <= b->cap - b->len) {
		b->len += (size_t)n;
	} else {
		s = xmalloc((size_t)n + 1);
		vsnprintf(s, (size_t)n + 1, fmt, again);
		buf_add(b, s, (size_t)n);
	}
	va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

void buf_addu64(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(b, digits + n, sizeof(digits) - n);
}

void buf_addsh(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._/:-";

	if (*s && !s[strspn(s, plain)]) {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '\'');
	for (; *s; s++)
		if (*s == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *s);
	buf_addc(b, '\'');
}

void buf_addhex(struct buf *b, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n = reserve(b, 2 * len);
	char *out = (char *)b->data + b->len;

	hex_encode(out, p, n / 2);
	if (n % 2) /* as far as the cap */
		out[n - 1] = HEX_DIGITS[p[n / 2] >> 4];
	out[n] = 0;
	b->len += n;
}

void buf_addbase64(struct buf *b, const void *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;

		v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < len ? (uint32_t)p[i + 2] : 0;
		buf_addc(b, digits[v >> 18]);
		buf_addc(b, digits[v >> 12 & 63]);
		buf_addc(b, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_addc(b, i + 2 < len ? digits[v & 63] : '=');
	}
}

/* A character that does not stand in JSON's texts as it is. */
static void add_escaped(struct buf *b, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at) {
		buf_addc(b, '\\');
		buf_addc(b, to[at - from]);
	} else if ((unsigned char)c < 0x20) {
		buf_addf(b, "\\u%04X", (unsigned)c);
	} else {
		buf_addc(b, c);
	}
}

/* Between quotes as it is, where that is not over the cap. */
static void add_plain(struct buf *b, const char *s, size_t len)
{
	reserve(b, len + 2);
	b->data[b->len] = '"';
	if (len)
		memcpy(b->data + b->len + 1, s, len);
	b->len += len + 2;
	b->data[b->len - 1] = '"';
	b->data[b->len] = 0;
}

void buf_addjson(struct buf *b, const char *s, size_t len)
{
	size_t n = plain_len(s, len);

	/* All of it, mostly. */
	if (n == len && b->cap - b->len >= 2 && b->cap - b->len - 2 >= len) {
		add_plain(b, s, len);
		return;
	}
	buf_addc(b, '"');
	for (size_t i = 0; i < len; n = plain_len(s + i, len - i)) {
		buf_add(b, s + i, n);
		i += n;
		if (i < len)
			add_escaped(b, s[i++]);
	}
	buf_addc(b, '"');
}

void buf_drop(struct buf *b, size_t n)
{
	ASSERT(n <= b->len);
	if (!n)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = 0;
}

void buf_cut(struct buf *b, size_t n)
{
	ASSERT(n <= b->len);
	b->len = n;
	if (b->data)
		b->data[n] = 0;
}

const char *buf_str(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

char *buf_take(struct buf *b)
{
	char *s = b->data ? (char *)b->data : xstrdup("");

	b->data = NULL;
	buf_done(b);
	return s;
}

bool buf_ok(const struct buf *b, const char *what, struct err *e)
{
	if (b->over)
		return err_set(e, ERR_LIMIT, 0, "%s is larger than %zu bytes",
			       what, b->cap);
	return true;
}

/* The rest of a large file, of which @had bytes were read, straight to where it
 * is to be, as far as there is room. */
static void read_rest(struct buf *b, int fd, size_t had)
{
	struct stat st;
	size_t rest;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size <= had)
		return;
	rest = (size_t)st.st_size - had;
	if (rest > b->cap - b->len)
		rest = b->cap - b->len;
	buf_room(b, rest);
	n = read(fd, b->data + b->len, rest);
	if (n > 0)
		b->len += (size_t)n;
	b->data[b->len] = 0;
}

bool buf_read_file(struct buf *b, const char *path, struct err *e)
{
	char chunk[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t had = 0;
	ssize_t n;

	if (fd < 0)
		return err_os(e, errno, "cannot open %s", path);
	/* Stops at the cap: an endless file must not be read to its end. */
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && !b->over) {
		buf_add(b, chunk, (size_t)n);
		had += (size_t)n;
		if (had == sizeof(chunk) && !b->over)
			read_rest(b, fd, had);
	}
	if (n < 0) {
		int errnum = errno;

		close(fd);
		return err_os(e, errnum, "cannot read %s", path);
	}
	close(fd);
	return buf_ok(b, path, e);
}

bool fd_write(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* A device or a pipe is written to: put in its place, a file would end it. */
static bool write_through(const char *path, const void *data, size_t len,
			  struct err *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fd_write(fd, data, len);
	int errnum = errno;

	if (fd >= 0)
		close(fd);
	return ok || err_os(e, errnum, "cannot write %s", path);
}

bool file_write_new(const char *path, const void *data, size_t len,
		    struct err *e)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0644), errnum;
	bool ok;

	/* Mostly there is none yet. */
	if (fd < 0 && errno == EEXIST && !unlink(path))
		fd = open(path, flags, 0644);
	ok = fd >= 0 && fd_write(fd, data, len);
	errnum = errno;
	if (fd >= 0)
		close(fd);
	return ok || err_os(e, errnum, "cannot write %s", path);
}

/* A file of its own until it is whole; -1: it cannot be. */
static int open_beside(char **ret_tmp, const char *path, struct err *e)
{
	int fd;

	*ret_tmp = xasprintf("%s.XXXXXX", path);
	fd = mkostemp(*ret_tmp, O_CLOEXEC);
	if (fd < 0)
		err_os(e, errno, "cannot write beside %s", path);
	return fd;
}

/* What was written to @tmp becomes @path if that was @ok, or is gone. */
static bool put_in_place(const char *path, const char *tmp, int fd, bool ok,
			 struct err *e)
{
	/* mkostemp makes it 0600; a result is as readable as any other file. */
	if (ok && (fchmod(fd, 0644) || rename(tmp, path)))
		ok = err_os(e, errno, "cannot write %s", path);
	if (!ok)
		unlink(tmp);
	close(fd);
	return ok;
}

bool file_write_atomic(const char *path, const void *data, size_t len,
		       struct err *e)
{
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_through(path, data, len, e);
	CLEANUP(freep) char *tmp = NULL;
	int fd = open_beside(&tmp, path, e);

	return fd >= 0 &&
	       put_in_place(path, tmp, fd,
			    fd_write(fd, data, len) ||
				    err_os(e, errno, "cannot write %s", path),
			    e);
}

static bool write_parts(int fd, const char *path,
			bool (*next)(void *arg, struct buf *part), void *arg,
			struct err *e)
{
	struct buf part = BUF_INIT(PART_MAX);
	bool more = true, ok = true;

	while (ok && more) {
		more = next(arg, &part);
		ok = buf_ok(&part, path, e) &&
		     (fd_write(fd, part.data, part.len) ||
		      err_os(e, errno, "cannot write %s", path));
		buf_clear(&part);
	}
	buf_done(&part);
	return ok;
}

bool file_write_parts(const char *path,
		      bool (*next)(void *arg, struct buf *part), void *arg,
		      struct err *e)
{
	struct stat st;
	CLEANUP(freep) char *tmp = NULL;
	bool ok;
	int fd;

	if (stat(path, &st) || S_ISREG(st.st_mode)) {
		fd = open_beside(&tmp, path, e);
		return fd >= 0 &&
		       put_in_place(path, tmp, fd,
				    write_parts(fd, path, next, arg, e), e);
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_os(e, errno, "cannot write %s", path);
	ok = write_parts(fd, path, next, arg, e);
	close(fd);
	return ok;
}

static bool copy_all(int to, const char *path, int from, const char *from_path,
		     struct err *e)
{
	uint8_t chunk[16384];
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) > 0)
		if (!fd_write(to, chunk, (size_t)n))
			return err_os(e, errno, "cannot write %s", path);
	return !n || err_os(e, errno, "cannot read %s", from_path);
}

bool file_copy(const char *path, const char *from_path, struct err *e)
{
	CLEANUP(freep) char *tmp = NULL;
	int from = open(from_path, O_RDONLY | O_CLOEXEC), to;
	bool ok;

	if (from < 0)
		return err_os(e, errno, "cannot open %s", from_path);
	to = open_beside(&tmp, path, e);
	ok = to >= 0 && put_in_place(path, tmp, to,
				     copy_all(to, path, from, from_path, e), e);
	close(from);
	return ok;
}
