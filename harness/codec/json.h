/*
 * json - jansson with this project's rules: duplicates rejected, input capped,
 * and members fetched with errors that name their path.
 *
 * Layer: codec, the one room that includes <jansson.h>. Rooms above pass
 * json_t around as borrowed references; json_decref only by CLEANUP(json_decrefp), which jansson has.
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "crypto/hash.h"
#include "crypto/u256.h"

#define JSON_TEXT_MAX (64u << 20)
#define JSON_BOM "\xef\xbb\xbf" /* some editors begin a file with it */

/**
 * json_parse - one JSON value, nothing after it.
 * @what: names the text in errors ("answer to eth_call", a path).
 * @ret:  new reference, owned by the caller.
 * Errors: ERR_PARSE with line:column; ERR_LIMIT.
 */
MUST_USE bool json_parse(json_t **ret, const char *text, size_t len,
			 const char *what, struct err *e);
/** json_read_file - as json_parse, of a file; a byte order mark is skipped. */
MUST_USE bool json_read_file(json_t **ret, const char *path, struct err *e);
/** json_read_large - the same, parsed as it is read: slower, but a text of
 * megabytes is not in memory beside its tree. */
MUST_USE bool json_read_large(json_t **ret, const char *path, struct err *e);

/* A value as it stands in a text, where no tree is wanted of it. */
struct json_part {
	const char *at; /* NULL: there is none */
	size_t len;
};
/**
 * json_skim - a member by path, "a.b.c", of an object. What comes behind it is
 * not looked at; if there is none, all of the object was.
 * False: it is no object, or not as plain as what nodes write, as far as it was
 * looked at: ask json_parse().
 */
MUST_USE bool json_skim(struct json_part *ret, const char *text, size_t len,
			const char *path);
/** json_skim_list - all items of a list, owned by the caller. False: as above;
 * but what is in an item may name a member twice. */
MUST_USE bool json_skim_list(struct json_part **ret, size_t *ret_n,
			     const char *text, size_t len);

/**
 * json_read_member - of the object in a file, the first member of that name,
 * however deep; what comes behind it is not looked at. For artifacts, whose
 * interface is a tenth of them and stands before the code.
 * Errors: as json_read_file; ERR_SCHEMA there is none.
 */
MUST_USE bool json_read_member(json_t **ret, const char *path, const char *key,
			       struct err *e);

/** json_is_deeper - whether values are in each other in more levels: what
 * json_parse() just takes it does not take within something else. */
bool json_is_deeper(const json_t *j, unsigned than);

/**
 * json_at - a member by path: "a.b[2].c". Borrowed.
 * Errors: ERR_SCHEMA naming the path as far as it was found.
 */
MUST_USE bool json_at(const json_t **ret, const json_t *j, const char *path,
		      struct err *e);

/* As json_at, then typed. @ret borrowed for text. ERR_SCHEMA, ERR_RANGE.
 * A text with a NUL is refused here, not by json_parse(). */
MUST_USE bool json_text_at(const char **ret, const json_t *j, const char *path,
			   struct err *e);
MUST_USE bool json_u64_at(uint64_t *ret, const json_t *j, const char *path,
			  struct err *e); /* a JSON integer or a hex quantity */
MUST_USE bool json_bool_at(bool *ret, const json_t *j, const char *path,
			   struct err *e);
MUST_USE bool json_u256_at(struct u256 *ret, const json_t *j, const char *path,
			   struct err *e); /* hex quantity, decimal text, int */
MUST_USE bool json_addr_at(struct addr20 *ret, const json_t *j,
			   const char *path, struct err *e);
MUST_USE bool json_hash_at(struct hash32 *ret, const json_t *j,
			   const char *path, struct err *e);
/** json_bytes_at - 0x-hex of any length; @ret owned by the caller (free()). */
MUST_USE bool json_bytes_at(uint8_t **ret, size_t *ret_len, const json_t *j,
			    const char *path, struct err *e);

/**
 * json_said - what somebody else wrote, as text: bytes that are no UTF-8 become
 * question marks. New reference.
 */
json_t *json_said(const char *text);

/** json_add - append its text; @flags: jansson's of dumping. */
void json_add(struct buf *out, const json_t *j, size_t flags);
/** json_write - append its text, compact, keys in insertion order. */
void json_write(struct buf *out, const json_t *j);
/** json_text - the same of its own; owned by the caller. */
char *json_text(const json_t *j);

/** json_give_back - what freed trees left for the next one is free memory: it
 * may lie one piece to a page. */
void json_give_back(void);

#endif
