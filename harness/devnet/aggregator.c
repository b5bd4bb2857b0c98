#include "devnet/aggregator.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/hex.h"
#include "devnet/aggregator_priv.h"
#include "io/http_server.h"

#define DATA_MAX (256u << 10) /* of a call with a quote */

/* Who had one taken, or has a name here. */
struct sender {
	struct addr20 who;
	char *error; /* of the last refusal, or NULL; owned */
	struct live_heartbeats known;
};

struct aggregator {
	struct rpc *rpc;
	struct http_server *http;
	char *url;
	struct aggregator_spec spec; /* its texts are the owner's */
	const struct book_entry *avs, *delegation, *allocation;
	bool away;
	struct sender *senders;
	size_t senders_n, senders_cap;
	struct request *requests;
};

/* What the chain is asked about a heartbeat, and where the answer goes. */
enum question {
	ASK_HEAD,
	ASK_BLOCK,
	ASK_OPERATOR,
	ASK_MEMBER,
	ASK_MEASUREMENT,
	QUESTION__COUNT
};

struct request {
	struct aggregator *a;
	struct request *next;
	struct http_exchange *x; /* NULL: the client left */
	struct aggregator_call c;
	struct addr_text address;
	const char *actor; /* the operator's name, or its address */
	struct aggregator_chain chain;
	uint64_t head_time;
	struct hash32 measurement; /* that it registered with */
	unsigned pending;
	struct err why; /* the chain did not answer */
	struct ask {
		struct request *r;
		enum question what;
	} asks[QUESTION__COUNT];
};

static void request_free(struct request *r)
{
	struct request **at = &r->a->requests;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	aggregator_call_done(&r->c);
	free(r);
}

/* --- who sent it ------------------------------------------------------------ */

static struct sender *sender_of(const struct aggregator *a,
				const struct addr20 *who)
{
	for (size_t i = 0; i < a->senders_n; i++)
		if (addr_eq(&a->senders[i].who, who))
			return &a->senders[i];
	return NULL;
}

static struct sender *remember(struct aggregator *a, const struct addr20 *who)
{
	struct sender *s = sender_of(a, who);

	if (s)
		return s;
	GROW(a->senders, a->senders_n, a->senders_cap);
	s = &a->senders[a->senders_n++];
	*s = (struct sender){ .who = *who };
	return s;
}

struct live_heartbeats aggregator_of(const struct aggregator *a,
				     const char *name)
{
	const struct book_entry *b = book_by_name(a->spec.book, name);
	const struct sender *s = b ? sender_of(a, &b->address) : NULL;

	return s ? s->known : (struct live_heartbeats){ .taken = 0 };
}

/* --- answers ---------------------------------------------------------------- */

static void respond(struct http_exchange *x, json_t *take)
{
	CLEANUP(json_decrefp) json_t *own = take;
	CLEANUP(freep) char *text = json_text(own);

	http_respond(x, 200, "application/json", text, strlen(text));
}

/* @take_data: more for a program to read; or NULL. */
static void refuse(struct http_exchange *x, json_t *id, const struct err *why,
		   json_t *take_data)
{
	respond(x, json_pack("{s:s, s:O?, s:{s:i, s:o, s:o*}}", "jsonrpc",
			     "2.0", "id", id, "error", "code", why->sub,
			     "message", json_said(why->text), "data",
			     take_data));
}

/* The last sequence that was taken from whom it names. */
static uint64_t last_of(const struct request *r)
{
	const struct sender *s = sender_of(r->a, &r->c.h.operator);

	return s ? s->known.sequence : 0;
}

/* It is signed by the operator that it names: who lost its count, learns it. */
static json_t *count_of(const struct request *r, const struct err *why)
{
	return why->sub == HEARTBEAT_SEQUENCE
		       ? json_pack("{s:I}", "last", (json_int_t)last_of(r))
		       : NULL;
}

static void tell(const struct request *r, const struct err *why)
{
	const struct aggregator_spec *spec = &r->a->spec;
	CLEANUP(json_decrefp) json_t *record = NULL;

	if (!spec->on_heartbeat)
		return;
	record = json_pack("{s:I, s:I, s:b}", "sequence",
			   (json_int_t)r->c.h.sequence, "block",
			   (json_int_t)r->c.h.block, "ok", why == NULL);
	if (why)
		json_object_update_new(record,
				       json_pack("{s:i, s:o}", "code",
						 why->sub, "error",
						 json_said(why->text)));
	spec->on_heartbeat(spec->arg, r->actor, record);
}

static void request_refused(struct request *r, const struct err *why)
{
	struct aggregator *a = r->a;
	struct sender *s = sender_of(a, &r->c.h.operator);

	/* Anybody may send in any name; strangers' are not kept. */
	if (!s && r->actor != r->address.s)
		s = remember(a, &r->c.h.operator);
	if (s) {
		free(s->error);
		s->error = xstrdup(why->text);
		s->known.error = s->error;
		s->known.code = why->sub;
		s->known.refused++;
	}
	tell(r, why);
	if (r->x)
		refuse(r->x, r->c.id, why, count_of(r, why));
	request_free(r);
}

static void request_taken(struct request *r)
{
	const struct heartbeat *h = &r->c.h;
	struct live_heartbeats *known = &remember(r->a, &h->operator)->known;

	known->taken++;
	known->sequence = h->sequence;
	known->block = h->block;
	known->head = r->chain.head;
	known->time = r->head_time;
	tell(r, NULL);
	if (r->x)
		respond(r->x, json_pack("{s:s, s:O, s:{s:I}}", "jsonrpc",
					"2.0", "id", r->c.id, "result",
					"sequence", (json_int_t)h->sequence));
	request_free(r);
}

/* --- judging ---------------------------------------------------------------- */

static struct aggregator_self self_of(const struct request *r)
{
	const struct aggregator *a = r->a;

	return (struct aggregator_self){ .chain_id = a->spec.chain_id,
					 .max_age = a->spec.max_age,
					 .avs = a->avs->address,
					 .avs_name = a->avs->name,
					 .actor = r->actor };
}

/* In the contract's own words; what is over something else is told apart. */
static void judge_revert(const struct request *r, const json_t *data,
			 struct err *why)
{
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	const char *hex = json_string_value(data);
	CLEANUP(freep) uint8_t *bytes = NULL;
	struct buf text = BUF_INIT(ERR_TEXT_MAX);
	struct decoded d;
	size_t len = 0;
	struct err ignored;
	bool loose;

	if (!hex || !hex_decode_alloc(&bytes, &len, hex, strlen(hex),
				      &ignored))
		len = 0;
	d = book_decode_error(r->a->spec.book, arena, &r->a->avs->address,
			      bytes, len);
	book_describe(r->a->spec.book, &text, &d);
	loose = d.entry && (!strcmp(d.entry->name, "ReportDataMismatch") ||
			    !strcmp(d.entry->name, "ReportDataTailNotZero"));
	err_set(why, ERR_RPC, loose ? HEARTBEAT_UNBOUND : HEARTBEAT_QUOTE,
		"%s: %s",
		loose ? "the quote is not over this heartbeat"
		      : "the quote is refused",
		buf_str(&text));
	buf_done(&text);
}

static void on_quote(void *arg, const json_t *result, const json_t *data,
		     const struct err *e)
{
	struct request *r = arg;
	const struct aggregator_self self = self_of(r);
	struct err why = ERR_INIT;

	if (result) {
		if (aggregator_judge_sequence(&self, &r->c.h, last_of(r), &why))
			request_taken(r);
		else
			request_refused(r, &why);
		return;
	}
	if (e->code == ERR_RPC && data)
		judge_revert(r, data, &why);
	else
		err_set(&why, ERR_RPC, AGGREGATOR_INTERNAL,
			"the chain does not answer: %s", e->text);
	request_refused(r, &why);
}

static void ask_call(struct request *r, const struct book_entry *at,
		     const char *function, const struct abi_val *args, size_t n,
		     rpc_done_fn fn, void *arg)
{
	const struct abi_val all = abi_val_list(args, n);
	struct buf data = BUF_INIT(DATA_MAX);
	struct err e;

	/* Known since aggregator_new(), and of the right types. */
	ASSERT(abi_encode_call(&data, abi_function(at->abi, function, NULL),
			       &all, &e));
	chain_call_start(r->a->rpc, &at->address, data.data, data.len,
			 CHAIN_HEAD, fn, arg);
	buf_done(&data);
}

static void judge(struct request *r)
{
	const struct aggregator_self self = self_of(r);
	const struct hash32 digest = heartbeat_digest(&r->c.h);
	const struct abi_val args[] = {
		abi_val_bytes(r->c.quote, r->c.quote_len),
		abi_val_hash(&digest), abi_val_hash(&r->measurement)
	};
	struct err why = r->why;

	if (why.code) {
		why.code = ERR_RPC;
		why.sub = AGGREGATOR_INTERNAL;
		err_ctx(&why, "the chain does not answer");
	} else if (aggregator_judge_chain(&self, &r->c.h, &r->chain, &why)) {
		ask_call(r, r->a->avs, "checkLiveness", args, ARRAY_LEN(args),
			 on_quote, r);
		return;
	}
	request_refused(r, &why);
}

/* --- asking the chain ------------------------------------------------------- */

static bool read_word(struct hash32 *ret, const json_t *result, struct err *e)
{
	struct buf b = BUF_INIT(4096);
	bool ok = chain_call_result(&b, result, e) &&
		  (b.len == sizeof(ret->b) ||
		   err_set(e, ERR_SCHEMA, 0, "answered %zu bytes", b.len));

	if (ok)
		memcpy(ret->b, b.data, sizeof(ret->b));
	buf_done(&b);
	return ok;
}

static bool take_block(struct request *r, enum question what,
		       const json_t *result, struct err *e)
{
	struct block b;

	if (what == ASK_BLOCK && json_is_null(result))
		return true;
	if (!chain_block_parse(&b, result, e))
		return false;
	if (what == ASK_HEAD) {
		r->chain.head = b.number;
		r->head_time = b.time;
	} else {
		r->chain.has_block = true;
		r->chain.block_hash = b.hash;
	}
	return true;
}

static bool take(struct request *r, enum question what, const json_t *result,
		 struct err *e)
{
	struct hash32 word;

	if (what == ASK_HEAD || what == ASK_BLOCK)
		return take_block(r, what, result, e);
	if (!read_word(&word, result, e))
		return false;
	if (what == ASK_OPERATOR)
		r->chain.operator = word.b[31];
	else if (what == ASK_MEMBER)
		r->chain.member = word.b[31];
	else
		r->measurement = word;
	return true;
}

static void on_answer(void *arg, const json_t *result, const json_t *data,
		      const struct err *e)
{
	const struct ask *ask = arg;
	struct request *r = ask->r;
	struct err why;

	(void)data;
	if (!result)
		r->why = *e;
	else if (!take(r, ask->what, result, &why))
		r->why = why;
	if (!--r->pending)
		judge(r);
}

static void ask_block(struct request *r, enum question what, uint64_t number)
{
	CLEANUP(json_decrefp)
	json_t *params = json_pack("[o, b]", json_block_tag(number), 0);

	rpc_send(r->a->rpc, "eth_getBlockByNumber", params, on_answer,
		 &r->asks[what]);
}

static void ask_all(struct request *r)
{
	const struct abi_val set[] = { abi_val_addr(&r->c.h.avs),
				       abi_val_u64(r->c.h.set) };
	const struct abi_val who[] = { abi_val_addr(&r->c.h.operator),
				       abi_val_list(set, 2) };

	r->pending = QUESTION__COUNT;
	for (unsigned i = 0; i < QUESTION__COUNT; i++)
		r->asks[i] = (struct ask){ r, (enum question)i };
	rpc_batch(r->a->rpc);
	ask_block(r, ASK_HEAD, CHAIN_HEAD);
	ask_block(r, ASK_BLOCK, r->c.h.block);
	ask_call(r, r->a->delegation, "isOperator", who, 1, on_answer,
		 &r->asks[ASK_OPERATOR]);
	ask_call(r, r->a->allocation, "isMemberOfOperatorSet", who, 2,
		 on_answer, &r->asks[ASK_MEMBER]);
	ask_call(r, r->a->avs, "registeredMeasurement", who, 1, on_answer,
		 &r->asks[ASK_MEASUREMENT]);
	rpc_batch_end(r->a->rpc);
}

/* --- requests ---------------------------------------------------------------- */

static void on_gone(void *arg)
{
	struct request *r = arg;

	r->x = NULL;
}

static void start(struct aggregator *a, struct http_exchange *x,
		  const struct aggregator_call *take)
{
	struct request *r = xcalloc(1, sizeof(*r));
	const struct book_entry *who =
		book_by_address(a->spec.book, &take->h.operator);
	struct aggregator_self self;
	struct err why = ERR_INIT;

	*r = (struct request){ .a = a, .next = a->requests, .x = x,
			       .c = *take,
			       .address = fmt_addr(&take->h.operator) };
	r->actor = who ? who->name : r->address.s;
	a->requests = r;
	http_on_gone(x, on_gone, r);
	self = self_of(r);
	if (aggregator_judge_call(&self, &r->c, last_of(r), &why))
		ask_all(r);
	else
		request_refused(r, &why);
}

static void respond_text(struct http_exchange *x, int status, const char *text)
{
	http_respond(x, status, "text/plain", text, strlen(text));
}

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct aggregator *a = arg;
	struct aggregator_call c;
	struct err why = ERR_INIT;

	if (a->away)
		respond_text(x, 503, "the aggregator is away\n");
	else if (strcmp(in->path, "/") != 0)
		respond_text(x, 404, "JSON-RPC is at /\n");
	else if (strcmp(in->method, "POST") != 0)
		respond_text(x, 405, "JSON-RPC is POST\n");
	else if (aggregator_read(&c, in->body, in->body_len, &why))
		start(a, x, &c);
	else
		refuse(x, c.id, &why, NULL);
	if (why.code)
		aggregator_call_done(&c);
}

/* --- its life ------------------------------------------------------------------ */

/* @ret: a contract that has these functions. */
static bool need(const struct aggregator_spec *spec, const char *contract,
		 const char *const *functions, const struct book_entry **ret,
		 struct err *e)
{
	const struct book_entry *b = book_by_name(spec->book, contract);

	for (; *functions; functions++)
		if (!b || !b->abi || !abi_function(b->abi, *functions, NULL))
			return err_set(e, ERR_SCHEMA, 0,
				       "an aggregator wants a contract %s "
				       "with %s",
				       contract, *functions);
	*ret = b;
	return true;
}

static bool find_contracts(struct aggregator *a, struct err *e)
{
	static const char *const judges[] = {
		"checkLiveness(bytes,bytes32,bytes32)",
		"registeredMeasurement(address)", NULL
	};
	static const char *const operators[] = { "isOperator(address)", NULL };
	static const char *const sets[] = {
		"isMemberOfOperatorSet(address,(address,uint32))", NULL
	};

	return need(&a->spec, a->spec.avs, judges, &a->avs, e) &&
	       need(&a->spec, "delegationManager", operators, &a->delegation,
		    e) &&
	       need(&a->spec, "allocationManager", sets, &a->allocation, e);
}

bool aggregator_new(struct aggregator **ret, struct loop *l,
		    const struct aggregator_spec *spec, struct err *e)
{
	CLEANUP(aggregator_freep) struct aggregator *a = xcalloc(1, sizeof(*a));

	a->spec = *spec;
	if (!find_contracts(a, e) || !rpc_open_ipc(&a->rpc, l, spec->ipc, e) ||
	    !http_server_new(&a->http, l, NULL, 0, on_request, a, e))
		return err_ctx(e, "the aggregator of %s", spec->avs);
	a->url = xasprintf("http://127.0.0.1:%u",
			   (unsigned)http_server_port(a->http));
	*ret = TAKE(a);
	return true;
}

void aggregator_free(struct aggregator *a)
{
	if (!a)
		return;
	rpc_free(a->rpc);
	http_server_free(a->http);
	while (a->requests)
		request_free(a->requests);
	for (size_t i = 0; i < a->senders_n; i++)
		free(a->senders[i].error);
	free(a->senders);
	free(a->url);
	free(a);
}

const char *aggregator_url(const struct aggregator *a)
{
	return a->url;
}

void aggregator_away(struct aggregator *a, bool away)
{
	a->away = away;
}
