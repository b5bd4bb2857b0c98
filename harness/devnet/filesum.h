/*
 * filesum - what a file holds, read again only after it changed.
 *
 * Layer: devnet. A run asks for each scenario which build of the programs it
 * is, and with --watch it lives through many.
 */
#ifndef DEVNET_FILESUM_H
#define DEVNET_FILESUM_H

#include <sys/stat.h>

#include "base/err.h"
#include "crypto/hash.h"

/* Starts as zeros. */
struct filesum {
	struct stat st; /* what stat() said before it was read */
	struct hash32 sum;
	bool known;
};

/**
 * filesum_now - the SHA-256 of the file at @path in @f->sum. It is not read if
 * it is the file that it was, of the same length and with the same ctime,
 * which every change of its contents sets and nobody can set back.
 * Errors: as sha256_file().
 */
MUST_USE bool filesum_now(struct filesum *f, const char *path, size_t max,
			  struct err *e);

#endif
