/* Who takes the heartbeats of a world's operators, and what it knows of them. */
#include "devnet/live_priv.h"

#include "base/base.h"

static void told(void *arg, const char *actor, const json_t *record)
{
	const struct live *w = arg;

	if (w->events.on_heartbeat)
		w->events.on_heartbeat(w->events.arg, actor, record);
}

bool live_aggregator_start(struct live *w, struct err *e)
{
	const struct live_aggregator *want = &w->want_aggregator;

	return !want->avs ||
	       aggregator_new(&w->aggregator, w->loop,
			      &(struct aggregator_spec){
				      .ipc = live_ipc(w),
				      .book = w->book,
				      .avs = want->avs,
				      .chain_id = w->chain_id,
				      .max_age = want->max_age,
				      .on_heartbeat = told,
				      .arg = w },
			      e);
}

const char *live_aggregator_url(const struct live *w)
{
	return w->aggregator ? aggregator_url(w->aggregator) : NULL;
}

static bool need(const struct live *w, struct err *e)
{
	return w->aggregator ||
	       err_set(e, ERR_SCHEMA, 0,
		       "this world has no aggregator; say `aggregator: "
		       "{interval: 60 seconds}`");
}

bool live_heartbeats(struct live *w, const char *name,
		     struct live_heartbeats *ret, struct err *e)
{
	struct live_member *m;

	if (!need(w, e) || !live_need(w, name, &m, e))
		return false;
	*ret = aggregator_of(w->aggregator, name);
	return true;
}

bool live_aggregator_away(struct live *w, bool away, struct err *e)
{
	if (!need(w, e))
		return false;
	aggregator_away(w->aggregator, away);
	return live_rest(w, e);
}
