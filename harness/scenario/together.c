/*
 * together - the transactions of several steps in one block.
 *
 * The steps are played twice. First up to where they would send: what they
 * would is gathered. Then the block is mined, and they are played again, each
 * with the receipt of its transaction, so that their expectations and what
 * they give are judged as ever.
 */
#include "scenario/together.h"

#include "base/rng.h"

#include "base/base.h"

enum play_end together_gather(struct play *p, const struct step *s,
			      const struct call_ready *c,
			      const struct value *who, const struct addr20 *to,
			      struct u256 value, const struct buf *data,
			      const char *summary)
{
	struct together *b = p->together;
	bool keyless = !act_has_key(who);
	struct addr20 from;
	struct err e = ERR_INIT;

	if (!surround_address(p, who, &from, &e) ||
	    (keyless && !live_afford(p->live, &from, &e)))
		return play_broken(p, s, &e);
	GROW(b->txs, b->n, b->cap);
	b->txs[b->n++] = (struct together_tx){
		.call = *c,
		.who = *who,
		.summary = summary,
		.tx = { .actor = keyless ? explain_value(p, who) : who->text,
			.from = from,
			.keyless = keyless,
			.to = *to,
			.value = value,
			.data = arena_memdup(p->arena, data->data, data->len),
			.len = data->len },
	};
	return PLAY_GATHERED;
}

bool together_told(struct play *p, const struct step *s,
		   const struct together_tx **ret, struct err *e)
{
	struct together *b = p->together;

	if (b->told == b->n)
		return err_at(e, s->pos, ERR_UNSUPPORTED,
			      "a step of `together` sends one transaction, and "
			      "this is its second");
	*ret = &b->txs[b->told++];
	return true;
}

void together_events(struct play *p, struct outcome *o)
{
	const size_t first = p->together->first;
	struct seen *own;

	o->events_n = 0;
	for (size_t i = first; i < p->seen.n; i++)
		o->events_n += hash_eq(&p->seen.items[i].tx, &o->tx);
	own = ARENA_ARRAY(p->arena, struct seen, o->events_n);
	for (size_t i = first, n = 0; n < o->events_n; i++)
		if (hash_eq(&p->seen.items[i].tx, &o->tx))
			own[n++] = p->seen.items[i];
	o->events = own;
}

static enum play_end play_inner(struct play *p, const struct step *s,
				const struct scope *outer)
{
	struct scope scope = { .outer = outer };
	size_t len = strlen(p->number);
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < s->steps.n; i++) {
		struct outcome o = { 0 };

		snprintf(p->number + len, sizeof(p->number) - len, ".%zu",
			 i + 1);
		end = play_step(p, s->steps.steps[i], &scope, NULL, &o);
		if (end == PLAY_GATHERED)
			end = PLAY_ON;
	}
	if (end == PLAY_ON)
		p->number[len] = 0;
	scope_done(&scope);
	return end;
}

/* As written, or as the seed says: the same at every replay. */
static bool block_order(struct play *p, const struct step *s,
			const struct scope *scope, size_t *order, size_t n,
			struct err *e)
{
	struct rng rng = RNG_INIT(p->seed ^ s->pos.line);
	const char *how = "written";

	if (s->args && s->args[0] &&
	    !eval_text(&how, &p->env, scope, s->args[0], e))
		return false;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	if (!strcmp(how, "seeded"))
		rng_shuffle(&rng, order, n);
	else if (strcmp(how, "written") != 0)
		return err_at(e, s->args[0]->pos, ERR_SCHEMA,
			      "`order` is `written` or `seeded`");
	return true;
}

static bool mine(struct play *p, const struct step *s,
		 const struct scope *scope, struct err *e)
{
	struct together *b = p->together;
	CLEANUP(freep) struct live_tx *txs = xcalloc(b->n + 1, sizeof(*txs));
	CLEANUP(freep) size_t *order = xcalloc(b->n + 1, sizeof(*order));
	struct value moment;

	for (size_t i = 0; i < b->n; i++)
		txs[i] = b->txs[i].tx;
	if (!block_order(p, s, scope, order, b->n, e) ||
	    (s->at && (!eval(&moment, &p->env, scope, s->at, e) ||
		       !act_at(p, &moment, e))) ||
	    !live_block(p->live, p->arena, txs, order, b->n, e))
		return false;
	for (size_t i = 0; i < b->n; i++)
		b->txs[i].tx.receipt = txs[i].receipt;
	b->first = p->seen.n;
	b->mined = true;
	/* Operators answer now, not while the steps are judged: what they say
	 * meanwhile would stand with one step or another. */
	return live_rest(p->live, e) && observe_events(p, e);
}

enum play_end act_together(struct play *p, const struct step *s,
			   struct scope *scope)
{
	struct together b = { 0 };
	struct err e = ERR_INIT;
	enum play_end end;

	p->together = &b;
	end = play_inner(p, s, scope);
	if (end == PLAY_ON)
		end = mine(p, s, scope, &e) ? play_inner(p, s, scope)
					    : play_broken(p, s, &e);
	p->together = NULL;
	free(b.txs);
	return end;
}
