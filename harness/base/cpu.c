#include "base/cpu.h"

#include <sched.h>
#include <stddef.h>

#include "base/base.h"

unsigned cpu_count(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set)
		       ? 1
		       : (unsigned)CPU_COUNT(&set);
}

void cpu_stay(unsigned nth)
{
	cpu_set_t ours, one;
	unsigned left;
	size_t cpu = 0;

	if (sched_getaffinity(0, sizeof(ours), &ours))
		return;
	left = nth % (unsigned)CPU_COUNT(&ours);
	while (!CPU_ISSET(cpu, &ours) || left--)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}
