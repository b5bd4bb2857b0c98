/*
 * stepping_clock - preloaded into a run and all that it starts: the wall clock
 * is a day ahead, a day behind, and ahead again every 20 ms. How much time
 * passes (CLOCK_MONOTONIC) stays true.
 */
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400
#define EVERY_NS 20000000

static time_t off(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_nsec / EVERY_NS % 2 ? -DAY : DAY;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);

	if (!r && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += off();
	return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	int r = (int)syscall(SYS_gettimeofday, tv, zone);

	if (!r)
		tv->tv_sec += off();
	return r;
}

time_t time(time_t *ret)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}
