/*
 * kept - the runs in which something failed, as reports/ has them: the newest
 * few, each a folder that holds nothing but its journal.
 *
 * Layer: cli.
 */
#ifndef CLI_KEPT_H
#define CLI_KEPT_H

#include "base/err.h"

#define KEPT_MAX 10

/**
 * kept_add - put a journal into @folder/@name, `run-` and six hexadecimal
 * digits, and take away those that are older than the newest KEPT_MAX. What
 * has another name, or holds anything else, is the user's and stays.
 * Errors: ERR_OS if it cannot be put there; what cannot be taken away stays.
 */
MUST_USE bool kept_add(const char *folder, const char *name,
		       const char *journal, struct err *e);

#endif
