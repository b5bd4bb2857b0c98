/*
 * run - scenarios, played one after the other on live worlds.
 *
 * Layer: scenario. The only part that starts anything.
 */
#ifndef SCENARIO_RUN_H
#define SCENARIO_RUN_H

#include "crypto/hash.h"
#include "io/loop.h"
#include "report/journal.h"
#include "scenario/load.h"

struct run_options {
	const char *root;   /* the checkout */
	const char *program; /* this one, to start workers of it */
	uint64_t seed;
	uint64_t repeat;    /* how often each is played, by @seed and those
			     * that follow it; 0 counts as 1 */
	bool shuffle;	    /* in an order that the seed gives */
	bool fail_fast;
	bool keep;	       /* pause at the end of each scenario */
	bool pause_on_failure; /* only where one fails */
	const char *log_dir; /* what processes wrote is kept here; or NULL */
	const char *operator; /* the operators' program; NULL: ours */
	const char *filter;  /* only what has this in its id or title; or NULL */
	const char *tag;     /* only what has this tag; or NULL */
	const char *library; /* the folder that has worlds/ */
	uint64_t jobs;	     /* worlds at once, each in a process; 1: in ours */
	uint64_t timeout_s;  /* of each scenario; 0: only its waits have one */
	bool trace;	     /* calls and requests into the journal, too */
	struct run_stop *stop; /* where the first play pauses; or NULL */
	const struct run_watch *watch; /* or NULL */
};

/* Told of each turn of the order as it begins and ends, whoever plays it. */
struct run_watch {
	void (*began)(void *arg, size_t turn);
	void (*ended)(void *arg, size_t turn, enum verdict v);
	void *arg;
};

/* A step of one play: `repro` comes there again, and stops before it. */
struct run_stop {
	const size_t *rows; /* of the branches before it, as struct choices */
	size_t rows_n;
	const char *step;   /* its number; NULL: at the end of the scenario */
	uint64_t nth;	    /* the how-manieth of that number, from 1 */
	uint32_t line;	    /* where it stood then */
	bool reached;	    /* set once the play was there */
};

struct run_totals {
	unsigned passed, failed, errors, skipped;
};

struct order;

/**
 * run_suite - play an order of scenarios that were loaded and checked.
 * @loop: its signals are the caller's; loop_stop() ends the run orderly.
 * Records go to @j: run.start, scenario.start, step.end, failure,
 * scenario.end, run.end.
 * Errors: only what stops the whole run; a scenario that could not be played
 * counts in errors.
 */
MUST_USE bool run_suite(struct loop *loop, const struct order *order,
			const struct run_options *o, struct journal *j,
			struct run_totals *ret, struct err *e);

/* What a worker of another process's run_suite() goes by. All borrowed. */
struct run_work {
	struct library *lib;
	const char *dir;	   /* of journals */
	uint64_t since_ms;	   /* of their "t" */
	int fd;			   /* where it is asked for turns */
};

/**
 * run_worker - play turns until the end of work->fd. A line asks for one, as
 * struct turn has it: {"turn": 3, "row": 0, "path": "…", "continued": false}.
 * Its journal is dir/3.jsonl, and once that is whole "3 pass" is printed, or
 * another verdict.
 * Errors: ERR_SCHEMA for a file that can no longer be played; ERR_OS.
 */
MUST_USE bool run_worker(struct loop *loop, const struct run_options *o,
			 const struct run_work *work, struct err *e);

/**
 * run_live_spec - what a world asks devnet/live for.
 * @a: owns everything in it.
 */
struct live_spec;
struct live_operator;
MUST_USE bool run_live_spec(struct arena *a, const struct world *w,
			    const struct run_options *o,
			    struct live_spec *ret, struct err *e);
/** run_spec_key - equal for worlds that one live world can serve. */
struct hash32 run_spec_key(const struct live_spec *s);
/** run_cast - the world's operators, likewise. */
MUST_USE bool run_cast(struct arena *a, const struct world *w,
		       struct live_operator **ret, size_t *ret_n,
		       struct err *e);

/** run_cast_key - equal for operators that start in the same state. */
struct hash32 run_cast_key(const struct live_operator *ops, size_t n);

/** run_find - the scenario files below @paths, sorted; folders named worlds,
 * verbs and invariants are left out. @ret: names and array to be freed. */
MUST_USE bool run_find(const char *const *paths, char ***ret, size_t *ret_n,
		       struct err *e);

#endif
