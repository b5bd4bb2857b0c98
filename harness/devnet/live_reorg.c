/* A reorg: blocks are taken back, and others come in their place. */
#include "devnet/live_priv.h"

#include "base/base.h"

void live_renew(struct live *w)
{
	w->renew = true;
}

bool live_reorg(struct live *w, uint64_t depth, uint64_t *ret_fork,
		struct err *e)
{
	struct block old, fork;

	live_moved(w);
	if (!node_branch(live_rpc(w), depth, &old, &fork, e))
		return live_dead(w, e);
	w->now->reorg.old = old.number;
	w->now->reorg.fork = fork.hash;
	live_forget_marks(w, fork.number);
	live_went_back(w, fork.number);
	*ret_fork = fork.number;
	return true;
}

bool live_reorg_done(struct live *w, struct err *e)
{
	struct block head;
	bool ok;

	live_hush(w, true);
	ok = live_head(w, &head, e) &&
	     (head.number >= w->now->reorg.old ||
	      node_mine(live_rpc(w), w->now->reorg.old - head.number, e)) &&
	     node_branch_done(live_rpc(w), e);
	live_moved(w);
	live_hush(w, false);
	return ok ? live_rest(w, e) : live_dead(w, e);
}
