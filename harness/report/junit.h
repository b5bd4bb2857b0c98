/*
 * junit - a journal as JUnit XML, for CI systems.
 *
 * Layer: report.
 */
#ifndef REPORT_JUNIT_H
#define REPORT_JUNIT_H

#include "base/err.h"

/**
 * junit_write - read the journal at @journal, write XML to @path.
 * One testsuite, one testcase a scenario (classname: its folder). FAIL and
 * TIMEOUT are <failure>, ERROR is <error>, SKIP is <skipped>.
 * Errors: as journal_read and file_write_atomic.
 */
MUST_USE bool junit_write(const char *journal, const char *path,
			  struct err *e);

#endif
