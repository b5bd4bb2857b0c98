/*
 * github - workflow commands: what GitHub shows beside the lines of a file.
 *
 * Layer: report.
 */
#ifndef REPORT_GITHUB_H
#define REPORT_GITHUB_H

#include "report/story.h"

/**
 * github_escape - text as the message of a command; @property: as the value
 * of `file=`, `title=`, which : and , would end.
 */
void github_escape(struct buf *out, const char *s, bool property);

/**
 * github_annotations - one command a line: ::error for a failure, at its
 * step's place; ::notice for what was skipped. GitHub shows ten of each for a
 * step of a job, and of more tells nobody: the tenth then counts the others.
 */
void github_annotations(struct buf *out, const struct story *s);

#endif
