/*
 * Turns played by several workers, each a process with worlds of its own
 * (run_worker.c). Whoever played them and whenever: their records come into
 * the journal in the order of the turns, so that it is the same for any number
 * of workers.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/hex.h"
#include "io/child.h"
#include "io/reaper.h"
#include "scenario/run_priv.h"

#include "base/base.h"

#define END_MS 60000 /* for a worker to end its worlds */
#define NOBODY SIZE_MAX

struct jobs;

struct worker {
	struct jobs *jobs;
	struct child *child; /* NULL: not started */
	bool gone;	     /* it ended by itself */
	unsigned number;
	size_t turn; /* that it plays; NOBODY */
	size_t last; /* that it played before, whose chain it has */
};

enum state { WAITING, PLAYING, PLAYED, LOST };

struct jobs {
	struct loop *loop;
	const struct order *order;
	const struct run_options *o;
	struct journal *journal;
	struct run_totals *totals;
	char *dir; /* of the turns' journals */
	struct worker *workers;
	size_t workers_n;
	enum state *states; /* of turns */
	char **lost;	    /* why; owned */
	size_t written;	    /* turns whose records are in the journal */
	bool news;
};

/* --- which turn next --------------------------------------------------------- */

static bool taken(const struct jobs *j, const struct turn *t)
{
	const struct turn *const *turns = j->order->turns;

	for (size_t i = 0; i < j->workers_n; i++) {
		const struct worker *w = &j->workers[i];
		size_t at = w->turn != NOBODY ? w->turn : w->last;

		if (at != NOBODY && turn_same_chain(turns[at], t))
			return true;
	}
	return false;
}

/* One of the chain it has; else of a chain that nobody has; else any. */
static size_t next_turn(const struct worker *w)
{
	const struct jobs *j = w->jobs;
	const struct turn *const *turns = j->order->turns;
	size_t fresh = NOBODY, any = NOBODY;

	for (size_t i = j->written; i < j->order->n; i++) {
		if (j->states[i] != WAITING)
			continue;
		if (w->last != NOBODY && turn_same_chain(turns[w->last], turns[i]))
			return i;
		if (any == NOBODY)
			any = i;
		if (fresh == NOBODY && !taken(j, turns[i]))
			fresh = i;
	}
	return fresh != NOBODY ? fresh : any;
}

/* --- workers -------------------------------------------------------------------- */

static void said(void *arg, enum child_stream s, const char *line)
{
	struct worker *w = arg;
	struct jobs *j = w->jobs;
	const char *verdict = strchrnul(line, ' ');
	CLEANUP(freep) char *number = xstrndup(line, (size_t)(verdict - line));
	uint64_t turn;
	enum verdict v;
	struct err e;

	if (s != CHILD_OUT || w->turn == NOBODY || !*verdict ||
	    !dec_u64(&turn, number, &e) || turn != w->turn ||
	    !verdict_parse(&v, verdict + 1))
		return;
	run_ended(j->o, w->turn, v);
	j->states[w->turn] = PLAYED;
	w->last = w->turn;
	w->turn = NOBODY;
	j->news = true;
}

static void ended(void *arg, int status)
{
	struct worker *w = arg;
	struct jobs *j = w->jobs;
	char text[64];

	if (w->turn != NOBODY) {
		j->states[w->turn] = LOST;
		run_ended(j->o, w->turn, VERDICT_ERROR);
		j->lost[w->turn] = xasprintf(
			"the worker that played it ended: %s; its last words: "
			"%s",
			child_status_text(status, text), child_tail(w->child));
	}
	w->turn = w->last = NOBODY;
	w->gone = true;
	j->news = true;
}

/* Logs of two worlds in one file would help nobody. */
static bool log_dir(const struct worker *w, char **ret, struct err *e)
{
	const char *all = w->jobs->o->log_dir;
	CLEANUP(freep) char *dir = NULL;

	if (!all)
		return true;
	dir = xasprintf("%s/worker-%u", all, w->number);
	if (mkdir(dir, 0755) && errno != EEXIST)
		return err_os(e, errno, "cannot make %s", dir);
	*ret = TAKE(dir);
	return true;
}

/*
 * Where each has a CPU to itself it keeps to it with its anvil and operators,
 * which then wake each other without another CPU: that is a tenth of all time.
 * Fewer workers would share theirs with another run's, and use two at once.
 */
static unsigned cpu_of(const struct worker *w)
{
	return w->jobs->workers_n == cpu_count() ? w->number : 0;
}

static bool start(struct worker *w, struct err *e)
{
	const struct run_options *o = w->jobs->o;
	CLEANUP(freep) char *logs = NULL, *seed = NULL, *timeout = NULL;
	CLEANUP(freep) char *since = NULL, *name = NULL, *repeat = NULL;
	CLEANUP(freep) char *cpu = xasprintf("%u", cpu_of(w));

	if (!log_dir(w, &logs, e))
		return false;
	seed = xasprintf("%llu", (unsigned long long)o->seed);
	repeat = xasprintf("%llu", (unsigned long long)o->repeat);
	timeout = xasprintf("%llu", (unsigned long long)o->timeout_s);
	since = xasprintf("%llu", (unsigned long long)journal_started(
					  w->jobs->journal));
	name = xasprintf("worker %u", w->number);
	return child_spawn(
		&w->child, w->jobs->loop,
		&(const struct child_spec){
			.name = name,
			.argv =
				(const char *const[]){
					o->program, "worker", "--library",
					o->library, "--dir", w->jobs->dir,
					"--seed", seed, "--repeat", repeat,
					"--timeout", timeout,
					"--since", since, "--cpu", cpu,
					"--operator",
					o->operator ? o->operator : "",
					"--logs", logs ? logs : "",
					o->trace ? "--trace" : NULL, NULL },
			.hold_stdin = true,
			.on_line = said,
			.on_exit = ended,
			.arg = w,
		},
		e);
}

static void ask(struct worker *w, size_t at)
{
	const struct turn *t = w->jobs->order->turns[at];
	CLEANUP(freep) char *seed = xasprintf(
		"%llu", (unsigned long long)w->jobs->order->seeds[at]);
	CLEANUP(json_decrefp) json_t *j =
		json_pack("{s:I, s:I, s:s, s:s, s:b}", "turn", (json_int_t)at,
			  "row", (json_int_t)t->row, "seed", seed, "path",
			  t->pos.file, "continued", (int)t->continued);
	CLEANUP(freep) char *text = json_text(j);
	CLEANUP(freep) char *line = xasprintf("%s\n", text);

	w->turn = at;
	w->jobs->states[at] = PLAYING;
	run_began(w->jobs->o, at);
	child_write(w->child, line);
}

static bool hand_out(struct jobs *j, struct err *e)
{
	for (size_t i = 0; i < j->workers_n; i++) {
		struct worker *w = &j->workers[i];
		size_t at = w->turn == NOBODY ? next_turn(w) : NOBODY;

		if (at == NOBODY)
			continue;
		if (w->gone)
			child_free(TAKE(w->child));
		w->gone = false;
		if (!w->child && !start(w, e))
			return false;
		ask(w, at);
	}
	return true;
}

/* All are told first, so that they end side by side. */
static void end_workers(struct jobs *j)
{
	for (size_t i = 0; i < j->workers_n; i++) {
		struct worker *w = &j->workers[i];

		if (!w->child)
			continue;
		if (w->turn == NOBODY)
			child_close_stdin(w->child);
		else
			child_signal(w->child, SIGTERM);
	}
	for (size_t i = 0; i < j->workers_n; i++) {
		struct worker *w = &j->workers[i];
		struct err e;

		w->turn = NOBODY;
		if (w->child && !child_wait(w->child, clock_ms() + END_MS, &e))
			child_stop(w->child, END_MS, NULL);
	}
}

/* --- their records ---------------------------------------------------------------- */

struct reading {
	struct jobs *jobs;
	bool begun, ended;
};

static void pass_on(void *arg, const json_t *record)
{
	struct reading *r = arg;
	const char *ev = json_string_value(json_object_get(record, "ev"));
	const char *verdict;
	enum verdict v;

	if (r->ended || !ev)
		return;
	r->begun = true;
	r->ended = !strcmp(ev, "scenario.end");
	journal_pass(r->jobs->journal, record);
	verdict = json_string_value(json_object_get(record, "verdict"));
	if (r->ended && verdict && verdict_parse(&v, verdict))
		run_count(r->jobs->totals, v);
}

/* What was played so far is there; how it would have ended nobody knows. */
static void write_turn(struct jobs *j, size_t at)
{
	CLEANUP(freep) char *path = xasprintf("%s/%zu.jsonl", j->dir, at);
	struct reading r = { .jobs = j };
	struct err e = ERR_INIT;

	if (!journal_read(path, pass_on, &r, &e) && !j->lost[at])
		j->lost[at] = xstrdup(e.text);
	unlink(path);
	journal_settle(j->journal);
	if (r.ended)
		return;
	run_lost(j->journal, j->o, j->order, at, r.begun,
		 j->lost[at] ? j->lost[at] : "its journal has no end");
	run_count(j->totals, VERDICT_ERROR);
}

/* Returns whether more is to be played. */
static bool write_played(struct jobs *j)
{
	while (j->written < j->order->n &&
	       (j->states[j->written] == PLAYED ||
		j->states[j->written] == LOST)) {
		write_turn(j, j->written++);
		if (j->o->fail_fast && run_failed(j->totals))
			return false;
	}
	return j->written < j->order->n;
}

static bool news(void *arg)
{
	return ((struct jobs *)arg)->news;
}

static bool play(struct jobs *j, struct err *e)
{
	while (write_played(j)) {
		j->news = false;
		if (!hand_out(j, e) ||
		    !loop_run_until(j->loop, news, j, UINT64_MAX,
				    "the workers", e))
			return false;
	}
	return true;
}

bool run_jobs(struct loop *loop, const struct order *order,
	      const struct run_options *o, struct journal *journal,
	      struct run_totals *ret, struct err *e)
{
	struct jobs j = {
		.loop = loop,
		.order = order,
		.o = o,
		.journal = journal,
		.totals = ret,
		.workers_n = o->jobs < order->n ? (size_t)o->jobs : order->n,
	};
	bool ok;

	if (!tmpdir_new(&j.dir, "avsbed-jobs", e))
		return false;
	j.workers = xcalloc(j.workers_n, sizeof(*j.workers));
	j.states = xcalloc(order->n, sizeof(*j.states));
	j.lost = xcalloc(order->n, sizeof(*j.lost));
	for (size_t i = 0; i < j.workers_n; i++)
		j.workers[i] = (struct worker){ .jobs = &j,
						.number = (unsigned)i + 1,
						.turn = NOBODY,
						.last = NOBODY };
	ok = play(&j, e);
	end_workers(&j);
	for (size_t i = 0; i < j.workers_n; i++)
		child_free(j.workers[i].child);
	for (size_t i = 0; i < order->n; i++)
		free(j.lost[i]);
	free(j.lost);
	free(j.states);
	free(j.workers);
	tmpdir_free(j.dir);
	return ok;
}
