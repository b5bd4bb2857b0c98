/* A quote is whatever the TEE's socket says it is. */
#include "base/base.h"
#include "operator/pem.h"

int fuzz_one(const uint8_t *data, size_t n);

int fuzz_one(const uint8_t *data, size_t n)
{
	struct cert_chain c;
	struct err e;
	size_t total = 0;

	if (!quote_chain(&c, data, n, &e))
		return 0;
	ASSERT(c.n > 0 && c.n <= CHAIN_MAX);
	for (size_t i = 0; i < c.n; i++)
		total += c.certs[i].len;
	ASSERT(total < n);
	cert_chain_done(&c);
	return 0;
}
