#include "cli/outputs.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/kept.h"
#include "cli/progress.h"
#include "cli/publish.h"
#include "devnet/state.h"
#include "io/reaper.h"
#include "report/failure.h"
#include "report/junit.h"
#include "report/terminal.h"

#include "base/base.h"

/* One run's files and names. */
struct writing {
	struct session *s;
	const struct outputs *o;
	char *tmp;     /* where its journal is if nobody asked for one */
	char *journal; /* its path */
	struct journal *j; /* open until the reports are made of it */
	char *kept;    /* the folder that such a one goes to if need be */
	char *repro;   /* as failure_print() wants it */
};

static void writing_done(struct writing *w)
{
	journal_free(w->j);
	tmpdir_free(w->tmp);
	free(w->journal);
	free(w->kept);
	free(w->repro);
}

/* Of what decides on the run, so that a run has the same name every time. */
static char *run_name(const struct session *s, const struct order *order,
		      uint64_t seed)
{
	CLEANUP(freep) char *below = NULL;
	struct keccak k;
	struct hash32 h;

	keccak_init(&k);
	keccak_add(&k, &seed, sizeof(seed));
	for (size_t i = 0; i < order->n; i++)
		keccak_add(&k, order->turns[i]->id,
			   strlen(order->turns[i]->id) + 1);
	h = keccak_done(&k);
	below = xasprintf("reports/run-%02x%02x%02x", h.b[0], h.b[1], h.b[2]);
	return session_path(s, below);
}

static bool make_folder(const char *path, struct err *e)
{
	return !path || !mkdir(path, 0777) || errno == EEXIST ||
	       err_os(e, errno, "cannot make %s", path);
}

/*
 * For what is written when all was played: that it can be is said before, and
 * what an earlier run left is not found beside one that was killed.
 */
static bool make_way(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(freep) char *dir =
		slash ? xstrndup(path, (size_t)(slash - path) + 1)
		      : xstrdup(".");

	struct stat st;

	/* It is made beside it and renamed, which no device survives. */
	if (!lstat(path, &st) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(e, ERR_OS, 0, "cannot write %s: it is no file",
			       path);
	if (access(dir, W_OK | X_OK) || (unlink(path) && errno != ENOENT))
		return err_os(e, errno, "cannot write %s", path);
	return true;
}

static bool make_way_for_all(const struct outputs *o, struct err *e)
{
	static const char *const names[] = { "index.html", "junit.xml",
					     "summary.md" };
	bool ok = !o->junit || make_way(o->junit, e);

	for (size_t i = 0; ok && o->reports && i < ARRAY_LEN(names); i++) {
		CLEANUP(freep) char *path = xasprintf("%s/%s", o->reports,
						      names[i]);

		ok = make_way(path, e);
	}
	return ok;
}

static bool begin(struct writing *w, const struct order *order,
		  const struct run_options *run, struct err *e)
{
	const struct outputs *o = w->o;
	CLEANUP(freep) char *cache = NULL;
	const char *name = o->run;

	/* What no world can be made without is said once, and before them. */
	if (!state_cache(&cache, e) || !make_folder(run->log_dir, e) ||
	    !make_folder(o->reports, e) || !make_way_for_all(o, e))
		return false;
	if (o->journal) {
		w->journal = xstrdup(o->journal);
	} else if (o->reports) {
		w->journal = xasprintf("%s/journal.jsonl", o->reports);
	} else {
		if (!tmpdir_new(&w->tmp, "journal", e))
			return false;
		w->journal = xasprintf("%s/journal.jsonl", w->tmp);
		w->kept = run_name(w->s, order, run->seed);
	}
	if (!name)
		name = o->reports   ? o->reports
		       : o->journal ? o->journal
				    : w->kept;
	w->repro = failure_repro(program_invocation_name, name);
	if (!journal_new(&w->j, w->journal, e))
		return false;
	if (w->tmp)
		journal_private(w->j);
	return true;
}

static bool play(struct writing *w, const struct order *order,
		 const struct run_options *run, struct run_totals *ret,
		 struct err *e)
{
	struct run_options told = *run;
	struct run_watch watch;
	struct progress *progress;
	struct terminal t;
	struct err late;
	bool ok;

	terminal_init(&t, stdout, w->o->verbose, w->repro);
	progress = progress_new(w->s->loop, &t, order, w->o->progress);
	watch = progress_watch(progress);
	told.watch = &watch;
	journal_sink(w->j, progress_record, progress_wants, progress);
	ok = run_suite(w->s->loop, order, &told, w->j, ret, e);
	progress_free(progress);
	terminal_done(&t);
	/* Why it did not end is worth more than why it is not all written. */
	return journal_close(w->j, ok ? e : &late) && ok;
}

static bool write_junit(const struct writing *w, struct err *e)
{
	const char *journal = w->journal;
	struct story s;
	bool ok;

	if (!story_read(&s, &journal, 1, e))
		return false;
	s.repro = w->repro;
	ok = junit_write(&s, w->o->junit, e);
	story_done(&s);
	return ok;
}

static bool write_reports(const struct writing *w, struct err *e)
{
	const char *journal = w->journal;

	if (w->o->junit && !write_junit(w, e))
		return false;
	if (w->o->reports)
		return publish(&journal, 1, w->o->reports, w->repro, false, e);
	/* Who comes back to a run has seen it. */
	return w->o->run || publish_github(journal, w->repro, e);
}

/* The only thing that a run leaves unasked: what `again:` speaks of. */
static void keep(const struct writing *w)
{
	const char *name = strrchr(w->kept, '/') + 1;
	CLEANUP(freep) char *folder =
		xstrndup(w->kept, (size_t)(name - 1 - w->kept));
	struct err e = ERR_INIT;

	if (!kept_add(folder, name, w->journal, &e))
		fprintf(stderr,
			"avsbed: the journal is not kept, so `again:` above "
			"will not work (--journal FILE says where to): %s\n",
			e.text);
}

static int exit_code(const struct run_totals *t)
{
	if (t->errors)
		return EXIT_BROKEN;
	if (t->failed)
		return EXIT_FAILED;
	return t->passed ? EXIT_OK : EXIT_ALL_SKIPPED;
}

int outputs_play(struct session *s, const struct order *order,
		 const struct run_options *run, const struct outputs *o)
{
	struct writing w = { .s = s, .o = o };
	struct run_totals t = { 0 };
	struct err e = ERR_INIT, ignored;
	int code;

	if (!begin(&w, order, run, &e)) {
		code = command_failed(&e);
	} else if (!play(&w, order, run, &t, &e)) {
		/* A run that was interrupted is reported as far as it came. */
		(void)!write_reports(&w, &ignored);
		code = command_failed(&e);
		if (w.kept && !o->run && (t.failed || t.errors))
			keep(&w);
	} else if (!write_reports(&w, &e)) {
		code = command_failed(&e);
	} else {
		/* Of more parts than scenarios some are empty; that is no
		 * failure. */
		code = order->n ? exit_code(&t) : EXIT_OK;
		if (w.kept && !o->run && (t.failed || t.errors))
			keep(&w);
	}
	writing_done(&w);
	return code;
}
