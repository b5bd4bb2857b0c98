/*
 * clock - how much time passed, for deadlines and reports only.
 *
 * Layer: base. No decision of a scenario depends on it: chain time is the only
 * time there. Deadlines are points on this clock. What time it is on the wall,
 * nobody asks.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** clock_ns - monotonic nanoseconds since some start. */
uint64_t clock_ns(void);

/** clock_ms - the same in milliseconds. */
uint64_t clock_ms(void);

#endif
