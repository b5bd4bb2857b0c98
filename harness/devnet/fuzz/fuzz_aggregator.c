#include <stdint.h>

#include "base/base.h"
#include "devnet/aggregator_priv.h"

int fuzz_one(const uint8_t *data, size_t n);

/* What is posted to the aggregator, judged as far as no chain is asked. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct aggregator_call c;
	struct err e = ERR_INIT;

	if (!aggregator_read(&c, data, n, &e)) {
		ASSERT(e.code == ERR_RPC && e.sub < 0 && e.text[0]);
	} else {
		const struct aggregator_self self = {
			.chain_id = c.h.chain_id, .max_age = 1,
			.avs = c.h.avs, .avs_name = "avs", .actor = "alice"
		};

		ASSERT(c.id);
		if (!aggregator_judge_call(&self, &c, 0, &e))
			ASSERT(e.sub == HEARTBEAT_SIGNATURE ||
			       e.sub == HEARTBEAT_SEQUENCE);
	}
	aggregator_call_done(&c);
	return 0;
}
