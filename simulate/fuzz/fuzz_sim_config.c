#include <stdint.h>

#include "base/base.h"
#include "simulate/config.h"

int fuzz_one(const uint8_t *data, size_t n);

/* A configuration or an error; whatever instance it has gives quotes. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	json_t *j CLEANUP(json_decrefp) = NULL;
	uint8_t report_data[TEE_REPORT_DATA] = {0};
	struct tee *t = NULL;
	struct sim_config c;
	struct tee_spec spec;
	struct err e = ERR_INIT;

	if (!json_parse(&j, (const char *)data, n, "config", &e) ||
	    !config_parse(&c, a, j, &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return 0;
	}
	if (!c.n)
		return 0;
	spec = config_spec(&c, &c.inst[c.n - 1]);
	if (tee_new(&t, &spec, &e)) {
		struct buf q = BUF_INIT(QUOTE_MAX);
		struct quote parsed;
		struct quote_map map;

		ASSERT(tee_quote(&q, t, report_data, &e));
		ASSERT(quote_parse(&parsed, &map, q.data, q.len, &e));
		buf_done(&q);
		tee_free(t);
	} else {
		ASSERT(e.code != ERR_NONE && e.text[0]);
	}
	return 0;
}
