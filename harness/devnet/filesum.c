#include "devnet/filesum.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#include "base/clock.h"

/* Sources, artifacts, programs and the states of a run of everything are some
 * 170 files. Of more, those that were read first are read again. */
#define KNOWN_MAX 256u

static struct known {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
	struct hash32 sum;
} known[KNOWN_MAX];
static size_t known_n; /* that were ever added */

static bool is_as_known(const struct known *k, const struct stat *st)
{
	return k->dev == st->st_dev && k->ino == st->st_ino &&
	       k->size == st->st_size &&
	       k->changed.tv_sec == st->st_ctim.tv_sec &&
	       k->changed.tv_nsec == st->st_ctim.tv_nsec;
}

bool filesum(struct hash32 *ret, const char *path, size_t max, struct err *e)
{
	struct stat st, after;
	bool settled;

	if (stat(path, &st))
		return err_os(e, errno, "cannot open %s", path);
	for (size_t i = 0; i < known_n && i < KNOWN_MAX; i++)
		if (is_as_known(&known[i], &st)) {
			*ret = known[i].sum;
			return true;
		}
	/* Before reading. One that was written in this very tick may be written
	 * again, and look the same. */
	settled = clock_is_over(st.st_ctim);
	if (!sha256_file(ret, path, max, e))
		return false;
	struct known k = { .dev = st.st_dev,
			   .ino = st.st_ino,
			   .size = st.st_size,
			   .changed = st.st_ctim,
			   .sum = *ret };

	/* What was read is what was looked at. */
	if (settled && !stat(path, &after) && is_as_known(&k, &after))
		known[known_n++ % KNOWN_MAX] = k;
	return true;
}
