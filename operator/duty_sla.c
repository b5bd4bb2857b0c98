/*
 * The SLA duty: answer each challenge for this operator, while its window is
 * open, with a fresh quote bound to it. Quotes are asked for all at once, and the
 * answers go out together, that of the most urgent one first.
 */
#include "operator/duty.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/clock.h"
#include "operator/account.h"
#include "operator/attest.h"
#include "operator/view.h"

struct seen {
	uint64_t id;
	bool told;	/* that it is open, by an event */
	uint64_t block; /* the head when it was */
	uint64_t since; /* on clock_ns(), then */
};

struct sla {
	struct seen *items; /* issued to us, and not known to be settled */
	size_t n, cap;
	uint64_t last; /* the highest id that was issued to us, as far as seen */
	uint8_t *old; /* the first quote, for who answers with a stale one */
	size_t old_len;
};

/* A challenge that is answered now. */
struct reply {
	struct challenge c;
	struct quoting quoting;
	struct order *order; /* NULL: withheld */
};

static void *sla_start(void)
{
	return xcalloc(1, sizeof(struct sla));
}

static void sla_end(void *state)
{
	struct sla *s = state;

	if (s) {
		free(s->items);
		free(s->old);
	}
	free(s);
}

static void remember(struct sla *s, uint64_t id)
{
	if (id > s->last)
		s->last = id;
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].id == id)
			return;
	GROW(s->items, s->n, s->cap);
	s->items[s->n++] = (struct seen){.id = id};
}

static struct seen *find(struct sla *s, uint64_t id)
{
	struct seen *at = s->items;

	while (at->id != id)
		at++;
	return at;
}

static void forget(struct sla *s, uint64_t id)
{
	struct seen *at = find(s, id);

	memmove(at, at + 1,
		(size_t)(s->items + --s->n - at) * sizeof(*s->items));
}

static bool collect(struct oper *op, struct sla *s, uint64_t from, uint64_t to,
		    struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct news news;

	if (!view_news(op, a, from, to, op->behave.wrong_responder, &news, e))
		return false;
	for (size_t i = 0; i < news.challenges_n && !op->behave.deaf; i++)
		remember(s, news.challenges[i]);
	op->removed |= news.removed;
	return true;
}

static void ask_of(struct oper *op, uint64_t id)
{
	struct challenge c;
	struct err ignored;
	bool known;

	(void)!view_challenge(op, id, &known, &c, &ignored);
}

/* What the chain has to say of each. */
static void ask_of_all(struct oper *op, const struct sla *s)
{
	for (size_t i = 0; i < s->n; i++)
		ask_of(op, s->items[i].id);
}

static void sla_ahead(struct oper *op, void *state, uint64_t from, uint64_t to)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct sla *s = state;
	struct news news;
	struct err ignored;

	/* Ids count up: where few are challenged the next one is mostly ours. */
	if (!view_news(op, a, from, to, op->behave.wrong_responder, &news,
		       &ignored) &&
	    from == to)
		ask_of(op, s->last + 1);
	ask_of_all(op, s);
}

/* {"event":@event,"id":"…",@key:@block} */
static void tell(struct oper *op, const char *event, uint64_t id,
		 const char *key, uint64_t block)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	events_log(op->ev, "challenge %s: %s, %s %" PRIu64, text, event, key,
		   block);
	events_emit(op->ev, json_pack("{s:s, s:s, s:I}", "event", event, "id",
				      text, key, (json_int_t)block));
}

/* No answer now, and why. While the window is open the next head tries. */
static void withhold(struct oper *op, uint64_t id, const struct err *why)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	events_log(op->ev, "challenge %s: withheld: %s", text, why->text);
	events_emit(op->ev, json_pack("{s:s, s:s, s:s}", "event", "withheld",
				      "id", text, "text", why->text));
}

/* The next block is the first that could hold an answer. */
static bool is_open(const struct challenge *c, uint64_t head)
{
	return !c->responded && !c->reported && c->end > head;
}

static void tell_open(struct oper *op, struct seen *seen,
		      const struct challenge *c, uint64_t head)
{
	if (seen->told)
		return;
	tell(op, "challenge", c->id, "end", c->end);
	op->metrics.challenges++;
	*seen = (struct seen){.id = c->id,
			      .told = true,
			      .block = head,
			      .since = clock_ns()};
}

/* Who is late answers after the window, too. */
static bool is_due(const struct oper *op, const struct seen *seen,
		   uint64_t head)
{
	return head >= seen->block + op->behave.late;
}

static bool is_kept(const struct oper *op, const struct seen *seen,
		    const struct challenge *c, uint64_t head)
{
	return is_open(c, head) || (seen->told && op->behave.late &&
				    !c->responded && !c->reported);
}

/* Asks the chain about each challenge, and drops those that are settled. */
static bool look(struct oper *op, struct sla *s, uint64_t head,
		 struct reply *due, size_t *ret_n, struct err *e)
{
	size_t n = 0;
	bool known;

	rpc_ahead(op->rpc);
	ask_of_all(op, s);
	rpc_ahead_end(op->rpc);
	for (size_t i = 0; i < s->n;) {
		struct seen *seen = &s->items[i];
		struct challenge c;

		if (!view_challenge(op, seen->id, &known, &c, e))
			return false;
		if (known && is_kept(op, seen, &c, head)) {
			tell_open(op, seen, &c, head);
			if (is_due(op, seen, head))
				due[n++] = (struct reply){.c = c};
			i++;
			continue;
		}
		if (known && !c.responded && seen->told) {
			tell(op, "expired", c.id, "end", c.end);
			op->metrics.expired++;
		}
		forget(s, seen->id);
	}
	*ret_n = n;
	return true;
}

static int by_end(const void *a, const void *b)
{
	const struct challenge *x = &((const struct reply *)a)->c,
			       *y = &((const struct reply *)b)->c;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* --- quotes ------------------------------------------------------------------ */

/* What the quote is over; a bad operator's is over something else. */
static struct hash32 report_data(const struct oper *op, const struct reply *r)
{
	if (op->behave.quote == QUOTE_UNBOUND)
		return keccak256("unbound", 7);
	return r->c.response_data;
}

static void use_old(struct sla *s, struct quoting *q)
{
	if (!s->old) {
		s->old = xmalloc(q->len);
		memcpy(s->old, q->quote, q->len);
		s->old_len = q->len;
		return;
	}
	free(q->quote);
	q->quote = xmalloc(s->old_len);
	memcpy(q->quote, s->old, s->old_len);
	q->len = s->old_len;
}

static bool make_order(const struct oper *op, uint64_t id,
		       const struct quoting *q, struct order *o, struct err *e)
{
	static const struct fn f = {"respondToSlaChallenge", "(uint256,bytes)",
				    NULL};
	struct abi_val args[] = {abi_val_u64(id),
				 abi_val_bytes(q->quote, q->len)};

	*o = (struct order){.what = "respond",
			    .to = op->cfg->sla_oracle,
			    .data = BUF_INIT(1u << 20),
			    .insist = behaviour_insists(&op->behave)};
	return fn_encode(&o->data, &f, args, 2, e);
}

/* Quotes that have come, and for which challenges. */
struct quoted {
	struct oper *op;
	const struct reply *due;
	const struct quoting *all;
	size_t n;
};

/* Whether the chain would take the answers, if they are those of @arg. */
static void ask_of_answers(void *arg)
{
	const struct quoted *q = arg;
	CLEANUP(freep) struct order *orders = xcalloc(q->n, sizeof(*orders));
	struct err ignored;
	size_t made = 0;

	for (size_t i = 0; i < q->n; i++)
		if (q->all[i].quote)
			(void)!make_order(q->op, q->due[i].c.id, &q->all[i],
					  &orders[made++], &ignored);
	account_ahead(q->op, orders, made);
	for (size_t i = 0; i < made; i++)
		buf_done(&orders[i].data);
}

static bool quote_all(struct oper *op, struct sla *s, struct reply *due,
		      size_t n, struct err *e)
{
	CLEANUP(freep) struct quoting *all = xcalloc(n, sizeof(*all));
	struct quoted quoted = {op, due, all, n};
	const struct asker then = {ask_of_answers, &quoted};
	bool ok;

	for (size_t i = 0; i < n; i++)
		all[i].report_data = report_data(op, &due[i]);
	ok = attest_quotes(op, all, n, &then, e);
	for (size_t i = 0; i < n; i++) {
		due[i].quoting = all[i];
		if (op->behave.quote == QUOTE_STALE && all[i].quote)
			use_old(s, &due[i].quoting);
	}
	if (ok)
		operator_crash_at(op, CRASH_QUOTED);
	return ok;
}

/* --- answers -------------------------------------------------------------------- */

static void settled(struct oper *op, struct sla *s, const struct reply *r)
{
	tell(op, "answered", r->c.id, "block", r->order->block);
	histogram_add(&op->metrics.answers,
		      clock_ns() - find(s, r->c.id)->since);
	op->metrics.answered++;
	forget(s, r->c.id);
}

/* A node that refused may take it in a moment: *@ret_busy has its words. */
static void judge(struct oper *op, struct sla *s, const struct reply *r,
		  struct err *ret_busy)
{
	struct err why = r->order ? r->order->why : r->quoting.why;

	if (r->order && r->order->ok) {
		settled(op, s, r);
		return;
	}
	err_ctx(&why, "challenge %" PRIu64, r->c.id);
	if (r->order && why.code == ERR_REVERT) {
		op->doubted = true;
		op->platform.registered = false;
	}
	if (r->order && why.code == ERR_RPC)
		*ret_busy = why;
	else
		withhold(op, r->c.id, &why);
	if (behaviour_insists(&op->behave))
		forget(s, r->c.id); /* it has had its answer */
}

/* Sends what is there, the most urgent first, and once more if told so. */
static bool send_all(struct oper *op, struct reply *due, size_t n,
		     struct order *orders, struct err *e)
{
	size_t made = 0;

	for (size_t i = 0; i < n; i++) {
		if (!due[i].quoting.quote)
			continue;
		due[i].order = &orders[made++];
		if (!make_order(op, due[i].c.id, &due[i].quoting, due[i].order,
				e))
			return false;
	}
	if (!account_send_all(op, orders, made, e))
		return false;
	if (!op->behave.duplicate || !made)
		return true;
	for (size_t i = 0; i < made; i++) {
		struct order twice = orders[i];

		twice.insist = true;
		if (!account_send_all(op, &twice, 1, e))
			return false;
	}
	return true;
}

static bool answer_all(struct oper *op, struct sla *s, struct reply *due,
		       size_t n, struct err *e)
{
	CLEANUP(freep) struct order *orders = xcalloc(n, sizeof(*orders));
	struct err busy = ERR_INIT;
	bool ok = quote_all(op, s, due, n, e) &&
		  send_all(op, due, n, orders, e);

	for (size_t i = 0; ok && i < n; i++)
		judge(op, s, &due[i], &busy);
	for (size_t i = 0; i < n; i++) {
		buf_done(&orders[i].data);
		free(due[i].quoting.quote);
	}
	if (ok && busy.code)
		*e = busy;
	return ok && !busy.code;
}

static bool sla_on_blocks(struct oper *op, void *state, uint64_t from,
			  uint64_t to, struct err *e)
{
	CLEANUP(freep) struct reply *due = NULL;
	struct sla *s = state;
	size_t n = 0;
	bool ok;

	if (!collect(op, s, from, to, e))
		return false;
	due = xcalloc(s->n, sizeof(*due));
	ok = look(op, s, to, due, &n, e);
	if (ok && n) {
		qsort(due, n, sizeof(*due), by_end);
		ok = answer_all(op, s, due, n, e);
	}
	op->metrics.open = s->n;
	return ok;
}

const struct duty DUTY_SLA = {
    .name = "sla",
    .start = sla_start,
    .on_blocks = sla_on_blocks,
    .ahead = sla_ahead,
    .end = sla_end,
};
