#include "io/jsonrpc.h"

#include <errno.h>
#include <inttypes.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/jsonrpc_priv.h"

#define RPC_TIMEOUT_MS 30000
#define ENVELOPE 128u /* what a request has beside its parameters, about */
#define EARLY_MAX 64u /* items that came before their subscription's name */

static void on_value(void *arg, const char *text, size_t len);
static void on_closed(void *arg, const struct err *why);

static struct rpc *rpc_new(struct loop *l, const char *name)
{
	struct rpc *r = xcalloc(1, sizeof(*r));

	r->loop = l;
	r->name = xstrdup(name);
	r->timeout_ms = RPC_TIMEOUT_MS;
	r->calls_end = &r->calls;
	r->batch = BUF_INIT(STREAM_UNSENT_MAX);
	return r;
}

bool rpc_open_ipc(struct rpc **ret, struct loop *l, const char *path,
		  struct err *e)
{
	struct rpc *r = rpc_new(l, path);
	struct stream_events ev = {on_value, on_closed, r};

	if (!stream_connect(&r->stream, l, path, &ev, e)) {
		rpc_free(r);
		return false;
	}
	*ret = r;
	return true;
}

bool rpc_open_http(struct rpc **ret, struct http_client *http, const char *url,
		   struct err *e)
{
	struct rpc *r;

	if (strncmp(url, "http://", 7))
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "only http:// addresses are possible here: %s",
			       url);
	r = rpc_new(http_client_loop(http), url);
	r->http = http;
	*ret = r;
	return true;
}

void call_drop(struct call *c)
{
	struct call **at = &c->rpc->calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (!c->next)
		c->rpc->calls_end = at;
	timer_free(c->timer);
	http_cancel(c->transfer);
	free(c->text);
	free(c->method);
	free(c);
}

void sub_drop(struct sub *s)
{
	struct sub **at = &s->rpc->subs;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s->id);
	free(s);
}

static void rpc_destroy(struct rpc *r)
{
	rpc_forget(r);
	while (r->calls)
		call_drop(r->calls);
	while (r->subs)
		sub_drop(r->subs);
	json_decref(r->early);
	stream_free(r->stream);
	buf_done(&r->batch);
	free(r->name);
	free(r);
}

void rpc_free(struct rpc *r)
{
	if (!r)
		return;
	r->freed = true;
	if (!r->inside)
		rpc_destroy(r);
}

static void leave(struct rpc *r)
{
	if (!--r->inside && r->freed)
		rpc_destroy(r);
}

void rpc_timeout(struct rpc *r, unsigned ms)
{
	ASSERT(ms);
	r->timeout_ms = ms;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void rpc_pause(struct rpc *r)
{
	struct err late;

	(void)!loop_finish(r->loop, never, NULL, clock_ms() + 1, "", &late);
}

uint64_t rpc_sent(const struct rpc *r)
{
	return r->sent;
}

void rpc_on_lost(struct rpc *r, void (*fn)(void *arg, const struct err *why),
		 void *arg)
{
	r->on_lost = fn;
	r->on_lost_arg = arg;
}

void rpc_observe(struct rpc *r,
		 void (*fn)(void *arg, const char *method, uint64_t ns),
		 void *arg)
{
	r->observe = fn;
	r->observe_arg = arg;
}

/* The end of @c. Returns whether it is told to anybody. */
static bool call_end(struct call *c)
{
	struct rpc *r = c->rpc;

	if (r->observe && !r->freed)
		r->observe(r->observe_arg, c->method, clock_ns() - c->begun);
	call_drop(c);
	return !r->freed;
}

/* @why is not of @c, which is gone before it is told. */
static void call_done(struct call *c, const json_t *result, const json_t *data,
		      const struct err *why)
{
	rpc_done_fn fn = c->fn;
	void *arg = c->arg;

	if (call_end(c) && fn)
		fn(arg, result, data, why);
}

static void call_failed(struct call *c, const struct err *why)
{
	struct err e = *why;

	err_ctx(&e, "%s", c->method);
	call_done(c, NULL, NULL, &e);
}

/* What an "error" member says. Returns false, as every failure. */
static bool error_answer(const json_t *error, const json_t **ret_data,
			 struct err *e)
{
	const json_t *code = json_object_get(error, "code");
	const char *text = json_string_value(json_object_get(error, "message"));

	if (!json_is_integer(code) || !text)
		return err_set(e, ERR_SCHEMA, 0,
			       "the answer's error lacks code or message");
	*ret_data = json_object_get(error, "data");
	return err_set(e, ERR_RPC, (int)json_integer_value(code), "%s", text);
}

/* @answer belongs to @c. */
static void call_answered(struct call *c, const json_t *answer)
{
	const json_t *result = json_object_get(answer, "result");
	const json_t *error = json_object_get(answer, "error");
	const json_t *data = NULL;
	struct err e;

	/* As JSON-RPC 1.0 has it: both are there, and one of them is null. */
	if (json_is_null(error) && result)
		error = NULL;
	else if (json_is_null(result) && error)
		result = NULL;
	if (result && !error) {
		call_done(c, result, NULL, NULL);
		return;
	}
	if (json_is_object(error) && !result)
		error_answer(error, &data, &e);
	else
		err_set(&e, ERR_SCHEMA, 0,
			"the answer needs either a result or an error");
	err_ctx(&e, "%s", c->method);
	call_done(c, NULL, data, &e);
}

static struct call *call_by_id(const struct rpc *r, uint64_t id)
{
	struct call *c = r->calls;

	while (c && c->id != id)
		c = c->next;
	return c;
}

/* Of the oldest batch that has no answer yet; NULL: there is none. */
static const struct call *oldest_of_batch(const struct rpc *r)
{
	const struct call *c = r->calls;

	while (c && !c->batch)
		c = c->next;
	return c;
}

/* The connection cannot be used any more: what it carries cannot be told. */
static void rpc_lost(struct rpc *r, const struct err *why)
{
	uint64_t last = r->sent;

	if (r->lost)
		return;
	r->lost = true;
	r->lost_why = *why;
	r->lost_batch = oldest_of_batch(r) != NULL;
	stream_free(TAKE(r->stream));
	/* A callback may call again: that one fails in the next turn. */
	while (!r->freed && r->calls && r->calls->id <= last)
		call_failed(r->calls, &r->lost_why);
	if (r->on_lost && !r->freed)
		r->on_lost(r->on_lost_arg, &r->lost_why);
}

static void on_closed(void *arg, const struct err *why)
{
	struct rpc *r = arg;

	r->inside++;
	rpc_lost(r, why);
	leave(r);
}

/* Whether it is one of @s. */
static bool passed_on(const struct sub *s, const json_t *params)
{
	const char *id =
	    json_string_value(json_object_get(params, "subscription"));
	const json_t *item = json_object_get(params, "result");

	if (!id || !item || !s->id || strcmp(s->id, id))
		return false;
	s->fn(s->arg, item);
	return true;
}

static bool has_unnamed(const struct rpc *r)
{
	const struct sub *s = r->subs;

	while (s && s->id)
		s = s->next;
	return s != NULL;
}

static void notified(struct rpc *r, const json_t *params)
{
	for (const struct sub *s = r->subs; s; s = s->next)
		if (passed_on(s, params))
			return;
	/* One that nobody here asked for is another client's affair. */
	if (!has_unnamed(r) || json_array_size(r->early) == EARLY_MAX)
		return;
	if (!r->early)
		r->early = json_array();
	/* Counted; what is borrowed is not changed. */
	json_array_append(r->early, (json_t *)(uintptr_t)params);
}

void sub_named(struct sub *s, const char *id)
{
	size_t i;
	json_t *params;

	s->id = xstrdup(id);
	json_array_foreach(s->rpc->early, i, params)
		(void)passed_on(s, params);
	if (!has_unnamed(s->rpc))
		json_decref(TAKE(s->rpc->early));
}

/*
 * What a node that takes no batches says has no id: it is that of the oldest
 * batch, of which it has done nothing. Its calls go out again, each alone, and
 * so do all later ones. False: there is none.
 */
static bool batch_refused(struct rpc *r)
{
	const struct call *first = oldest_of_batch(r);
	uint64_t batch;

	if (!first)
		return false;
	batch = first->batch;
	r->no_batches = true;
	for (struct call *c = r->calls; c && r->stream; c = c->next) {
		if (c->batch != batch)
			continue;
		c->batch = 0;
		stream_write(r->stream, c->text, strlen(c->text));
		free(TAKE(c->text));
	}
	return true;
}

static bool one_message(struct rpc *r, const json_t *m, struct err *e)
{
	const json_t *id = json_object_get(m, "id");
	const char *method = json_string_value(json_object_get(m, "method"));
	struct call *c;

	if (method && !id) {
		notified(r, json_object_get(m, "params"));
		return true;
	}
	/* JSON-RPC 2.0, 5: id null where the request's could not be told. */
	if (json_is_null(id) && r->calls && !r->calls->next) {
		call_answered(r->calls, m);
		return true;
	}
	if (json_is_null(id) && json_object_get(m, "error") && batch_refused(r))
		return true;
	if (!json_is_integer(id) || json_integer_value(id) < 1 ||
	    (uint64_t)json_integer_value(id) > r->sent) {
		CLEANUP(freep)
		char *text = id ? json_dumps(id, JSON_ENCODE_ANY) : NULL;

		return err_set(e, ERR_SCHEMA, 0,
			       "%s answered a request that was never sent "
			       "(id %s)",
			       r->name, text ? text : "missing");
	}
	c = call_by_id(r, (uint64_t)json_integer_value(id));
	if (c) /* else too late: its caller gave up */
		call_answered(c, m);
	return true;
}

/* Of those that we sent; 0: not as we write it. */
static uint64_t id_of(const struct json_part *id)
{
	uint64_t n = 0;

	for (size_t i = 0; id->at && i < id->len; i++) {
		if (id->at[i] < '0' || id->at[i] > '9' || i == 18)
			return 0;
		n = 10 * n + (uint64_t)(id->at[i] - '0');
	}
	return n;
}

/* Whether it is the last member of @text, and no error comes before it. */
static bool is_all(const struct json_part *result, const char *text, size_t len)
{
	static const char error[] = "\"error\"";

	return result->at && result->at + result->len + 1 == text + len &&
	       !memmem(text, (size_t)(result->at - text), error,
		       sizeof(error) - 1);
}

/*
 * A result that is wanted as a text: of nearly half of what a node answers no
 * tree is made. All else is for one_message().
 */
static bool text_answered(struct rpc *r, const char *text, size_t len)
{
	struct json_part id, result;
	rpc_text_fn fn;
	struct call *c;
	void *arg;

	if (!json_skim(&id, text, len, "id"))
		return false;
	c = call_by_id(r, id_of(&id));
	if (!c || !c->text_fn || !json_skim(&result, text, len, "result") ||
	    !is_all(&result, text, len))
		return false;
	fn = c->text_fn;
	arg = c->arg;
	if (call_end(c))
		fn(arg, result.at, result.len);
	return true;
}

static bool messages(struct rpc *r, const char *text, size_t len, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;

	if (text_answered(r, text, len))
		return true;
	if (!json_parse(&j, text, len, r->name, e))
		return false;
	if (!json_is_array(j))
		return one_message(r, j, e);
	for (size_t i = 0; i < json_array_size(j) && !r->freed; i++)
		if (!one_message(r, json_array_get(j, i), e))
			return false;
	return true;
}

static void on_value(void *arg, const char *text, size_t len)
{
	struct rpc *r = arg;
	struct err e;

	r->inside++;
	if (!messages(r, text, len, &e))
		rpc_lost(r, &e);
	leave(r);
}

/* An HTTP answer's body; it must be the answer to @c and nothing else. */
static bool http_body(struct call *c, const struct http_answer *a, json_t **ret,
		      struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *id;

	if (!json_parse(&j, buf_str(&a->body), a->body.len, c->rpc->name, e)) {
		if (a->status == 200)
			return false;
		return err_set(e, ERR_HTTP, a->status,
			       "%s answered with HTTP status %d: %.200s",
			       c->rpc->name, a->status, buf_str(&a->body));
	}
	id = json_object_get(j, "id");
	if (!json_is_null(id) &&
	    (!json_is_integer(id) ||
	     json_integer_value(id) != (json_int_t)c->id)) {
		CLEANUP(freep)
		char *text = id ? json_dumps(id, JSON_ENCODE_ANY) : NULL;

		return err_set(e, ERR_SCHEMA, 0,
			       "%s answered request %" PRIu64 " with the id %s",
			       c->rpc->name, c->id, text ? text : "missing");
	}
	*ret = TAKE(j);
	return true;
}

static void on_http(void *arg, const struct http_answer *a,
		    const struct err *why)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct call *c = arg;
	struct rpc *r = c->rpc;
	struct err e;

	c->transfer = NULL;
	r->inside++;
	if (!a)
		call_failed(c, why);
	else if (!http_body(c, a, &j, &e))
		call_failed(c, &e);
	else
		call_answered(c, j);
	leave(r);
}

static void on_deadline(void *arg)
{
	struct call *c = arg;
	struct rpc *r = c->rpc;
	struct err e;

	if (r->lost)
		e = r->lost_why;
	else
		err_set(&e, ERR_TIMEOUT, 0, "%s did not answer within %u ms",
			r->name, c->timeout_ms);
	r->inside++;
	call_failed(c, &e);
	leave(r);
}

static void send_http(struct call *c, const struct buf *text)
{
	struct http_request q = {.method = "POST",
				 .url = c->rpc->name,
				 .content_type = "application/json",
				 .body = text->data,
				 .body_len = text->len,
				 .answer_max = RPC_ANSWER_MAX,
				 .timeout_ms = c->timeout_ms};

	c->transfer = http_send(c->rpc->http, &q, on_http, c);
}

static void write_request(struct buf *b, uint64_t id, const char *method,
			  const struct params *params)
{
	if (params->text)
		buf_room(b, params->text->len + ENVELOPE);
	buf_adds(b, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_addu64(b, id);
	buf_adds(b, ",\"method\":");
	buf_addjson(b, method, strlen(method));
	buf_adds(b, ",\"params\":");
	if (params->text)
		buf_add(b, params->text->data, params->text->len);
	else if (params->tree)
		json_write(b, params->tree);
	else
		buf_adds(b, "[]");
	buf_addc(b, '}');
}

/* @text: taken if it is wanted again. */
static void write_out(struct rpc *r, struct call *c, struct buf *text)
{
	if (r->batching && !r->no_batches) {
		if (!r->batch_n)
			r->batch_first = c->id;
		c->batch = r->batch_first;
		buf_addc(&r->batch, r->batch_n++ ? ',' : '[');
		buf_add(&r->batch, text->data, text->len);
		c->text = buf_take(text);
	} else if (!r->lost) {
		stream_write(r->stream, text->data, text->len);
	}
}

struct call *call_new(struct rpc *r, const char *method,
		      const struct params *params, rpc_done_fn fn, void *arg)
{
	struct call *c = xcalloc(1, sizeof(*c));
	struct buf out = BUF_INIT(STREAM_UNSENT_MAX);

	*c = (struct call){.rpc = r,
			   .id = ++r->sent,
			   .method = xstrdup(method),
			   .timeout_ms = r->timeout_ms,
			   .begun = clock_ns(),
			   .fn = fn,
			   .arg = arg};
	*r->calls_end = c;
	r->calls_end = &c->next;
	write_request(&out, c->id, method, params);
	if (r->http) {
		send_http(c, &out);
	} else {
		/* Lost already: say so from the loop, at once. */
		c->timer = loop_timer(r->loop,
				      r->lost ? 0
					      : c->begun / 1000000u +
							c->timeout_ms,
				      on_deadline, c);
		write_out(r, c, &out);
	}
	buf_done(&out);
	return c;
}

void rpc_batch(struct rpc *r)
{
	ASSERT(!r->batching);
	r->batching = true;
}

/* One alone is none: no answer to another batch is about it. */
static void no_batch(struct rpc *r)
{
	struct call *c = call_by_id(r, r->batch_first);

	ASSERT(c);
	c->batch = 0;
	free(TAKE(c->text));
}

void rpc_batch_end(struct rpc *r)
{
	ASSERT(r->batching);
	r->batching = false;
	if (r->batch_n > 1)
		buf_addc(&r->batch, ']');
	else if (r->batch_n)
		no_batch(r);
	/* The bracket before one alone is left out. */
	if (r->batch_n && !r->lost)
		stream_write(r->stream, r->batch.data + (r->batch_n == 1),
			     r->batch.len - (r->batch_n == 1));
	buf_done(&r->batch);
	r->batch_n = 0;
}

void rpc_one_by_one(struct rpc *r)
{
	r->no_batches = true;
}

bool rpc_lost_batch(const struct rpc *r)
{
	return r->lost_batch;
}

void rpc_send(struct rpc *r, const char *method, const json_t *params,
	      rpc_done_fn fn, void *arg)
{
	call_new(r, method, &(struct params){ .tree = params }, fn, arg);
}
