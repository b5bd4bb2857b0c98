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

static bool is_yaml(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".yaml");
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
	size_t n, cap;
};

/* Journals and reports are JSON: what has no name there would be in none. */
static bool add(struct found *f, const char *path, struct err *e)
{
	CLEANUP(json_decrefp) json_t *name = json_string(path);
	CLEANUP(json_decrefp) json_t *near = json_said(path);

	if (!name)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s: this name is no UTF-8, so that no report "
			       "could have it; rename the file or its folder",
			       json_string_value(near));
	GROW(f->paths, f->n, f->cap);
	f->paths[f->n++] = xstrdup(path);
	return true;
}

static bool visit(FTS *fts, FTSENT *ent, struct found *f, struct err *e)
{
	switch (ent->fts_info) {
	case FTS_D:
		if (ent->fts_level > 0 && is_other(ent->fts_name))
			fts_set(fts, ent, FTS_SKIP);
		return true;
	case FTS_F:
		/* A file that was named is taken whatever its name is. */
		return (ent->fts_level > 0 && !is_yaml(ent->fts_name)) ||
		       add(f, ent->fts_path, e);
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
	FTS *fts = fts_open(roots,
			    FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
			    by_name);
	size_t before = f->n;
	bool ok = true;
	FTSENT *ent;

	if (!fts)
		return err_os(e, errno, "cannot read %s", path);
	while (ok && (ent = fts_read(fts)))
		ok = visit(fts, ent, f, e);
	fts_close(fts);
	if (ok && f->n == before)
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
	if (!ok) {
		for (size_t i = 0; i < f.n; i++)
			free(f.paths[i]);
		free(f.paths);
		return false;
	}
	*ret = f.paths;
	*ret_n = f.n;
	return true;
}
