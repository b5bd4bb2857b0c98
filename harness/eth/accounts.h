/*
 * accounts - a chain's accounts as text that anvil_loadState() can be sent as it
 * stands: lines, each an object of whole accounts in the form of anvil's dump.
 *
 * Layer: eth. What a line may be long is the same as what is in memory of it
 * several times over while it is sent (node_load()).
 */
#ifndef ETH_ACCOUNTS_H
#define ETH_ACCOUNTS_H

#include "codec/json.h"

/**
 * accounts_text - appended to @out; nothing where there is no account.
 * @alloc: as a geth genesis has them: {address: {balance, nonce?, code?,
 *         storage?}}; borrowed.
 * Errors: ERR_SCHEMA naming the account that is none.
 */
MUST_USE bool accounts_text(struct buf *out, json_t *alloc, struct err *e);

/**
 * accounts_alloc - what accounts_text() was given, with what is 0 or empty left
 * out but for the balance and the nonce; new reference.
 * @what: names the text in errors.
 * Errors: as json_parse; ERR_SCHEMA.
 */
MUST_USE bool accounts_alloc(json_t **ret, const struct buf *text,
			     const char *what, struct err *e);

/** accounts_line - the next line, without its end; false: there is none more.
 * @at: 0 at first; then it is behind that line. */
bool accounts_line(const struct buf *text, size_t *at, const char **ret,
		   size_t *ret_len);

#endif
