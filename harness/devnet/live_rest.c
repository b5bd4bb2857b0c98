/* When a world is at rest, and what disturbs it: time, processes, commands. */
#include "devnet/live_priv.h"

#include <inttypes.h>
#include <malloc.h>

#include "base/base.h"

#include "base/clock.h"

/* Between two things that happen; operators need milliseconds. */
#define REST_MS 60000u
/* So many leave holes in the heap that are worth being looked for. */
#define CROWD 32

struct waiting {
	struct live *w;
	struct awaited awaited;
};

/* The chain, or who makes the quotes. */
static bool something_ended(const struct live *w)
{
	return (w->now && !anvil_alive(w->now->anvil)) ||
	       (w->tee && !tee_alive(w->tee));
}

/* What is late by blocks comes by this. */
static void tell_gateways(struct live *w, uint64_t head)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (w->cast.members[i].op)
			gateway_head(operator_gateway(w->cast.members[i].op),
				     head);
}

void live_hush(struct live *w, bool hush)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		struct operator *op = w->cast.members[i].op;

		if (op && hush)
			gateway_hush(operator_gateway(op));
		else if (op)
			gateway_tell(operator_gateway(op));
	}
}

void live_went_back(struct live *w, uint64_t head)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		struct operator *op = w->cast.members[i].op;

		if (op)
			gateway_went_back(operator_gateway(op), head);
	}
}

static bool settled(void *arg)
{
	const struct waiting *x = arg;
	const char *why;

	if (something_ended(x->w))
		return true;
	for (size_t i = 0; i < x->w->cast.n; i++) {
		const struct operator *op = x->w->cast.members[i].op;

		if (!op)
			continue; /* not made yet, while others get ready */
		if (operator_died(op, &why))
			return true;
		if (!operator_settled(op, &x->awaited))
			return false;
	}
	return true;
}

bool live_dead(struct live *w, struct err *e)
{
	(void)!live_blame(w, e);
	return false;
}

/* Replace "timed out" by who is awaited, and by what of each was last seen. */
static bool not_settled(const struct waiting *x, struct err *e)
{
	struct buf who = BUF_INIT(ERR_TEXT_MAX);
	size_t n = 0;

	if (e->code != ERR_TIMEOUT)
		return false;
	for (size_t i = 0; i < x->w->cast.n; i++) {
		const struct operator *op = x->w->cast.members[i].op;

		if (!op || operator_settled(op, &x->awaited))
			continue;
		buf_adds(&who, n++ ? "; " : "");
		operator_awaited(op, &x->awaited, &who);
	}
	if (loop_limit_passed(x->w->loop)) {
		const struct err limit = *e;

		err_set(e, ERR_TIMEOUT, 0, "%s; awaited: %s", limit.text,
			buf_str(&who));
	} else {
		err_set(e, ERR_TIMEOUT, 0,
			"operators did not come to rest within %u ms; "
			"awaited: %s",
			REST_MS, buf_str(&who));
	}
	buf_done(&who);
	return false;
}

static bool wait_settled(struct live *w, const struct block *head,
			 struct err *e)
{
	struct waiting x = { .w = w, .awaited.old = w->now->reorg.old,
			     .awaited.head = *head };
	const char *why;

	tell_gateways(w, x.awaited.head.number);
	x.awaited.silent =
		w->now->reorg.old &&
		hash_eq(&x.awaited.head.hash, &w->now->reorg.fork);
	if (!loop_run_until(w->loop, settled, &x, clock_ms() + REST_MS,
			    "operators to come to rest", e))
		return not_settled(&x, e);
	if (something_ended(w))
		return live_dead(w, e);
	for (size_t i = 0; i < w->cast.n; i++) {
		struct operator *op = w->cast.members[i].op;

		if (!op)
			continue;
		if (operator_died(op, &why))
			return err_set(e, ERR_CHILD, 0, "%s", why);
		gateway_rested(operator_gateway(op), head->number);
	}
	return true;
}

void live_bury(struct live *w)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (w->cast.members[i].op)
			operator_bury(w->cast.members[i].op);
}

bool live_busy(const struct live *w)
{
	if (something_ended(w))
		return true;
	for (size_t i = 0; i < w->cast.n; i++) {
		const struct live_member *m = &w->cast.members[i];
		const char *why;

		if (m->op && operator_died(m->op, &why))
			return true;
	}
	return live_holds(w);
}

/* Whether there is anybody but ourselves who acts on the chain. */
static bool has_programs(const struct live *w)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (w->cast.members[i].op)
			return true;
	return false;
}

void live_give_back(const struct live *w)
{
	if (w->cast.n < CROWD)
		return;
	json_give_back();
	(void)malloc_trim(0);
}

bool live_rest(struct live *w, struct err *e)
{
	bool released = has_programs(w);
	struct block head;

	if (something_ended(w))
		return live_dead(w, e);
	for (size_t i = 0; i < w->cast.n; i++)
		w->cast.members[i].sent = 0;
	while (released) {
		if (!live_head(w, &head, e))
			return live_dead(w, e);
		if (!wait_settled(w, &head, e))
			return false;
		released = live_holds(w);
		if (released && !live_release(w, e))
			return live_dead(w, e);
	}
	live_give_back(w);
	return true;
}

bool live_advance(struct live *w, uint64_t block, uint64_t time, struct err *e)
{
	CLEANUP(json_decrefp) json_t *logs = NULL;
	struct block head = { 0 };
	bool quiet, ok = live_head(w, &head, e);

	logs = live_mined(w);
	live_hush(w, true);
	ok = ok &&
	     node_advance_to(live_rpc(w), block, time, &head, &quiet, e);
	live_hush(w, false);
	if (!ok)
		return live_dead(w, e);
	live_is_at(w, &head, quiet ? TAKE(logs) : NULL);
	return live_rest(w, e);
}

static bool need_program(struct live *w, const char *name,
			 struct live_member **ret, struct err *e)
{
	if (!live_need(w, name, ret, e))
		return false;
	return (*ret)->op ||
	       err_set(e, ERR_SCHEMA, 0,
		       "%s has no program: ours does not know the AVS %s; name "
		       "a `program:` that does, or act for it with "
		       "`send … as: %s`",
		       name, (*ret)->spec.avs, name);
}

bool live_process(struct live *w, const char *name, enum live_process what,
		  struct err *e)
{
	struct live_member *m;

	if (!need_program(w, name, &m, e))
		return false;
	switch (what) {
	case LIVE_START:
		return operator_launch(m->op, e) && operator_await(m->op, e) &&
		       live_rest(w, e);
	case LIVE_STOP:
		return operator_stop(m->op, e);
	case LIVE_KILL:
		return operator_kill(m->op, e);
	case LIVE_PAUSE:
		return operator_pause(m->op, e);
	case LIVE_RESUME:
		return operator_resume(m->op, e) && live_rest(w, e);
	}
	ASSERT(!"something to do with a process");
	return false;
}

const char *live_process_state(const struct live *w, const char *name)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		const struct live_member *m = &w->cast.members[i];

		if (strcmp(m->spec.name, name) != 0)
			continue;
		if (!m->op || (!m->spec.process && !m->spec.other))
			return "none";
		return operator_paused(m->op)	 ? "paused"
		       : operator_running(m->op) ? "running"
						 : "stopped";
	}
	return "none";
}

static const struct operator *operator_of(const struct live *w,
					  const char *name)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (strcmp(w->cast.members[i].spec.name, name) == 0)
			return w->cast.members[i].op;
	return NULL;
}

bool live_alive(const struct live *w, const char *name)
{
	const struct operator *op = operator_of(w, name);

	return op && (operator_running(op) || operator_paused(op));
}

bool live_running(const struct live *w, const char *name)
{
	const struct operator *op = operator_of(w, name);

	return op && operator_running(op);
}

void live_command_done(struct live_command *c)
{
	free(c->output);
	free(c->revert);
	*c = (struct live_command){ 0 };
}

bool live_run(struct live *w, const char *name, const char *const *args,
	      struct live_command *ret, struct err *e)
{
	struct live_command c = { 0 };
	struct live_member *m;
	const char *output;

	if (!need_program(w, name, &m, e) || !operator_command(m->op, args, e))
		return false;
	if (!live_rest(w, e)) {
		/* Else whatever comes next would wait for it, too. */
		operator_command_end(m->op);
		return false;
	}
	c.status = operator_command_result(m->op, &output);
	c.output = xstrdup(output);
	c.has_tx = operator_last_tx(m->op, &c.tx);
	const struct gateway_revert *r = operator_reverted(m->op);

	if (r) {
		c.reverted = true;
		c.revert_len = r->data_len;
		c.revert = xmalloc(r->data_len + 1);
		memcpy(c.revert, r->data, r->data_len);
		if (r->mined) {
			c.has_tx = true;
			c.tx = r->tx;
		}
	}
	*ret = c;
	return true;
}

/* In what the operator knows now it has done all that it could. */
bool live_break_rpc(struct live *w, const char *name, const json_t *fault,
		    struct err *e)
{
	struct live_member *m;
	struct gateway_fault f;

	if (!need_program(w, name, &m, e) ||
	    !gateway_fault_read(&f, fault, e) || !live_rest(w, e))
		return false;
	gateway_break(operator_gateway(m->op), &f);
	return true;
}

bool live_mend_rpc(struct live *w, const char *name, struct err *e)
{
	struct live_member *m;

	if (!need_program(w, name, &m, e))
		return false;
	gateway_mend(operator_gateway(m->op));
	return live_rest(w, e);
}
