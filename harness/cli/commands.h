/*
 * commands - the subcommands of avsbed, one file each.
 *
 * Layer: cli. Adding one: a file cmd_<name>.c, a line here, a line in main.c.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command command_check;
extern const struct command command_run;
extern const struct command command_report;
extern const struct command command_repro;
extern const struct command command_explain;
extern const struct command command_up;
extern const struct command command_do;
extern const struct command command_advance;
extern const struct command command_fault;
extern const struct command command_snapshot;
extern const struct command command_status;
extern const struct command command_logs;
extern const struct command command_env;
extern const struct command command_fund;
extern const struct command command_shell;
extern const struct command command_worker;
extern const struct command command_state;
extern const struct command command_verbs;
extern const struct command command_schema;
extern const struct command command_quote;

/* Those of quote, found by command_quote. */
extern const struct command command_quote_make;
extern const struct command command_quote_show;
extern const struct command command_quote_verify;
extern const struct command command_quote_faults;

/**
 * command_options - parse or explain: on --help or an error the usage text is
 * printed and the exit code returned in *ret_exit.
 */
bool command_options(const struct command *c, void *ret,
		     const char *const *argv, const char ***ret_rest,
		     int *ret_exit);

/** command_failed - print an error as this program does; EXIT_BROKEN. */
int command_failed(const struct err *e);

#endif
