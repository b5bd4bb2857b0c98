#include "operator/daemon.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/contract.h"
#include "eth/chain.h"
#include "operator/account.h"
#include "operator/duty.h"
#include "operator/lifecycle.h"
#include "operator/node.h"

#define TRIES 3u /* with a node that refuses */

#define REST_MAX_BLOCKS 64u /* between two tries to prepare itself */

/* After a reorg so many blocks are looked at again: more than any takes. */
#define REORG_BLOCKS 64u

/* The order in which they get each block. */
static const struct duty *const DUTIES[] = {&DUTY_SLA, &DUTY_RENEWAL,
					     &DUTY_HEARTBEAT};

struct daemon {
	struct oper *op;
	struct {
		void *state;
		uint64_t next; /* the first block that it has not handled */
	} duties[ARRAY_LEN(DUTIES)];
	bool prepared, failed; /* at the last head */
	uint64_t prepare_at;   /* the block in which it is tried again */
	unsigned refusals;     /* of it, one behind the other */
	struct node *node;
	bool busy;	     /* with a head; else at rest since the last one */
	struct head handled; /* the last one */
	bool any_handled;
	const char *stopped; /* why we are to end, or NULL */
	bool lost;	     /* the RPC connection */
	struct err lost_why;
	struct watch *stdin_watch;
};

static void stop(struct daemon *d, const char *why)
{
	d->stopped = why;
	loop_stop(d->op->loop, why);
}

/* SIGHUP: the configuration says how to behave from now on. */
static void behave_anew(struct daemon *d)
{
	struct oper *op = d->op;
	struct err e;

	if (!config_behaviour(&op->behave, op->cfg, &e)) {
		events_error(op->ev, "configure", &e);
		return;
	}
	events_log(op->ev, "configured anew");
	events_emit(op->ev, json_pack("{s:s}", "event", "configured"));
}

static void on_signal(void *arg, int signo)
{
	if (signo == SIGHUP)
		behave_anew(arg);
	else
		stop(arg, signo == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_stdin(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	char ignored[256];
	ssize_t n = read(STDIN_FILENO, ignored, sizeof(ignored));

	(void)events;
	if (n > 0 || (n < 0 && errno == EINTR))
		return;
	watch_free(TAKE(d->stdin_watch));
	stop(d, "stdin was closed");
}

static void on_lost(void *arg, const struct err *why)
{
	struct daemon *d = arg;

	d->lost = true;
	d->lost_why = *why;
}

/* A pipe as stdin is our parent's hand: it lets go, we end. */
static void watch_stdin(struct daemon *d)
{
	struct stat st;

	if (!fstat(STDIN_FILENO, &st) &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		d->stdin_watch =
		    loop_watch(d->op->loop, STDIN_FILENO, EPOLLIN, on_stdin, d);
}

/* A node that refuses is asked again, a little later; then not at this head. */
static bool do_duty(struct daemon *d, size_t i, uint64_t from, uint64_t to,
		    struct err *e)
{
	for (unsigned tries = 1;; tries++) {
		if (DUTIES[i]->on_blocks(d->op, d->duties[i].state, from, to,
					 e))
			return true;
		if (e->code != ERR_RPC || tries == TRIES ||
		    !operator_back_off(d->op, tries, e))
			return false;
	}
}

/* False only if there is no going on. */
static bool do_duties(struct daemon *d, uint64_t head, uint64_t fork,
		      struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(DUTIES); i++) {
		uint64_t from = d->duties[i].next;
		struct err why;

		if (from > fork)
			from = fork;
		if (do_duty(d, i, from, head, &why)) {
			d->duties[i].next = head + 1;
			continue;
		}
		if (why.code == ERR_OS) {
			*e = why;
			return false;
		}
		events_error(d->op->ev, DUTIES[i]->name, &why);
		d->failed = true;
	}
	return true;
}

/* All that this head is known to need, in one message. */
static void ask_ahead(struct daemon *d, const struct head *head)
{
	struct oper *op = d->op;
	struct err ignored;
	struct block b;

	rpc_ahead(op->rpc);
	if (d->any_handled && head->number > d->handled.number + 1)
		(void)!chain_block(op->rpc, d->handled.number, &b, &ignored);
	for (size_t i = 0; i < ARRAY_LEN(DUTIES); i++)
		if (d->duties[i].next <= head->number)
			DUTIES[i]->ahead(op, d->duties[i].state,
					 d->duties[i].next, head->number);
	rpc_ahead_end(op->rpc);
}

/* Whether the block that we handled last is no ancestor of @head. */
static bool is_reorg(struct daemon *d, const struct head *head, bool *ret,
		     struct err *e)
{
	const struct head *last = &d->handled;
	struct block b;

	*ret = false;
	if (!d->any_handled)
		return true;
	if (head->number <= last->number) {
		*ret = head->number < last->number ||
		       !hash_eq(&head->hash, &last->hash);
		return true;
	}
	if (head->number == last->number + 1) {
		*ret = !hash_eq(&head->parent, &last->hash);
		return true;
	}
	if (!chain_block(d->op->rpc, last->number, &b, e))
		return false;
	*ret = !hash_eq(&b.hash, &last->hash);
	return true;
}

/* The first block that has to be looked at again; UINT64_MAX: none. */
static bool find_fork(struct daemon *d, const struct head *head, uint64_t *ret,
		      struct err *e)
{
	struct err why;
	bool reorg;

	*ret = UINT64_MAX;
	if (!is_reorg(d, head, &reorg, &why)) {
		if (why.code == ERR_OS) {
			*e = why;
			return false;
		}
		reorg = true; /* it could not be told */
	}
	if (!reorg)
		return true;
	*ret = head->number > REORG_BLOCKS ? head->number - REORG_BLOCKS : 0;
	d->op->platform.registered = false;
	events_log(d->op->ev, "reorg at block %llu: from %llu on again",
		   (unsigned long long)head->number, (unsigned long long)*ret);
	return true;
}

/* What was signed before and is not settled comes before anything new. */
static bool resume(struct daemon *d, struct err *e)
{
	struct err why;

	if (account_resume(d->op, &why))
		return true;
	if (why.code == ERR_OS) {
		*e = why;
		return false;
	}
	events_error(d->op->ev, "resume", &why);
	d->failed = true;
	return true;
}

/* Empty transactions to ourselves, as many as the configuration wants. */
static bool spam(struct oper *op, struct err *e)
{
	uint64_t n = op->behave.spam;
	CLEANUP(freep) struct order *orders = xcalloc(n, sizeof(*orders));

	op->behave.spam = 0;
	for (uint64_t i = 0; i < n; i++)
		orders[i] = (struct order){
		    .what = "spam", .to = op->me, .insist = true};
	return account_send_all(op, orders, n, e);
}

/* In growing distances, so that what cannot be is not tried with every block. */
static void rest_after_refusal(struct daemon *d, uint64_t head)
{
	uint64_t blocks = REST_MAX_BLOCKS;

	if (d->refusals < 63 && 1u << d->refusals < blocks)
		blocks = 1u << d->refusals;
	d->refusals++;
	d->prepare_at = head + blocks / 2 + 1 +
			rng_below(&d->op->rng, blocks - blocks / 2);
}

static bool prepare(struct daemon *d, uint64_t head, struct err *e)
{
	struct err why;

	if (d->prepared)
		return true;
	if (head < d->prepare_at) {
		d->failed = true;
		return true;
	}
	if (lifecycle_prepare(d->op, &d->prepared, &why)) {
		d->refusals = 0;
		return true;
	}
	if (why.code == ERR_OS) {
		*e = why;
		return false;
	}
	events_error(d->op->ev, "prepare", &why);
	rest_after_refusal(d, head);
	d->failed = true;
	return true;
}

/* Others took it out of its set: it is to be prepared once more. */
static void see_removal(struct daemon *d, uint64_t head)
{
	struct oper *op = d->op;

	bool news = op->removed && d->any_handled;

	op->removed = false;
	if (!news) /* at the first head it is prepared anyway */
		return;
	events_log(op->ev, "removed from its operator set by others");
	events_emit(op->ev, json_pack("{s:s, s:I}", "event", "removed",
				      "block", (json_int_t)head));
	d->prepared = !(op->cfg->prepare & 1u << STEP_OPT_IN);
	d->prepare_at = 0;
	d->refusals = 0;
}

static void tell_handled(const struct daemon *d)
{
	const struct oper *op = d->op;
	json_t *j = json_pack("{s:s, s:I, s:s}", "event", "handled", "block",
			      (json_int_t)d->handled.number, "hash",
			      fmt_hash(&d->handled.hash).s);

	/* Who asks for heads has always sent one more. */
	if (op->subscribed)
		json_object_set_new(
		    j, "requests", json_integer((json_int_t)rpc_sent(op->rpc)));
	events_emit(op->ev, j);
}

/* Health or stake was asked for meanwhile, which takes requests, too. */
static void on_asked(void *arg)
{
	const struct daemon *d = arg;

	if (!d->busy && d->op->rpc)
		tell_handled(d);
}

static bool handle(struct daemon *d, const struct head *head, struct err *e)
{
	struct metrics *m = &d->op->metrics;
	uint64_t fork;

	d->busy = true;
	d->failed = false;
	d->op->head = *head;
	if (!resume(d, e))
		return false;
	ask_ahead(d, head);
	if (!find_fork(d, head, &fork, e) ||
	    !do_duties(d, head->number, fork, e))
		return false;
	rpc_forget(d->op->rpc);
	see_removal(d, head->number);
	if (!prepare(d, head->number, e) || !spam(d->op, e))
		return false;
	d->handled = *head;
	d->any_handled = true;
	m->head = head->number;
	if (d->failed || m->open || m->overdue || m->silent)
		m->services[SERVICE_DUTIES] = SERVICE_DOWN;
	else
		m->services[SERVICE_DUTIES] =
		    d->prepared ? SERVICE_UP : SERVICE_INITIALIZING;
	if (d->op->heads.n)
		return true;
	d->busy = false;
	tell_handled(d);
	return true;
}

static bool has_news(void *arg)
{
	const struct daemon *d = arg;

	return d->op->heads.n || d->lost;
}

/* The head, and of a duty that has handled none what it wants of all blocks. */
static void ask_first(void *arg)
{
	const struct daemon *d = arg;
	struct err ignored;
	struct block now;

	(void)!chain_block(d->op->rpc, CHAIN_HEAD, &now, &ignored);
	for (size_t i = 0; i < ARRAY_LEN(DUTIES); i++)
		if (!d->duties[i].next)
			DUTIES[i]->ahead(d->op, d->duties[i].state, 0,
					 CHAIN_HEAD);
}

/* What was announced while we asked for the head is older or the head. */
static bool first_head(struct daemon *d, struct head *ret, struct err *e)
{
	struct block now;
	struct head older;

	if (!chain_block(d->op->rpc, CHAIN_HEAD, &now, e))
		return false;
	while (d->op->heads.n && d->op->heads.items[0].number <= now.number)
		operator_take_head(d->op, &older);
	*ret = (struct head){.number = now.number,
			     .time = now.time,
			     .hash = now.hash,
			     .bloom = bloom_of_anything()};
	return true;
}

/* Each announced head by itself: the same blocks, the same requests. */
static bool watch_chain(struct daemon *d, struct err *e)
{
	struct head head;

	if (!first_head(d, &head, e) || !handle(d, &head, e))
		return false;
	while (!d->op->ev->broken) {
		if (!loop_run_until(d->op->loop, has_news, d, UINT64_MAX,
				    "a new block", e))
			return false;
		if (!operator_take_head(d->op, &head)) {
			*e = d->lost_why;
			return err_ctx(e, "RPC at %s",
				       d->op->over_ipc ? d->op->cfg->ipc
						       : d->op->cfg->http);
		}
		if (!handle(d, &head, e))
			return false;
	}
	return err_set(e, ERR_OS, EPIPE, "nobody reads what we say");
}

static void tell_ready(const struct daemon *d)
{
	const struct oper *op = d->op;
	CLEANUP(freep)
	char *url = xasprintf("http://127.0.0.1:%u",
			      (unsigned)node_port(d->node));
	CLEANUP(freep) char *metrics = xasprintf("%s/metrics", url);

	events_emit(op->ev,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "event",
			      "ready", "name", op->cfg->name, "address",
			      fmt_addr(&op->me).s, "node", url, "metrics",
			      metrics, "contract", (int)CONTRACT_OPERATOR));
}

static void connected(struct daemon *d)
{
	struct oper *op = d->op;

	d->lost = false;
	operator_follow(op, on_lost, d);
	op->metrics.services[SERVICE_RPC] = SERVICE_UP;
}

static void tell_lost(struct oper *op, const struct err *why)
{
	events_log(op->ev, "lost: %s", why->text);
	events_emit(op->ev, json_pack("{s:s, s:s}", "event", "lost", "text",
				      why->text));
	op->metrics.services[SERVICE_RPC] = SERVICE_DOWN;
}

/* Until it succeeds, at growing intervals; the chain may be away for long. */
static bool reconnect(struct daemon *d, struct err *e)
{
	const struct asker first = {ask_first, d};
	struct oper *op = d->op;
	struct err ignored;

	d->busy = true;
	tell_lost(op, &d->lost_why);
	operator_disconnect(op);
	node_disconnected(d->node);
	for (unsigned tries = 0;; tries++) {
		if (!operator_back_off(op, tries, e))
			return false;
		if (operator_connect(op, &first, &ignored))
			break;
		/* Who asked for health may have asked on that connection. */
		node_disconnected(d->node);
		if (ignored.code == ERR_MISMATCH || loop_stopped(op->loop)) {
			*e = ignored;
			return false;
		}
	}
	op->metrics.reconnects++;
	connected(d);
	events_log(op->ev, "connected again");
	events_emit(op->ev, json_pack("{s:s}", "event", "connected"));
	return true;
}

static bool start(struct daemon *d, struct err *e)
{
	const struct asker first = {ask_first, d};
	struct oper *op = d->op;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (!loop_signals(op->loop, &signals, on_signal, d, e))
		return false;
	watch_stdin(d);
	d->busy = true;
	op->watches = true;
	if (!operator_connect(op, &first, e) ||
	    !node_new(&d->node, op, on_asked, d, e))
		return false;
	connected(d);
	events_log(op->ev, "%s on chain %llu", fmt_addr(&op->me).s,
		   (unsigned long long)op->cfg->chain_id);
	tell_ready(d);
	return true;
}

bool daemon_run(struct oper *op, struct err *e)
{
	struct daemon d = {.op = op};
	struct err why;

	for (size_t i = 0; i < ARRAY_LEN(DUTIES); i++)
		d.duties[i].state = DUTIES[i]->start();
	/* It ends by an error in any case; being told to end is none. */
	if (start(&d, &why))
		while (!watch_chain(&d, &why) && d.lost && !d.stopped &&
		       !op->ev->broken && reconnect(&d, &why))
			;
	for (size_t i = 0; i < ARRAY_LEN(DUTIES); i++)
		DUTIES[i]->end(d.duties[i].state);
	operator_disconnect(op);
	node_free(d.node);
	watch_free(d.stdin_watch);
	if (!d.stopped) {
		*e = why;
		return false;
	}
	events_log(op->ev, "stopping: %s", d.stopped);
	events_emit(op->ev, json_pack("{s:s}", "event", "stopping"));
	return true;
}
