/*
 * fault_list - the table of faults, for people, programs and the docs.
 *
 * Layer: simulate. docs/tee-faults.md is the Markdown form as it stands; a test
 * holds it to that.
 */
#ifndef SIMULATE_FAULT_LIST_H
#define SIMULATE_FAULT_LIST_H

#include "simulate/fault.h"

enum fault_list_form {
	FAULT_LIST_TEXT,
	FAULT_LIST_JSON, /* [{"id", "name", "of", "answer", "check", …}, …] */
	FAULT_LIST_MARKDOWN,
};

/** fault_list - append every fault. */
void fault_list(struct buf *out, enum fault_list_form form);

#endif
