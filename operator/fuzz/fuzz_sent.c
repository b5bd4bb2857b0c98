/*
 * What an operator finds in its state file after a crash may be anything: a
 * list whose transactions can be looked for, kept and dropped, or an error.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "base/base.h"
#include "operator/sent.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Any of them can go; then one more fits, in its place by nonce. */
static void use(struct sent *s)
{
	const struct hash32 hash = {{7}};
	struct buf raw = BUF_INIT(16);
	size_t had = s->n;

	for (size_t i = 0; i < s->n; i++) {
		ASSERT(s->items[i].what && s->items[i].raw);
		ASSERT(sent_find(s, &s->items[i].hash));
	}
	if (s->n == SENT_MAX) {
		struct hash32 gone = s->items[had / 2].hash;

		sent_drop(s, &gone);
	}
	buf_add(&raw, "raw", 3);
	sent_add(s, "respond", 5, &hash, &raw);
	ASSERT(s->n <= had + 1 && sent_find(s, &hash));
	buf_done(&raw);
}

int fuzz_one(const uint8_t *data, size_t n)
{
	const struct addr20 who = {{0xa1}};
	int fd = memfd_create("state", MFD_CLOEXEC);
	struct err e = ERR_INIT;
	struct sent s;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	if (sent_open(&s, path, 31337, &who, &e)) {
		use(&s);
		sent_done(&s);
	} else {
		ASSERT(e.code != ERR_NONE && e.text[0]);
	}
	close(fd);
	return 0;
}
