/*
 * filesum - what files hold, each read again only after it changed.
 *
 * Layer: devnet. The worlds of one run go on from the same contracts, programs
 * and saved states, each by their hashes; and with --watch, or in a run of many
 * scenarios, any of them may change in between.
 */
#ifndef DEVNET_FILESUM_H
#define DEVNET_FILESUM_H

#include "base/err.h"
#include "crypto/hash.h"

/**
 * filesum - the SHA-256 of the file at @path. It is not read if this process
 * has read it and it is the file that it was then, under whatever name: of the
 * same length and with the same ctime, which every change of its contents sets
 * and nobody can set back.
 * @max: of bytes that are read.
 * Errors: as sha256_file().
 */
MUST_USE bool filesum(struct hash32 *ret, const char *path, size_t max,
		      struct err *e);

#endif
