/*
 * together - the transactions of several steps in one block.
 *
 * Layer: scenario.
 */
#ifndef SCENARIO_TOGETHER_H
#define SCENARIO_TOGETHER_H

#include "scenario/play.h"

enum play_end act_together(struct play *p, const struct step *s,
			   struct scope *scope);
/** together_gather - in place of sending: into p->together. @data is copied. */
enum play_end together_gather(struct play *p, const struct step *s,
			 const struct call_ready *c, const struct value *who,
			 const struct addr20 *to, struct u256 value,
			 const struct buf *data, const char *summary);
/** together_told - the next transaction of p->together, which is mined. */
MUST_USE bool together_told(struct play *p, const struct step *s,
			   const struct together_tx **ret, struct err *e);
/** together_events - those that the transaction of @o emitted. */
void together_events(struct play *p, struct outcome *o);

#endif
