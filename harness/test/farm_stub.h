/*
 * farm_stub - a checkout made of links, in which one thing can be missing, broken
 * or another one, and the real program run in it as a process.
 *
 * Not a room: linked with tests of the command line. It has a home, a cache
 * and a TMPDIR of its own; what a run leaves in them, or runs on, is a failure
 * of the test. Everything else is the real checkout's (AVSBED_ROOT, or the
 * working directory), whose programs must have been built.
 */
#ifndef TEST_FARM_STUB_H
#define TEST_FARM_STUB_H

#include "base/buf.h"
#include "io/loop.h"

struct farm {
	char *base; /* a temporary directory that holds the others */
	char *root; /* the checkout: build/, contracts/, scenarios/, … */
	char *cache, *home, *tmp;
	const char *real; /* the checkout that is linked to */
	char *program; /* what runs; avsbed finds its checkout by where it is */
	struct loop *loop;
	char **env; /* of every run; NULL-ended */
};

/**
 * farm_warm - play a scenario in the real checkout, so that its cache has the
 * state that farms share. Once for a test program, before the first farm_new.
 */
void farm_warm(const char *scenario);

/** farm_new - fails the test if there is no built checkout to link to. */
struct farm *farm_new(void);
void farm_free(struct farm *f);

/* What cmocka calls before the tests of a program, before each, and after. */
int farm_warm_core(void **state); /* farm_warm() with the world `core` */
int farm_setup(void **state);	  /* farm_new() */
int farm_teardown(void **state);

/* Change the farm; @path is relative to its root. What is there is replaced. */
void farm_put(struct farm *f, const char *path, const char *text);
void farm_script(struct farm *f, const char *path, const char *text);
void farm_link(struct farm *f, const char *path, const char *target);
void farm_remove(struct farm *f, const char *path);
/**
 * farm_own - a folder `own` of an author's, beside the checkout's: its worlds
 * and verbs, its invariants a link each, and what the test puts there. Free it.
 */
char *farm_own(struct farm *f);
/** farm_copy - a file or folder of the real checkout as one of its own. */
void farm_copy(struct farm *f, const char *path);
/** farm_restore - the link to the real checkout again. */
void farm_restore(struct farm *f, const char *path);
/** farm_in_real - run the real checkout's program, where forge need not compile
 * again; cache, home and TMPDIR stay the farm's. */
void farm_in_real(struct farm *f);
/** farm_setenv - a variable of every later run. */
void farm_setenv(struct farm *f, const char *name, const char *value);
/** farm_forget - a cache without any state. */
void farm_forget(struct farm *f);
/** farm_path - absolute; to be freed. */
char *farm_path(const struct farm *f, const char *path);

/* A run of build/bin/avsbed. */
struct farm_run {
	struct child *child;
	struct buf out; /* both streams, as lines */
	uint64_t started_ms;
};

/** farm_start - @args: NULL-terminated, without the program. */
void farm_start(struct farm *f, struct farm_run *ret, const char *const *args);
/** farm_said - wait until a line of the output holds @text. */
void farm_said(struct farm *f, struct farm_run *r, const char *text,
	       unsigned within_ms);
/** farm_wait - until it ended; returns its wait status. Frees nothing. */
int farm_wait(struct farm *f, struct farm_run *r, unsigned within_ms);
void farm_run_done(struct farm_run *r);

/*
 * farm_fails - run, and expect this exit code, this text in the output, and
 * nothing left behind, all @within_ms.
 */
void farm_fails(struct farm *f, const char *const *args, int exit_code,
		const char *text, unsigned within_ms);
#define FARM_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* How soon nothing is left is promised, and judged, where it is calm: by the soak. */
#define FARM_GONE_MS 20000

/**
 * farm_clean - no process started in this farm runs, and TMPDIR and home are
 * empty, at the latest @within_ms from now. Fails with a list of what is left.
 */
void farm_clean(struct farm *f, unsigned within_ms);

/**
 * farm_process - the pid of a process of this farm whose command begins with
 * @name ("anvil"), or 0.
 */
pid_t farm_process(const struct farm *f, const char *name);
/** farm_sleep - serve the loop for so long. */
void farm_sleep(struct farm *f, unsigned ms);

#endif
