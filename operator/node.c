#include "operator/node.h"

#include "base/base.h"
#include "eth/chain.h"
#include "io/http_server.h"
#include "operator/abi.h"

#define SPEC_VERSION "v0.0.1"
#define NODE_VERSION "v0.1.0"

#define ASK_MS 1000u /* health is what it is within a second */
#define TEXT_MAX (1u << 20)

/* What a request waits for, before it can be answered. */
enum question { ASK_HEALTH, ASK_STAKE, QUESTION__COUNT };

struct waiter {
	struct waiter *next;
	struct http_exchange *x;
	void (*reply)(struct node *n, struct waiter *w);
	size_t service; /* of SERVICE_HEALTH */
	struct round *round;
};

/* Questions under way, and who waits for all of their answers. */
struct round {
	struct node *node;
	unsigned pending;
	unsigned of_chain; /* those of the pending that the chain owes */
	struct waiter *waiters;
};

/* Where a word that the chain was asked for is to be put. */
struct word {
	struct round *round;
	struct u256 *to;
};

struct node {
	struct oper *op;
	struct http_server *server;
	struct round rounds[QUESTION__COUNT];
	struct word words[3 * STAKES_MAX];
	size_t words_n;
	struct tee_ask *tee;
	void (*on_asked)(void *arg);
	void *arg;
};

static const struct {
	const char *id, *name, *description;
} SERVICES[SERVICE__COUNT] = {
    [SERVICE_RPC] = {"rpc", "Ethereum RPC",
		     "the connection to the chain"},
    [SERVICE_TEE] = {"tee", "TEE guest agent", "gives the quotes"},
    [SERVICE_DUTIES] = {"duties", "AVS duties",
			"joins the operator set, answers challenges"},
};

int node_health(const enum service_status services[SERVICE__COUNT])
{
	if (services[SERVICE_RPC] == SERVICE_DOWN)
		return 503;
	for (size_t i = 0; i < SERVICE__COUNT; i++)
		if (services[i] != SERVICE_UP)
			return 206;
	return 200;
}

/* --- answers --------------------------------------------------------------- */

static void respond_json(struct http_exchange *x, int status, json_t *j)
{
	CLEANUP(json_decrefp) json_t *own = j;
	CLEANUP(freep) char *text = json_text(own);

	http_respond(x, status, "application/json", text, strlen(text));
}

static void respond_message(struct http_exchange *x, int status,
			    const char *message)
{
	respond_json(x, status, json_pack("{s:s}", "message", message));
}

static void reply_node(struct node *n, struct waiter *w)
{
	respond_json(w->x, 200,
		     json_pack("{s:s, s:s, s:s}", "node_name", n->op->cfg->name,
			       "spec_version", SPEC_VERSION, "node_version",
			       NODE_VERSION));
}

static void reply_health(struct node *n, struct waiter *w)
{
	http_respond(w->x, node_health(n->op->metrics.services), "text/plain",
		     "", 0);
}

static void reply_service(struct node *n, struct waiter *w)
{
	static const int status[] = {[SERVICE_INITIALIZING] = 206,
				     [SERVICE_UP] = 200,
				     [SERVICE_DOWN] = 503};

	http_respond(w->x, status[n->op->metrics.services[w->service]],
		     "text/plain", "", 0);
}

static void reply_services(struct node *n, struct waiter *w)
{
	static const char *const status[] = {
	    [SERVICE_INITIALIZING] = "Initializing",
	    [SERVICE_UP] = "Up",
	    [SERVICE_DOWN] = "Down"};
	json_t *list = json_array();

	for (size_t i = 0; i < SERVICE__COUNT; i++)
		json_array_append_new(
		    list,
		    json_pack("{s:s, s:s, s:s, s:s}", "id", SERVICES[i].id,
			      "name", SERVICES[i].name, "description",
			      SERVICES[i].description, "status",
			      status[n->op->metrics.services[i]]));
	respond_json(w->x, 200, json_pack("{s:o}", "services", list));
}

static void reply_metrics(struct node *n, struct waiter *w)
{
	struct buf text = BUF_INIT(TEXT_MAX);

	metrics_print(&text, &n->op->metrics, n->op->cfg);
	http_respond(w->x, 200, "text/plain; version=0.0.4; charset=utf-8",
		     buf_str(&text), text.len);
	buf_done(&text);
}

/* --- rounds of questions --------------------------------------------------- */

static void leave(struct waiter *w)
{
	struct waiter **at = &w->round->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	free(w);
}

static void on_gone(void *arg)
{
	leave(arg);
}

/* One answer less to wait for; after the last one all that wait have theirs. */
static void answered(struct round *r)
{
	struct node *n = r->node;

	if (--r->pending)
		return;
	while (r->waiters) {
		struct waiter *w = r->waiters;

		w->reply(n, w);
		leave(w);
	}
	n->on_asked(n->arg);
}

static void chain_answered(struct round *r)
{
	r->of_chain--;
	answered(r);
}

static void set_service(struct node *n, enum service s, const struct err *why)
{
	enum service_status *at = &n->op->metrics.services[s];
	enum service_status now = why ? SERVICE_DOWN : SERVICE_UP;

	if (*at != now)
		events_log(n->op->ev, "%s is %s%s%s", SERVICES[s].name,
			   why ? "down" : "up", why ? ": " : "",
			   why ? why->text : "");
	*at = now;
}

static void on_height(void *arg, const json_t *result, const json_t *data,
		      const struct err *e)
{
	struct round *r = arg;

	(void)result;
	(void)data;
	set_service(r->node, SERVICE_RPC, e);
	chain_answered(r);
}

static void on_quote(void *arg, uint8_t *quote, size_t len,
		     const struct err *e)
{
	struct round *r = arg;

	(void)len;
	free(quote);
	r->node->tee = NULL;
	set_service(r->node, SERVICE_TEE, e);
	answered(r);
}

/* A quote over nothing proves nothing, but that there are quotes. */
static void ask_health(struct node *n, struct round *r)
{
	static const struct hash32 nothing;
	struct tee t = n->op->tee;
	struct err e;

	if (n->op->rpc) {
		r->pending++, r->of_chain++;
		rpc_send(n->op->rpc, "eth_blockNumber", NULL, on_height, r);
	}
	if (!t.endpoint) {
		err_set(&e, ERR_UNSUPPORTED, 0, "none is configured");
		set_service(n, SERVICE_TEE, &e);
		return;
	}
	if (t.timeout_ms > ASK_MS)
		t.timeout_ms = ASK_MS;
	r->pending++;
	n->tee = tee_ask(&t, nothing.b, sizeof(nothing.b), on_quote, r);
}

static void on_word(void *arg, const json_t *result, const json_t *data,
		    const struct err *why)
{
	struct word *w = arg;
	struct round *r = w->round;
	struct buf out = BUF_INIT(4096);
	struct err e;

	(void)data;
	/* What cannot be read is as it was. */
	if (!why && chain_call_result(&out, result, &e) && out.len == 32)
		*w->to = u256_from_be(out.data, 32);
	buf_done(&out);
	chain_answered(r);
}

static void ask_word(struct round *r, const struct addr20 *contract,
		     const char *function, const struct addr20 *second,
		     struct u256 *to)
{
	const struct oper *op = r->node->op;
	struct fn f = {function, "(address,address)", NULL};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_addr(second)};
	struct buf data = BUF_INIT(256);
	struct word *w = &r->node->words[r->node->words_n++];
	struct err e;

	*w = (struct word){r, to};
	if (fn_encode(&data, &f, args, 2, &e)) {
		r->pending++, r->of_chain++;
		chain_call_start(op->rpc, contract, data.data, data.len,
				 CHAIN_HEAD, on_word, w);
	}
	buf_done(&data);
}

static void on_client(void *arg, const json_t *result, const json_t *data,
		      const struct err *why)
{
	struct round *r = arg;
	struct metrics *m = &r->node->op->metrics;
	const char *name = json_string_value(result);

	(void)data;
	if (!why && name && !m->client)
		m->client = xstrdup(name);
	chain_answered(r);
}

/* Who reads metrics wants to know which node: once for each connection. */
static void ask_client(struct node *n, struct round *r)
{
	if (!n->op->rpc || n->op->metrics.client)
		return;
	r->pending++, r->of_chain++;
	rpc_send(n->op->rpc, "web3_clientVersion", NULL, on_client, r);
}

static void ask_stake(struct node *n, struct round *r)
{
	static const struct addr20 none;
	struct metrics *m = &n->op->metrics;
	const struct config *c = n->op->cfg;

	ask_client(n, r);
	n->words_n = 0;
	for (size_t i = 0; n->op->rpc && i < c->stakes_n; i++) {
		const struct stake *s = &c->stakes[i];

		ask_word(r, &c->delegation_manager, "operatorShares",
			 &s->strategy, &m->shares[i]);
		ask_word(r, &c->allocation_manager, "getMaxMagnitude",
			 &s->strategy, &m->magnitude[i]);
		if (!addr_eq(&c->rewards_coordinator, &none))
			ask_word(r, &c->rewards_coordinator,
				 "cumulativeClaimed", &s->token, &m->earned[i]);
	}
}

static void ask(struct node *n, enum question q)
{
	static void (*const ASK[])(struct node *, struct round *) = {
	    [ASK_HEALTH] = ask_health, [ASK_STAKE] = ask_stake};
	struct round *r = &n->rounds[q];

	r->pending = 1; /* one more, so that it is not over before all asked */
	if (n->op->rpc) {
		rpc_timeout(n->op->rpc, ASK_MS);
		rpc_batch(n->op->rpc);
	}
	ASK[q](n, r);
	if (n->op->rpc) {
		rpc_batch_end(n->op->rpc);
		rpc_timeout(n->op->rpc, OPERATOR_CALL_MS);
	}
	answered(r);
}

void node_disconnected(struct node *n)
{
	n->op->metrics.services[SERVICE_RPC] = SERVICE_DOWN;
	free(TAKE(n->op->metrics.client));
	for (size_t i = 0; i < QUESTION__COUNT; i++)
		while (n->rounds[i].of_chain)
			chain_answered(&n->rounds[i]);
}

/* @x is answered once the question is, whoever asked it first. */
static void wait_for(struct node *n, enum question q, const struct waiter *what)
{
	struct round *r = &n->rounds[q];
	struct waiter *w = xmalloc(sizeof(*w));

	*w = *what;
	w->round = r;
	w->next = r->waiters;
	r->waiters = w;
	http_on_gone(w->x, on_gone, w);
	if (!r->pending)
		ask(n, q);
}

/* --- requests ----------------------------------------------------------------- */

/* "?version=v0.0.1" may be asked for, and no other. */
static bool version_is_known(const char *query)
{
	static const char key[] = "version=";

	for (const char *at = query; *at; at += strcspn(at, "&"), at += !!*at) {
		size_t len = strcspn(at, "&");

		if (len < strlen(key) || strncmp(at, key, strlen(key)))
			continue;
		at += strlen(key);
		len -= strlen(key);
		if (len != strlen(SPEC_VERSION) ||
		    strncmp(at, SPEC_VERSION, len))
			return false;
	}
	return true;
}

/* "/eigen/node/services/ID/health"; false: of no service. */
static bool service_of(const char *path, size_t *ret)
{
	for (size_t i = 0; i < SERVICE__COUNT; i++) {
		CLEANUP(freep)
		char *one = xasprintf("/eigen/node/services/%s/health",
				      SERVICES[i].id);

		*ret = i;
		if (!strcmp(path, one))
			return true;
	}
	return false;
}

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct node *n = arg;
	struct waiter w = {.x = x};

	if (strcmp(in->method, "GET"))
		respond_message(x, 405, "Only GET is answered");
	else if (!strcmp(in->path, "/metrics"))
		w.reply = reply_metrics, wait_for(n, ASK_STAKE, &w);
	else if (strncmp(in->path, "/eigen/", 7))
		respond_message(x, 404, "Not found");
	else if (!version_is_known(in->query))
		respond_message(x, 404, "API version not found");
	else if (!strcmp(in->path, "/eigen/node"))
		reply_node(n, &w);
	else if (!strcmp(in->path, "/eigen/node/health"))
		w.reply = reply_health, wait_for(n, ASK_HEALTH, &w);
	else if (!strcmp(in->path, "/eigen/node/services"))
		w.reply = reply_services, wait_for(n, ASK_HEALTH, &w);
	else if (service_of(in->path, &w.service))
		w.reply = reply_service, wait_for(n, ASK_HEALTH, &w);
	else
		respond_message(x, 404, "Not found");
}

bool node_new(struct node **ret, struct oper *op, void (*on_asked)(void *arg),
	      void *arg, struct err *e)
{
	struct node *n = xcalloc(1, sizeof(*n));

	*n = (struct node){.op = op, .on_asked = on_asked, .arg = arg};
	for (size_t i = 0; i < QUESTION__COUNT; i++)
		n->rounds[i].node = n;
	if (!http_server_new(&n->server, op->loop, NULL, 0, on_request, n, e)) {
		free(n);
		return err_ctx(e, "node API");
	}
	*ret = n;
	return true;
}

void node_free(struct node *n)
{
	if (!n)
		return;
	tee_cancel(n->tee);
	http_server_free(n->server); /* who waits is told, and leaves */
	free(n);
}

uint16_t node_port(const struct node *n)
{
	return http_server_port(n->server);
}
