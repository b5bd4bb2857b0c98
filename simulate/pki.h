/*
 * pki - the simulated Intel: its keys and the certificates of its platforms.
 *
 * Layer: simulate. Everything follows from the seed and a name, so that a
 * world's root key is known before the simulator runs, and two runs give the
 * same bytes. Root, Platform CA, Processor CA (of SGX machines that are no
 * servers) and one PCK leaf per TEE instance.
 * Devnet keys: anyone can compute them.
 */
#ifndef SIMULATE_PKI_H
#define SIMULATE_PKI_H

#include "simulate/cert.h"

#define PKI_PEM_MAX ((size_t)32 << 10)

/* Whose certificate; also the order in which quotes carry them. */
enum pki_link { PKI_LEAF, PKI_CA, PKI_ROOT, PKI__COUNT };

/* A PCK certificate's chain before it is signed. */
struct pki_chain {
	struct cert_spec cert[PKI__COUNT];
};

/**
 * pki_key - the private key of a role of this seed: "root", "platform-ca",
 * "pck", "attestation", … ; @name: of the instance, "" if there is but one.
 */
struct seckey pki_key(uint64_t seed, const char *role, const char *name);

/** pki_bytes - @len (<= 32) bytes that identify something of this seed. */
void pki_bytes(void *ret, size_t len, uint64_t seed, const char *role,
	       const char *name);

/**
 * pki_platform - the hardware below instance @name; FMSPC 102030405060.
 * @of_processor_ca: its certificate is by the Processor CA, else by Platform's.
 */
void pki_platform(struct sgx_platform *ret, uint64_t seed, const char *name,
		  bool of_processor_ca);

/**
 * pki_platform_tcb - the SVNs of platforms as they are bought (@recoveries 0),
 * after that many TCB recoveries, or (-1) of those before.
 */
void pki_platform_tcb(struct sgx_platform *ret, int recoveries);

/**
 * pki_chain_init - the genuine chain of instance @name, by @sgx's CA.
 * @sgx: borrowed by the chain.
 * Errors: ERR_CRYPTO.
 */
MUST_USE bool pki_chain_init(struct pki_chain *ret, uint64_t seed,
			     const char *name, const struct sgx_platform *sgx,
			     struct err *e);

/**
 * pki_signer_init - the certificate that signs TCB info and QE identity, by
 * the key of role "tcb-signing". Errors: ERR_CRYPTO.
 */
MUST_USE bool pki_signer_init(struct cert_spec *ret, uint64_t seed,
			      struct err *e);

/**
 * pki_chain_pem - sign certificates and append them as PEM, in this order.
 * Errors: ERR_CRYPTO.
 */
MUST_USE bool pki_chain_pem(struct buf *out, const struct pki_chain *c,
			    const enum pki_link *order, unsigned n,
			    struct err *e);

/** pki_root - the root's public key, and its certificate's DER in @ret_der. */
MUST_USE bool pki_root(struct p256_pub *ret, struct buf *ret_der, uint64_t seed,
		       struct err *e);

#endif
