#include "simulate/der.h"

#include "base/base.h"

void der_open(struct der *d, unsigned tag)
{
	ASSERT(d->depth < DER_DEPTH_MAX);
	buf_addc(&d->out, (char)tag);
	d->open[d->depth++] = d->out.len;
}

void der_close(struct der *d)
{
	size_t start, n, bytes = 0;
	uint8_t len[1 + sizeof(size_t)];

	ASSERT(d->depth > 0);
	start = d->open[--d->depth];
	n = d->out.len - start;
	if (n < 0x80) {
		len[bytes++] = (uint8_t)n;
	} else {
		unsigned width = 1;

		while (n >> (8 * width))
			width++;
		len[bytes++] = (uint8_t)(0x80 | width);
		while (width--)
			len[bytes++] = (uint8_t)(n >> (8 * width));
	}
	/* Lengths come before contents, but are known only after them. */
	buf_add(&d->out, len, bytes);
	if (d->out.over)
		return;
	memmove(d->out.data + start + bytes, d->out.data + start, n);
	memcpy(d->out.data + start, len, bytes);
}

void der_raw(struct der *d, const void *data, size_t len)
{
	buf_add(&d->out, data, len);
}

void der_prim(struct der *d, unsigned tag, const void *data, size_t len)
{
	der_open(d, tag);
	buf_add(&d->out, data, len);
	der_close(d);
}

void der_bool(struct der *d, bool v)
{
	/* X.690 11.1: TRUE is all ones. */
	der_prim(d, DER_BOOLEAN, v ? "\xff" : "\0", 1);
}

void der_uint(struct der *d, const uint8_t *be, size_t len)
{
	while (len > 1 && !*be)
		be++, len--;
	der_open(d, DER_INTEGER);
	if (!len || *be & 0x80)
		buf_addc(&d->out, 0);
	buf_add(&d->out, be, len);
	der_close(d);
}

void der_u64(struct der *d, uint64_t v)
{
	uint8_t be[8];

	for (unsigned i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	der_uint(d, be, sizeof(be));
}

static void add_base128(struct buf *b, uint32_t v)
{
	unsigned shift = 28;

	while (shift && !(v >> shift))
		shift -= 7;
	for (; shift; shift -= 7)
		buf_addc(b, (char)(0x80 | (v >> shift & 0x7f)));
	buf_addc(b, (char)(v & 0x7f));
}

static uint32_t next_arc(const char **s)
{
	uint32_t v = 0;

	ASSERT(**s >= '0' && **s <= '9');
	while (**s >= '0' && **s <= '9') {
		ASSERT(v < UINT32_MAX / 10);
		v = v * 10 + (uint32_t)(*(*s)++ - '0');
	}
	ASSERT(!**s || **s == '.');
	if (**s)
		(*s)++;
	return v;
}

void der_oid(struct der *d, const char *dotted)
{
	uint32_t first = next_arc(&dotted);

	ASSERT(first <= 2);
	der_open(d, DER_OID);
	/* X.690 8.19.4: the first two arcs share one number. */
	add_base128(&d->out, first * 40 + next_arc(&dotted));
	while (*dotted)
		add_base128(&d->out, next_arc(&dotted));
	der_close(d);
}

void der_text(struct der *d, unsigned tag, const char *s)
{
	der_prim(d, tag, s, strlen(s));
}

void der_bits(struct der *d, const void *data, size_t len, unsigned unused)
{
	ASSERT(unused < 8);
	der_open(d, DER_BITS);
	buf_addc(&d->out, (char)unused);
	buf_add(&d->out, data, len);
	der_close(d);
}

void der_time(struct der *d, int64_t unix_s)
{
	time_t t = unix_s;
	struct tm tm;
	bool wide;

	ASSERT(gmtime_r(&t, &tm));
	ASSERT(tm.tm_year >= 50 && tm.tm_year < 8100);
	/* RFC 5280 4.1.2.5: UTCTime through 2049, two digits of the year. */
	wide = tm.tm_year >= 150;
	der_open(d, wide ? DER_TIME : DER_UTCTIME);
	if (wide)
		buf_addf(&d->out, "%02d", 19 + tm.tm_year / 100);
	buf_addf(&d->out, "%02d%02d%02d%02d%02d%02dZ", tm.tm_year % 100,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	der_close(d);
}

void der_utctime(struct der *d, int64_t unix_s)
{
	ASSERT(unix_s <= 2524607999); /* 2049-12-31T23:59:59Z */
	der_time(d, unix_s);
}
