/*
 * delegation - whom each of the world's actors delegated to.
 *
 * Asked of everybody at once: what an operator was delegated is a sum over all
 * of them, so to ask for each operator by itself would be the square of their
 * number, and so would what each of these sums is noted to have read.
 */
#include "scenario/play.h"

#include "base/base.h"

/* EL: DelegationManager.delegatedTo(staker) is its operator, or nobody. */
static bool ask(struct play *p, const char *staker, struct delegation *ret,
		struct err *e)
{
	const struct book_entry *who = book_by_name(live_book(p->live), staker);
	struct abi_val arg, v;

	if (!who)
		return err_set(e, ERR_SCHEMA, 0, "there is no actor %s",
			       staker);
	arg = abi_val_addr(&who->address);
	if (!observe_view(p, "delegationManager", "delegatedTo", &arg, 1, NULL,
			  &v, e))
		return false;
	*ret = (struct delegation){ .who = who->name,
				    .to = abi_addr(&v.items[0]) };
	return true;
}

static bool ask_all(struct play *p, struct delegation *ret, struct err *e)
{
	const struct world *w = p->scn->world;

	for (size_t i = 0; i < w->operators_n; i++)
		if (!ask(p, w->operators[i].name, ret++, e))
			return false;
	for (size_t i = 0; i < w->roles_n; i++)
		if (!ask(p, w->roles[i], ret++, e))
			return false;
	return true;
}

/* Only the list is kept, and not as what the evaluation at hand read: that is
 * told to have read all of it. */
static bool ask_aside(struct play *p, struct delegation *ret, struct trail *t,
		      struct err *e)
{
	struct reads *reads = views_record(p->views, NULL);
	struct trail *trail = views_follow(p->views, t);
	struct arena *outer = p->arena;
	bool ok;

	p->arena = arena_new();
	ok = ask_all(p, ret, e);
	arena_free(p->arena);
	p->arena = outer;
	views_follow(p->views, trail);
	views_record(p->views, reads);
	return ok;
}

/* What everybody was asked is answered as it was. */
static bool is_known(struct play *p, const struct delegations *d)
{
	struct reads *reads = views_record(p->views, NULL);
	struct trail *trail = views_follow(p->views, NULL);
	const bool is = d->known_at && d->world == p->scn->world &&
			views_again(p, &d->trail);

	views_follow(p->views, trail);
	views_record(p->views, reads);
	return is;
}

static bool is_same(const struct delegations *d, const struct delegation *now,
		    size_t n)
{
	bool is = d->n == n;

	for (size_t i = 0; is && i < n; i++)
		is = d->all[i].who == now[i].who &&
		     addr_eq(&d->all[i].to, &now[i].to);
	return is;
}

/* @whole: nothing of it was put off, so it can be told from what comes next. */
static void learn(struct delegations *d, struct delegation *take_now, size_t n,
		  uint64_t turn, bool whole)
{
	const bool goes_on = d->known_at && d->known_at + 1 >= turn;

	if (!whole)
		d->known_at = 0;
	else if (!goes_on || !is_same(d, take_now, n))
		d->changed_at = turn;
	if (whole)
		d->known_at = turn;
	free(d->all);
	d->all = take_now;
	d->n = n;
}

static bool ask_now(struct play *p, struct delegations *d, uint64_t wave,
		    struct err *e)
{
	const struct world *w = p->scn->world;
	const size_t n = w->operators_n + w->roles_n;
	const size_t voids = views_void(p->views);
	CLEANUP(freep)
	struct delegation *now = xcalloc(n + 1, sizeof(*now));

	d->trail.views = xrealloc(d->trail.views,
				  (n + 1) * sizeof(*d->trail.views));
	d->trail.max = n;
	d->world = w;
	trail_clear(&d->trail);
	if (!ask_aside(p, now, &d->trail, e)) {
		d->trail.more = true;
		return false;
	}
	learn(d, TAKE(now), n, views_turn(p->views),
	      wave && views_void(p->views) == voids);
	d->wave = wave;
	return true;
}

bool delegations_now(struct play *p, const struct delegation **ret,
		     size_t *ret_n, struct err *e)
{
	struct delegations *d = &p->delegations;
	uint64_t wave = 0; /* of an older block it is good for this time only */

	if (p->asked_at)
		views_more(p->views);
	else if (!views_wave(p, &wave, e))
		return false;
	else
		views_delegations(p->views);
	if (wave && d->wave != wave && is_known(p, d)) {
		d->known_at = views_turn(p->views);
		d->wave = wave;
	}
	if ((!wave || d->wave != wave) && !ask_now(p, d, wave, e))
		return false;
	/* Who asks next is given the same zeros, and nothing is put off then. */
	if (!d->known_at)
		views_more(p->views);
	*ret = d->all;
	*ret_n = d->n;
	return true;
}

bool delegated_lately(const struct play *p, size_t nth,
		      const struct addr20 *to)
{
	const struct delegations *d = &p->delegations;

	return d->world == p->scn->world && nth < d->n &&
	       addr_eq(&d->all[nth].to, to);
}

bool delegations_same(struct play *p, uint64_t turn, bool before)
{
	const struct delegations *d = &p->delegations;
	const struct delegation *all;
	struct err ignored; /* whoever evaluates meets it again */
	size_t n;

	return delegations_now(p, &all, &n, &ignored) &&
	       d->known_at == views_turn(p->views) &&
	       d->changed_at + before <= turn;
}
