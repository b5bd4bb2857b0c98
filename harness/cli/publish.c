#include "cli/publish.h"

#include <errno.h>

#include "report/github.h"
#include "report/markdown.h"
#include "report/reports.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)

static bool append(const char *path, const struct buf *b, struct err *e)
{
	FILE *f = fopen(path, "ae");
	bool ok;

	if (!f)
		return err_os(e, errno, "cannot open GITHUB_STEP_SUMMARY, %s",
			      path);
	ok = fwrite(buf_str(b), 1, b->len, f) == b->len;
	ok = !fclose(f) && ok;
	return ok || err_os(e, errno, "cannot write GITHUB_STEP_SUMMARY, %s",
			    path);
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool to_github(const struct story *s, bool annotate, struct err *e)
{
	const char *summary = getenv("GITHUB_STEP_SUMMARY");
	struct buf b = BUF_INIT(OUTPUT_MAX);
	bool ok = true;

	if (annotate) {
		github_annotations(&b, s);
		fputs(buf_str(&b), stdout);
		buf_clear(&b);
	}
	if (is_set("GITHUB_STEP_SUMMARY")) {
		markdown_add(&b, s);
		ok = append(summary, &b, e);
	}
	buf_done(&b);
	return ok;
}

bool publish_github(const char *journal, const char *repro, struct err *e)
{
	struct story s;
	bool ok;

	if (!is_set("GITHUB_ACTIONS") && !is_set("GITHUB_STEP_SUMMARY"))
		return true;
	if (!story_read(&s, &journal, 1, e))
		return false;
	s.repro = repro;
	ok = to_github(&s, is_set("GITHUB_ACTIONS"), e);
	story_done(&s);
	return ok;
}

bool publish(const char *const *journals, size_t n, const char *dir,
	     const char *repro, bool github, struct err *e)
{
	struct story s;
	bool ok;

	if (!reports_write(journals, n, dir, repro, &s, e))
		return false;
	ok = to_github(&s, github || is_set("GITHUB_ACTIONS"), e);
	story_done(&s);
	return ok;
}
