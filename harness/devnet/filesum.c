#include "devnet/filesum.h"

#include <errno.h>

#include "base/base.h"

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool filesum_now(struct filesum *f, const char *path, size_t max,
		 struct err *e)
{
	struct buf text = BUF_INIT(max);
	struct stat st;
	bool ok;

	/* Before reading: who writes meanwhile makes it another one. */
	if (stat(path, &st))
		return err_os(e, errno, "%s", path);
	if (f->known && same_file(&st, &f->st))
		return true;
	ok = buf_read_file(&text, path, e);
	if (ok)
		*f = (struct filesum){ .st = st, .known = true,
				       .sum = sha256(text.data, text.len) };
	buf_done(&text);
	return ok;
}
