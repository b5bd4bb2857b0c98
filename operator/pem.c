#include "operator/pem.h"

#include <limits.h>

#include "base/base.h"

static const char BEGIN[] = "-----BEGIN CERTIFICATE-----";
static const char END[] = "-----END CERTIFICATE-----";

/* Where things stand in a TDX v4 quote: 48 bytes of header, 584 of body. */
enum {
	AUTH_SIZE = 632,
	AUTH = 636,
	CERT_SIZE_FIELDS = 6,	/* u16 type, u32 size */
	OUTER = AUTH + 64 + 64, /* after signature and key */
	QE_AUTH_SIZE = OUTER + CERT_SIZE_FIELDS + 384 + 64,
	TYPE_QE_REPORT = 6,
	TYPE_PCK_CHAIN = 5,
};

void cert_chain_done(struct cert_chain *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->certs[i].data);
	c->n = 0;
}

/* A place in it is a digit's value. */
static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Of each character; -1: it is no digit. */
struct base64 {
	int8_t values[UCHAR_MAX + 1];
};

static struct base64 base64_values(void)
{
	struct base64 b;

	memset(b.values, -1, sizeof(b.values));
	for (int8_t i = 0; DIGITS[i]; i++)
		b.values[(unsigned char)DIGITS[i]] = i;
	return b;
}

/* Base64 with line ends anywhere; padding is only at the end. */
static bool base64_decode(struct der *ret, const char *text, size_t len,
			  struct err *e)
{
	const struct base64 b = base64_values();
	uint8_t *out = xmalloc(len);
	uint32_t bits = 0;
	size_t n = 0, chars = 0, pads = 0;

	for (size_t i = 0; i < len; i++) {
		int v = b.values[(unsigned char)text[i]];

		if (v >= 0 && !pads) {
			bits = bits << 6 | (uint32_t)v;
			if (++chars % 4 != 1)
				out[n++] = (uint8_t)(bits >>
						     (8 - chars % 4 * 2) % 8);
			continue;
		}
		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (text[i] == '=') {
			pads++;
			continue;
		}
		free(out);
		return err_set(e, ERR_PARSE, 0, "byte %zu is no base64", i);
	}
	if ((chars + pads) % 4 || pads > 2) {
		free(out);
		return err_set(e, ERR_PARSE, 0, "base64 is cut short");
	}
	*ret = (struct der){.data = out, .len = n};
	return true;
}

bool pem_chain(struct cert_chain *ret, const char *text, size_t len,
	       struct err *e)
{
	struct cert_chain c = {0};
	const char *at = text, *stop = text + len, *end;

	while ((at = memmem(at, (size_t)(stop - at), BEGIN, strlen(BEGIN)))) {
		at += strlen(BEGIN);
		end = memmem(at, (size_t)(stop - at), END, strlen(END));
		if (c.n == CHAIN_MAX)
			err_set(e, ERR_LIMIT, 0, "over %d certificates",
				CHAIN_MAX);
		else if (!end)
			err_set(e, ERR_PARSE, 0, "certificate %zu has no end",
				c.n);
		else if (!base64_decode(&c.certs[c.n], at, (size_t)(end - at),
					e))
			err_ctx(e, "certificate %zu", c.n);
		else {
			c.n++;
			at = end;
			continue;
		}
		cert_chain_done(&c);
		return false;
	}
	if (!c.n)
		return err_set(e, ERR_PARSE, 0, "no certificate");
	*ret = c;
	return true;
}

static size_t u16_at(const uint8_t *p)
{
	return (size_t)(p[0] | p[1] << 8);
}

static size_t u32_at(const uint8_t *p)
{
	return u16_at(p) | u16_at(p + 2) << 16;
}

bool quote_chain(struct cert_chain *ret, const uint8_t *quote, size_t len,
		 struct err *e)
{
	size_t at = QE_AUTH_SIZE + 2, size;

	if (len < at || u32_at(quote + AUTH_SIZE) > len - AUTH)
		return err_set(e, ERR_PARSE, 0,
			       "the quote is cut short at %zu bytes", len);
	if (u16_at(quote + OUTER) != TYPE_QE_REPORT)
		return err_set(e, ERR_PARSE, 0,
			       "the quote's certification is of type %zu, "
			       "not %d",
			       u16_at(quote + OUTER), TYPE_QE_REPORT);
	at += u16_at(quote + QE_AUTH_SIZE);
	if (len < at + CERT_SIZE_FIELDS)
		return err_set(e, ERR_PARSE, 0,
			       "the quote is cut short at %zu bytes", len);
	if (u16_at(quote + at) != TYPE_PCK_CHAIN)
		return err_set(e, ERR_PARSE, 0,
			       "the quote carries no certificate chain but "
			       "type %zu",
			       u16_at(quote + at));
	size = u32_at(quote + at + 2);
	at += CERT_SIZE_FIELDS;
	if (size > len - at)
		return err_set(e, ERR_PARSE, 0,
			       "the quote's certificate chain of %zu bytes is "
			       "cut short at %zu",
			       size, len - at);
	if (!pem_chain(ret, (const char *)quote + at, size, e))
		return err_ctx(e, "the quote's certificate chain");
	return true;
}
