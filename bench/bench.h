/* bench - the measurements of bench/README.md. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Prints why, and ends with the status of a broken environment. */
_Noreturn void bench_die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* A scenario's calls, from the snapshot with which it begins to its last. */
struct replayed {
	uint64_t ns;	      /* when replayed */
	uint64_t recorded_ns; /* when the scenario made them */
	size_t calls, mined;
};
/** bench_replay - what probe.c wrote to @dir, against an anvil of its own. */
struct replayed bench_replay(const char *dir);

#endif
