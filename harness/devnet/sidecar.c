#include "devnet/sidecar.h"

#include "base/base.h"
#include "base/hex.h"
#include "devnet/sidecar_priv.h"
#include "io/http_server.h"

#define EARNERS "/rewards/v1/earners/"
#define SUMMARY "/summarized-rewards"

/* gRPC's codes, and the HTTP status that its gateway gives each. */
enum grpc { GRPC_INVALID = 3, GRPC_NOT_FOUND = 5, GRPC_INTERNAL = 13 };

struct sidecar {
	struct loop *loop;
	struct rpc *rpc;
	struct http_server *http; /* NULL: it does not serve yet */
	char *ipc, *url;
	struct addr20 coordinator;
	struct sidecar_known known;
	struct request *requests;
};

/* A query between its arrival and its answer. */
struct request {
	struct sidecar *s;
	struct request *next;
	struct http_exchange *x; /* NULL: the client left */
	struct sidecar_query q;
	json_t *logs;
};

static void request_free(struct request *r)
{
	struct request **at = &r->s->requests;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	json_decref(r->logs);
	free(r);
}

static void respond(struct http_exchange *x, int status, json_t *take)
{
	CLEANUP(freep) char *text = json_text(take);

	http_respond(x, status, "application/json", text, strlen(text));
	json_decref(take);
}

static void refuse(struct http_exchange *x, enum grpc code, const char *text)
{
	int status = code == GRPC_INVALID     ? 400
		     : code == GRPC_NOT_FOUND ? 404
					      : 500;
	json_t *said = json_said(text);

	respond(x, status,
		json_pack("{s:i, s:o, s:[]}", "code", (int)code, "message",
			  said, "details"));
}

static void request_fails(struct request *r, const struct err *e)
{
	if (r->x)
		refuse(r->x, GRPC_INTERNAL, e->text);
	request_free(r);
}

static void on_block(void *arg, const json_t *result, const json_t *data,
		     const struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct request *r = arg;
	struct sidecar_chain chain = {0};
	struct err why = ERR_INIT;
	json_t *answer = NULL;
	struct block b;

	(void)data;
	if (!result) {
		request_fails(r, e);
		return;
	}
	if (!chain_block_parse(&b, result, &why) ||
	    !chain_logs_parse(&chain.logs, &chain.logs_n, a, r->logs, &why)) {
		request_fails(r, &why);
		return;
	}
	chain.time = b.time;
	if (!sidecar_answer(&answer, &r->q, &chain, &r->s->known, &why)) {
		request_fails(r, &why);
		return;
	}
	if (r->x)
		respond(r->x, 200, answer);
	else
		json_decref(answer);
	request_free(r);
}

static void on_logs(void *arg, const json_t *result, const json_t *data,
		    const struct err *e)
{
	CLEANUP(json_decrefp) json_t *params = NULL;
	struct request *r = arg;

	(void)data;
	if (!result) {
		request_fails(r, e);
		return;
	}
	r->logs = json_deep_copy(result);
	params = json_pack("[o, b]", json_block_tag(r->q.height), 0);
	rpc_send(r->s->rpc, "eth_getBlockByNumber", params, on_block, r);
}

static void on_gone(void *arg)
{
	struct request *r = arg;

	r->x = NULL;
}

static void start(struct sidecar *s, struct http_exchange *x,
		  const struct sidecar_query *q)
{
	CLEANUP(json_decrefp) json_t *params = NULL;
	struct request *r = xcalloc(1, sizeof(*r));

	*r = (struct request){.s = s, .next = s->requests, .x = x, .q = *q};
	s->requests = r;
	http_on_gone(x, on_gone, r);
	params =
	    json_pack("[{s:s, s:o, s:s}]", "fromBlock", "earliest", "toBlock",
		      json_block_tag(r->q.height), "address", fmt_addr(&s->coordinator).s);
	rpc_send(s->rpc, "eth_getLogs", params, on_logs, r);
}

static void take_rewards(struct sidecar *s, const struct http_in *in,
			 struct http_exchange *x)
{
	CLEANUP(json_decrefp) json_t *body = NULL;
	struct rewards *r = NULL;
	struct err e = ERR_INIT;
	struct hash32 root;

	if (!json_parse(&body, in->body, in->body_len, "the body", &e) ||
	    !sidecar_read_rewards(&r, body, &e)) {
		refuse(x, GRPC_INVALID, e.text);
		return;
	}
	root = rewards_root(r);
	sidecar_add(s, r);
	respond(x, 200, json_pack("{s:s}", "root", fmt_hash(&root).s));
}

/* /rewards/v1/earners/ADDRESS/summarized-rewards */
static bool is_summary(struct sidecar_query *q, const char *path, struct err *e)
{
	size_t len = strlen(path), rest = strlen(EARNERS) + strlen(SUMMARY);
	CLEANUP(json_decrefp) json_t *o = NULL;

	if (len < rest || strncmp(path, EARNERS, strlen(EARNERS)) ||
	    strcmp(path + len - strlen(SUMMARY), SUMMARY))
		return false;
	q->what = SIDECAR_SUMMARY;
	o = json_pack("{s:s%}", "earner", path + strlen(EARNERS), len - rest);
	(void)!json_addr_at(&q->earner, o, "earner", e);
	return true;
}

/* *ret_known: whether there is such a thing to ask for at all. */
static bool read_query(struct sidecar_query *q, bool *ret_known,
		       const struct http_in *in, struct err *e)
{
	bool post = !strcmp(in->method, "POST");
	struct err why = ERR_INIT;
	uint64_t height;

	*ret_known = true;
	if (post && !strcmp(in->path, "/rewards/v1/claim-proof")) {
		q->what = SIDECAR_CLAIM_PROOF;
		return sidecar_read_proof(q, in->body, in->body_len, e);
	}
	if (!post && !strcmp(in->path, "/rewards/v1/distribution-roots")) {
		q->what = SIDECAR_ROOTS;
	} else if (post || !is_summary(q, in->path, &why)) {
		*ret_known = false;
		return true;
	}
	if (why.code) {
		*e = why;
		return false;
	}
	if (!sidecar_read_height(&height, in->query, e))
		return false;
	if (q->what == SIDECAR_ROOTS)
		q->only = height;
	else if (height)
		q->height = height;
	return true;
}

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct sidecar_query q = {.height = CHAIN_HEAD};
	struct sidecar *s = arg;
	struct err e = ERR_INIT;
	bool known;

	if (!strcmp(in->path, "/avsbed/v1/rewards") &&
	    !strcmp(in->method, "POST"))
		take_rewards(s, in, x);
	else if (!read_query(&q, &known, in, &e))
		refuse(x, GRPC_INVALID, e.text);
	else if (!known)
		refuse(x, GRPC_NOT_FOUND, "Not Found");
	else
		start(s, x, &q);
}

struct sidecar *sidecar_new(struct loop *l, const char *ipc,
			    const struct addr20 *coordinator)
{
	struct sidecar *s = xcalloc(1, sizeof(*s));

	s->loop = l;
	s->ipc = xstrdup(ipc);
	s->coordinator = *coordinator;
	return s;
}

bool sidecar_serve(struct sidecar *s, const char **ret_url, struct err *e)
{
	if (!s->rpc && !rpc_open_ipc(&s->rpc, s->loop, s->ipc, e))
		return err_ctx(e, "the rewards sidecar");
	if (!s->http &&
	    !http_server_new(&s->http, s->loop, NULL, 0, on_request, s, e))
		return err_ctx(e, "the rewards sidecar");
	if (!s->url)
		s->url = xasprintf("http://127.0.0.1:%u",
				   (unsigned)http_server_port(s->http));
	*ret_url = s->url;
	return true;
}

const char *sidecar_url(const struct sidecar *s)
{
	return s->url;
}

void sidecar_free(struct sidecar *s)
{
	if (!s)
		return;
	rpc_free(s->rpc);
	http_server_free(s->http);
	while (s->requests)
		request_free(s->requests);
	for (size_t i = 0; i < s->known.n; i++)
		rewards_free(s->known.items[i]);
	free(s->known.items);
	free(s->ipc);
	free(s->url);
	free(s);
}

bool sidecar_idle(const struct sidecar *s)
{
	return !s->known.n && !s->http;
}

void sidecar_add(struct sidecar *s, struct rewards *r)
{
	struct hash32 root = rewards_root(r);

	for (size_t i = 0; i < s->known.n; i++) {
		struct hash32 have = rewards_root(s->known.items[i]);

		if (hash_eq(&have, &root)) {
			rewards_free(r);
			return;
		}
	}
	GROW(s->known.items, s->known.n, s->known.cap);
	s->known.items[s->known.n++] = r;
}

static json_t *body_of(const struct rewards *r)
{
	json_t *list = json_array();
	size_t n;
	const struct reward *all = rewards_all(r, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "earner",
					fmt_addr(&all[i].earner).s, "token",
					fmt_addr(&all[i].token).s, "total",
					fmt_u256(all[i].total).s));
	return json_pack("{s:o}", "rewards", list);
}

json_t *sidecar_told(const struct sidecar *s)
{
	json_t *told = json_array();

	for (size_t i = 0; i < s->known.n; i++)
		json_array_append_new(told, body_of(s->known.items[i]));
	return told;
}

bool sidecar_tell(struct sidecar *s, const json_t *told, struct err *e)
{
	const json_t *body;
	size_t i;

	json_array_foreach(told, i, body)
	{
		struct rewards *r;

		if (!sidecar_read_rewards(&r, body, e))
			return err_ctx(e, "rewards that were kept");
		sidecar_add(s, r);
	}
	return true;
}
