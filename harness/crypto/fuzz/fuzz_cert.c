#include <stdint.h>

#include "base/base.h"
#include "crypto/cert_read.h"
#include "crypto/pem.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Nothing is read beyond a text's end, and what is read is within its bounds.
 */
static void check(const struct cert_info *c)
{
	ASSERT(memchr(c->subject, 0, sizeof(c->subject)));
	ASSERT(memchr(c->issuer, 0, sizeof(c->issuer)));
	ASSERT(memchr(c->common_name, 0, sizeof(c->common_name)));
	ASSERT(memchr(c->serial, 0, sizeof(c->serial)));
	ASSERT(memchr(c->key_kind, 0, sizeof(c->key_kind)));
	ASSERT(c->ext_n <= CERT_EXTENSIONS_MAX);
	if (c->is_p256)
		(void)cert_signed_by(c, &c->key);
}

/* As DER, and as PEM: a certificate or an error that says what is wrong. */
int fuzz_one(const uint8_t *data, size_t n)
{
	static struct cert_info c; /* too large for a stack */
	struct buf der = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	size_t at = 0, before;
	bool found = true;

	if (cert_read(&c, data, n, &e))
		check(&c);
	else
		ASSERT(e.code != ERR_NONE && e.text[0]);
	while (found) {
		before = at;
		e = ERR_INIT;
		if (!pem_next(&der, &found, PEM_CERTIFICATE, data, n, &at, &e)) {
			ASSERT(e.code != ERR_NONE && e.text[0]);
			break;
		}
		ASSERT(at <= n && (!found || at > before));
		if (found && cert_read(&c, der.data, der.len, &e))
			check(&c);
	}
	buf_done(&der);
	return 0;
}
