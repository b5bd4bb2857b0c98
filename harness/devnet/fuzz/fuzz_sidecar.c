#include <stdint.h>

#include "base/base.h"
#include "devnet/sidecar_priv.h"

int fuzz_one(const uint8_t *data, size_t n);

/* The chain has one root, active: that of what was computed. */
static void ask(const struct sidecar_query *q, struct rewards *r)
{
	static const char submitted[] =
	    "DistributionRootSubmitted(uint32,bytes32,uint32,uint32)";
	uint8_t active[32] = {0};
	struct log log = {
	    .topics = {keccak256(submitted, sizeof(submitted) - 1),
		       {{0}},
		       rewards_root(r),
		       {{0}}},
	    .topics_n = 4,
	    .data = active,
	    .data_len = sizeof(active),
	};
	struct sidecar_chain chain = {.logs = &log, .logs_n = 1, .time = 1};
	struct sidecar_known known = {.items = &r, .n = 1};
	struct err e = ERR_INIT;

	for (enum sidecar_what what = 0; what < SIDECAR_WHAT__COUNT; what++) {
		CLEANUP(json_decrefp) json_t *answer = NULL;
		struct sidecar_query as = *q;

		as.what = what;
		if (sidecar_answer(&answer, &as, &chain, &known, &e))
			ASSERT(json_is_object(answer));
		else
			ASSERT(e.code == ERR_SCHEMA && e.text[0]);
	}
}

/*
 * A line is a query's text, a second one the rewards that somebody has
 * computed, the rest the claim that somebody asks for.
 */
static const char *line(const char **text, size_t *n, size_t *ret_len)
{
	const char *start = *text, *end = memchr(start, '\n', *n);

	*ret_len = end ? (size_t)(end - start) : *n;
	*n -= *ret_len + (end != NULL);
	*text += *ret_len + (end != NULL);
	return start;
}

int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(rewards_freep) struct rewards *r = NULL;
	CLEANUP(json_decrefp) json_t *body = NULL;
	const char *text = (const char *)data, *at;
	CLEANUP(freep) char *query = NULL;
	struct sidecar_query q = {.height = CHAIN_HEAD};
	struct err e = ERR_INIT;
	size_t len;

	if (!n)
		return 0;
	at = line(&text, &n, &len);
	query = xstrndup(at, len);
	if (!sidecar_read_height(&q.height, query, &e))
		ASSERT(e.code == ERR_RANGE);
	at = line(&text, &n, &len);
	if (!json_parse(&body, at, len, "the body", &e) ||
	    !sidecar_read_rewards(&r, body, &e))
		return 0;
	if (sidecar_read_proof(&q, text, n, &e))
		ask(&q, r);
	else
		ASSERT(e.code != ERR_NONE && e.text[0]);
	return 0;
}
