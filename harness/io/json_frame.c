#include <endian.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/base.h"
#include "base/plain.h"
#include "io/stream.h"

/* As deep as jansson reads: a trace nests two levels for each call. */
#define FRAME_DEPTH_MAX 2048

static void text_char(struct json_frame *f, char c)
{
	if (f->escaped)
		f->escaped = false;
	else if (c == '\\')
		f->escaped = true;
	else if (c == '"')
		f->in_text = false;
}

/* Of a value that has not begun: false if it cannot begin like this. */
static bool first_char(struct json_frame *f, char c)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return true;
	if (c != '{' && c != '[')
		return false;
	f->started = true;
	f->depth = 1;
	return true;
}

/* --- many characters at a time ------------------------------------------------ */

#define AT_ONCE 16u
#define BLOCK 64u /* as many as a word has bits */

typedef uint8_t chars __attribute__((vector_size(AT_ONCE)));

/* A bit for each character: 1 where its byte of @v is 0xff, and not 0. */
static uint64_t bits_of(chars v)
{
#ifdef __SSE2__
	return (unsigned)_mm_movemask_epi8((__m128i)v);
#else
	uint64_t half[2];

	memcpy(half, &v, sizeof(half));
	for (int i = 0; i < 2; i++) /* the first bit of each, side by side */
		half[i] = ((le64toh(half[i]) & 0x0101010101010101u) *
			   0x0102040810204080u) >> 56;
	return half[0] | half[1] << 8;
#endif
}

/* Where in a block there is what. */
struct block {
	uint64_t quotes, escapes, opening, closing;
};

static struct block block_at(const char *s)
{
	struct block b = {0};

	for (unsigned i = 0; i < BLOCK; i += AT_ONCE) {
		chars c, bracket;

		memcpy(&c, s + i, sizeof(c));
		bracket = c & ~0x20; /* what braces and brackets differ by */
		b.quotes |= bits_of((chars)(c == '"')) << i;
		b.escapes |= bits_of((chars)(c == '\\')) << i;
		b.opening |= bits_of((chars)(bracket == '[')) << i;
		b.closing |= bits_of((chars)(bracket == ']')) << i;
	}
	return b;
}

/* Each bit: whether an odd number of those up to it is set. */
static uint64_t odd_so_far(uint64_t bits)
{
	for (unsigned by = 1; by < BLOCK; by *= 2)
		bits ^= bits << by;
	return bits;
}

/*
 * Pass over the characters of a block before its first backslash: the texts of
 * a message are too many and too short to be passed over one by one.
 * Returns whether the value ends there, or nests too deep.
 */
static bool pass_block(struct json_frame *f, const struct block *b, unsigned n)
{
	const uint64_t those = n < BLOCK ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
	const uint64_t in_text =
	    odd_so_far(b->quotes) ^ (f->in_text ? UINT64_MAX : 0);
	uint64_t brackets = (b->opening | b->closing) & ~in_text & those;

	for (; brackets; brackets &= brackets - 1) {
		const unsigned at = (unsigned)__builtin_ctzll(brackets);

		f->depth += b->opening >> at & 1 ? 1u : -1u;
		if (!f->depth || f->depth > FRAME_DEPTH_MAX) {
			f->at += at + 1;
			return true;
		}
	}
	if (n)
		f->in_text = in_text >> (n - 1) & 1;
	f->at += n;
	return false;
}

/* All that are whole, or up to a backslash. As pass_block(). */
static bool pass_blocks(struct json_frame *f, const char *data, size_t len)
{
	unsigned n = BLOCK;

	while (n == BLOCK && len - f->at >= BLOCK) {
		const struct block b = block_at(data + f->at);

		if (b.escapes)
			n = (unsigned)__builtin_ctzll(b.escapes);
		if (!(b.quotes | b.opening | b.closing))
			f->at += n;
		else if (pass_block(f, &b, n))
			return true;
	}
	return false;
}

ssize_t json_frame(struct json_frame *f, const char *data, size_t len)
{
	while (f->at < len) {
		char c;

		if (f->started && !f->escaped && pass_blocks(f, data, len))
			return f->depth ? -1 : (ssize_t)f->at;
		if (f->at == len)
			break;
		c = data[f->at++];
		if (f->in_text) {
			text_char(f, c);
			/* Most of what comes is in texts. */
			if (f->in_text && !f->escaped)
				f->at += plain_len(data + f->at, len - f->at);
		} else if (!f->started) {
			if (!first_char(f, c))
				return -1;
		} else if (c == '"') {
			f->in_text = true;
		} else if (c == '{' || c == '[') {
			if (++f->depth > FRAME_DEPTH_MAX)
				return -1;
		} else if (c == '}' || c == ']') {
			if (!--f->depth)
				return (ssize_t)f->at;
		}
	}
	return 0;
}
