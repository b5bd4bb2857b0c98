/*
 * world - everything that one simulator simulates.
 *
 * Layer: simulate.
 */
#ifndef SIMULATE_WORLD_H
#define SIMULATE_WORLD_H

#include "simulate/intel.h"

struct world {
	struct tee **tees; /* owned, each and the array */
	size_t n;
	struct intel intel;
};

#endif
