/*
 * Two journals that become one report, as the shards of a run do: an input is
 * the one, a zero byte, the other.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "base/base.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/story.h"

int fuzz_one(const uint8_t *data, size_t n);

static int file_of(char path[64], const uint8_t *data, size_t n)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);

	snprintf(path, 64, "/proc/self/fd/%d", fd);
	ASSERT(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	return fd;
}

static void check(const struct story *s)
{
	struct buf b = BUF_INIT(64u << 20);
	size_t *order = story_order(s), sum = 0;
	struct err e;

	for (size_t v = 0; v < VERDICT__COUNT; v++)
		sum += s->count[v];
	ASSERT(sum == s->n);
	for (size_t i = 0; i < s->n; i++)
		ASSERT(order[i] < s->n && s->scenarios[order[i]].id);
	(void)!junit_write(s, "/dev/null", &e);
	markdown_add(&b, s);
	buf_done(&b);
	free(order);
}

int fuzz_one(const uint8_t *data, size_t n)
{
	const uint8_t *zero = n ? memchr(data, 0, n) : NULL;
	size_t first = zero ? (size_t)(zero - data) : n;
	const uint8_t *rest = zero ? zero + 1 : data + n;
	char one[64], two[64];
	const char *paths[] = {one, two};
	int fds[] = {file_of(one, data, first),
		     file_of(two, rest, (size_t)(data + n - rest))};
	struct err e = ERR_INIT;
	struct story s;

	if (story_read(&s, paths, 2, &e)) {
		check(&s);
		story_done(&s);
	} else {
		ASSERT(e.text[0]);
	}
	close(fds[0]);
	close(fds[1]);
	return 0;
}
