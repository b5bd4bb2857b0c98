/*
 * book - which contract lives where: names, addresses and interfaces.
 *
 * Layer: eth. The one place that turns raw calls, logs and reverts into names.
 */
#ifndef ETH_BOOK_H
#define ETH_BOOK_H

#include "codec/abi.h"

struct book;

/* A contract (or plain account) that has a name in this world. */
struct book_entry {
	const char *name; /* "allocationManager", "alice" */
	struct addr20 address;
	struct addr_text text; /* the address, as fmt_addr() has it */
	const char *artifact;  /* "AllocationManager", or NULL: an account */
	const struct abi *abi; /* NULL for an account */
};

struct book *book_new(void);
void book_free(struct book *b); /* NULL-safe */
DEFINE_CLEANUP(struct book, book_free)

/**
 * book_read_artifact - read {"abi": […]} from a file and keep it under @name.
 * A second one of the same name is ignored.
 */
MUST_USE bool book_read_artifact(struct book *b, const char *name,
				 const char *path, struct err *e);
/**
 * book_share_artifact - one that @from has read, which is not looked at again.
 * A second one of the same name is ignored.
 */
void book_share_artifact(struct book *b, const struct book *from,
			 const char *name);
const struct abi *book_artifact(const struct book *b, const char *name);

/**
 * book_bind - give an address a name. @artifact NULL: an account.
 * Errors: ERR_SCHEMA if the name is taken or the artifact unknown.
 */
MUST_USE bool book_bind(struct book *b, const char *name,
			const struct addr20 *address, const char *artifact,
			struct err *e);
const struct book_entry *book_by_name(const struct book *b, const char *name);
const struct book_entry *book_by_address(const struct book *b,
					 const struct addr20 *address);
/** book_entry - number @i, in the order of their binding; NULL behind the last.
 */
const struct book_entry *book_entry(const struct book *b, size_t i);

/* A revert, a log or a call, understood. All borrowed from the arena. */
struct decoded {
	const struct book_entry *at;   /* whose it is; NULL if unknown */
	const struct abi_entry *entry; /* NULL: nothing fits, see raw */
	struct abi_val args;
	const uint8_t *raw; /* a revert's data or a call's input */
	size_t raw_len;
};

/**
 * book_decode_error - revert data. Looks at @at's ABI first (may be NULL),
 * then at all; knows Error(string) and Panic(uint256) by themselves.
 */
struct decoded book_decode_error(const struct book *b, struct arena *a,
				 const struct addr20 *at, const void *data,
				 size_t len);
struct decoded book_decode_call(const struct book *b, struct arena *a,
				const struct addr20 *to, const void *data,
				size_t len);
struct decoded book_decode_log(const struct book *b, struct arena *a,
			       const struct addr20 *at,
			       const struct hash32 *topics, size_t topics_n,
			       const void *data, size_t len);

/**
 * book_describe - "AllocationManager.InvalidPermissions()" with arguments, in
 * which addresses the book knows stand by name; raw hex where nothing fits.
 */
void book_describe(const struct book *b, struct buf *out,
		   const struct decoded *d);
/** book_describe_value - a value, likewise with names. */
void book_describe_value(const struct book *b, struct buf *out,
			 const struct abi_type *t, const struct abi_val *v);
/** book_name - an address's name, or its hex text. */
void book_name(const struct book *b, struct buf *out,
	       const struct addr20 *address);

#endif
