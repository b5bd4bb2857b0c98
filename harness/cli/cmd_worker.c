/*
 * worker - what `run --jobs` starts: plays the turns it is asked for.
 */
#include "base/cpu.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "scenario/run.h"

#include "base/base.h"

struct options {
	const char *library, *dir, *logs, *operator;
	uint64_t seed, repeat, timeout, since, cpu;
	bool trace;
};

static const struct option_spec options[] = {
	{ "library", OPTION_TEXT, "DIR", "the folder that has worlds/",
	  offsetof(struct options, library) },
	{ "dir", OPTION_TEXT, "DIR", "where its journals go",
	  offsetof(struct options, dir) },
	{ "seed", OPTION_U64, "N", "as of run", offsetof(struct options, seed) },
	{ "repeat", OPTION_U64, "N", "as of run",
	  offsetof(struct options, repeat) },
	{ "timeout", OPTION_U64, "SECONDS", "as of run",
	  offsetof(struct options, timeout) },
	{ "since", OPTION_U64, "MS", "when the run started",
	  offsetof(struct options, since) },
	{ "cpu", OPTION_U64, "N", "keeps to the Nth CPU, from 1; 0: to none",
	  offsetof(struct options, cpu) },
	{ "operator", OPTION_TEXT, "PROGRAM", "as of run",
	  offsetof(struct options, operator) },
	{ "trace", OPTION_FLAG, NULL, "as of run",
	  offsetof(struct options, trace) },
	{ "logs", OPTION_TEXT, "DIR", "as of run",
	  offsetof(struct options, logs) },
	{ .name = NULL },
};

static bool work(struct session *s, const struct options *o, struct err *e)
{
	CLEANUP(freep) char *program = session_path(s, "build/bin/avsbed");
	const struct run_options run = {
		.root = s->root,
		.program = program,
		.seed = o->seed,
		.repeat = o->repeat,
		.log_dir = *o->logs ? o->logs : NULL,
		.trace = o->trace,
		.operator = *o->operator ? o->operator : NULL,
		.timeout_s = o->timeout,
	};
	struct run_work w = { .dir = o->dir, .since_ms = o->since };
	struct diags diags;
	struct library *lib;
	bool ok;

	diags_init(&diags);
	lib = library_new(o->library, &diags);
	w.lib = lib;
	w.fd = STDIN_FILENO;
	ok = run_worker(s->loop, &run, &w, e);
	library_free(lib);
	diags_done(&diags);
	return ok;
}

static int worker_main(const char *const *argv)
{
	CLEANUP(freep) const char **rest = NULL;
	struct options o = { .operator = "", .logs = "" };
	struct session s;
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_worker, &o, argv, &rest, &code))
		return code;
	if (!o.library || !o.dir) {
		fputs("avsbed worker: run --jobs starts it, nobody else\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (o.cpu)
		cpu_stay((unsigned)o.cpu - 1);
	if (!session_open(&s, &e))
		return command_failed(&e);
	code = work(&s, &o, &e) ? EXIT_OK : command_failed(&e);
	session_close(&s);
	return code;
}

const struct command command_worker = {
	.name = "worker",
	.args = "",
	.help = "a part of run --jobs",
	.options = options,
	.main = worker_main,
};
