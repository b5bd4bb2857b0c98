/*
 * act_reorg - the last blocks are taken back, and others come in their place.
 *
 * What was seen in the blocks that are gone has not happened: their events and
 * transactions are forgotten, and what the invariants held on to as well.
 */
#include "scenario/play.h"

#include <inttypes.h>

#include "base/base.h"

void forget_after(struct play *p, uint64_t fork)
{
	size_t n = 0;

	while (n < p->seen.n && p->seen.items[n].block <= fork)
		n++;
	p->seen.n = n;
	if (p->seen.low > n)
		p->seen.low = n;
	if (p->record.events > n)
		p->record.events = n;
	if (p->seen_to > fork)
		p->seen_to = fork;
	while (p->sent.n && p->sent.items[p->sent.n - 1].block > fork)
		p->sent.n--;
	p->held.known = false;
}

/* A scenario's rows may start from a snapshot of its first block. */
static bool far_enough(const struct play *p, uint64_t head, uint64_t depth,
		       struct err *e)
{
	return depth <= head - p->began ||
	       err_set(e, ERR_RANGE, 0,
		       "a reorg of %" PRIu64 " blocks goes back beyond the "
		       "scenario's start: %" PRIu64 " blocks were mined since "
		       "(the head is %" PRIu64 ")",
		       depth, head - p->began, head);
}

static bool take_back(struct play *p, const struct step *s,
		      const struct scope *scope, uint64_t *ret_depth,
		      struct err *e)
{
	struct block head;
	uint64_t fork;
	struct value depth;

	if (!eval(&depth, &p->env, scope, s->main, e))
		return false;
	if (depth.kind != VALUE_INT || depth.negative ||
	    !u256_fits_u64(ret_depth, depth.num))
		return err_at(e, s->main->pos, ERR_SCHEMA,
			      "a reorg wants a number of blocks: `2 blocks`");
	if (!live_head(p->live, &head, e) ||
	    !far_enough(p, head.number, *ret_depth, e) ||
	    !live_reorg(p->live, *ret_depth, &fork, e))
		return false;
	forget_after(p, fork);
	return true;
}

enum play_end act_reorg(struct play *p, const struct step *s,
			struct scope *scope, struct outcome *o)
{
	struct err e = ERR_INIT, ignored = ERR_INIT;
	enum play_end end;
	uint64_t depth;

	if (!take_back(p, s, scope, &depth, &e))
		return play_broken(p, s, &e);
	end = play_block(p, &s->steps, scope);
	if (end != PLAY_ON) {
		/* The world may serve others yet. */
		(void)!node_branch_done(live_rpc(p->live), &ignored);
		return end;
	}
	if (!live_reorg_done(p->live, &e))
		return play_broken(p, s, &e);
	o->summary = arena_printf(p->arena, "reorg of %" PRIu64 " block%s",
				  depth, depth == 1 ? "" : "s");
	return PLAY_ON;
}

bool has_step(const struct step_list *list, bool (*is)(const struct step *s))
{
	for (size_t i = 0; i < list->n; i++) {
		const struct step *s = list->steps[i];

		if (is(s) || has_step(&s->steps, is) ||
		    (s->def && has_step(&s->def->steps, is)))
			return true;
		for (size_t k = 0; k < s->arms_n; k++)
			if (has_step(&s->arms[k].steps, is))
				return true;
	}
	return false;
}
