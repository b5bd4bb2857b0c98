#include "report/reports.h"

#include <errno.h>
#include <sys/stat.h>

#include "report/html.h"
#include "report/junit.h"
#include "report/markdown.h"

#include "base/base.h"

#define JOURNALS_MAX (1u << 30)

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static bool write_journal(const char *const *journals, size_t n,
			  const char *path, struct err *e)
{
	struct buf b = BUF_INIT(JOURNALS_MAX);
	bool ok = true;

	if (n == 1 && same_file(journals[0], path))
		return true;
	for (size_t i = 0; ok && i < n; i++) {
		ok = buf_read_file(&b, journals[i], e);
		/* The last line of one must not become the next one's. */
		if (b.len && b.data[b.len - 1] != '\n')
			buf_addc(&b, '\n');
	}
	ok = ok && buf_ok(&b, "the merged journal", e) &&
	     file_write_atomic(path, b.data, b.len, e);
	buf_done(&b);
	return ok;
}

static bool write_all(const char *const *journals, size_t n, const char *dir,
		      const struct story *s, struct err *e)
{
	CLEANUP(freep) char *html = xasprintf("%s/index.html", dir);
	CLEANUP(freep) char *junit = xasprintf("%s/junit.xml", dir);
	CLEANUP(freep) char *summary = xasprintf("%s/summary.md", dir);
	CLEANUP(freep) char *journal = xasprintf("%s/journal.jsonl", dir);

	return write_journal(journals, n, journal, e) &&
	       junit_write(s, junit, e) && markdown_write(s, summary, e) &&
	       html_write(s, html, e);
}

bool reports_write(const char *const *journals, size_t n, const char *dir,
		   const char *repro, struct story *ret, struct err *e)
{
	struct story s;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return err_os(e, errno, "cannot make %s", dir);
	if (!story_read(&s, journals, n, e))
		return false;
	s.repro = repro;
	if (!write_all(journals, n, dir, &s, e)) {
		story_done(&s);
		return false;
	}
	*ret = s;
	return true;
}
