/*
 * clock - how much time passed, for deadlines and reports only.
 *
 * Layer: base. No decision of a scenario depends on it: chain time is the only
 * time there. Deadlines are points on this clock. What time it is on the wall,
 * nobody asks, but for whether a file's time is over.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** clock_ns - monotonic nanoseconds since some start. */
uint64_t clock_ns(void);

/** clock_ms - the same in milliseconds. */
uint64_t clock_ms(void);

/** clock_is_over - whether the clock that files' times are of, which ticks every
 * few milliseconds, is past @t: who writes from now on leaves a later time. Some
 * file systems have whole seconds: one is over when the next begins. */
bool clock_is_over(struct timespec t);

#endif
