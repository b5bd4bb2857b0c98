#include "base/clock.h"

#include <time.h>

#include "base/base.h"

static uint64_t now_ns(clockid_t id)
{
	struct timespec ts;

	ASSERT(!clock_gettime(id, &ts));
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t clock_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

uint64_t clock_ms(void)
{
	return clock_ns() / 1000000u;
}

uint64_t clock_wall_ms(void)
{
	return now_ns(CLOCK_REALTIME) / 1000000u;
}
