#include "base/clock.h"

#include <time.h>

#include "base/base.h"

uint64_t clock_ns(void)
{
	struct timespec ts;

	ASSERT(!clock_gettime(CLOCK_MONOTONIC, &ts));
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t clock_ms(void)
{
	return clock_ns() / 1000000u;
}
