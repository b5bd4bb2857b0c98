#include "operator/operator.h"

#include <inttypes.h>
#include <signal.h>

#include "base/base.h"
#include "base/clock.h"
#include "codec/keyfile.h"
#include "eth/chain.h"

#define POLL_MS 500u /* between two questions for the head */
#define BACK_OFF_MAX_MS 1000u
#define CUT_MAX 2u /* connections lost on a batch, in a row */

bool operator_open_key(struct oper *op, struct err *e)
{
	CLEANUP(freep) char *password = NULL;
	bool ok;

	if (!config_password(&password, op->cfg, e))
		return false;
	ok = keyfile_open(&op->key, &op->me, op->cfg->keystore, password, e);
	explicit_bzero(password, strlen(password));
	return ok;
}

static bool read_head(struct head *ret, const json_t *j, struct err *e)
{
	return json_u64_at(&ret->number, j, "number", e) &&
	       json_u64_at(&ret->time, j, "timestamp", e) &&
	       json_hash_at(&ret->hash, j, "hash", e) &&
	       json_hash_at(&ret->parent, j, "parentHash", e) &&
	       bloom_read(&ret->bloom, j, e);
}

static void add_head(struct heads *h, const struct head *new)
{
	GROW(h->items, h->n, h->cap);
	h->items[h->n++] = *new;
	h->count++;
}

static void on_head(void *arg, const json_t *head)
{
	struct oper *op = arg;
	struct head new;
	struct err e;

	if (read_head(&new, head, &e))
		add_head(&op->heads, &new);
	else
		events_error(op->ev, "newHeads", &e);
}

/* --- without a subscription ----------------------------------------------------- */

static void poll_later(struct oper *op);

static void on_polled(void *arg, const json_t *block, const json_t *data,
		      const struct err *why)
{
	struct oper *op = arg;
	struct head new;
	struct err e;

	(void)data;
	/* A node that refuses is there; one that says nothing is not. */
	if (why && why->code != ERR_RPC) {
		op->on_lost(op->on_lost_arg, why);
		return;
	}
	if (!why && !read_head(&new, block, &e)) {
		events_error(op->ev, "newHeads", &e);
	} else if (!why && !hash_eq(&new.hash, &op->polled)) {
		op->polled = new.hash;
		add_head(&op->heads, &new);
	}
	poll_later(op);
}

static void on_poll(void *arg)
{
	struct oper *op = arg;
	CLEANUP(json_decrefp)
	json_t *params = json_pack("[s, b]", "latest", 0);

	timer_free(TAKE(op->poll));
	rpc_send(op->rpc, "eth_getBlockByNumber", params, on_polled, op);
}

static void poll_later(struct oper *op)
{
	op->poll = loop_timer(op->loop, clock_ms() + POLL_MS, on_poll, op);
}

void operator_follow(struct oper *op,
		     void (*fn)(void *arg, const struct err *why), void *arg)
{
	op->on_lost = fn;
	op->on_lost_arg = arg;
	rpc_on_lost(op->rpc, fn, arg);
	if (!op->subscribed)
		poll_later(op);
}

bool operator_take_head(struct oper *op, struct head *ret)
{
	struct heads *h = &op->heads;

	if (!h->n)
		return false;
	*ret = h->items[0];
	memmove(h->items, h->items + 1, --h->n * sizeof(*h->items));
	return true;
}

static bool check_chain(struct oper *op, struct err *e)
{
	uint64_t id;

	if (!chain_id(op->rpc, &id, e))
		return false;
	if (id != op->cfg->chain_id)
		return err_set(e, ERR_MISMATCH, 0,
			       "this is chain %" PRIu64
			       ", and the configuration is for %" PRIu64,
			       id, op->cfg->chain_id);
	return true;
}

/* A socket that was good once is waited for; one that never was may be wrong. */
static bool open_rpc(struct oper *op, const char **ret_where, struct err *e)
{
	const struct config *cfg = op->cfg;
	struct err why;

	*ret_where = cfg->ipc;
	if (cfg->ipc && rpc_open_ipc(&op->rpc, op->loop, cfg->ipc, &why)) {
		op->over_ipc = true;
		return true;
	}
	if (cfg->ipc && (op->over_ipc || !cfg->http)) {
		*e = why;
		return false;
	}
	if (cfg->ipc)
		events_log(op->ev, "%s; over %s instead", why.text, cfg->http);
	*ret_where = cfg->http;
	return rpc_open_http(&op->rpc, op->http, cfg->http, e);
}

static bool subscribe(struct oper *op, struct err *e)
{
	return rpc_subscribe(op->rpc, "newHeads", on_head, op, e);
}

/* Some nodes have no subscriptions, and are asked; some have none in a batch. */
bool operator_listen(struct oper *op, bool *ret, struct err *e)
{
	struct err why;

	*ret = false;
	if (op->listened || !op->over_ipc)
		return true;
	op->listened = true;
	op->subscribed = *ret =
	    subscribe(op, &why) ||
	    (why.code == ERR_RPC && subscribe(op, &why));
	if (op->subscribed || why.code == ERR_RPC)
		return true;
	*e = why;
	return false;
}

/* Listens before anything is asked: no head comes unseen in between. */
static bool greet(struct oper *op, const struct asker *first, struct err *e)
{
	struct err ignored;
	uint64_t id;
	bool told;

	rpc_ahead(op->rpc);
	if (op->watches && op->over_ipc)
		(void)!subscribe(op, &ignored);
	(void)!chain_id(op->rpc, &id, &ignored);
	if (first)
		first->ask(first->arg);
	rpc_ahead_end(op->rpc);
	return (!op->watches || operator_listen(op, &told, e)) &&
	       check_chain(op, e);
}

static void drop(struct oper *op)
{
	timer_free(TAKE(op->poll));
	rpc_free(TAKE(op->rpc));
	op->heads.n = 0;
}

/* *ret_cut: of what fails, whether the connection was lost on a batch. */
static bool connect_once(struct oper *op, const struct asker *first,
			 bool one_by_one, bool *ret_cut, struct err *e)
{
	const char *where;

	*ret_cut = false;
	if (!open_rpc(op, &where, e))
		return err_ctx(e, "RPC at %s", where);
	rpc_observe(op->rpc, metrics_rpc, &op->metrics);
	if (one_by_one)
		rpc_one_by_one(op->rpc);
	op->listened = op->subscribed = false;
	op->polled = (struct hash32){0};
	if (!greet(op, first, e)) {
		*ret_cut = rpc_lost_batch(op->rpc);
		drop(op);
		return err_ctx(e, "RPC at %s", where);
	}
	return true;
}

static void tell_one_by_one(const struct oper *op)
{
	events_log(op->ev, "%s is closed on batches: asked one by one",
		   op->cfg->ipc);
}

bool operator_connect(struct oper *op, const struct asker *first,
		      struct err *e)
{
	const struct config *cfg = op->cfg;
	struct err why;
	bool cut;

	if (!op->http && !http_client_new(&op->http, op->loop, e))
		return false;
	op->tee = (struct tee){.http = op->http,
			       .endpoint = cfg->tee,
			       .timeout_ms = cfg->tee_timeout_ms};
	op->pcs = (struct pcs){.http = op->http,
			       .endpoint = cfg->pcs,
			       .timeout_ms = cfg->tee_timeout_ms};
	if (connect_once(op, first, op->one_by_one, &cut, &why))
		return true;
	/* Was it the batch, or is nobody there? The next time may be another. */
	if (!op->one_by_one && cut &&
	    connect_once(op, first, true, &cut, &why)) {
		tell_one_by_one(op);
		return true;
	}
	op->one_by_one = false;
	*e = why;
	return false;
}

/* One that takes small ones may have been lost by chance. */
static void note_cut(struct oper *op)
{
	op->cut = rpc_lost_batch(op->rpc) ? op->cut + 1 : 0;
	if (op->cut < CUT_MAX || op->one_by_one)
		return;
	op->one_by_one = true;
	tell_one_by_one(op);
}

void operator_disconnect(struct oper *op)
{
	if (op->rpc)
		note_cut(op);
	drop(op);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

bool operator_back_off(struct oper *op, unsigned tries, struct err *e)
{
	uint64_t ms = BACK_OFF_MAX_MS, end;
	struct err why;

	if (tries < 10 && op->cfg->retry_ms << tries < ms)
		ms = op->cfg->retry_ms << tries;
	end = clock_ms() + ms / 2 + rng_below(&op->rng, ms + 1);

	(void)!loop_run_until(op->loop, never, NULL, end, "the next try", &why);
	if (why.code == ERR_TIMEOUT)
		return true;
	*e = why;
	return false;
}

void operator_crash_at(struct oper *op, enum crash_point p)
{
	if (op->behave.crash_at != p)
		return;
	events_log(op->ev, "crashes: %s", crash_name(p));
	events_emit(op->ev, json_pack("{s:s, s:s}", "event", "crashing", "at",
				      crash_name(p)));
	raise(SIGKILL);
}

void operator_done(struct oper *op)
{
	operator_disconnect(op);
	http_client_free(TAKE(op->http));
	free(TAKE(op->heads.items));
	metrics_done(&op->metrics);
	sent_done(&op->sent);
	seckey_wipe(&op->key);
}
