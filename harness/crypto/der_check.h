/*
 * der_check - whether bytes are DER, as X.509 has it, before a library that
 * takes more than that reads them.
 *
 * Layer: crypto. Two encodings of one certificate have two hashes, so what is
 * not the one that DER allows is refused: lengths that are indefinite or
 * longer than need be, integers likewise, BOOLEANs other than 00 and ff, times
 * without seconds or Z. Negative integers are refused too: no certificate, CRL
 * or signature has one. The order within a SET, defaults that are spelled out
 * and characters of texts are not looked at.
 * Source: ITU-T X.690 sections 8, 10 and 11; RFC 5280 4.1.2.5.
 */
#ifndef CRYPTO_DER_CHECK_H
#define CRYPTO_DER_CHECK_H

#include <stddef.h>

#include "base/err.h"

#define DER_NESTING_MAX 16

/**
 * der_check - one value with all that is in it, and nothing after it. What
 * stands inside of an OCTET STRING or BIT STRING is not looked into.
 * Errors: ERR_PARSE with the offset.
 */
MUST_USE bool der_check(const void *der, size_t len, struct err *e);

#endif
