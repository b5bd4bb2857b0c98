/*
 * run - play scenarios, report on the terminal and into files.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cpu.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/plan.h"
#include "cli/shard.h"
#include "cli/watch.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)

struct options {
	const char *reports, *junit, *journal, *logs, *filter, *tag, *shard;
	const char *operator;
	uint64_t seed, repeat, timeout, jobs;
	bool shuffle, fail_fast, verbose, list, plan, audit, keep, pause, trace, watch;
};

static const struct option_spec options[] = {
	{ "operator", OPTION_TEXT, "PROGRAM",
	  "play with this operator, docs/foreign-operator.md",
	  offsetof(struct options, operator) },
	{ "filter", OPTION_TEXT, "TEXT", "only ids and titles that have this",
	  offsetof(struct options, filter) },
	{ "tag", OPTION_TEXT, "TAG", "only scenarios with this tag",
	  offsetof(struct options, tag) },
	{ "list", OPTION_FLAG, NULL, "show which there are; play nothing",
	  offsetof(struct options, list) },
	{ "plan", OPTION_FLAG, NULL, "show the order, and who shares a chain",
	  offsetof(struct options, plan) },
	{ "shard", OPTION_TEXT, "K/N", "only the K-th of N parts; auto: as "
				       "the CI system says",
	  offsetof(struct options, shard) },
	{ "jobs", OPTION_COUNT, "N", "so many at once; as there are cores",
	  offsetof(struct options, jobs) },
	{ "audit", OPTION_FLAG, NULL, "drop each act, negate each expectation: who "
				       "does not notice?",
	  offsetof(struct options, audit) },
	{ "timeout", OPTION_COUNT, "SECONDS", "for each scenario; then TIMEOUT",
	  offsetof(struct options, timeout) },
	{ "reports", OPTION_TEXT, "DIR",
	  "write them all: HTML, JUnit, summary, journal",
	  offsetof(struct options, reports) },
	{ "junit", OPTION_TEXT, "FILE", "write a JUnit report",
	  offsetof(struct options, junit) },
	{ "journal", OPTION_TEXT, "FILE", "write the journal, JSON lines",
	  offsetof(struct options, journal) },
	{ "logs", OPTION_TEXT, "DIR", "keep what every process wrote",
	  offsetof(struct options, logs) },
	{ "seed", OPTION_U64, "N", "decides every order; 1 if not given",
	  offsetof(struct options, seed) },
	{ "repeat", OPTION_COUNT, "N", "play each scenario N times, by this seed and the next",
	  offsetof(struct options, repeat) },
	{ "shuffle", OPTION_FLAG, NULL, "in an order that the seed gives",
	  offsetof(struct options, shuffle) },
	{ "fail-fast", OPTION_FLAG, NULL, "end after the first failure",
	  offsetof(struct options, fail_fast) },
	{ "pause-on-failure", OPTION_FLAG, NULL,
	  "the devnet of a failure stays until Enter",
	  offsetof(struct options, pause) },
	{ "keep", OPTION_FLAG, NULL, "each devnet stays until Enter",
	  offsetof(struct options, keep) },
	{ "watch", OPTION_FLAG, NULL,
	  "play what a saved file touches, until Ctrl-C",
	  offsetof(struct options, watch) },
	{ "trace", OPTION_FLAG, NULL,
	  "show each transaction's calls and each actor's requests",
	  offsetof(struct options, trace) },
	{ "verbose", OPTION_FLAG, NULL, "show every step",
	  offsetof(struct options, verbose) },
	{ .name = NULL },
};

static int show(const struct order *order, const struct options *o)
{
	struct buf b = BUF_INIT(OUTPUT_MAX);

	if (o->plan)
		order_plan(&b, order);
	else
		order_list(&b, order);
	fputs(buf_str(&b), stdout);
	buf_done(&b);
	return EXIT_OK;
}

static int run_order(struct session *s, const struct order *order,
		     const struct run_options *run, const struct options *o)
{
	const struct outputs outputs = {
		.reports = o->reports,
		.junit = o->junit,
		.journal = o->journal,
		.verbose = o->verbose || o->trace,
		/* What a paused devnet prints would stand in its way. */
		.progress = !o->keep && !o->pause,
	};

	if (o->list || o->plan)
		return show(order, o);
	return outputs_play(s, order, run, &outputs);
}

/* Where no operator is started nobody would miss it. */
static bool operator_there(const struct session *s, const char *program,
			   struct err *e)
{
	CLEANUP(freep) char *path = !program || *program == '/'
					    ? NULL
					    : session_path(s, program);
	const char *at = path ? path : program;
	struct stat st;

	if (!program)
		return true;
	if (stat(at, &st) || access(at, X_OK))
		return err_os(e, errno,
			      "--operator: cannot execute %s (a path is of "
			      "the checkout, or begins with /)",
			      at);
	return S_ISREG(st.st_mode) ||
	       err_set(e, ERR_SCHEMA, 0, "--operator: %s is no program", at);
}

static int run_plan(void *arg, struct session *s, const struct plan *p)
{
	CLEANUP(freep) char *program = xasprintf("%s/build/bin/avsbed",
						 s->root);
	const struct options *o = arg;
	const struct run_options run = {
		.root = s->root,
		.program = program,
		.seed = o->seed,
		.repeat = o->repeat,
		.shuffle = o->shuffle,
		.fail_fast = o->fail_fast,
		.log_dir = o->logs,
		.operator = o->operator,
		.filter = o->filter,
		.tag = o->tag,
		.timeout_s = o->timeout,
		.library = p->root,
		.trace = o->trace,
		.keep = o->keep,
		.pause_on_failure = o->pause,
		/* One at a time where somebody looks. */
		.jobs = o->keep || o->pause ? 1 : o->jobs ? o->jobs : cpu_count(),
	};
	struct order order;
	struct shard shard = { 1, 1 };
	struct err e = ERR_INIT;
	int code;

	if (plan_flawed(p))
		return EXIT_USAGE;
	if (!operator_there(s, o->operator, &e) ||
	    (o->shard && !shard_parse(&shard, o->shard, getenv, &e)) ||
	    !plan_order(&order, p, &run, &e)) {
		command_failed(&e);
		return EXIT_USAGE;
	}
	order_part(&order, (size_t)shard.index, (size_t)shard.of);
	if (run.jobs > 1)
		session_drop_abis(s);
	code = o->audit && !o->list && !o->plan
		       ? audit_play(s, p, &order, &shard, &run)
		       : run_order(s, &order, &run, o);
	order_done(&order);
	return code;
}

static int run_main(const char *const *argv)
{
	CLEANUP(turns_freep) struct turns *turns = turns_new();
	CLEANUP(freep) const char **paths = NULL;
	struct options o = { .seed = 1 };
	int code;

	if (!command_options(&command_run, &o, argv, &paths, &code))
		return code;
	if (o.watch)
		return watch_run(argv, paths);
	return plan_command(paths, turns, run_plan, &o);
}

const struct command command_run = {
	.name = "run",
	.args = "[FILE|FOLDER…]",
	.help = "play scenarios; all of scenarios/ if none is named",
	.more = "What is wrong in a file is said before anything starts. A run in which something\n"
		"fails keeps its journal in reports/run-XXXXXX, if no --reports or --journal says\n"
		"where to; each failure ends in the command that comes back to its step.\n"
		"On a terminal it shows what runs and how long it may take; NO_COLOR is obeyed.\n"
		"--shard auto takes the part from the environment of GitLab, CircleCI, Buildkite,\n"
		"Bitbucket, Semaphore or Azure; auto/N from an indexed job of Kubernetes.\n"
		"The same seed gives the same journal, whatever --jobs is. docs/running.md\n",
	.options = options,
	.main = run_main,
};
