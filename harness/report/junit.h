/*
 * junit - a story as JUnit XML, for CI systems.
 *
 * Layer: report.
 */
#ifndef REPORT_JUNIT_H
#define REPORT_JUNIT_H

#include "report/story.h"

/**
 * junit_write - XML to @path.
 * One testsuite, one testcase a scenario (classname: its folder). FAIL and
 * TIMEOUT are <failure>, ERROR is <error>, SKIP is <skipped>.
 * Errors: ERR_LIMIT; as file_write_atomic.
 */
MUST_USE bool junit_write(const struct story *s, const char *path,
			  struct err *e);

#endif
