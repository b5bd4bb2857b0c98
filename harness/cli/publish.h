/*
 * publish - reports into a folder, and to GitHub where it runs this.
 *
 * Layer: cli.
 */
#ifndef CLI_PUBLISH_H
#define CLI_PUBLISH_H

#include "base/err.h"

/**
 * publish - reports_write(); then, where the environment has GITHUB_ACTIONS,
 * annotations on stdout, and where it has GITHUB_STEP_SUMMARY, the summary
 * appended to that file. @repro: as for reports_write(). @github: annotations
 * in any case.
 */
MUST_USE bool publish(const char *const *journals, size_t n, const char *dir,
		      const char *repro, bool github, struct err *e);

/**
 * publish_github - what publish() gives to GitHub, of a run that writes no
 * reports; nothing where the environment does not ask for it.
 */
MUST_USE bool publish_github(const char *journal, const char *repro,
			     struct err *e);

#endif
