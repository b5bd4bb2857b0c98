#include "devnet/gateway_priv.h"

#include "base/base.h"
#include "base/hex.h"
#include "eth/chain.h"

/* geth's code for a revert, which anvil has too. */
#define EXECUTION_REVERTED 3

static void note_revert(const struct call *k, const struct hash32 *tx,
			const char *hex)
{
	struct gateway *g = k->client->g;
	uint8_t *data = NULL;
	size_t len = 0;
	struct err e;

	/* What is no hex is no revert data: then there is none. */
	if (hex && !hex_decode_alloc(&data, &len, hex, strlen(hex), &e))
		len = 0;
	free(g->revert_method);
	free(g->revert_data);
	g->revert_method = xstrdup(k->method);
	g->revert_data = data;
	g->reverted = true;
	g->revert = (struct gateway_revert){.number = k->number,
					    .method = g->revert_method,
					    .mined = tx != NULL,
					    .data = data,
					    .data_len = len};
	if (tx)
		g->revert.tx = *tx;
}

/* Of a command's request: what its daemon asks meanwhile is another matter. */
static void look_for_revert(const struct call *k, const json_t *result,
			    const json_t *error)
{
	const json_t *code = json_object_get(error, "code");
	const json_t *data = json_object_get(error, "data");
	struct hash32 tx;
	uint64_t status;
	struct err e;

	if (k->source == GATEWAY_DAEMON)
		return;
	if (json_is_integer(code) &&
	    json_integer_value(code) == EXECUTION_REVERTED)
		note_revert(k, NULL, json_string_value(data));
	else if (k->is_send && json_is_object(result) &&
		 json_u64_at(&status, result, "status", &e) && !status &&
		 json_hash_at(&tx, result, "transactionHash", &e))
		note_revert(k, &tx, NULL);
}

const struct gateway_revert *gateway_last_revert(const struct gateway *g)
{
	return g->reverted ? &g->revert : NULL;
}

void gateway_keep_receipt(struct gateway *g)
{
	json_decref(gateway_take_receipt(g));
	g->keeps_receipt = true;
}

json_t *gateway_take_receipt(struct gateway *g)
{
	g->keeps_receipt = false;
	return TAKE(g->receipt);
}

/* The oldest that waits for an answer with this id. */
static struct call *call_by_id(const struct client *c, const json_t *id)
{
	struct call *k = c->g->calls;

	while (k && (k->client != c || k->state == CALL_HELD || !k->id ||
		     !json_equal(k->id, id)))
		k = k->next;
	return k;
}

/*
 * What the client of a plain send is to get: the hash, not the receipt. A node
 * that is behind took it and has not seen it mined, as EIP-7966 says that.
 */
static char *hash_answer(const struct call *k, const json_t *result)
{
	json_t *hash = json_object_get(result, "transactionHash");
	CLEANUP(json_decrefp) json_t *j = NULL;
	bool behind = k->is_send &&
		      k->client->g->fault.what == GATEWAY_STALE;

	if (!json_is_string(hash) || (!k->wants_hash && !behind))
		return NULL;
	if (!k->wants_hash) {
		j = json_pack("{s:s,s:O,s:{s:i,s:s,s:O}}", "jsonrpc", "2.0",
			      "id", k->id, "error", "code", CHAIN_SYNC_TIMEOUT,
			      "message", "it is not mined yet", "data", hash);
		return json_text(j);
	}
	j = json_pack("{s:s,s:O,s:O}", "jsonrpc", "2.0", "id", k->id, "result",
		      hash);
	return json_text(j);
}

void call_delivered(struct call *k, json_t *msg, const char *text, size_t len)
{
	const json_t *result = json_object_get(msg, "result");
	const json_t *no = json_object_get(msg, "error");
	const json_t *error = json_is_null(no) ? NULL : no;
	CLEANUP(json_decrefp)
	json_t *stale = fault_stale_result(k->client->g, k->method, result);
	CLEANUP(freep) char *hash = NULL;
	struct client *c = k->client;
	struct batch *b = k->batch;
	size_t at = k->batch_at;

	if (c->g->keeps_receipt && k->is_send && json_is_object(result)) {
		json_decref(c->g->receipt);
		c->g->receipt = json_incref((json_t *)(uintptr_t)result);
	}
	if (stale) {
		json_object_set(msg, "result", stale);
		result = stale;
		hash = json_text(msg);
	} else {
		hash = hash_answer(k, result);
	}
	look_for_revert(k, result, error);
	call_tell(k, error ? NULL : result, error);
	call_free(k);
	if (hash)
		client_answer(c, b, at, hash, strlen(hash));
	else
		client_answer(c, b, at, text, len);
}

/* What a new head's notification says; 0: it is none. */
static uint64_t head_of(const char *text, size_t len)
{
	CLEANUP(json_decrefp) json_t *value = NULL;
	struct json_part at;
	uint64_t number = 0;
	struct err e;

	if (json_skim(&at, text, len, "params.result.number") && at.at &&
	    json_parse(&value, at.at, at.len, "number", &e))
		(void)!json_u64_at(&number, value, "", &e);
	return number;
}

/* What answers nothing: a subscription's item. @head: the one it tells of, or 0. */
static void notify(struct client *c, uint64_t head, const char *text,
		   size_t len, bool late)
{
	struct gateway *g = c->g;

	if (!c->down)
		return;
	if (!late && head && c->follows)
		c->heard = head;
	if (!late && fault_delays(g, false)) {
		late_keep(c, text, len);
		return;
	}
	if (head && g->daemon && c->group == g->daemon)
		g->told = head;
	client_send(c, text, len);
}

/* Whether one of its batch's transactions before @k has no answer yet. */
static bool has_elder(const struct call *k)
{
	const struct call *x = k->client->g->calls;

	while (x != k && !(x->batch == k->batch && x->is_send))
		x = x->next;
	return x != k;
}

/*
 * A node answers the transactions of a batch in any order; they are told in
 * that of the batch, or a journal would depend on chance.
 */
static void delivered_in_turn(struct call *k, json_t *msg, const char *text,
			      size_t len)
{
	struct gateway *g = k->client->g;
	struct batch *b = k->is_send ? k->batch : NULL;
	bool more = b && b->left > 1;
	struct err e;

	if (b && has_elder(k)) {
		k->early = xstrndup(text, len);
		return;
	}
	call_delivered(k, msg, text, len);
	if (!more)
		return; /* the batch is gone, and its client may be */
	for (k = g->calls; k && !(k->batch == b && k->is_send);)
		k = k->next;
	if (k && k->early) {
		CLEANUP(freep) char *next = TAKE(k->early);
		CLEANUP(json_decrefp) json_t *j = NULL;

		/* It was parsed when it came. */
		ASSERT(json_parse(&j, next, strlen(next), g->upstream, &e));
		delivered_in_turn(k, j, next, strlen(next));
	}
}

/* @msg: NULL: nobody looks at it. */
static void answered(struct call *k, json_t *msg, const char *text, size_t len,
		     bool late)
{
	struct client *c = k->client;

	/* From here on anvil tells of heads, also if it hears of that later. */
	if (k->subscribes && json_object_get(msg, "result"))
		c->follows = true;
	if (late || !fault_delays(c->g, true)) {
		delivered_in_turn(k, msg, text, len);
	} else {
		k->state = CALL_LATE;
		late_keep(c, text, len);
	}
}

static void deliver_tree(struct client *c, json_t *msg, const char *text,
			 size_t len, bool late)
{
	struct call *k = call_by_id(c, json_object_get(msg, "id"));
	uint64_t head = 0;
	struct err e;

	if (k) {
		answered(k, msg, text, len, late);
		return;
	}
	(void)!json_u64_at(&head, msg, "params.result.number", &e);
	notify(c, head, text, len, late);
}

/* Whether anybody but the client looks at what it is answered. */
static bool is_of_interest(const struct call *k)
{
	const struct gateway *g = k->client->g;

	return k->is_send || k->subscribes || k->source != GATEWAY_DAEMON ||
	       g->ev.keep_params || g->fault.what == GATEWAY_STALE;
}

/* One of a batch, which was looked over: what nobody reads has no tree. */
static bool delivered_unread(struct client *c, const struct json_part *one,
			     bool late)
{
	CLEANUP(json_decrefp) json_t *value = NULL;
	struct json_part id;
	struct call *k;
	struct err e;

	if (!json_skim(&id, one->at, one->len, "id") || !id.at ||
	    !json_parse(&value, id.at, id.len, "id", &e))
		return false;
	k = call_by_id(c, value);
	if (!k || is_of_interest(k))
		return false;
	answered(k, NULL, one->at, one->len, late);
	return true;
}

/* A head is half of all that comes; of it no tree is made. */
static void deliver_one(struct client *c, const char *text, size_t len,
			bool late)
{
	CLEANUP(json_decrefp) json_t *msg = NULL;
	struct json_part id;
	struct err e;

	if (json_skim(&id, text, len, "id") && !id.at)
		notify(c, head_of(text, len), text, len, late);
	else if (json_parse(&msg, text, len, c->g->upstream, &e))
		deliver_tree(c, msg, text, len, late);
	else
		client_lost(c, &e);
}

static bool is_here(const struct gateway *g, const struct client *c)
{
	const struct client *x = g->clients;

	while (x && x != c)
		x = x->next;
	return x != NULL;
}

/* Those of a batch that is not as nodes write it. */
static void deliver_items(struct client *c, const json_t *all, bool late)
{
	struct gateway *g = c->g;

	for (size_t i = 0; i < json_array_size(all) && is_here(g, c); i++) {
		json_t *one = json_array_get(all, i);
		CLEANUP(freep) char *text = json_text(one);

		deliver_tree(c, one, text, strlen(text), late);
	}
}

/*
 * Each of a batch's answers by itself: what is late of them comes alone. After
 * the last one that it waits for the client may be gone.
 */
static void deliver(struct client *c, const char *text, size_t len, bool late)
{
	const bool list = text[strspn(text, " \t\r\n")] == '[';
	CLEANUP(freep) struct json_part *all = NULL;
	CLEANUP(json_decrefp) json_t *msg = NULL;
	struct gateway *g = c->g;
	struct err e;
	size_t n;

	if (!list) {
		deliver_one(c, text, len, late);
	} else if (json_skim_list(&all, &n, text, len)) {
		for (size_t i = 0; i < n && is_here(g, c); i++)
			if (!delivered_unread(c, &all[i], late))
				deliver_one(c, all[i].at, all[i].len, late);
	} else if (json_parse(&msg, text, len, g->upstream, &e)) {
		deliver_items(c, msg, late);
	} else {
		client_lost(c, &e);
	}
}

void calls_deliver(struct client *c, const char *text, size_t len)
{
	deliver(c, text, len, false);
}

void calls_arrived(struct client *c, const char *text, size_t len)
{
	deliver(c, text, len, true);
}
