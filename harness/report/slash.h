/*
 * slash - the record "slash" as text for people: from who allocated what to
 * who is poorer, each number beside the rule that it follows from.
 *
 * Layer: report.
 */
#ifndef REPORT_SLASH_H
#define REPORT_SLASH_H

#include "report/story.h"

/**
 * slash_explain - every slash of a scenario, in order.
 * @step: only those of this step and the steps inside it; NULL: all.
 * Returns how many there were.
 */
size_t slash_explain(struct buf *out, const struct story_scenario *s,
		     const char *step);

#endif
