/*
 * main - avsbed's entry: finds the subcommand and lets it run.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>

#include "cli/commands.h"

#include "base/nearest.h"

#include "base/base.h"

#define USAGE_MAX 65536

static const struct command *const commands[] = {
	&command_check,
	&command_run,
	&command_report,
	&command_repro,
	&command_explain,
	&command_up,
	&command_do,
	&command_advance,
	&command_fault,
	&command_snapshot,
	&command_status,
	&command_logs,
	&command_env,
	&command_fund,
	&command_shell,
	&command_state,
	&command_verbs,
	&command_schema,
	&command_quote,
	&command_worker,
};

static void print_usage(FILE *out)
{
	fputs("usage: avsbed COMMAND [options] [arguments]\n\n"
	      "A test bed for EigenLayer AVSs whose operators run in TEEs.\n\n"
	      "commands:\n",
	      out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-10s%s\n", commands[i]->name,
			commands[i]->help);
	fputs("\navsbed COMMAND --help says more.\n"
	      "exit codes: 0 all passed, 1 a scenario failed, 2 the harness or "
	      "its\nenvironment failed, 64 usage, 77 everything skipped\n",
	      out);
}

static void print_command_usage(FILE *out, const struct command *c)
{
	struct buf b = BUF_INIT(USAGE_MAX);

	command_usage(&b, c);
	fputs(buf_str(&b), out);
	buf_done(&b);
}

bool command_options(const struct command *c, void *ret,
		     const char *const *argv, const char ***ret_rest,
		     int *ret_exit)
{
	struct err e = ERR_INIT;

	for (const char *const *a = argv; *a && strcmp(*a, "--"); a++) {
		if (!strcmp(*a, "--help")) {
			print_command_usage(stdout, c);
			*ret_exit = EXIT_OK;
			return false;
		}
	}
	if (options_parse(c->options, ret, argv, ret_rest, &e))
		return true;
	fprintf(stderr, "avsbed %s: %s\n", c->name, e.text);
	print_command_usage(stderr, c);
	*ret_exit = EXIT_USAGE;
	return false;
}

int command_failed(const struct err *e)
{
	if (e->pos.line)
		fprintf(stderr, "%s:%u:%u: ", e->pos.file, e->pos.line,
			e->pos.col);
	else
		fputs("avsbed: ", stderr);
	fprintf(stderr, "%s\n", e->text);
	return EXIT_BROKEN;
}

static int unknown_command(const char *word)
{
	const char *names[ARRAY_LEN(commands)];
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		names[i] = commands[i]->name;
	near = nearest_name(word, names, ARRAY_LEN(names));
	fprintf(stderr, "avsbed: there is no command %s%s%s\n", word,
		near ? "; nearest: " : "", near ? near : "");
	print_usage(stderr);
	return EXIT_USAGE;
}

/* @name: a command, or NULL. */
static int help(const char *name)
{
	if (!name) {
		print_usage(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(name, commands[i]->name) != 0)
			continue;
		print_command_usage(stdout, commands[i]);
		return EXIT_OK;
	}
	return unknown_command(name);
}

/*
 * Files of hundreds of kilobytes are read and dropped at every boot: what they
 * took goes back to the system instead of staying with the heap.
 */
static void keep_small(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 32 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 64 * 1024);
}

/* What is opened later must not become what is printed to. */
static void open_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			exit(EXIT_BROKEN);
}

/* A verdict that nobody could read is none. */
static int printed(int exit_code)
{
	bool lost = ferror(stdout);

	/* Once more, where an earlier one failed, for the reason. */
	if (lost)
		putchar('\n');
	if (!fflush(stdout) && !lost)
		return exit_code;
	fprintf(stderr, "avsbed: cannot write to the standard output: %s\n",
		strerror(errno));
	return EXIT_BROKEN;
}

static int run_command(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return help(argv[2]);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(argv[1], commands[i]->name))
			return commands[i]->main(
				(const char *const *)(argv + 2));
	return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
	/* A file-size limit is a failed write that says which, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	open_stdio();
	keep_small();
	return printed(run_command(argc, argv));
}
