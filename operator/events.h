/*
 * events - what the operator says of itself: JSON lines on stdout for programs,
 * a log on stderr for people.
 *
 * docs/operator.md lists the events. Each line is flushed at once: readers wait
 * for it.
 */
#ifndef OPERATOR_EVENTS_H
#define OPERATOR_EVENTS_H

#include <stdio.h>

#include "codec/json.h"

struct events {
	FILE *out, *log;  /* log may be NULL */
	const char *name; /* the operator's, in front of each log line */
	bool broken;	  /* nobody reads @out any more */
};

/** events_emit - write one event; takes @event, whose first member names it. */
void events_emit(struct events *ev, json_t *event);

/** events_error - {"event":"error","what":@what,"text":…}, and the log. */
void events_error(struct events *ev, const char *what, const struct err *why);

/** events_log - a line for people only. */
void events_log(struct events *ev, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
