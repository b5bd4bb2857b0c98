/* record - what probe.c writes before each piece sent to anvil's socket, and,
 * of no length, when a transaction was answered. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <stdint.h>

struct record_head {
	uint64_t ns;	     /* clock_ns() */
	uint32_t connection; /* 1, 2, … in the order in which they were made */
	uint32_t len;	     /* of the bytes that follow */
};

#endif
