/*
 * board - a world that is up, at a glance: who runs, what is staked, what the
 * world's own columns say, and what happened last.
 *
 * Layer: cli.
 */
#ifndef CLI_BOARD_H
#define CLI_BOARD_H

#include "scenario/fragment.h"

struct board;

/** board_new - all is borrowed. */
struct board *board_new(struct live *live, const struct world *w,
			struct library *lib, struct fragments *f);
void board_free(struct board *b); /* NULL-safe */
DEFINE_CLEANUP(struct board, board_free)

/**
 * board_table - as of the head; a line each.
 * Errors: of asking the chain.
 */
MUST_USE bool board_table(struct board *b, struct buf *out, struct err *e);

/** board_env - endpoints, addresses and keys, for a shell's eval. */
void board_env(struct board *b, struct buf *out);
/** board_json - the same as one JSON object; for programs. */
void board_json(struct board *b, struct buf *out);
/**
 * board_operator_env - what a process needs to stand in for an operator, too.
 * False if it is none.
 */
bool board_operator_env(struct board *b, const char *name, struct buf *out);

#endif
