/*
 * A journal may be of another version, cut off or edited: it is refused, or
 * every report can be made of it.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "base/base.h"
#include "report/html.h"
#include "report/journal.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/place.h"
#include "report/slash.h"
#include "report/story.h"
#include "report/terminal.h"

int fuzz_one(const uint8_t *data, size_t n);

static void tell(const char *path, FILE *out)
{
	struct terminal t;
	struct err e;

	terminal_init(&t, out, true, "repro");
	(void)!journal_read(path, terminal_record, &t, &e);
	terminal_done(&t);
}

static void report(const struct story *s)
{
	struct buf b = BUF_INIT(64u << 20);
	struct err e;

	(void)!junit_write(s, "/dev/null", &e);
	(void)!html_write(s, "/dev/null", &e);
	markdown_add(&b, s);
	for (size_t i = 0; i < s->n; i++) {
		struct place at;

		(void)slash_explain(&b, &s->scenarios[i], NULL);
		(void)!place_find(&at, &s->scenarios[i], NULL, &e);
	}
	buf_done(&b);
}

int fuzz_one(const uint8_t *data, size_t n)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	char path[64];
	const char *one = path;
	struct story s;
	struct err e;
	FILE *out;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	out = fopen("/dev/null", "we");
	ASSERT(out);
	tell(path, out);
	fclose(out);
	if (story_read(&s, &one, 1, &e)) {
		report(&s);
		story_done(&s);
	} else {
		ASSERT(*e.text);
	}
	close(fd);
	return 0;
}
