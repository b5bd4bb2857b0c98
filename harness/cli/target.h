/*
 * target - RUN[:SCENARIO[:STEP]] on a command line, and the journal it means.
 *
 * Layer: cli.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "base/err.h"

struct target {
	char *run;	/* as it was given: a folder of reports, or a journal */
	char *journal;	/* the file */
	char *scenario; /* its id; NULL: none is named */
	char *step;	/* "5.2"; NULL */
};

/**
 * target_parse - whether there are such files is for their reader to say.
 * Errors: ERR_SCHEMA for a text that names no run.
 */
MUST_USE bool target_parse(struct target *ret, const char *text,
			   struct err *e);
void target_done(struct target *t);

/** target_journal - the journal that @run means; to be freed. */
char *target_journal(const char *run);

#endif
