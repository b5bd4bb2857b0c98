#include "cli/audit.h"

#include <inttypes.h>

#include "cli/commands.h"
#include "io/child.h"
#include "scenario/audit.h"

#include "base/base.h"

#define TEXT_MAX 65536u
#define JOBS_MAX 64u

/* The last line, which several processes' are added up from. */
#define TOLD                                                                   \
	"audit: %u scenarios, %u acts dropped, %u of them unnoticed; "         \
	"%u expectations negated, %u of them unnoticed; "                      \
	"%u steps that no play reaches; %u scenarios not audited"

static int told(const struct audit_totals *t)
{
	printf("\n" TOLD "\n", t->scenarios, t->acts, t->unnoticed,
	       t->expectations, t->blind, t->unplayed, t->others);
	return t->unnoticed || t->blind || t->unplayed || t->others
		       ? EXIT_FAILED
		       : EXIT_OK;
}

/* --- by several processes ------------------------------------------------------ */

struct jobs {
	struct audit_totals totals;
	unsigned running, broken;
};

struct job {
	struct jobs *jobs;
	struct child *child;
};

static void add_up(struct audit_totals *sum, const struct audit_totals *t)
{
	sum->scenarios += t->scenarios;
	sum->acts += t->acts;
	sum->unnoticed += t->unnoticed;
	sum->expectations += t->expectations;
	sum->blind += t->blind;
	sum->unplayed += t->unplayed;
	sum->others += t->others;
}

static void job_line(void *arg, enum child_stream s, const char *line)
{
	const struct job *j = arg;
	struct audit_totals t;

	if (s == CHILD_ERR) {
		fprintf(stderr, "%s\n", line);
	} else if (sscanf(line, TOLD, &t.scenarios, &t.acts, &t.unnoticed,
			  &t.expectations, &t.blind, &t.unplayed,
			  &t.others) == 7) {
		add_up(&j->jobs->totals, &t);
	} else if (*line) {
		printf("%s\n", line);
		fflush(stdout);
	}
}

static void job_ended(void *arg, int status)
{
	const struct job *j = arg;

	j->jobs->running--;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > EXIT_FAILED)
		j->jobs->broken++;
}

static bool all_ended(void *arg)
{
	const struct jobs *j = arg;

	return j->running == 0;
}

static bool start_job(struct job *job, struct session *s,
		      const struct plan *plan, const struct shard *part,
		      const struct run_options *run, struct err *e)
{
	CLEANUP(freep) const char **argv =
		xcalloc(plan->n + 16, sizeof(*argv));
	CLEANUP(freep) char *shard = xasprintf("%" PRIu64 "/%" PRIu64,
					       part->index, part->of);
	CLEANUP(freep) char *seed = xasprintf("%" PRIu64, run->seed);
	CLEANUP(freep) char *timeout = xasprintf("%" PRIu64, run->timeout_s);
	const struct child_spec spec = {
		.name = "an audit",
		.argv = argv,
		.hold_stdin = true,
		.on_line = job_line,
		.on_exit = job_ended,
		.arg = job,
	};
	size_t n = 0;

	argv[n++] = run->program;
	argv[n++] = "run";
	argv[n++] = "--audit";
	argv[n++] = "--jobs";
	argv[n++] = "1";
	argv[n++] = "--shard";
	argv[n++] = shard;
	argv[n++] = "--seed";
	argv[n++] = seed;
	if (run->timeout_s) {
		argv[n++] = "--timeout";
		argv[n++] = timeout;
	}
	if (run->filter) {
		argv[n++] = "--filter";
		argv[n++] = run->filter;
	}
	if (run->tag) {
		argv[n++] = "--tag";
		argv[n++] = run->tag;
	}
	for (size_t i = 0; i < plan->n; i++)
		argv[n++] = plan->paths[i];
	return child_spawn(&job->child, s->loop, &spec, e);
}

static int by_jobs(struct session *s, const struct plan *plan,
		   const struct shard *shard, const struct run_options *run,
		   unsigned n)
{
	struct job jobs[JOBS_MAX] = { 0 };
	struct jobs all = { .running = 0 };
	struct err e = ERR_INIT;
	bool ok = true;

	for (unsigned i = 0; ok && i < n; i++) {
		const struct shard part = { (shard->index - 1) * n + i + 1,
					    shard->of * n };

		jobs[i].jobs = &all;
		ok = start_job(&jobs[i], s, plan, &part, run, &e);
		all.running += ok;
	}
	ok = ok && loop_run_until(s->loop, all_ended, &all, UINT64_MAX,
				  "the audits to end", &e);
	for (unsigned i = 0; i < n; i++)
		child_free(jobs[i].child);
	if (!ok)
		return command_failed(&e);
	if (all.broken)
		return EXIT_BROKEN;
	return told(&all.totals);
}

int audit_play(struct session *s, const struct plan *plan,
	       const struct order *order, const struct shard *shard,
	       const struct run_options *run)
{
	unsigned jobs = run->jobs < JOBS_MAX ? (unsigned)run->jobs : JOBS_MAX;
	struct audit_totals t;
	struct err e = ERR_INIT;

	if (jobs > order->n)
		jobs = (unsigned)order->n;
	if (jobs > 1)
		return by_jobs(s, plan, shard, run, jobs);
	if (!run_audit(s->loop, order, run, stdout, &t, &e))
		return command_failed(&e);
	return told(&t);
}
