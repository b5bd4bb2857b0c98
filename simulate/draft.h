/*
 * draft - a quote while it is made, as faults see it.
 *
 * Layer: simulate, between tee.h (what a genuine quote says) and fault.h (what
 * is wrong with this one). The stages, each after the faults of its name:
 *   CERTS   chain and order are signed and become the certification data
 *   QE      qe_signer signs the QE report
 *   BODY    quote_signer signs header and body
 *   SIGNED  everything is written to wire, map says where
 *   WIRE    nothing
 *   LENGTH  the first wire.len bytes are the quote
 */
#ifndef SIMULATE_DRAFT_H
#define SIMULATE_DRAFT_H

#include "simulate/pki.h"
#include "codec/quote.h"

#define QE_AUTH_LEN 32u /* as Intel's; some verifiers insist */
#define QE_AUTH_MAX 64u

struct draft {
	struct sgx_platform platform; /* that the chain's leaf describes */
	struct pki_chain chain;
	enum pki_link order[PKI__COUNT]; /* of the PEM blocks */
	unsigned order_n;
	uint8_t qe_auth[QE_AUTH_MAX]; /* q.qe_auth_len of them */
	struct quote q;
	struct seckey qe_signer, quote_signer;
	struct seckey other; /* a key that nothing vouches for */
	struct p256_pub other_pub;
	struct p256_pub ca_pub; /* the genuine CA's key */
	struct buf pem, wire;	/* owned */
	struct quote_map map;
};

/** draft_bind - the QE report names att_key and qe_auth. */
void draft_bind(struct draft *d);

#endif
