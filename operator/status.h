/*
 * status - what the chain says of this operator, for people and programs.
 */
#ifndef OPERATOR_STATUS_H
#define OPERATOR_STATUS_H

#include "operator/operator.h"

/**
 * status_collect - as one JSON object; docs/operator.md names its members.
 * @ret: new reference.
 */
MUST_USE bool status_collect(struct oper *op, json_t **ret, struct err *e);

/** status_print - the same as a table. */
void status_print(struct buf *out, const json_t *status);

#endif
