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

/**
 * bench_answers - of the last two transactions that others than the harness
 * sent: how long after the block of the harness's last one, in ns.
 */
void bench_answers(const char *dir, uint64_t ret[2]);

/**
 * bench_used - of all processes of this name, in us of CPU, as probe.c wrote in @dir;
 * "memory": the most that avsbed had, in KiB.
 */
double bench_used(const char *dir, const char *name);

/* What a play costs the harness, in ms of CPU. */
struct plays {
	double mean;	 /* in the middle one of the rounds */
	double quickest; /* the mean, in the round with least */
	double middle;	 /* the scenario that costs more than half of them do */
};
/**
 * bench_plays - in @dir is what probe.c wrote of a run that played each of
 * @scenarios several times, all after all; the first of these rounds is left out.
 */
struct plays bench_plays(const char *dir, size_t scenarios);

/* What a run had in memory, in KiB. */
#define WATCHED_AT 1, 100, 500, 1000 /* scenarios after which it is noted */
#define WATCHED_MARKS 4
struct watched {
	size_t played;
	uint64_t at_kb[WATCHED_MARKS]; /* what was resident */
	uint64_t most_kb;   /* at any time until the last verdict */
	uint64_t worker_kb; /* of its workers, the one with most; 0: none */
};
/** bench_watch - @argv is a run in which all pass. */
struct watched bench_watch(const char *const *argv);

#endif
