#include "base/plain.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 &&
	       c != '"' && c != '\\';
}

#define AT_ONCE 16u

/* How many of AT_ONCE characters are plain before the first that is not. */
static size_t plain_of_many(const char *s)
{
	typedef int8_t chars __attribute__((vector_size(AT_ONCE)));
	uint64_t odd[AT_ONCE / 8]; /* bytes that are not 0 */
	chars c, bad;

	memcpy(&c, s, sizeof(c));
	/* What is beyond ASCII is below 0. */
	bad = (c < 0x20) | (c == '"') | (c == '\\');
	memcpy(odd, &bad, sizeof(odd));
	if (odd[0])
		return (unsigned)__builtin_ctzll(le64toh(odd[0])) / 8;
	if (odd[1])
		return 8 + (unsigned)__builtin_ctzll(le64toh(odd[1])) / 8;
	return AT_ONCE;
}

size_t plain_len(const char *s, size_t len)
{
	size_t n = 0;

	if (len < AT_ONCE) {
		while (n < len && is_plain(s[n]))
			n++;
		return n;
	}
	/* The last go back a little: what was passed over is plain. */
	while (n < len) {
		size_t last = len - AT_ONCE, from = n < last ? n : last;
		size_t more = plain_of_many(s + from);

		n = from + more;
		if (more < AT_ONCE)
			break;
	}
	return n;
}
