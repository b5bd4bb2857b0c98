/*
 * clock - how much time passed, for deadlines and reports only.
 *
 * Layer: base. No decision of a scenario depends on it: chain time is the only
 * time there. Deadlines are points on this clock.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** clock_ns - monotonic nanoseconds since some start. */
uint64_t clock_ns(void);

/** clock_ms - the same in milliseconds. */
uint64_t clock_ms(void);

/** clock_wall_ms - milliseconds since 1970, for the head of a report only. */
uint64_t clock_wall_ms(void);

#endif
