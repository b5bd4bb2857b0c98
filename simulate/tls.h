/*
 * tls - the certificates that dstack's guest agent gives applications.
 *
 * Layer: simulate. P-256 keys; a chain of a leaf and the app's own CA. For
 * RA-TLS the leaf carries a quote over its key, and the event log.
 * Source: dstack 0.5.11, ra-tls (extensions 1.3.6.1.4.1.62397.1.N).
 */
#ifndef SIMULATE_TLS_H
#define SIMULATE_TLS_H

#include "simulate/tee.h"

#define TLS_MAX ((size_t)1 << 20) /* bytes of a chain in PEM */
/* What is after 9999-12-31 has no form in a certificate. */
#define TLS_UNTIL 253402300799

struct tls_spec {
	const char *subject;	  /* common name; may be "" */
	const char *const *names; /* DNS names and IP addresses */
	size_t names_n;
	bool server, client;	       /* what it is for */
	bool ra_tls;		       /* with a quote */
	int64_t not_before, not_after; /* seconds since 1970 */
	struct seckey key;
};

/**
 * tls_make - append the key (PKCS#8), the leaf and the CA, each in PEM.
 * Errors: ERR_RANGE for the dates; ERR_LIMIT for the names; as tee_quote().
 */
MUST_USE bool tls_make(struct buf *key, struct buf *leaf, struct buf *ca,
		       const struct tee *t, const struct tls_spec *spec,
		       struct err *e);

#endif
