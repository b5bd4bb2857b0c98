#include <stdint.h>

#include "base/base.h"
#include "crypto/crl_read.h"
#include "crypto/der_check.h"
#include "crypto/pem.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Nothing is read beyond a text's end, and what is read is within its bounds.
 */
static void check(const struct crl_info *c)
{
	static const struct p256_pub nobody;

	ASSERT(memchr(c->issuer, 0, sizeof(c->issuer)));
	ASSERT(memchr(c->number, 0, sizeof(c->number)));
	ASSERT(memchr(c->authority, 0, sizeof(c->authority)));
	ASSERT(c->ext_n <= CERT_EXTENSIONS_MAX);
	for (size_t i = 0; i < c->revoked_n; i++) {
		const struct crl_entry *r = &c->revoked[i];

		ASSERT(memchr(r->serial, 0, sizeof(r->serial)));
		ASSERT(*crl_reason(r->reason));
	}
	ASSERT(!crl_signed_by(c, &nobody));
}

static void read_one(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	static struct crl_info c; /* too large for a stack */
	struct err e = ERR_INIT;

	if (crl_read(&c, a, data, n, &e)) {
		ASSERT(der_check(data, n, &e));
		check(&c);
	} else {
		ASSERT(e.code != ERR_NONE && e.text[0]);
	}
	arena_free(a);
}

/* As DER, and as PEM: a list or an error that says what is wrong. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct buf der = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	bool found = true;
	size_t at = 0;

	read_one(data, n);
	while (found && pem_next(&der, &found, PEM_CRL, data, n, &at, &e))
		if (found)
			read_one(der.data, der.len);
	buf_done(&der);
	return 0;
}
