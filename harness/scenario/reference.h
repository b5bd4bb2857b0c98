/*
 * reference - the verbs of the language as a page of documentation.
 *
 * Layer: scenario. Written from the table in verbs.c, so that it cannot say
 * anything else than what the parser does.
 */
#ifndef SCENARIO_REFERENCE_H
#define SCENARIO_REFERENCE_H

#include "base/buf.h"
#include "scenario/verbs.h"

/** reference_verbs - docs/verbs.md, Markdown: the language's own verbs. */
void reference_verbs(struct buf *out);
/** reference_written - the rest of it: @defs in order, by folder. */
void reference_written(struct buf *out, const struct verb_def *const *defs,
		       size_t n);
/** reference_example - a verb's example as a scenario that can be played. */
void reference_example(struct buf *out, enum verb v);

#endif
