/* What the contracts are made from, as one hash. */
#include "devnet/forge_priv.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#include "devnet/filesum.h"

#define SOURCE_MAX (4u << 20)
#define SUMS_MAX (1u << 20)
#define TREE_DEPTH_MAX 16

static bool add_file(struct buf *sums, const char *root, const char *path,
		     struct err *e)
{
	CLEANUP(freep) char *full = xasprintf("%s/%s", root, path);
	struct hash32 h;

	if (!filesum(&h, full, SOURCE_MAX, e))
		return false;
	buf_addhex(sums, h.b, sizeof(h.b));
	buf_addf(sums, " %s\n", path);
	return true;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static bool add_tree(struct buf *sums, const char *root, const char *dir,
		     unsigned depth, struct err *e);

static bool add_entry(struct buf *sums, const char *root, const char *path,
		      unsigned depth, struct err *e)
{
	CLEANUP(freep) char *at = xasprintf("%s/%s", root, path);
	struct stat st;

	if (lstat(at, &st) != 0)
		return err_os(e, errno, "%s", at);
	if (S_ISDIR(st.st_mode) && depth >= TREE_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: folders nest too deep",
			       at);
	if (S_ISDIR(st.st_mode))
		return add_tree(sums, root, path, depth + 1, e);
	return !S_ISREG(st.st_mode) || !ends_with(path, ".sol") ||
	       add_file(sums, root, path, e);
}

/* Every .sol file below @dir, in the order of their names. */
static bool add_tree(struct buf *sums, const char *root, const char *dir,
		     unsigned depth, struct err *e)
{
	CLEANUP(freep) char *full = xasprintf("%s/%s", root, dir);
	struct dirent **list = NULL;
	int n = scandir(full, &list, NULL, alphasort);
	bool ok = true;

	if (n < 0)
		return err_os(e, errno, "%s", full);
	for (int i = 0; i < n; i++) {
		CLEANUP(freep) char *path =
			xasprintf("%s/%s", dir, list[i]->d_name);

		if (ok && list[i]->d_name[0] != '.')
			ok = add_entry(sums, root, path, depth, e);
		free(list[i]);
	}
	free(list);
	return ok;
}

bool forge_sources(struct hash32 *ret, const char *root, struct err *e)
{
	struct buf sums = BUF_INIT(SUMS_MAX);
	/* The lock file pins forge, solc and the libraries. */
	bool ok = add_file(&sums, root, "contracts/foundry.toml", e) &&
		  add_file(&sums, root, "contracts/package-lock.json", e) &&
		  add_tree(&sums, root, "contracts/src", 0, e) &&
		  add_tree(&sums, root, "contracts/script", 0, e) &&
		  buf_ok(&sums, "the list of contract sources", e);

	if (ok)
		*ret = sha256(sums.data, sums.len);
	buf_done(&sums);
	return ok;
}
