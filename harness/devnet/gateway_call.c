#include "devnet/gateway_priv.h"

#include "base/base.h"
#include "base/hex.h"
#include "eth/chain.h"
#include "eth/tx.h"

/* JSON-RPC 2.0, 5.1. */
enum {
	INVALID_REQUEST = -32600,
	SERVER_ERROR = -32000,
};

void call_free(struct call *k)
{
	struct gateway *g = k->client->g;

	*(k->prev ? &k->prev->next : &g->calls) = k->next;
	*(k->next ? &k->next->prev : &g->calls_end) = k->prev;
	json_decref(k->msg);
	free(k->raw);
	free(k->early);
	free(k);
}

static struct gateway_call view(const struct call *k)
{
	return (struct gateway_call){.number = k->number,
				     .source = k->source,
				     .method = k->method,
				     .params = k->params};
}

/* A transaction with its quote is 5 KB, its text twice that: of a hundred that
 * are held at once it is not kept. */
static void pack(struct call *k, uint8_t *take_raw, size_t len)
{
	k->raw = take_raw;
	k->raw_len = len;
	json_array_set_new(json_object_get(k->msg, "params"), 0, json_null());
}

static void unpack(struct call *k)
{
	if (k->raw)
		json_array_set_new(json_object_get(k->msg, "params"), 0,
				   json_bytes(k->raw, k->raw_len));
	free(TAKE(k->raw));
}

void call_tell(struct call *k, const json_t *result, const json_t *error)
{
	const struct gateway *g = k->client->g;
	struct gateway_call seen;

	unpack(k);
	seen = view(k);
	if (g->ev.on_answer)
		g->ev.on_answer(g->ev.arg, g->actor, &seen, result, error);
}

/* --- answers to the client --------------------------------------------- */

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->answers[i]);
	free(b->answers);
	free(b);
}

/* One less to wait for; after the last one the answers go out as one. */
static void batch_step(struct client *c, struct batch *b)
{
	struct buf all = BUF_INIT(STREAM_VALUE_MAX);

	if (--b->left)
		return;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->answers[i])
			continue; /* a notification */
		buf_addc(&all, all.len ? ',' : '[');
		buf_adds(&all, b->answers[i]);
	}
	if (all.len)
		buf_addc(&all, ']');
	batch_free(b);
	client_send(c, buf_str(&all), all.len);
	buf_done(&all);
}

void client_answer(struct client *c, struct batch *b, size_t at,
		   const char *text, size_t len)
{
	if (!b) {
		client_send(c, text, len);
		return;
	}
	b->answers[at] = xstrndup(text, len);
	batch_step(c, b);
}

static void answer_error(struct client *c, struct batch *b, size_t at,
			 const json_t *id, int code, const char *message)
{
	CLEANUP(json_decrefp)
	json_t *j = json_pack("{s:s,s:O?,s:{s:i,s:s}}", "jsonrpc", "2.0", "id",
			      id, "error", "code", code, "message", message);
	CLEANUP(freep) char *text = NULL;

	if (!id)
		json_object_set_new(j, "id", json_null());
	text = json_text(j);
	client_answer(c, b, at, text, strlen(text));
}

/* --- requests ------------------------------------------------------------ */

/* @batch: what goes upstream in one message with it; NULL: it goes alone. */
static void forward(struct call *k, const char *text, size_t len,
		    struct buf *batch)
{
	k->state = CALL_FORWARDED;
	stream_hold(k->client->up, false);
	if (batch) {
		buf_addc(batch, batch->len ? ',' : '[');
		buf_add(batch, text, len);
	} else {
		stream_write(k->client->up, text, len);
	}
	if (!k->id) {
		call_free(k); /* nothing will ever come back */
	} else if (!k->is_send && !k->client->g->ev.keep_params) {
		k->params = NULL;
		json_object_del(k->msg, "params");
	}
}

static void forward_msg(struct call *k, struct buf *batch)
{
	CLEANUP(freep) char *text = json_text(k->msg);

	forward(k, text, strlen(text), batch);
}

/* What was gathered of one. */
static void forward_batch(struct client *c, struct buf *batch)
{
	if (batch->len) {
		buf_addc(batch, ']');
		stream_write(c->up, batch->data, batch->len);
	}
	buf_done(batch);
}

/* What a transaction says; once, since whoever waits asks again and again. Who
 * signed it is found out for whoever asks: it is by far the dearest of all. */
static void note_held(struct call *k)
{
	const char *hex = json_string_value(json_array_get(k->params, 0));
	struct gateway_held *h = &k->held;
	CLEANUP(freep) uint8_t *raw = NULL;
	struct err e;
	struct tx t;
	size_t len;

	h->number = k->number;
	h->batch = k->batch ? k->batch->number : 0;
	h->source = k->source;
	if (!hex || !hex_decode_alloc(&raw, &len, hex, strlen(hex), &e) ||
	    !tx_decode(&t, NULL, NULL, raw, len, &e))
		return;
	h->decoded = true;
	h->create = t.create;
	h->to = t.to;
	h->nonce = t.nonce;
	h->gas = t.gas;
	pack(k, TAKE(raw), len);
}

/* Counted, named, and part of the gateway's list, but not yet sent. */
static struct call *call_new(struct client *c, json_t *msg, struct batch *b,
			     size_t batch_at)
{
	struct gateway *g = c->g;
	struct call *k = xcalloc(1, sizeof(*k));
	bool daemon = c->down && g->daemon && c->group == g->daemon;

	*k = (struct call){
	    .client = c,
	    .prev = g->calls_end,
	    .msg = json_incref(msg),
	    .id = json_object_get(msg, "id"),
	    .method = json_string_value(json_object_get(msg, "method")),
	    .params = json_object_get(msg, "params"),
	    .number = ++g->calls_n,
	    .source = c->x     ? GATEWAY_HTTP
		      : daemon ? GATEWAY_DAEMON
			       : GATEWAY_COMMAND,
	    .batch_at = batch_at,
	};
	k->batch = k->id ? b : NULL;
	k->wants_hash = !strcmp(k->method, "eth_sendRawTransaction");
	k->is_send =
	    k->wants_hash || !strcmp(k->method, "eth_sendRawTransactionSync");
	if (k->is_send)
		note_held(k);
	if (daemon)
		g->daemon_requests++;
	*(g->calls_end ? &g->calls_end->next : &g->calls) = k;
	g->calls_end = k;
	return k;
}

/* What is wrong with a request that anvil could not answer to its id. */
static const char *malformed(const json_t *msg)
{
	const json_t *id = json_object_get(msg, "id");

	if (!json_is_object(msg))
		return "a request is a JSON object";
	if (!json_is_string(json_object_get(msg, "method")))
		return "a request needs a method";
	if (id && !json_is_string(id) && !json_is_number(id) &&
	    !json_is_null(id))
		return "a request's id is a number or a text";
	return NULL;
}

/* Answered by the error of the fault in place. */
static void refuse(struct call *k)
{
	const struct gateway_fault *f = &k->client->g->fault;
	CLEANUP(json_decrefp)
	json_t *error = json_pack("{s:I,s:s}", "code", (json_int_t)f->code,
				  "message", f->message);
	CLEANUP(json_decrefp)
	json_t *msg = json_pack("{s:s,s:O,s:O}", "jsonrpc", "2.0", "id", k->id,
				"error", error);
	CLEANUP(freep) char *text = json_text(msg);

	call_delivered(k, msg, text, strlen(text));
}

/* A node that is too busy for one transaction of a batch has none behind it. */
static bool is_refused(struct gateway *g, const struct call *k)
{
	bool with_others = k->batch && k->is_send;

	if (!k->id)
		return false;
	if (with_others && k->batch->refused)
		return true;
	if (!fault_refuses(g, k->method))
		return false;
	if (with_others)
		k->batch->refused = true;
	return true;
}

/* Which of its subscriptions one ends only the chain knows. */
static void note_subscription(struct call *k)
{
	const char *of = json_string_value(json_array_get(k->params, 0));

	if (k->source != GATEWAY_DAEMON)
		return;
	if (strcmp(k->method, "eth_subscribe") == 0)
		k->subscribes = of && strcmp(of, "newHeads") == 0;
	else if (strcmp(k->method, "eth_unsubscribe") == 0)
		k->client->follows = k->client->due = false;
}

/* Which of a client's batch a request is, and what of that goes upstream. */
struct member {
	struct batch *b; /* NULL: it came alone */
	size_t at;
	struct buf *up;
};

/* @text: of @msg, so that it is passed on as it is; NULL: it is not at hand. */
static void admit(struct client *c, json_t *msg, const struct member *m,
		  const char *text, size_t len)
{
	struct gateway *g = c->g;
	const char *wrong = malformed(msg);
	struct gateway_call seen;
	struct call *k;
	bool held, refused;

	if (wrong) {
		answer_error(c, m->b, m->at, NULL, INVALID_REQUEST, wrong);
		return;
	}
	k = call_new(c, msg, m->b, m->at);
	refused = is_refused(g, k);
	k->state = k->is_send && !refused ? CALL_HELD : CALL_FORWARDED;
	held = k->is_send;
	note_subscription(k);
	seen = view(k);
	/* The owner may release it at once: what came before is before it. */
	if (held && m->up)
		forward_batch(c, m->up);
	if (g->ev.on_request)
		g->ev.on_request(g->ev.arg, g->actor, &seen);
	if (refused)
		refuse(k);
	else if (held)
		return; /* and the owner may have released it already */
	else if (fault_turns_back(g, k->msg) || !text)
		forward_msg(k, m->up);
	else
		forward(k, text, len, m->up);
}

/* What is not held or refused goes on as one batch, too. */
static void admit_batch(struct client *c, json_t *msg, const char *text,
			size_t len)
{
	CLEANUP(freep) struct json_part *parts = NULL;
	struct buf up = BUF_INIT(STREAM_UNSENT_MAX);
	struct batch *b;
	size_t n = json_array_size(msg), parts_n;
	bool plain = json_skim_list(&parts, &parts_n, text, len);

	if (!n) {
		answer_error(c, NULL, 0, NULL, INVALID_REQUEST,
			     "a batch needs at least one request");
		return;
	}
	b = xcalloc(1, sizeof(*b));
	/* One more, so that it is not complete before all are admitted. */
	*b = (struct batch){
	    .answers = xcalloc(n, sizeof(*b->answers)),
	    .n = n,
	    .left = 1,
	    .number = c->g->calls_n + 1};
	for (size_t i = 0; i < n; i++) {
		const struct member m = { b, i, &up };
		json_t *one = json_array_get(msg, i);

		if (malformed(one) || json_object_get(one, "id"))
			b->left++;
		admit(c, one, &m, plain ? parts[i].at : NULL,
		      plain ? parts[i].len : 0);
	}
	forward_batch(c, &up);
	batch_step(c, b);
}

void calls_admit(struct client *c, const char *text, size_t len)
{
	CLEANUP(json_decrefp) json_t *msg = NULL;
	struct err e;

	if (!json_parse(&msg, text, len, c->g->actor, &e)) {
		client_bad(c, &e);
		return;
	}
	if (json_is_array(msg)) {
		admit_batch(c, msg, text, len);
		return;
	}
	admit(c, msg, &(struct member){0}, text, len);
	if (!malformed(msg) && !json_object_get(msg, "id"))
		client_send(c, "", 0);
}

/* --- held transactions --------------------------------------------------- */

static struct call *call_held(const struct gateway *g, size_t i)
{
	for (struct call *k = g->calls; k; k = k->next)
		if (k->state == CALL_HELD && !i--)
			return k;
	return NULL;
}

size_t gateway_held_n(const struct gateway *g)
{
	size_t n = 0;

	for (const struct call *k = g->calls; k; k = k->next)
		n += k->state == CALL_HELD;
	return n;
}

size_t gateway_in_flight(const struct gateway *g)
{
	size_t n = 0;

	for (const struct call *k = g->calls; k; k = k->next)
		n += k->state == CALL_FORWARDED;
	return n;
}

struct gateway_held gateway_held_at(const struct gateway *g, size_t i)
{
	const struct call *k = call_held(g, i);

	ASSERT(k);
	return k->held;
}

bool gateway_held_from(const struct gateway *g, size_t i, struct addr20 *ret)
{
	const struct call *k = call_held(g, i);
	struct tx ignored;
	struct err e;

	ASSERT(k);
	return k->raw && tx_decode(&ignored, ret, NULL, k->raw, k->raw_len, &e);
}

void gateway_release(struct gateway *g, uint64_t number)
{
	struct call *k = g->calls;

	while (k && (k->number != number || k->state != CALL_HELD))
		k = k->next;
	ASSERT(k);
	unpack(k);
	/* Only the name goes up changed; journal and client know it as sent. */
	{
		CLEANUP(json_decrefp) json_t *sync = json_copy(k->msg);
		CLEANUP(freep) char *text = NULL;

		json_object_set_new(sync, "method",
				    json_string("eth_sendRawTransactionSync"));
		text = json_text(sync);
		forward(k, text, strlen(text), NULL);
	}
}

/* --- their end ----------------------------------------------------------- */

static struct call *call_of(const struct client *c)
{
	struct call *k = c->g->calls;

	while (k && k->client != c)
		k = k->next;
	return k;
}

/* Every call of a client ends, whether or not its batch is complete. */
void calls_drop(struct client *c, const char *why)
{
	CLEANUP(json_decrefp)
	json_t *error =
	    json_pack("{s:i,s:s}", "code", SERVER_ERROR, "message", why);

	/* From the start each time: whoever hears of it may release others. */
	for (struct call *k; (k = call_of(c));) {
		struct batch *b = k->batch;

		call_tell(k, NULL, error);
		call_free(k);
		if (b && !--b->left)
			batch_free(b);
	}
}
