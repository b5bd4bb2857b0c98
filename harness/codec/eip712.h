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
 * eip712_type_parse - a struct type from EIP-712's encodeType text,
 * "Mail(Person from,string contents)Person(string name,address wallet)": the
 * first struct is the primary one, the others may come in any order.
 * Errors: ERR_PARSE with the character; ERR_SCHEMA for a struct that is
 * missing, there twice, or inside itself; as abi_type_parse.
 */
MUST_USE bool eip712_type_parse(const struct abi_type **ret, struct arena *a,
				const char *text, struct err *e);

/**
 * eip712_type_text - the inverse: encodeType, referenced structs sorted.
 * Errors: ERR_SCHEMA for a struct without a name, or two different ones of
 * one name; ERR_LIMIT through @ret's cap.
 */
MUST_USE bool eip712_type_text(struct buf *ret, const struct abi_type *type,
			       struct err *e);

/** eip712_domain_separator - hashStruct of the domain's present members. */
struct hash32 eip712_domain_separator(const struct eip712_domain *domain);

/**
 * eip712_digest - keccak256(0x1901 ‖ domain separator ‖ struct hash).
 * @type: TUPLE whose label is the struct's name; nested structs likewise.
 * Of a label like "struct X.Y" the last word counts.
 * Errors: as eip712_type_text and abi_encode.
 */
MUST_USE bool eip712_digest(struct hash32 *ret,
			    const struct eip712_domain *domain,
			    const struct abi_type *type,
			    const struct abi_val *val, struct err *e);

#endif
