/*
 * pem - bytes as text: base64, base64 between BEGIN and END, hex.
 *
 * Layer: crypto, on nettle. Source: RFC 7468, RFC 4648.
 */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include "base/buf.h"

#define PEM_CERTIFICATE "CERTIFICATE"
#define PEM_CRL "X509 CRL"

/**
 * base64_decode - append what @len characters stand for, with padding; white
 * space does not count.
 * Errors: ERR_PARSE; ERR_LIMIT from @ret.
 */
MUST_USE bool base64_decode(struct buf *ret, const void *text, size_t len,
			    struct err *e);

/**
 * pem_next - the next block with that label of @text from *at on, decoded; *at
 * moves behind it. *ret_found false: no more.
 * @ret_der: its bytes replace what it held.
 * Errors: ERR_PARSE with the offset, if one begins and is no base64 or has no
 * end; ERR_LIMIT from @ret_der.
 */
MUST_USE bool pem_next(struct buf *ret_der, bool *ret_found, const char *label,
		       const void *text, size_t len, size_t *at,
		       struct err *e);

/**
 * bytes_of_text - append the bytes that a text stands for, however its writer
 * spelled them: the first PEM block of that label, hex with or without 0x, or
 * base64. White space does not count; what is hex throughout is hex.
 * Errors: ERR_PARSE; ERR_LIMIT from @ret.
 */
MUST_USE bool bytes_of_text(struct buf *ret, const char *label,
			    const void *text, size_t len, struct err *e);

#endif
