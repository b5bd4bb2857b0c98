/* What happened in a transaction that was mined. */
#include "eth/node.h"

#include "base/base.h"

/* "0x…" of a trace's member; nothing where anvil leaves it out. */
static bool frame_bytes(const uint8_t **ret, size_t *ret_len, struct arena *a,
			const json_t *j, const char *key, struct err *e)
{
	CLEANUP(freep) uint8_t *bytes = NULL;

	*ret = NULL;
	*ret_len = 0;
	if (!json_object_get(j, key))
		return true;
	if (!json_bytes_at(&bytes, ret_len, j, key, e))
		return false;
	*ret = arena_memdup(a, bytes, *ret_len);
	return true;
}

/* No deeper than JSON may nest: two levels are one call. */
static bool frame_parse(struct call_frame *ret, struct arena *a,
			const json_t *j, struct err *e)
{
	struct call_frame f = { 0 };
	const json_t *calls = json_object_get(j, "calls");
	const char *kind;

	if (!json_text_at(&kind, j, "type", e) ||
	    !json_addr_at(&f.from, j, "from", e) ||
	    (json_object_get(j, "to") && !json_addr_at(&f.to, j, "to", e)) ||
	    !json_u64_at(&f.gas_used, j, "gasUsed", e) ||
	    !frame_bytes(&f.input, &f.input_len, a, j, "input", e) ||
	    !frame_bytes(&f.output, &f.output_len, a, j, "output", e))
		return err_ctx(e, "debug_traceTransaction");
	f.kind = arena_strdup(a, kind);
	if (json_is_string(json_object_get(j, "error")))
		f.error = arena_strdup(
			a, json_string_value(json_object_get(j, "error")));
	f.calls_n = json_array_size(calls);
	struct call_frame *inner =
		ARENA_ARRAY(a, struct call_frame, f.calls_n + 1);

	for (size_t i = 0; i < f.calls_n; i++)
		if (!frame_parse(&inner[i], a, json_array_get(calls, i), e))
			return false;
	f.calls = inner;
	*ret = f;
	return true;
}

static bool trace(struct rpc *r, struct arena *a, const struct hash32 *tx,
		  bool top, struct call_frame *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL;
	json_t *how = json_pack("{s:s}", "tracer", "callTracer");

	if (top)
		json_object_set_new(how, "tracerConfig",
				    json_pack("{s:b}", "onlyTopCall", 1));
	return rpc_call(r, "debug_traceTransaction",
			json_pack("[s, o]", fmt_hash(tx).s, how), &answer,
			NULL, e) &&
	       frame_parse(ret, a, answer, e);
}

bool node_trace(struct rpc *r, struct arena *a, const struct hash32 *tx,
		struct call_frame *ret, struct err *e)
{
	return trace(r, a, tx, false, ret, e);
}

bool node_returned(struct rpc *r, struct arena *a, const struct hash32 *tx,
		   const uint8_t **ret, size_t *ret_len, struct err *e)
{
	struct call_frame top;

	if (!trace(r, a, tx, true, &top, e))
		return false;
	*ret = top.output;
	*ret_len = top.output_len;
	return true;
}

bool node_reverted(struct rpc *r, struct arena *a, const struct hash32 *tx,
		   const uint8_t **ret, size_t *ret_len, struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL, *box = NULL;
	CLEANUP(freep) uint8_t *data = NULL;
	size_t len;

	if (!rpc_call(r, "ots_getTransactionError",
		      json_pack("[s]", fmt_hash(tx).s), &answer, NULL, e))
		return false;
	box = json_pack("{s:O}", "data", answer);
	if (!json_bytes_at(&data, &len, box, "data", e))
		return err_ctx(e, "ots_getTransactionError");
	*ret = arena_memdup(a, data, len);
	*ret_len = len;
	return true;
}
