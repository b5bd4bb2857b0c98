#include "base/plain.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH(c) (0x0101010101010101u * (uint64_t)(c))

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 &&
	       c != '"' && c != '\\';
}

/*
 * The top bit of the first byte that is not plain; others may be set above it.
 * A byte's top bit is set beyond ASCII, or where taking away more than it has
 * borrows, which changes the bytes above alone.
 */
static uint64_t not_plain(uint64_t w)
{
	return (w | (w - EACH(0x20)) | ((w ^ EACH('"')) - EACH(1)) |
		((w ^ EACH('\\')) - EACH(1))) &
	       EACH(0x80);
}

size_t plain_len(const char *s, size_t len)
{
	size_t n = 0;
	uint64_t w;

	for (; len - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s + n, sizeof(w));
		w = not_plain(le64toh(w));
		if (w)
			return n + (unsigned)__builtin_ctzll(w) / 8;
	}
	while (n < len && is_plain(s[n]))
		n++;
	return n;
}
