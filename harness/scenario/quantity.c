#include "scenario/play.h"

#include "base/base.h"

#define SLOTS 128u

struct quantities {
	struct arena *arena; /* in which it is itself */
	const struct world *world; /* that these are of */
	struct known_quantity *slots[SLOTS];
};

static bool same_name(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool is_same(const struct quantity_of *a, const struct quantity_of *b)
{
	return a->kind == b->kind && a->avs == b->avs && a->set == b->set &&
	       same_name(a->token, b->token) && same_name(a->actor, b->actor);
}

static size_t hash_more(size_t h, const char *name)
{
	for (; *name; name++)
		h = 31 * h + (unsigned char)*name;
	return h;
}

static struct known_quantity **slot_of(struct quantities *all,
				       const struct quantity_of *q)
{
	size_t h = hash_more((size_t)q->kind, q->token);

	return &all->slots[hash_more(h, q->actor ? q->actor : "") % SLOTS];
}

void quantities_done(struct play *p)
{
	if (p->quantities)
		arena_free(p->quantities->arena);
	p->quantities = NULL;
}

/* Sets are counted by their world. What was given out of another one stays. */
static struct quantities *of_world(struct play *p)
{
	struct quantities *all = p->quantities;

	if (!all) {
		struct arena *a = arena_new();

		all = p->quantities = ARENA_NEW(a, struct quantities);
		all->arena = a;
	}
	if (all->world != p->scn->world)
		memset(all->slots, 0, sizeof(all->slots));
	all->world = p->scn->world;
	return all;
}

/* Who asks may have the names from anywhere: the book's stay. */
static bool add(struct play *p, struct known_quantity **slot,
		const struct quantity_of *q, struct err *e)
{
	struct book *book = live_book(p->live);
	const struct book_entry *actor = q->actor ? book_by_name(book, q->actor)
						  : NULL;
	const struct book_entry *token = book_by_name(book, q->token);
	struct known_quantity *k;

	if (q->actor && !actor)
		return err_set(e, ERR_SCHEMA, 0, "there is no actor %s",
			       q->actor);
	if (!token)
		return err_set(e, ERR_SCHEMA, 0, "there is no token %s",
			       q->token);
	k = ARENA_NEW(p->quantities->arena, struct known_quantity);
	k->of = *q;
	k->of.actor = actor ? actor->name : NULL;
	k->of.token = token->name;
	k->actor = actor;
	k->token = token;
	k->trail.views = k->views;
	k->trail.max = ARRAY_LEN(k->views);
	k->beside = *slot;
	*slot = k;
	return true;
}

bool quantity_known(struct play *p, const struct quantity_of *q,
		    struct known_quantity **ret, struct err *e)
{
	struct known_quantity **slot = slot_of(of_world(p), q), *k;

	for (k = *slot; k && !is_same(&k->of, q); k = k->beside)
		;
	if (!k && !add(p, slot, q, e))
		return false;
	*ret = k ? k : *slot;
	return true;
}

const char *quantity_name(struct play *p, struct known_quantity *k)
{
	if (!k->name)
		k->name = observe_name(p, p->quantities->arena, &k->of);
	return k->name;
}
