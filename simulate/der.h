/*
 * der - writes DER, the one encoding of ASN.1 that signatures cover.
 *
 * Layer: simulate. Lengths are always definite and minimal, integers minimal
 * and never negative: whatever is written here has one encoding only, so the
 * same values give the same certificate. Reading DER is not done here.
 * Source: ITU-T X.690 sections 8 and 10.
 */
#ifndef SIMULATE_DER_H
#define SIMULATE_DER_H

#include "base/buf.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_UTCTIME = 0x17,
	DER_TIME = 0x18, /* GeneralizedTime */
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,	 /* + n: implicit, primitive */
	DER_CONTEXT_CONS = 0xa0, /* + n: constructed */
};

#define DER_DEPTH_MAX 16
#define DER_CAP (1u << 20)

/* A value being written. Start with DER_INIT; free by buf_done(&d.out). */
struct der {
	struct buf out;
	size_t open[DER_DEPTH_MAX]; /* where the contents of each level start */
	unsigned depth;
};
#define DER_INIT ((struct der){.out = BUF_INIT(DER_CAP)})

/**
 * der_open, der_close - around the contents of a constructed value, or of an
 * OCTET STRING or BIT STRING that holds another value.
 */
void der_open(struct der *d, unsigned tag);
void der_close(struct der *d);

/** der_raw - bytes that are DER already, as they stand. */
void der_raw(struct der *d, const void *data, size_t len);
/** der_prim - a primitive value of any tag with these contents. */
void der_prim(struct der *d, unsigned tag, const void *data, size_t len);
void der_bool(struct der *d, bool v);
/** der_uint - a non-negative INTEGER from @len big-endian bytes. */
void der_uint(struct der *d, const uint8_t *be, size_t len);
void der_u64(struct der *d, uint64_t v);
/** der_oid - from dotted text, a constant of the program ("2.5.29.14"). */
void der_oid(struct der *d, const char *dotted);
/** der_text - a string of type @tag. */
void der_text(struct der *d, unsigned tag, const char *s);
/** der_bits - a BIT STRING whose last byte has @unused low bits to spare. */
void der_bits(struct der *d, const void *data, size_t len, unsigned unused);
/** der_time - by the rules of RFC 5280: UTCTime until 2049; until 9999. */
void der_time(struct der *d, int64_t unix_s);
/** der_utctime - @unix_s seconds since 1970; a year from 1950 to 2049. */
void der_utctime(struct der *d, int64_t unix_s);

#endif
