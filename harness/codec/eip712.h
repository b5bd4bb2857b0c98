/*
 * eip712 - typed structured data hashing.
 *
 * Layer: codec. Over abi types: a TUPLE with field names and its primary name.
 */
#ifndef CODEC_EIP712_H
#define CODEC_EIP712_H

#include "codec/abi.h"

struct eip712_domain {
	const char *name, *version;	   /* NULL: member absent */
	bool has_chain_id, has_contract;
	uint64_t chain_id;
	struct addr20 contract;
};

/**
 * eip712_digest - keccak256(0x1901 ‖ domain separator ‖ struct hash).
 * @type: TUPLE whose label is the struct's name; nested structs likewise.
 */
MUST_USE bool eip712_digest(struct hash32 *ret,
			    const struct eip712_domain *domain,
			    const struct abi_type *type,
			    const struct abi_val *val, struct err *e);

#endif
