/*
 * collateral - QuoteCollateralV3, the JSON form of dcap-qvl, as what has to be
 * put on chain before a quote can be verified.
 *
 * Layer: devnet. Takes apart and judges no content: certificates, CRLs and
 * signed JSON go to the contract as they are. What is so malformed that nothing
 * could be sent is a finding, with a name.
 */
#ifndef DEVNET_COLLATERAL_H
#define DEVNET_COLLATERAL_H

#include "base/arena.h"
#include "codec/abi.h"
#include "crypto/ec.h"

/* Why something is not believed; "" while it is. */
struct finding {
	char check[64];	 /* "QuoteSignatureInvalid" */
	char where[32];	 /* of which object: "tcb_info", "quote", … */
	char detail[1024]; /* the value and the rule */
};

/* One call of the registry. */
struct put {
	const char *what;     /* whose bytes: "pck_crl", … */
	const char *function; /* "putCrl" */
	struct abi_val args[3];
	size_t args_n;
};

#define PUTS_MAX 12
struct puts {
	struct put put[PUTS_MAX];
	size_t n;
};

/**
 * collateral_puts - what has to be called, in this order: the CRLs, the CAs,
 * the TCB signers, TCB info, QE identity, and the quote's own PCK certificate.
 * @ret:   borrows from @a.
 * @json:  a QuoteCollateralV3 object; borrowed.
 * @root:  that the collateral's issuer chains must end in; NULL: what they end in
 *         is not looked at.
 * @quote: its certificates are taken if they can be read, and left to the
 *         contract's own judgement if not; NULL: of no quote.
 * Returns false with @ret_why set: the collateral is malformed.
 */
MUST_USE bool collateral_puts(struct puts *ret, struct arena *a,
			      const json_t *json, const struct p256_pub *root,
			      const void *quote, size_t quote_len,
			      struct finding *ret_why);

/**
 * collateral_advisories - the ids whose hash this is, out of the advisoryIDs of
 * signed JSON: keccak256 of `"A","B"`. Appended to @ret, an array, unless there.
 */
void collateral_advisories(json_t *ret, const char *signed_json,
			   const struct hash32 *hash);

#endif
