#include "test/kit.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/hex.h"

void kit_err_is(const struct err *e, enum err_code want, const char *part,
		const char *file, int line)
{
	if (e->code == want && strstr(e->text, part))
		return;
	print_error("wanted %s containing \"%s\"\n   got %s: %s\n",
		    err_code_name(want), part, err_code_name(e->code), e->text);
	_fail(file, line);
}

void kit_hex_is(const void *data, size_t len, const char *hex, const char *file,
		int line)
{
	struct buf b = BUF_INIT(2 * len + 1);

	buf_addhex(&b, data, len);
	if (strcmp(buf_str(&b), hex)) {
		print_error("wanted %s\n   got %s\n", hex, buf_str(&b));
		buf_done(&b);
		_fail(file, line);
	}
	buf_done(&b);
}

const char *kit_fixture(const char *name)
{
	static char path[4096];
	const char *root = getenv("AVSBED_ROOT");

	snprintf(path, sizeof(path), "%s/fixtures/%s", root ? root : ".", name);
	return path;
}

/* Set while a vector or property runs, so that a failure is named at exit. */
static const char *vector_file;
static unsigned vector_line;
static uint64_t property_seed;

static void __attribute__((destructor)) name_what_failed(void)
{
	if (vector_file)
		fprintf(stderr, "the vector is fixtures/%s:%u\n", vector_file,
			vector_line);
	if (property_seed)
		fprintf(stderr, "repeat with AVSBED_PROP_SEED=%" PRIu64 "\n",
			property_seed);
}

/* Cuts @line into fields in place; returns how many there are. */
static size_t split(char *line, char **fields, size_t max)
{
	size_t n = 0;

	for (char *p = line; n < max; p++) {
		p += strspn(p, " ");
		if (!*p)
			break;
		fields[n++] = strncmp(p, "-", strcspn(p, " ")) ? p : p + 1;
		p += strcspn(p, " ");
		if (!*p)
			break;
		*p = 0;
	}
	return n;
}

void kit_vectors(const char *name, size_t n, void (*check)(char **fields))
{
	FILE *f = fopen(kit_fixture(name), "re");
	char *line = NULL, *fields[8];
	size_t size = 0, checked = 0;
	ssize_t len;

	if (!f)
		fail_msg("cannot open %s", kit_fixture(name));
	assert_true(n <= ARRAY_LEN(fields));
	vector_file = name;
	for (vector_line = 1; (len = getline(&line, &size, f)) >= 0;
	     vector_line++) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = 0;
		if (!*line || *line == '#')
			continue;
		assert_int_equal(split(line, fields, ARRAY_LEN(fields)), n);
		check(fields);
		checked++;
	}
	assert_int_not_equal(checked, 0);
	vector_file = NULL;
	free(line);
	fclose(f);
}

void kit_property(uint64_t seed, unsigned n, void (*check)(uint64_t seed))
{
	const char *again = getenv("AVSBED_PROP_SEED");
	struct err e;

	if (again) {
		assert_ok(dec_u64(&seed, again, &e), &e);
		check(seed);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		property_seed = seed + i;
		check(property_seed);
	}
	property_seed = 0;
}

char *kit_tmpdir_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = xasprintf("%s/avsbed-test.XXXXXX", base ? base : "/tmp");

	ASSERT(mkdtemp(dir));
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void kit_tmpdir_free(char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}
