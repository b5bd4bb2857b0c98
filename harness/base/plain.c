#include "base/plain.h"

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
 * A byte's top bit is set beyond ASCII, or where taking away more than it has
 * borrows. What a borrow does to the bytes above changes nothing: one is found
 * already.
 */
static bool are_plain(uint64_t w)
{
	return !((w | (w - EACH(0x20)) | ((w ^ EACH('"')) - EACH(1)) |
		  ((w ^ EACH('\\')) - EACH(1))) &
		 EACH(0x80));
}

size_t plain_len(const char *s, size_t len)
{
	size_t n = 0;
	uint64_t w;

	for (; len - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s + n, sizeof(w));
		if (!are_plain(w))
			break;
	}
	while (n < len && is_plain(s[n]))
		n++;
	return n;
}
