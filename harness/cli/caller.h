/*
 * caller - questions to a world that is up (desk.h), from another process.
 *
 * Layer: cli.
 */
#ifndef CLI_CALLER_H
#define CLI_CALLER_H

#include "codec/json.h"
#include "io/loop.h"

struct caller {
	struct loop *loop;
	char *path; /* the world's socket */
};

/**
 * caller_open - find the world.
 * @name: its name; NULL: the only one that is up.
 * Errors: ERR_SCHEMA if none is up, or several and none was named: lists them.
 */
MUST_USE bool caller_open(struct caller *c, const char *name, struct err *e);
void caller_close(struct caller *c);

typedef void caller_out(void *arg, const char *text, bool wrong);

/** caller_print - a caller_out: to our own output, or errors. */
void caller_print(void *arg, const char *text, bool wrong);

/**
 * caller_ask - ask, and wait for the end of the answer.
 * @take_question: its reference is taken.
 * @out:  called with each part of the answer, as it comes; @wrong: it says why
 *        there is none.
 * @ret:  the exit code.
 * Errors: ERR_PARSE where it is NULL, since it had other text than UTF-8;
 * ERR_OS if the world ended meanwhile; ERR_OS [EINTR] on a signal.
 */
MUST_USE bool caller_ask(struct caller *c, json_t *take_question,
			 caller_out *out, void *arg, int *ret, struct err *e);

/** caller_main - for commands that are one question, its answer printed. */
int caller_main(const char *world, json_t *take_question);

#endif
