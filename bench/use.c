/*
 * What a run used: `use`, which probe.c wrote.
 */
#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/hex.h"

#define PLAYS_MAX 4096

double bench_used(const char *dir, const char *name)
{
	CLEANUP(freep) char *path = xasprintf("%s/use", dir);
	struct buf text = BUF_INIT(1u << 20);
	uint64_t sum = 0, v;
	size_t len = strlen(name);
	struct err e;

	if (!buf_read_file(&text, path, &e))
		bench_die("%s", e.text);
	for (const char *line = buf_str(&text); line && *line;) {
		const char *end = strchr(line, '\n');
		const char *digits = line + len + strspn(line + len, " \t");
		char number[32];

		if (!strncmp(line, name, len)) {
			snprintf(number, sizeof(number), "%.*s",
				 (int)strspn(digits, "0123456789"), digits);
			if (dec_u64(&v, number, &e))
				sum += v;
		}
		line = end ? end + 1 : NULL;
	}
	buf_done(&text);
	return (double)sum;
}

/* CPU time up to each verdict, in us; returns how many. */
static size_t verdicts(const char *dir, uint64_t *ret)
{
	CLEANUP(freep) char *path = xasprintf("%s/use", dir);
	CLEANUP(freep) char *line = NULL;
	FILE *f = fopen(path, "re");
	size_t cap = 0, n = 0;

	if (!f)
		bench_die("%s cannot be read", path);
	while (getline(&line, &cap, f) >= 0)
		if (n < PLAYS_MAX && sscanf(line, "verdict %" SCNu64, &ret[n]))
			n++;
	fclose(f);
	return n;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

struct plays bench_plays(const char *dir, size_t scenarios)
{
	static uint64_t until[PLAYS_MAX], of[PLAYS_MAX], total[PLAYS_MAX];
	size_t n = verdicts(dir, until), rounds;
	double each = 1e3 * (double)scenarios;
	struct plays ret;

	/* Behind the last one it is said how many there were. */
	if (!scenarios || n < 2 * scenarios || n % scenarios != 1)
		bench_die("%zu lines about %zu scenarios", n, scenarios);
	n--;
	rounds = n / scenarios - 1;
	memset(of, 0, sizeof(of));
	for (size_t i = scenarios; i < n; i++)
		of[i % scenarios] += until[i] - until[i - 1];
	for (size_t i = 0; i < rounds; i++)
		total[i] = until[(i + 2) * scenarios - 1] -
			   until[(i + 1) * scenarios - 1];
	qsort(of, scenarios, sizeof(*of), by_size);
	qsort(total, rounds, sizeof(*total), by_size);
	ret.middle = (double)of[scenarios / 2] / 1e3 / (double)rounds;
	ret.mean = (double)total[rounds / 2] / each;
	ret.quickest = (double)total[0] / each;
	return ret;
}
