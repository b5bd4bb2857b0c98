#include "cli/watch.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/touched.h"
#include "io/child.h"
#include "scenario/run.h"

#include "base/base.h"

#define EVENTS_SIZE 8192
#define GRACE_MS 5000u
#define OUTPUT_MAX (16u << 20)
#define MAKE_MS (10u * 60 * 1000)

struct list {
	const char **items;
	size_t n, cap;
};

static void add(struct list *l, const char *item)
{
	GROW(l->items, l->n, l->cap);
	l->items[l->n++] = item;
}

struct watching {
	struct session *session;
	const char *const *argv, *const *paths;
	int fd;	      /* inotify's */
	char **dirs;  /* by watch descriptor; NULL: none */
	size_t dirs_n;
	char **changed; /* and not played since; owned */
	size_t changed_n, changed_cap;
	bool lost; /* more changed than the kernel could tell */
	bool news; /* since either was last looked at */
};

/* --- what changes --------------------------------------------------------- */

static void watch_dir(struct watching *w, const char *path)
{
	int id = inotify_add_watch(w->fd, path,
				   IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE |
					   IN_ONLYDIR);
	size_t at = (size_t)id;

	/* A folder that went away meanwhile has nothing to be watched. */
	if (id < 0)
		return;
	if (at >= w->dirs_n) {
		w->dirs = xrealloc(w->dirs, (at + 1) * sizeof(*w->dirs));
		while (w->dirs_n <= at)
			w->dirs[w->dirs_n++] = NULL;
	}
	free(w->dirs[at]);
	w->dirs[at] = xstrdup(path);
}

static void add_changed(struct watching *w, const char *path)
{
	if (source_of(path) == SOURCE_NONE)
		return;
	w->news = true;
	for (size_t i = 0; i < w->changed_n; i++)
		if (!strcmp(w->changed[i], path))
			return;
	GROW(w->changed, w->changed_n, w->changed_cap);
	w->changed[w->changed_n++] = xstrdup(path);
}

/* @is_new: what is in it by now is new, too. */
static void watch_tree(struct watching *w, const char *path, bool is_new)
{
	char *roots[] = { (char *)(uintptr_t)path, NULL };
	FTS *fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *ent;

	while (fts && (ent = fts_read(fts)))
		if (ent->fts_info == FTS_D)
			watch_dir(w, ent->fts_path);
		else if (ent->fts_info == FTS_F && is_new)
			add_changed(w, ent->fts_path);
	if (fts)
		fts_close(fts);
}

static void note(struct watching *w, const struct inotify_event *v)
{
	const char *dir = v->wd >= 0 && (size_t)v->wd < w->dirs_n
				  ? w->dirs[v->wd]
				  : NULL;
	CLEANUP(freep) char *path = NULL;

	if (v->mask & IN_Q_OVERFLOW)
		w->lost = w->news = true;
	if (!dir || !v->len)
		return;
	path = xasprintf("%s/%s", dir, v->name);
	if (v->mask & IN_ISDIR)
		watch_tree(w, path, true);
	/* A file that was made is complete when it is closed. */
	else if (!(v->mask & IN_CREATE))
		add_changed(w, path);
}

static void on_change(void *arg, uint32_t events)
{
	struct watching *w = arg;
	char data[EVENTS_SIZE]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(w->fd, data, sizeof(data));

	(void)events;
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *v = (const void *)(data + at);

		note(w, v);
		at += (ssize_t)(sizeof(*v) + v->len);
	}
}

static bool has_news(void *arg)
{
	const struct watching *w = arg;

	return w->news;
}

static void forget(struct watching *w)
{
	w->lost = w->news = false;
	while (w->changed_n)
		free(w->changed[--w->changed_n]);
}

/* --- what is done about it ------------------------------------------------ */

static void print_line(void *arg, enum child_stream s, const char *line)
{
	(void)arg;
	fprintf(s == CHILD_OUT ? stdout : stderr, "%s\n", line);
	fflush(stdout);
}

static bool is_path(const struct watching *w, const char *word)
{
	for (const char *const *p = w->paths; *p; p++)
		if (*p == word)
			return true;
	return false;
}

/* Ended orderly by Ctrl-C; its verdict is on the screen. */
static bool play(struct watching *w, const struct list *files, struct err *e)
{
	CLEANUP(freep) char *program = xasprintf("%s/build/bin/avsbed",
						 w->session->root);
	CLEANUP(child_freep) struct child *c = NULL;
	struct list argv = { NULL, 0, 0 };
	bool ok;

	add(&argv, program);
	add(&argv, "run");
	for (const char *const *a = w->argv; *a; a++)
		if (!is_path(w, *a) && strcmp(*a, "--watch") != 0 &&
		    strcmp(*a, "--") != 0)
			add(&argv, *a);
	add(&argv, "--");
	for (size_t i = 0; i < files->n; i++)
		add(&argv, files->items[i]);
	add(&argv, NULL);
	ok = child_spawn(&c, w->session->loop,
			 &(struct child_spec){ .name = "avsbed run",
					       .argv = argv.items,
					       .on_line = print_line },
			 e);
	free(argv.items);
	if (!ok)
		return false;
	if (child_wait(c, UINT64_MAX, e))
		return true;
	child_stop(c, GRACE_MS, NULL);
	return false;
}

/* What make says of a mistake is the answer; nothing is played then. */
static bool build(struct watching *w, bool *ret_built, struct err *e)
{
	struct buf out = BUF_INIT(OUTPUT_MAX);
	const char *argv[] = { "/usr/bin/env", "make", "-s", "-C",
			       w->session->root, "programs", NULL };

	*ret_built = child_run(w->session->loop,
			       &(struct child_spec){ .name = "make programs",
						     .argv = argv },
			       &out, MAKE_MS, e);
	if (!*ret_built && e->code == ERR_CHILD)
		fputs(buf_str(&out), stdout);
	buf_done(&out);
	return *ret_built || e->code == ERR_CHILD;
}

static bool any_touches(const struct watching *w, const char *scenario)
{
	if (w->lost)
		return true;
	for (size_t i = 0; i < w->changed_n; i++)
		if (touched(scenario, w->changed[i]))
			return true;
	return false;
}

/* As somebody in the checkout would name it. */
static const char *shown(const struct watching *w, const char *path)
{
	size_t n = strlen(w->session->root);

	return !strncmp(path, w->session->root, n) && path[n] == '/'
		       ? path + n + 1
		       : path;
}

/* Folders of scenarios with the worlds and verbs beside them; all sources. */
static bool watch_sources(struct watching *w, struct err *e)
{
	static const char *const sources[] = { "contracts/src",
					       "contracts/script", "operator",
					       "simulate", "harness" };
	char **all;
	size_t n;

	if (!run_find(w->paths, &all, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(freep) char *root = library_root(all[i]);

		if (root)
			watch_tree(w, root, false);
		free(all[i]);
	}
	free(all);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		CLEANUP(freep) char *dir = xasprintf("%s/%s", w->session->root,
						     sources[i]);

		watch_tree(w, dir, false);
	}
	return true;
}

static bool wants_build(const struct watching *w)
{
	for (size_t i = 0; i < w->changed_n; i++)
		if (source_of(w->changed[i]) == SOURCE_PROGRAM)
			return true;
	return w->lost;
}

static void tell_changes(const struct watching *w)
{
	for (size_t i = 0; i < w->changed_n; i++)
		printf("--- %s\n", shown(w, w->changed[i]));
	if (w->lost)
		puts("--- more than could be told; all is looked at anew");
	fflush(stdout);
}

static bool replay(struct watching *w, char *const *all, size_t n,
		   struct err *e)
{
	struct list files = { NULL, 0, 0 };
	bool built = true, ok = !wants_build(w) || build(w, &built, e);

	for (size_t i = 0; i < n; i++)
		if (any_touches(w, all[i]))
			add(&files, all[i]);
	forget(w);
	if (ok && built && files.n)
		ok = play(w, &files, e);
	else if (ok && built)
		puts("no scenario has to do with it");
	free(files.items);
	return ok;
}

static bool react(struct watching *w, struct err *e)
{
	struct err gone = ERR_INIT;
	char **all = NULL;
	bool ok = true;
	size_t n = 0;

	w->news = false;
	tell_changes(w);
	/* A file that is being replaced comes with the next change, for which
	 * these wait. */
	if (!run_find(w->paths, &all, &n, &gone) ||
	    (w->lost && !watch_sources(w, &gone)))
		(void)command_failed(&gone);
	else
		ok = replay(w, all, n, e);
	for (size_t i = 0; i < n; i++)
		free(all[i]);
	free(all);
	return ok;
}

/* --- the whole ------------------------------------------------------------ */

static bool serve(struct watching *w, struct err *e)
{
	struct list files = { NULL, 0, 0 };
	bool ok;

	for (const char *const *p = w->paths; *p; p++)
		add(&files, *p);
	ok = watch_sources(w, e) && play(w, &files, e);
	free(files.items);
	while (ok) {
		puts("watching; Ctrl-C ends");
		fflush(stdout);
		ok = loop_run_until(w->session->loop, has_news, w,
				    UINT64_MAX, "a change", e) &&
		     react(w, e);
	}
	return false;
}

int watch_run(const char *const *argv, const char *const *paths)
{
	static const char *const everything[] = { "scenarios", NULL };
	struct session s;
	struct watching w = { .session = &s,
			      .argv = argv,
			      .paths = *paths ? paths : everything };
	struct err e = ERR_INIT;
	struct watch *fd;
	int code = EXIT_OK;

	if (!session_open(&s, &e))
		return command_failed(&e);
	w.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w.fd < 0) {
		err_os(&e, errno, "cannot watch files");
		code = command_failed(&e);
	} else {
		fd = loop_watch(s.loop, w.fd, EPOLLIN, on_change, &w);
		if (!serve(&w, &e) && !loop_stopped(s.loop))
			code = command_failed(&e);
		watch_free(fd);
		fd_close(&w.fd);
	}
	forget(&w);
	free(w.changed);
	for (size_t i = 0; i < w.dirs_n; i++)
		free(w.dirs[i]);
	free(w.dirs);
	session_close(&s);
	return code;
}
