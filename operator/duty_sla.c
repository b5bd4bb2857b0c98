/*
 * The SLA duty: answer each challenge for this operator, while its window is
 * open, with a fresh quote bound to it. The most urgent one comes first.
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
	uint64_t since; /* on clock_ns(), when it was */
};

struct sla {
	struct seen *items; /* issued to us, and not known to be settled */
	size_t n, cap;
};

static void *sla_start(void)
{
	return xcalloc(1, sizeof(struct sla));
}

static void sla_end(void *state)
{
	struct sla *s = state;

	if (s)
		free(s->items);
	free(s);
}

static void remember(struct sla *s, uint64_t id)
{
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
	const uint64_t *ids;
	size_t n;

	if (!view_challenged(op, a, from, to, &ids, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		remember(s, ids[i]);
	return true;
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

static bool answer(struct oper *op, const struct challenge *c, struct err *e)
{
	static const struct fn f = {"respondToSlaChallenge", "(uint256,bytes)",
				    NULL};
	CLEANUP(freep) uint8_t *quote = NULL;
	struct abi_val args[2];
	uint64_t block;
	size_t len;

	if (!attest_quote(op, &c->response_data, &quote, &len, e))
		return err_ctx(e, "challenge %" PRIu64, c->id);
	args[0] = abi_val_u64(c->id);
	args[1] = abi_val_bytes(quote, len);
	if (!account_send(op, "respond", &op->cfg->sla_oracle, &f, args, 2,
			  &block, e))
		return err_ctx(e, "challenge %" PRIu64, c->id);
	tell(op, "answered", c->id, "block", block);
	return true;
}

/* The next block is the first that could hold an answer. */
static bool is_open(const struct challenge *c, uint64_t head)
{
	return !c->responded && !c->reported && c->end > head;
}

/* Asks the chain about each challenge, and drops those that are settled. */
static bool look(struct oper *op, struct sla *s, uint64_t head,
		 struct challenge *open, size_t *ret_n, struct err *e)
{
	size_t n = 0;
	bool known;

	for (size_t i = 0; i < s->n;) {
		struct seen *seen = &s->items[i];
		struct challenge c;

		if (!view_challenge(op, seen->id, &known, &c, e))
			return false;
		if (known && is_open(&c, head)) {
			if (!seen->told) {
				tell(op, "challenge", c.id, "end", c.end);
				op->metrics.challenges++;
				seen->since = clock_ns();
			}
			seen->told = true;
			open[n++] = c;
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

static void settled(struct oper *op, struct sla *s, uint64_t id)
{
	histogram_add(&op->metrics.answers, clock_ns() - find(s, id)->since);
	op->metrics.answered++;
	forget(s, id);
}

static int by_end(const void *a, const void *b)
{
	const struct challenge *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static bool sla_on_blocks(struct oper *op, void *state, uint64_t from,
			  uint64_t to, struct err *e)
{
	CLEANUP(freep) struct challenge *open = NULL;
	struct sla *s = state;
	struct err why;
	size_t n;

	if (!collect(op, s, from, to, e))
		return false;
	op->metrics.open = 0;
	if (!s->n)
		return true;
	open = xcalloc(s->n, sizeof(*open));
	if (!look(op, s, to, open, &n, e))
		return false;
	qsort(open, n, sizeof(*open), by_end);
	for (size_t i = 0; i < n; i++) {
		if (answer(op, &open[i], &why)) {
			settled(op, s, open[i].id);
			continue;
		}
		if (why.code == ERR_OS) {
			*e = why;
			return false;
		}
		events_error(op->ev, DUTY_SLA.name, &why);
	}
	op->metrics.open = s->n;
	return true;
}

const struct duty DUTY_SLA = {
    .name = "sla",
    .start = sla_start,
    .on_blocks = sla_on_blocks,
    .end = sla_end,
};
