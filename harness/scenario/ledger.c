/*
 * ledger - every independent quantity of the declared world, a line each, and
 * what the world watches.
 */
#include "scenario/play.h"

#include "base/base.h"

static const char *const quantity_names[QUANTITY__COUNT] = {
	[QUANTITY_BALANCE] = "balance",
	[QUANTITY_SHARES] = "shares",
	[QUANTITY_QUEUED] = "queued",
	[QUANTITY_MAX_MAGNITUDE] = "maxMagnitude",
	[QUANTITY_ALLOCATED] = "allocated",
	[QUANTITY_BURNABLE] = "burnable",
	[QUANTITY_ENCUMBERED] = "encumbered",
	[QUANTITY_SLASHABLE] = "slashable",
	[QUANTITY_DELEGATED] = "delegated",
	[QUANTITY_WITHDRAWABLE] = "withdrawable",
};

/* Of an operator alone, and once for each token. */
static const enum quantity of_operators[] = { QUANTITY_SHARES, QUANTITY_QUEUED,
					      QUANTITY_MAX_MAGNITUDE };

struct ledger_build {
	struct play *p;
	struct ledger *l;
	size_t max; /* lines_max() */
};

/* Of a hundred operators it has a thousand lines: their list is not grown. */
static size_t lines_max(const struct world *w)
{
	size_t sets = 0;

	for (size_t i = 0; i < w->avs_n; i++)
		sets += w->avs[i].sets_n;
	return w->tokens_n * (w->operators_n * (1 + ARRAY_LEN(of_operators) + sets) +
			      2 * w->roles_n + 1) +
	       w->watch_n;
}

static void add_line(struct ledger_build *b, const char *name,
		     const struct value *v)
{
	ASSERT(b->l->n < b->max);
	b->l->lines[b->l->n++] = (struct ledger_line){ name, *v };
}

const char *observe_name(const struct play *p, struct arena *a,
			 const struct quantity_of *q)
{
	const char *const parts[] = { q->actor ? q->actor : "",
				      q->actor ? "." : "",
				      quantity_names[q->kind], ".", q->token };
	char *name = arena_concat(a, parts, ARRAY_LEN(parts));

	if (q->kind != QUANTITY_ALLOCATED && q->kind != QUANTITY_SLASHABLE)
		return name;
	return arena_printf(a, "%s@%s#%zu", name,
			    p->scn->world->avs[q->avs].name, q->set);
}

static bool add_quantity(struct ledger_build *b, struct quantity_of q,
			 struct err *e)
{
	struct known_quantity *k;
	struct value v;

	if (!quantity_known(b->p, &q, &k, e) || !observe_known(b->p, k, &v, e))
		return false;
	add_line(b, quantity_name(b->p, k), &v);
	return true;
}

static bool in_set(const struct world_set *set, const char *token)
{
	for (size_t i = 0; i < set->strategies_n; i++)
		if (!strcmp(set->strategies[i], token))
			return true;
	return false;
}

static bool add_allocations(struct ledger_build *b, struct quantity_of q,
			    struct err *e)
{
	const struct world *w = b->p->scn->world;

	q.kind = QUANTITY_ALLOCATED;
	for (q.avs = 0; q.avs < w->avs_n; q.avs++)
		for (q.set = 0; q.set < w->avs[q.avs].sets_n; q.set++)
			if (in_set(&w->avs[q.avs].sets[q.set], q.token) &&
			    !add_quantity(b, q, e))
				return false;
	return true;
}

static bool add_operator(struct ledger_build *b, struct quantity_of q,
			 struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(of_operators); i++) {
		q.kind = of_operators[i];
		if (!add_quantity(b, q, e))
			return false;
	}
	return add_allocations(b, q, e);
}

static bool add_token(struct ledger_build *b, const char *token, struct err *e)
{
	const struct world *w = b->p->scn->world;
	struct quantity_of q = { .token = token };

	for (size_t i = 0; i < w->operators_n; i++) {
		q.actor = w->operators[i].name;
		q.kind = QUANTITY_BALANCE;
		if (!add_quantity(b, q, e) || !add_operator(b, q, e))
			return false;
	}
	for (size_t i = 0; i < w->roles_n; i++) {
		q.actor = w->roles[i];
		q.kind = QUANTITY_BALANCE;
		if (!add_quantity(b, q, e))
			return false;
		q.kind = QUANTITY_QUEUED;
		if (!add_quantity(b, q, e))
			return false;
	}
	q.kind = QUANTITY_BURNABLE;
	q.actor = NULL;
	return add_quantity(b, q, e);
}

/* What is a line anyhow may be watched, too. */
static bool has_line(const struct ledger *l, const char *name)
{
	for (size_t i = 0; name && i < l->n; i++)
		if (!strcmp(l->lines[i].name, name))
			return true;
	return false;
}

static bool read_ledger(struct play *p, struct ledger **ret, struct err *e)
{
	const struct world *w = p->scn->world;
	struct ledger_build b = { .p = p,
				  .l = ARENA_NEW(p->arena, struct ledger),
				  .max = lines_max(w) };
	bool ok = true;

	b.l->lines = ARENA_ARRAY(p->arena, struct ledger_line, b.max);
	for (size_t i = 0; ok && i < w->tokens_n; i++)
		ok = add_token(&b, w->tokens[i].name, e);
	for (size_t i = 0; ok && i < w->watch_n; i++) {
		struct value v;

		if (has_line(b.l, w->watch[i]->raw))
			continue;
		ok = eval(&v, &p->env, NULL, w->watch[i], e);
		if (ok)
			add_line(&b, w->watch[i]->raw, &v);
	}
	if (!ok)
		return err_ctx(e, "reading the ledger");
	*ret = b.l;
	return true;
}

bool observe_ledger_at(struct play *p, uint64_t block, struct ledger **ret,
		       struct err *e)
{
	bool ok;

	p->asked_at = block;
	ok = read_ledger(p, ret, e);
	p->asked_at = 0;
	return ok;
}

static bool read_held(struct play *p, void *arg, struct err *e)
{
	struct arena *outer = play_aside(p);
	bool ok = read_ledger(p, arg, e);

	play_aside_end(p, outer, ok && !views_void(p->views));
	return ok;
}

bool observe_ledger(struct play *p, struct ledger **ret, struct err *e)
{
	return views_hold(p, VIEWS_LEDGER, read_held, ret, e);
}
