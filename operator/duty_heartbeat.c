/*
 * The heartbeat duty: tell the AVS's aggregator, once in an interval of the
 * chain's time, that this operator and its TEE live. The proof is a quote over
 * the heartbeat's digest, which nobody could know before its block was there.
 *
 * A sequence is written down as used before it is signed, and each try is a new
 * heartbeat, so that no two of one sequence differ, whatever crashes. Who lost
 * what was written down learns it from the aggregator, and counts on from there.
 */
#include "operator/duty.h"

#include "base/base.h"
#include "eth/heartbeat.h"
#include "operator/attest.h"
#include "operator/view.h"

/* So often in an interval, in growing distances. */
#define TRIES 5u
#define ANSWER_MS 5000u
#define ANSWER_MAX 65536u

struct beat {
	bool any;	 /* was taken; then the time of the last one */
	uint64_t last;
	uint64_t seen;	 /* block */
	unsigned tries;	 /* that failed, one behind the other */
	uint64_t since;	 /* the time of the first of them */
	uint64_t try_at; /* the block of the next one */
	struct head first; /* for who names it again and again */
};

static void *heartbeat_start(void)
{
	return xcalloc(1, sizeof(struct beat));
}

static void heartbeat_end(void *state)
{
	free(state);
}

/* Another interval, another @TRIES. */
static bool is_due(const struct oper *op, struct beat *b, uint64_t head)
{
	uint64_t now = op->head.time, interval = op->cfg->heartbeat_seconds;

	if (b->any && now < b->last + interval)
		return false;
	if (b->tries && now >= b->since + interval)
		b->tries = 0;
	return !b->tries || head >= b->try_at;
}

/* --- what is sent ---------------------------------------------------------- */

static struct heartbeat compose(const struct oper *op, struct beat *b)
{
	bool again = op->behave.heartbeat == BEAT_REPLAYED &&
		     op->sent.heartbeat;
	const struct head *at = &op->head;

	if (!b->first.number)
		b->first = op->head;
	if (op->behave.heartbeat == BEAT_STALE)
		at = &b->first;
	return (struct heartbeat){.chain_id = op->behave.chain_id
						  ? op->behave.chain_id
						  : op->cfg->chain_id,
				  .avs = op->cfg->avs,
				  .operator = op->me,
				  .set = op->cfg->set,
				  .sequence = op->sent.heartbeat + !again,
				  .block = at->number,
				  .block_hash = at->hash};
}

static bool sign(struct oper *op, const struct hash32 *digest,
		 struct sig65 *ret, struct err *e)
{
	struct seckey key = op->key;
	bool ok;

	if (op->behave.heartbeat == BEAT_FORGED)
		key = devnet_key("forger");
	ok = secp_sign(ret, &key, digest, e);
	seckey_wipe(&key);
	return ok;
}

/* The call as JSON text; without a TEE that answers there is none. */
static bool make(struct oper *op, const struct heartbeat *h, char **ret,
		 struct err *e)
{
	CLEANUP(freep) uint8_t *quote = NULL;
	CLEANUP(json_decrefp) json_t *call = NULL;
	struct hash32 digest = heartbeat_digest(h), over = digest;
	struct sig65 sig;
	size_t len;

	if (h->sequence > HEARTBEAT_NUMBER_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "the last sequence there is, %llu, is used up",
			       (unsigned long long)HEARTBEAT_NUMBER_MAX);
	if (op->behave.heartbeat == BEAT_UNBOUND)
		over = keccak256("unbound", 7);
	if (!attest_quote(op, &over, &quote, &len, e))
		return false;
	op->sent.heartbeat = h->sequence;
	if (!sent_save(&op->sent, e) || !sign(op, &digest, &sig, e))
		return false;
	operator_crash_at(op, CRASH_SIGNED);
	call = json_pack("{s:s, s:I, s:s, s:[o]}", "jsonrpc", "2.0", "id",
			 (json_int_t)h->sequence, "method", HEARTBEAT_METHOD,
			 "params", heartbeat_json(h, &sig, quote, len));
	*ret = json_text(call);
	return true;
}

/* --- the answer ------------------------------------------------------------ */

/* *ret_last: the sequence that it says was taken last, if it says so. */
static bool refused(const json_t *error, uint64_t *ret_last, struct err *e)
{
	const char *text = json_string_value(json_object_get(error, "message"));
	long long code = json_integer_value(json_object_get(error, "code"));
	struct err ignored;

	if (code == HEARTBEAT_SEQUENCE)
		(void)!json_u64_at(ret_last, error, "data.last", &ignored);
	return err_set(e, ERR_MISMATCH, 0, "refused: %s (%lld)",
		       text ? text : "without a reason", code);
}

static bool read_answer(const struct http_answer *a, uint64_t sequence,
			uint64_t *ret_last, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *error;
	uint64_t id, taken;

	if (a->status != 200)
		return err_set(e, ERR_HTTP, a->status, "answered %d",
			       a->status);
	if (!json_parse(&j, buf_str(&a->body), a->body.len, "answer", e))
		return false;
	error = json_object_get(j, "error");
	if (error)
		return refused(error, ret_last, e);
	if (!json_u64_at(&id, j, "id", e) ||
	    !json_u64_at(&taken, j, "result.sequence", e))
		return false;
	return (id == sequence && taken == sequence) ||
	       err_set(e, ERR_SCHEMA, 0, "answered another heartbeat");
}

static bool post(struct oper *op, const char *text, uint64_t sequence,
		 uint64_t *ret_last, struct err *e)
{
	struct http_answer a;
	bool ok = http_fetch(op->http,
			     &(struct http_request){
				 .method = "POST",
				 .url = op->cfg->aggregator,
				 .content_type = "application/json",
				 .body = text,
				 .body_len = strlen(text),
				 .answer_max = ANSWER_MAX,
				 .timeout_ms = ANSWER_MS},
			     &a, e);

	if (ok) {
		ok = read_answer(&a, sequence, ret_last, e);
		http_answer_done(&a);
	}
	return ok || err_ctx(e, "aggregator at %s", op->cfg->aggregator);
}

static bool beat_once(struct oper *op, struct beat *b, uint64_t *ret_last,
		      struct err *e)
{
	struct heartbeat h = compose(op, b);
	CLEANUP(freep) char *text = NULL;

	if (!make(op, &h, &text, e) ||
	    !post(op, text, h.sequence, ret_last, e))
		return false;
	events_log(op->ev, "heartbeat %llu of block %llu",
		   (unsigned long long)h.sequence, (unsigned long long)h.block);
	events_emit(op->ev, json_pack("{s:s, s:I, s:I}", "event", "heartbeat",
				      "sequence", (json_int_t)h.sequence,
				      "block", (json_int_t)h.block));
	return true;
}

/* Who would have none left to send does not count on. */
static bool beat(struct oper *op, struct beat *b, struct err *e)
{
	uint64_t last = 0;

	if (beat_once(op, b, &last, e))
		return true;
	if (last <= op->sent.heartbeat || last >= HEARTBEAT_NUMBER_MAX)
		return false;
	events_log(op->ev, "%s: counting on from %llu", e->text,
		   (unsigned long long)last);
	op->sent.heartbeat = last;
	return beat_once(op, b, &last, e);
}

static void rest(struct oper *op, struct beat *b, uint64_t head)
{
	uint64_t blocks = 1u << b->tries;

	if (!b->tries++)
		b->since = op->head.time;
	b->try_at = b->tries == TRIES
			? UINT64_MAX
			: head + blocks / 2 + 1 +
				  rng_below(&op->rng, blocks - blocks / 2);
}

static void taken(struct oper *op, struct beat *b)
{
	b->last = op->metrics.heartbeat_at = op->head.time;
	b->any = true;
	b->tries = 0;
	op->metrics.heartbeats++;
	op->metrics.silent = false;
}

static void missed(struct oper *op, struct beat *b, uint64_t head,
		   const struct err *why)
{
	op->metrics.heartbeat_failures++;
	op->metrics.silent = true;
	events_log(op->ev, "no heartbeat: %s", why->text);
	events_emit(op->ev, json_pack("{s:s, s:s}", "event", "silent", "text",
				      why->text));
	rest(op, b, head);
}

static void heartbeat_ahead(struct oper *op, void *state, uint64_t from,
			    uint64_t to)
{
	struct err ignored;
	bool member;

	(void)from;
	if (op->cfg->aggregator && op->behave.heartbeat != BEAT_SILENT &&
	    is_due(op, state, to))
		(void)!view_member(op, &member, &ignored);
}

/* Who is in no set owes none, and is told of none. */
static bool heartbeat_on_blocks(struct oper *op, void *state, uint64_t from,
				uint64_t to, struct err *e)
{
	struct beat *b = state;
	struct err why;
	bool member;

	if (from <= b->seen) { /* what failed did so on a branch that is gone */
		b->tries = 0;
		op->metrics.silent = false;
	}
	b->seen = to;
	if (!op->cfg->aggregator ||
	    op->behave.heartbeat == BEAT_SILENT || !is_due(op, b, to))
		return true;
	if (!view_member(op, &member, e))
		return err_ctx(e, "heartbeat");
	if (!member) {
		op->metrics.silent = false;
		return true;
	}
	if (beat(op, b, &why)) {
		taken(op, b);
		return true;
	}
	if (why.code == ERR_OS) {
		*e = why;
		return false;
	}
	missed(op, b, to, &why);
	return true;
}

const struct duty DUTY_HEARTBEAT = {
    .name = "heartbeat",
    .start = heartbeat_start,
    .on_blocks = heartbeat_on_blocks,
    .ahead = heartbeat_ahead,
    .end = heartbeat_end,
};
