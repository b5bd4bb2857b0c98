#include "base/base.h"
#include "codec/prom.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Line by line, as a metrics page is read. */
int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep) char *text = xstrndup((const char *)data, n);
	char *at = text, *line;

	while ((line = strsep(&at, "\n"))) {
		struct err e = ERR_INIT;
		struct prom_line l;
		struct u256 v;
		bool negative;

		if (!prom_parse(&l, a, line, &e)) {
			ASSERT(e.code == ERR_PARSE || e.code == ERR_LIMIT);
			continue;
		}
		ASSERT(l.kind == PROM_NOTHING || (l.name && l.value));
		ASSERT(l.labels_n <= PROM_LABELS_MAX);
		if (l.kind == PROM_SAMPLE)
			(void)prom_whole(l.value, &negative, &v);
	}
	return 0;
}
