/*
 * terminal - a run as people watch it: one line a scenario, failures in full.
 *
 * Layer: report. A journal sink.
 */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdio.h>

#include "report/journal.h"

struct terminal {
	FILE *out;
	bool colour;
	bool verbose; /* steps too */
	const char *repro; /* borrowed; as failure_print() wants it */
	/* Failures and skips, kept for the end. */
	json_t *notes;
};

/**
 * terminal_init - colour if @out is a terminal and NO_COLOR is not set.
 * @repro: as failure_print() wants it.
 */
void terminal_init(struct terminal *t, FILE *out, bool verbose,
		   const char *repro);
void terminal_done(struct terminal *t);

/** terminal_wants - whether it does anything with records of a kind. */
bool terminal_wants(const struct terminal *t, const char *kind);
/** terminal_says - whether a record makes it print something. */
bool terminal_says(const struct terminal *t, const json_t *record);
/** terminal_colour, terminal_plain - a verdict's colour, and its end, where
 * there are colours. */
void terminal_colour(const struct terminal *t, struct buf *out,
		     enum verdict v);
void terminal_plain(const struct terminal *t, struct buf *out);

/** terminal_record - the journal_sink_fn; @arg is the struct terminal. */
void terminal_record(void *arg, const json_t *record);

#endif
