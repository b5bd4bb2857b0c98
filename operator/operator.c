#include "operator/operator.h"

#include <inttypes.h>
#include <signal.h>

#include "base/base.h"
#include "base/clock.h"
#include "codec/keyfile.h"
#include "eth/chain.h"

bool operator_open_key(struct oper *op, struct err *e)
{
	CLEANUP(freep) char *password = NULL;
	bool ok;

	if (!config_password(&password, op->cfg, e))
		return false;
	ok = keyfile_open(&op->key, op->cfg->keystore, password, e) &&
	     secp_address(&op->me, &op->key, e);
	explicit_bzero(password, strlen(password));
	return ok;
}

static void on_head(void *arg, const json_t *head)
{
	struct oper *op = arg;
	struct heads *h = &op->heads;
	struct head new;
	struct err e;

	if (!json_u64_at(&new.number, head, "number", &e) ||
	    !json_u64_at(&new.time, head, "timestamp", &e) ||
	    !json_hash_at(&new.hash, head, "hash", &e) ||
	    !json_hash_at(&new.parent, head, "parentHash", &e)) {
		events_error(op->ev, "newHeads", &e);
		return;
	}
	GROW(h->items, h->n, h->cap);
	h->items[h->n++] = new;
	h->count++;
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

bool operator_connect(struct oper *op, struct err *e)
{
	const struct config *cfg = op->cfg;
	const char *where = cfg->ipc ? cfg->ipc : cfg->http;

	if (!op->http && !http_client_new(&op->http, op->loop, e))
		return false;
	op->tee = (struct tee){.http = op->http,
			       .endpoint = cfg->tee,
			       .timeout_ms = cfg->tee_timeout_ms};
	op->pcs = (struct pcs){.http = op->http,
			       .endpoint = cfg->pcs,
			       .timeout_ms = cfg->tee_timeout_ms};
	if (cfg->ipc ? !rpc_open_ipc(&op->rpc, op->loop, cfg->ipc, e)
		     : !rpc_open_http(&op->rpc, op->http, cfg->http, e))
		return false;
	rpc_observe(op->rpc, metrics_rpc, &op->metrics);
	if (!check_chain(op, e) ||
	    (cfg->ipc &&
	     !rpc_subscribe(op->rpc, "newHeads", on_head, op, e))) {
		operator_disconnect(op);
		return err_ctx(e, "RPC at %s", where);
	}
	return true;
}

void operator_disconnect(struct oper *op)
{
	rpc_free(TAKE(op->rpc));
	op->heads.n = 0;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

bool operator_back_off(struct oper *op, unsigned ms, struct err *e)
{
	uint64_t end = clock_ms() + ms / 2 + rng_below(&op->rng, ms + 1);
	struct err why;

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
