#include <stdint.h>

#include "base/base.h"
#include "codec/quote_events.h"

int fuzz_one(const uint8_t *data, size_t n);

/* A guest agent's event log, or its whole answer: replayed, or {error}. */
int fuzz_one(const uint8_t *data, size_t n)
{
	static const struct td_report td;
	CLEANUP(json_decrefp) json_t *j = NULL, *told = NULL;
	struct err e = ERR_INIT;

	if (!json_parse(&j, (const char *)data, n, "log", &e))
		return 0;
	told = quote_events(j, &td);
	ASSERT(json_is_object(told));
	ASSERT(!json_object_get(told, "error") !=
	       !json_object_get(told, "registers"));
	(void)quote_log_agrees(j);
	return 0;
}
