/*
 * find - the scenario files that a command line names.
 */
#include <errno.h>
#include <fts.h>
#include <sys/stat.h>

#include "codec/json.h"
#include "scenario/run.h"

#include "base/base.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && !strcmp(name + len - n, end);
}

static bool is_yaml(const char *name)
{
	return ends_in(name, ".yaml");
}

/* Of an editor, or of another system's file manager. */
static bool is_hidden(const FTSENT *ent)
{
	return ent->fts_level > 0 && ent->fts_name[0] == '.';
}

/* Folders of files that are no scenarios. */
static bool is_other(const char *name)
{
	return !strcmp(name, "worlds") || !strcmp(name, "verbs") ||
	       !strcmp(name, "invariants");
}

/* Named on the command line: a shell's star gives it among the others. */
static bool is_other_folder(const char *path)
{
	CLEANUP(freep) char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;
	struct stat st;

	return slash && is_other(slash + 1) && stat(real, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

struct found {
	char **paths;
	char **real; /* of each */
	size_t n, cap, real_cap;
	size_t seen; /* those that were there already, too */
};

static void found_done(struct found *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->paths)
			free(f->paths[i]);
		free(f->real[i]);
	}
	free(f->paths);
	free(f->real);
}

/* Journals and reports are JSON: what has no name there would be in none. */
static bool has_name(const char *path, struct err *e)
{
	CLEANUP(json_decrefp) json_t *name = json_string(path);
	CLEANUP(json_decrefp) json_t *near = json_said(path);

	return name ||
	       err_set(e, ERR_SCHEMA, 0,
		       "%s: this name is no UTF-8, so that no report could "
		       "have it; rename the file or its folder",
		       json_string_value(near));
}

/* Once, however often and however it is named: an id is one scenario's. */
static bool add(struct found *f, const char *path, struct err *e)
{
	CLEANUP(freep) char *real = realpath(path, NULL);
	size_t n = f->n;

	if (!has_name(path, e))
		return false;
	if (!real)
		return err_os(e, errno, "cannot read %s", path);
	f->seen++;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(f->real[i], real))
			return true;
	while (!strncmp(path, "./", 2))
		path += 2 + strspn(path + 2, "/");
	GROW(f->paths, n, f->cap);
	GROW(f->real, n, f->real_cap);
	f->paths[n] = xstrdup(path);
	f->real[f->n++] = TAKE(real);
	return true;
}

static bool visit_file(const FTSENT *ent, struct found *f, struct err *e)
{
	/* A file that was named is taken whatever its name is. */
	if (ent->fts_level == 0 || is_yaml(ent->fts_name))
		return add(f, ent->fts_path, e);
	if (ends_in(ent->fts_name, ".yml"))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s would not be played: of a folder the files "
			       "that end in .yaml are",
			       ent->fts_path);
	return true;
}

static bool visit(FTS *fts, FTSENT *ent, struct found *f, struct err *e)
{
	switch (ent->fts_info) {
	case FTS_D:
		if (is_hidden(ent) ||
		    (ent->fts_level > 0 && is_other(ent->fts_name)))
			fts_set(fts, ent, FTS_SKIP);
		return true;
	case FTS_F:
		return is_hidden(ent) || visit_file(ent, f, e);
	case FTS_SLNONE:
		return is_hidden(ent) || !is_yaml(ent->fts_name) ||
		       err_set(e, ERR_OS, ENOENT,
			       "cannot read %s: what it links to is not there",
			       ent->fts_path);
	case FTS_NS:
	case FTS_DNR:
	case FTS_ERR:
		return err_os(e, ent->fts_errno, "cannot read %s",
			      ent->fts_path);
	default:
		return true;
	}
}

static bool walk(const char *path, struct found *f, struct err *e)
{
	char *roots[] = { (char *)(uintptr_t)path, NULL };
	FTS *fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	size_t before = f->seen;
	bool ok = true;
	FTSENT *ent;

	if (!fts)
		return err_os(e, errno, "cannot read %s", path);
	while (ok && (ent = fts_read(fts)))
		ok = visit(fts, ent, f, e);
	fts_close(fts);
	if (ok && f->seen == before)
		ok = err_set(e, ERR_SCHEMA, 0,
			     "%s: there is no scenario here (*.yaml)", path);
	return ok;
}

bool run_find(const char *const *paths, char ***ret, size_t *ret_n,
	      struct err *e)
{
	struct found f = { 0 };
	const char *other = NULL;
	bool ok = true;

	for (; *paths && ok; paths++) {
		if (is_other_folder(*paths))
			other = *paths;
		else
			ok = walk(*paths, &f, e);
	}
	if (ok && !f.n && other)
		ok = err_set(e, ERR_SCHEMA, 0,
			     "%s: worlds, verbs and invariants are checked "
			     "with the scenarios that use them: name those",
			     other);
	if (ok) {
		*ret = TAKE(f.paths);
		*ret_n = f.n;
	}
	found_done(&f);
	return ok;
}
