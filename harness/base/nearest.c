#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#include "base/base.h"

#define WORD_MAX 64
#define HOLDS_MIN 4 /* letters, to be looked for inside of names */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Damerau-Levenshtein (restricted) distance in half steps: a wrong character
 * costs 2, a wrong case 1.
 */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)(2 * i);
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)(2 * j);
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			int x = a[i - 1], y = b[j - 1];
			unsigned cost = x == y			     ? 0
					: tolower(x) == tolower(y) ? 1
								     : 2;

			d[i][j] = min3(d[i - 1][j] + 2, d[i][j - 1] + 2,
				       d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y &&
			    d[i - 2][j - 2] + 2 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 2;
		}
	}
	return d[n][m];
}

/* Without regard to case: names that leave a word out are found by the rest. */
static bool holds(const char *name, const char *word)
{
	return strcasestr(name, word) != NULL;
}

const char *nearest_name(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word);
	const char *best = NULL, *holder = NULL;
	unsigned best_d = 0;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned d;

		if (!names[i] || strlen(names[i]) > WORD_MAX)
			continue;
		if (len >= HOLDS_MIN && strlen(names[i]) > len &&
		    holds(names[i], word) &&
		    (!holder || strlen(names[i]) < strlen(holder)))
			holder = names[i];
		d = distance(word, names[i]);
		if (!best || d < best_d) {
			best = names[i];
			best_d = d;
		}
	}
	if (holder && best_d > 2)
		return holder;
	/* A likely slip: up to a third of the word, and at least one letter. */
	return best && best_d <= 2 * (len > 3 ? len / 3 + 1 : 1) ? best
								  : NULL;
}
