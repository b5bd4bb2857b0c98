#include "codec/rlp.h"

#include "base/base.h"

/* Of a header's first byte (Yellow paper, appendix B). */
#define STRING_SHORT 0x80
#define LIST_SHORT 0xc0
#define SHORT_MAX 55

/* The bytes of @v without leading zeros, big-endian; returns their number. */
static size_t put_be(uint8_t ret[8], uint64_t v)
{
	size_t n = 0;

	for (unsigned shift = 64; shift > 0; shift -= 8)
		if (n || v >> (shift - 8))
			ret[n++] = (uint8_t)(v >> (shift - 8));
	return n;
}

static size_t put_header(uint8_t ret[9], uint8_t kind, size_t len)
{
	size_t n;

	if (len <= SHORT_MAX) {
		ret[0] = (uint8_t)(kind + len);
		return 1;
	}
	n = put_be(ret + 1, len);
	ret[0] = (uint8_t)((size_t)kind + SHORT_MAX + n);
	return 1 + n;
}

void rlp_bytes(struct buf *b, const void *data, size_t len)
{
	uint8_t header[9];

	if (len != 1 || *(const uint8_t *)data >= STRING_SHORT)
		buf_add(b, header, put_header(header, STRING_SHORT, len));
	buf_add(b, data, len);
}

void rlp_u64(struct buf *b, uint64_t v)
{
	uint8_t be[8];

	rlp_bytes(b, be, put_be(be, v));
}

void rlp_u256(struct buf *b, struct u256 v)
{
	uint8_t be[32];
	size_t len = (u256_bits(v) + 7) / 8;

	u256_to_be(be, v);
	rlp_bytes(b, be + 32 - len, len);
}

size_t rlp_list_begin(struct buf *b)
{
	return b->len;
}

void rlp_list_end(struct buf *b, size_t mark)
{
	uint8_t header[9];
	size_t len = b->len - mark;
	size_t n = put_header(header, LIST_SHORT, len);

	buf_add(b, header, n);
	if (b->over)
		return;
	memmove(b->data + mark + n, b->data + mark, len);
	memcpy(b->data + mark, header, n);
}

struct decoder {
	struct arena *arena;
	const uint8_t *start;
	struct err *e;
};

static bool fail(const struct decoder *d, const uint8_t *at, const char *what)
{
	return err_set(d->e, ERR_PARSE, 0, "RLP, byte %zu: %s",
		       (size_t)(at - d->start), what);
}

/* The length that @n bytes at @p tell, which must be a long one. */
static bool long_length(const struct decoder *d, size_t *ret, const uint8_t *p,
			size_t n, size_t room)
{
	uint64_t v = 0;

	if (n > room)
		return fail(d, p, "the input ends inside a length");
	if (!p[0])
		return fail(d, p, "a length has a leading zero");
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	if (v <= SHORT_MAX)
		return fail(d, p, "a short length is written in the long form");
	if (v > room - n)
		return fail(d, p, "an item is longer than what is left");
	*ret = v;
	return true;
}

/*
 * The header at @p, with @room > 0 bytes left: fills is_list, data and len of
 * @ret. The next item begins at data + len.
 */
static bool header(const struct decoder *d, struct rlp_item *ret,
		   const uint8_t *p, size_t room)
{
	uint8_t b = *p, kind = b < LIST_SHORT ? STRING_SHORT : LIST_SHORT;
	struct rlp_item it = {.is_list = b >= LIST_SHORT, .data = p + 1};

	if (b < STRING_SHORT) {
		it.data = p;
		it.len = 1;
	} else if (b <= kind + SHORT_MAX) {
		it.len = (size_t)(b - kind);
		if (it.len > room - 1)
			return fail(d, p,
				    "an item is longer than what is left");
		if (b == STRING_SHORT + 1 && p[1] < STRING_SHORT)
			return fail(d, p,
				    "a single byte below 0x80 has a "
				    "header");
	} else {
		size_t n = (size_t)(b - kind - SHORT_MAX);

		if (!long_length(d, &it.len, p + 1, n, room - 1))
			return false;
		it.data += n;
	}
	*ret = it;
	return true;
}

static bool decode_list(const struct decoder *d, struct rlp_item *list,
			unsigned depth)
{
	const uint8_t *end = list->data + list->len;
	struct rlp_item *items, it;

	if (depth > RLP_DEPTH_MAX)
		return err_set(d->e, ERR_LIMIT, 0,
			       "RLP, byte %zu: lists are nested deeper than %d",
			       (size_t)(list->data - d->start), RLP_DEPTH_MAX);
	/* Once over the headers to count, once more to keep them. */
	for (const uint8_t *p = list->data; p < end; p = it.data + it.len) {
		if (!header(d, &it, p, (size_t)(end - p)))
			return false;
		list->n++;
	}
	items = ARENA_ARRAY(d->arena, struct rlp_item, list->n);
	list->items = items;
	for (const uint8_t *p = list->data; p < end; items++) {
		if (!header(d, items, p, (size_t)(end - p)))
			return false;
		if (items->is_list && !decode_list(d, items, depth + 1))
			return false;
		p = items->data + items->len;
	}
	return true;
}

bool rlp_decode(struct rlp_item *ret, struct arena *a, const void *data,
		size_t len, struct err *e)
{
	struct decoder d = {.arena = a, .start = data, .e = e};
	struct rlp_item it;

	if (!len)
		return fail(&d, d.start, "the input is empty");
	if (!header(&d, &it, data, len))
		return false;
	if (it.data + it.len != d.start + len)
		return fail(&d, it.data + it.len,
			    "there is more after the item");
	if (it.is_list && !decode_list(&d, &it, 1))
		return false;
	*ret = it;
	return true;
}
