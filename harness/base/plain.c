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

typedef int8_t chars __attribute__((vector_size(16)));

#define AT_ONCE sizeof(chars)
#define MANY (4 * AT_ONCE)
#define LONG (2 * MANY) /* what is plain so far is likely to go on so */

/* -1 where one of AT_ONCE characters is not plain, else 0. */
static chars odd_among(const char *s)
{
	chars c;

	memcpy(&c, s, sizeof(c));
	/* What is beyond ASCII is below 0. */
	return (c < 0x20) | (c == '"') | (c == '\\');
}

/* How many of AT_ONCE characters are plain before the first that is not. */
static size_t plain_before_odd(const char *s)
{
	chars bad = odd_among(s);
	uint64_t odd[AT_ONCE / 8]; /* bytes that are not 0 */

	memcpy(odd, &bad, sizeof(odd));
	if (odd[0])
		return (unsigned)__builtin_ctzll(le64toh(odd[0])) / 8;
	if (odd[1])
		return 8 + (unsigned)__builtin_ctzll(le64toh(odd[1])) / 8;
	return AT_ONCE;
}

static bool many_plain(const char *s)
{
	chars bad = odd_among(s) | odd_among(s + AT_ONCE) |
		    odd_among(s + 2 * AT_ONCE) | odd_among(s + 3 * AT_ONCE);
	uint64_t odd[AT_ONCE / 8];

	memcpy(odd, &bad, sizeof(odd));
	return !(odd[0] | odd[1]);
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
		size_t more = plain_before_odd(s + from);

		n = from + more;
		if (more < AT_ONCE)
			break;
		if (n % LONG == 0)
			while (len - n >= MANY && many_plain(s + n))
				n += MANY;
	}
	return n;
}
