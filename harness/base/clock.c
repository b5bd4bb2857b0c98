#include "base/clock.h"

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

bool clock_is_over(struct timespec t)
{
	struct timespec now;

	ASSERT(!clock_gettime(CLOCK_REALTIME_COARSE, &now));
	return now.tv_sec > t.tv_sec ||
	       (now.tv_sec == t.tv_sec && t.tv_nsec &&
		now.tv_nsec > t.tv_nsec);
}
