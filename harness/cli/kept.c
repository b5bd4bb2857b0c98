#include "cli/kept.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#define JOURNAL "journal.jsonl"

struct kept {
	char *path;
	struct timespec at; /* when its journal was written */
};

struct list {
	struct kept *items;
	size_t n, cap;
};

static bool is_run(const char *name)
{
	static const char before[] = "run-", digits[] = "0123456789abcdef";
	const size_t n = sizeof(before) - 1;

	return !strncmp(name, before, n) && strlen(name) == n + 6 &&
	       strspn(name + n, digits) == 6;
}

/* Whether a folder holds a journal and nothing else. */
static bool is_only_journal(const char *path)
{
	DIR *d = opendir(path);
	bool journal = false, other = false;

	for (const struct dirent *x = d ? readdir(d) : NULL; x; x = readdir(d))
		if (!strcmp(x->d_name, JOURNAL))
			journal = true;
		else
			other |= strcmp(x->d_name, ".") &&
				 strcmp(x->d_name, "..");
	if (d)
		closedir(d);
	return journal && !other;
}

static void note(struct list *l, const char *folder, const char *name)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", folder, name);
	CLEANUP(freep) char *journal = xasprintf("%s/" JOURNAL, path);
	struct stat st;

	if (!is_run(name) || lstat(path, &st) || !S_ISDIR(st.st_mode) ||
	    !is_only_journal(path) || lstat(journal, &st) ||
	    !S_ISREG(st.st_mode))
		return;
	GROW(l->items, l->n, l->cap);
	l->items[l->n++] = (struct kept){ TAKE(path), st.st_mtim };
}

static int newest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->at.tv_sec != y->at.tv_sec)
		return x->at.tv_sec < y->at.tv_sec ? 1 : -1;
	if (x->at.tv_nsec != y->at.tv_nsec)
		return x->at.tv_nsec < y->at.tv_nsec ? 1 : -1;
	return strcmp(x->path, y->path);
}

static void take_away(const char *path)
{
	CLEANUP(freep) char *journal = xasprintf("%s/" JOURNAL, path);

	/* Another run may be doing the same. */
	(void)unlink(journal);
	(void)rmdir(path);
}

static void prune(const char *folder)
{
	struct list l = { .n = 0 };
	DIR *d = opendir(folder);

	for (const struct dirent *x = d ? readdir(d) : NULL; x; x = readdir(d))
		note(&l, folder, x->d_name);
	if (d)
		closedir(d);
	if (l.n)
		qsort(l.items, l.n, sizeof(*l.items), newest_first);
	for (size_t i = 0; i < l.n; i++) {
		if (i >= KEPT_MAX)
			take_away(l.items[i].path);
		free(l.items[i].path);
	}
	free(l.items);
}

static bool make_folder(const char *path, struct err *e)
{
	return !mkdir(path, 0777) || errno == EEXIST ||
	       err_os(e, errno, "cannot make %s", path);
}

bool kept_add(const char *folder, const char *name, const char *journal,
	      struct err *e)
{
	CLEANUP(freep) char *dir = xasprintf("%s/%s", folder, name);
	CLEANUP(freep) char *path = xasprintf("%s/" JOURNAL, dir);

	if (!make_folder(folder, e) || !make_folder(dir, e) ||
	    !file_copy(path, journal, e))
		return false;
	prune(folder);
	return true;
}
