/* What a node answers may be anything; what parses holds together. */
#include "base/base.h"
#include "eth/chain.h"

int fuzz_one(const uint8_t *data, size_t n);

int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct receipt r;
	struct block b;
	struct err e;

	if (!json_parse(&j, (const char *)data, n, "answer", &e))
		return 0;
	if (chain_receipt_parse(&r, a, j, &e))
		for (size_t i = 0; i < r.logs_n; i++) {
			ASSERT(r.logs[i].topics_n <= 4);
			ASSERT(r.logs[i].data_len <= n);
		}
	(void)!chain_block_parse(&b, j, &e);
	return 0;
}
