/*
 * desk - where a world that is up is asked: a UNIX socket, for `avsbed do`,
 * `env`, `fund`, `logs`, `status`, `snapshot`, `shell`.
 *
 * Layer: cli. A connection is one question, {"ask": KIND, …}; the answer is
 * any number of {"out": TEXT} and, of why there is none, {"err": TEXT}, then
 * {"exit": CODE}. The socket is found by its directory, $TMPDIR/up-WORLD.*,
 * which the reaper removes and in which `root` says whose checkout's it is.
 * One that another user made, or may write into, is not believed.
 */
#ifndef CLI_DESK_H
#define CLI_DESK_H

#include "cli/board.h"
#include "codec/json.h"
#include "io/loop.h"
#include "scenario/fragment.h"

struct desk;

struct desk_spec {
	struct loop *loop;
	const char *root;  /* the checkout */
	const char *world; /* the name it is found by */
	/* Each line that a process writes, as it comes; or NULL. */
	void (*on_line)(void *arg, const char *actor, const char *line);
	void *arg;
};

/** desk_new - it keeps lines already; nobody is let in before desk_open().
 * @spec: borrowed, like all below. */
struct desk *desk_new(const struct desk_spec *spec);
void desk_free(struct desk *d); /* NULL-safe; takes the link away */
DEFINE_CLEANUP(struct desk, desk_free)

/** desk_line - something that a process wrote. */
void desk_line(struct desk *d, const char *actor, const char *line);

/**
 * desk_open - let questions in.
 * Errors: ERR_OS if a world of that name is up already.
 */
MUST_USE bool desk_open(struct desk *d, struct live *live, struct fragments *f,
			struct board *board, struct err *e);

/** desk_asked - whether a question waits for desk_answer(). */
bool desk_asked(const struct desk *d);
/** desk_answer - answer one; runs the loop. */
void desk_answer(struct desk *d);

/** desk_list - worlds of a checkout that are up: {name: path of its socket}. */
json_t *desk_list(struct loop *l, const char *root);

#endif
