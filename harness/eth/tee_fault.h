/*
 * tee_fault - what can be wrong with a TEE, by name.
 *
 * Layer: eth, since the simulator makes them and the check of scenarios knows
 * them. What each does is for simulate/fault.h.
 */
#ifndef ETH_TEE_FAULT_H
#define ETH_TEE_FAULT_H

#include <stddef.h>

#include "base/err.h"

/** tee_fault_name - the @i-th; NULL behind the last one. */
const char *tee_fault_name(size_t i);

/**
 * tee_fault_known - "name" or "name:parameter=number": is there that name?
 * Errors: ERR_SCHEMA with the nearest name.
 */
MUST_USE bool tee_fault_known(const char *text, struct err *e);

#endif
