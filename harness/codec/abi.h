/*
 * abi - Solidity's contract ABI: types, values, encoding, and the JSON form.
 *
 * Layer: codec. Types and values live in an arena and are borrowed
 * everywhere. Every type of the specification, nested as deep as ABI_DEPTH.
 */
#ifndef CODEC_ABI_H
#define CODEC_ABI_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "crypto/u256.h"

#define ABI_DEPTH_MAX 16
#define ABI_BYTES_MAX ((size_t)4 << 20) /* of a type's head */
#define ABI_NAME_MAX ((size_t)64 << 10) /* characters of a type's text */

enum abi_kind {
	ABI_UINT,    /* bits 8..256 */
	ABI_INT,     /* bits 8..256 */
	ABI_BOOL,
	ABI_ADDRESS,
	ABI_FIXED_BYTES, /* size 1..32 */
	ABI_BYTES,
	ABI_STRING,
	ABI_ARRAY,       /* elem; count, or dynamic if ABI_DYNAMIC */
	ABI_TUPLE,       /* fields */
	ABI_KIND__COUNT
};

#define ABI_DYNAMIC SIZE_MAX

struct abi_field;

/* Made by abi_type_parse, abi_parse and eip712_type_parse only. */
struct abi_type {
	enum abi_kind kind;
	unsigned size;		       /* bits of UINT/INT, bytes of FIXED_BYTES */
	bool dynamic;		       /* its encoding has a tail */
	unsigned depth;		       /* 1, or one more than its parts */
	size_t head_len;	       /* bytes in its parent's head */
	size_t count;		       /* ARRAY: its length or ABI_DYNAMIC */
	const struct abi_type *elem;   /* ARRAY */
	const struct abi_field *fields; /* TUPLE */
	size_t fields_n;
	const char *name;	       /* canonical: "(address,uint32)[]" */
	const char *label; /* "struct X.Y", "enum E" of internalType, or NULL */
};

struct abi_field {
	const char *name; /* "" if the ABI names none */
	const struct abi_type *type;
	bool indexed;	  /* of an event */
};

/*
 * A value of some type: which member holds it follows from the type's kind.
 * UINT, INT (sign-extended), BOOL, ADDRESS (low 20 bytes): word.
 * FIXED_BYTES, BYTES, STRING: bytes, len. ARRAY, TUPLE: items, len.
 */
struct abi_val {
	struct u256 word;
	const uint8_t *bytes;
	const struct abi_val *items;
	size_t len;
};

struct abi_val abi_val_u64(uint64_t v);
struct abi_val abi_val_u256(struct u256 v);
struct abi_val abi_val_bool(bool v);
struct abi_val abi_val_addr(const struct addr20 *a);
struct abi_val abi_val_hash(const struct hash32 *h); /* bytes32, borrowed */
struct abi_val abi_val_bytes(const void *data, size_t len); /* borrowed */
struct abi_val abi_val_text(const char *s);		    /* borrowed */
struct abi_val abi_val_list(const struct abi_val *items, size_t n);
struct addr20 abi_addr(const struct abi_val *v);
struct hash32 abi_hash(const struct abi_val *v);

/**
 * abi_type_parse - a type from its text: "uint256", "(address,uint32)[2][]",
 * with optional field names inside tuples.
 * Errors: ERR_PARSE naming the character's position; ERR_UNSUPPORTED for what
 * no compiler emits (fixed-point numbers, arrays of nothing); ERR_LIMIT.
 */
MUST_USE bool abi_type_parse(const struct abi_type **ret, struct arena *a,
			     const char *text, struct err *e);

/**
 * abi_encode - append @val encoded as @type. A TUPLE's encoding is that of an
 * argument list: head ‖ tail, a multiple of 32 bytes.
 * Errors: ERR_RANGE a value does not fit its type (names the field path);
 *         ERR_SCHEMA wrong number of items; ERR_LIMIT through @ret's cap.
 */
MUST_USE bool abi_encode(struct buf *ret, const struct abi_type *type,
			 const struct abi_val *val, struct err *e);

/**
 * abi_encode_packed - abi.encodePacked of the same.
 * Errors: as abi_encode; ERR_UNSUPPORTED, as in Solidity, for structs and for
 * arrays of arrays, bytes or strings.
 */
MUST_USE bool abi_encode_packed(struct buf *ret, const struct abi_type *type,
				const struct abi_val *val, struct err *e);

/**
 * abi_decode - the inverse, strict: offsets inside, padding zero, numbers in
 * range. Bytes after the last tail are ignored, as Solidity does. @data must
 * outlive the value, which borrows its bytes.
 * Errors: ERR_PARSE with the offset and field path; ERR_LIMIT if tails share
 * bytes, so that a value cannot be larger than what it was read from.
 */
MUST_USE bool abi_decode(struct abi_val *ret, struct arena *a,
			 const struct abi_type *type, const void *data,
			 size_t len, struct err *e);

/** abi_format - readable text: `(alice=0x…, [1, 2])`; for messages. */
void abi_format(struct buf *out, const struct abi_type *type,
		const struct abi_val *val);

enum abi_mutability { ABI_PURE, ABI_VIEW, ABI_NONPAYABLE, ABI_PAYABLE };

/* One function, event or error. Its arguments are a TUPLE type. */
struct abi_entry {
	const char *name;
	const char *signature;	     /* "f(address,(uint32,bytes))" */
	const struct abi_type *in;   /* TUPLE of arguments */
	const struct abi_type *data; /* events: TUPLE of those not indexed */
	const struct abi_type *out;  /* TUPLE of results; functions only */
	struct hash32 topic;	     /* keccak of the signature */
	uint8_t selector[4];	     /* its first four bytes */
	enum abi_mutability mutability;
	bool anonymous;
};

/* A contract's interface. */
struct abi {
	const struct abi_entry *functions, *events, *errors;
	size_t functions_n, events_n, errors_n;
	const struct abi_type *constructor; /* TUPLE, empty if none declared */
	bool has_receive;
};

/**
 * abi_parse - from the JSON array that compilers write.
 * @what: names it in errors ("ABI of AllocationManager").
 * Errors: ERR_SCHEMA, ERR_PARSE, ERR_UNSUPPORTED with the entry's path.
 */
MUST_USE bool abi_parse(struct abi **ret, struct arena *a, const json_t *j,
			const char *what, struct err *e);

/*
 * By bare name (the first declared), or by "name(types)" to select an
 * overload. NULL if there is none; *ret_overloads (may be NULL) counts those
 * of the name, so that a caller can refuse a bare name that means several.
 */
const struct abi_entry *abi_function(const struct abi *abi, const char *name,
				     size_t *ret_overloads);
const struct abi_entry *abi_event(const struct abi *abi, const char *name,
				  size_t *ret_overloads);
const struct abi_entry *abi_error(const struct abi *abi, const char *name,
				  size_t *ret_overloads);

/** abi_describe - `f(address operator, uint32[] ids)`: for messages. */
void abi_describe(struct buf *out, const struct abi_entry *entry);

/** abi_encode_call - selector ‖ arguments. */
MUST_USE bool abi_encode_call(struct buf *ret, const struct abi_entry *fn,
			      const struct abi_val *args, struct err *e);

/**
 * abi_is_hashed - whether @f, indexed, is in a log as the hash of its value:
 * then its abi_val is that hash as 32 bytes, whatever its type.
 */
bool abi_is_hashed(const struct abi_field *f);

/**
 * abi_decode_log - an event's arguments, indexed ones included, in the order
 * of the declaration. @data must outlive the value; @topics are copied.
 * Errors: ERR_MISMATCH if the topics are another event's; as abi_decode.
 */
MUST_USE bool abi_decode_log(struct abi_val *ret, struct arena *a,
			     const struct abi_entry *ev,
			     const struct hash32 *topics, size_t topics_n,
			     const void *data, size_t len, struct err *e);

#endif
