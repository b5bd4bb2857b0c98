/*
 * options - command-line options from one table: parsing and usage text.
 *
 * Layer: cli.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/buf.h"

enum option_kind {
	OPTION_FLAG, /* bool: true when given */
	OPTION_TEXT, /* const char *: borrowed from argv */
	OPTION_U64,  /* uint64_t: decimal */
	OPTION_COUNT, /* uint64_t: of 1 to OPTION_COUNT_MAX; 0: not given */
	OPTION_LIST, /* struct option_list: as often as it is given */
};

#define OPTION_COUNT_MAX 100000
#define OPTION_LIST_MAX 32
struct option_list {
	const char *v[OPTION_LIST_MAX]; /* borrowed from argv */
	size_t n;
};

struct option_spec {
	const char *name;  /* without the dashes; NULL ends a table */
	enum option_kind kind;
	const char *value; /* what it takes: "FILE"; NULL for a flag */
	const char *help;
	size_t offset;	   /* of its member in the options struct */
};

/* One subcommand. */
struct command {
	const char *name;
	const char *args; /* "[FILE…]" */
	const char *help; /* one line */
	const char *more; /* what else is worth knowing, whole lines; or NULL */
	const struct option_spec *options;
	/* @argv: what is no option, NULL-terminated. Returns an exit code. */
	int (*main)(const char *const *argv);
};

/**
 * options_parse - fill the struct at @ret from @argv (without the program and
 * command names). `--name=value` and `--name value`; `--` ends options.
 * @ret_rest: positional arguments, NULL-terminated; free().
 * Errors: ERR_SCHEMA naming the option and the nearest known one.
 */
MUST_USE bool options_parse(const struct option_spec *table, void *ret,
			    const char *const *argv, const char ***ret_rest,
			    struct err *e);

/** command_usage - the usage text of one command. */
void command_usage(struct buf *out, const struct command *c);

/* Exit codes of every subcommand. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,      /* a scenario failed */
	EXIT_BROKEN = 2,      /* the harness or its environment failed */
	EXIT_USAGE = 64,
	EXIT_ALL_SKIPPED = 77,
};

#endif
