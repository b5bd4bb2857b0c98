/*
 * pem - the certificates inside a TDX quote, as DER.
 *
 * A quote carries its platform's certificate chain as PEM text behind its
 * signature data. This finds and unwraps it; it verifies nothing.
 */
#ifndef OPERATOR_PEM_H
#define OPERATOR_PEM_H

#include "base/buf.h"

#define CHAIN_MAX 4 /* leaf, intermediate CA, root, and one to spare */

struct der {
	uint8_t *data; /* owned */
	size_t len;
};

struct cert_chain {
	struct der certs[CHAIN_MAX]; /* the platform's own first */
	size_t n;
};
void cert_chain_done(struct cert_chain *c);

/**
 * quote_chain - the certificate chain of a TDX v4 quote.
 * Errors: ERR_PARSE naming what is not there or cut short.
 */
MUST_USE bool quote_chain(struct cert_chain *ret, const uint8_t *quote,
			  size_t len, struct err *e);

/** pem_chain - the certificates of a PEM text. Errors: ERR_PARSE, ERR_LIMIT. */
MUST_USE bool pem_chain(struct cert_chain *ret, const char *text, size_t len,
			struct err *e);

#endif
