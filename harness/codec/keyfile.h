/*
 * keyfile - the JSON form of a keystore file.
 *
 * Layer: codec.
 */
#ifndef CODEC_KEYFILE_H
#define CODEC_KEYFILE_H

#include "codec/json.h"
#include "crypto/keystore.h"

/**
 * keyfile_parse - the members that the kind of keystore needs.
 * Errors: ERR_SCHEMA, ERR_PARSE, ERR_RANGE with the member's path;
 *         ERR_UNSUPPORTED for another version, cipher, KDF or key size.
 */
MUST_USE bool keyfile_parse(struct keystore *ret, const json_t *j,
			    struct err *e);
/** keyfile_print - appends the v3 JSON. */
void keyfile_print(struct buf *out, const struct keystore *ks);

/**
 * keyfile_open - read a keystore file and open it with a password.
 * @ret_who: as keystore_open().
 * Errors: as buf_read_file, json_parse, keystore_open, with the path.
 */
MUST_USE bool keyfile_open(struct seckey *ret, struct addr20 *ret_who,
			   const char *path, const char *password,
			   struct err *e);

#endif
