/*
 * progress - a run on a terminal while it is on: what plays, what came out so
 * far, how long it may take, below the lines that stay. Elsewhere nothing but
 * the lines.
 *
 * Layer: cli.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "report/terminal.h"
#include "scenario/order.h"

struct progress;

/**
 * progress_new - @t: writes the lines that stay; borrowed, as is @order.
 * @show: draw it, if the terminal's output is one.
 */
struct progress *progress_new(struct loop *l, struct terminal *t,
			      const struct order *order, bool show);
void progress_free(struct progress *p); /* NULL-safe; takes it away */

/** progress_record, progress_wants - a journal_sink_fn, in place of
 * terminal_record(), and what it wants. */
void progress_record(void *arg, const json_t *record);
bool progress_wants(void *arg, const char *kind);
/** progress_watch - what run_options.watch wants. */
struct run_watch progress_watch(struct progress *p);

#endif
