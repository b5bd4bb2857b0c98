#include "crypto/pem.h"

#include <nettle/base64.h>

#include "base/hex.h"

#include "base/base.h"

#define TEXT_MAX ((size_t)16 << 20)

bool base64_decode(struct buf *ret, const void *text, size_t len,
		   struct err *e)
{
	struct base64_decode_ctx ctx;
	uint8_t *out;
	size_t n;
	bool ok;

	if (len > TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "%zu characters of base64, more than %zu", len,
			       TEXT_MAX);
	n = BASE64_DECODE_LENGTH(len);
	out = xmalloc(n);
	base64_decode_init(&ctx);
	ok = base64_decode_update(&ctx, &n, out, len, text) &&
	     base64_decode_final(&ctx);
	if (ok)
		buf_add(ret, out, n);
	free(out);
	return ok ? buf_ok(ret, "base64", e)
		  : err_set(e, ERR_PARSE, 0, "text that is no base64");
}

static const uint8_t *find(const uint8_t *text, size_t len, const char *what)
{
	return len ? memmem(text, len, what, strlen(what)) : NULL;
}

bool pem_next(struct buf *ret_der, bool *ret_found, const char *label,
	      const void *text, size_t len, size_t *at, struct err *e)
{
	CLEANUP(freep) char *begin = xasprintf("-----BEGIN %s-----", label);
	CLEANUP(freep) char *end = xasprintf("-----END %s-----", label);
	const uint8_t *all = text, *from, *to;

	from = find(all + *at, len - *at, begin);
	*ret_found = from;
	if (!from)
		return true;
	from += strlen(begin);
	to = find(from, len - (size_t)(from - all), end);
	if (!to)
		return err_set(e, ERR_PARSE, 0,
			       "offset %zu: a %s that does not end",
			       (size_t)(from - all), label);
	buf_clear(ret_der);
	if (!base64_decode(ret_der, from, (size_t)(to - from), e))
		return err_ctx(e, "offset %zu: %s", (size_t)(from - all),
			       label);
	*at = (size_t)(to - all) + strlen(end);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the digits begin if "0x" says that it is hex; otherwise 0. */
static size_t after_prefix(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_space(text[i]))
		i++;
	return len - i >= 2 && text[i] == '0' && (text[i + 1] | 0x20) == 'x'
		       ? i + 2
		       : 0;
}

/* Whether it is hex throughout; the digits up to there are appended. */
static bool hex_digits(struct buf *ret, const char *text, size_t len)
{
	size_t i = after_prefix(text, len), from;

	while (i < len) {
		for (from = i; i < len && hex_digit(text[i]) >= 0; i++)
			;
		buf_add(ret, text + from, i - from);
		if (i < len && !is_space(text[i++]))
			return false;
	}
	return true;
}

bool bytes_of_text(struct buf *ret, const char *label, const void *text,
		   size_t len, struct err *e)
{
	struct buf part = BUF_INIT(TEXT_MAX);
	CLEANUP(freep) uint8_t *bytes = NULL;
	size_t at = 0, n = 0;
	bool found = false, ok;

	if (len > TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "%zu characters, more than %zu", len, TEXT_MAX);
	ok = pem_next(&part, &found, label, text, len, &at, e);
	if (ok && found) {
		buf_add(ret, part.data, part.len);
	} else if (ok && hex_digits(&part, text, len)) {
		ok = hex_decode_alloc(&bytes, &n, buf_str(&part), part.len, e);
		buf_add(ret, bytes, n);
	} else if (ok) {
		ok = (!after_prefix(text, len) &&
		      base64_decode(ret, text, len, e)) ||
		     err_set(e, ERR_PARSE, 0,
			     "neither hex nor base64, nor is there a %s in PEM",
			     label);
	}
	buf_done(&part);
	return ok && buf_ok(ret, "bytes", e);
}
