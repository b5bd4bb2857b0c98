/*
 * fuzz_replay - the main of a fuzz target: replays a corpus and mutations of
 * it.
 *
 * Linked with each fuzz_<x>.c, which defines fuzz_one(). Without arguments it
 * feeds every file of fixtures/fuzz/<x>/ and a fixed number of mutations of
 * each, the same in every run; with files as arguments it feeds just those,
 * which is how a crash is replayed in a debugger. An input that crashes is
 * written to a file first. Under libFuzzer (make fuzz) only the entry point
 * is left of this file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

#include "base/base.h"
#include "base/rng.h"

int fuzz_one(const uint8_t *data, size_t n);

#ifdef LIBFUZZER

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	return fuzz_one(data, n);
}

#else

enum {
	MUTATIONS = 64, /* of each file */
	INPUT_MAX = 1 << 20,
	INPUT_SECONDS = 10, /* for one file with its mutations */
};

/* What is being fed, for the report of a crash. */
static struct {
	const char *target;
	const char *file;
	const uint8_t *data; /* NULL: nothing */
	size_t len;
	char crash[256]; /* where the input goes if it is one */
	char note[1024]; /* which input this is, ready to be written */
} now;

static void put(int fd, const void *data, size_t len)
{
	ssize_t n = write(fd, data, len);

	(void)n; /* the process is dying: nothing is left to be done */
}

/* Called when the process dies, so only async-signal-safe calls. */
static void keep_input(void)
{
	int fd;

	if (!now.data)
		return;
	put(STDERR_FILENO, now.note, strlen(now.note));
	fd = open(now.crash, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	put(fd, now.data, now.len);
	close(fd);
	now.data = NULL; /* once is enough */
}

/* ASan and UBSan end the process by themselves; this is how they tell. */
void __sanitizer_set_death_callback(void (*fn)(void)) __attribute__((weak));

static void on_signal(int sig)
{
	static const char late[] = "no end of this input within 10 s\n";

	if (sig == SIGALRM)
		put(STDERR_FILENO, late, sizeof(late) - 1);
	keep_input();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void feed(const uint8_t *data, size_t len, int mutation)
{
	/* A copy of the exact size, so that ASan sees a read past its end. */
	uint8_t *copy = xmalloc(len ? len : 1);

	memcpy(copy, data, len);
	snprintf(now.note, sizeof(now.note),
		 "%s: died on %s, mutation %d; the input is in ./%s\n",
		 now.target, now.file, mutation, now.crash);
	now.data = copy;
	now.len = len;
	fuzz_one(copy, len);
	now.data = NULL;
	free(copy);
}

/* One to four small changes: a bit, a byte, a cut, a repeat, an extreme. */
static void mutate(struct buf *b, struct rng *r)
{
	static const uint8_t extreme[] = {0x00, 0x7f, 0x80, 0xff, '"', '{'};
	uint64_t times = 1 + rng_below(r, 4);

	while (times-- && b->len) {
		size_t at = rng_below(r, b->len);
		size_t rest = b->len - at;

		switch (rng_below(r, 6)) {
		case 0:
			b->data[at] ^= (uint8_t)(1u << rng_below(r, 8));
			break;
		case 1:
			b->data[at] = (uint8_t)rng_next(r);
			break;
		case 2:
			b->data[at] = extreme[rng_below(r, ARRAY_LEN(extreme))];
			break;
		case 3:
			b->len = at;
			break;
		case 4:
			memmove(b->data + at, b->data + at + 1, rest - 1);
			b->len--;
			break;
		case 5: {
			uint8_t part[64];
			size_t n = rest < sizeof(part) ? rest : sizeof(part);

			memcpy(part, b->data + at, n);
			buf_add(b, part, n);
			break;
		}
		}
	}
}

/* Returns how many inputs were fed. */
static unsigned replay(const char *path, int mutations)
{
	struct buf whole = BUF_INIT(INPUT_MAX), b = BUF_INIT(2 * INPUT_MAX);
	struct err e = ERR_INIT;
	struct rng r = RNG_INIT(1);

	if (!buf_read_file(&whole, path, &e)) {
		fprintf(stderr, "%s: %s\n", now.target, e.text);
		exit(2);
	}
	now.file = path;
	alarm(INPUT_SECONDS);
	feed(whole.data, whole.len, 0);
	for (int i = 1; i <= mutations; i++) {
		buf_clear(&b);
		buf_add(&b, whole.data, whole.len);
		mutate(&b, &r);
		feed(b.data, b.len, i);
	}
	alarm(0);
	buf_done(&whole);
	buf_done(&b);
	return 1 + (unsigned)mutations;
}

static int is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Every file of the target's corpus, in the order of their names. */
static unsigned replay_corpus(void)
{
	const char *root = getenv("AVSBED_ROOT");
	char *dir =
	    xasprintf("%s/fixtures/fuzz/%s", root ? root : ".", now.target);
	struct dirent **names;
	unsigned inputs = 0;
	int n = scandir(dir, &names, is_file, alphasort);

	if (n <= 0) {
		fprintf(stderr, "%s: no corpus in %s: %s\n", now.target, dir,
			n ? strerror(errno) : "it is empty");
		exit(2);
	}
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, names[i]->d_name);

		inputs += replay(path, MUTATIONS);
		free(path);
		free(names[i]);
	}
	free(names);
	free(dir);
	return inputs;
}

int main(int argc, char **argv)
{
	static const char prefix[] = "fuzz_";
	const char *name = basename(argv[0]);
	unsigned inputs = 0;

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	now.target = name;
	snprintf(now.crash, sizeof(now.crash), "crash-%s", name);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_input);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);

	for (int i = 1; i < argc; i++)
		inputs += replay(argv[i], 0);
	if (argc == 1)
		inputs = replay_corpus();
	/* The words that tools/run-tests counts. */
	printf("%s: %u inputs\n[  PASSED  ] 1 test(s).\n", now.target, inputs);
	return 0;
}

#endif
